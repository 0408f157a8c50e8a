/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the command remove. */
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
	if (status == NACCS_OK)
		status = naccs_remove(cli->context, targets.items, targets.count, cli->options.certificate, &cli->report, err);
	free(targets.items);
	return status;
}

const struct cli_command cli_command_remove = {
	.name = "remove",
	.synopsis = "--from URI… [--cert SHA256]",
	.options = CLI_BIT(CLI_FROM) | CLI_BIT(CLI_CERT) | CLI_BIT(CLI_PIN_FILE) | CLI_BIT(CLI_USER),
	.summary = N_("take a certificate, and only what we put there, out of a store"),
	.details = N_("Take one certificate with its key out of the stores. What was there before naccs-cert came stays, and so does what "
		      "another\n"
		      "certificate still needs. Deleting a file does not erase the medium that it was on."),
	.examples = "naccs-cert remove --from pem:/etc/naccs-cert/11110A\n"
		    "naccs-cert remove --from nss:firefox --cert 513b2cec",
	.run = run,
	.show = cli_show_run,
};
