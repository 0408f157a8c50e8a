/* SPDX-License-Identifier: Apache-2.0 */
/* Why: a PIN is tried once. What the token says about tries that are left is read first, and the last one is never spent without a person's yes. */
#include "pkcs11.h"

#include <string.h>

#define PIN_LIMIT 1024

struct answer {
	struct naccs_secret **pin;
	struct naccs_error *err;
};

static naccs_status keep_pin(void *context, const uint8_t *secret, size_t length)
{
	const struct answer *answer = context;

	if (length == 0) /* it would cost a try */
		return naccs_fail(answer->err, NACCS_E_PIN_WRONG, 0, _("the PIN is empty: it was not tried"));
	if (length > PIN_LIMIT)
		return naccs_fail(answer->err, NACCS_E_PIN_WRONG, 0, _("the PIN is too long: more than %d bytes"), PIN_LIMIT);
	naccs_secret_free(*answer->pin);
	*answer->pin = NULL;
	return naccs_secret_new_copy(secret, length, answer->pin, answer->err);
}

static naccs_status ask(struct naccs_store *store, bool last_try, struct naccs_error *err)
{
	struct answer answer = {&store->pin, err};
	bool was_wrong = (store->token.flags & CKF_USER_PIN_COUNT_LOW) != 0;
	naccs_auto(heap) char *prompt = was_wrong ? naccs_format(_("PIN of the token %s (a wrong one was given before)"), store->label)
						  : naccs_format(_("PIN of the token %s"), store->label);

	if (prompt == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("memory is short"));
	naccs_status status = store->host->ask_secret(store->host->context, prompt, last_try, keep_pin, &answer, err);
	if (status == NACCS_OK && store->pin == NULL)
		status = naccs_fail(err, NACCS_E_CANCELLED, 0, _("no PIN was given for the token %s"), store->label);
	return status;
}

static naccs_status fail_locked(const struct naccs_store *store, struct naccs_error *err)
{
	(void)naccs_fail(err, NACCS_E_PIN_LOCKED, (int64_t)CKR_PIN_LOCKED, _("the PIN of the token %s is locked"), store->label);
	return naccs_error_hint(err, _("Have the token's security officer set a new PIN (SO PIN, vendor's tool)."));
}

static naccs_status fail_login(struct naccs_store *store, CK_RV rv, struct naccs_error *err)
{
	if (rv == CKR_PIN_LOCKED)
		return fail_locked(store, err);
	(void)pkcs11_fail(err, rv, _("cannot unlock the token %s"), store->label);
	if (err->status != NACCS_E_PIN_WRONG)
		return err->status;
	/* What does the token say now? Reading that costs no try. */
	if (store->module->C_GetTokenInfo(store->slot, &store->token) != CKR_OK)
		return err->status;
	if ((store->token.flags & CKF_USER_PIN_LOCKED) != 0)
		return naccs_error_hint(err, _("The token has locked itself now: have its security officer set a new PIN."));
	if ((store->token.flags & CKF_USER_PIN_FINAL_TRY) != 0)
		return naccs_error_hint(err, _("The PIN was tried once. One more wrong PIN locks the token."));
	return naccs_error_hint(err, _("The PIN was tried once and not again. Several wrong ones lock a token."));
}

/* What forbids to try, before anybody is asked. */
static naccs_status check_flags(const struct naccs_store *store, struct naccs_error *err)
{
	bool has_own_pad = (store->token.flags & CKF_PROTECTED_AUTHENTICATION_PATH) != 0;

	if ((store->token.flags & CKF_USER_PIN_LOCKED) != 0)
		return fail_locked(store, err);
	if ((store->token.flags & CKF_USER_PIN_INITIALIZED) == 0) {
		(void)naccs_fail(err, NACCS_E_STORE_OPEN, 0, _("cannot unlock the token %s: no user PIN is set yet"), store->label);
		return naccs_error_hint(err, _("Set one by the vendor's tool, or: pkcs11-tool --init-pin"));
	}
	if (has_own_pad && (store->token.flags & CKF_USER_PIN_FINAL_TRY) != 0) {
		(void)naccs_fail(err, NACCS_E_PIN_LOCKED, 0, _("did not try the token %s: one more wrong PIN at its own pad would lock it"), store->label);
		return naccs_error_hint(err, _("Enter the PIN once by the vendor's tool; a right one takes the count back."));
	}
	if (!has_own_pad && pkcs11_modules_log_calls(store->module)) {
		(void)naccs_fail(err, NACCS_E_STORE_UNSAFE, 0, _("refused to send a PIN to the token %s: p11-kit is told to log calls, which would show it"),
				 store->label);
		return naccs_error_hint(err, _("Take log-calls out of p11-kit's configuration (pkcs11.conf, modules/*.module)."));
	}
	return NACCS_OK;
}

naccs_status pkcs11_login(struct naccs_store *store, struct naccs_error *err)
{
	bool has_own_pad = (store->token.flags & CKF_PROTECTED_AUTHENTICATION_PATH) != 0;
	bool last_try = (store->token.flags & CKF_USER_PIN_FINAL_TRY) != 0;

	if (store->is_logged_in)
		return NACCS_OK;
	naccs_status status = check_flags(store, err);
	/* After a session was lost, the PIN that was right before is tried once more. */
	if (status == NACCS_OK && !has_own_pad && (store->pin == NULL || last_try))
		status = ask(store, last_try, err);
	if (status != NACCS_OK)
		return status;
	if (has_own_pad && store->host->progress != NULL)
		store->host->progress(store->host->context, _("Enter the PIN at the token's own pad"));
	CK_UTF8CHAR *pin = has_own_pad ? NULL : (CK_UTF8CHAR *)(uintptr_t)naccs_secret_data(store->pin);
	CK_RV rv = store->module->C_Login(store->session, CKU_USER, pin, has_own_pad ? 0 : (CK_ULONG)naccs_secret_length(store->pin));
	if (rv != CKR_OK && rv != CKR_USER_ALREADY_LOGGED_IN) {
		naccs_secret_free(naccs_take(&store->pin));
		return fail_login(store, rv, err);
	}
	store->is_logged_in = true;
	return NACCS_OK;
}

naccs_status pkcs11_login_for_key(struct naccs_store *store, struct naccs_error *err)
{
	bool has_own_pad = (store->token.flags & CKF_PROTECTED_AUTHENTICATION_PATH) != 0;
	naccs_status status = NACCS_OK;

	if (!has_own_pad && store->pin == NULL)
		status = ask(store, (store->token.flags & CKF_USER_PIN_FINAL_TRY) != 0, err);
	if (status != NACCS_OK)
		return status;
	if (has_own_pad && store->host->progress != NULL)
		store->host->progress(store->host->context, _("Enter the PIN at the token's own pad"));
	CK_UTF8CHAR *pin = has_own_pad ? NULL : (CK_UTF8CHAR *)(uintptr_t)naccs_secret_data(store->pin);
	CK_RV rv = store->module->C_Login(store->session, CKU_CONTEXT_SPECIFIC, pin, has_own_pad ? 0 : (CK_ULONG)naccs_secret_length(store->pin));
	if (rv == CKR_OK || rv == CKR_USER_ALREADY_LOGGED_IN)
		return NACCS_OK;
	naccs_secret_free(naccs_take(&store->pin));
	return fail_login(store, rv, err);
}
