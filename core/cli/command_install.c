/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the command install. */
#include "cleanup.h"
#include "render_text.h"
#include "session.h"
#include "text.h"

#include <stdlib.h>

static naccs_status run(struct cli *cli, struct naccs_error *err)
{
	const struct cli_options *options = &cli->options;
	naccs_auto(secret) struct naccs_secret *password = NULL;
	naccs_auto(secret) struct naccs_secret *passphrase = NULL;
	struct cli_targets targets = {0};
	naccs_status status = cli_session_open(cli, err);
	if (status == NACCS_OK)
		status = cli_targets_need(cli, "--to", &options->to, &targets, err);
	if (status == NACCS_OK && options->password_file != NULL)
		status = cli_read_password_file(options->password_file, &password, err);
	if (status == NACCS_OK) {
		struct naccs_install_options install = cli_install_options(cli, &targets);
		status = cli_backup_options(cli, &passphrase, &install, err);
		if (status == NACCS_OK)
			status = naccs_install(cli->context, options->arguments.items[0], password, &install, &cli->report, err);
	}
	free(targets.items);
	return status;
}

const struct cli_command cli_command_install = {
	.name = "install",
	.synopsis = "FILE --to URI…",
	.argument = "FILE",
	.least = 1,
	.most = 1,
	.options = CLI_BIT(CLI_TO) | CLI_BIT(CLI_PASSWORD_FILE) | CLI_BIT(CLI_PIN_FILE) | CLI_BIT(CLI_USER) | CLI_BIT(CLI_GROUP) |
		   CLI_BIT(CLI_CLIENT_CA_SHA256) | CLI_BIT(CLI_TRUST_CLIENT_CA) | CLI_BIT(CLI_ALL_OR_NOTHING) | CLI_BIT(CLI_PRUNE) |
		   CLI_BIT(CLI_BACKUP) | CLI_BIT(CLI_PASSPHRASE_FILE),
	.summary = N_("install a PKCS#12 file that you have"),
	.details = N_("Install a PKCS#12 file (- for standard input) into one or more stores. It is kept safe first, then written to each "
		      "store,\n"
		      "read back and verified: the key signs, the client chain and the server chain hold. Doing it twice changes nothing."),
	.examples = "naccs-cert install 123456789012345.p12 --to pem:/etc/naccs-cert/11110A\n"
		    "naccs-cert install 123456789012345.p12 --to nss:firefox --to pem:$HOME/naccs\n"
		    "naccs-cert install - --password-file pw --terminal 11110A -n --json < 123456789012345.p12",
	.run = run,
	.show = cli_show_run,
};
