/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the command renew: one certificate, or (--due) every one whose time has come. */
#include "cleanup.h"
#include "network.h"
#include "render_text.h"
#include "session.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

#define RENEWED_EXIT_CODE 10
#define NOTHING_DUE_EXIT_CODE 11

/* The stores of --from and --to, and PIN files for them or for the terminal's. */
struct stores {
	struct cli_list all;	   /* every one that was named, once */
	struct cli_targets pinned; /* the same with PIN files; the terminal's where none was named */
	struct naccs_target *from, *to;
};

static void stores_clear(struct stores *stores)
{
	free(stores->all.items);
	free(stores->pinned.items);
	free(stores->from);
	free(stores->to);
}

static naccs_status out_of_memory(struct naccs_error *err)
{
	return naccs_fail(err, NACCS_E_INTERNAL, 0, _("not enough memory for the list of stores"));
}

static naccs_status name_all(const struct cli_list *list, struct cli_list *all, struct naccs_error *err)
{
	for (size_t i = 0; i < list->count; i++) {
		const char **longer;
		bool is_named = false;

		for (size_t j = 0; j < all->count; j++)
			is_named = is_named || strcmp(all->items[j], list->items[i]) == 0;
		if (is_named)
			continue;
		longer = reallocarray(all->items, all->count + 2, sizeof *longer);
		if (longer == NULL)
			return out_of_memory(err);
		all->items = longer;
		longer[all->count++] = list->items[i];
		longer[all->count] = NULL;
	}
	return NACCS_OK;
}

static naccs_status pin_list(const struct cli_list *list, const struct cli_targets *pinned, struct naccs_target **ret, struct naccs_error *err)
{
	*ret = calloc(list->count + 1, sizeof **ret);
	if (*ret == NULL)
		return out_of_memory(err);
	for (size_t i = 0; i < list->count; i++) {
		(*ret)[i].uri = list->items[i];
		for (size_t j = 0; j < pinned->count; j++)
			if (strcmp(pinned->items[j].uri, list->items[i]) == 0)
				(*ret)[i].pin_file = pinned->items[j].pin_file;
	}
	return NACCS_OK;
}

static naccs_status find_stores(const struct cli *cli, struct stores *ret, struct naccs_error *err)
{
	naccs_status status = name_all(&cli->options.from, &ret->all, err);

	if (status == NACCS_OK)
		status = name_all(&cli->options.to, &ret->all, err);
	if (status == NACCS_OK)
		status = cli_targets_make(cli, &ret->all, &ret->pinned, err);
	if (status == NACCS_OK)
		status = pin_list(&cli->options.from, &ret->pinned, &ret->from, err);
	return status == NACCS_OK ? pin_list(&cli->options.to, &ret->pinned, &ret->to, err) : status;
}

static naccs_status refuse_with_due(const char *option, struct naccs_error *err)
{
	(void)naccs_fail(err, NACCS_E_USAGE, 0, _("--due looks at everything that is known: it goes with no --%s"), option);
	return naccs_error_hint(err, _("Leave one of them out."));
}

static naccs_status check(const struct cli_options *options, struct naccs_error *err)
{
	if (!options->due && (options->given & CLI_BIT(CLI_RANDOM_DELAY)) != 0)
		return naccs_fail(err, NACCS_E_USAGE, 0, _("--random-delay is for --due"));
	if (!options->due)
		return NACCS_OK;
	if (options->from.count > 0)
		return refuse_with_due("from", err);
	if (options->to.count > 0)
		return refuse_with_due("to", err);
	if (options->certificate != NULL)
		return refuse_with_due("cert", err);
	if (options->backup != NULL)
		return refuse_with_due("backup", err);
	if (options->terminal != NULL)
		return refuse_with_due("terminal", err);
	return options->password_file != NULL ? refuse_with_due("password-file", err) : NACCS_OK;
}

/* Nothing was said, and the configuration knows one terminal: then it is meant. */
static void choose_only_terminal(struct cli *cli)
{
	const struct cli_options *options = &cli->options;

	if (!options->due && cli->terminal == NULL && options->from.count == 0 && options->certificate == NULL && cli->config->terminal_count == 1)
		cli->terminal = &cli->config->terminals[0];
}

