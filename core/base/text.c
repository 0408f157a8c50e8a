/* SPDX-License-Identifier: Apache-2.0 */
/* Why: text for people and small conversions, without fixed buffers and without the locale. */
#include "text.h"

#include "catalogue.h"
#include "utf8.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The one process-wide setting: written once at start, before threads. */
static enum naccs_language current_language = NACCS_ENGLISH;

const char *naccs_text(const char *message)
{
	if (current_language == NACCS_ENGLISH)
		return message;
	const char *translated = naccs_catalogue_find(naccs_catalogue_ja, naccs_catalogue_ja_count, message);
	return translated == NULL || translated[0] == '\0' ? message : translated;
}

void naccs_text_set_language(enum naccs_language language)
{
	current_language = language;
}

enum naccs_language naccs_text_language(void)
{
	return current_language;
}

enum naccs_language naccs_text_language_from_locale(const char *locale)
{
	if (locale == NULL)
		return NACCS_ENGLISH;
	bool is_japanese = strcspn(locale, "_-.@") == 2 && strncasecmp(locale, "ja", 2) == 0;
	return is_japanese ? NACCS_JAPANESE : NACCS_ENGLISH;
}

char *naccs_format(const char *format, ...)
{
	char *text = NULL;
	va_list args;
	va_start(args, format);
	int length = vasprintf(&text, format, args);
	va_end(args);
	return length < 0 ? NULL : text;
}

char *naccs_hex(const uint8_t *bytes, size_t length)
{
	static const char digits[] = "0123456789abcdef";
	if (length > (SIZE_MAX - 1) / 2)
		return NULL;
	char *text = malloc(2 * length + 1);
	if (text == NULL)
		return NULL;
	for (size_t i = 0; i < length; i++) {
		text[2 * i] = digits[bytes[i] >> 4];
		text[2 * i + 1] = digits[bytes[i] & 0x0F];
	}
	text[2 * length] = '\0';
	return text;
}

static int digit_value(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	if (digit >= 'a' && digit <= 'f')
		return digit - 'a' + 10;
	if (digit >= 'A' && digit <= 'F')
		return digit - 'A' + 10;
	return -1;
}

static bool is_separator(char c)
{
	return c == ':' || c == ' ' || c == '\t';
}

/* Separators stand between digits only. */
static bool is_hex_of_length(const char *hex, size_t length)
{
	size_t digits = 0;
	char last = ':';
	for (const char *c = hex; *c != '\0'; last = *c++) {
		if (digit_value(*c) >= 0)
			digits++;
		else if (!is_separator(*c) || digits == 0)
			return false;
	}
	return digits % 2 == 0 && digits / 2 == length && (digits == 0 || !is_separator(last));
}

bool naccs_unhex(const char *hex, uint8_t *ret, size_t length)
{
	if (!is_hex_of_length(hex, length))
		return false;
	size_t digits = 0;
	for (const char *c = hex; *c != '\0'; c++) {
		int value = digit_value(*c);
		if (value < 0)
			continue;
		uint8_t high = digits % 2 == 0 ? 0 : ret[digits / 2];
		ret[digits / 2] = (uint8_t)(high << 4 | value);
		digits++;
	}
	return true;
}

bool naccs_text_is_clean(const char *text, size_t length, const char *allowed)
{
	for (size_t at = 0; at < length;) {
		uint32_t character = 0;
		size_t size = naccs_utf8_step(text + at, length - at, &character);
		if (size == 0 || character == 0)
			return false;
		bool is_control = character < 0x20 || character == 0x7F;
		if (is_control && (allowed == NULL || strchr(allowed, (int)character) == NULL))
			return false;
		at += size;
	}
	return true;
}

char *naccs_text_printable(const char *text, size_t length)
{
	if (length == SIZE_MAX)
		return NULL;
	char *copy = malloc(length + 1);
	if (copy == NULL)
		return NULL;
	if (length > 0)
		memcpy(copy, text, length);
	copy[naccs_utf8_make_printable(copy, length, NULL)] = '\0';
	return copy;
}
