/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: see charset.h. This file: Windows' code page 932 for JIS X 0208 and what Microsoft added to it, 20932 for JIS X 0212. EUC-JP and
 * ISO-2022-JP are other ways of writing the same rows and cells: Windows' own code pages for them are not there for MultiByteToWideChar(),
 * or refuse its strict flag.
 */
#include "charset.h"

#include "builder.h"
#include "text.h"
#include "utf8.h"

#include <windows.h>

#include <string.h>

#define CODE_PAGE_JIS0208 932
#define CODE_PAGE_JIS0212 20932
#define CELLS 94
#define USER_DEFINED_FIRST 0xE000u
#define USER_DEFINED_ROW 85 /* rows 85 to 94 of EUC-JP are for users, in both planes */
#define USER_DEFINED_COUNT ((95u - USER_DEFINED_ROW) * CELLS)

/* ---- rows and cells of JIS X 0208 as code page 932 writes them ---- */

static bool is_lead(uint8_t byte)
{
	return (byte >= 0x81 && byte <= 0x9F) || (byte >= 0xE0 && byte <= 0xFC);
}

static bool from_code_page(UINT page, uint8_t first, uint8_t second, uint32_t *ret)
{
	const char bytes[2] = {(char)first, (char)second};
	wchar_t wide[2];

	if (MultiByteToWideChar(page, MB_ERR_INVALID_CHARS, bytes, 2, wide, 2) != 1)
		return false;
	*ret = wide[0];
	return true;
}

static bool to_code_page(UINT page, uint32_t character, uint8_t ret[2])
{
	const wchar_t wide = (wchar_t)character;
	BOOL is_default = FALSE;
	char bytes[4];

	if (character > 0xFFFF || WideCharToMultiByte(page, WC_NO_BEST_FIT_CHARS, &wide, 1, bytes, sizeof bytes, NULL, &is_default) != 2 ||
	    is_default)
		return false;
	memcpy(ret, bytes, 2);
	return true;
}

/* What other tables give the same place: Windows reads 0x8160 as U+FF5E, everybody else as U+301C. */
static uint32_t as_windows_has_it(uint32_t character)
{
	static const struct {
		uint16_t others, windows;
	} pairs[] = {{0x00A2, 0xFFE0}, {0x00A3, 0xFFE1}, {0x00AC, 0xFFE2}, {0x2014, 0x2015},
		     {0x2016, 0x2225}, {0x2212, 0xFF0D}, {0x301C, 0xFF5E}};

	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
		if (pairs[i].others == character)
			return pairs[i].windows;
	return character;
}

static bool from_row_and_cell(unsigned row, unsigned cell, uint32_t *ret)
{
	unsigned lead = (row - 1) / 2 + (row <= 62 ? 0x81 : 0xC1);
	unsigned trail = row % 2 == 0 ? cell + 0x9E : cell + 0x3F + (cell >= 64);

	if (row < 1 || row > CELLS || cell < 1 || cell > CELLS)
		return false;
	return from_code_page(CODE_PAGE_JIS0208, (uint8_t)lead, (uint8_t)trail, ret);
}

static bool to_row_and_cell(uint32_t character, unsigned *ret_row, unsigned *ret_cell)
{
	uint8_t bytes[2];

	if (!to_code_page(CODE_PAGE_JIS0208, as_windows_has_it(character), bytes))
		return false;
	unsigned odd = (bytes[0] - (bytes[0] < 0xE0 ? 0x81u : 0xC1u)) * 2 + 1;
	bool is_even = bytes[1] >= 0x9F;

	*ret_row = odd + is_even;
	*ret_cell = is_even ? bytes[1] - 0x9Eu : bytes[1] - 0x3Fu - (bytes[1] > 0x7F);
	return *ret_row < USER_DEFINED_ROW;
}

/* ---- reading: each returns how many bytes the character took; 0: the first byte has no meaning ---- */

struct reader {
	const uint8_t *at;
	size_t left;
	char set; /* ISO-2022-JP: the last letter of the escape sequence that holds */
};

static bool is_in(uint8_t byte, uint8_t first, uint8_t last)
{
	return byte >= first && byte <= last;
}

static size_t read_utf8(struct reader *reader, uint32_t *ret)
{
	return naccs_utf8_step((const char *)reader->at, reader->left, ret);
}

