/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the command config: what the configuration says, and whether the files that it names can serve. */
#include "cleanup.h"
#include "codes.h"
#include "file.h"
#include "options_check.h"
#include "scheduled_task.h"
#include "session.h"
#include "systemd.h"
#include "text.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

static naccs_status no_memory(struct naccs_error *err)
{
	return naccs_fail(err, NACCS_E_INTERNAL, 0, _("not enough memory to show the configuration"));
}

/* A codes file may be gone, for codes serve once; one that is there must be private and readable. */
static naccs_status check_terminal(const struct naccs_terminal_config *terminal, struct naccs_error *err)
{
	if (terminal->codes == NULL)
		return NACCS_OK;
	struct naccs_codes codes = {0};
	naccs_status status = naccs_codes_read(terminal->codes, &codes, err);
	naccs_codes_clear(&codes);
	if (status == NACCS_E_FILE_MISSING)
		return NACCS_OK;
	return status == NACCS_OK ? NACCS_OK : naccs_error_prefix(err, "[terminal %s] codes", terminal->name);
}

/* The files of [portal] must be there, as every run would need them. (The anchors were read when the session was opened.) */
static naccs_status check_portal(const struct naccs_config *config, struct naccs_error *err)
{
	naccs_auto(secret) struct naccs_secret *login = NULL;
	naccs_status status = NACCS_OK;
	if (config->proxy_auth != NULL)
		status = naccs_file_read_private(config->proxy_auth, NACCS_SMALL_FILE_LIMIT, &login, err);
	if (status != NACCS_OK)
		return naccs_error_prefix(err, "[portal] proxy-auth");
	naccs_auto(secret) struct naccs_secret *portal = NULL;
	if (config->portal != NULL && naccs_file_read(AT_FDCWD, config->portal, NACCS_SMALL_FILE_LIMIT, &portal, err) != NACCS_OK)
		return naccs_error_prefix(err, "[portal] portal");
	return NACCS_OK;
}

static naccs_status run_check(struct cli *cli, struct naccs_error *err)
{
	const struct naccs_config *config = cli->config;
	naccs_status checked = check_portal(config, err);
	if (checked != NACCS_OK)
		return checked;
	for (size_t i = 0; i < config->terminal_count; i++) {
		naccs_status status = check_terminal(&config->terminals[i], err);
		if (status != NACCS_OK)
			return status;
	}
	if (config->path == NULL)
		cli->text = naccs_format(_("There is no %s; defaults are used.\n"), cli->paths.config);
	else
		cli->text = naccs_format(_("%s is good; terminals: %zu.\n"), config->path, config->terminal_count);
	cli->extra = json_pack("{s:s?,s:i}", "config_file", config->path, "terminals", (int)config->terminal_count);
	return cli->text == NULL || cli->extra == NULL ? no_memory(err) : NACCS_OK;
}

static void show_key(struct cli_page *page, const char *key, const char *value)
{
	if (value == NULL)
		return;
	cli_page_print(page, "%s = ", key);
	cli_page_word(page, CLI_PLAIN, 0, value);
	cli_page_end_line(page);
}

static void show_list(struct cli_page *page, const char *key, char *const *list)
{
	for (size_t i = 0; list != NULL && list[i] != NULL; i++)
		show_key(page, key, list[i]);
}

static void show_terminal(struct cli_page *page, const struct naccs_terminal_config *terminal)
{
	cli_page_print(page, "\n[terminal ");
	cli_page_word(page, CLI_PLAIN, 0, terminal->name);
	cli_page_print(page, "]\n");
	show_key(page, "codes", terminal->codes);
	show_list(page, "store", terminal->stores);
	show_list(page, "deploy-hook", terminal->deploy_hooks);
	if (terminal->renew_before_seconds > 0)
		cli_page_print(page, "renew-before = %dd\n", (int)(terminal->renew_before_seconds / (24 * 60 * 60)));
	show_key(page, "group", terminal->group);
	show_key(page, "client-ca-sha256", terminal->client_ca_sha256);
}

/* As a configuration file would say it. */
static char *config_text(const struct cli *cli)
{
	const struct naccs_config *config = cli->config;
	struct cli_page page;
	cli_page_open(&page, false);
	show_key(&page, _("# configuration"), config->path == NULL ? _("none") : config->path);
	show_key(&page, _("# state"), cli->paths.state_dir);
	cli_page_print(&page, "\n[portal]\n");
	show_key(&page, "proxy", config->proxy);
	show_key(&page, "proxy-auth", config->proxy_auth);
	show_list(&page, "anchor", config->anchors);
	show_key(&page, "portal", config->portal);
	show_list(&page, "connect-to", config->connect_to);
	for (size_t i = 0; i < config->terminal_count; i++)
		show_terminal(&page, &config->terminals[i]);
	return cli_page_close(&page);
}

