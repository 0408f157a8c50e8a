/* SPDX-License-Identifier: Apache-2.0 */
/* Why: who could have written a configuration, and who could read the codes, decides whether the files count. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "codes.h"
#include "config.h"
#include "text.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int make_folder(void **state)
{
	char name[] = "/tmp/naccs-config-XXXXXX";
	if (mkdtemp(name) == NULL)
		return -1;
	*state = strdup(name);
	return 0;
}

static int remove_folder(void **state)
{
	static const char *const names[] = {"test.conf", "link.conf", "codes"};
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		char *path = naccs_format("%s/%s", (char *)*state, names[i]);
		(void)unlink(path);
		free(path);
	}
	(void)rmdir(*state);
	free(*state);
	return 0;
}

/* Caller frees. */
static char *write_file(const char *folder, const char *name, mode_t mode, const char *text)
{
	char *path = naccs_format("%s/%s", folder, name);
	(void)unlink(path);
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
	assert_int_equal(close(fd), 0);
	return path;
}

static naccs_status load(const char *path, struct naccs_error *err)
{
	struct naccs_config *config = NULL;
	naccs_status status = naccs_config_load(path, &config, err);
	assert_true((status == NACCS_OK) == (config != NULL));
	naccs_config_free(config);
	return status;
}

static void a_file_is_loaded_and_its_relative_paths_follow_its_folder(void **state)
{
	char *path = write_file(*state, "test.conf", 0644, "[terminal A]\ncodes = A.codes\n");
	char *codes = naccs_format("%s/A.codes", (char *)*state);
	struct naccs_config *config = NULL;
	struct naccs_error err = {0};
	assert_int_equal(naccs_config_load(path, &config, &err), NACCS_OK);
	assert_string_equal(config->path, path);
	assert_string_equal(config->terminals[0].codes, codes);
	naccs_config_free(config);
	free(codes);
	free(path);
}

static void no_file_is_an_empty_configuration_but_a_missing_one_is_not(void **state)
{
	struct naccs_error err = {0};
	assert_int_equal(load(NULL, &err), NACCS_OK);
	assert_int_equal(load("/dev/null", &err), NACCS_OK);
	char *path = naccs_format("%s/none.conf", (char *)*state);
	assert_int_equal(load(path, &err), NACCS_E_FILE_MISSING);
	assert_non_null(strstr(err.message, path));
	free(path);
	assert_int_equal(load(*state, &err), NACCS_E_CONFIG); /* a folder */
}

static void a_file_with_hooks_must_be_its_owners_alone(void **state)
{
	static const char hook[] = "[terminal A]\ndeploy-hook = true\n";
	struct naccs_error err = {0};
	char *path = write_file(*state, "test.conf", 0664, "[terminal A]\ngroup = g\n");
	assert_int_equal(load(path, &err), NACCS_OK);
	free(path);
	path = write_file(*state, "test.conf", 0664, hook);
	assert_int_equal(load(path, &err), NACCS_E_CONFIG);
	assert_non_null(strstr(err.hint, "chmod go-w"));
	free(path);
	path = write_file(*state, "test.conf", 0646, hook);
	assert_int_equal(load(path, &err), NACCS_E_CONFIG);
	free(path);
	path = write_file(*state, "test.conf", 0644, hook);
	assert_int_equal(load(path, &err), NACCS_OK);

	char *link = naccs_format("%s/link.conf", (char *)*state);
	assert_int_equal(symlink("test.conf", link), 0);
	assert_int_equal(load(link, &err), NACCS_OK);
	free(link);

	assert_int_equal(chmod(*state, 0777), 0);
	assert_int_equal(load(path, &err), NACCS_E_CONFIG);
	assert_int_equal(err.status, NACCS_E_CONFIG);
	assert_int_equal(chmod(*state, 0700), 0);
	free(path);
}

static void codes_are_read_from_a_private_file_only(void **state)
{
	static const char text[] = "# 11110A\r\ncode1 = ABC;1#2\r\ncode2=def \r\ncode3: 日本=x\r\n";
	struct naccs_codes codes = {0};
	struct naccs_error err = {0};
	char *path = write_file(*state, "codes", 0640, text);
	assert_int_equal(naccs_codes_read(path, &codes, &err), NACCS_E_SECRETS_PERMISSIONS);
	free(path);
	path = write_file(*state, "codes", 0600, text);
	assert_int_equal(naccs_codes_read(path, &codes, &err), NACCS_OK);
	assert_string_equal(naccs_secret_text(codes.code1), "ABC;1#2");
	assert_string_equal(naccs_secret_text(codes.code2), "def");
	assert_string_equal(naccs_secret_text(codes.code3), "日本=x");
	naccs_codes_clear(&codes);
	assert_null(codes.code3);
	free(path);
}

static void codes_may_be_partly_there(void **state)
{
	(void)state;
	struct naccs_codes codes = {0};
	struct naccs_error err = {0};
	assert_int_equal(naccs_codes_parse("code3 = x\n", 10, "c", &codes, &err), NACCS_OK);
	assert_null(codes.code1);
	assert_null(codes.code2);
	assert_string_equal(naccs_secret_text(codes.code3), "x");
	naccs_codes_clear(&codes);
}

static void a_refused_codes_file_is_not_quoted(void **state)
{
	(void)state;
	static const char *const texts[] = {"hunter2\n",
					    "hunter2 = hunter2\n",
					    "[hunter2]\n",
					    "[hunter2\n",
					    "code1 = x\ncode1 = hunter2\n",
					    "code1 = hunter2 ; mine\n",
					    " code1 = hunter2\n",
					    "code1 = hunter2\x01\n",
					    "code1 = hunter2\tx\n",
					    "code4 = hunter2\n",
					    "code1 =\n"};
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		struct naccs_codes codes = {0};
		struct naccs_error err = {0};
		assert_int_equal(naccs_codes_parse(texts[i], strlen(texts[i]), "codes", &codes, &err), NACCS_E_CONFIG);
		assert_int_equal(strncmp(err.message, "codes:", 6), 0);
		assert_null(strstr(err.message, "hunter2"));
		assert_null(strstr(err.hint, "hunter2"));
		assert_true(codes.code1 == NULL && codes.code2 == NULL && codes.code3 == NULL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_file_is_loaded_and_its_relative_paths_follow_its_folder, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(no_file_is_an_empty_configuration_but_a_missing_one_is_not, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(a_file_with_hooks_must_be_its_owners_alone, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(codes_are_read_from_a_private_file_only, make_folder, remove_folder),
		cmocka_unit_test(codes_may_be_partly_there),
		cmocka_unit_test(a_refused_codes_file_is_not_quoted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
