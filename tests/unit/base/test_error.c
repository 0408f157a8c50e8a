/* SPDX-License-Identifier: Apache-2.0 */
/* Why: ids and exit codes are a promise to scripts; messages are UTF-8 whatever is put into them. */
#include "scratch.h"

#include <errno.h>
#include <string.h>
#include <wchar.h>

/* The public header states id and exit code beside each number; the table must say the same of every one of them. */
static void every_status_of_the_public_header_has_its_id_and_exit_code(void **state)
{
	(void)state;
	FILE *header = fopen(ERROR_HEADER, "re");
	assert_non_null(header);
	char line[256];
	int statuses = 0;
	while (fgets(line, sizeof line, header) != NULL) {
		char name[64];
		char id[64];
		int number = 0;
		int exit_code = 0;
		if (strncmp(line, "\tNACCS_E_", strlen("\tNACCS_E_")) != 0)
			continue;
		if (sscanf(line, " NACCS_E_%63[A-Z0-9_] = %d, /* %63s %d", name, &number, id, &exit_code) != 4)
			fail_msg("cannot read: %s", line);
		assert_string_equal(naccs_status_id((naccs_status)number), id);
		assert_int_equal(naccs_status_exit_code((naccs_status)number), exit_code);
		statuses++;
	}
	(void)fclose(header);
	assert_true(statuses >= 45);
}

/* interface.md's own list, so that header and table can't go wrong together. */
static void the_promised_ids_have_the_promised_exit_codes(void **state)
{
	(void)state;
	static const struct {
		int exit_code;
		const char *ids;
	} promised[] = {
		{77, " portal.login-refused portal.code-refused portal.password-refused portal.locked portal.not-due portal.expired "
		     "pin.wrong pin.locked "
		     "ca.refused "},
		{75, " portal.session-ended portal.maintenance portal.truncated run.locked "},
		{76, " portal.unknown-page portal.not-pkcs12 "},
		{69, " net.unreachable net.proxy-refused tls.untrusted tls.name tls.expired net.redirect-refused "},
		{65, " pkcs12.password pkcs12.corrupt pkcs12.mismatch pkcs12.expired "},
		{73, " store.open store.unsafe "},
		{74, " store.full file.missing "},
		{78, " config.invalid secrets.permissions "},
		{21, " verify.failed verify.none "},
		{22, " hook.failed "},
		{64, " usage.invalid "},
		{70, " internal "},
	};
	size_t found = 0;
	for (int number = 1; number < 200; number++) {
		char id[80];
		(void)snprintf(id, sizeof id, " %s ", naccs_status_id((naccs_status)number));
		if (number > 1 && strcmp(id, " internal ") == 0)
			continue;
		for (size_t i = 0; i < sizeof promised / sizeof promised[0]; i++) {
			if (strstr(promised[i].ids, id) == NULL)
				continue;
			assert_int_equal(naccs_status_exit_code((naccs_status)number), promised[i].exit_code);
			found++;
		}
	}
	assert_int_equal(found, 36);
}

static void no_error_and_unknown_numbers_are_answered(void **state)
{
	(void)state;
	assert_string_equal(naccs_status_id(NACCS_OK), "");
	assert_int_equal(naccs_status_exit_code(NACCS_OK), 0);
	static const int unknown[] = {5, 9, 39, 99, 4711, -1};
	for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++) {
		assert_string_equal(naccs_status_id((naccs_status)unknown[i]), "internal");
		assert_int_equal(naccs_status_exit_code((naccs_status)unknown[i]), 70);
	}
}

static void a_failure_fills_everything_and_drops_an_older_hint(void **state)
{
	(void)state;
	struct naccs_error err = {.hint = "old"};
	errno = EDOM;
	assert_int_equal(naccs_fail(&err, NACCS_E_STORE_OPEN, 42, "cannot open %s", "x"), NACCS_E_STORE_OPEN);
	assert_int_equal(errno, EDOM);
	assert_int_equal(err.status, NACCS_E_STORE_OPEN);
	assert_int_equal(err.native, 42);
	assert_string_equal(err.message, "cannot open x");
	assert_string_equal(err.hint, "");
	assert_int_equal(naccs_fail(NULL, NACCS_E_USAGE, 0, "x"), NACCS_E_USAGE);
}

