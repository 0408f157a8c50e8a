/* SPDX-License-Identifier: Apache-2.0 */
/* Why: a log that can be shown to others: no secret leaves it in any of its spellings. */
#include "scratch.h"

#include "log.h"

#include <errno.h>
#include <string.h>

/* The sink keeps the last line and counts. */
struct heard {
	char line[4096];
	enum naccs_log_level level;
	int count;
};

static void hear(void *context, enum naccs_log_level level, const char *line)
{
	struct heard *heard = context;
	(void)snprintf(heard->line, sizeof heard->line, "%s", line);
	heard->level = level;
	heard->count++;
	errno = EIO; /* as a sink that writes may leave it */
}

NACCS_DEFINE_CLEANUP(struct naccs_log *, naccs_log_free, log)

static struct naccs_log *new_log(struct heard *heard, const char *secret)
{
	struct naccs_error err = {0};
	struct naccs_log *log = NULL;
	assert_ok(naccs_log_new(hear, heard, NACCS_LOG_WIRE, &log, &err));
	if (secret != NULL)
		assert_ok(naccs_log_hide(log, secret, strlen(secret), &err));
	return log;
}

/* What a log that hides secret shows of line. */
static const char *shown(const char *secret, const char *line)
{
	static struct heard heard;
	naccs_auto(log) struct naccs_log *log = new_log(&heard, secret);
	naccs_log_line(log, NACCS_LOG_WIRE, "%s", line);
	return heard.line;
}

/* Base64 by the book, for the tests' own use. */
static void base64(const char *text, char *ret)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t length = strlen(text);
	for (size_t i = 0; i < length; i += 3) {
		uint32_t group = (uint32_t)(uint8_t)text[i] << 16;
		group |= i + 1 < length ? (uint32_t)(uint8_t)text[i + 1] << 8 : 0;
		group |= i + 2 < length ? (uint32_t)(uint8_t)text[i + 2] : 0;
		for (size_t k = 0; k < 4; k++)
			*ret++ = i + k > length ? '=' : alphabet[group >> (18 - 6 * k) & 0x3F];
	}
	*ret = '\0';
}

static void only_lines_up_to_the_threshold_are_passed(void **state)
{
	(void)state;
	struct naccs_error err = {0};
	struct heard heard = {0};
	naccs_auto(log) struct naccs_log *log = NULL;
	assert_ok(naccs_log_new(hear, &heard, NACCS_LOG_INFO, &log, &err));
	naccs_log_line(log, NACCS_LOG_WIRE, "wire");
	assert_int_equal(heard.count, 0);
	naccs_log_line(log, NACCS_LOG_INFO, "info %d", 7);
	assert_int_equal(heard.count, 1);
	assert_string_equal(heard.line, "info 7");
	assert_int_equal(heard.level, NACCS_LOG_INFO);
	naccs_log_line(log, NACCS_LOG_WARNING, "warning");
	assert_int_equal(heard.level, NACCS_LOG_WARNING);
}

static void a_log_without_a_sink_and_no_log_are_silent(void **state)
{
	(void)state;
	struct naccs_error err = {0};
	naccs_auto(log) struct naccs_log *log = NULL;
	assert_ok(naccs_log_new(NULL, NULL, NACCS_LOG_WIRE, &log, &err));
	naccs_log_line(log, NACCS_LOG_WARNING, "x");
	naccs_log_line(NULL, NACCS_LOG_WARNING, "x");
	naccs_log_free(NULL);
}

static void errno_survives_a_line(void **state)
{
	(void)state;
	struct heard heard = {0};
	naccs_auto(log) struct naccs_log *log = new_log(&heard, "secret");
	errno = EDOM;
	naccs_log_line(log, NACCS_LOG_INFO, "x %s", "y");
	assert_int_equal(errno, EDOM);
}

static void a_secret_is_masked_wherever_it_stands(void **state)
{
	(void)state;
	assert_string_equal(shown("hunter22", "hunter22"), "****");
	assert_string_equal(shown("hunter22", "a hunter22 b hunter22"), "a **** b ****");
	assert_string_equal(shown("hunter22", "xhunter22y"), "x****y");
	assert_string_equal(shown("hunter22", "hunter2"), "hunter2");
	assert_string_equal(shown("hunter22", "HUNTER22"), "HUNTER22");
	assert_string_equal(shown("abab", "ababab"), "****"); /* overlapping finds are one */
	assert_string_equal(shown("証明書パス", "p=証明書パス&q"), "p=****&q");
}

static void a_secret_is_masked_percent_encoded(void **state)
{
	(void)state;
	assert_string_equal(shown("p&q=r 1", "pw=p%26q%3Dr%201&x=y"), "pw=****&x=y");
	assert_string_equal(shown("p&q=r 1", "pw=p%26q%3dr+1&x=y"), "pw=****&x=y");
	assert_string_equal(shown("abcd", "%61%62%63%64!"), "****!");
	assert_string_equal(shown("abcd", "a%62c%64"), "****");
	assert_string_equal(shown("50%off", "c=50%25off;"), "c=****;");
	assert_string_equal(shown("50%25", "c=50%2525 50%25"), "c=**** ****");
	assert_string_equal(shown("abcd", "abc% abc%6 abc%zz"), "abc% abc%6 abc%zz");
	assert_string_equal(shown("認証1", "c=%E8%AA%8D%E8%A8%BC1"), "c=****");
}

