/* SPDX-License-Identifier: Apache-2.0 */
/* Why: bytes become text whatever the declaration says, and what has no meaning is counted. */
#include "page_fixture.h"

#include "decode.h"

#include <string.h>

static void check(const void *bytes, size_t length, const char *content_type, enum naccs_charset charset, const char *expected)
{
	struct naccs_decoded decoded = {0};
	struct naccs_error err = {0};

	assert_int_equal(naccs_decode(bytes, length, content_type, &decoded, &err), NACCS_OK);
	assert_string_equal(decoded.text, expected);
	assert_int_equal(decoded.charset, charset);
	assert_int_equal(decoded.bad_count, 0);
	naccs_decoded_clear(&decoded);
}

static void check_encoded(const char *text, const char *charset, const char *content_type, enum naccs_charset wanted)
{
	size_t length;
	char *bytes = encoded(text, charset, &length);

	check(bytes, length, content_type, wanted, text);
	free(bytes);
}

static void a_declaration_counts_wherever_it_stands(void **state)
{
	static const char *const declarations[][2] = {{"<meta charset=", ">"},
						      {"<META HTTP-EQUIV=Content-Type CONTENT='text/html; charset=", "'>"},
						      {"<?xml version=\"1.0\" encoding=\"", "\"?>"},
						      {"<meta name=x><meta content=\"text/html;charset='", "'\" http-equiv=content-type>"}};
	static const struct {
		const char *name, *iconv;
		enum naccs_charset charset;
	} sets[] = {{"Shift_JIS", "CP932", NACCS_CHARSET_CP932},   {"x-sjis", "CP932", NACCS_CHARSET_CP932},
		    {"Windows-31J", "CP932", NACCS_CHARSET_CP932}, {"MS932", "CP932", NACCS_CHARSET_CP932},
		    {"EUC-JP", "EUC-JP-MS", NACCS_CHARSET_EUC_JP}, {"x-euc-jp", "EUC-JP-MS", NACCS_CHARSET_EUC_JP},
		    {"utf-8", "UTF-8", NACCS_CHARSET_UTF8},	   {"ISO-2022-JP", "ISO-2022-JP", NACCS_CHARSET_ISO_2022_JP}};

	(void)state;
	for (size_t i = 0; i < sizeof declarations / sizeof *declarations; i++) {
		for (size_t j = 0; j < sizeof sets / sizeof *sets; j++) {
			char text[512];
			(void)snprintf(text, sizeof text, "%s%s%s<p>日本", declarations[i][0], sets[j].name, declarations[i][1]);
			check_encoded(text, sets[j].iconv, "text/html", sets[j].charset);
		}
	}
}

static void characters_that_only_cp932_has_survive(void **state)
{
	(void)state;
	check_encoded("<p>①②ⅢⅣ№㈱髙﨑～－∥\\ｱｲｳ", "CP932", "text/html; charset=Shift_JIS", NACCS_CHARSET_CP932);
	check_encoded("<p>認証コード①、ⅢⅣ㈱髙﨑", "EUC-JP-MS", "text/html; charset=EUC-JP", NACCS_CHARSET_EUC_JP);
	check("\x5C\x7E", 2, "text/html; charset=Shift_JIS", NACCS_CHARSET_CP932, "\\~");
}

static void a_lie_is_found_out(void **state)
{
	static const char *const texts[] = {
		"<title>ユーザ認証</title><p>認証コード1と認証コード2を入力してください。",
		"<p>セッションが無効です",
		"<p>エラー",
		"<title>NACCS デジタル証明書取得画面</title>",
	};
	static const char *const sets[] = {"UTF-8", "CP932", "EUC-JP-MS"};
	static const enum naccs_charset charsets[] = {NACCS_CHARSET_UTF8, NACCS_CHARSET_CP932, NACCS_CHARSET_EUC_JP};
	static const char *const lies[] = {"text/html; charset=UTF-8",
					   "text/html; charset=Shift_JIS",
					   "text/html; charset=EUC-JP",
					   "text/html; charset=ISO-8859-1",
					   "text/html; charset=us-ascii",
					   "text/html; charset=nonsense",
					   NULL};

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		for (size_t j = 0; j < sizeof sets / sizeof *sets; j++)
			for (size_t k = 0; k < sizeof lies / sizeof *lies; k++)
				check_encoded(texts[i], sets[j], lies[k], charsets[j]);
}

static void a_lie_is_reported(void **state)
{
	struct naccs_decoded decoded = {0};

	(void)state;
	assert_int_equal(naccs_decode("<p>認証コード", strlen("<p>認証コード"), "text/html; charset=EUC-JP", &decoded, NULL), NACCS_OK);
	assert_true(decoded.is_overruled);
	naccs_decoded_clear(&decoded);
	assert_int_equal(naccs_decode("<p>認証コード", strlen("<p>認証コード"), "text/html; charset=utf-8", &decoded, NULL), NACCS_OK);
	assert_false(decoded.is_overruled);
	naccs_decoded_clear(&decoded);
}

