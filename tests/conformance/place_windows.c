/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see place.h. Backends are linked in, and found by their scheme. */
#include "place.h"

#include "builtin_backends.h"
#include "file.h"
#include "wide.h"

#include <windows.h>

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

bool work_make(char ret[WORK_SIZE])
{
	struct naccs_error err = {0};
	wchar_t folder[MAX_PATH];
	uint64_t random = 0;
	naccs_auto(heap) char *absolute = NULL;

	/* The wrapper's drive in memory: thousands of flushes, and no power cut to survive. */
	if (GetFileAttributesW(L"T:\\") != INVALID_FILE_ATTRIBUTES)
		wcscpy(folder, L"T:\\");
	else if (GetTempPathW(MAX_PATH, folder) == 0)
		return false;
	if (getrandom(&random, sizeof random, 0) < 0)
		return false;
	naccs_auto(heap) char *text = naccs_wide_text(folder);
	if (text == NULL || naccs_path_absolute(text, &absolute, &err) != NACCS_OK)
		return false;
	if (absolute[strlen(absolute) - 1] == '/')
		absolute[strlen(absolute) - 1] = '\0';
	(void)snprintf(ret, WORK_SIZE, "%s/naccs-conformance-%016" PRIx64, absolute, random);
	return mkdirat(AT_FDCWD, ret, 0700) == 0;
}

void work_remove(const char *work)
{
	struct naccs_error err = {0};

	if (naccs_dir_remove(AT_FDCWD, work, &err) != NACCS_OK)
		(void)fprintf(stderr, "%s\n", err.message);
}

void work_isolate(const char *work)
{
	(void)work;
}

const struct naccs_backend *backend_load(const char *module, int where)
{
	(void)where;
	for (const struct naccs_builtin *builtin = naccs_builtin_backends; builtin->scheme != NULL; builtin++) {
		if (strcmp(builtin->scheme, module) == 0)
			return builtin->entry();
	}
	(void)fprintf(stderr, "naccs-conformance: there is no backend for %s:\n", module);
	return NULL;
}
