/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the commands backup and restore. */
#include "cleanup.h"
#include "clock.h"
#include "render_text.h"
#include "session.h"
#include "text.h"

#include <stdlib.h>

static naccs_status no_memory(struct naccs_error *err)
{
	return naccs_fail(err, NACCS_E_INTERNAL, 0, _("not enough memory to show the result"));
}

/* What the file holds, and what to do with it. Caller frees; NULL when memory is short. */
static char *backup_page(const struct naccs_report *report, const char *file, bool has_configuration)
{
	const char *const titles[] = {_("KEPT"), _("ENDS"), _("FROM")};
	struct cli_table table = {.columns = sizeof titles / sizeof titles[0]};
	struct cli_page page;

	cli_page_open(&page, false);
	for (size_t i = 0; i < table.columns; i++)
		cli_table_add(&table, CLI_FAINT, titles[i]);
	for (size_t i = 0; i < report->inventory_count; i++) {
		char end[NACCS_TIME_TEXT_SIZE];

		naccs_time_format_japan(report->inventory[i].certificate->not_after, end);
		cli_table_add(&table, CLI_STRONG, report->inventory[i].certificate->common_name);
		cli_table_add(&table, CLI_PLAIN, end);
		cli_table_add(&table, CLI_PLAIN, report->inventory[i].store);
	}
	cli_table_print(&table, &page);
	cli_page_end_line(&page);
	cli_page_word(&page, CLI_STRONG, 0, file);
	cli_page_print(&page, "%s\n",
		       has_configuration ? _(" holds these with their keys, and the configuration; it was read back.")
					 : _(" holds these with their keys; it was read back."));
	cli_page_print(&page, "%s\n",
		       _("Keep it away from this machine, and the passphrase away from it. On the new machine: naccs-cert restore FILE"));
	return cli_page_close(&page);
}

static naccs_status run_backup(struct cli *cli, struct naccs_error *err)
{
	const char *file = cli->options.arguments.items[0];
	naccs_auto(secret) struct naccs_secret *passphrase = NULL;
	struct cli_targets targets = {0};
	naccs_status status = cli_session_open(cli, err);

	if (status == NACCS_OK)
		status = cli_targets_make(cli, &cli->options.from, &targets, err);
	if (status == NACCS_OK && cli->options.passphrase_file != NULL)
		status = cli_read_password_file(cli->options.passphrase_file, &passphrase, err);
	if (status == NACCS_OK) {
		struct naccs_backup_options options = {
			.targets = targets.items,
			.target_count = targets.count,
			.certificate = cli->options.certificate,
			.configuration_file = cli->config->path,
			.passphrase = passphrase,
		};
		status = naccs_backup(cli->context, file, &options, &cli->report, err);
	}
	free(targets.items);
	if (status != NACCS_OK)
		return status;
	bool is_written = cli->report->inventory_count > 0;
	cli->text = is_written ? backup_page(cli->report, file, cli->config->path != NULL) : naccs_format("%s", "");
	cli->extra = json_pack("{s:{s:s?,s:b}}", "backup", "file", is_written ? file : NULL, "configuration",
			       is_written && cli->config->path != NULL);
	return cli->text != NULL && cli->extra != NULL ? NACCS_OK : no_memory(err);
}

const struct cli_command cli_command_backup = {
	.name = "backup",
	.synopsis = "FILE [--from URI]…",
	.argument = "FILE",
	.least = 1,
	.most = 1,
	.options = CLI_BIT(CLI_FROM) | CLI_BIT(CLI_CERT) | CLI_BIT(CLI_PIN_FILE) | CLI_BIT(CLI_USER) | CLI_BIT(CLI_PASSPHRASE_FILE),
	.summary = N_("an encrypted copy for a change of machine"),
	.details = N_("Keep the certificates in use, with their keys, the configuration and where each was installed, in one file under a "
		      "passphrase: a PKCS#12\n"
		      "that other programs open too. Without it a change of machine costs a reissue. A file that is there is never "
		      "overwritten; the new one is\n"
		      "read back before it gets its name. A token that lets no key out is named: keep its certificate when you obtain or "
		      "install it (--backup FILE).\n"
		      "Without --from: every store that naccs-cert has installed into, and escrow."),
	.examples = "naccs-cert backup /media/usb/naccs-2026.p12\n"
		    "naccs-cert backup naccs.p12 --from pem:/etc/naccs-cert/11110A --passphrase-file pass -n",
	.run = run_backup,
};

static naccs_status run_restore(struct cli *cli, struct naccs_error *err)
{
	naccs_auto(secret) struct naccs_secret *passphrase = NULL;
	struct cli_targets targets = {0};
	naccs_status status = cli_session_open(cli, err);

	if (status == NACCS_OK)
		status = cli_targets_make(cli, &cli->options.to, &targets, err);
	if (status == NACCS_OK && cli->options.passphrase_file != NULL)
		status = cli_read_password_file(cli->options.passphrase_file, &passphrase, err);
	if (status == NACCS_OK) {
		struct naccs_restore_options options = {
			.install = cli_install_options(cli, &targets),
			.certificate = cli->options.certificate,
			.configuration_to = cli->options.config_to,
			.passphrase = passphrase,
		};
		status = naccs_restore(cli->context, cli->options.arguments.items[0], &options, &cli->report, err);
	}
	free(targets.items);
	return status;
}

const struct cli_command cli_command_restore = {
	.name = "restore",
	.synopsis = "FILE [--to URI]…",
	.argument = "FILE",
	.least = 1,
	.most = 1,
	.options = CLI_BIT(CLI_TO) | CLI_BIT(CLI_CERT) | CLI_BIT(CLI_PIN_FILE) | CLI_BIT(CLI_USER) | CLI_BIT(CLI_GROUP) | CLI_BIT(CLI_PASSPHRASE_FILE) |
		   CLI_BIT(CLI_CONFIG_TO) | CLI_BIT(CLI_CLIENT_CA_SHA256) | CLI_BIT(CLI_TRUST_CLIENT_CA) | CLI_BIT(CLI_ALL_OR_NOTHING) |
		   CLI_BIT(CLI_PRUNE),
	.summary = N_("install what a backup holds"),
	.details = N_("Install what naccs-cert backup has kept, as every install goes: written, read back, verified. Without --to and "
		      "--terminal each certificate goes to\n"
		      "the stores where it was. The configuration is left in the backup unless --config-to names a new file for it."),
	.examples = "naccs-cert restore naccs-2026.p12 --config-to /etc/naccs-cert/naccs-cert.conf\n"
		    "naccs-cert restore naccs-2026.p12 --cert 84:10:A3:54 --to pem:/etc/naccs-cert/11110A",
	.run = run_restore,
	.show = cli_show_run,
};
