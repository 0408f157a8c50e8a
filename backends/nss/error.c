/* SPDX-License-Identifier: Apache-2.0 */
/* Why: NSS says why something failed by a number of the thread; here it becomes a sentence, and a status that tells what to do. */
#include "nss.h"

#include <prerror.h>
#include <secerr.h>
#include <stdarg.h>
#include <stdio.h>

/* What was attempted, and NSS's words for why it failed. */
static naccs_status fail_with(struct naccs_error *err, naccs_status status, PRErrorCode code, const char *what)
{
	const char *why = code != 0 ? PR_ErrorToString(code, PR_LANGUAGE_I_DEFAULT) : NULL;

	if (why == NULL || why[0] == '\0')
		return naccs_fail(err, status, code, "%s", what);
	return naccs_fail(err, status, code, _("%s: %s (NSS error %d)"), what, why, (int)code);
}

naccs_status nss_fail(struct naccs_error *err, naccs_status status, const char *format, ...)
{
	PRErrorCode code = PR_GetError();
	char what[sizeof err->message];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(what, sizeof what, format, args);
	va_end(args);
	return fail_with(err, status, code, what);
}

naccs_status nss_fail_write(const struct naccs_store *store, struct naccs_error *err, const char *format, ...)
{
	PRErrorCode code = PR_GetError();
	naccs_status status = NACCS_E_STORE_IO;
	char what[sizeof err->message];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(what, sizeof what, format, args);
	va_end(args);
	if (code == SEC_ERROR_READ_ONLY)
		status = NACCS_E_STORE_OPEN;
	else if (nss_path_is_full(store))
		status = NACCS_E_STORE_FULL;
	return fail_with(err, status, code, what);
}

naccs_status nss_fail_memory(struct naccs_error *err)
{
	return naccs_fail(err, NACCS_E_INTERNAL, 0, _("memory is short"));
}

void nss_log(const struct naccs_store *store, const char *format, ...)
{
	char line[1024];
	va_list args;

	if (store->host == NULL || store->host->log == NULL)
		return;
	va_start(args, format);
	(void)vsnprintf(line, sizeof line, format, args);
	va_end(args);
	store->host->log(store->host->context, line);
}
