/* SPDX-License-Identifier: Apache-2.0 */
/* Why: which programs of a hook folder are run: only what nobody but root and this user could have put there. See hook.h. */
#include "hook.h"

#include "cleanup.h"
#include "file.h"
#include "text.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void naccs_hook_files_clear(struct naccs_hook_files *files)
{
	for (size_t i = 0; i < files->count; i++)
		free(files->items[i]);
	free(files->items);
	*files = (struct naccs_hook_files){0};
}

static bool is_hook_name(const char *name)
{
	return name[0] != '.' &&
	       strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.") == strlen(name);
}

static naccs_status refuse(const char *path, struct naccs_error *err)
{
	naccs_status status =
		naccs_fail(err, NACCS_E_HOOK_FAILED, 0, _("the hook %s is not run: others than root and you could have written it"), path);
	naccs_path_hint_mend(path, err);
	return status;
}

/* *ret_wanted: it is a program. */
static naccs_status check(const char *path, bool *ret_wanted, struct naccs_error *err)
{
	struct stat info;

	*ret_wanted = false;
	if (stat(path, &info) != 0)
		return naccs_fail_errno(err, NACCS_E_HOOK_FAILED, errno, _("cannot look at the hook %s"), path);
	if (!S_ISREG(info.st_mode) || !naccs_hook_is_program(path, info.st_mode))
		return NACCS_OK;
	if ((info.st_uid != 0 && info.st_uid != geteuid()) || (info.st_mode & 022) != 0)
		return refuse(path, err);
	*ret_wanted = true;
	return NACCS_OK;
}

static naccs_status add(struct naccs_hook_files *files, const char *folder, const char *name, struct naccs_error *err)
{
	naccs_auto(heap) char *path = naccs_format("%s/%s", folder, name);
	char **grown = reallocarray(files->items, files->count + 1, sizeof *grown);
	bool is_wanted = false;
	naccs_status status;

	if (grown != NULL)
		files->items = grown;
	if (grown == NULL || path == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
	status = check(path, &is_wanted, err);
	if (status == NACCS_OK && is_wanted)
		files->items[files->count++] = naccs_take(&path);
	return status;
}

static naccs_status list(DIR *stream, const char *folder, struct naccs_hook_files *files, struct naccs_error *err)
{
	naccs_status status = NACCS_OK;

	for (struct dirent *entry; status == NACCS_OK && (entry = readdir(stream)) != NULL;)
		if (is_hook_name(entry->d_name))
			status = add(files, folder, entry->d_name, err);
	return status;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

naccs_status naccs_hook_files_find(const char *folder, struct naccs_hook_files *ret, struct naccs_error *err)
{
	naccs_auto(heap) char *path = NULL;
	DIR *stream;
	naccs_status status = naccs_path_absolute(folder, &path, err);

	*ret = (struct naccs_hook_files){0};
	if (status != NACCS_OK)
		return status;
	stream = opendir(path);
	if (stream == NULL)
		return errno == ENOENT || errno == ENOTDIR
			       ? NACCS_OK
			       : naccs_fail_errno(err, NACCS_E_HOOK_FAILED, errno, _("cannot read the hook folder %s"), path);
	if (naccs_path_check_safe(path, err) != NACCS_OK) {
		naccs_auto(heap) char *why = strdup(err != NULL ? err->message : "");

		status = naccs_fail(err, NACCS_E_HOOK_FAILED, 0, _("nothing in the hook folder is run: %s"), why != NULL ? why : path);
	}
	if (status == NACCS_OK)
		status = list(stream, path, ret, err);
	(void)closedir(stream);
	if (status != NACCS_OK)
		naccs_hook_files_clear(ret);
	else if (ret->count > 1)
		qsort(ret->items, ret->count, sizeof *ret->items, compare);
	return status;
}
