/* SPDX-License-Identifier: Apache-2.0 */
/* Why: help is made from the tables of commands and options, so it cannot lag behind them. */
#ifndef NACCS_CLI_HELP_H
#define NACCS_CLI_HELP_H

#include "command.h"

/* All commands and the options of every command, or (command not NULL) one command with its own options and examples. */
void cli_show_help(struct cli_page *page, const struct cli_command *command);

/* A few lines for who called the program with nothing. */
void cli_show_short_help(struct cli_page *page);

#endif
