/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see hook.h. */
#include "hook.h"

#include "cleanup.h"
#include "clock.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define HOOK_PATH "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#define GRACE_MS 5000 /* between the polite signal and the other one */
#define LINE_MAX_BYTES 500

/* A hook that runs. */
struct running {
	const char *name; /* for people */
	const struct naccs_hook_watch *watch;
	pid_t child;
	int exit_fd;   /* readable when the child has ended */
	int output_fd; /* -1: at its end */
	char line[LINE_MAX_BYTES + 1];
	size_t length;
};

static int64_t now_ms(void)
{
	struct timespec now = {0};

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- what it writes ---- */

static void end_line(struct running *running)
{
	naccs_auto(heap) char *clean = naccs_text_printable(running->line, running->length);

	if (running->length > 0 && clean != NULL && running->watch->output != NULL)
		running->watch->output(running->watch->context, clean);
	running->length = 0;
}

static void take_output(struct running *running, const char *bytes, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (bytes[i] == '\n' || running->length == LINE_MAX_BYTES)
			end_line(running);
		if (bytes[i] != '\n')
			running->line[running->length++] = bytes[i];
	}
}

/* What is there now; the end of it closes the descriptor. */
static void read_output(struct running *running)
{
	char bytes[4096];
	ssize_t got;

	if (running->output_fd < 0)
		return;
	while ((got = read(running->output_fd, bytes, sizeof bytes)) > 0)
		take_output(running, bytes, (size_t)got);
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	(void)close(running->output_fd);
	running->output_fd = -1;
}

/* ---- its life ---- */

static int spawn(char *const arguments[], char *const environment[], int output, pid_t *ret)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none;
	int problem = posix_spawn_file_actions_init(&actions);

	if (problem != 0)
		return problem;
	problem = posix_spawnattr_init(&attributes);
	if (problem == 0) {
		(void)sigemptyset(&none);
		problem = posix_spawnattr_setsigmask(&attributes, &none);
		if (problem == 0) /* a group of its own, so that it can be ended with its children */
			problem = posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
		if (problem == 0)
			problem = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
		if (problem == 0)
			problem = posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
		if (problem == 0)
			problem = posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO);
		if (problem == 0)
			problem = posix_spawn(ret, "/bin/sh", &actions, &attributes, arguments, environment);
		(void)posix_spawnattr_destroy(&attributes);
	}
	(void)posix_spawn_file_actions_destroy(&actions);
	return problem;
}

static naccs_status begin(struct running *running, char *const arguments[], char *const environment[], struct naccs_error *err)
{
	int ends[2];
	int problem = pipe2(ends, O_CLOEXEC) == 0 ? 0 : errno;

	if (problem == 0) {
		problem = spawn(arguments, environment, ends[1], &running->child);
		(void)close(ends[1]);
		if (problem != 0)
			(void)close(ends[0]);
	}
	if (problem != 0)
		return naccs_fail_errno(err, NACCS_E_HOOK_FAILED, problem, _("cannot run the hook \"%s\""), running->name);
	running->output_fd = ends[0];
	(void)fcntl(running->output_fd, F_SETFL, O_NONBLOCK);
	running->exit_fd = pidfd_open(running->child, 0);
	return NACCS_OK;
}

/* Wait for output or its end until a moment; true: it has ended. Where the system has no descriptor for the end, it is looked at now and then. */
static bool has_ended(struct running *running, int64_t until, int *ret_wait_status)
{
	for (;;) {
		struct pollfd both[2] = {{.fd = running->exit_fd, .events = POLLIN}, {.fd = running->output_fd, .events = POLLIN}};
		int64_t left = until - now_ms();
		pid_t ended = waitpid(running->child, ret_wait_status, WNOHANG);

		if (ended == running->child || (ended < 0 && errno != EINTR))
			return true;
		if (left <= 0)
			return false;
		if (running->exit_fd < 0 && left > 50)
			left = 50;
		(void)poll(both, 2, left > 1000000 ? 1000000 : (int)left);
		read_output(running);
	}
}

static void clear(struct running *running)
{
	read_output(running);
	end_line(running);
	if (running->output_fd >= 0)
		(void)close(running->output_fd);
	if (running->exit_fd >= 0)
		(void)close(running->exit_fd);
}

