/* SPDX-License-Identifier: Apache-2.0 */
/* Why: where the configuration and the state lie: as told, else in the user's folders, and in the system's places for root. */
#ifndef NACCS_CLI_PATHS_H
#define NACCS_CLI_PATHS_H

#include "error.h"
#include "surroundings.h"

#include <stdbool.h>

struct cli_paths {
	char *config; /* file */
	char *state_dir;
	char *hooks; /* folder hooks/ beside the configuration file */
	bool is_config_chosen; /* by --config: then it must exist */
};

/* config and state_dir (may be NULL) are the options' values. NACCS_E_USAGE when a home is needed and there is none. */
naccs_status cli_paths_find(const struct cli_surroundings *here, const char *config, const char *state_dir, struct cli_paths *ret,
			    struct naccs_error *err);
void cli_paths_clear(struct cli_paths *paths);

#endif
