/* SPDX-License-Identifier: Apache-2.0 */
/* Why: a CK_RV becomes a status, a sentence and, where there is something to do, a hint. */
#include "pkcs11.h"

#include <stdarg.h>
#include <stdio.h>

naccs_status pkcs11_status(CK_RV rv)
{
	switch (rv) {
	case CKR_OK:
		return NACCS_OK;
	case CKR_DEVICE_MEMORY:
		return NACCS_E_STORE_FULL;
	case CKR_TOKEN_WRITE_PROTECTED:
	case CKR_TOKEN_NOT_PRESENT:
	case CKR_TOKEN_NOT_RECOGNIZED:
	case CKR_SLOT_ID_INVALID:
	case CKR_USER_PIN_NOT_INITIALIZED:
	case CKR_USER_NOT_LOGGED_IN:
	case CKR_USER_ANOTHER_ALREADY_LOGGED_IN:
	case CKR_USER_TOO_MANY_TYPES:
	case CKR_SESSION_READ_ONLY:
	case CKR_SESSION_READ_WRITE_SO_EXISTS:
	case CKR_ACTION_PROHIBITED:
	case CKR_PIN_EXPIRED:
		return NACCS_E_STORE_OPEN;
	case CKR_FUNCTION_NOT_SUPPORTED:
	case CKR_MECHANISM_INVALID:
	case CKR_MECHANISM_PARAM_INVALID:
	case CKR_KEY_TYPE_INCONSISTENT:
	case CKR_KEY_FUNCTION_NOT_PERMITTED:
	case CKR_KEY_SIZE_RANGE:
	case CKR_ATTRIBUTE_READ_ONLY:
	case CKR_ATTRIBUTE_TYPE_INVALID:
	case CKR_ATTRIBUTE_VALUE_INVALID:
	case CKR_TEMPLATE_INCOMPLETE:
	case CKR_TEMPLATE_INCONSISTENT:
	case CKR_CURVE_NOT_SUPPORTED:
		return NACCS_E_STORE_UNSUPPORTED;
	case CKR_PIN_INCORRECT:
	case CKR_PIN_INVALID:
	case CKR_PIN_LEN_RANGE:
		return NACCS_E_PIN_WRONG;
	case CKR_PIN_LOCKED:
		return NACCS_E_PIN_LOCKED;
	case CKR_FUNCTION_CANCELED:
	case CKR_CANCEL:
		return NACCS_E_CANCELLED;
	default: /* CKR_DEVICE_REMOVED, CKR_DEVICE_ERROR, CKR_GENERAL_ERROR, a vendor's own */
		return NACCS_E_STORE_IO;
	}
}

static const char *hint_for(CK_RV rv)
{
	switch (rv) {
	case CKR_DEVICE_REMOVED:
	case CKR_TOKEN_NOT_PRESENT:
	case CKR_SESSION_HANDLE_INVALID:
	case CKR_SESSION_CLOSED:
		return _("Put the token back and run the same command again: what was begun will be finished or undone.");
	case CKR_DEVICE_MEMORY:
		return _("Remove certificates that are no longer needed from the token, or use a larger one.");
	case CKR_TOKEN_WRITE_PROTECTED:
	case CKR_SESSION_READ_ONLY:
		return _("The token can only be read. Use another one, or lift its write protection by the vendor's tool.");
	default:
		return NULL;
	}
}

naccs_status pkcs11_fail(struct naccs_error *err, CK_RV rv, const char *format, ...)
{
	va_list args;
	char *what = NULL;
	const char *hint = hint_for(rv);

	va_start(args, format);
	int length = vasprintf(&what, format, args);
	va_end(args);
	if (length < 0)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("memory is short"));
	naccs_status status =
		naccs_fail(err, pkcs11_status(rv), (int64_t)rv, "%s: %s (PKCS#11 0x%lx)", what, p11_kit_strerror(rv), (unsigned long)rv);
	free(what);
	if (hint != NULL)
		(void)naccs_error_hint(err, "%s", hint);
	return status;
}

bool pkcs11_is_template_refusal(CK_RV rv)
{
	return rv == CKR_ATTRIBUTE_READ_ONLY || rv == CKR_ATTRIBUTE_TYPE_INVALID || rv == CKR_ATTRIBUTE_VALUE_INVALID ||
	       rv == CKR_TEMPLATE_INCONSISTENT || rv == CKR_USER_NOT_LOGGED_IN;
}

void pkcs11_log(const struct naccs_store *store, const char *format, ...)
{
	va_list args;
	char *line = NULL;

	if (store->host->log == NULL)
		return;
	va_start(args, format);
	int length = vasprintf(&line, format, args);
	va_end(args);
	if (length >= 0) {
		store->host->log(store->host->context, line);
		free(line);
	}
}

void pkcs11_warn(const struct naccs_store *store, const char *id, const char *message)
{
	const struct naccs_host *host = store->host;

	if (host->size > offsetof(struct naccs_host, warn) && host->warn != NULL)
		host->warn(host->context, id, message);
	else
		pkcs11_log(store, "pkcs11: %s", id);
}

void pkcs11_take_language(const struct naccs_host *host)
{
	if (host->size > offsetof(struct naccs_host, language) && host->language != NULL)
		naccs_text_set_language(naccs_text_language_from_locale(host->language));
}
