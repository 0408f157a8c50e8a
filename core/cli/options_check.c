/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see options_check.h. */
#include "options_check.h"

#include "command.h"
#include "names.h"
#include "text.h"
#include "uri.h"

#include <string.h>

naccs_status cli_point_to_help(const struct cli_options *options, struct naccs_error *err)
{
	if (options->command == NULL)
		return naccs_error_hint(err, _("See: naccs-cert --help"));
	return naccs_error_hint(err, _("See: naccs-cert %s --help"), options->command->name);
}

/* Of --to, --from and --store a command takes one: name it to who gave another. */
static const char *store_option_of(const struct cli_command *command)
{
	static const enum cli_option_id ids[] = {CLI_TO, CLI_FROM, CLI_STORE};
	for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++)
		if ((command->options & CLI_BIT(ids[i])) != 0)
			return cli_option_table[ids[i]].name;
	return NULL;
}

naccs_status cli_check_command(const struct cli_options *options, struct naccs_error *err)
{
	const struct cli_command *command = options->command;
	for (size_t i = 0; i < CLI_OPTION_COUNT; i++) {
		if ((options->given & ~(command->options | CLI_COMMON_BITS) & CLI_BIT(i)) == 0)
			continue;
		(void)naccs_fail(err, NACCS_E_USAGE, 0, _("%s takes no --%s"), command->name, cli_option_table[i].name);
		const char *other = store_option_of(command);
		bool is_store = i == CLI_TO || i == CLI_FROM || i == CLI_STORE;
		return is_store && other != NULL ? naccs_error_hint(err, _("Did you mean --%s?"), other) : cli_point_to_help(options, err);
	}
	size_t count = options->arguments.count;
	if (count >= command->least && count <= command->most)
		return NACCS_OK;
	if (command->most == 0)
		(void)naccs_fail(err, NACCS_E_USAGE, 0, _("%s takes no argument, %zu were given"), command->name, count);
	else if (count < command->least)
		(void)naccs_fail(err, NACCS_E_USAGE, 0, _("%s needs %s"), command->name, command->argument);
	else
		(void)naccs_fail(err, NACCS_E_USAGE, 0, _("%s takes one %s, %zu were given"), command->name, command->argument, count);
	return cli_point_to_help(options, err);
}

naccs_status cli_check_store_uri(const char *option, const char *uri, struct naccs_error *err)
{
	switch (naccs_store_uri_flaw(uri)) {
	case NACCS_URI_FINE:
		return NACCS_OK;
	case NACCS_URI_PIN_VALUE:
		(void)naccs_fail(err, NACCS_E_USAGE, 0, _("%s: a PIN must not stand in a store's URI, where other users can see it"),
				 option);
		return naccs_error_hint(
			err, _("Put it into a file that only you can read, and use --pin-file FILE or pin-source=file:… in the URI."));
	case NACCS_URI_PIN_COMMAND:
		(void)naccs_fail(err, NACCS_E_USAGE, 0, _("%s: a PIN is not taken from a command"), option);
		return naccs_error_hint(
			err, _("Put it into a file that only you can read, and use --pin-file FILE or pin-source=file:… in the URI."));
	case NACCS_URI_NO_SCHEME:
		break;
	}
	(void)naccs_fail(err, NACCS_E_USAGE, 0, _("%s: \"%s\" is no store"), option, uri);
	if (naccs_path_is_absolute(uri) || uri[0] == '.')
		return naccs_error_hint(err, _("A store begins with its kind. Did you mean pem:%s?"), uri);
	return naccs_error_hint(err, _("A store begins with its kind, for example pem:/etc/naccs-cert/11110A or nss:firefox."));
}

naccs_status cli_check_values(const struct cli_options *options, struct naccs_error *err)
{
	const struct {
		const char *name;
		const struct cli_list *list;
	} stores[] = {{"--to", &options->to}, {"--from", &options->from}, {"--store", &options->store}};
	for (size_t i = 0; i < sizeof stores / sizeof stores[0]; i++) {
		for (size_t j = 0; j < stores[i].list->count; j++) {
			naccs_status status = cli_check_store_uri(stores[i].name, stores[i].list->items[j], err);
			if (status != NACCS_OK)
				return status;
		}
	}
	if (options->lang != NULL && strcmp(options->lang, "ja") != 0 && strcmp(options->lang, "en") != 0)
		return naccs_fail(err, NACCS_E_USAGE, 0, _("--lang: expected ja or en"));
	if (options->proxy != NULL && naccs_proxy_has_user(options->proxy)) {
		(void)naccs_fail(err, NACCS_E_USAGE, 0, _("--proxy: a user name or password must not stand in the proxy's address"));
		return naccs_error_hint(err, _("Put it into a file that only you can read, and use --proxy-auth FILE."));
	}
	uint8_t digest[32];
	if (options->client_ca_sha256 != NULL && !naccs_unhex(options->client_ca_sha256, digest, sizeof digest))
		return naccs_fail(err, NACCS_E_USAGE, 0, _("--client-ca-sha256: expected the 64 hexadecimal digits of a SHA-256"));
	if (options->host != NULL && !options->online)
		return naccs_fail(err, NACCS_E_USAGE, 0, _("--host: it names the server that --online asks; say --online too"));
	if (options->client_ca_sha256 != NULL && options->trust_client_ca)
		return naccs_fail(err, NACCS_E_USAGE, 0, _("choose one of --client-ca-sha256 and --trust-client-ca"));
	return NACCS_OK;
}
