/* SPDX-License-Identifier: Apache-2.0 */
/* Why: as test_hook.c, for hooks that cmd.exe runs; and one that hangs is ended with everything that it has started. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cleanup.h"
#include "hook.h"
#include "names.h"
#include "text.h"

#include <windows.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct naccs_hook_facts facts = {
	.terminal = "11110A", .stores = "pem:C:/a & b\nwindows:user", .serial = "0abc", .not_after = 1924905600};

struct heard {
	char text[16384];
	const char *program;
};

static void hear(void *context, const char *line)
{
	struct heard *heard = context;
	size_t used = strlen(heard->text);

	(void)snprintf(heard->text + used, sizeof heard->text - used, "%s\n", line);
}

static void learns_what_it_needs_and_no_secret(void **state)
{
	struct heard *heard = *state;
	struct naccs_hook_watch watch = {.output = hear, .context = heard};
	struct naccs_error err = {0};

	assert_int_equal(_putenv("PASSWORD=secret"), 0);
	assert_int_equal(naccs_hook_run("set", &facts, &watch, &err), NACCS_OK);
	assert_non_null(strstr(heard->text, "NACCS_CERT_NOT_AFTER=2030-12-31T00:00:00Z\n"));
	assert_non_null(strstr(heard->text, "NACCS_CERT_SERIAL=0abc\n"));
	assert_non_null(strstr(heard->text, "NACCS_CERT_STORES=pem:C:/a & b\nwindows:user\n"));
	assert_non_null(strstr(heard->text, "NACCS_CERT_TERMINAL=11110A\n"));
	assert_non_null(strstr(heard->text, "SystemRoot="));
	assert_null(strstr(heard->text, "PASSWORD"));
}

static void says_how_it_failed(void **state)
{
	struct heard *heard = *state;
	struct naccs_hook_watch watch = {.output = hear, .context = heard};
	struct naccs_error err = {0};

	assert_int_equal(naccs_hook_run("echo one& echo two 1>&2& exit 3", &facts, &watch, &err), NACCS_E_HOOK_FAILED);
	assert_non_null(strstr(err.message, "exit code 3"));
	assert_non_null(strstr(heard->text, "one\n"));
	assert_non_null(strstr(heard->text, "two"));
	assert_int_equal(naccs_hook_run_file("C:/nowhere/%PATH%&x.exe", &facts, &watch, &err), NACCS_E_HOOK_FAILED);
}

/* cmd.exe starts this program again, which keeps an event open until it is ended. */
static void one_that_hangs_is_ended_with_its_children(void **state)
{
	struct heard *heard = *state;
	struct naccs_hook_watch watch = {.limit_seconds = 5, .output = hear, .context = heard};
	struct naccs_error err = {0};
	wchar_t name[64];
	naccs_auto(heap) char *command =
		naccs_format("\"%s\" hold %lu & echo the end", heard->program, (unsigned long)GetCurrentProcessId());
	HANDLE held;

	(void)_snwprintf(name, 64, L"naccs-test-hook-%lu", (unsigned long)GetCurrentProcessId());
	assert_int_equal(naccs_hook_run(command, &facts, &watch, &err), NACCS_E_HOOK_FAILED);
	assert_non_null(strstr(err.message, "longer than 5 seconds"));
	assert_string_equal(heard->text, "held\n");
	while ((held = OpenEventW(SYNCHRONIZE, FALSE, name)) != NULL)
		(void)CloseHandle(held);
}

static int hold(const char *number)
{
	wchar_t name[64];

	(void)_snwprintf(name, 64, L"naccs-test-hook-%hs", number);
	HANDLE event = CreateEventW(NULL, TRUE, FALSE, name);
	(void)printf("held\n");
	(void)fflush(stdout);
	return event != NULL && WaitForSingleObject(event, INFINITE) == WAIT_OBJECT_0 ? 0 : 1;
}

static int forget(void **state)
{
	struct heard *heard = *state;

	heard->text[0] = '\0';
	return 0;
}

int main(int argc, char **argv)
{
	naccs_auto(heap) char *program = naccs_path_of_program();
	struct heard heard = {.program = program};
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_prestate_setup_teardown(learns_what_it_needs_and_no_secret, NULL, forget, &heard),
		cmocka_unit_test_prestate_setup_teardown(says_how_it_failed, NULL, forget, &heard),
		cmocka_unit_test_prestate_setup_teardown(one_that_hangs_is_ended_with_its_children, NULL, forget, &heard),
	};

	if (argc == 3 && strcmp(argv[1], "hold") == 0)
		return hold(argv[2]);
	for (char *at = program; at != NULL && *at != '\0'; at++)
		if (*at == '/')
			*at = '\\';
	return cmocka_run_group_tests_name("hook-windows", tests, NULL, NULL);
}