static void an_argument_that_can_not_be_converted_leaves_the_format_and_errno(void **state)
{
	(void)state;
#ifdef _WIN32
	skip(); /* every wide character can be converted there, to something */
#endif
	struct naccs_error err = {0};
	static const wchar_t wrong[] = {(wchar_t)0x7fffffff, 0};
	errno = EDOM;
	(void)naccs_fail(&err, NACCS_E_USAGE, 0, "cannot open %ls", wrong);
	assert_int_equal(errno, EDOM);
	assert_string_equal(err.message, "cannot open %ls");
}

static void a_failed_system_call_says_why(void **state)
{
	(void)state;
	struct naccs_error err = {0};
	assert_int_equal(naccs_fail_errno(&err, NACCS_E_FILE_MISSING, ENOENT, "cannot open %s", "x"), NACCS_E_FILE_MISSING);
	assert_string_equal(err.message, "cannot open x: No such file or directory");
	assert_int_equal(err.native, ENOENT);
	(void)naccs_fail_errno(&err, NACCS_E_INTERNAL, 99999, "y");
	assert_string_equal(err.message, "y: unknown error");
	assert_int_equal(naccs_fail_errno(NULL, NACCS_E_USAGE, EIO, "x"), NACCS_E_USAGE);
}

static void a_long_message_keeps_the_reason(void **state)
{
	(void)state;
	struct naccs_error err = {0};
	char path[2000];
	memset(path, 'p', sizeof path - 1);
	path[sizeof path - 1] = '\0';
	(void)naccs_fail_errno(&err, NACCS_E_FILE_IO, EACCES, "cannot open %s", path);
	assert_int_equal(strlen(err.message), sizeof err.message - 1);
	assert_string_equal(err.message + strlen(err.message) - strlen("p: Permission denied"), "p: Permission denied");
}

static void a_long_message_is_cut_between_characters(void **state)
{
	(void)state;
	static const char *const characters[] = {"a", "é", "証", "🔑"};
	for (size_t shift = 0; shift < 5; shift++) {
		for (size_t i = 0; i < 4; i++) {
			char text[3000] = "";
			memset(text, 'x', shift);
			size_t size = strlen(characters[i]);
			for (size_t at = shift; at + size < sizeof text; at += size)
				memcpy(text + at, characters[i], size + 1);
			struct naccs_error err = {0};
			(void)naccs_fail(&err, NACCS_E_USAGE, 0, "%s", text);
			size_t length = strlen(err.message);
			assert_true(naccs_text_is_clean(err.message, length, NULL));
			assert_memory_equal(err.message, text, length);
			assert_int_equal(length, shift + (sizeof err.message - 1 - shift) / size * size);
			(void)naccs_error_hint(&err, "%s", text);
			length = strlen(err.hint);
			assert_true(naccs_text_is_clean(err.hint, length, NULL));
			assert_int_equal(length, shift + (sizeof err.hint - 1 - shift) / size * size);
			(void)naccs_error_prefix(&err, "%s", "y");
			assert_true(naccs_text_is_clean(err.message, strlen(err.message), NULL));
			assert_true(strncmp(err.message, "y: ", 3) == 0);
		}
	}
}

static void a_message_is_utf8_and_harmless_to_a_terminal(void **state)
{
	(void)state;
	struct naccs_error err = {0};
	(void)naccs_fail(&err, NACCS_E_FILE_IO, 0, "cannot open %s", "\xff\x1b[31m\xc2\x9b証\r\xe2\x80\xae\nend");
	assert_string_equal(err.message, "cannot open ??[31m?証??\nend");
}

