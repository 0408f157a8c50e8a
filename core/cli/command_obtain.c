/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the command obtain. Called with nothing, it asks for what it needs. */
#include "cleanup.h"
#include "codes_source.h"
#include "network.h"
#include "prompt.h"
#include "render_text.h"
#include "session.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

/* Nothing was said, and the configuration knows one terminal: then it is meant. */
static void choose_only_terminal(struct cli *cli)
{
	if (cli->terminal == NULL && cli->options.to.count == 0 && cli->config->terminal_count == 1)
		cli->terminal = &cli->config->terminals[0];
}

/* Ask for a store; an empty answer takes the usual one. */
static naccs_status ask_store(struct cli *cli, char **ret, struct cli_targets *targets, struct naccs_error *err)
{
	naccs_auto(secret) struct naccs_secret *answer = NULL;
	naccs_auto(surroundings) struct cli_surroundings here = cli_surroundings_here();
	naccs_auto(heap) char *usual = cli_usual_store(&here);
	naccs_auto(heap) char *question = usual != NULL ? naccs_format(_("Where should the certificate go (a store's URI) [%s]? "), usual)
							: naccs_format(_("Where should the certificate go (a store's URI)? "));
	naccs_status status;

	if (!cli->ui.can_ask || !cli_prompt_is_possible() || question == NULL)
		return cli_targets_need(cli, "--to", &cli->options.to, targets, err);
	status = cli_prompt(question, true, &answer, err);
	if (status != NACCS_OK)
		return status;
	*ret = naccs_secret_length(answer) == 0 && usual != NULL ? naccs_take(&usual) : strdup(naccs_secret_text(answer));
	targets->items = calloc(1, sizeof *targets->items);
	if (*ret == NULL || targets->items == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("not enough memory"));
	targets->items[0].uri = *ret;
	targets->count = 1;
	return cli->options.pin_file != NULL ? naccs_pin_file_give(cli->context, cli->options.pin_file, targets->items, targets->count, err) : NACCS_OK;
}

static naccs_status run(struct cli *cli, struct naccs_error *err)
{
	naccs_auto(secret) struct naccs_secret *password = NULL;
	naccs_auto(secret) struct naccs_secret *proxy_auth = NULL;
	naccs_auto(secret) struct naccs_secret *passphrase = NULL;
	naccs_auto(heap) char *asked = NULL;
	struct naccs_obtain_options options = {0};
	struct cli_targets targets = {0};
	naccs_status status = cli_session_open(cli, err);

	if (status == NACCS_OK)
		choose_only_terminal(cli);
	if (status == NACCS_OK && cli->options.password_file != NULL) /* its rule is checked before anything is asked or sent */
		status = cli_read_password_file(cli->options.password_file, &password, err);
	if (status == NACCS_OK && password != NULL)
		status = naccs_portal_password_check(password, err);
	if (status == NACCS_OK)
		status = cli->options.to.count > 0 || cli->terminal != NULL ? cli_targets_need(cli, "--to", &cli->options.to, &targets, err)
									    : ask_store(cli, &asked, &targets, err);
	if (status == NACCS_OK)
		status = cli_network_options(cli, &proxy_auth, &options.network, err);
	if (status == NACCS_OK) {
		options.install = cli_install_options(cli, &targets);
		options.codes = cli_code_source(cli);
		options.password = password;
		status = cli_backup_options(cli, &passphrase, &options.install, err);
		if (status == NACCS_OK)
			status = naccs_obtain(cli->context, &options, &cli->report, err);
	}
	free(targets.items);
	return status;
}

const struct cli_command cli_command_obtain = {
	.name = "obtain",
	.synopsis = "[--codes FILE] [--to URI…]",
	.options = CLI_BIT(CLI_TO) | CLI_BIT(CLI_CODES) | CLI_BIT(CLI_PASSWORD_FILE) | CLI_BIT(CLI_PIN_FILE) | CLI_BIT(CLI_USER) | CLI_BIT(CLI_GROUP) |
		   CLI_BIT(CLI_CLIENT_CA_SHA256) | CLI_BIT(CLI_TRUST_CLIENT_CA) | CLI_BIT(CLI_ALL_OR_NOTHING) | CLI_BIT(CLI_PRUNE) |
		   CLI_BIT(CLI_BACKUP) | CLI_BIT(CLI_PASSPHRASE_FILE),
	.summary = N_("obtain the certificate from the portal and install it"),
	.details = N_("Log in to the certificate portal with the three codes of the NACCS Support System, obtain the certificate, keep it safe, install\n"
		      "it and verify every install. Stores are tried before a code is sent. After the day of the first download, in Japan, the\n"
		      "portal gives the same certificate to nobody: if a run is cut short, naccs-cert resume finishes it.\n"
		      "What is not said is asked: the store and the codes."),
	.examples = "naccs-cert obtain\n"
		    "naccs-cert obtain --codes /etc/naccs-cert/11110A.codes --to pem:/etc/naccs-cert/11110A\n"
		    "naccs-cert obtain --terminal 11110A -n --json",
	.run = run,
	.show = cli_show_run,
};
