/* SPDX-License-Identifier: Apache-2.0 */
/* Why: a command line means exactly one thing, or is refused by name, without repeating a value that may be secret. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "command.h"
#include "options.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORDS 16

/* Parse a NULL-terminated list of words after the program's name. */
static naccs_status parse(const char *const *words, struct cli_options *options, struct naccs_error *err)
{
	static char kept[WORDS][128]; /* options borrow argv */
	char program[] = "naccs-cert";
	char *argv[WORDS + 1] = {program};
	int argc = 1;
	for (; words[argc - 1] != NULL && argc < WORDS; argc++) {
		(void)snprintf(kept[argc], sizeof kept[0], "%s", words[argc - 1]);
		argv[argc] = kept[argc];
	}
	return cli_options_parse(argc, argv, options, err);
}

#define PARSE(options, err, ...) parse((const char *const[]){__VA_ARGS__, NULL}, options, err)

/* Refused with these words in message or hint. */
static void assert_refused_list(const char *words, const char *const *list)
{
	struct cli_options options = {0};
	struct naccs_error err = {0};
	assert_int_equal(parse(list, &options, &err), NACCS_E_USAGE);
	assert_int_equal(err.status, NACCS_E_USAGE);
	if (strstr(err.message, words) == NULL && strstr(err.hint, words) == NULL)
		fail_msg("\"%s\" (\"%s\") does not say \"%s\"", err.message, err.hint, words);
	assert_true(err.hint[0] != '\0');
	assert_null(strstr(err.message, "hunter2"));
	assert_null(strstr(err.hint, "hunter2"));
	cli_options_clear(&options);
}
#define ASSERT_REFUSED(words, ...) assert_refused_list(words, (const char *const[]){__VA_ARGS__, NULL})

static void options_and_arguments_may_be_mixed(void **state)
{
	(void)state;
	struct cli_options options = {0};
	struct naccs_error err = {0};
	assert_int_equal(PARSE(&options, &err, "--json", "install", "-nvv", "a.p12", "--to", "pem:/a", "--to=nss:firefox", "--timeout", "5",
			       "--at", "2026-11-22T19:03:12Z"),
			 NACCS_OK);
	assert_ptr_equal(options.command, &cli_command_install);
	assert_true(options.json && options.non_interactive && !options.quiet);
	assert_int_equal(options.verbose, 2);
	assert_int_equal(options.arguments.count, 1);
	assert_string_equal(options.arguments.items[0], "a.p12");
	assert_int_equal(options.to.count, 2);
	assert_string_equal(options.to.items[0], "pem:/a");
	assert_string_equal(options.to.items[1], "nss:firefox");
	assert_null(options.to.items[2]);
	assert_int_equal(options.timeout_ms, 5000);
	assert_int_equal(options.at, 1795374192);
	cli_options_clear(&options);
}

static void the_environment_does_not_change_the_order(void **state)
{
	(void)state;
	struct cli_options options = {0};
	struct naccs_error err = {0};
	assert_int_equal(setenv("POSIXLY_CORRECT", "1", 1), 0);
	assert_int_equal(PARSE(&options, &err, "install", "a.p12", "--to", "pem:/a"), NACCS_OK);
	assert_int_equal(unsetenv("POSIXLY_CORRECT"), 0);
	assert_int_equal(options.to.count, 1);
	cli_options_clear(&options);
}

static void a_lone_dash_and_words_after_two_dashes_are_arguments(void **state)
{
	(void)state;
	struct cli_options options = {0};
	struct naccs_error err = {0};
	assert_int_equal(PARSE(&options, &err, "install", "-", "--to", "pem:/a"), NACCS_OK);
	assert_string_equal(options.arguments.items[0], "-");
	cli_options_clear(&options);
	options = (struct cli_options){0};
	assert_int_equal(PARSE(&options, &err, "--json", "--", "install", "--to"), NACCS_OK);
	assert_string_equal(options.arguments.items[0], "--to");
	cli_options_clear(&options);
}

static void help_and_version_excuse_what_is_missing(void **state)
{
	(void)state;
	struct cli_options options = {0};
	struct naccs_error err = {0};
	assert_int_equal(PARSE(&options, &err, "install", "--help"), NACCS_OK);
	assert_true(options.help);
	cli_options_clear(&options);
	options = (struct cli_options){0};
	assert_int_equal(PARSE(&options, &err, "--version"), NACCS_OK);
	assert_true(options.version);
	cli_options_clear(&options);
}

static void unknown_words_are_refused_and_the_nearest_named(void **state)
{
	(void)state;
	ASSERT_REFUSED("Did you mean install?", "instal", "x");
	ASSERT_REFUSED("unknown command zzzzzz", "zzzzzz");
	ASSERT_REFUSED("Did you mean --json?", "verify", "--jsno");
	ASSERT_REFUSED("Did you mean --password-file?", "install", "--password=hunter2", "x");
	ASSERT_REFUSED("unknown option -x", "verify", "-nx");
	ASSERT_REFUSED("unknown option --zzzzzzzz", "verify", "--zzzzzzzz=hunter2");
	ASSERT_REFUSED("unknown option --", "verify", "--\x1b[2J");
	ASSERT_REFUSED("no command", "--json");
}

static void options_are_not_abbreviated(void **state)
{
	(void)state;
	ASSERT_REFUSED("--state-dir", "verify", "--state", "/x");
	ASSERT_REFUSED("--state-dir", "verify", "--state=/x");
	ASSERT_REFUSED("--json", "verify", "--js");
	ASSERT_REFUSED("--proxy-auth", "verify", "--proxy-", "x");
}