static void a_secret_is_masked_in_base64_wherever_it_begins(void **state)
{
	(void)state;
	static const char *const users[] = {"", "u", "us", "use", "user:", "proxy-user:"};
	static const char *const tails[] = {"", "x", "xy", "xyz"};
	static const char secret[] = "Tr0ub4dor&3>?~";
	for (size_t i = 0; i < sizeof users / sizeof users[0]; i++) {
		for (size_t k = 0; k < sizeof tails / sizeof tails[0]; k++) {
			char plain[64];
			char encoded[128];
			char line[160];
			(void)snprintf(plain, sizeof plain, "%s%s%s", users[i], secret, tails[k]);
			base64(plain, encoded);
			(void)snprintf(line, sizeof line, "Authorization: Basic %s", encoded);
			const char *got = shown(secret, line);
			assert_holds(got, "****");
			/* No two characters of the secret's own Base64 are left side by side. */
			char own[64];
			base64(secret, own);
			assert_true(strlen(got) <= strlen("Authorization: Basic ****") + 4 * (strlen(users[i]) + strlen(tails[k]) + 5) / 3);
			for (char *c = encoded; *c != '\0'; c++)
				*c = *c == '+' ? '-' : *c == '/' ? '_' : *c;
			(void)snprintf(line, sizeof line, "t=%s", encoded);
			assert_holds(shown(secret, line), "****");
		}
	}
	assert_string_equal(shown("user:pass", "Basic dXNlcjpwYXNz"), "Basic ****");
	assert_string_equal(shown("pass", "Basic dXNlcjpwYXNz"), "Basic dXNlcj****");
	assert_string_equal(shown("passw", "dXNlcjpwYXNzdzA="), "dXNlcj****A="); /* "user:passw0": its last bits, too */
	assert_string_equal(shown("~~~???", "x=fn5%2BPz8%2F"), "x=****");
	assert_string_equal(shown("~~~???", "fn5-Pz8_"), "****");
}

static void several_secrets_are_masked_even_where_they_overlap(void **state)
{
	(void)state;
	struct naccs_error err = {0};
	struct heard heard = {0};
	naccs_auto(log) struct naccs_log *log = new_log(&heard, "abcdef");
	assert_ok(naccs_log_hide(log, "defghi", 6, &err));
	assert_ok(naccs_log_hide(log, "abcdef", 6, &err));
	assert_ok(naccs_log_hide(log, "", 0, &err));
	naccs_log_line(log, NACCS_LOG_WIRE, "%s|%s|%s", "abcdefghi", "abcdef", "xdefghix");
	assert_string_equal(heard.line, "****|****|x****x");
}

static void a_short_secret_is_masked_as_a_whole_value_only(void **state)
{
	(void)state;
	assert_string_equal(shown("a", "a=a&b=ba&c=ab&d=\"a\" e=a"), "a=****&b=ba&c=ab&d=\"****\" e=****");
	assert_string_equal(shown("a1!", "pw=a1%21&x=1"), "pw=****&x=1");
	assert_string_equal(shown("a1!", "a1! stands alone"), "a1! stands alone");
}

static void the_log_keeps_its_own_copy_of_a_secret(void **state)
{
	(void)state;
	struct naccs_error err = {0};
	struct heard heard = {0};
	naccs_auto(log) struct naccs_log *log = new_log(&heard, NULL);
	char secret[] = "hunter22";
	assert_ok(naccs_log_hide(log, secret, strlen(secret), &err));
	memset(secret, 'x', strlen(secret));
	naccs_log_line(log, NACCS_LOG_WIRE, "hunter22 xxxxxxxx");
	assert_string_equal(heard.line, "**** xxxxxxxx");
}

static void control_characters_become_visible(void **state)
{
	(void)state;
	assert_string_equal(shown(NULL, "GET /\r\n\tx"), "GET /\\r\\n\\tx");
	assert_string_equal(shown(NULL, "\x1b[31m\x7f\xff 証"), "\\x1b[31m\\x7f\\xff 証");
	assert_string_equal(shown(NULL, "\xc2\x9b"
					"1\xe2\x80\xae"),
			    "\\xc2\\x9b1\\xe2\\x80\\xae");
}

static void a_secret_with_control_characters_is_masked_before_they_are_shown(void **state)
{
	(void)state;
	assert_string_equal(shown("ab\ncd", "x ab\ncd y"), "x **** y");
}

static void a_long_line_is_not_cut(void **state)
{
	(void)state;
	char line[3000];
	memset(line, 'a', sizeof line);
	memcpy(line + sizeof line - 9, "hunter22", 9);
	const char *got = shown("hunter22", line);
	assert_int_equal(strlen(got), sizeof line - 9 + 4);
	assert_holds(got, "a****");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_lines_up_to_the_threshold_are_passed),
		cmocka_unit_test(a_log_without_a_sink_and_no_log_are_silent),
		cmocka_unit_test(errno_survives_a_line),
		cmocka_unit_test(a_secret_is_masked_wherever_it_stands),
		cmocka_unit_test(a_secret_is_masked_percent_encoded),
		cmocka_unit_test(a_secret_is_masked_in_base64_wherever_it_begins),
		cmocka_unit_test(several_secrets_are_masked_even_where_they_overlap),
		cmocka_unit_test(a_short_secret_is_masked_as_a_whole_value_only),
		cmocka_unit_test(the_log_keeps_its_own_copy_of_a_secret),
		cmocka_unit_test(control_characters_become_visible),
		cmocka_unit_test(a_secret_with_control_characters_is_masked_before_they_are_shown),
		cmocka_unit_test(a_long_line_is_not_cut),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
