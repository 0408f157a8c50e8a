/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the command status: for people, for a monitoring plugin's caller (--check), for Prometheus (--metrics). */
#include "check.h"
#include "cleanup.h"
#include "clock.h"
#include "file.h"
#include "render_text.h"
#include "session.h"
#include "names.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define METRICS_MODE 0644 /* the collector is another user */

static naccs_status check_options(const struct cli_options *options, struct naccs_error *err)
{
	if (options->arguments.count > 0 && !options->metrics) {
		(void)naccs_fail(err, NACCS_E_USAGE, 0, _("status takes no argument, %zu were given"), options->arguments.count);
		return naccs_error_hint(err, _("Only --metrics takes one: the file to write."));
	}
	if (options->check && options->metrics)
		return naccs_fail(err, NACCS_E_USAGE, 0, _("choose one of --check and --metrics"));
	if (options->json && options->metrics && options->arguments.count == 0)
		return naccs_fail(err, NACCS_E_USAGE, 0, _("--json and --metrics both want standard output: name a file for the metrics"));
	return NACCS_OK;
}

/* What the configuration's terminals should have; asked for whole machines and for one terminal, not for single stores. */
static void foresee_terminals(const struct cli *cli)
{
	if (cli->options.store.count > 0)
		return;
	if (cli->terminal != NULL)
		naccs_foresee_terminals(cli->context, cli->terminal, 1, cli->report);
	else
		naccs_foresee_terminals(cli->context, cli->config->terminals, cli->config->terminal_count, cli->report);
}

static naccs_status no_memory(struct naccs_error *err)
{
	return naccs_fail(err, NACCS_E_INTERNAL, 0, _("not enough memory to show the status"));
}

static naccs_status show_check(struct cli *cli, struct naccs_error *err)
{
	enum cli_check_state state = cli_check_judge(cli->report, &cli->text);

	if (cli->text == NULL)
		return no_memory(err);
	cli->extra = json_pack("{s:{s:s,s:s}}", "check", "state", cli_check_state_name(state), "line", cli->text);
	cli->report->exit_code = (int)state;
	return cli->extra != NULL ? NACCS_OK : no_memory(err);
}

/* Whole or not at all, for a collector may read at any moment. */
static naccs_status write_metrics(const char *file, const char *text, struct naccs_error *err)
{
	naccs_auto(heap) char *path = NULL;
	naccs_status status = naccs_path_absolute(file, &path, err);

	if (status != NACCS_OK)
		return status;
	naccs_auto(heap) char *parent = naccs_path_parent(path);
	if (parent == NULL)
		return no_memory(err);
	naccs_auto(fd) int folder = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0)
		return naccs_fail_errno(err, NACCS_E_FILE_MISSING, errno, _("cannot write the metrics into %s"), parent);
	status = naccs_file_write(folder, naccs_path_last_part(path), text, strlen(text), METRICS_MODE, err);
	return status == NACCS_OK ? NACCS_OK : naccs_error_prefix(err, _("cannot write the metrics"));
}

static naccs_status show_metrics(struct cli *cli, struct naccs_error *err)
{
	bool has_at = (cli->options.given & CLI_BIT(CLI_AT)) != 0;
	naccs_auto(heap) char *text = cli_metrics(cli->report, has_at ? cli->options.at : naccs_clock_now());

	if (text == NULL)
		return no_memory(err);
	if (cli->options.arguments.count == 0) {
		cli->text = naccs_take(&text);
		return NACCS_OK;
	}
	naccs_status status = write_metrics(cli->options.arguments.items[0], text, err);
	if (status == NACCS_OK && (cli->text = naccs_format("%s", "")) == NULL)
		return no_memory(err);
	return status;
}

static naccs_status run(struct cli *cli, struct naccs_error *err)
{
	struct cli_targets targets = {0};
	naccs_status status = check_options(&cli->options, err);
	if (status == NACCS_OK)
		status = cli_session_open(cli, err);
	if (status == NACCS_OK)
		status = cli_targets_make(cli, &cli->options.store, &targets, err);
	if (status == NACCS_OK)
		status = naccs_inventory(cli->context, targets.items, targets.count, &cli->report, err);
	free(targets.items);
	if (status != NACCS_OK)
		return status;
	foresee_terminals(cli);
	if (cli->options.check)
		return show_check(cli, err);
	return cli->options.metrics ? show_metrics(cli, err) : NACCS_OK;
}

const struct cli_command cli_command_status = {
	.name = "status",
	.synopsis = "[--store URI]… [--check | --metrics [FILE]]",
	.argument = "FILE",
	.least = 0,
	.most = 1,
	.options = CLI_BIT(CLI_STORE) | CLI_BIT(CLI_PIN_FILE) | CLI_BIT(CLI_USER) | CLI_BIT(CLI_CHECK) | CLI_BIT(CLI_METRICS),
	.summary = N_("what is installed where, days left, what is due"),
	.details = N_(
		"List the certificates in the stores, with the days left and the renewal that is due, what waits in escrow, and what "
		"will stop\n"
		"working when. Without --store: every store that naccs-cert has installed into.\n"
		"--check prints one line for a monitoring system: warning when a renewal is due, critical when less than 7 days are left, "
		"a\n"
		"certificate has ended or a store is broken. --metrics prints metrics for Prometheus, or writes them into FILE at once."),
	.examples = "naccs-cert status\n"
		    "naccs-cert status --json | jq '.certificates[] | select(.state != \"valid\")'\n"
		    "naccs-cert status --check\n"
		    "naccs-cert status --metrics /var/lib/prometheus/node-exporter/naccs-cert.prom",
	.run = run,
	.show = cli_show_status,
};
