/* SPDX-License-Identifier: Apache-2.0 */
/* Why: text from outside is judged and made harmless by these few functions; conversions are exact or refused. */
#include "scratch.h"

#include "catalogue.h"

#include <string.h>

static void assert_printable(const char *bytes, size_t length, const char *expected)
{
	naccs_auto(heap) char *text = naccs_text_printable(bytes, length);
	assert_non_null(text);
	assert_string_equal(text, expected);
}

static void hex_goes_there_and_back(void **state)
{
	(void)state;
	uint8_t bytes[256];
	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (uint8_t)i;
	naccs_auto(heap) char *hex = naccs_hex(bytes, sizeof bytes);
	assert_non_null(hex);
	assert_int_equal(strlen(hex), 512);
	assert_memory_equal(hex, "000102030405060708090a0b0c0d0e0f10", 34);
	assert_string_equal(hex + 508, "feff");
	uint8_t back[256] = {0};
	assert_true(naccs_unhex(hex, back, sizeof back));
	assert_memory_equal(back, bytes, sizeof bytes);
	naccs_auto(heap) char *empty = naccs_hex(bytes, 0);
	assert_string_equal(empty, "");
	assert_null(naccs_hex(bytes, SIZE_MAX));
}

static void a_fingerprint_is_read_as_people_write_it(void **state)
{
	(void)state;
	static const char *const texts[] = {"513b2cec",	 "513B2CEC",	 "51:3B:2C:EC", "51 3b 2c ec",
					    "513B 2CEC", "51\t3b: 2cec", "5 1 3 b2cec"};
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		uint8_t bytes[4] = {0};
		if (!naccs_unhex(texts[i], bytes, 4))
			fail_msg("\"%s\" was refused", texts[i]);
		assert_memory_equal(bytes, "\x51\x3b\x2c\xec", 4);
	}
}

static void other_hex_is_refused_and_nothing_is_written(void **state)
{
	(void)state;
	static const char *const texts[] = {"",		 "513b2c",     "513b2ce",     "513b2cec0", "513b2cec00",
					    "513b2ceg",	 "0x513b2cec", ":513b2cec",   "513b2cec:", " 513b2cec",
					    "513b2cec ", "513b2cec\n", "51-3b-2c-ec", ":",	   "５13b2cec"};
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		uint8_t bytes[4] = {1, 2, 3, 4};
		if (naccs_unhex(texts[i], bytes, 4))
			fail_msg("\"%s\" was accepted", texts[i]);
		assert_memory_equal(bytes, "\1\2\3\4", 4);
	}
	assert_true(naccs_unhex("", NULL, 0));
}

static bool is_clean(const char *text)
{
	return naccs_text_is_clean(text, strlen(text), NULL);
}

static void clean_text_is_utf8_without_controls(void **state)
{
	(void)state;
	assert_true(is_clean(""));
	assert_true(is_clean("11110A ~!\"\\"));
	assert_true(is_clean("認証コード１ é 🔑 \xf4\x8f\xbf\xbf"));
	assert_false(is_clean("a\nb"));
	assert_false(is_clean("\x1b[31m"));
	assert_false(is_clean("\x7f"));
	assert_false(naccs_text_is_clean("a\0b", 3, NULL));
	assert_false(naccs_text_is_clean("a\0b", 3, "\n"));
	assert_true(naccs_text_is_clean("a\nb\t", 4, "\n\t"));
	assert_false(naccs_text_is_clean("a\nb\r", 4, "\n\t"));
}

static void what_is_not_utf8_is_not_clean(void **state)
{
	(void)state;
	static const char *const wrong[] = {
		"\x80",
		"\xbf",
		"\xc0\xaf",
		"\xc1\xbf",
		"\xe0\x80\xaf",
		"\xe0\x9f\xbf",
		"\xf0\x8f\xbf\xbf",
		"\xed\xa0\x80",
		"\xed\xbf\xbf",
		"\xf4\x90\x80\x80",
		"\xf5\x80\x80\x80",
		"\xff",
		"\xfe",
		"\xe8\xa8",
		"\xe8",
		"\xf0\x9f\x94",
		"\xc3",
		"\xe8\xa8x",
		"a\x81",
		"\x83\x65\x83\x58\x83\x67", /* テスト in Shift_JIS */
	};
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		if (is_clean(wrong[i]))
			fail_msg("number %zu passed", i);
	}
	/* A character whose rest lies beyond the given length is cut off. */
	assert_false(naccs_text_is_clean("証", 2, NULL));
}

static void printable_text_keeps_letters_and_masks_the_rest(void **state)
{
	(void)state;
	assert_printable("", 0, "");
	assert_printable(NULL, 0, "");
	assert_printable("netNACCS 証明書 🔑", strlen("netNACCS 証明書 🔑"), "netNACCS 証明書 🔑");
	assert_printable("a\0b\n\r\t\x1b]0;x\x07\x7f", 13, "a?b????]0;x??");
	assert_printable("\xc2\x9b"
			 "31m",
			 5, "?31m"); /* C1: another way to say ESC [ */
	assert_printable("a\xe2\x80\xae"
			 "b\xe2\x81\xa6"
			 "c",
			 9, "a?b?c"); /* turned writing direction */
	assert_printable("\xff\xe8\xa8x", 4, "???x");
	assert_printable("証証", 5, "証??");
	assert_null(naccs_text_printable("x", SIZE_MAX));
}