/* false: it took too long, and was ended. */
static bool live(struct running *running, uint32_t limit_seconds, int *ret_wait_status)
{
	bool is_in_time = has_ended(running, now_ms() + (int64_t)limit_seconds * 1000, ret_wait_status);

	if (!is_in_time) {
		(void)kill(-running->child, SIGTERM);
		if (!has_ended(running, now_ms() + GRACE_MS, ret_wait_status)) {
			(void)kill(-running->child, SIGKILL);
			while (waitpid(running->child, ret_wait_status, 0) < 0 && errno == EINTR)
				;
		} else {
			(void)kill(-running->child, SIGKILL); /* children that did not listen */
		}
	}
	clear(running);
	return is_in_time;
}

static naccs_status run(const char *name, char *const arguments[], char *const environment[], const struct naccs_hook_watch *watch,
			struct naccs_error *err)
{
	static const struct naccs_hook_watch nobody = {0};
	struct running running = {.name = name, .watch = watch != NULL ? watch : &nobody, .exit_fd = -1, .output_fd = -1};
	uint32_t limit = running.watch->limit_seconds != 0 ? running.watch->limit_seconds : NACCS_HOOK_LIMIT_SECONDS;
	int wait_status = 0;
	naccs_status status = begin(&running, arguments, environment, err);

	if (status != NACCS_OK)
		return status;
	if (!live(&running, limit, &wait_status))
		return naccs_fail(err, NACCS_E_HOOK_FAILED, 0, _("the hook \"%s\" was ended: it took longer than %u seconds"), name, (unsigned)limit);
	if (WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == 0)
		return NACCS_OK;
	if (WIFSIGNALED(wait_status))
		return naccs_fail(err, NACCS_E_HOOK_FAILED, 0, _("the hook \"%s\" was ended by signal %d"), name, WTERMSIG(wait_status));
	return naccs_fail(err, NACCS_E_HOOK_FAILED, WEXITSTATUS(wait_status), _("the hook \"%s\" ended with exit code %d"), name,
			  WEXITSTATUS(wait_status));
}

/* line: for the shell; file: its $0, or NULL. */
static naccs_status run_shell(const char *name, const char *line, const char *file, const struct naccs_hook_facts *facts,
			      const struct naccs_hook_watch *watch, struct naccs_error *err)
{
	char time[NACCS_TIME_TEXT_SIZE];
	naccs_auto(heap) char *command = naccs_format("%s", line);
	naccs_auto(heap) char *zero = naccs_format("%s", file != NULL ? file : "sh");
	naccs_auto(heap) char *terminal = naccs_format("NACCS_CERT_TERMINAL=%s", facts->terminal != NULL ? facts->terminal : "");
	naccs_auto(heap) char *stores = naccs_format("NACCS_CERT_STORES=%s", facts->stores);
	naccs_auto(heap) char *serial = naccs_format("NACCS_CERT_SERIAL=%s", facts->serial);
	naccs_auto(heap) char *not_after = NULL;
	char shell[] = "sh", option[] = "-c", path[] = HOOK_PATH;

	naccs_time_format_utc(facts->not_after, time);
	not_after = naccs_format("NACCS_CERT_NOT_AFTER=%s", time);
	if (command == NULL || zero == NULL || terminal == NULL || stores == NULL || serial == NULL || not_after == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
	return run(name, (char *const[]){shell, option, command, zero, NULL}, (char *const[]){path, terminal, stores, serial, not_after, NULL},
		   watch, err);
}

naccs_status naccs_hook_run(const char *command, const struct naccs_hook_facts *facts, const struct naccs_hook_watch *watch, struct naccs_error *err)
{
	return run_shell(command, command, NULL, facts, watch, err);
}

naccs_status naccs_hook_run_file(const char *path, const struct naccs_hook_facts *facts, const struct naccs_hook_watch *watch,
				 struct naccs_error *err)
{
	return run_shell(path, "exec \"$0\"", path, facts, watch, err);
}

bool naccs_hook_is_program(const char *path, unsigned mode)
{
	(void)path;
	return (mode & 0111) != 0;
}
