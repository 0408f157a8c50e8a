#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A real Firefox, headless, with the token's PKCS#11 module loaded, opens a page of a real Apache that demands a client certificate: not before naccs-cert has
# filled the token, and by the key in the token after that. The profile's own database holds nothing but the test's root: Firefox takes no trust from a token.
# Runs below tests/conformance/pkcs11/over.sh softhsm; $1: the fixture that makes tokens.
. "$(dirname "$0")/../harness/journey.sh"
for program in certutil modutil; do
  command -v "$program" >/dev/null || skip "needs $program (Debian: libnss3-tools)"
done
. "$(dirname "$0")/firefox-run.sh"
. "$(dirname "$0")/apache.sh"
trap 'stop_firefox; stop_apache; cleanup' EXIT

mkdir "$scratch/token" "$scratch/profile"
token=$("$1" fresh "$scratch/token" | head -n 1)
printf '123456' >"$scratch/pin"
chmod 600 "$scratch/pin"
make_pkcs12 portal.p12 --key rsa --cipher legacy
start_apache
profile=sql:$scratch/profile
certutil -N -d "$profile" --empty-password
certutil -A -d "$profile" -n 'test root' -t C,, -i "$servers/root.pem"
modutil -add token -libfile "$TOKEN_REAL_MODULE" -dbdir "$profile" -force >"$scratch/modutil" 2>&1 || { cat "$scratch/modutil" >&2; fail "modutil does not add the module"; }
page=https://localhost:$apache_port/
subject='subject: CN=11110A,OU=NACCS Client CA,'
log_in() { # PIN RESULT
  "$MARIONETTE" "$port" run "$(dirname "$0")/firefox-login.js" 'naccs test' "$1" >"$scratch/login" || fail "Firefox does not run the script that logs in"
  [ "$(cat "$scratch/login")" = "$2" ] || fail "login to the token: $(cat "$scratch/login"), wanted: $2"
}
shows_us() {
  opens "$1" || fail "Firefox does not open $1 $2: $(cat "$scratch/why")"
  grep -qF "$subject" "$scratch/page" || fail "Firefox showed another certificate $2: $(cat "$scratch/page")"
}

# ---- the token is there and empty: the page stays closed
start_firefox --profile "$scratch/profile"
log_in 654321 "wrong PIN"
log_in 123456 "logged in"
opens "https://localhost:$renegotiating_port/" || fail "Firefox does not trust the server: $(cat "$scratch/why")"
! opens "$page" || fail "Firefox opens the page before anything is installed: $(cat "$scratch/page")"
quit_firefox

# ---- naccs-cert fills it: Firefox shows our certificate, whether it is asked for it at once or later
expect 0 --json --anchor "$servers/root.pem" install "$scratch/portal.p12" --to "$token" --pin-file "$scratch/pin" --password-file "$scratch/password" --trust-client-ca
[ "$(json '.stores[0].verified.key')" = true ] || fail "the key is not proven"
start_firefox --profile "$scratch/profile"
log_in 123456 "logged in"
shows_us "$page" "after the install"
shows_us "https://localhost:$renegotiating_port/closed/" "by renegotiation"
shows_us "https://localhost:$post_handshake_port/closed/" "after the handshake"
quit_firefox
[ -z "$(certutil -K -d "$profile" 2>/dev/null | grep '^<')" ] || fail "the profile's own database holds a key"

# ---- and no more after the removal
expect 0 remove --from "$token" --pin-file "$scratch/pin"
start_firefox --profile "$scratch/profile"
log_in 123456 "logged in"
! opens "$page" || fail "Firefox opens the page after the removal: $(cat "$scratch/page")"
quit_firefox
no_secret_in "$state"