static void format_makes_text_of_any_length(void **state)
{
	(void)state;
	naccs_auto(heap) char *text = naccs_format("%s-%05d-%*s", "証明書", 42, 3000, "x");
	assert_non_null(text);
	assert_int_equal(strlen(text), strlen("証明書-00042-") + 3000);
	assert_memory_equal(text, "証明書-00042- ", strlen("証明書-00042- "));
}

static void the_locale_names_the_language(void **state)
{
	(void)state;
	static const char *const japanese[] = {"ja", "ja_JP", "ja_JP.UTF-8", "ja_JP.eucJP", "ja-JP", "ja.UTF-8", "ja@x", "JA"};
	static const char *const english[] = {"",      "C",   "POSIX",	"C.UTF-8", "en",  "en_US.UTF-8",
					      "de_DE", "jam", "jav_ID", "j",	   "_ja", "日本語"};
	for (size_t i = 0; i < sizeof japanese / sizeof japanese[0]; i++)
		assert_int_equal(naccs_text_language_from_locale(japanese[i]), NACCS_JAPANESE);
	for (size_t i = 0; i < sizeof english / sizeof english[0]; i++)
		assert_int_equal(naccs_text_language_from_locale(english[i]), NACCS_ENGLISH);
	assert_int_equal(naccs_text_language_from_locale(NULL), NACCS_ENGLISH);
}

static void an_unknown_message_stays_as_it_is_in_every_language(void **state)
{
	(void)state;
	static const char message[] = "no catalogue will ever hold this message";
	assert_ptr_equal(naccs_text(message), message);
	naccs_text_set_language(NACCS_JAPANESE);
	assert_int_equal(naccs_text_language(), NACCS_JAPANESE);
	assert_ptr_equal(naccs_text(message), message);
	assert_string_equal(naccs_text(""), "");
	naccs_text_set_language(NACCS_ENGLISH);
	assert_int_equal(naccs_text_language(), NACCS_ENGLISH);
}

static void a_catalogue_is_searched_to_both_ends(void **state)
{
	(void)state;
	static const struct naccs_translation table[] = {
		{"", ""}, {"cannot open %s", "%s を開けません"}, {"no", "いいえ"}, {"yes", "はい"}};
	assert_string_equal(naccs_catalogue_find(table, 4, "yes"), "はい");
	assert_string_equal(naccs_catalogue_find(table, 4, "no"), "いいえ");
	assert_string_equal(naccs_catalogue_find(table, 4, "cannot open %s"), "%s を開けません");
	assert_null(naccs_catalogue_find(table, 4, "cannot open"));
	assert_null(naccs_catalogue_find(table, 4, "zebra"));
	assert_null(naccs_catalogue_find(table, 0, "yes"));
}

/* The conversions of a format string, in order: "%s is %5d%%" → "%s%d". */
static void conversions_of(const char *format, char *ret)
{
	for (const char *c = format; *c != '\0'; c++) {
		if (*c != '%')
			continue;
		*ret++ = *c++;
		c += strspn(c, "0123456789.-+ #'");
		size_t length = strspn(c, "hljzt");
		memcpy(ret, c, length);
		ret += length;
		c += length;
		*ret++ = *c;
		if (*c == '\0')
			break;
	}
	*ret = '\0';
}

static void every_translation_is_sorted_clean_and_takes_the_same_arguments(void **state)
{
	(void)state;
	for (size_t i = 0; i < naccs_catalogue_ja_count; i++) {
		const struct naccs_translation *entry = &naccs_catalogue_ja[i];
		if (i > 0 && strcmp(naccs_catalogue_ja[i - 1].english, entry->english) >= 0)
			fail_msg("\"%s\" is not in its place", entry->english);
		assert_true(naccs_text_is_clean(entry->translated, strlen(entry->translated), "\n\t"));
		char english[1024];
		char translated[1024];
		assert_true(strlen(entry->english) < sizeof english && strlen(entry->translated) < sizeof translated);
		conversions_of(entry->english, english);
		conversions_of(entry->translated, translated);
		if (entry->translated[0] != '\0')
			assert_string_equal(translated, english);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hex_goes_there_and_back),
		cmocka_unit_test(a_fingerprint_is_read_as_people_write_it),
		cmocka_unit_test(other_hex_is_refused_and_nothing_is_written),
		cmocka_unit_test(clean_text_is_utf8_without_controls),
		cmocka_unit_test(what_is_not_utf8_is_not_clean),
		cmocka_unit_test(printable_text_keeps_letters_and_masks_the_rest),
		cmocka_unit_test(format_makes_text_of_any_length),
		cmocka_unit_test(the_locale_names_the_language),
		cmocka_unit_test(an_unknown_message_stays_as_it_is_in_every_language),
		cmocka_unit_test(a_catalogue_is_searched_to_both_ends),
		cmocka_unit_test(every_translation_is_sorted_clean_and_takes_the_same_arguments),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