static naccs_status renew(struct cli *cli, const struct stores *stores, const struct naccs_secret *password, const struct naccs_network *network,
			  struct naccs_error *err)
{
	const struct cli_targets targets = {.items = stores->to, .count = cli->options.to.count};
	naccs_auto(secret) struct naccs_secret *passphrase = NULL;
	struct naccs_renew_options options = {
		.install = cli_install_options(cli, &targets),
		.from = stores->from,
		.from_count = cli->options.from.count,
		.certificate = cli->options.certificate,
		.network = *network,
		.password = password,
		.config = cli->config,
		.pins = stores->pinned.items,
		.pin_count = stores->pinned.count,
		.apply_again = cli->options.apply_again,
		.patience_seconds = network->timeout_seconds,
		.random_delay_seconds = cli->options.random_delay,
	};
	naccs_status status = cli_backup_options(cli, &passphrase, &options.install, err);

	if (status != NACCS_OK)
		return status;
	return cli->options.due ? naccs_renew_due(cli->context, &options, &cli->report, err) : naccs_renew(cli->context, &options, &cli->report, err);
}

static void detail_exit_code(struct naccs_report *report)
{
	if (report->exit_code != 0)
		return;
	if (report->result == NACCS_RESULT_RENEWED)
		report->exit_code = RENEWED_EXIT_CODE;
	else if (report->result == NACCS_RESULT_NOT_DUE)
		report->exit_code = NOTHING_DUE_EXIT_CODE;
}

static naccs_status run(struct cli *cli, struct naccs_error *err)
{
	naccs_auto(secret) struct naccs_secret *password = NULL;
	naccs_auto(secret) struct naccs_secret *proxy_auth = NULL;
	struct naccs_network network = {0};
	struct stores stores = {0};
	naccs_status status = check(&cli->options, err);

	if (status == NACCS_OK)
		status = cli_session_open(cli, err);
	if (status == NACCS_OK)
		choose_only_terminal(cli);
	if (status == NACCS_OK && cli->options.password_file != NULL)
		status = cli_read_password_file(cli->options.password_file, &password, err);
	if (status == NACCS_OK && password != NULL)
		status = naccs_portal_password_check(password, err);
	if (status == NACCS_OK)
		status = find_stores(cli, &stores, err);
	if (status == NACCS_OK)
		status = cli_network_options(cli, &proxy_auth, &network, err);
	if (status == NACCS_OK)
		status = renew(cli, &stores, password, &network, err);
	if (status == NACCS_OK && cli->options.detailed_exitcode)
		detail_exit_code(cli->report);
	stores_clear(&stores);
	return status;
}

const struct cli_command cli_command_renew = {
	.name = "renew",
	.synopsis = "[--from URI] [--to URI…] | --due",
	.options = CLI_BIT(CLI_FROM) | CLI_BIT(CLI_TO) | CLI_BIT(CLI_CERT) | CLI_BIT(CLI_DUE) | CLI_BIT(CLI_DETAILED_EXITCODE) |
		   CLI_BIT(CLI_RANDOM_DELAY) | CLI_BIT(CLI_APPLY_AGAIN) | CLI_BIT(CLI_PASSWORD_FILE) | CLI_BIT(CLI_PIN_FILE) | CLI_BIT(CLI_USER) | CLI_BIT(CLI_GROUP) |
		   CLI_BIT(CLI_CLIENT_CA_SHA256) | CLI_BIT(CLI_TRUST_CLIENT_CA) | CLI_BIT(CLI_ALL_OR_NOTHING) | CLI_BIT(CLI_PRUNE) |
		   CLI_BIT(CLI_BACKUP) | CLI_BIT(CLI_PASSPHRASE_FILE),
	.summary = N_("renew a certificate, from 28 days before its end"),
	.details = N_("Log in to the certificate portal with the certificate itself: its key, in its store, answers. Apply for the renewal, wait until the\n"
		      "new certificate is issued, keep it safe, install it beside the old one and verify it in every store; only then it becomes the\n"
		      "current one, and the deploy hooks run. Without --to it goes to every store that has the old one.\n"
		      "With --due: every terminal of the configuration and every certificate that was installed here, as far as its time has come, one\n"
		      "after the other; nothing due is exit code 0. That is what a daily timer calls.\n"
		      "A run that was cut short is taken up by the next one, or by naccs-cert resume; the application is never sent twice, unless\n"
		      "--apply-again says so."),
	.examples = "naccs-cert renew --from pem:/etc/naccs-cert/11110A\n"
		    "naccs-cert renew --terminal 11110A\n"
		    "naccs-cert renew --due -n --random-delay 3600",
	.run = run,
	.show = cli_show_renewal,
};