static void a_prefix_names_the_caller_and_keeps_the_rest(void **state)
{
	(void)state;
	struct naccs_error err = {0};
	(void)naccs_fail(&err, NACCS_E_STORE_FULL, 28, "cannot write %s", "x");
	(void)naccs_error_hint(&err, "make %s", "room");
	errno = EDOM;
	assert_int_equal(naccs_error_prefix(&err, "pem:%s", "/d"), NACCS_E_STORE_FULL);
	assert_int_equal(errno, EDOM);
	assert_string_equal(err.message, "pem:/d: cannot write x");
	assert_string_equal(err.hint, "make room");
	assert_int_equal(err.native, 28);
	assert_int_not_equal(naccs_error_prefix(NULL, "x"), NACCS_OK);
	assert_int_not_equal(naccs_error_hint(NULL, "x"), NACCS_OK);
}

static void a_message_can_be_made_of_itself(void **state)
{
	(void)state;
	struct naccs_error err = {0};
	(void)naccs_fail(&err, NACCS_E_USAGE, 0, "inner");
	(void)naccs_fail(&err, NACCS_E_CONFIG, 0, "outer (%s)", err.message);
	assert_string_equal(err.message, "outer (inner)");
	(void)naccs_error_hint(&err, "see %s", err.message);
	(void)naccs_error_hint(&err, "%s!", err.hint);
	assert_string_equal(err.hint, "see outer (inner)!");
	(void)naccs_error_prefix(&err, "%s", err.message);
	assert_string_equal(err.message, "outer (inner): outer (inner)");
}

static void an_errno_of_a_store_becomes_its_status(void **state)
{
	(void)state;
	assert_int_equal(naccs_store_status_from_errno(ENOSPC), NACCS_E_STORE_FULL);
	assert_int_equal(naccs_store_status_from_errno(EDQUOT), NACCS_E_STORE_FULL);
	assert_int_equal(naccs_store_status_from_errno(EFBIG), NACCS_E_STORE_FULL);
	assert_int_equal(naccs_store_status_from_errno(EACCES), NACCS_E_STORE_OPEN);
	assert_int_equal(naccs_store_status_from_errno(EPERM), NACCS_E_STORE_OPEN);
	assert_int_equal(naccs_store_status_from_errno(EROFS), NACCS_E_STORE_OPEN);
	assert_int_equal(naccs_store_status_from_errno(ENOENT), NACCS_E_STORE_OPEN);
	assert_int_equal(naccs_store_status_from_errno(ENOTDIR), NACCS_E_STORE_OPEN);
	assert_int_equal(naccs_store_status_from_errno(ELOOP), NACCS_E_STORE_UNSAFE);
	assert_int_equal(naccs_store_status_from_errno(EIO), NACCS_E_STORE_IO);
}

static void an_errno_of_a_file_becomes_its_status(void **state)
{
	(void)state;
	assert_int_equal(naccs_file_status_from_errno(ENOSPC), NACCS_E_STORE_FULL);
	assert_int_equal(naccs_file_status_from_errno(EDQUOT), NACCS_E_STORE_FULL);
	assert_int_equal(naccs_file_status_from_errno(EFBIG), NACCS_E_STORE_FULL);
	assert_int_equal(naccs_file_status_from_errno(ENOENT), NACCS_E_FILE_MISSING);
	assert_int_equal(naccs_file_status_from_errno(EACCES), NACCS_E_FILE_IO);
	assert_int_equal(naccs_file_status_from_errno(EIO), NACCS_E_FILE_IO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_status_of_the_public_header_has_its_id_and_exit_code),
		cmocka_unit_test(the_promised_ids_have_the_promised_exit_codes),
		cmocka_unit_test(no_error_and_unknown_numbers_are_answered),
		cmocka_unit_test(a_failure_fills_everything_and_drops_an_older_hint),
		cmocka_unit_test(an_argument_that_can_not_be_converted_leaves_the_format_and_errno),
		cmocka_unit_test(a_failed_system_call_says_why),
		cmocka_unit_test(a_long_message_keeps_the_reason),
		cmocka_unit_test(a_long_message_is_cut_between_characters),
		cmocka_unit_test(a_message_is_utf8_and_harmless_to_a_terminal),
		cmocka_unit_test(a_prefix_names_the_caller_and_keeps_the_rest),
		cmocka_unit_test(a_message_can_be_made_of_itself),
		cmocka_unit_test(an_errno_of_a_store_becomes_its_status),
		cmocka_unit_test(an_errno_of_a_file_becomes_its_status),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
