/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the command status. */
#include "render_text.h"
#include "session.h"
#include "text.h"

#include <stdlib.h>

static naccs_status run(struct cli *cli, struct naccs_error *err)
{
	struct cli_targets targets = {0};
	naccs_status status = cli_session_open(cli, err);
	if (status == NACCS_OK)
		status = cli_targets_make(cli, &cli->options.store, &targets, err);
	if (status == NACCS_OK)
		status = naccs_inventory(cli->context, targets.items, targets.count, &cli->report, err);
	free(targets.items);
	return status;
}

const struct cli_command cli_command_status = {
	.name = "status",
	.synopsis = "[--store URI]…",
	.options = CLI_BIT(CLI_STORE) | CLI_BIT(CLI_PIN_FILE) | CLI_BIT(CLI_USER),
	.summary = N_("what is installed where, days left, what is due"),
	.details = N_("List the certificates in the stores, with the days left and the renewal that is due, what waits in escrow, and what "
		      "will stop\n"
		      "working when. Without --store: every store that naccs-cert has installed into."),
	.examples = "naccs-cert status\n"
		    "naccs-cert status --json | jq '.certificates[] | select(.state != \"valid\")'",
	.run = run,
	.show = cli_show_status,
};
