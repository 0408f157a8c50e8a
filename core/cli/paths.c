/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see paths.h. */
#include "paths.h"

#include "text.h"

#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CONFIG_NAME "naccs-cert.conf"

struct cli_surroundings cli_surroundings_here(char **ret_home)
{
	struct cli_surroundings here = {
		.user = geteuid(),
		.home = getenv("HOME"),
		.xdg_config_home = getenv("XDG_CONFIG_HOME"),
		.xdg_state_home = getenv("XDG_STATE_HOME"),
	};
	*ret_home = NULL;
	if (here.home == NULL && here.user != 0) {
		const struct passwd *entry = getpwuid(here.user);
		if (entry != NULL && entry->pw_dir != NULL)
			*ret_home = strdup(entry->pw_dir);
		here.home = *ret_home;
	}
	return here;
}

static bool is_absolute(const char *path)
{
	return path != NULL && path[0] == '/';
}

/* Root's path, else below the XDG folder, else below the home. NULL: nowhere, or memory is short. */
static char *place(const struct cli_surroundings *here, const char *for_root, const char *xdg, const char *below_home, const char *rest)
{
	if (here->user == 0)
		return naccs_format("%s%s", for_root, rest);
	if (is_absolute(xdg))
		return naccs_format("%s/naccs-cert%s", xdg, rest);
	return is_absolute(here->home) ? naccs_format("%s/%s/naccs-cert%s", here->home, below_home, rest) : NULL;
}

static char *hooks_beside(const char *config)
{
	const char *slash = strrchr(config, '/');

	return slash == NULL ? strdup("hooks") : naccs_format("%.*s/hooks", (int)(slash - config), config);
}

naccs_status cli_paths_find(const struct cli_surroundings *here, const char *config, const char *state_dir, struct cli_paths *ret,
			    struct naccs_error *err)
{
	struct cli_paths paths = {.is_config_chosen = config != NULL};
	paths.config = config != NULL ? strdup(config) : place(here, "/etc/naccs-cert", here->xdg_config_home, ".config", "/" CONFIG_NAME);
	paths.state_dir =
		state_dir != NULL ? strdup(state_dir) : place(here, "/var/lib/naccs-cert", here->xdg_state_home, ".local/state", "");
	paths.hooks = paths.config != NULL ? hooks_beside(paths.config) : NULL;
	if (paths.config != NULL && paths.state_dir != NULL && paths.hooks != NULL) {
		*ret = paths;
		return NACCS_OK;
	}
	cli_paths_clear(&paths);
	(void)naccs_fail(err, NACCS_E_USAGE, 0, _("cannot tell where configuration and state lie: this user has no home directory"));
	return naccs_error_hint(err, _("Set HOME, or give --config FILE and --state-dir DIR."));
}

void cli_paths_clear(struct cli_paths *paths)
{
	free(paths->config);
	free(paths->state_dir);
	free(paths->hooks);
	*paths = (struct cli_paths){0};
}
