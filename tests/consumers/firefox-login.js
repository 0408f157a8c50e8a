// SPDX-License-Identifier: Apache-2.0
// Log in to a token of a PKCS#11 module as a person does in Firefox's device manager: Firefox asks for the PIN, which is typed once. For marionette.c's `run`:
// the arguments are the token's label, its PIN, and the function to call in the end. Marionette leaves a script while a dialog opens: when run again it waits
// for what it began.
const [label, pin, done] = arguments;

async function find() {
  const modules = Cc["@mozilla.org/security/pkcs11moduledb;1"].getService(Ci.nsIPKCS11ModuleDB);
  for (const module of await modules.listModules()) {
    for (const slot of module.slots) {
      const token = slot.status === Ci.nsIPKCS11Slot.SLOT_NOT_PRESENT ? null : slot.getToken();
      if (token?.tokenName === label) {
        return token;
      }
    }
  }
  throw new Error(`Firefox has no token ${label}`);
}

let asked = 0;
const answer = dialog => {
  asked += 1;
  const frame = dialog.document.getElementById("commonDialog");
  if (asked > 1) { // the PIN was wrong
    frame.cancelDialog();
    return;
  }
  dialog.document.getElementById("password1Textbox").value = pin;
  frame.acceptDialog();
};

async function logIn() {
  const token = await find();
  Services.obs.addObserver(answer, "common-dialog-loaded");
  try {
    await token.login();
  } catch (error) { // it was given up: isLoggedIn says so
  } finally {
    Services.obs.removeObserver(answer, "common-dialog-loaded");
  }
  if (asked === 0) {
    return "not asked for the PIN";
  }
  return token.isLoggedIn ? "logged in" : "wrong PIN";
}

window.tokenLogins ??= new Map();
if (!window.tokenLogins.has(pin)) {
  window.tokenLogins.set(pin, logIn().catch(String));
}
window.tokenLogins.get(pin).then(done);
