/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the command resume. */
#include "codes_source.h"
#include "network.h"
#include "render_text.h"
#include "session.h"
#include "text.h"

static naccs_status run(struct cli *cli, struct naccs_error *err)
{
	const struct cli_targets none = {0}; /* the escrow knows the stores */
	naccs_auto(secret) struct naccs_secret *proxy_auth = NULL;
	naccs_auto(secret) struct naccs_secret *passphrase = NULL;
	struct naccs_obtain_options options = {0};
	naccs_status status = cli_session_open(cli, err);
	if (status == NACCS_OK)
		status = cli_network_options(cli, &proxy_auth, &options.network, err);
	if (status == NACCS_OK) {
		options.install = cli_install_options(cli, &none);
		status = cli_backup_options(cli, &passphrase, &options.install, err);
	}
	if (status != NACCS_OK)
		return status;
	options.codes = cli_code_source(cli);
	options.apply_again = cli->options.apply_again;
	options.patience_seconds = options.network.timeout_seconds;
	return naccs_resume(cli->context, cli->options.terminal, &options, &cli->report, err);
}

const struct cli_command cli_command_resume = {
	.name = "resume",
	.synopsis = "",
	.options = CLI_BIT(CLI_CODES) | CLI_BIT(CLI_APPLY_AGAIN) | CLI_BIT(CLI_USER) | CLI_BIT(CLI_CLIENT_CA_SHA256) | CLI_BIT(CLI_TRUST_CLIENT_CA) |
		   CLI_BIT(CLI_BACKUP) | CLI_BIT(CLI_PASSPHRASE_FILE),
	.summary = N_("finish what was interrupted and waits in escrow"),
	.details = N_("Finish what an interrupted run left in escrow: the same PKCS#12 goes into the stores that were meant, with the "
		      "options that were\n"
		      "given then, and is verified there. With --terminal: only what that terminal left. Where the portal was asked but\n"
		      "no whole answer came, it is asked again, with the same codes, until the end of that day in Japan; a renewal by the\n"
		      "certificate that is renewed, without codes. An application for a renewal that was sent is not sent again without --apply-again."),
	.examples = "naccs-cert resume\n"
		    "naccs-cert resume --terminal 11110A -n --json",
	.run = run,
	.show = cli_show_run,
};