static void a_byte_order_mark_beats_every_word(void **state)
{
	(void)state;
	check("\xEF\xBB\xBF<p>\xE8\xAA\x8D", 9, "text/html; charset=Shift_JIS", NACCS_CHARSET_UTF8, "<p>認");
	check("\xFF\xFE<\0p\0>\0\x8D\x8A", 10, "text/html; charset=Shift_JIS", NACCS_CHARSET_UTF16LE, "<p>認");
	check("\xFE\xFF\0<\0p\0>\x8A\x8D", 10, NULL, NACCS_CHARSET_UTF16BE, "<p>認");
}

static void bad_bytes_are_replaced_and_counted(void **state)
{
	struct naccs_decoded decoded = {0};
	static const char bytes[] = "<p>\xE8\xAA\x8D\xE8\xA8\xBC\xFF\xE3\x82\xB3\xE3\x83\xBC\xE3\x83\x89\xC3(\0x";

	(void)state;
	assert_int_equal(naccs_decode(bytes, sizeof bytes - 1, "text/html; charset=UTF-8", &decoded, NULL), NACCS_OK);
	assert_int_equal(decoded.charset, NACCS_CHARSET_UTF8);
	assert_int_equal(decoded.bad_count, 2);
	assert_string_equal(decoded.text, "<p>認証\xEF\xBF\xBDコード\xEF\xBF\xBD( x");
	naccs_decoded_clear(&decoded);
}

static void nothing_is_text_too(void **state)
{
	(void)state;
	check("", 0, NULL, NACCS_CHARSET_UTF8, "");
	check("plain", 5, NULL, NACCS_CHARSET_UTF8, "plain");
	check("plain", 5, "text/html; charset=EUC-JP", NACCS_CHARSET_EUC_JP, "plain");
}

static void texts_are_compared_as_people_compare_them(void **state)
{
	static const char *const same[] = {"認証コード1",    "認証コード１", " 認証コード 1 ",	"認証コード　１",
					   "※認証コード①：", "認証ｺｰﾄﾞ1",    "【認証コード1】", "認証\u200Bコード\u00A01*"};

	(void)state;
	for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
		char *fold = naccs_fold(same[i], strlen(same[i]));
		assert_string_equal(fold, "認証コード1");
		free(fold);
	}
	assert_true(naccs_fold_holds("認証コード1の入力", "認証コード1"));
	assert_false(naccs_fold_holds("認証コード12", "認証コード1"));
	assert_false(naccs_fold_holds("認証コード", ""));
	assert_true(naccs_fold_holds("認証コード12認証コード1", "認証コード1"));
}

static void phrases_say_what_must_and_what_must_not_appear(void **state)
{
	struct naccs_arena *arena = NULL;
	struct naccs_phrases phrases = {0};
	struct naccs_phrase phrase;

	(void)state;
	assert_int_equal(naccs_arena_new(1 << 16, &arena, NULL), NACCS_OK);
	assert_int_equal(naccs_phrase_read(arena, "セッション & 無効 & !場合", &phrase, NULL), NACCS_OK);
	assert_true(naccs_arena_push(arena, &phrases, phrase));
	assert_true(naccs_phrases_hold(&phrases, "セッションが無効です"));
	assert_false(naccs_phrases_hold(&phrases, "セッションが無効になった場合"));
	assert_false(naccs_phrases_hold(&phrases, "無効です"));
	assert_true(naccs_phrases_describe(&phrases, "セッションが無効です"));
	assert_int_equal(naccs_phrase_read(arena, "Ｌｏｇ in", &phrase, NULL), NACCS_OK);
	assert_true(naccs_arena_push(arena, &phrases, phrase));
	assert_true(naccs_phrases_equal(&phrases, "login"));
	assert_false(naccs_phrases_equal(&phrases, "loginname"));
	assert_false(naccs_phrases_describe(&phrases, "loginname"));
	assert_int_equal(naccs_phrase_read(arena, "!場合", &phrase, NULL), NACCS_E_CONFIG);
	assert_int_equal(naccs_phrase_read(arena, "a & ", &phrase, NULL), NACCS_E_CONFIG);
	assert_int_equal(naccs_phrase_read(arena, "：", &phrase, NULL), NACCS_E_CONFIG);
	assert_int_equal(naccs_phrase_read(arena, "", &phrase, NULL), NACCS_E_CONFIG);
	naccs_arena_free(arena);
}

static void an_arena_keeps_to_its_limit(void **state)
{
	struct naccs_arena *arena = NULL;
	size_t given = 0;

	(void)state;
	assert_int_equal(naccs_arena_new(1 << 20, &arena, NULL), NACCS_OK);
	while (naccs_arena_alloc(arena, 1000) != NULL)
		given++;
	assert_in_range(given, 900, 1048);
	assert_true(naccs_arena_is_exhausted(arena));
	assert_null(naccs_arena_alloc(arena, SIZE_MAX));
	naccs_arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_declaration_counts_wherever_it_stands),
		cmocka_unit_test(characters_that_only_cp932_has_survive),
		cmocka_unit_test(a_lie_is_found_out),
		cmocka_unit_test(a_lie_is_reported),
		cmocka_unit_test(a_byte_order_mark_beats_every_word),
		cmocka_unit_test(bad_bytes_are_replaced_and_counted),
		cmocka_unit_test(nothing_is_text_too),
		cmocka_unit_test(texts_are_compared_as_people_compare_them),
		cmocka_unit_test(phrases_say_what_must_and_what_must_not_appear),
		cmocka_unit_test(an_arena_keeps_to_its_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
