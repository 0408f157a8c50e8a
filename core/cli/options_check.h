/* SPDX-License-Identifier: Apache-2.0 */
/* Why: what was read is judged apart from the reading: does the command take it, can the values be meant? */
#ifndef NACCS_CLI_OPTIONS_CHECK_H
#define NACCS_CLI_OPTIONS_CHECK_H

#include "options.h"

/* The hint of a usage error that has no better one: the command's help. Returns err's status. */
naccs_status cli_point_to_help(const struct cli_options *options, struct naccs_error *err);

/* Does the command take these options, and so many arguments? NACCS_E_USAGE. */
naccs_status cli_check_command(const struct cli_options *options, struct naccs_error *err);

/* Are the values possible, by themselves and together? NACCS_E_USAGE. */
naccs_status cli_check_values(const struct cli_options *options, struct naccs_error *err);

/* Is this a URI that a store could have, with no secret in it? option is for the message ("--to"). */
naccs_status cli_check_store_uri(const char *option, const char *uri, struct naccs_error *err);

#endif
