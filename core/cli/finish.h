/* SPDX-License-Identifier: Apache-2.0 */
/* Why: how every run ends: one report, as JSON or for people, and one exit code, also when the report cannot be delivered. */
#ifndef NACCS_CLI_FINISH_H
#define NACCS_CLI_FINISH_H

#include "command.h"

/* Show what cli holds, or the failure in err, and return the exit code. Output that could not be written: 74, if all went well otherwise.
 */
int cli_finish(struct cli *cli, naccs_status status, const struct naccs_error *err);

/* The same for a call without any argument: the short help on stderr. */
int cli_finish_bare(const struct naccs_error *err);

#endif