static size_t read_cp932(struct reader *reader, uint32_t *ret)
{
	uint8_t byte = reader->at[0];

	*ret = is_in(byte, 0xA1, 0xDF) ? byte + 0xFEC0u : byte;
	if (byte < 0x80 || is_in(byte, 0xA1, 0xDF))
		return 1;
	return is_lead(byte) && reader->left >= 2 && from_code_page(CODE_PAGE_JIS0208, byte, reader->at[1], ret) ? 2 : 0;
}

/* The second plane of EUC-JP: JIS X 0212, which 20932 tells by a second byte without its high bit. IBM's rows 83 and 84 are not known to
 * it. */
static bool read_second_plane(uint8_t first, uint8_t second, uint32_t *ret)
{
	unsigned row = first - 0xA0u, cell = second - 0xA0u;

	if (first < 0xA1 || first > 0xFE || second < 0xA1 || second > 0xFE)
		return false;
	*ret = USER_DEFINED_FIRST + USER_DEFINED_COUNT + (row - USER_DEFINED_ROW) * CELLS + cell - 1;
	if (row >= USER_DEFINED_ROW)
		return true;
	if (!from_code_page(CODE_PAGE_JIS0212, first, second & 0x7F, ret))
		return false;
	*ret = *ret == '~' ? 0xFF5E : *ret == 0x00A6 ? 0xFFE4 : *ret;
	return true;
}

static size_t read_euc_jp(struct reader *reader, uint32_t *ret)
{
	const uint8_t *at = reader->at;
	bool is_pair = reader->left >= 2 && is_in(at[1], 0xA1, 0xFE);

	*ret = at[0];
	if (at[0] <= 0x8D || is_in(at[0], 0x90, 0x9F))
		return 1;
	if (at[0] == 0x8E) {
		*ret = is_pair ? at[1] + 0xFEC0u : 0;
		return is_pair && at[1] <= 0xDF ? 2 : 0;
	}
	if (at[0] == 0x8F)
		return reader->left >= 3 && read_second_plane(at[1], at[2], ret) ? 3 : 0;
	if (!is_pair || !is_in(at[0], 0xA1, 0xFE))
		return 0;
	unsigned row = at[0] - 0xA0u, cell = at[1] - 0xA0u;
	if (row < USER_DEFINED_ROW)
		return from_row_and_cell(row, cell, ret) ? 2 : 0;
	*ret = USER_DEFINED_FIRST + (row - USER_DEFINED_ROW) * CELLS + cell - 1;
	return 2;
}

#define NO_CHARACTER 0xFFFFFFFFu /* bytes that only switch the set */

static size_t read_escape(struct reader *reader, uint32_t *ret)
{
	const uint8_t *at = reader->at;

	if (reader->left < 3 || !((at[1] == '(' && (at[2] == 'B' || at[2] == 'J')) || (at[1] == '$' && (at[2] == '@' || at[2] == 'B'))))
		return 0;
	reader->set = at[1] == '(' && at[2] == 'B' ? 'A' : (char)at[2];
	*ret = NO_CHARACTER;
	return 3;
}

static size_t read_iso_2022_jp(struct reader *reader, uint32_t *ret)
{
	const uint8_t *at = reader->at;

	if (at[0] == 0x1B)
		return read_escape(reader, ret);
	*ret = at[0];
	if (at[0] > 0x7F)
		return 0;
	if (at[0] < 0x21 || at[0] == 0x7F || reader->set == 'A')
		return 1;
	if (reader->set == 'J') {
		*ret = at[0] == 0x5C ? 0x00A5 : at[0] == 0x7E ? 0x203E : at[0];
		return 1;
	}
	return reader->left >= 2 && at[1] <= 0x7E && from_row_and_cell(at[0] - 0x20u, at[1] - 0x20u, ret) ? 2 : 0;
}

static size_t read_utf16(struct reader *reader, uint32_t *ret, bool is_big)
{
	const uint8_t *at = reader->at;
	uint32_t unit, next = 0;

	if (reader->left < 2)
		return 0;
	unit = is_big ? at[0] * 256u + at[1] : at[1] * 256u + at[0];
	if (reader->left >= 4)
		next = is_big ? at[2] * 256u + at[3] : at[3] * 256u + at[2];
	*ret = unit;
	if (unit < 0xD800 || unit > 0xDFFF)
		return 2;
	*ret = 0x10000 + ((unit & 0x3FF) << 10) + (next & 0x3FF);
	return unit <= 0xDBFF && next >= 0xDC00 && next <= 0xDFFF ? 4 : 0;
}

