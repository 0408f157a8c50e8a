/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see process.h. */
#include "process.h"

#include "cleanup.h"
#include "frame.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

#define PATH_OF_WORKERS "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* What every library may ask for: who the user is, where files lie, how text is written. */
static const char *const usual_variables[] = {"HOME", "USER", "LOGNAME", "LANG", "LANGUAGE", "LC_*", "TZ", "TMPDIR", "XDG_CONFIG_HOME",
					      "XDG_DATA_HOME", "XDG_RUNTIME_DIR",
#if defined(__SANITIZE_ADDRESS__)
					      "ASAN_OPTIONS", "LSAN_OPTIONS", "UBSAN_OPTIONS",
#endif
					      NULL};

/* Is "NAME=value" meant by one of these names or beginnings ("LC_*")? */
static bool is_listed(const char *variable, const char *const *names)
{
	size_t length = strcspn(variable, "=");

	for (; names != NULL && *names != NULL; names++) {
		size_t wanted = strlen(*names);
		bool is_beginning = wanted > 0 && (*names)[wanted - 1] == '*';

		if (is_beginning ? length >= wanted - 1 && strncmp(variable, *names, wanted - 1) == 0
				 : length == wanted && strncmp(variable, *names, wanted) == 0)
			return true;
	}
	return false;
}

/* Pointers into our own environment. Caller frees the array only. */
static char **make_environment(const struct naccs_worker_settings *settings, const char *const *variables)
{
	static char path[] = PATH_OF_WORKERS;
	size_t count = 0, extra = 0, used = 0;
	char **environment;

	while (environ != NULL && environ[count] != NULL)
		count++;
	while (settings->extra_environment != NULL && settings->extra_environment[extra] != NULL)
		extra++;
	environment = calloc(count + extra + 2, sizeof *environment);
	if (environment == NULL)
		return NULL;
	environment[used++] = path;
	for (size_t i = 0; i < count; i++)
		if (is_listed(environ[i], usual_variables) || is_listed(environ[i], variables))
			environment[used++] = environ[i];
	for (size_t i = 0; i < extra; i++) /* posix_spawn takes char *, and does not write to it */
		memcpy(&environment[used++], &settings->extra_environment[i], sizeof *environment);
	return environment;
}

static int add_descriptors(posix_spawn_file_actions_t *actions, int socket, bool keeps_stderr)
{
	int errnum = posix_spawn_file_actions_adddup2(actions, socket, NACCS_WORKER_SOCKET);

	if (errnum == 0)
		errnum = posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	if (errnum == 0)
		errnum = posix_spawn_file_actions_addopen(actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	if (errnum == 0 && !keeps_stderr)
		errnum = posix_spawn_file_actions_addopen(actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	return errnum == 0 ? posix_spawn_file_actions_addclosefrom_np(actions, NACCS_WORKER_SOCKET + 1) : errnum;
}

static int set_attributes(posix_spawnattr_t *attributes)
{
	sigset_t none, all;
	int errnum;

	(void)sigemptyset(&none);
	(void)sigfillset(&all);
	errnum = posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	if (errnum == 0)
		errnum = posix_spawnattr_setsigmask(attributes, &none);
	return errnum == 0 ? posix_spawnattr_setsigdefault(attributes, &all) : errnum;
}

static int spawn(const struct naccs_worker_settings *settings, char *program, char *module, char **environment, int socket, pid_t *ret)
{
	char *arguments[] = {program, module, NULL};
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	int errnum = posix_spawn_file_actions_init(&actions);

	if (errnum != 0)
		return errnum;
	errnum = posix_spawnattr_init(&attributes);
	if (errnum == 0) {
		errnum = add_descriptors(&actions, socket, settings->keeps_stderr);
		if (errnum == 0)
			errnum = set_attributes(&attributes);
		if (errnum == 0)
			errnum = posix_spawn(ret, program, &actions, &attributes, arguments, environment);
		(void)posix_spawnattr_destroy(&attributes);
	}
	(void)posix_spawn_file_actions_destroy(&actions);
	return errnum;
}

naccs_status naccs_worker_process_start(const struct naccs_worker_settings *settings, const char *module, const char *const *variables,
					struct naccs_worker_process *ret, struct naccs_error *err)
{
	naccs_auto(heap) char **environment = make_environment(settings, variables);
	naccs_auto(heap) char *program = strdup(settings->program), *path = strdup(module);
	naccs_auto(fd) int ours = -1, theirs = -1;
	int ends[2], errnum;
	pid_t pid = 0;

	if (environment == NULL || program == NULL || path == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
		return naccs_fail_errno(err, NACCS_E_BACKEND_FAILED, errno, _("cannot make a connection to %s"), program);
	ours = ends[0];
	theirs = ends[1];
	errnum = spawn(settings, program, path, environment, theirs, &pid);
	if (errnum != 0) {
		(void)naccs_fail_errno(err, NACCS_E_BACKEND_FAILED, errnum, _("cannot start %s, which serves %s"), program, module);
		return naccs_error_hint(err, _("Is naccs-cert installed whole? \"make install\" puts this program there."));
	}
	*ret = (struct naccs_worker_process){.pid = pid, .parent = getpid(), .fd = naccs_take_fd(&ours)};
	return NACCS_OK;
}

/* Wait until the process has ended, without reaping it. pidfd_open has no wrapper in older C libraries. */
static void wait_for_end(pid_t pid, uint32_t grace_ms)
{
	naccs_auto(fd) int fd = (int)syscall(SYS_pidfd_open, pid, 0);
	int64_t deadline = naccs_monotonic_ms() + grace_ms;
	int64_t left;

	while (fd >= 0 && (left = deadline - naccs_monotonic_ms()) > 0) {
		struct pollfd poller = {.fd = fd, .events = POLLIN};
		int ready = poll(&poller, 1, (int)left);

		if (ready > 0 || (ready < 0 && errno != EINTR))
			return;
	}
}

int naccs_worker_process_end(const struct naccs_worker_settings *settings, struct naccs_worker_process *process, uint32_t grace_ms)
{
	struct naccs_worker_process ending = *process;
	int status = 0;

	*process = (struct naccs_worker_process){.fd = -1};
	if (ending.fd >= 0)
		(void)close(ending.fd);
	if (ending.pid == 0 || ending.parent != getpid())
		return 0;
	if (grace_ms > 0)
		wait_for_end(ending.pid, grace_ms);
	if (waitpid(ending.pid, &status, WNOHANG) != ending.pid) {
		(void)kill(ending.pid, SIGKILL);
		while (waitpid(ending.pid, &status, 0) < 0 && errno == EINTR)
			continue;
	}
	if (settings->ended != NULL)
		settings->ended(settings->context, status);
	return status;
}

char *naccs_worker_process_obituary(int wait_status)
{
	if (WIFSIGNALED(wait_status))
		return naccs_format(_("was killed by signal %d (%s)"), WTERMSIG(wait_status), strsignal(WTERMSIG(wait_status)));
	return naccs_format(_("ended with exit code %d"), WEXITSTATUS(wait_status));
}
