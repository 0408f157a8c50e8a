/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see help.h. */
#include "help.h"

#include "cleanup.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

#define INDENT "  "
#define WIDEST_OPTION 40

static void show_option(struct cli_page *page, const struct cli_option *option)
{
	naccs_auto(heap) char *letter = option->letter == '\0' ? naccs_format("    ") : naccs_format("-%c, ", option->letter);
	naccs_auto(heap) char *words = letter == NULL
					       ? NULL
					       : naccs_format("%s--%s%s%s", letter, option->name, option->argument == NULL ? "" : " ",
							      option->argument == NULL ? "" : option->argument);
	cli_page_print(page, INDENT);
	cli_page_word(page, CLI_PLAIN, WIDEST_OPTION, words);
	cli_page_print(page, " %s\n", _(option->help));
}

static void show_options(struct cli_page *page, uint64_t bits)
{
	for (size_t i = 0; i < CLI_OPTION_COUNT; i++)
		if ((bits & CLI_BIT(i)) != 0)
			show_option(page, &cli_option_table[i]);
}

static void show_commands(struct cli_page *page)
{
	for (size_t i = 0; cli_commands[i] != NULL; i++) {
		cli_page_print(page, INDENT);
		cli_page_word(page, CLI_STRONG, 10, cli_commands[i]->name);
		cli_page_print(page, " %s\n", _(cli_commands[i]->summary));
	}
}

static void show_usage(struct cli_page *page)
{
	cli_page_print(page, "%s naccs-cert [OPTIONS] COMMAND [ARGUMENTS]\n\n", _("Usage:"));
	cli_page_print(page, "%s\n", _("Commands:"));
	show_commands(page);
}

void cli_show_short_help(struct cli_page *page)
{
	show_usage(page);
	cli_page_print(page, "\n%s\n", _("See: naccs-cert COMMAND --help"));
}

/* Each line indented. */
static void show_lines(struct cli_page *page, const char *lines)
{
	while (lines[0] != '\0') {
		size_t length = strcspn(lines, "\n");
		cli_page_print(page, INDENT "%.*s\n", (int)length, lines);
		lines += length + (lines[length] == '\n' ? 1 : 0);
	}
}

static void show_command(struct cli_page *page, const struct cli_command *command)
{
	cli_page_print(page, "%s naccs-cert %s%s%s\n\n", _("Usage:"), command->name, command->synopsis[0] == '\0' ? "" : " ",
		       command->synopsis);
	if (command->details != NULL)
		cli_page_print(page, "%s\n", _(command->details));
	else
		cli_page_print(page, "%s\n", _(command->summary));
	if (command->options != 0) {
		cli_page_print(page, "\n%s\n", _("Options:"));
		show_options(page, command->options);
	}
	if (command->examples != NULL) {
		cli_page_print(page, "\n%s\n", _("Examples:"));
		show_lines(page, command->examples);
	}
	cli_page_print(page, "\n%s\n", _("Options of every command: naccs-cert --help"));
}

void cli_show_help(struct cli_page *page, const struct cli_command *command)
{
	if (command != NULL && command != &cli_command_help && command != &cli_command_version) {
		show_command(page, command);
		return;
	}
	cli_page_print(page, "%s\n\n",
		       _("naccs-cert obtains a NACCS digital certificate, installs it where programs use it, and verifies every install."));
	show_usage(page);
	cli_page_print(page, "\n%s\n", _("Options of every command:"));
	show_options(page, CLI_COMMON_BITS);
	cli_page_print(page, "\n%s\n", _("Exit codes:"));
	show_lines(page, _("0 done, or nothing due   20 the PKCS#12 is safe, but a store failed   21 not verified   22 a hook failed\n"
			   "64 usage   65 the PKCS#12 is bad   69 portal unreachable or untrusted   70 internal fault\n"
			   "73 store can't be opened   74 reading or writing failed   75 try again later   76 portal not understood\n"
			   "77 refused   78 configuration"));
	cli_page_print(page, "\n%s\n", _("More: naccs-cert COMMAND --help, naccs-cert(1), naccs-cert.conf(5)"));
}
