/* SPDX-License-Identifier: Apache-2.0 */
/* Why: configuration and state lie where the XDG specification, the system or the user says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "paths.h"

static void assert_paths(struct cli_surroundings here, const char *config, const char *state_dir)
{
	struct cli_paths paths = {0};
	struct naccs_error err = {0};
	assert_int_equal(cli_paths_find(&here, NULL, NULL, &paths, &err), NACCS_OK);
	assert_string_equal(paths.config, config);
	assert_string_equal(paths.state_dir, state_dir);
	assert_false(paths.is_config_chosen);
	cli_paths_clear(&paths);
}

static void root_uses_the_systems_places(void **state)
{
	(void)state;
	assert_paths((struct cli_surroundings){.is_root = true, .home = "/root", .config_home = "/x"}, "/etc/naccs-cert/naccs-cert.conf",
		     "/var/lib/naccs-cert");
	assert_paths((struct cli_surroundings){.is_root = true}, "/etc/naccs-cert/naccs-cert.conf", "/var/lib/naccs-cert");
}

static void users_have_theirs_below_home_or_xdg(void **state)
{
	(void)state;
	assert_paths((struct cli_surroundings){.home = "/home/a"}, "/home/a/.config/naccs-cert/naccs-cert.conf",
		     "/home/a/.local/state/naccs-cert");
	assert_paths((struct cli_surroundings){.home = "/home/a", .config_home = "/c", .state_home = "/s"},
		     "/c/naccs-cert/naccs-cert.conf", "/s/naccs-cert");
	assert_paths((struct cli_surroundings){.home = "/home/a", .config_home = "", .state_home = "relative"},
		     "/home/a/.config/naccs-cert/naccs-cert.conf", "/home/a/.local/state/naccs-cert");
}

static void without_a_home_the_options_are_needed(void **state)
{
	(void)state;
	struct cli_surroundings nowhere = {0};
	struct cli_paths paths = {0};
	struct naccs_error err = {0};
	assert_int_equal(cli_paths_find(&nowhere, NULL, NULL, &paths, &err), NACCS_E_USAGE);
	assert_int_equal(cli_paths_find(&nowhere, "c", NULL, &paths, &err), NACCS_E_USAGE);
	assert_int_equal(cli_paths_find(&nowhere, "c", "s", &paths, &err), NACCS_OK);
	assert_string_equal(paths.config, "c");
	assert_string_equal(paths.state_dir, "s");
	assert_true(paths.is_config_chosen);
	cli_paths_clear(&paths);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(root_uses_the_systems_places),
		cmocka_unit_test(users_have_theirs_below_home_or_xdg),
		cmocka_unit_test(without_a_home_the_options_are_needed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
