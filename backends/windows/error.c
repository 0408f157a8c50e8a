/* SPDX-License-Identifier: Apache-2.0 */
/* Why: Windows says why something failed by a number of the thread; here it becomes a sentence, and a status that tells what to do. */
#include "winstore.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

naccs_status win_status(DWORD code)
{
	switch (code) {
	case ERROR_ACCESS_DENIED:
	case (DWORD)E_ACCESSDENIED:
	case (DWORD)NTE_PERM:
	case ERROR_WRITE_PROTECT:
		return NACCS_E_STORE_OPEN;
	case ERROR_DISK_FULL:
	case ERROR_HANDLE_DISK_FULL:
		return NACCS_E_STORE_FULL;
	case ERROR_CANCELLED:
	case (DWORD)HRESULT_FROM_WIN32(ERROR_CANCELLED):
	case (DWORD)SCARD_W_CANCELLED_BY_USER:
		return NACCS_E_CA_REFUSED;
	case ERROR_OUTOFMEMORY:
	case ERROR_NOT_ENOUGH_MEMORY:
	case (DWORD)NTE_NO_MEMORY:
		return NACCS_E_INTERNAL;
	default:
		return NACCS_E_STORE_IO;
	}
}

/* Windows's words in the user's own language, without the line break at their end. Caller frees; NULL: it has none. */
static char *words_for(DWORD code)
{
	wchar_t text[512];
	DWORD length = FormatMessageW(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS, NULL, code, 0, text,
				      sizeof text / sizeof *text, NULL);

	while (length > 0 && (text[length - 1] == L'\r' || text[length - 1] == L'\n' || text[length - 1] == L' '))
		length--;
	if (length == 0)
		return NULL;
	text[length] = L'\0';
	return naccs_wide_text(text);
}

naccs_status win_fail(struct naccs_error *err, DWORD code, const char *format, ...)
{
	naccs_auto(heap) char *words = words_for(code);
	char what[sizeof err->message];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(what, sizeof what, format, args);
	va_end(args);
	if (words == NULL)
		return naccs_fail(err, win_status(code), (int64_t)code, _("%s: Windows error 0x%08lx"), what, code);
	return naccs_fail(err, win_status(code), (int64_t)code, _("%s: %s (0x%08lx)"), what, words, code);
}

naccs_status win_fail_memory(struct naccs_error *err)
{
	return naccs_fail(err, NACCS_E_INTERNAL, 0, _("memory is short"));
}

void win_log(const struct naccs_store *store, const char *format, ...)
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
