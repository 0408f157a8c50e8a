/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the table of commands. */
#include "command.h"

#include "nearest.h"

#include <string.h>

const struct cli_command *const cli_commands[] = {
	&cli_command_obtain,
	&cli_command_renew,
	&cli_command_resume,
	&cli_command_install,
	&cli_command_verify,
	&cli_command_status,
	&cli_command_remove,
	&cli_command_rollback,
	&cli_command_backup,
	&cli_command_restore,
	&cli_command_stores,
	&cli_command_config,
	&cli_command_help,
	&cli_command_version,
	NULL,
};

const struct cli_command *cli_command_find(const char *name)
{
	for (size_t i = 0; cli_commands[i] != NULL; i++)
		if (strcmp(cli_commands[i]->name, name) == 0)
			return cli_commands[i];
	return NULL;
}

const char *cli_command_nearest(const char *name)
{
	const char *names[sizeof cli_commands / sizeof cli_commands[0]] = {NULL};
	for (size_t i = 0; cli_commands[i] != NULL; i++)
		names[i] = cli_commands[i]->name;
	return naccs_text_nearest(name, names);
}
