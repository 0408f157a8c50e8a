/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see network.h. */
#include "network.h"

#include "session.h"
#include "text.h"

naccs_status cli_network_options(const struct cli *cli, struct naccs_secret **ret_proxy_auth, struct naccs_network *ret, struct naccs_error *err)
{
	const struct cli_options *options = &cli->options;
	const struct naccs_config *config = cli->config;
	const char *proxy_auth = options->proxy_auth != NULL ? options->proxy_auth : config->proxy_auth;

	if (proxy_auth != NULL) {
		naccs_status status = cli_read_password_file(proxy_auth, ret_proxy_auth, err);
		if (status != NACCS_OK)
			return naccs_error_prefix(err, _("the proxy's user:password"));
	}
	*ret = (struct naccs_network){
		.proxy = options->proxy != NULL ? options->proxy : config->proxy,
		.proxy_auth = *ret_proxy_auth,
		.connect_to = options->connect_to.count > 0 ? options->connect_to.items : (const char *const *)config->connect_to,
		.portal_file = options->portal != NULL ? options->portal : config->portal,
		.timeout_seconds = (options->given & CLI_BIT(CLI_TIMEOUT)) != 0 ? (options->timeout_ms + 999) / 1000 : 0,
	};
	return NACCS_OK;
}
