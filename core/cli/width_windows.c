/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see page.h. The C runtime of Windows has no wcwidth(). */
#include "page.h"

#include "utf8.h"
#include "windows/unicode_table.h"

#include <string.h>

size_t cli_width(const char *text)
{
	size_t width = 0, length = strlen(text);

	while (length > 0) {
		uint32_t character = 0;
		size_t size = naccs_utf8_step(text, length, &character);

		if (size == 0) {
			size = 1;
			width += ((unsigned char)text[0] & 0xC0) != 0x80;
		} else if (naccs_unicode_is_in(&naccs_unicode_wide, character)) {
			width += 2;
		} else {
			width += !naccs_unicode_is_in(&naccs_unicode_no_width, character);
		}
		text += size;
		length -= size;
	}
	return width;
}
