/* SPDX-License-Identifier: Apache-2.0 */
/* Why: where the configuration and the state lie: as told, else by the XDG base directories, and in the system's places for root. */
#ifndef NACCS_CLI_PATHS_H
#define NACCS_CLI_PATHS_H

#include "error.h"

#include <stdbool.h>
#include <sys/types.h>

struct cli_paths {
	char *config; /* file */
	char *state_dir;
	char *hooks; /* folder hooks/ beside the configuration file */
	bool is_config_chosen; /* by --config: then it must exist */
};

/* What decides, as parameters for the tests. Variables may be NULL; the XDG ones count only when absolute, as their specification says. */
struct cli_surroundings {
	uid_t user;
	const char *home;	     /* $HOME */
	const char *xdg_config_home; /* $XDG_CONFIG_HOME */
	const char *xdg_state_home;  /* $XDG_STATE_HOME */
};

/* This process's. *ret_home: the caller frees it after use; it backs home where $HOME is not set. */
struct cli_surroundings cli_surroundings_here(char **ret_home);

/* config and state_dir (may be NULL) are the options' values. NACCS_E_USAGE when a home is needed and there is none. */
naccs_status cli_paths_find(const struct cli_surroundings *here, const char *config, const char *state_dir, struct cli_paths *ret,
			    struct naccs_error *err);
void cli_paths_clear(struct cli_paths *paths);

#endif
