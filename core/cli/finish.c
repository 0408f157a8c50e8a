/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see finish.h. */
#include "finish.h"

#include "check.h"
#include "cleanup.h"
#include "clock.h"
#include "help.h"
#include "output.h"
#include "render_json.h"
#include "render_text.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A report of what the commands that make none did: help, version, config. */
static struct naccs_report *report_of(const struct cli *cli, naccs_status status, const struct naccs_error *err)
{
	const struct cli_command *command = cli->options.command;
	const char *name = command == NULL ? "" : command->name;
	if (cli->options.version)
		name = "version";
	else if (cli->options.help)
		name = "help";
	if (status != NACCS_OK)
		return naccs_report_of_error(name, err);
	struct naccs_report *report = calloc(1, sizeof *report);
	if (report != NULL)
		report->command = strdup(name);
	return report;
}

static char *text_page(const struct cli *cli)
{
	const struct cli_command *command = cli->options.command;
	if (cli->text != NULL)
		return naccs_format("%s", cli->text);
	struct cli_page page;
	cli_page_open(&page, cli_output_has_colour(STDOUT_FILENO));
	bool has_at = (cli->options.given & CLI_BIT(CLI_AT)) != 0;
	if (command != NULL && command->show != NULL)
		command->show(&page, cli->report, has_at ? cli->options.at : naccs_clock_now());
	return cli_page_close(&page);
}

/* Warnings and errors for people; what does not reach them has no other way to be told. */
static void tell_people(const struct cli *cli)
{
	struct cli_page page;
	cli_page_open(&page, cli_output_has_colour(STDERR_FILENO));
	if (cli_output_is_journal(STDERR_FILENO, getenv("JOURNAL_STREAM"))) {
		cli_show_journal(&page, cli->report, cli->options.quiet);
	} else {
		if (!cli->options.quiet)
			cli_show_warnings(&page, cli->report);
		cli_show_errors(&page, cli->report);
	}
	naccs_auto(heap) char *text = cli_page_close(&page);
	if (text != NULL)
		(void)cli_output_write(STDERR_FILENO, "", text, NULL);
}

static void tell_plainly(const struct naccs_error *err)
{
	const char *before = cli_output_is_journal(STDERR_FILENO, getenv("JOURNAL_STREAM")) ? "<3>" : "naccs-cert: ";
	naccs_auto(heap) char *text = naccs_format("%s%s [%s]\n", before, err->message, naccs_status_id(err->status));
	if (text != NULL)
		(void)cli_output_write(STDERR_FILENO, "", text, NULL);
}

/* --check may stand before a command that is none. */
static bool is_check(const struct cli_options *options)
{
	return options->check && (options->command == NULL || options->command == &cli_command_status) && !options->help && !options->version;
}

/* A monitoring system that asked by --check gets its line and its exit code whatever went wrong. */
static void finish_check(struct cli *cli, const struct naccs_error *err)
{
	free(cli->text);
	cli->text = cli_check_unknown(err);
	cli->report->exit_code = CLI_CHECK_UNKNOWN;
}

int cli_finish(struct cli *cli, naccs_status status, const struct naccs_error *err)
{
	struct naccs_error problem = {0};
	if (cli->report == NULL || status != NACCS_OK) {
		naccs_report_free(cli->report);
		cli->report = report_of(cli, status, err);
		if (cli->report != NULL && status != NACCS_OK && is_check(&cli->options))
			finish_check(cli, err);
	}
	naccs_auto(heap) char *text = NULL;
	if (cli->report != NULL)
		text = cli->options.json ? cli_render_json(cli->report, cli->extra) : text_page(cli);
	if (text == NULL) {
		(void)naccs_fail(&problem, NACCS_E_INTERNAL, 0, _("not enough memory to show the result"));
		tell_plainly(status == NACCS_OK ? &problem : err);
		return naccs_status_exit_code(NACCS_E_INTERNAL);
	}
	naccs_status written = cli_output_write(STDOUT_FILENO, _("standard output"), text, &problem);
	if (!cli->options.json && !is_check(&cli->options))
		tell_people(cli);
	if (written == NACCS_OK)
		return cli->report->exit_code;
	tell_plainly(&problem);
	return cli->report->exit_code != 0 ? cli->report->exit_code : naccs_status_exit_code(written);
}

int cli_finish_bare(const struct naccs_error *err)
{
	struct cli_page page;
	cli_page_open(&page, false);
	cli_show_short_help(&page);
	naccs_auto(heap) char *text = cli_page_close(&page);
	if (text != NULL)
		(void)cli_output_write(STDERR_FILENO, "", text, NULL);
	return naccs_status_exit_code(err->status);
}
