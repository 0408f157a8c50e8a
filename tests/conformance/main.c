/* SPDX-License-Identifier: Apache-2.0 */
/* Why: naccs-conformance MODULE: the contract's tests over one backend, in or out of the tree. See docs/adding-a-backend.md. */
#include "crash.h"
#include "in_worker.h"
#include "suite.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <getopt.h>
#include <limits.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* cmocka's state of one test. */
struct state {
	const struct suite *suite;
	const struct test *test;
};

static int open_entry(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
	(void)status;
	(void)walk;
	return kind == FTW_D || kind == FTW_DNR ? chmod(path, 0700) : 0; /* a read-only folder of the fixture */
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
	(void)status;
	(void)walk;
	return kind == FTW_DP ? rmdir(path) : unlink(path);
}

static void run_one(const struct state *state)
{
	struct suite suite = *state->suite;

	in_worker_begin_test(suite.work);
	suite.inputs = inputs_new();
	state->test->run(&suite);
	inputs_free(suite.inputs);
}

/* Each test in a process of its own, with a mount namespace of its own for fixtures that mount (root only). */
static void run_isolated(void *context)
{
	if (geteuid() == 0 && unshare(CLONE_NEWNS) == 0)
		(void)mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
	run_one(context);
}

static void cmocka_test(void **cmocka_state)
{
	struct state state = *(const struct state *)*cmocka_state;
	struct suite suite = *state.suite;
	/* In memory where that is possible: thousands of fsyncs, and no power cut to survive. */
	const char *above = access("/dev/shm", W_OK | X_OK) == 0 ? "/dev/shm" : "/tmp";
	char work[64];

	(void)snprintf(work, sizeof work, "%s/naccs-conformance-XXXXXX", above);
	assert_non_null(mkdtemp(work));
	suite.work = work;
	state.suite = &suite;
	int status = in_child(run_isolated, &state);
	(void)nftw(work, open_entry, 16, FTW_PHYS);
	(void)nftw(work, remove_entry, 16, FTW_PHYS | FTW_DEPTH);
	char counter[80];
	(void)snprintf(counter, sizeof counter, "%s.counter", work);
	(void)unlink(counter);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		skip();
	if (status != 0)
		print_error("ended with wait status 0x%x\n", (unsigned)status);
	assert_int_equal(status, 0);
}

static const struct naccs_backend *load(const char *module)
{
	char path[PATH_MAX];
	naccs_backend_entry_function *entry = NULL;

	if (realpath(module, path) == NULL) {
		(void)fprintf(stderr, "naccs-conformance: %s: %s\n", module, strerror(errno));
		return NULL;
	}
	void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
	void *found = library != NULL ? dlsym(library, NACCS_BACKEND_ENTRY) : NULL;
	if (found == NULL) {
		(void)fprintf(stderr, "naccs-conformance: %s\n", dlerror());
		return NULL;
	}
	memcpy(&entry, &found, sizeof entry);
	const struct naccs_backend *backend = entry();
	if (backend == NULL || backend->abi != NACCS_BACKEND_ABI) {
		(void)fprintf(stderr, "naccs-conformance: %s speaks backend ABI %u, this suite %u\n", module,
			      backend != NULL ? backend->abi : 0, NACCS_BACKEND_ABI);
		return NULL;
	}
	return backend;
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
		    "Runs the tests of the backend contract over MODULE, a shared object.\n"
		    "  -f, --fixture PROGRAM  makes stores: PROGRAM fresh|read-only|full|locked FOLDER prints the store's URI, then\n"
		    "                         lines tree=FOLDER, secret=PIN, wrong-secret=PIN, one-subject; exits 77 when it can't, with a "
		    "reason\n"
		    "  URI                    without a fixture: {} in it is replaced by an empty folder (\"folder:{}\")\n"
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

/* naccs-conformance-worker beside this program, or beside its folder (the tests of one backend); and the module by its whole path. */
static const struct naccs_backend *in_worker(const char *module, const struct naccs_backend *backend)
{
	static char program[PATH_MAX + 64], path[PATH_MAX];
	char self[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);

	if (length <= 0 || realpath(module, path) == NULL)
		return NULL;
	self[length] = '\0';
	for (int level = 0; level < 2 && (level == 0 || access(program, X_OK) != 0); level++) {
		*strrchr(self, '/') = '\0';
		(void)snprintf(program, sizeof program, "%s/naccs-conformance-worker", self);
	}
	return backend_in_worker(program, path, backend);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{"fixture", required_argument, NULL, 'f'}, {"test", required_argument, NULL, 't'}, {"list", no_argument, NULL, 'l'},
		{"verbose", no_argument, NULL, 'v'},	   {"help", no_argument, NULL, 'h'},	   {"worker", no_argument, NULL, 'w'},
		{"in-process", no_argument, NULL, 'i'},	   {"stride", required_argument, NULL, 's'}, {NULL, 0, NULL, 0},
	};
	struct suite suite = {0};
	const char *only = NULL;
	int where = 0;

	for (int option; (option = getopt_long(argc, argv, "f:t:s:lvhwi", options, NULL)) != -1;) {
		switch (option) {
		case 'f':
			suite.fixture = optarg;
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
	suite.backend = load(argv[optind]);
	if (suite.backend != NULL && where != 'i' && (where == 'w' || suite.backend->isolated))
		suite.backend = in_worker(argv[optind], suite.backend);
	return suite.backend != NULL ? run_all(&suite, only) : 1;
}
