/* SPDX-License-Identifier: Apache-2.0 */
/* Why: from a URI to the stores that it means. A URI may come from a configuration file of another program, so it gets no power beyond
 * choosing a store. */
#include "plugin.h"

#include "config.h"
#include "text.h"
#include "uri.h"

#include <naccscert/naccscert.h>

#include <ctype.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

NACCS_DEFINE_CLEANUP(struct naccs_config *, naccs_config_free, config)

void plugin_request_clear(struct plugin_request *request)
{
	for (size_t i = 0; i < request->count; i++)
		free(request->uris[i]);
	free(request->uris);
	*request = (struct plugin_request){0};
}

static naccs_status add(struct plugin_request *request, const char *uri, struct naccs_error *err)
{
	char **longer = reallocarray(request->uris, request->count + 2, sizeof *longer);

	if (longer == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
	request->uris = longer;
	longer[request->count + 1] = NULL;
	longer[request->count] = strdup(uri);
	if (longer[request->count] == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
	request->count++;
	return NACCS_OK;
}

static int hex_digit(char digit)
{
	static const char digits[] = "0123456789abcdef";
	const char *found = digit != '\0' ? strchr(digits, tolower((unsigned char)digit)) : NULL;

	return found != NULL ? (int)(found - digits) : -1;
}

/* Does it name a module, in whatever spelling a library might read? */
static bool has_module_path(const char *uri)
{
	naccs_auto(heap) char *plain = strdup(uri);
	char *to = plain;

	if (plain == NULL)
		return true; /* rather refuse */
	for (const char *at = uri; *at != '\0'; at++) {
		if (at[0] == '%' && hex_digit(at[1]) >= 0 && hex_digit(at[2]) >= 0) {
			*to++ = (char)(hex_digit(at[1]) * 16 + hex_digit(at[2]));
			at += 2;
		} else {
			*to++ = *at;
		}
	}
	*to = '\0';
	return strcasestr(plain, "module-path") != NULL;
}

static naccs_status check_store(const char *uri, struct naccs_error *err)
{
	if (has_module_path(uri)) {
		(void)naccs_fail(err, NACCS_E_REFUSED, 0, _("a URI that is given to OpenSSL must not name a module to load (module-path)"));
		return naccs_error_hint(
			err, _("Put the store's URI into a section of the configuration of naccs-cert, and name that: naccs:TERMINAL"));
	}
	switch (naccs_store_uri_flaw(uri)) {
	case NACCS_URI_PIN_VALUE:
	case NACCS_URI_PIN_COMMAND:
		(void)naccs_fail(err, NACCS_E_USAGE, 0, _("a PIN must not stand in a store's URI, nor come from a command"));
		return naccs_error_hint(err, _("Put it into a file that only you can read: pin-source=file:/…"));
	case NACCS_URI_NO_SCHEME:
		return naccs_fail(err, NACCS_E_USAGE, 0, _("\"%s\" is no store"), uri);
	case NACCS_URI_FINE:
		break;
	}
	return NACCS_OK;
}

/* The user's own configuration, where there is one; else the machine's. NULL when memory is short. */
static char *usual_configuration(void)
{
	const char *xdg = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
	naccs_auto(heap) char *own = NULL;

	if (geteuid() != 0 && xdg != NULL && xdg[0] == '/')
		own = naccs_format("%s/naccs-cert/naccs-cert.conf", xdg);
	else if (geteuid() != 0 && home != NULL && home[0] == '/')
		own = naccs_format("%s/.config/naccs-cert/naccs-cert.conf", home);
	if (own != NULL && access(own, F_OK) == 0)
		return naccs_take(&own);
	return strdup("/etc/naccs-cert/naccs-cert.conf");
}

static naccs_status read_terminal(const struct plugin *plugin, const char *name, struct plugin_request *ret, struct naccs_error *err)
{
	naccs_auto(config) struct naccs_config *config = NULL;
	naccs_auto(heap) char *path = plugin->configuration != NULL ? strdup(plugin->configuration) : usual_configuration();
	const struct naccs_terminal_config *terminal;

	if (path == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
	naccs_status status = naccs_config_load(path, &config, err);
	if (status == NACCS_OK)
		status = naccs_config_terminal(config, name, &terminal, err);
	for (size_t i = 0; status == NACCS_OK && terminal->stores != NULL && terminal->stores[i] != NULL; i++)
		status = add(ret, terminal->stores[i], err);
	if (status == NACCS_OK && ret->count == 0)
		status = naccs_fail(err, NACCS_E_CONFIG, 0, _("%s: the terminal %s has no store"), path, name);
	return status;
}

naccs_status plugin_request_read(const struct plugin *plugin, const char *uri, struct plugin_request *ret, struct naccs_error *err)
{
	const char *rest = strncasecmp(uri, PLUGIN_SCHEME ":", strlen(PLUGIN_SCHEME ":")) == 0 ? uri + strlen(PLUGIN_SCHEME ":") : "";
	naccs_status status;

	if (rest[0] == '\0')
		return naccs_fail(err, NACCS_E_USAGE, 0, _("write naccs: and a store's URI, or a terminal's name"));
	if (strchr(rest, ':') == NULL)
		return read_terminal(plugin, rest, ret, err);
	status = check_store(rest, err);
	return status == NACCS_OK ? add(ret, rest, err) : status;
}
