/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the counter and the fault. State is per process, atomic because programs may have threads; it is a test's, not the product's. */
#include "faults.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static _Atomic uint64_t counted_here;
static _Atomic uint64_t *counter = &counted_here; /* or in a file that two processes share */
#define counted (*counter)
static bool strikes_elsewhere;
static _Atomic uint64_t fsyncs;
static _Atomic uint64_t fault_at;
static _Atomic uint64_t fault_times;
static _Atomic int fault_kind;
static _Atomic bool refuses_renameat2;
static _Atomic int trace_fd = -1;

void naccs_faults_arm(enum naccs_faults_kind kind, uint64_t at, uint64_t times)
{
	counted = 0;
	fsyncs = 0;
	fault_at = at;
	fault_times = times > 0 ? times : 1;
	fault_kind = (int)kind;
}

uint64_t naccs_faults_counted(void)
{
	return counted;
}

uint64_t naccs_faults_fsyncs(void)
{
	return fsyncs;
}

enum naccs_faults_kind naccs_faults_armed(uint64_t *ret_at)
{
	*ret_at = fault_at;
	return (enum naccs_faults_kind)fault_kind;
}

/* By number, so that none of it is counted. */
static bool count_in(const char *path)
{
	int fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	void *memory = fd >= 0 && syscall(SYS_ftruncate, fd, sizeof *counter) == 0
			       ? mmap(NULL, sizeof *counter, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0)
			       : MAP_FAILED;

	if (fd >= 0)
		(void)syscall(SYS_close, fd);
	if (memory == MAP_FAILED)
		return false;
	counter = memory;
	return true;
}

bool naccs_faults_strike_elsewhere(const char *path)
{
	strikes_elsewhere = true;
	return count_in(path);
}

void naccs_faults_refuse_renameat2(void)
{
	refuses_renameat2 = true;
}

int naccs_faults_renameat2(unsigned flags)
{
	return refuses_renameat2 && flags != 0 ? EINVAL : 0;
}

static enum naccs_faults_kind kind_from_text(const char *text)
{
	static const struct {
		const char *text;
		enum naccs_faults_kind kind;
	} kinds[] = {
		{"kill-before", NACCS_FAULTS_KILL_BEFORE}, {"kill-after", NACCS_FAULTS_KILL_AFTER},
		{"enospc", NACCS_FAULTS_ENOSPC},	   {"eio", NACCS_FAULTS_EIO},
		{"eacces", NACCS_FAULTS_EACCES},
	};

	for (size_t i = 0; text != NULL && i < sizeof kinds / sizeof *kinds; i++) {
		if (strcmp(text, kinds[i].text) == 0)
			return kinds[i].kind;
	}
	return NACCS_FAULTS_NONE;
}

static uint64_t number(const char *text)
{
	return text != NULL ? strtoull(text, NULL, 10) : 0;
}

__attribute__((constructor)) static void arm_from_environment(void)
{
	const char *program = getenv("NACCS_FAULT_PROGRAM");
	const char *trace = getenv("NACCS_FAULT_TRACE");

	if (program != NULL && strcmp(program, program_invocation_short_name) != 0)
		return;
	if (trace != NULL) /* by number, so that it is not counted */
		trace_fd = (int)syscall(SYS_openat, AT_FDCWD, trace, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (getenv("NACCS_FAULT_COUNTER") != NULL)
		(void)count_in(getenv("NACCS_FAULT_COUNTER"));
	refuses_renameat2 = getenv("NACCS_FAULT_NO_RENAMEAT2") != NULL;
	if (getenv("NACCS_FAULT_AT") != NULL)
		naccs_faults_arm(kind_from_text(getenv("NACCS_FAULT_KIND")), number(getenv("NACCS_FAULT_AT")),
				 number(getenv("NACCS_FAULT_TIMES")));
}

static void die(void)
{
	(void)syscall(SYS_kill, getpid(), SIGKILL);
	for (;;)
		(void)pause();
}

static void trace(uint64_t n, const char *call, int dirfd, const char *path)
{
	char name[4096] = "", line[8192], link[64];

	(void)snprintf(link, sizeof link, "/proc/self/fd/%d", dirfd);
	ssize_t length = dirfd >= 0 ? readlink(link, name, sizeof name - 1) : 0;
	name[length > 0 ? length : 0] = '\0';
	bool has_both = name[0] != '\0' && path != NULL;
	int size = snprintf(line, sizeof line, "%ju %s %s%s%s\n", (uintmax_t)n, call, name, has_both ? "/" : "", path != NULL ? path : "");
	if (size > 0)
		(void)syscall(SYS_write, trace_fd, line, (size_t)size < sizeof line ? (size_t)size : sizeof line - 1);
}

int naccs_faults_before(const char *call, int dirfd, const char *path)
{
	if (strikes_elsewhere)
		return 0;
	int saved = errno;
	uint64_t n = atomic_fetch_add(&counted, 1) + 1;

	if (strcmp(call, "fsync") == 0 || strcmp(call, "fdatasync") == 0)
		atomic_fetch_add(&fsyncs, 1);
	if (trace_fd >= 0)
		trace(n, call, dirfd, path);
	errno = saved;
	if (fault_at == 0 || n < fault_at || n >= fault_at + fault_times)
		return 0;
	switch ((int)fault_kind) {
	case NACCS_FAULTS_KILL_BEFORE:
		die();
		return 0;
	case NACCS_FAULTS_ENOSPC:
		return ENOSPC;
	case NACCS_FAULTS_EIO:
		return EIO;
	case NACCS_FAULTS_EACCES:
		return EACCES;
	default:
		return 0;
	}
}

void naccs_faults_after(void)
{
	if (!strikes_elsewhere && fault_kind == NACCS_FAULTS_KILL_AFTER && fault_at != 0 && counted == fault_at)
		die();
}
