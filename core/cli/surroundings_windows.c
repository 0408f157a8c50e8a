/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see surroundings.h. This file: Windows. Paths are UTF-8 with '/' inside the program. */
#include "surroundings.h"

#include "windows/wide.h"

#include <windows.h>

#include <knownfolders.h>
#include <shlobj.h>
#include <stdlib.h>
#include <string.h>

/* NULL: Windows knows none, or memory is short. */
static char *known_folder(const KNOWNFOLDERID *folder)
{
	wchar_t *wide = NULL;
	char *path = NULL;

	if (SHGetKnownFolderPath(folder, KF_FLAG_DONT_VERIFY, NULL, &wide) == S_OK)
		path = naccs_wide_text(wide);
	CoTaskMemFree(wide);
	for (char *at = path; at != NULL && *at != '\0'; at++)
		if (*at == '\\')
			*at = '/';
	return path;
}

struct cli_surroundings cli_surroundings_here(void)
{
	struct cli_surroundings here = {
		.held = {known_folder(&FOLDERID_Profile), known_folder(&FOLDERID_RoamingAppData), known_folder(&FOLDERID_LocalAppData)},
	};

	here.home = here.held[0];
	here.config_home = here.held[1];
	here.state_home = here.held[2];
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
	(void)here;
	return strdup("windows:user");
}

enum naccs_language cli_users_language(void)
{
	return PRIMARYLANGID(GetUserDefaultUILanguage()) == LANG_JAPANESE ? NACCS_JAPANESE : NACCS_ENGLISH;
}
