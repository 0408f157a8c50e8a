/* SPDX-License-Identifier: Apache-2.0 */
/* Why: a command is one const struct in one file; main finds it in a table and knows nothing else about it. */
#ifndef NACCS_CLI_COMMAND_H
#define NACCS_CLI_COMMAND_H

#include "options.h"
#include "page.h"
#include "paths.h"
#include "ui.h"

#include <naccscert/naccscert.h>

#include <jansson.h>

/* One run of the program. Members are NULL until they are made; cli_clear() frees them. */
struct cli {
	struct cli_options options;
	struct cli_paths paths;
	struct naccs_config *config;
	const struct naccs_terminal_config *terminal; /* --terminal; NULL without; config's */
	struct cli_ui ui;
	struct naccs *context;
	struct naccs_report *report;
	json_t *extra; /* more members for --json */
	char *text;    /* what people see, where the report has no room for it */
};

struct cli_command {
	const char *name;
	const char *synopsis; /* what follows "naccs-cert NAME" in --help; "" for nothing */
	const char *argument; /* "FILE": what an argument is; NULL: it takes none */
	size_t least, most;   /* arguments */
	uint64_t options;     /* CLI_BIT of those it takes beside the common ones */
	const char *summary;  /* one line, to be translated */
	const char *details;  /* paragraphs, to be translated */
	const char *examples; /* lines, not translated */
	/* Do it: fill cli->report (or extra and text). */
	naccs_status (*run)(struct cli *cli, struct naccs_error *err);
	/* Put cli->report on the page for people; NULL: cli->text is the page. */
	void (*show)(struct cli_page *page, const struct naccs_report *report, int64_t now);
};

/* In the order in which --help lists them; NULL-terminated. */
extern const struct cli_command *const cli_commands[];
extern const struct cli_command cli_command_backup, cli_command_config, cli_command_help, cli_command_install, cli_command_obtain, cli_command_remove,
	cli_command_renew, cli_command_restore, cli_command_resume, cli_command_rollback, cli_command_status, cli_command_stores, cli_command_verify, cli_command_version;

const struct cli_command *cli_command_find(const char *name); /* NULL: there is none */
const char *cli_command_nearest(const char *name);	      /* NULL: none is near */

#endif
