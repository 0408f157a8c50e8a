/* SPDX-License-Identifier: Apache-2.0 */
/* Why: what the system tells about the user who runs this: surroundings.c by the XDG base directories, surroundings_windows.c by Windows'
 * known folders. */
#ifndef NACCS_CLI_SURROUNDINGS_H
#define NACCS_CLI_SURROUNDINGS_H

#include "text.h"

#include <stdbool.h>
#include <sys/types.h>

/* What decides, as parameters for the tests. Folders may be NULL; those of configuration and state count only when absolute, as the XDG
 * specification says. */
struct cli_surroundings {
	bool is_root;
	const char *home;
	const char *config_home; /* $XDG_CONFIG_HOME; %APPDATA% */
	const char *state_home;	 /* $XDG_STATE_HOME; %LOCALAPPDATA% */
	char *held[3];		 /* of these, what is ours to free */
};

/* This process's. */
struct cli_surroundings cli_surroundings_here(void);
void cli_surroundings_clear(struct cli_surroundings *here);
static inline void naccs_cleanup_surroundings(struct cli_surroundings *here)
{
	cli_surroundings_clear(here);
}

/* The URI of the store where a person would look for a certificate first. Caller frees; NULL: there is none. */
char *cli_usual_store(const struct cli_surroundings *here);

/* The language that this user reads. */
enum naccs_language cli_users_language(void);

#endif
