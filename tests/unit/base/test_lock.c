/* SPDX-License-Identifier: Apache-2.0 */
/* Why: one run at a time, and a crash leaves no lock behind. */
#include "scratch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>

#define LONG_MS 60000 /* far more than any test waits */

/* A child that holds the lock "lock" until it is told to let go. */
struct holder {
	pid_t pid;
	int tell;
};

static void hold(const struct scratch *s, int ready, int told)
{
	struct naccs_error err = {0};
	int lock = -1;
	char byte = naccs_lock_file(s->fd, "lock", 0, &lock, &err) == NACCS_OK ? 'y' : 'n';
	if (write(ready, &byte, 1) != 1)
		_exit(1);
	_exit(read(told, &byte, 1) >= 0 ? 0 : 1); /* an end of file will do, too */
}

static struct holder start_holder(const struct scratch *s)
{
	int ready[2];
	int told[2];
	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	assert_int_equal(pipe2(told, O_CLOEXEC), 0);
	struct holder holder = {.pid = fork(), .tell = told[1]};
	assert_true(holder.pid >= 0);
	if (holder.pid == 0) {
		(void)close(told[1]);
		hold(s, ready[1], told[0]);
	}
	assert_int_equal(close(ready[1]), 0);
	assert_int_equal(close(told[0]), 0);
	char byte = 0;
	assert_int_equal(read(ready[0], &byte, 1), 1);
	assert_int_equal(byte, 'y');
	assert_int_equal(close(ready[0]), 0);
	return holder;
}

static void wait_for(pid_t pid)
{
	int result = 0;
	assert_int_equal(waitpid(pid, &result, 0), pid);
	assert_true(WIFEXITED(result));
	assert_int_equal(WEXITSTATUS(result), 0);
}

static int64_t now_ms(void)
{
	struct timespec now;
	assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &now), 0);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void a_second_run_is_refused_and_told_who_holds_the_lock(void **state)
{
	const struct scratch *s = *state;
	struct naccs_error err = {0};
	struct holder holder = start_holder(s);
	int lock = -1;
	assert_fails(NACCS_E_RUN_LOCKED, naccs_lock_file(s->fd, "lock", 0, &lock, &err));
	naccs_auto(heap) char *who = naccs_format("process %jd ", (intmax_t)holder.pid);
	assert_holds(err.message, who);
	assert_holds(err.message, "lock");
	assert_true(err.hint[0] != '\0');
	assert_int_equal(lock, -1);
	assert_int_equal(close(holder.tell), 0);
	wait_for(holder.pid);
	assert_ok(naccs_lock_file(s->fd, "lock", 0, &lock, &err));
	assert_int_equal(close(lock), 0);
}

static void waiting_ends_when_the_time_is_up(void **state)
{
	const struct scratch *s = *state;
	struct naccs_error err = {0};
	struct holder holder = start_holder(s);
	int lock = -1;
	int64_t before = now_ms();
	assert_fails(NACCS_E_RUN_LOCKED, naccs_lock_file(s->fd, "lock", 120, &lock, &err));
	assert_true(now_ms() - before >= 120);
	assert_int_equal(close(holder.tell), 0);
	wait_for(holder.pid);
}

static void waiting_ends_when_the_holder_lets_go(void **state)
{
	const struct scratch *s = *state;
	struct naccs_error err = {0};
	struct holder holder = start_holder(s);
	int lock = -1;
	assert_int_equal(write(holder.tell, "x", 1), 1);
	assert_ok(naccs_lock_file(s->fd, "lock", LONG_MS, &lock, &err));
	naccs_auto(heap) char *us = naccs_format("%jd\n", (intmax_t)getpid());
	scratch_assert_text(s, "lock", us);
	assert_int_equal(close(lock), 0);
	assert_int_equal(close(holder.tell), 0);
	wait_for(holder.pid);
}

static void note_signal(int number)
{
	(void)number;
}

