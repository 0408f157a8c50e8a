/* SPDX-License-Identifier: Apache-2.0 */
/* Why: what every test leans on: how it ends, its fixture, its child processes. */
#include "suite.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define SKIPPED 77
#define MANY_LEAK_CHECKS 6
#define OUTPUT_LIMIT ((size_t)65535)

extern char **environ;

noreturn void test_fail(const char *file, int line, const char *format, ...)
{
	va_list args;
	const char *name = strrchr(file, '/');

	va_start(args, format);
	(void)fprintf(stderr, "%s:%d: ", name != NULL ? name + 1 : file, line);
	(void)vfprintf(stderr, format, args);
	(void)fputc('\n', stderr);
	va_end(args);
	(void)fflush(stderr);
	_exit(1);
}

noreturn void test_skip(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)fprintf(stderr, "skipped: ");
	(void)vfprintf(stderr, format, args);
	(void)fputc('\n', stderr);
	va_end(args);
	(void)fflush(stderr);
	_exit(SKIPPED);
}

/* A sanitized build looks for what the backend leaked; what the tests themselves keep until their process ends is none. */
extern int __lsan_do_recoverable_leak_check(void) __attribute__((weak));
const char *__lsan_default_suppressions(void);
__attribute__((visibility("default"))) const char *__lsan_default_suppressions(void)
{
	return "leak:ledger_add\nleak:ledger_receive\nleak:ground_\nleak:read_ground_line\nleak:format_list\nleak:read_text\nleak:picture\n"
	       "leak:join\nleak:make_input\nleak:inputs_new\nleak:pem_set_of\nleak:host_strdup\n"
	       "leak:program_output\nleak:words_of\nleak:text_of\nleak:der_of\nleak:scene_make\n";
}

int in_child(void (*run)(void *context), void *context)
{
	static int depth, children; /* a leak check takes long: every test is looked at, and some of the processes that it starts */
	bool is_checked = __lsan_do_recoverable_leak_check != NULL && (depth == 0 || children++ < MANY_LEAK_CHECKS);

	(void)fflush(NULL);
	pid_t pid = fork();
	int status = 0;

	check(pid >= 0, "fork: %s", strerror(errno));
	if (pid == 0) {
		depth++;
		children = 0;
		run(context);
		(void)fflush(NULL);
		_exit(is_checked && __lsan_do_recoverable_leak_check() != 0 ? 2 : 0);
	}
	while (waitpid(pid, &status, 0) < 0)
		check(errno == EINTR, "waitpid: %s", strerror(errno));
	return status;
}

bool was_killed(int status)
{
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

char *program_output(const char *const arguments[], int *ret_status)
{
	int ends[2];
	pid_t pid;
	char *text = calloc(1, OUTPUT_LIMIT + 1);
	size_t length = 0;
	posix_spawn_file_actions_t actions;

	check(text != NULL && pipe2(ends, O_CLOEXEC) == 0, "pipe: %s", strerror(errno));
	(void)posix_spawn_file_actions_init(&actions);
	(void)posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
	int errnum = posix_spawnp(&pid, arguments[0], &actions, NULL, (char *const *)(uintptr_t)arguments, environ);
	(void)posix_spawn_file_actions_destroy(&actions);
	(void)close(ends[1]);
	check(errnum == 0, "cannot start %s: %s", arguments[0], strerror(errnum));
	for (ssize_t count; length < OUTPUT_LIMIT && (count = read(ends[0], text + length, OUTPUT_LIMIT - length)) > 0;)
		length += (size_t)count;
	(void)close(ends[0]);
	while (waitpid(pid, ret_status, 0) < 0)
		check(errno == EINTR, "waitpid: %s", strerror(errno));
	return text;
}

/* Run the fixture; its standard output comes back whole. 77 skips with the first line as the reason. */
static char *run_fixture(const struct suite *suite, const char *kind)
{
	int status = 0;
	char program[4096], kind_copy[64], work[4096];

	(void)snprintf(program, sizeof program, "%s", suite->fixture);
	(void)snprintf(kind_copy, sizeof kind_copy, "%s", kind);
	(void)snprintf(work, sizeof work, "%s", suite->work);
	const char *const arguments[] = {program, kind_copy, work, NULL};
	char *text = program_output(arguments, &status);
	if (WIFEXITED(status) && WEXITSTATUS(status) == SKIPPED)
		test_skip("the fixture has no store that is %s: %.*s", kind, (int)strcspn(text, "\n"), text);
	check(WIFEXITED(status) && WEXITSTATUS(status) == 0, "the fixture failed for %s: %s", kind, text);
	return text;
}

/* Lines after the first: key=value. */
static void read_ground_line(struct ground *ground, const char *line)
{
	const struct {
		const char *key;
		char **value;
	} keys[] = {{"tree=", &ground->tree}, {"secret=", &ground->secret}, {"wrong-secret=", &ground->wrong_secret}, {"inventory=", &ground->inventory},
		    {"faults=", &ground->faults}};

	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		if (strncmp(line, keys[i].key, strlen(keys[i].key)) == 0) {
			*keys[i].value = strdup(line + strlen(keys[i].key));
			return;
		}
	}
	if (strcmp(line, "one-subject") == 0)
		ground->has_one_subject = true;
	else
		check(line[0] == '\0', "the fixture said something unknown: %s", line);
}

