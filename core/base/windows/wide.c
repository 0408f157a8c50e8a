/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see wide.h. */
#include "wide.h"

#include <windows.h>

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

wchar_t *naccs_wide_new_length(const char *text, size_t length)
{
	if (length > INT_MAX) {
		errno = ENOMEM;
		return NULL;
	}
	int units = length == 0 ? 0 : MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, text, (int)length, NULL, 0);
	if (units == 0 && length != 0) {
		errno = EILSEQ;
		return NULL;
	}
	wchar_t *wide = calloc((size_t)units + 1, sizeof *wide);
	if (wide == NULL)
		errno = ENOMEM;
	else if (units > 0)
		(void)MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, text, (int)length, wide, units);
	return wide;
}

wchar_t *naccs_wide_new(const char *text)
{
	return naccs_wide_new_length(text, strlen(text));
}

char *naccs_wide_text_length(const wchar_t *wide, size_t length)
{
	if (length > INT_MAX) {
		errno = ENOMEM;
		return NULL;
	}
	int bytes = length == 0 ? 0 : WideCharToMultiByte(CP_UTF8, 0, wide, (int)length, NULL, 0, NULL, NULL);
	char *text = calloc((size_t)bytes + 1, 1);
	if (text == NULL)
		errno = ENOMEM;
	else if (bytes > 0)
		(void)WideCharToMultiByte(CP_UTF8, 0, wide, (int)length, text, bytes, NULL, NULL);
	return text;
}

char *naccs_wide_text(const wchar_t *wide)
{
	return naccs_wide_text_length(wide, wcslen(wide));
}