static void waiting_ends_when_a_signal_is_caught(void **state)
{
	const struct scratch *s = *state;
	struct naccs_error err = {0};
	struct holder holder = start_holder(s);
	struct sigaction before, action = {.sa_handler = note_signal, .sa_flags = SA_RESTART};
	/* Again and again, so that one of them comes while the lock is waited for. */
	const struct itimerval often = {.it_interval = {.tv_usec = 10000}, .it_value = {.tv_usec = 10000}}, never = {0};
	int lock = -1;
	assert_int_equal(sigaction(SIGALRM, &action, &before), 0);
	assert_int_equal(setitimer(ITIMER_REAL, &often, NULL), 0);
	naccs_status status = naccs_lock_file(s->fd, "lock", LONG_MS, &lock, &err);
	assert_int_equal(setitimer(ITIMER_REAL, &never, NULL), 0);
	assert_int_equal(sigaction(SIGALRM, &before, NULL), 0);
	assert_int_equal(status, NACCS_E_CANCELLED);
	assert_holds(err.message, "interrupted");
	assert_int_equal(close(holder.tell), 0);
	wait_for(holder.pid);
}

static void a_killed_holder_leaves_no_lock(void **state)
{
	const struct scratch *s = *state;
	struct naccs_error err = {0};
	struct holder holder = start_holder(s);
	assert_int_equal(kill(holder.pid, SIGKILL), 0);
	int result = 0;
	assert_int_equal(waitpid(holder.pid, &result, 0), holder.pid);
	assert_true(scratch_exists(s, "lock"));
	int lock = -1;
	assert_ok(naccs_lock_file(s->fd, "lock", 0, &lock, &err));
	assert_int_equal(close(lock), 0);
	assert_int_equal(close(holder.tell), 0);
}

