/* SPDX-License-Identifier: Apache-2.0 */
/* Why: a hook must learn what it needs and nothing else, and its failure must be told. */
#include "scratch.h"

#include "hook.h"

#include <stdlib.h>
#include <string.h>

static const struct naccs_hook_facts facts = {
	.terminal = "11110A", .stores = "pem:/a\nnss:/b", .serial = "0abc", .not_after = 1924905600};

static void learns_what_it_needs_and_nothing_else(void **state)
{
	const struct scratch *scratch = *state;
	struct naccs_error err = {0};
	naccs_auto(heap) char *command = naccs_format("env | grep -v -E '^(PWD|SHLVL|_|OLDPWD)=' | LC_ALL=C sort > %s/out", scratch->path);

	assert_int_equal(setenv("PASSWORD", "secret", 1), 0);
	assert_ok(naccs_hook_run(command, &facts, NULL, &err));
	scratch_assert_text(scratch, "out",
			    "NACCS_CERT_NOT_AFTER=2030-12-31T00:00:00Z\nNACCS_CERT_SERIAL=0abc\nNACCS_CERT_STORES=pem:/a\nNACCS_CERT_TERMINAL=11110A\n"
			    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\nnss:/b\n");
}

static void says_how_it_failed(void **state)
{
	struct naccs_error err = {0};

	(void)state;
	assert_fails(NACCS_E_HOOK_FAILED, naccs_hook_run("exit 3", &facts, NULL, &err));
	assert_holds(err.message, "exit code 3");
	assert_fails(NACCS_E_HOOK_FAILED, naccs_hook_run("kill -9 $$", &facts, NULL, &err));
	assert_holds(err.message, "signal 9");
	assert_ok(naccs_hook_run("read line; test -z \"$line\"", &facts, NULL, &err)); /* standard input is empty */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(learns_what_it_needs_and_nothing_else, scratch_setup, scratch_teardown),
		cmocka_unit_test(says_how_it_failed),
	};

	return cmocka_run_group_tests_name("hook", tests, NULL, NULL);
}
