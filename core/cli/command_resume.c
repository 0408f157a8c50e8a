/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the command resume. */
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
	if (status == NACCS_OK) {
		struct naccs_install_options install = cli_install_options(cli, &targets);
		status = naccs_resume(cli->context, cli->options.terminal, &install, &cli->report, err);
	}
	free(targets.items);
	return status;
}

const struct cli_command cli_command_resume = {
	.name = "resume",
	.synopsis = "",
	.options = CLI_BIT(CLI_STORE) | CLI_BIT(CLI_PIN_FILE) | CLI_BIT(CLI_CLIENT_CA_SHA256) | CLI_BIT(CLI_TRUST_CLIENT_CA) |
		   CLI_BIT(CLI_ALL_OR_NOTHING) | CLI_BIT(CLI_PRUNE),
	.summary = N_("finish what was interrupted and waits in escrow"),
	.details = N_("Finish what an interrupted run left in escrow: the same PKCS#12 goes into the stores that were meant, and is verified there.\n"
		      "The stores are those of the interrupted run; --store names the one that --pin-file is for."),
	.examples = "naccs-cert resume\n"
		    "naccs-cert resume --terminal 11110A -n --json",
	.run = run,
	.show = cli_show_run,
};
