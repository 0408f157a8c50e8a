/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see paths.h. */
#include "paths.h"

#include "names.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

#define CONFIG_NAME "naccs-cert.conf"

/* Root's path, else below the user's folder, else below the home. NULL: nowhere, or memory is short. */
static char *place(const struct cli_surroundings *here, const char *for_root, const char *folder, const char *below_home, const char *rest)
{
	if (here->is_root)
		return naccs_format("%s%s", for_root, rest);
	if (naccs_path_is_absolute(folder))
		return naccs_format("%s/naccs-cert%s", folder, rest);
	return naccs_path_is_absolute(here->home) ? naccs_format("%s/%s/naccs-cert%s", here->home, below_home, rest) : NULL;
}

static char *hooks_beside(const char *config)
{
	return naccs_format("%.*shooks", (int)(naccs_path_last_part(config) - config), config);
}

naccs_status cli_paths_find(const struct cli_surroundings *here, const char *config, const char *state_dir, struct cli_paths *ret,
			    struct naccs_error *err)
{
	struct cli_paths paths = {.is_config_chosen = config != NULL};
	paths.config = config != NULL ? strdup(config) : place(here, "/etc/naccs-cert", here->config_home, ".config", "/" CONFIG_NAME);
	paths.state_dir =
		state_dir != NULL ? strdup(state_dir) : place(here, "/var/lib/naccs-cert", here->state_home, ".local/state", "");
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
