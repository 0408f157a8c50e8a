/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: Windows has no fork. A "child" is a call from which one can jump out at any point: what it had open is closed, as the kernel would,
 * and nothing else of it is undone, so the store is left as by a process that was killed. Its memory is lost (it is a test's).
 */
#include "suite.h"

#include "faults.h"
#include "in_worker.h"

#include <windows.h>

#include <io.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEPTH_LIMIT 8
#define DESCRIPTORS 512
#define KILLED 9 /* as waitpid says it of SIGKILL; an exit code is in the byte above */

static struct {
	void *jump[DEPTH_LIMIT][5]; /* for __builtin_longjmp: no unwinding, no cleanup runs */
	int status[DEPTH_LIMIT];
	int depth;
} children;

static bool is_open(int fd)
{
	return _get_osfhandle(fd) != -1;
}

/* Not inlined: __builtin_setjmp wants a frame of its own. */
__attribute__((noinline)) static int call(void (*run)(void *context), void *context)
{
	int depth = children.depth++;

	children.status[depth] = 0;
	if (__builtin_setjmp(children.jump[depth]) == 0)
		run(context);
	children.depth = depth;
	return children.status[depth];
}

__attribute__((noinline)) static noreturn void leave(int status)
{
	int depth = children.depth - 1;

	if (depth < 0)
		_exit(status >> 8);
	children.status[depth] = status;
	__builtin_longjmp(children.jump[depth], 1);
}

int in_child(void (*run)(void *context), void *context)
{
	static bool was_open[DEPTH_LIMIT][DESCRIPTORS];
	bool *before = was_open[children.depth];

	check(children.depth < DEPTH_LIMIT, "too many processes within each other");
	for (int fd = 0; fd < DESCRIPTORS; fd++)
		before[fd] = is_open(fd);
	int status = call(run, context);
	naccs_faults_arm(NACCS_FAULTS_NONE, 0, 1);
	for (int fd = 0; fd < DESCRIPTORS; fd++) {
		if (!before[fd] && is_open(fd))
			(void)close(fd);
	}
	(void)fflush(NULL);
	return status;
}

void child_exit(int code)
{
	leave(code << 8);
}

void child_die(void)
{
	leave(KILLED);
}

void naccs_faults_die(void)
{
	child_die();
}

int child_exit_code(int status)
{
	return status == KILLED ? -1 : status >> 8;
}

bool was_killed(int status)
{
	return status == KILLED;
}

char *program_output(const char *const arguments[], int *ret_status)
{
	(void)ret_status;
	test_fail(__FILE__, __LINE__, "no programs are started on Windows: %s", arguments[0]);
}

void in_worker_expect_kill(bool is_expected)
{
	(void)is_expected; /* there are no workers */
}
