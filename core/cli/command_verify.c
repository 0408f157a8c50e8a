/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the command verify. */
#include "network.h"
#include "render_text.h"
#include "session.h"
#include "text.h"

#include <stdlib.h>

static naccs_status run(struct cli *cli, struct naccs_error *err)
{
	naccs_auto(secret) struct naccs_secret *proxy_auth = NULL;
	struct naccs_online_options online = {.host = cli->options.host};
	struct cli_targets targets = {0};
	naccs_status status = cli_session_open(cli, err);
	if (status == NACCS_OK)
		status = cli_targets_make(cli, &cli->options.store, &targets, err);
	if (status == NACCS_OK && cli->options.online)
		status = cli_network_options(cli, &proxy_auth, &online.network, err);
	if (status == NACCS_OK)
		status = naccs_verify(cli->context, targets.items, targets.count, cli->options.certificate, cli->options.online ? &online : NULL,
				      &cli->report, err);
	free(targets.items);
	return status;
}

const struct cli_command cli_command_verify = {
	.name = "verify",
	.synopsis = "[--store URI]… [--online [--host HOST]]",
	.options = CLI_BIT(CLI_STORE) | CLI_BIT(CLI_CERT) | CLI_BIT(CLI_PIN_FILE) | CLI_BIT(CLI_USER) | CLI_BIT(CLI_ONLINE) | CLI_BIT(CLI_HOST),
	.summary = N_("check installs: the key, the client chain, the server chain"),
	.details = N_("Read every install back and judge it: a signature by the key in the store, the client chain up to the client CA in "
		      "the store, the\n"
		      "server chain up to the TLS root in the store. Without --store: every store that naccs-cert has installed into.\n"
		      "With --online, show the certificate to a NACCS server too: one handshake with the key in the store, one request."),
	.examples = "naccs-cert verify\n"
		    "naccs-cert verify --store pem:/etc/naccs-cert/11110A --json\n"
		    "naccs-cert verify --online",
	.run = run,
	.show = cli_show_run,
};
