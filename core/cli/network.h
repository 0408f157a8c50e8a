/* SPDX-License-Identifier: Apache-2.0 */
/* Why: how the network is reached, from options and configuration, for the commands that use it. */
#ifndef NACCS_CLI_NETWORK_H
#define NACCS_CLI_NETWORK_H

#include "command.h"
#include "secret.h"

/* Options first, then the configuration. *ret_proxy_auth is a new secret or NULL; *ret borrows it, and strings of cli. */
naccs_status cli_network_options(const struct cli *cli, struct naccs_secret **ret_proxy_auth, struct naccs_network *ret, struct naccs_error *err);

#endif
