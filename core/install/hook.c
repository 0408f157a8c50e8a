/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see hook.h. */
#include "hook.h"

#include "cleanup.h"
#include "clock.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define HOOK_PATH "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

static naccs_status spawn_and_wait(char *const arguments[], char *const environment[], int *ret_wait_status, struct naccs_error *err)
{
	posix_spawn_file_actions_t actions;
	pid_t child;
	int problem = posix_spawn_file_actions_init(&actions);

	if (problem == 0) {
		problem = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
		if (problem == 0)
			problem = posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
		if (problem == 0)
			problem = posix_spawn(&child, "/bin/sh", &actions, NULL, arguments, environment);
		(void)posix_spawn_file_actions_destroy(&actions);
	}
	if (problem != 0)
		return naccs_fail_errno(err, NACCS_E_HOOK_FAILED, problem, _("cannot run the deploy hook \"%s\""), arguments[2]);
	while (waitpid(child, ret_wait_status, 0) < 0)
		if (errno != EINTR)
			return naccs_fail_errno(err, NACCS_E_HOOK_FAILED, errno, _("cannot wait for the deploy hook \"%s\""), arguments[2]);
	return NACCS_OK;
}

naccs_status naccs_hook_run(const char *command, const struct naccs_hook_facts *facts, struct naccs_error *err)
{
	char time[NACCS_TIME_TEXT_SIZE];
	naccs_auto(heap) char *line = naccs_format("%s", command);
	naccs_auto(heap) char *terminal = naccs_format("NACCS_CERT_TERMINAL=%s", facts->terminal != NULL ? facts->terminal : "");
	naccs_auto(heap) char *stores = naccs_format("NACCS_CERT_STORES=%s", facts->stores);
	naccs_auto(heap) char *serial = naccs_format("NACCS_CERT_SERIAL=%s", facts->serial);
	naccs_auto(heap) char *not_after = NULL;
	char shell[] = "sh", option[] = "-c", path[] = HOOK_PATH;
	int wait_status = 0;
	naccs_status status;

	naccs_time_format_utc(facts->not_after, time);
	not_after = naccs_format("NACCS_CERT_NOT_AFTER=%s", time);
	if (line == NULL || terminal == NULL || stores == NULL || serial == NULL || not_after == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
	status = spawn_and_wait((char *const[]){shell, option, line, NULL},
				(char *const[]){path, terminal, stores, serial, not_after, NULL}, &wait_status, err);
	if (status != NACCS_OK)
		return status;
	if (WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == 0)
		return NACCS_OK;
	if (WIFSIGNALED(wait_status))
		(void)naccs_fail(err, NACCS_E_HOOK_FAILED, 0, _("the deploy hook \"%s\" was ended by signal %d"), command, WTERMSIG(wait_status));
	else
		(void)naccs_fail(err, NACCS_E_HOOK_FAILED, WEXITSTATUS(wait_status), _("the deploy hook \"%s\" ended with exit code %d"), command,
				 WEXITSTATUS(wait_status));
	return naccs_error_hint(err, _("The certificate is installed and verified. Mend the hook, then run it by hand."));
}
