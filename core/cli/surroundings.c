/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see surroundings.h. */
#include "surroundings.h"

#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct cli_surroundings cli_surroundings_here(void)
{
	struct cli_surroundings here = {
		.is_root = geteuid() == 0,
		.home = getenv("HOME"),
		.config_home = getenv("XDG_CONFIG_HOME"),
		.state_home = getenv("XDG_STATE_HOME"),
	};
	if (here.home == NULL && !here.is_root) {
		const struct passwd *entry = getpwuid(geteuid());
		if (entry != NULL && entry->pw_dir != NULL)
			here.held[0] = strdup(entry->pw_dir);
		here.home = here.held[0];
	}
	return here;
}

void cli_surroundings_clear(struct cli_surroundings *here)
{
	for (size_t i = 0; i < sizeof here->held / sizeof here->held[0]; i++)
		free(here->held[i]);
	*here = (struct cli_surroundings){0};
}

char *cli_usual_store(const struct cli_surroundings *here)
{
	if (here->is_root)
		return naccs_format("pem:/etc/naccs-cert/credential");
	return here->home != NULL && here->home[0] == '/' ? naccs_format("pem:%s/naccs-cert", here->home) : NULL;
}

enum naccs_language cli_users_language(void)
{
	static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		const char *value = getenv(names[i]);
		if (value != NULL && value[0] != '\0')
			return naccs_text_language_from_locale(value);
	}
	return naccs_text_language_from_locale(NULL);
}
