/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the commands help and version, which --help and --version stand for. */
#include "help.h"
#include "nearest.h"
#include "options_check.h"
#include "text.h"

#include <stdlib.h>

static naccs_status no_memory(struct naccs_error *err)
{
	return naccs_fail(err, NACCS_E_INTERNAL, 0, _("not enough memory for the help text"));
}

/* What is explained: the command before --help, or the one named after help. */
static naccs_status find_topic(const struct cli_options *options, const struct cli_command **ret, struct naccs_error *err)
{
	*ret = options->command;
	if (options->command != &cli_command_help || options->arguments.count == 0)
		return NACCS_OK;
	*ret = cli_command_find(options->arguments.items[0]);
	if (*ret != NULL)
		return NACCS_OK;
	(void)naccs_fail(err, NACCS_E_USAGE, 0, _("help: there is no such command"));
	return cli_point_to_help(options, err);
}

static naccs_status run_help(struct cli *cli, struct naccs_error *err)
{
	const struct cli_command *topic = NULL;
	naccs_status status = find_topic(&cli->options, &topic, err);
	if (status != NACCS_OK)
		return status;
	struct cli_page page;
	cli_page_open(&page, false);
	cli_show_help(&page, topic);
	cli->text = cli_page_close(&page);
	if (cli->text == NULL)
		return no_memory(err);
	cli->extra = json_pack("{s:s}", "help", cli->text);
	return cli->extra == NULL ? no_memory(err) : NACCS_OK;
}

static naccs_status run_version(struct cli *cli, struct naccs_error *err)
{
	cli->text = naccs_format("naccs-cert %s\n", naccs_version());
	cli->extra = json_pack("{s:s}", "version", naccs_version());
	return cli->text == NULL || cli->extra == NULL ? no_memory(err) : NACCS_OK;
}

const struct cli_command cli_command_help = {
	.name = "help",
	.synopsis = "[COMMAND]",
	.argument = "COMMAND",
	.most = 1,
	.summary = N_("explain naccs-cert or a command"),
	.run = run_help,
};

const struct cli_command cli_command_version = {
	.name = "version",
	.synopsis = "",
	.summary = N_("print the version"),
	.run = run_version,
};
