/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see systemd.h. There is no systemd on Windows. */
#include "systemd.h"

#include "text.h"

naccs_status cli_systemd_run(struct cli *cli, struct naccs_error *err)
{
	(void)cli;
	(void)naccs_fail(err, NACCS_E_USAGE, 0, _("--systemd is for Linux; this program runs on Windows"));
	return naccs_error_hint(err, _("For Windows' Task Scheduler: naccs-cert config --scheduled-task"));
}