static void values_are_needed_once_and_not_empty(void **state)
{
	(void)state;
	ASSERT_REFUSED("--config needs a value", "verify", "--config");
	ASSERT_REFUSED("--config was given twice", "verify", "--config", "a", "--config=hunter2");
	ASSERT_REFUSED("--config was given an empty value", "verify", "--config=");
	ASSERT_REFUSED("--json takes no value", "verify", "--json=hunter2");
	ASSERT_REFUSED("not UTF-8", "verify", "--config", "\xff");
}

static void a_command_refuses_what_is_not_its_own(void **state)
{
	(void)state;
	ASSERT_REFUSED("Did you mean --store?", "verify", "--to", "pem:/a");
	ASSERT_REFUSED("Did you mean --from?", "remove", "--store", "pem:/a");
	ASSERT_REFUSED("Did you mean --to?", "install", "a", "--from", "pem:/a");
	ASSERT_REFUSED("stores takes no --prune", "stores", "--prune");
	ASSERT_REFUSED("naccs-cert status --help", "status", "--group", "g");
	ASSERT_REFUSED("install needs FILE", "install", "--to", "pem:/a");
	ASSERT_REFUSED("install takes one FILE, 2 were given", "install", "--to", "pem:/a", "a.p12", "hunter2");
	ASSERT_REFUSED("verify takes no argument, 1 were given", "verify", "hunter2");
	ASSERT_REFUSED("restore needs FILE", "restore");
}

static void impossible_values_are_refused(void **state)
{
	(void)state;
	ASSERT_REFUSED("pem:/etc/x", "install", "a", "--to", "/etc/x");
	ASSERT_REFUSED("is no store", "verify", "--store", "firefox");
	ASSERT_REFUSED("pin-source=file:", "verify", "--store", "pkcs11:token=x?pin-value=hunter2");
	ASSERT_REFUSED("from a command", "verify", "--store", "pkcs11:token=x?pin-source=|hunter2");
	ASSERT_REFUSED("ja or en", "verify", "--lang", "fr");
	ASSERT_REFUSED("--at", "verify", "--at", "tomorrow");
	ASSERT_REFUSED("--timeout", "verify", "--timeout", "5s");
	ASSERT_REFUSED("--timeout", "verify", "--timeout", "-1");
	ASSERT_REFUSED("--timeout", "verify", "--timeout", "86401");
	ASSERT_REFUSED("--proxy-auth", "verify", "--proxy", "http://u:hunter2@proxy");
	ASSERT_REFUSED("64 hexadecimal", "install", "a", "--to", "pem:/a", "--client-ca-sha256", "abc");
	ASSERT_REFUSED("choose one", "install", "a", "--to", "pem:/a", "--trust-client-ca", "--client-ca-sha256",
		       "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff");
}

static void a_glance_finds_json_and_the_language(void **state)
{
	(void)state;
	struct cli_options options = {0};
	char program[] = "naccs-cert", wrong[] = "--wrong", json[] = "--json", dashes[] = "--", lang[] = "--lang=ja";
	char *const late[] = {program, wrong, json, NULL};
	cli_options_glance(3, late, &options);
	assert_true(options.json);
	options = (struct cli_options){0};
	char *const after[] = {program, dashes, json, NULL};
	cli_options_glance(3, after, &options);
	assert_false(options.json);
	char *const japanese[] = {program, lang, NULL};
	cli_options_glance(2, japanese, &options);
	assert_int_equal(naccs_text_language(), NACCS_JAPANESE);
	naccs_text_set_language(NACCS_ENGLISH);
}

static void the_language_follows_the_locale_variables_in_their_order(void **state)
{
	(void)state;
	struct cli_options options = {0};
	char program[] = "naccs-cert";
	char *const argv[] = {program, NULL};
	assert_int_equal(setenv("LC_ALL", "", 1) | setenv("LC_MESSAGES", "ja_JP.UTF-8", 1) | setenv("LANG", "en_US.UTF-8", 1), 0);
	cli_options_glance(1, argv, &options);
	assert_int_equal(naccs_text_language(), NACCS_JAPANESE);
	assert_int_equal(setenv("LC_ALL", "C.UTF-8", 1), 0);
	cli_options_glance(1, argv, &options);
	assert_int_equal(naccs_text_language(), NACCS_ENGLISH);
}

static void every_option_has_a_unique_name_and_help(void **state)
{
	(void)state;
	for (size_t i = 0; i < CLI_OPTION_COUNT; i++) {
		assert_non_null(cli_option_table[i].name);
		assert_true(cli_option_table[i].help != NULL && cli_option_table[i].help[0] != '\0');
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(cli_option_table[i].name, cli_option_table[j].name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_and_arguments_may_be_mixed),
		cmocka_unit_test(the_environment_does_not_change_the_order),
		cmocka_unit_test(a_lone_dash_and_words_after_two_dashes_are_arguments),
		cmocka_unit_test(help_and_version_excuse_what_is_missing),
		cmocka_unit_test(unknown_words_are_refused_and_the_nearest_named),
		cmocka_unit_test(options_are_not_abbreviated),
		cmocka_unit_test(values_are_needed_once_and_not_empty),
		cmocka_unit_test(a_command_refuses_what_is_not_its_own),
		cmocka_unit_test(impossible_values_are_refused),
		cmocka_unit_test(a_glance_finds_json_and_the_language),
		cmocka_unit_test(the_language_follows_the_locale_variables_in_their_order),
		cmocka_unit_test(every_option_has_a_unique_name_and_help),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