static void the_lock_file_is_private_whatever_the_umask_and_is_kept(void **state)
{
	const struct scratch *s = *state;
	struct naccs_error err = {0};
	static const mode_t umasks[] = {0, 0777};
	for (size_t i = 0; i < 2; i++) {
		mode_t before = umask(umasks[i]);
		int lock = -1;
		assert_ok(naccs_lock_file(s->fd, "new", 0, &lock, &err));
		(void)umask(before);
		assert_int_equal(fcntl(lock, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
		assert_int_equal(close(lock), 0);
		assert_int_equal(scratch_mode(s, "new"), 0600);
		assert_int_equal(unlinkat(s->fd, "new", 0), 0);
	}
}

static void rubbish_in_the_lock_file_names_nobody(void **state)
{
	const struct scratch *s = *state;
	static const char *const texts[] = {"", "x", "-5\n", "0\n", "12", "12x\n", "99999999999999999999999999\n", "\n"};
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		struct naccs_error err = {0};
		int lock = -1;
		scratch_write(s, "lock", texts[i], 0600);
		int other = openat(s->fd, "lock", O_RDWR | O_CLOEXEC);
		assert_ok(naccs_lock_fd(other, "lock", 0, &err));
		assert_fails(NACCS_E_RUN_LOCKED, naccs_lock_file(s->fd, "lock", 0, &lock, &err));
		assert_holds(err.message, "another process");
		assert_int_equal(close(other), 0);
	}
}

static void a_link_or_a_folder_in_the_locks_place_is_refused(void **state)
{
	const struct scratch *s = *state;
	struct naccs_error err = {0};
	int lock = -1;
	scratch_write(s, "victim", "precious", 0600);
	scratch_link(s, "victim", "link");
	scratch_link(s, "nowhere", "dangling");
	scratch_mkdir(s, "d", 0700);
	assert_fails(NACCS_E_FILE_IO, naccs_lock_file(s->fd, "link", 0, &lock, &err));
	assert_fails(NACCS_E_FILE_IO, naccs_lock_file(s->fd, "dangling", 0, &lock, &err));
	assert_fails(NACCS_E_FILE_IO, naccs_lock_file(s->fd, "d", 0, &lock, &err));
	assert_fails(NACCS_E_FILE_MISSING, naccs_lock_file(s->fd, "missing/lock", 0, &lock, &err));
	scratch_assert_text(s, "victim", "precious");
	assert_false(scratch_exists(s, "nowhere"));
	assert_int_equal(lock, -1);
}

static void a_folder_can_be_locked_by_its_descriptor(void **state)
{
	const struct scratch *s = *state;
	struct naccs_error err = {0};
	int first = open(s->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int second = open(s->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_ok(naccs_lock_fd(first, "the folder", 0, &err));
	assert_ok(naccs_lock_fd(first, "the folder", 0, &err)); /* our own lock is no obstacle */
	assert_fails(NACCS_E_RUN_LOCKED, naccs_lock_fd(second, "the folder", 60, &err));
	assert_holds(err.message, "the folder");
	assert_int_equal(close(first), 0);
	assert_ok(naccs_lock_fd(second, "the folder", 0, &err));
	assert_int_equal(close(second), 0);
	assert_fails(NACCS_E_FILE_IO, naccs_lock_fd(-1, "nothing", 0, &err));
}

static bool cancel_the_third_time(void *context)
{
	int *asked = context;
	return ++*asked == 3;
}

static void waiting_ends_when_it_is_called_off(void **state)
{
	const struct scratch *s = *state;
	struct naccs_error err = {0};
	int asked = 0;
	int first = open(s->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int second = open(s->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_ok(naccs_lock_fd_patiently(first, "the folder", 0, cancel_the_third_time, &asked, &err));
	assert_int_equal(asked, 0); /* nothing to wait for */
	assert_fails(NACCS_E_CANCELLED, naccs_lock_fd_patiently(second, "the folder", LONG_MS, cancel_the_third_time, &asked, &err));
	assert_int_equal(asked, 3);
	assert_int_equal(close(first), 0);
	assert_int_equal(close(second), 0);
}

/* Has process pid the file open? */
static bool has_open(pid_t pid, const char *path)
{
	char name[64];
	(void)snprintf(name, sizeof name, "/proc/%jd/fd", (intmax_t)pid);
	DIR *dir = opendir(name);
	bool found = false;
	for (const struct dirent *entry = dir == NULL ? NULL : readdir(dir); entry != NULL && !found; entry = readdir(dir)) {
		char target[PATH_MAX] = {0};
		found = readlinkat(dirfd(dir), entry->d_name, target, sizeof target - 1) > 0 && strcmp(target, path) == 0;
	}
	if (dir != NULL)
		(void)closedir(dir);
	return found;
}

/* Waits for the lock and says whether what it got is the file that bears the name. */
static int wait_and_compare(const struct scratch *s)
{
	struct naccs_error err = {0};
	struct stat ours;
	struct stat named;
	int lock = -1;
	if (naccs_lock_file(s->fd, "lock", LONG_MS, &lock, &err) != NACCS_OK || fstat(lock, &ours) != 0 ||
	    fstatat(s->fd, "lock", &named, AT_SYMLINK_NOFOLLOW) != 0)
		return 1;
	return ours.st_ino == named.st_ino ? 0 : 1;
}

static void a_removed_lock_file_is_not_mistaken_for_the_lock(void **state)
{
	const struct scratch *s = *state;
	struct naccs_error err = {0};
	int lock = -1;
	assert_ok(naccs_lock_file(s->fd, "lock", 0, &lock, &err));
	int ready[2];
	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	pid_t waiter = fork();
	assert_true(waiter >= 0);
	if (waiter == 0) {
		(void)close(lock); /* what it has open after this is its own */
		if (write(ready[1], "x", 1) != 1)
			_exit(2);
		_exit(wait_and_compare(s));
	}
	char byte = 0;
	assert_int_equal(read(ready[0], &byte, 1), 1);
	assert_int_equal(close(ready[0]) + close(ready[1]), 0);
	/* Once the waiter has opened the file under our lock, take the file away and let go: it must look again. */
	while (!has_open(waiter, scratch_path(s, "lock")) && waitpid(waiter, NULL, WNOHANG) == 0)
		(void)sched_yield();
	assert_int_equal(unlinkat(s->fd, "lock", 0), 0);
	scratch_write(s, "lock", "new\n", 0600);
	assert_int_equal(close(lock), 0);
	wait_for(waiter);
}

#define scratch_test(function) cmocka_unit_test_setup_teardown(function, scratch_setup, scratch_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(a_second_run_is_refused_and_told_who_holds_the_lock),
		scratch_test(waiting_ends_when_the_time_is_up),
		scratch_test(waiting_ends_when_the_holder_lets_go),
		scratch_test(waiting_ends_when_a_signal_is_caught),
		scratch_test(a_killed_holder_leaves_no_lock),
		scratch_test(the_lock_file_is_private_whatever_the_umask_and_is_kept),
		scratch_test(rubbish_in_the_lock_file_names_nobody),
		scratch_test(a_link_or_a_folder_in_the_locks_place_is_refused),
		scratch_test(a_folder_can_be_locked_by_its_descriptor),
		scratch_test(waiting_ends_when_it_is_called_off),
		scratch_test(a_removed_lock_file_is_not_mistaken_for_the_lock),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