static size_t read_utf16le(struct reader *reader, uint32_t *ret)
{
	return read_utf16(reader, ret, false);
}

static size_t read_utf16be(struct reader *reader, uint32_t *ret)
{
	return read_utf16(reader, ret, true);
}

naccs_status naccs_charset_decode(enum naccs_charset charset, const char *bytes, size_t length, char **ret, size_t *ret_length,
				  size_t *ret_bad_count, struct naccs_error *err)
{
	static size_t (*const readers[NACCS_CHARSET_COUNT])(struct reader * reader, uint32_t * ret) = {
		[NACCS_CHARSET_UTF8] = read_utf8,	[NACCS_CHARSET_CP932] = read_cp932,
		[NACCS_CHARSET_EUC_JP] = read_euc_jp,	[NACCS_CHARSET_ISO_2022_JP] = read_iso_2022_jp,
		[NACCS_CHARSET_UTF16LE] = read_utf16le, [NACCS_CHARSET_UTF16BE] = read_utf16be,
	};
	naccs_auto(builder) struct naccs_builder text = {0};
	struct reader reader = {.at = (const uint8_t *)bytes, .left = length, .set = 'A'};
	size_t bad_count = 0, text_length;

	while (reader.left > 0) {
		uint32_t character = 0;
		char utf8[4];
		size_t size = readers[charset](&reader, &character);

		if (size == 0) {
			character = 0xFFFD;
			bad_count++;
		}
		reader.at += size > 0 ? size : 1;
		reader.left -= size > 0 ? size : 1;
		if (character != NO_CHARACTER) /* a NUL would end the text for everyone behind us */
			naccs_builder_add_bytes(&text, utf8, naccs_utf8_put(character != 0 ? character : ' ', utf8));
	}
	text_length = text.length;
	*ret = naccs_builder_take(&text);
	if (*ret == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
	*ret_length = text_length;
	*ret_bad_count = bad_count;
	return NACCS_OK;
}

/* ---- writing: each puts one character into at most 8 bytes; 0: the set lacks it ---- */

struct writer {
	char set; /* ISO-2022-JP: as in struct reader */
};

static size_t write_utf8(struct writer *writer, uint32_t character, uint8_t *to)
{
	(void)writer;
	return naccs_utf8_put(character, (char *)to);
}

static size_t write_cp932(struct writer *writer, uint32_t character, uint8_t *to)
{
	(void)writer;
	to[0] = (uint8_t)(character >= 0xFF61 && character <= 0xFF9F ? character - 0xFEC0
			  : character == 0x00A5			     ? '\\'
			  : character == 0x203E			     ? '~'
								     : character);
	if (character < 0x80 || character == 0x00A5 || character == 0x203E || (character >= 0xFF61 && character <= 0xFF9F))
		return 1;
	return to_code_page(CODE_PAGE_JIS0208, as_windows_has_it(character), to) ? 2 : 0;
}

static size_t write_euc_jp(struct writer *writer, uint32_t character, uint8_t *to)
{
	unsigned row, cell;

	(void)writer;
	to[0] = (uint8_t)(character == 0x00A5 ? '\\' : character == 0x203E ? '~' : character);
	if (character <= 0x8D || (character >= 0x90 && character <= 0x9F) || character == 0x00A5 || character == 0x203E)
		return 1;
	to[0] = 0x8E;
	to[1] = (uint8_t)(character - 0xFEC0);
	if (character >= 0xFF61 && character <= 0xFF9F)
		return 2;
	if (character >= USER_DEFINED_FIRST && character < USER_DEFINED_FIRST + 2 * USER_DEFINED_COUNT) {
		uint32_t number = (character - USER_DEFINED_FIRST) % USER_DEFINED_COUNT;
		size_t plane = character >= USER_DEFINED_FIRST + USER_DEFINED_COUNT;

		to[0] = 0x8F;
		to[plane] = (uint8_t)(0xA0 + USER_DEFINED_ROW + number / CELLS);
		to[plane + 1] = (uint8_t)(0xA1 + number % CELLS);
		return plane + 2;
	}
	if (to_row_and_cell(character, &row, &cell)) {
		to[0] = (uint8_t)(0xA0 + row);
		to[1] = (uint8_t)(0xA0 + cell);
		return 2;
	}
	to[0] = 0x8F;
	if (!to_code_page(CODE_PAGE_JIS0212, character == 0xFFE4 ? 0x00A6 : character, to + 1) || to[2] >= 0x80)
		return 0;
	to[2] |= 0x80;
	return 3;
}

static size_t write_iso_2022_jp(struct writer *writer, uint32_t character, uint8_t *to)
{
	unsigned row = 0, cell = 0;
	bool is_roman = character == 0x00A5 || character == 0x203E; /* what JIS X 0201 has in place of two of ASCII */
	char set = is_roman ? 'J' : character < 0x80 ? 'A' : 'B';
	size_t used = 0;

	if (set == 'B' && (!to_row_and_cell(character, &row, &cell) || (row > 8 && row < 16)))
		return 0;
	if (writer->set != set) {
		memcpy(to, set == 'A' ? "\x1B(B" : set == 'J' ? "\x1B(J" : "\x1B$B", 3);
		used = 3;
		writer->set = set;
	}
	to[used++] = (uint8_t)(is_roman ? (character == 0x00A5 ? '\\' : '~') : set == 'A' ? character : 0x20 + row);
	if (set == 'B')
		to[used++] = (uint8_t)(0x20 + cell);
	return used;
}

static size_t put_unit(uint32_t unit, bool is_big, uint8_t *to)
{
	to[is_big ? 0 : 1] = (uint8_t)(unit >> 8);
	to[is_big ? 1 : 0] = (uint8_t)unit;
	return 2;
}

static size_t write_utf16(uint32_t character, bool is_big, uint8_t *to)
{
	if (character < 0x10000)
		return put_unit(character, is_big, to);
	return put_unit(0xD800 + ((character - 0x10000) >> 10), is_big, to) + put_unit(0xDC00 + (character & 0x3FF), is_big, to + 2);
}

static size_t write_utf16le(struct writer *writer, uint32_t character, uint8_t *to)
{
	(void)writer;
	return write_utf16(character, false, to);
}

static size_t write_utf16be(struct writer *writer, uint32_t character, uint8_t *to)
{
	(void)writer;
	return write_utf16(character, true, to);
}

naccs_status naccs_charset_encode(enum naccs_charset charset, const struct naccs_secret *text, struct naccs_secret **ret,
				  struct naccs_error *err)
{
	static size_t (*const writers[NACCS_CHARSET_COUNT])(struct writer * writer, uint32_t character, uint8_t * to) = {
		[NACCS_CHARSET_UTF8] = write_utf8,	 [NACCS_CHARSET_CP932] = write_cp932,
		[NACCS_CHARSET_EUC_JP] = write_euc_jp,	 [NACCS_CHARSET_ISO_2022_JP] = write_iso_2022_jp,
		[NACCS_CHARSET_UTF16LE] = write_utf16le, [NACCS_CHARSET_UTF16BE] = write_utf16be,
	};
	naccs_auto(secret) struct naccs_secret *encoded = NULL;
	struct writer writer = {.set = 'A'};
	const char *from = naccs_secret_text(text);
	size_t length = naccs_secret_length(text);
	naccs_status status = naccs_secret_new(8 * length + 8, &encoded, err);

	for (size_t at = 0; status == NACCS_OK && at < length;) {
		uint32_t character = 0;
		uint8_t bytes[8];
		size_t width = naccs_utf8_step(from + at, length - at, &character);
		size_t size = width > 0 ? writers[charset](&writer, character, bytes) : 0;

		if (size == 0)
			return naccs_fail(err, NACCS_E_PORTAL_UNKNOWN_PAGE, 0,
					  _("a value of the portal's form can't be written in %s; nothing was sent"),
					  naccs_charset_web_name(charset));
		status = naccs_secret_append(encoded, bytes, size, err);
		naccs_wipe(bytes, sizeof bytes);
		at += width;
	}
	if (status == NACCS_OK && writer.set != 'A')
		status = naccs_secret_append(encoded, "\x1B(B", 3, err);
	if (status == NACCS_OK)
		*ret = naccs_take(&encoded);
	return status;
}
