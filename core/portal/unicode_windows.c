/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see unicode.h. Windows normalizes, but knows no general categories: these come from a table. */
#include "unicode.h"

#include "windows/unicode_table.h"

#include <windows.h>

#include <limits.h>
#include <stdlib.h>
#include <string.h>

static wchar_t *to_wide(const char *text, size_t length, int *ret_length)
{
	wchar_t *wide;

	if (length > INT_MAX / 4)
		return NULL;
	*ret_length = MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, text, (int)length, NULL, 0);
	wide = calloc((size_t)*ret_length + 1, sizeof *wide);
	if (wide != NULL && MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, text, (int)length, wide, *ret_length) == *ret_length &&
	    *ret_length > 0)
		return wide;
	free(wide);
	return NULL;
}

/* NormalizeString() refuses a text that holds one of the numbers that are no characters: they become U+FFFD, which nobody compares by
 * either. */
static void replace_noncharacters(wchar_t *text, int length)
{
	for (int i = 0; i < length; i++) {
		bool is_pair = text[i] >= 0xD800 && text[i] <= 0xDBFF && i + 1 < length;

		if (is_pair && (text[i] & 0x3F) == 0x3F && (text[i + 1] & 0x3FE) == 0x3FE)
			text[i] = text[i + 1] = 0xFFFD;
		else if ((text[i] >= 0xFDD0 && text[i] <= 0xFDEF) || text[i] >= 0xFFFE)
			text[i] = 0xFFFD;
		i += is_pair;
	}
}

/* The first answer of NormalizeString() is an estimate; when it was too low, it tells a better one as a negative number. */
static wchar_t *normalize(const wchar_t *text, int length, int *ret_length)
{
	int room = NormalizeString(NormalizationKC, text, length, NULL, 0);

	for (int round = 0; round < 10 && room > 0; round++) {
		wchar_t *normal = calloc((size_t)room + 1, sizeof *normal);
		int done = normal != NULL ? NormalizeString(NormalizationKC, text, length, normal, room) : 0;

		if (done > 0) {
			*ret_length = done;
			return normal;
		}
		free(normal);
		room = normal != NULL && GetLastError() == ERROR_INSUFFICIENT_BUFFER ? -done : 0;
	}
	return NULL;
}

char *naccs_unicode_nfkc(const char *text, size_t length, size_t *ret_length)
{
	int wide_length = 0, normal_length = 0, size;
	wchar_t *wide, *normal;
	char *ret = NULL;

	*ret_length = 0;
	if (length == 0)
		return calloc(1, 1);
	wide = to_wide(text, length, &wide_length);
	if (wide != NULL)
		replace_noncharacters(wide, wide_length);
	normal = wide != NULL ? normalize(wide, wide_length, &normal_length) : NULL;
	size = normal != NULL ? WideCharToMultiByte(CP_UTF8, 0, normal, normal_length, NULL, 0, NULL, NULL) : 0;
	if (size > 0)
		ret = calloc((size_t)size + 1, 1);
	if (ret != NULL)
		*ret_length = (size_t)WideCharToMultiByte(CP_UTF8, 0, normal, normal_length, ret, size, NULL, NULL);
	free(normal);
	free(wide);
	return ret;
}

bool naccs_unicode_is_ignored(uint32_t character)
{
	return naccs_unicode_is_in(&naccs_unicode_ignored, character);
}