static struct ground ground_from_template(struct suite *suite, const char *kind)
{
	struct ground ground = {.suite = suite};
	const char *hole = strstr(suite->uri, "{}");
	char uri[8192];

	if (strcmp(kind, "fresh") != 0)
		test_skip("only a fixture can make a store that is %s", kind);
	(void)snprintf(uri, sizeof uri, "%.*s%s/store%s", hole != NULL ? (int)(hole - suite->uri) : (int)strlen(suite->uri), suite->uri,
		       hole != NULL ? suite->work : "", hole != NULL ? hole + 2 : "");
	ground.uri = strdup(uri);
	ground.tree = hole != NULL ? strdup(suite->work) : NULL;
	return ground;
}

struct ground ground_make(struct suite *suite, const char *kind)
{
	struct ground ground = {.suite = suite};

	if (suite->fixture == NULL)
		return ground_from_template(suite, kind);
	char *text = run_fixture(suite, kind);
	char *rest = text;
	for (char *line; (line = strsep(&rest, "\n")) != NULL;) {
		if (ground.uri == NULL)
			ground.uri = strdup(line);
		else
			read_ground_line(&ground, line);
	}
	free(text);
	check(ground.uri != NULL && ground.uri[0] != '\0', "the fixture printed no URI for %s", kind);
	return ground;
}

/* ---- what the store can do: asked in a child, so that this process stays untouched ---- */

struct question {
	const struct ground *ground;
	uint64_t capability;
};

static naccs_status has_capability(void *context, const struct naccs_place *place)
{
	const struct question *question = context;

	return (place->capabilities & question->capability) == question->capability ? NACCS_OK : NACCS_E_CANCELLED;
}

static void ask(void *context)
{
	struct question *question = context;
	struct session session;

	session_open(&session, question->ground, NACCS_ACCESS_WRITE);
	naccs_status status = session.ground->suite->backend->describe(session.store, has_capability, question, &session.err);
	session_close(&session);
	_exit(status == NACCS_OK ? 0 : 3);
}

bool can(const struct suite *suite, const struct ground *ground, uint64_t capability)
{
	struct question question = {ground, capability};
	int status = in_child(ask, &question);

	(void)suite;
	check(WIFEXITED(status) && (WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == 3), "the store could not be asked what it can do");
	return WEXITSTATUS(status) == 0;
}

void need(const struct suite *suite, const struct ground *ground, uint64_t capabilities, const char *what)
{
	if (!can(suite, ground, capabilities))
		test_skip("this store can't: %s", what);
}

const struct input *any_input(const struct suite *suite, const struct ground *ground)
{
	bool takes_ec = can(suite, ground, NACCS_CAN_EC);

	if (!takes_ec && !can(suite, ground, NACCS_CAN_RSA))
		test_skip("this store takes no keys");
	return inputs_get(suite->inputs, takes_ec ? INPUT_EC : INPUT_RSA);
}

const struct input *renewal_of(const struct suite *suite, const struct input *input)
{
	return inputs_get(suite->inputs, input == inputs_get(suite->inputs, INPUT_EC) ? INPUT_RENEWED : INPUT_RSA_RENEWED);
}
