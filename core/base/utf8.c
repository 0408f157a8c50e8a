/* SPDX-License-Identifier: Apache-2.0 */
/* Why: one reader of UTF-8 for everything in base that must not trust its input. */
#include "utf8.h"

#include <string.h>

/* The smallest number that needs so many bytes: anything below is an overlong form. */
static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};

static size_t sequence_length(uint8_t lead)
{
	if (lead < 0x80)
		return 1;
	if (lead >= 0xC2 && lead <= 0xDF)
		return 2;
	if (lead >= 0xE0 && lead <= 0xEF)
		return 3;
	if (lead >= 0xF0 && lead <= 0xF4)
		return 4;
	return 0;
}

size_t naccs_utf8_step(const char *text, size_t length, uint32_t *ret)
{
	if (length == 0)
		return 0;
	uint8_t lead = (uint8_t)text[0];
	size_t size = sequence_length(lead);
	if (size == 0 || size > length)
		return 0;
	uint32_t character = size == 1 ? lead : lead & (0x7Fu >> size);
	for (size_t i = 1; i < size; i++) {
		uint8_t byte = (uint8_t)text[i];
		if ((byte & 0xC0) != 0x80)
			return 0;
		character = character << 6 | (byte & 0x3Fu);
	}
	bool is_surrogate = character >= 0xD800 && character <= 0xDFFF;
	if (character < smallest[size] || is_surrogate || character > 0x10FFFF)
		return 0;
	*ret = character;
	return size;
}

bool naccs_utf8_is_valid(const char *text, size_t length)
{
	for (size_t at = 0; at < length;) {
		uint32_t character;
		size_t size = naccs_utf8_step(text + at, length - at, &character);
		if (size == 0)
			return false;
		at += size;
	}
	return true;
}

size_t naccs_utf8_put(uint32_t character, char *to)
{
	size_t size = 1;
	if (character > 0x10FFFF || (character >= 0xD800 && character <= 0xDFFF))
		return 0;
	while (size < 4 && character >= (const uint32_t[]){0, 0x80, 0x800, 0x10000}[size])
		size++;
	for (size_t i = size - 1; i > 0; i--, character >>= 6)
		to[i] = (char)(0x80 | (character & 0x3F));
	to[0] = (char)(size == 1 ? character : ((0xF00u >> size) & 0xFF) | character);
	return size;
}

size_t naccs_utf8_cut(const char *text, size_t length)
{
	for (size_t back = 1; back <= 3 && back <= length; back++) {
		uint8_t byte = (uint8_t)text[length - back];
		if ((byte & 0xC0) == 0x80)
			continue;
		return sequence_length(byte) > back ? length - back : length;
	}
	return length;
}

bool naccs_utf8_is_hazard(uint32_t character)
{
	return character < 0x20 || (character >= 0x7F && character <= 0x9F) || character == 0x061C || character == 0x200E ||
	       character == 0x200F || (character >= 0x2028 && character <= 0x202E) || (character >= 0x2066 && character <= 0x2069);
}

size_t naccs_utf8_make_printable(char *text, size_t length, const char *allowed)
{
	size_t to = 0;
	for (size_t from = 0; from < length;) {
		uint32_t character = 0;
		size_t size = naccs_utf8_step(text + from, length - from, &character);
		bool is_allowed = size == 1 && character != 0 && allowed != NULL && strchr(allowed, (int)character) != NULL;
		if (size == 0 || (naccs_utf8_is_hazard(character) && !is_allowed)) {
			text[to++] = '?';
			from += size == 0 ? 1 : size;
			continue;
		}
		memmove(text + to, text + from, size);
		to += size;
		from += size;
	}
	return to;
}
