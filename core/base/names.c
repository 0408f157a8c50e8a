/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see names.h. */
#include "names.h"

#include "cleanup.h"
#include "text.h"

#include <limits.h>
#include <string.h>

bool naccs_path_is_absolute(const char *path)
{
	return path != NULL && path[0] == '/';
}

const char *naccs_path_last_part(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash != NULL ? slash + 1 : path;
}

char *naccs_path_parent(const char *path)
{
	const char *slash = strrchr(path, '/');
	if (slash == NULL)
		return strdup(".");
	return strndup(path, slash == path ? 1 : (size_t)(slash - path));
}

static char *read_link(const char *link)
{
	char target[PATH_MAX];
	ssize_t length = readlink(link, target, sizeof target);
	return length > 0 && (size_t)length < sizeof target ? strndup(target, (size_t)length) : NULL;
}

char *naccs_path_of_folder(int dirfd)
{
	naccs_auto(heap) char *link = naccs_format("/proc/self/fd/%d", dirfd);
	return link != NULL ? read_link(link) : NULL;
}

char *naccs_path_of_program(void)
{
	return read_link("/proc/self/exe");
}