static json_t *list_json(char *const *list)
{
	json_t *array = json_array();
	for (size_t i = 0; list != NULL && list[i] != NULL; i++)
		(void)json_array_append_new(array, json_string(list[i]));
	return array;
}

static json_t *terminal_json(const struct naccs_terminal_config *terminal)
{
	return json_pack("{s:s,s:s?,s:o,s:o,s:o,s:s?,s:s?}", "name", terminal->name, "codes", terminal->codes, "store",
			 list_json(terminal->stores), "deploy-hook", list_json(terminal->deploy_hooks), "renew-before-seconds",
			 terminal->renew_before_seconds > 0 ? json_integer(terminal->renew_before_seconds) : json_null(), "group",
			 terminal->group, "client-ca-sha256", terminal->client_ca_sha256);
}

static json_t *config_json(const struct cli *cli)
{
	const struct naccs_config *config = cli->config;
	json_t *terminals = json_array();
	for (size_t i = 0; i < config->terminal_count; i++)
		(void)json_array_append_new(terminals, terminal_json(&config->terminals[i]));
	return json_pack("{s:s?,s:s,s:{s:s?,s:s?,s:o,s:s?,s:o},s:o}", "config_file", config->path, "state_dir", cli->paths.state_dir,
			 "portal", "proxy", config->proxy, "proxy-auth", config->proxy_auth, "anchor", list_json(config->anchors), "portal",
			 config->portal, "connect-to", list_json(config->connect_to), "terminals", terminals);
}

/* What starts the daily renewal on this system. */
static naccs_status run_schedule(struct cli *cli, struct naccs_error *err)
{
	bool is_systemd = cli->options.systemd;
	if (!is_systemd && !cli->options.scheduled_task)
		return naccs_fail(err, NACCS_E_USAGE, 0, _("--output goes with --systemd or --scheduled-task"));
	if (cli->options.arguments.count > 0 || (is_systemd && cli->options.scheduled_task))
		return naccs_fail(err, NACCS_E_USAGE, 0, _("config: choose one of check, show, --systemd and --scheduled-task"));
	naccs_status status = cli_session_open(cli, err);
	if (status != NACCS_OK)
		return status;
	return is_systemd ? cli_systemd_run(cli, err) : cli_scheduled_task_run(cli, err);
}

static naccs_status run(struct cli *cli, struct naccs_error *err)
{
	if (cli->options.systemd || cli->options.scheduled_task || cli->options.output != NULL)
		return run_schedule(cli, err);
	if (cli->options.arguments.count == 0) {
		(void)naccs_fail(err, NACCS_E_USAGE, 0, _("%s needs %s"), cli->options.command->name, cli->options.command->argument);
		return cli_point_to_help(&cli->options, err);
	}
	const char *what = cli->options.arguments.items[0];
	bool is_show = strcmp(what, "show") == 0;
	if (!is_show && strcmp(what, "check") != 0) {
		(void)naccs_fail(err, NACCS_E_USAGE, 0, _("config: expected check or show"));
		return cli_point_to_help(&cli->options, err);
	}
	naccs_status status = is_show ? cli_session_configure(cli, err) : cli_session_open(cli, err);
	if (status != NACCS_OK)
		return status;
	if (!is_show)
		return run_check(cli, err);
	cli->text = config_text(cli);
	cli->extra = config_json(cli);
	return cli->text == NULL || cli->extra == NULL ? no_memory(err) : NACCS_OK;
}

const struct cli_command cli_command_config = {
	.name = "config",
	.synopsis = "check|show|--systemd|--scheduled-task [--output DIR]",
	.argument = "check|show",
	.least = 0,
	.most = 1,
	.options = CLI_BIT(CLI_USER) | CLI_BIT(CLI_SYSTEMD) | CLI_BIT(CLI_SCHEDULED_TASK) | CLI_BIT(CLI_OUTPUT),
	.summary = N_("check or show the configuration"),
	.details = N_("check: read the configuration and the files that it names, and the permissions of those with secrets. show: what it "
		      "says,\n"
		      "with paths made absolute, and where the state lies. Secrets are never shown, only the names of their files.\n"
		      "--systemd: the drop-in by which the sandbox of naccs-cert-renew.service lets the stores be written. --scheduled-task: the daily\n"
		      "renewal as a task for Windows' Task Scheduler."),
	.examples = "naccs-cert config check\n"
		    "naccs-cert config show --config ./naccs-cert.conf --json\n"
		    "naccs-cert config --systemd --output /etc/systemd/system/naccs-cert-renew.service.d\n"
		    "naccs-cert config --scheduled-task --output .",
	.run = run,
};
