/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see page.h. mbrtowc() and wcwidth() of a UTF-8 locale that is made for this, whatever the user's locale is. */
#include "page.h"

#include <locale.h>
#include <string.h>
#include <wchar.h>

static bool is_plain(const char *text)
{
	while (*text >= ' ' && *text < 0x7F)
		text++;
	return *text == '\0';
}

size_t cli_width(const char *text)
{
	if (is_plain(text))
		return strlen(text);
	size_t width = 0;
	locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	locale_t before = utf8 == (locale_t)0 ? (locale_t)0 : uselocale(utf8);
	mbstate_t state = {0};
	size_t length = strlen(text);
	while (length > 0) {
		wchar_t character = 0;
		size_t size = utf8 == (locale_t)0 ? (size_t)-1 : mbrtowc(&character, text, length, &state);
		if (size == (size_t)-1 || size == (size_t)-2 || size == 0) {
			size = 1;
			width += ((unsigned char)text[0] & 0xC0) != 0x80;
			state = (mbstate_t){0};
		} else {
			int columns = wcwidth(character);
			width += columns > 0 ? (size_t)columns : 0;
		}
		text += size;
		length -= size;
	}
	if (utf8 != (locale_t)0) {
		(void)uselocale(before);
		freelocale(utf8);
	}
	return width;
}
