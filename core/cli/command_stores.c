/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the command stores. */
#include "render_text.h"
#include "session.h"
#include "text.h"

static naccs_status run(struct cli *cli, struct naccs_error *err)
{
	naccs_status status = cli_session_open(cli, err);
	return status == NACCS_OK ? naccs_stores(cli->context, &cli->report, err) : status;
}

const struct cli_command cli_command_stores = {
	.name = "stores",
	.synopsis = "",
	.options = CLI_BIT(CLI_USER),
	.summary = N_("the stores that this machine has, and what each can do"),
	.details = N_("List the stores that this machine has, with the URI that --to, --from and --store take, and what each can do.\n"
		      "Backends that could not be loaded are named with the reason."),
	.examples = "naccs-cert stores\n"
		    "sudo naccs-cert stores --user hanako\n"
		    "naccs-cert stores --json | jq -r '.stores[].uri'",
	.run = run,
	.show = cli_show_places,
};
