/* SPDX-License-Identifier: Apache-2.0 */
/* Why: one way to fail, and the one table that gives every status its id and exit code. */
#include "error.h"

#include "text.h"
#include "utf8.h"

#include <errno.h>
#include <string.h>

static const struct {
	const char *id;
	int exit_code;
} table[] = {
	[NACCS_OK] = {"", 0},
	[NACCS_E_INTERNAL] = {"internal", 70},
	[NACCS_E_USAGE] = {"usage.invalid", 64},
	[NACCS_E_CONFIG] = {"config.invalid", 78},
	[NACCS_E_SECRETS_PERMISSIONS] = {"secrets.permissions", 78},
	[NACCS_E_PKCS12_PASSWORD] = {"pkcs12.password", 65},
	[NACCS_E_PKCS12_CORRUPT] = {"pkcs12.corrupt", 65},
	[NACCS_E_PKCS12_MISMATCH] = {"pkcs12.mismatch", 65},
	[NACCS_E_PKCS12_EXPIRED] = {"pkcs12.expired", 65},
	[NACCS_E_PKCS12_NOT_YET] = {"pkcs12.not-yet-valid", 65},
	[NACCS_E_STORE_OPEN] = {"store.open", 73},
	[NACCS_E_STORE_UNSAFE] = {"store.unsafe", 73},
	[NACCS_E_STORE_FULL] = {"store.full", 74},
	[NACCS_E_STORE_IO] = {"store.io", 74},
	[NACCS_E_STORE_UNSUPPORTED] = {"store.unsupported", 73},
	[NACCS_E_STORE_DAMAGED] = {"store.damaged", 73},
	[NACCS_E_BACKEND] = {"backend.load", 73},
	[NACCS_E_FILE_MISSING] = {"file.missing", 74},
	[NACCS_E_FILE_IO] = {"file.io", 74},
	[NACCS_E_CANCELLED] = {"run.cancelled", 75},
	[NACCS_E_RUN_LOCKED] = {"run.locked", 75},
	[NACCS_E_ESCROW_DAMAGED] = {"escrow.damaged", 74},
	[NACCS_E_BACKEND_FAILED] = {"backend.failed", 74},
	[NACCS_E_PIN_WRONG] = {"pin.wrong", 77},
	[NACCS_E_PIN_LOCKED] = {"pin.locked", 77},
	[NACCS_E_CA_REFUSED] = {"ca.refused", 77},
	[NACCS_E_REFUSED] = {"run.refused", 77},
	[NACCS_E_VERIFY_FAILED] = {"verify.failed", 21},
	[NACCS_E_VERIFY_NONE] = {"verify.none", 21},
	[NACCS_E_HOOK_FAILED] = {"hook.failed", 22},
	[NACCS_E_NET_UNREACHABLE] = {"net.unreachable", 69},
	[NACCS_E_NET_PROXY_REFUSED] = {"net.proxy-refused", 69},
	[NACCS_E_NET_REDIRECT_REFUSED] = {"net.redirect-refused", 69},
	[NACCS_E_TLS_UNTRUSTED] = {"tls.untrusted", 69},
	[NACCS_E_TLS_NAME] = {"tls.name", 69},
	[NACCS_E_TLS_EXPIRED] = {"tls.expired", 69},
	[NACCS_E_NET_OUTCOME_UNKNOWN] = {"net.outcome-unknown", 75},
	[NACCS_E_PORTAL_LOGIN_REFUSED] = {"portal.login-refused", 77},
	[NACCS_E_PORTAL_CODE_REFUSED] = {"portal.code-refused", 77},
	[NACCS_E_PORTAL_PASSWORD_REFUSED] = {"portal.password-refused", 77},
	[NACCS_E_PORTAL_LOCKED] = {"portal.locked", 77},
	[NACCS_E_PORTAL_NOT_DUE] = {"portal.not-due", 77},
	[NACCS_E_PORTAL_EXPIRED] = {"portal.expired", 77},
	[NACCS_E_PORTAL_SESSION_ENDED] = {"portal.session-ended", 75},
	[NACCS_E_PORTAL_MAINTENANCE] = {"portal.maintenance", 75},
	[NACCS_E_PORTAL_TRUNCATED] = {"portal.truncated", 75},
	[NACCS_E_PORTAL_UNKNOWN_PAGE] = {"portal.unknown-page", 76},
	[NACCS_E_PORTAL_NOT_PKCS12] = {"portal.not-pkcs12", 76},
	[NACCS_E_PORTAL_PENDING] = {"portal.pending", 75},
	[NACCS_E_PORTAL_NOT_ISSUED] = {"portal.not-issued", 77},
};

