/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the command rollback. */
#include "render_text.h"
#include "session.h"
#include "text.h"

#include <stdlib.h>

static naccs_status run(struct cli *cli, struct naccs_error *err)
{
	struct cli_targets targets = {0};
	naccs_status status = cli_session_open(cli, err);
	if (status == NACCS_OK)
		status = cli_targets_need(cli, "--from", &cli->options.from, &targets, err);
	if (status == NACCS_OK) {
		const char *const *hooks = cli->terminal == NULL ? NULL : (const char *const *)cli->terminal->deploy_hooks;
		status = naccs_rollback(cli->context, targets.items, targets.count, cli->options.certificate, hooks, &cli->report, err);
	}
	free(targets.items);
	return status;
}

const struct cli_command cli_command_rollback = {
	.name = "rollback",
	.synopsis = "--from URI… [--cert SHA256]",
	.options = CLI_BIT(CLI_FROM) | CLI_BIT(CLI_CERT) | CLI_BIT(CLI_PIN_FILE) | CLI_BIT(CLI_USER),
	.summary = N_("back to the previous certificate while it is valid"),
	.details = N_(
		"Make the previous certificate of the stores the current one again, while it is valid. The newer one stays where it is.\n"
		"With --terminal that terminal's deploy hooks run afterwards."),
	.examples = "naccs-cert rollback --from pem:/etc/naccs-cert/11110A\n"
		    "naccs-cert rollback --terminal 11110A",
	.run = run,
	.show = cli_show_run,
};
