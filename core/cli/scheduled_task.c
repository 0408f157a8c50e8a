/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see scheduled_task.h. */
#include "scheduled_task.h"

#include "text.h"

naccs_status cli_scheduled_task_run(struct cli *cli, struct naccs_error *err)
{
	(void)cli;
	(void)naccs_fail(err, NACCS_E_USAGE, 0, _("--scheduled-task is for Windows; this program runs on another system"));
	return naccs_error_hint(err, _("For systemd: naccs-cert config --systemd"));
}
