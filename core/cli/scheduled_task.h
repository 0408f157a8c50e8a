/* SPDX-License-Identifier: Apache-2.0 */
/* Why: config --scheduled-task: the daily renewal for Windows' Task Scheduler, as config --systemd is for systemd. */
#ifndef NACCS_CLI_SCHEDULED_TASK_H
#define NACCS_CLI_SCHEDULED_TASK_H

#include "command.h"

/* Make the task's definition and print it (cli->text), or write it into --output. cli is an open session. Elsewhere than on Windows:
 * NACCS_E_USAGE. */
naccs_status cli_scheduled_task_run(struct cli *cli, struct naccs_error *err);

/* What stands in the definition for the machine's own. */
struct cli_scheduled_task {
	const char *encoding; /* "UTF-8", "UTF-16" */
	const char *user;     /* SID or name */
	bool is_elevated;     /* windows:machine is written by administrators only */
	bool needs_logon;     /* it runs only while its user is logged on */
	const char *program;
	const char *arguments;
};

/* The definition's text. Caller frees; NULL when memory is short. */
char *cli_scheduled_task_text(const struct cli_scheduled_task *task);

/* plugins/windows/naccs-cert-renew.xml, from the build. */
extern const char cli_scheduled_task_template[];
extern const size_t cli_scheduled_task_template_size;

#endif
