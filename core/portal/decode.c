/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see decode.h. What is declared is read in decode_declared.c, bytes are converted in charset.c; here the candidates are weighed. */
#include "decode_private.h"

#include "charset.h"
#include "utf8.h"

#include <string.h>
#include <strings.h>

#define SAMPLE_SIZE ((size_t)256 * 1024) /* as much as is needed to tell the character sets apart */

static const char *const web_names[NACCS_CHARSET_COUNT] = {
	[NACCS_CHARSET_UTF8] = "UTF-8",	   [NACCS_CHARSET_CP932] = "Shift_JIS",
	[NACCS_CHARSET_EUC_JP] = "EUC-JP", [NACCS_CHARSET_ISO_2022_JP] = "ISO-2022-JP",
	[NACCS_CHARSET_UTF16LE] = "UTF-8", [NACCS_CHARSET_UTF16BE] = "UTF-8",
};

static const struct {
	const char *name;
	enum naccs_charset charset;
} names[] = {
	{"utf-8", NACCS_CHARSET_UTF8},
	{"utf8", NACCS_CHARSET_UTF8},
	{"unicode-1-1-utf-8", NACCS_CHARSET_UTF8},
	{"shift_jis", NACCS_CHARSET_CP932},
	{"shift-jis", NACCS_CHARSET_CP932},
	{"sjis", NACCS_CHARSET_CP932},
	{"x-sjis", NACCS_CHARSET_CP932},
	{"ms_kanji", NACCS_CHARSET_CP932},
	{"csshiftjis", NACCS_CHARSET_CP932},
	{"windows-31j", NACCS_CHARSET_CP932},
	{"ms932", NACCS_CHARSET_CP932},
	{"cp932", NACCS_CHARSET_CP932},
	{"x-ms-cp932", NACCS_CHARSET_CP932},
	{"euc-jp", NACCS_CHARSET_EUC_JP},
	{"eucjp", NACCS_CHARSET_EUC_JP},
	{"x-euc-jp", NACCS_CHARSET_EUC_JP},
	{"x-euc", NACCS_CHARSET_EUC_JP},
	{"euc-jp-ms", NACCS_CHARSET_EUC_JP},
	{"eucjp-ms", NACCS_CHARSET_EUC_JP},
	{"cp51932", NACCS_CHARSET_EUC_JP},
	{"cseucpkdfmtjapanese", NACCS_CHARSET_EUC_JP},
	{"iso-2022-jp", NACCS_CHARSET_ISO_2022_JP},
	{"iso-2022-jp-ms", NACCS_CHARSET_ISO_2022_JP},
	{"csiso2022jp", NACCS_CHARSET_ISO_2022_JP},
	{"cp50220", NACCS_CHARSET_ISO_2022_JP},
	{"cp50221", NACCS_CHARSET_ISO_2022_JP},
};

/* What a portal's pages hold: one of these in the result speaks for the character set that made it. */
static const char *const expected_texts[] = {"証明書",	 "認証",       "コード",       "パスワード",  "ログイン",
					     "デジタル", "セッション", "メンテナンス", "ダウンロード"};

bool naccs_charset_from_name(const char *name, size_t length, enum naccs_charset *ret)
{
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		if (strlen(names[i].name) == length && strncasecmp(names[i].name, name, length) == 0) {
			*ret = names[i].charset;
			return true;
		}
	}
	return false;
}

const char *naccs_charset_web_name(enum naccs_charset charset)
{
	return web_names[charset];
}

void naccs_decoded_clear(struct naccs_decoded *decoded)
{
	free(decoded->text);
	*decoded = (struct naccs_decoded){0};
}

static naccs_status convert(const char *bytes, size_t length, enum naccs_charset charset, struct naccs_decoded *ret,
			    struct naccs_error *err)
{
	struct naccs_decoded decoded = {.charset = charset};
	naccs_status status = naccs_charset_decode(charset, bytes, length, &decoded.text, &decoded.length, &decoded.bad_count, err);

	if (status == NACCS_OK)
		*ret = decoded;
	return status;
}

/* How much one character speaks for being real Japanese text, rather than another character set's bytes misread. */
static long character_score(uint32_t character, bool is_utf8)
{
	if (character < 0x80)
		return 0;
	if (character == 0xFFFD)
		return 0; /* counted as bad */
	if (character < 0xA0 || (character >= 0xE000 && character <= 0xF8FF))
		return -5; /* C1 controls, private use */
	if (character >= 0xFF61 && character <= 0xFF9F)
		return is_utf8 ? 2 : -1; /* half-width katakana: what CP932 makes of most EUC-JP and UTF-8 */
	if (is_utf8)
		return 4; /* several bytes that form UTF-8 hardly ever do so by accident */
	if (character >= 0x3041 && character <= 0x30FE)
		return 2;
	return 1;
}

static long text_score(const struct naccs_decoded *decoded)
{
	long score = -20 * (long)decoded->bad_count;

	for (size_t at = 0; at < decoded->length;) {
		uint32_t character = 0;
		size_t width = naccs_utf8_step(decoded->text + at, decoded->length - at, &character);

		at += width > 0 ? width : 1;
		score += character_score(character, decoded->charset == NACCS_CHARSET_UTF8);
	}
	for (size_t i = 0; i < sizeof expected_texts / sizeof *expected_texts; i++)
		if (strstr(decoded->text, expected_texts[i]) != NULL)
			score += 50;
	return score;
}

/* Weigh a sample under each candidate; among equals the declaration decides, and without one UTF-8. */
static naccs_status choose(const char *bytes, size_t length, const struct naccs_declared *declared, enum naccs_charset *ret,
			   struct naccs_error *err)
{
	static const enum naccs_charset candidates[] = {NACCS_CHARSET_UTF8, NACCS_CHARSET_CP932, NACCS_CHARSET_EUC_JP,
							NACCS_CHARSET_ISO_2022_JP};
	size_t sample = length < SAMPLE_SIZE ? length : SAMPLE_SIZE;
	bool has_escapes = memmem(bytes, sample, "\x1b$", 2) != NULL;
	bool is_first = true;
	long best = 0;

	for (size_t i = 0; i < sizeof candidates / sizeof *candidates; i++) {
		naccs_auto(decoded) struct naccs_decoded decoded = {0};
		long score;
		naccs_status status;

		if (candidates[i] == NACCS_CHARSET_ISO_2022_JP && !has_escapes)
			continue;
		status = convert(bytes, sample, candidates[i], &decoded, err);
		if (status != NACCS_OK)
			return status;
		score = text_score(&decoded) + naccs_declared_weight(declared, candidates[i]);
		if (is_first || score > best) {
			best = score;
			*ret = candidates[i];
		}
		is_first = false;
	}
	return NACCS_OK;
}

naccs_status naccs_decode(const void *bytes, size_t length, const char *content_type, struct naccs_decoded *ret, struct naccs_error *err)
{
	struct naccs_declared declared;
	enum naccs_charset charset = NACCS_CHARSET_UTF8;
	size_t mark = naccs_declared_read(bytes, length, content_type, &declared);
	const char *text = (const char *)bytes + mark;
	naccs_status status;

	if (declared.has_mark) {
		charset = declared.mark;
	} else {
		status = choose(text, length - mark, &declared, &charset, err);
		if (status != NACCS_OK)
			return status;
	}
	status = convert(text, length - mark, charset, ret, err);
	if (status == NACCS_OK)
		ret->is_overruled = declared.count > 0 && declared.charsets[0] != charset;
	return status;
}
