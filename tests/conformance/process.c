/* SPDX-License-Identifier: Apache-2.0 */
/* Why: processes as the tests need them: fork, so that a test can be killed at any call and its parent sees what is left. */
#include "suite.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define MANY_LEAK_CHECKS 6
#define OUTPUT_LIMIT ((size_t)65535)

extern char **environ;

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

void child_exit(int code)
{
	_exit(code);
}

void child_die(void)
{
	(void)raise(SIGKILL);
	abort(); /* not reached */
}

int child_exit_code(int status)
{
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
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
