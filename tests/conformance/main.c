/* SPDX-License-Identifier: Apache-2.0 */
/* Why: naccs-conformance MODULE: the contract's tests over one backend, in or out of the tree. See docs/adding-a-backend.md. */
#include "crash.h"
#include "place.h"
#include "suite.h"

#include <getopt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* cmocka's state of one test. */
struct state {
	const struct suite *suite;
	const struct test *test;
};

/* In a process of its own. */
static void run_one(void *context)
{
	const struct state *state = context;
	struct suite suite = *state->suite;

	work_isolate(suite.work);
	suite.inputs = inputs_new();
	state->test->run(&suite);
	inputs_free(suite.inputs);
}

static void cmocka_test(void **cmocka_state)
{
	struct state state = *(const struct state *)*cmocka_state;
	struct suite suite = *state.suite;
	char work[WORK_SIZE];

	assert_true(work_make(work));
	suite.work = work;
	state.suite = &suite;
	int status = in_child(run_one, &state);
	work_remove(work);
	if (child_exit_code(status) == 77)
		skip();
	if (status != 0)
		print_error("ended with wait status 0x%x\n", (unsigned)status);
	assert_int_equal(status, 0);
}

static int run_all(const struct suite *suite, const char *only)
{
	struct CMUnitTest list[128] = {0};
	struct state states[128];
	size_t count = 0;

	for (size_t i = 0; test_groups[i] != NULL; i++) {
		for (const struct test *test = test_groups[i]; test->name != NULL; test++) {
			if (only != NULL && strstr(test->name, only) == NULL)
				continue;
			states[count] = (struct state){suite, test};
			list[count] = (struct CMUnitTest){.name = test->name, .test_func = cmocka_test, .initial_state = &states[count]};
			count++;
		}
	}
	return _cmocka_run_group_tests(suite->backend->scheme, list, count, NULL, NULL) == 0 && count > 0 ? 0 : 1;
}

static void usage(FILE *to)
{
	(void)fputs("usage: naccs-conformance [-v] [-t TEXT] [-w|-i] MODULE --fixture PROGRAM\n"
		    "       naccs-conformance [-v] [-t TEXT] [-w|-i] MODULE URI\n"
		    "       naccs-conformance --list\n"
		    "\n"
		    "Runs the tests of the backend contract over MODULE, a shared object (on Windows the scheme of a backend that is linked in).\n"
		    "  -f, --fixture PROGRAM  makes stores: PROGRAM fresh|read-only|full|locked FOLDER prints the store's URI, then\n"
		    "                         lines tree=FOLDER, secret=PIN, wrong-secret=PIN, one-subject; exits 77 when it can't, with a "
		    "reason\n"
		    "  URI                    without a fixture: {} in it is replaced by an empty folder (\"folder:{}\")\n"
		    "  -g, --ground LINE      says of that URI what a fixture would print after it; repeatable\n"
		    "  -w, --worker           run the backend in worker processes, as the program runs isolated ones (for those the default)\n"
		    "  -i, --in-process       run it in the tests' own process (for others the default)\n"
		    "  -s, --stride N         strike at every N-th durable call, not at each\n"
		    "  -t, --test TEXT        only tests whose name holds TEXT\n"
		    "  -l, --list             name the tests\n"
		    "  -v, --verbose          the backend's log lines too\n",
		    to);
}

static int list_tests(void)
{
	for (size_t i = 0; test_groups[i] != NULL; i++) {
		for (const struct test *test = test_groups[i]; test->name != NULL; test++)
			(void)puts(test->name);
	}
	return 0;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{"fixture", required_argument, NULL, 'f'}, {"test", required_argument, NULL, 't'}, {"list", no_argument, NULL, 'l'},
		{"verbose", no_argument, NULL, 'v'},	   {"help", no_argument, NULL, 'h'},	   {"worker", no_argument, NULL, 'w'},
		{"ground", required_argument, NULL, 'g'},
		{"in-process", no_argument, NULL, 'i'},	   {"stride", required_argument, NULL, 's'}, {NULL, 0, NULL, 0},
	};
	struct suite suite = {0};
	const char *only = NULL;
	int where = 0;

	for (int option; (option = getopt_long(argc, argv, "f:g:t:s:lvhwi", options, NULL)) != -1;) {
		switch (option) {
		case 'f':
			suite.fixture = optarg;
			break;
		case 'g':
			if (suite.line_count < sizeof suite.line / sizeof suite.line[0])
				suite.line[suite.line_count++] = optarg;
			break;
		case 't':
			only = optarg;
			break;
		case 'l':
			return list_tests();
		case 's':
			crash_set_stride(strtoull(optarg, NULL, 10) > 0 ? strtoull(optarg, NULL, 10) : 1);
			break;
		case 'v':
			suite.is_verbose = true;
			break;
		case 'w':
		case 'i':
			where = option;
			break;
		case 'h':
			usage(stdout);
			return 0;
		default:
			usage(stderr);
			return 64;
		}
	}
	if (optind >= argc || (suite.fixture == NULL) != (optind + 2 == argc)) {
		usage(stderr);
		return 64;
	}
	suite.uri = suite.fixture == NULL ? argv[optind + 1] : NULL;
	suite.backend = backend_load(argv[optind], where);
	return suite.backend != NULL ? run_all(&suite, only) : 1;
}
