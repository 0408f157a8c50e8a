/* SPDX-License-Identifier: Apache-2.0 */
/* Why: config --systemd: a drop-in for naccs-cert-renew.service, which tells its sandbox what the stores of this machine need. */
#ifndef NACCS_CLI_SYSTEMD_H
#define NACCS_CLI_SYSTEMD_H

#include "command.h"

/* Make the drop-in and print it (cli->text), or write it into --output. cli is an open session. */
naccs_status cli_systemd_run(struct cli *cli, struct naccs_error *err);

/* The drop-in's text. command: a whole ExecStart= in place of the unit's; NULL: the unit's. Caller frees; NULL when memory is short. */
char *cli_systemd_drop_in(const struct naccs_footprint *footprint, const char *command);

/* prefix and word as one word of a unit file: quoted where it has to be, '%' doubled; '$' too in a command (ExecStart=). Caller frees; NULL when memory is short. */
char *cli_systemd_quote(const char *prefix, const char *word, bool is_command);

#endif
