/* SPDX-License-Identifier: Apache-2.0 */
/* Why: what this system makes of every byte sequence and every character: tests/windows/journeys/charset.sh compares the systems line by
 * line. */
#include "charset.h"
#include "page_text.h"
#include "utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void dump_decoded(const char *name, enum naccs_charset charset, const uint8_t *bytes, size_t length)
{
	char *text = NULL;
	size_t text_length = 0, bad_count = 0;

	if (naccs_charset_decode(charset, (const char *)bytes, length, &text, &text_length, &bad_count, NULL) != NACCS_OK)
		exit(1);
	if (bad_count == 0) {
		(void)printf("%s", name);
		for (size_t i = 0; i < length; i++)
			(void)printf(" %02x", bytes[i]);
		(void)printf(" = %s\n", strpbrk(text, "\r\n") != NULL ? "end of line" : text);
	}
	free(text);
}

static void dump_set(const char *name, enum naccs_charset charset)
{
	for (unsigned first = 1; first < 256; first++)
		dump_decoded(name, charset, (const uint8_t[]){(uint8_t)first}, 1);
	for (unsigned first = 0x80; first < 256; first++)
		for (unsigned second = 0x40; second < 256; second++)
			dump_decoded(name, charset, (const uint8_t[]){(uint8_t)first, (uint8_t)second}, 2);
	for (unsigned first = 0xA1; charset == NACCS_CHARSET_EUC_JP && first < 256; first++)
		for (unsigned second = 0xA1; second < 256; second++)
			dump_decoded(name, charset, (const uint8_t[]){0x8F, (uint8_t)first, (uint8_t)second}, 3);
}

static void dump_encoded(const char *name, enum naccs_charset charset, uint32_t character)
{
	char utf8[4];
	struct naccs_secret *text = NULL, *encoded = NULL;

	if (naccs_secret_new_copy(utf8, naccs_utf8_put(character, utf8), &text, NULL) != NACCS_OK)
		exit(1);
	if (naccs_charset_encode(charset, text, &encoded, NULL) == NACCS_OK) {
		(void)printf("%s U+%04X =", name, (unsigned)character);
		for (size_t i = 0; i < naccs_secret_length(encoded); i++)
			(void)printf(" %02x", naccs_secret_data(encoded)[i]);
		(void)printf("\n");
	}
	naccs_secret_free(encoded);
	naccs_secret_free(text);
}

static void dump_folded(uint32_t character)
{
	char utf8[5] = {0};
	size_t length = naccs_utf8_put(character, utf8);
	char *folded = naccs_fold(utf8, length);

	if (folded == NULL)
		exit(1);
	if (strcmp(folded, utf8) != 0)
		(void)printf("fold U+%04X = %s\n", (unsigned)character, folded);
	free(folded);
}

int main(void)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {{0x20, 0x3FF}, {0x2000, 0x33FF}, {0x4E00, 0x9FA5}, {0xE000, 0xE3FF}, {0xF900, 0xFFFD}};

	dump_set("cp932", NACCS_CHARSET_CP932);
	dump_set("euc-jp", NACCS_CHARSET_EUC_JP);
	for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
		for (uint32_t character = ranges[i].first; character <= ranges[i].last; character++) {
			dump_encoded("cp932", NACCS_CHARSET_CP932, character);
			dump_encoded("euc-jp", NACCS_CHARSET_EUC_JP, character);
			dump_encoded("iso-2022-jp", NACCS_CHARSET_ISO_2022_JP, character);
			dump_folded(character);
		}
	}
	return fflush(stdout) == 0 ? 0 : 1;
}
