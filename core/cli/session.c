/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see session.h. */
#include "session.h"

#include "cancel.h"
#include "cleanup.h"
#include "file.h"
#include "output.h"
#include "text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* How long to wait for the locks of others when --timeout does not say. */
#define LOCK_TIMEOUT_MS 30000

naccs_status cli_session_configure(struct cli *cli, struct naccs_error *err)
{
	const struct cli_options *options = &cli->options;
	naccs_auto(surroundings) struct cli_surroundings here = cli_surroundings_here();
	naccs_status status = cli_paths_find(&here, options->config, options->state_dir, &cli->paths, err);
	if (status != NACCS_OK)
		return status;
	status = naccs_config_load(cli->paths.config, &cli->config, err);
	if (status == NACCS_E_FILE_MISSING && !cli->paths.is_config_chosen)
		status = naccs_config_load(NULL, &cli->config, err);
	if (status == NACCS_OK && options->terminal != NULL)
		status = naccs_config_terminal(cli->config, options->terminal, &cli->terminal, err);
	return status;
}

naccs_status cli_session_open(struct cli *cli, struct naccs_error *err)
{
	static const int levels[] = {0, 2, 3}; /* by the number of -v */
	const struct cli_options *options = &cli->options;
	naccs_status status = cli_session_configure(cli, err);
	if (status != NACCS_OK)
		return status;
	naccs_auto(surroundings) struct cli_surroundings here = cli_surroundings_here();
	bool is_journal = cli_output_is_journal(STDERR_FILENO, getenv("JOURNAL_STREAM"));
	cli->ui = (struct cli_ui){
		.can_ask = !options->non_interactive,
		.has_progress = !options->quiet && (options->verbose > 0 || is_journal || cli_output_is_terminal(STDERR_FILENO)),
		.has_messages = !options->quiet,
		.is_journal = is_journal,
	};
	struct naccs_settings settings = {
		.state_dir = cli->paths.state_dir,
		.backend_dir = options->backend_dir,
		.hook_folder = cli->paths.hooks,
		.home = here.home,
		.user = options->user,
		.anchor_files = options->anchors.count > 0 ? options->anchors.items : (const char *const *)cli->config->anchors,
		.has_at = (options->given & CLI_BIT(CLI_AT)) != 0,
		.at = options->at,
		.lock_timeout_ms = (options->given & CLI_BIT(CLI_TIMEOUT)) != 0 ? options->timeout_ms : LOCK_TIMEOUT_MS,
		.log_level = levels[options->verbose],
		.ui = cli_ui_callbacks(&cli->ui),
	};
	cli_cancel_catch();
	return naccs_new(&settings, &cli->context, err);
}

void cli_clear(struct cli *cli)
{
	naccs_report_free(cli->report);
	naccs_free(cli->context);
	naccs_config_free(cli->config);
	cli_paths_clear(&cli->paths);
	cli_options_clear(&cli->options);
	json_decref(cli->extra);
	free(cli->text);
	*cli = (struct cli){0};
}

static naccs_status give_pin_file(const struct cli *cli, struct cli_targets *targets, struct naccs_error *err)
{
	if (targets->count > 0)
		return naccs_pin_file_give(cli->context, cli->options.pin_file, targets->items, targets->count, err);
	(void)naccs_fail(err, NACCS_E_USAGE, 0, _("--pin-file: no store was named that it is for"));
	return naccs_error_hint(err, _("Name one store, or write pin-source=file:FILE in each store's URI."));
}

naccs_status cli_targets_make(const struct cli *cli, const struct cli_list *chosen, struct cli_targets *ret, struct naccs_error *err)
{
	const char *const *uris = chosen->count > 0 ? chosen->items : NULL;
	if (uris == NULL && cli->terminal != NULL)
		uris = (const char *const *)cli->terminal->stores;
	struct cli_targets targets = {0};
	while (uris != NULL && uris[targets.count] != NULL)
		targets.count++;
	targets.items = calloc(targets.count + 1, sizeof *targets.items);
	if (targets.items == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, ENOMEM, _("not enough memory for the list of stores"));
	for (size_t i = 0; i < targets.count; i++)
		targets.items[i].uri = uris[i];
	naccs_status status = cli->options.pin_file == NULL ? NACCS_OK : give_pin_file(cli, &targets, err);
	if (status == NACCS_OK)
		*ret = targets;
	else
		free(targets.items);
	return status;
}

naccs_status cli_targets_need(const struct cli *cli, const char *option, const struct cli_list *chosen, struct cli_targets *ret,
			      struct naccs_error *err)
{
	if (chosen->count > 0 || (cli->terminal != NULL && cli->terminal->stores != NULL))
		return cli_targets_make(cli, chosen, ret, err);
	if (cli->terminal != NULL) {
		(void)naccs_fail(err, NACCS_E_USAGE, 0, _("the section of terminal %s names no store"), cli->terminal->name);
		return naccs_error_hint(err, _("Add a line store = URI to it, or give %s URI."), option);
	}
	(void)naccs_fail(err, NACCS_E_USAGE, 0, _("%s needs a store"), cli->options.command->name);
	return naccs_error_hint(err,
				_("Give %s URI, for example %s pem:/etc/naccs-cert/11110A, or --terminal NAME. naccs-cert stores lists "
				  "what this machine has."),
				option, option);
}

struct naccs_install_options cli_install_options(const struct cli *cli, const struct cli_targets *targets)
{
	const struct cli_options *options = &cli->options;
	const struct naccs_terminal_config *terminal = cli->terminal;
	struct naccs_install_options ret = {
		.targets = targets->items,
		.target_count = targets->count,
		.group = options->group,
		.consent = {.sha256 = options->client_ca_sha256, .first_use = options->trust_client_ca},
		.all_or_nothing = options->all_or_nothing,
		.prune = options->prune,
	};
	if (terminal == NULL)
		return ret;
	ret.terminal = terminal->name;
	ret.deploy_hooks = (const char *const *)terminal->deploy_hooks;
	if (ret.group == NULL)
		ret.group = terminal->group;
	if (ret.consent.sha256 == NULL && !ret.consent.first_use)
		ret.consent.sha256 = terminal->client_ca_sha256;
	return ret;
}

naccs_status cli_backup_options(const struct cli *cli, struct naccs_secret **ret_passphrase, struct naccs_install_options *options,
				struct naccs_error *err)
{
	const char *file = cli->options.passphrase_file;
	if (file != NULL && cli->options.backup == NULL)
		return naccs_fail(err, NACCS_E_USAGE, 0, _("--passphrase-file goes with --backup"));
	naccs_status status = file != NULL ? cli_read_password_file(file, ret_passphrase, err) : NACCS_OK;
	options->backup_file = cli->options.backup;
	options->backup_passphrase = *ret_passphrase;
	return status;
}

naccs_status cli_read_password_file(const char *path, struct naccs_secret **ret, struct naccs_error *err)
{
	naccs_auto(secret) struct naccs_secret *text = NULL;
	naccs_status status = naccs_file_read_private(path, NACCS_SMALL_FILE_LIMIT, &text, err);
	if (status != NACCS_OK)
		return status;
	size_t length = strcspn(naccs_secret_text(text), "\r\n");
	const char *rest = naccs_secret_text(text) + length;
	if (length + strspn(rest, "\r\n") != naccs_secret_length(text))
		return naccs_fail(err, NACCS_E_CONFIG, 0, _("%s must hold the password on one line and nothing else"), path);
	naccs_secret_truncate(text, length);
	*ret = naccs_take(&text);
	return NACCS_OK;
}