/* The row of status; that of NACCS_E_INTERNAL for a number that has none. */
static size_t table_row(naccs_status status)
{
	size_t row = (size_t)status;
	return row < sizeof table / sizeof table[0] && table[row].id != NULL ? row : NACCS_E_INTERNAL;
}

const char *naccs_status_id(naccs_status status)
{
	return table[table_row(status)].id;
}

int naccs_status_exit_code(naccs_status status)
{
	return table[table_row(status)].exit_code;
}

/* Format into text[size] as clean UTF-8, never cutting a character. errno is kept, for callers that still need it and for %m. */
static void format_clean(char *text, size_t size, const char *format, va_list args) NACCS_PRINTF(3, 0);
static void format_clean(char *text, size_t size, const char *format, va_list args)
{
	int kept = errno;
	int wanted = vsnprintf(text, size, format, args);
	if (wanted < 0) /* an argument that can't be converted: at least say what was attempted */
		wanted = snprintf(text, size, "%s", format);
	size_t length = wanted < 0 ? 0 : (size_t)wanted;
	if (length >= size)
		length = naccs_utf8_cut(text, size - 1);
	text[naccs_utf8_make_printable(text, length, "\n\t")] = '\0';
	errno = kept;
}

/* Copy text into to[size], never cutting a character. */
static void copy_clean(char *to, size_t size, const char *text)
{
	size_t length = strlen(text);
	if (length >= size)
		length = naccs_utf8_cut(text, size - 1);
	memcpy(to, text, length);
	to[length] = '\0';
}

static naccs_status fill(struct naccs_error *err, naccs_status status, int64_t native, const char *message)
{
	copy_clean(err->message, sizeof err->message, message);
	err->hint[0] = '\0';
	err->status = status;
	err->native = native;
	return status;
}

/* All messages are formatted beside the struct first: an argument may well point into it. */
naccs_status naccs_fail(struct naccs_error *err, naccs_status status, int64_t native, const char *format, ...)
{
	if (err == NULL)
		return status;
	char message[sizeof err->message];
	va_list args;
	va_start(args, format);
	format_clean(message, sizeof message, format, args);
	va_end(args);
	return fill(err, status, native, message);
}

naccs_status naccs_fail_errno(struct naccs_error *err, naccs_status status, int errnum, const char *format, ...)
{
	if (err == NULL)
		return status;
	/* Not strerror(): that one is neither thread-safe nor free of the locale. */
	const char *reason = strerrordesc_np(errnum);
	reason = reason == NULL ? _("unknown error") : _(reason);
	char message[sizeof err->message];
	va_list args;
	va_start(args, format);
	format_clean(message, sizeof message - strlen(reason) - strlen(": "), format, args);
	va_end(args);
	size_t length = strlen(message);
	copy_clean(message + length, sizeof message - length, ": ");
	copy_clean(message + length + 2, sizeof message - length - 2, reason);
	return fill(err, status, errnum, message);
}

naccs_status naccs_store_status_from_errno(int errnum)
{
	switch (errnum) {
	case ENOSPC:
	case EDQUOT:
	case EFBIG:
		return NACCS_E_STORE_FULL;
	case EACCES:
	case EPERM:
	case EROFS:
	case ENOENT:
	case ENOTDIR:
		return NACCS_E_STORE_OPEN;
	case ELOOP:
		return NACCS_E_STORE_UNSAFE;
	default:
		return NACCS_E_STORE_IO;
	}
}

naccs_status naccs_file_status_from_errno(int errnum)
{
	switch (errnum) {
	case ENOSPC:
	case EDQUOT:
	case EFBIG:
		return NACCS_E_STORE_FULL;
	case ENOENT:
		return NACCS_E_FILE_MISSING;
	default:
		return NACCS_E_FILE_IO;
	}
}

naccs_status naccs_error_hint(struct naccs_error *err, const char *format, ...)
{
	if (err == NULL)
		return NACCS_E_INTERNAL;
	char hint[sizeof err->hint];
	va_list args;
	va_start(args, format);
	format_clean(hint, sizeof hint, format, args);
	va_end(args);
	copy_clean(err->hint, sizeof err->hint, hint);
	return err->status;
}

naccs_status naccs_error_prefix(struct naccs_error *err, const char *format, ...)
{
	if (err == NULL)
		return NACCS_E_INTERNAL;
	char message[sizeof err->message];
	va_list args;
	va_start(args, format);
	format_clean(message, sizeof message, format, args);
	va_end(args);
	size_t length = strlen(message);
	copy_clean(message + length, sizeof message - length, ": ");
	length = strlen(message);
	copy_clean(message + length, sizeof message - length, err->message);
	copy_clean(err->message, sizeof err->message, message);
	return err->status;
}
