/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: the program: read the command line, let the command run, show its report, end with its exit code.
 * No setlocale(): everything here is UTF-8, and the language is chosen apart from it (text.h).
 */
#include "arguments.h"
#include "finish.h"
#include "help.h"
#include "output.h"
#include "session.h"

static naccs_status run(struct cli *cli, int argc, char **argv, struct naccs_error *err)
{
	naccs_status status = cli_options_parse(argc, argv, &cli->options, err);
	if (status != NACCS_OK)
		return status;
	if (cli->options.help)
		return cli_command_help.run(cli, err);
	if (cli->options.version)
		return cli_command_version.run(cli, err);
	return cli->options.command->run(cli, err);
}

int main(int argc, char **argv)
{
	struct cli cli = {0};
	struct naccs_error err = {0};
	naccs_process_init();
	cli_output_guard();
	argv = cli_arguments(&argc, argv);
	if (argv == NULL)
		return naccs_status_exit_code(NACCS_E_INTERNAL);
	cli_options_glance(argc, argv, &cli.options);
	naccs_status status = run(&cli, argc, argv, &err);
	bool is_bare = argc <= 1;
	int exit_code = is_bare ? cli_finish_bare(&err) : cli_finish(&cli, status, &err);
	cli_clear(&cli);
	return exit_code;
}
