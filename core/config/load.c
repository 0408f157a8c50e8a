/* SPDX-License-Identifier: Apache-2.0 */
/* Why: what the file system must say of a configuration file before its words count: a file that names programs to run is as good as its
 * writers. */
#include "config.h"

#include "cleanup.h"
#include "file.h"
#include "names.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

NACCS_DEFINE_CLEANUP(struct naccs_config *, naccs_config_free, config)

/* The real path of the file's folder: what relative paths start from. */
static naccs_status folder_of(const char *path, char **ret, struct naccs_error *err)
{
	naccs_auto(heap) char *absolute = NULL;
	naccs_status status = naccs_path_absolute(path, &absolute, err);
	if (status == NACCS_E_STORE_UNSAFE && err != NULL)
		err->status = NACCS_E_CONFIG;
	if (status != NACCS_OK)
		return status == NACCS_E_STORE_UNSAFE ? NACCS_E_CONFIG : status;
	char *folder = naccs_path_parent(absolute);
	if (folder == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, ENOMEM, _("not enough memory to read the configuration"));
	*ret = folder;
	return NACCS_OK;
}

/* Only its owner, and he only root or us, may be able to write the file, its folder, and where a link to it leads. */
static naccs_status check_writers(const char *path, const char *folder, const struct stat *info, struct naccs_error *err)
{
	naccs_auto(heap) char *real = realpath(path, NULL);
	naccs_auto(heap) char *real_folder = NULL;
	naccs_status status;
	if (real == NULL)
		return naccs_fail_errno(err, NACCS_E_CONFIG, errno, _("cannot find the configuration %s"), path);
	if (info->st_uid != 0 && info->st_uid != geteuid()) {
		status = naccs_fail(err, NACCS_E_CONFIG, 0,
				    _("%s says what is run or which servers are trusted, but belongs to another user"), path);
		naccs_path_hint_mend(path, err);
		return status;
	}
	if ((info->st_mode & (S_IWGRP | S_IWOTH)) != 0) {
		status = naccs_fail(err, NACCS_E_CONFIG, 0,
				    _("%s says what is run or which servers are trusted, but others than its owner can write it"), path);
		naccs_path_hint_mend(path, err);
		return status;
	}
	status = folder_of(real, &real_folder, err);
	if (status == NACCS_OK)
		status = naccs_path_check_safe(folder, err);
	if (status == NACCS_OK)
		status = naccs_path_check_safe(real_folder, err);
	if (status != NACCS_OK && err != NULL)
		err->status = NACCS_E_CONFIG;
	return status == NACCS_OK ? NACCS_OK : NACCS_E_CONFIG;
}

static naccs_status open_file(const char *path, int *ret, struct stat *ret_info, struct naccs_error *err)
{
	naccs_auto(fd) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 || fstat(fd, ret_info) != 0)
		return naccs_fail_errno(err, naccs_file_status_from_errno(errno), errno, _("cannot open the configuration %s"), path);
	if (!S_ISREG(ret_info->st_mode) && !S_ISCHR(ret_info->st_mode)) /* /dev/null is an empty configuration */
		return naccs_fail(err, NACCS_E_CONFIG, 0, _("cannot read the configuration %s: it is no regular file"), path);
	*ret = naccs_take_fd(&fd);
	return NACCS_OK;
}

naccs_status naccs_config_load(const char *path, struct naccs_config **ret, struct naccs_error *err)
{
	naccs_auto(config) struct naccs_config *config = NULL;
	naccs_auto(secret) struct naccs_secret *text = NULL;
	naccs_auto(heap) char *folder = NULL;
	naccs_auto(fd) int fd = -1;
	struct stat info;
	if (path == NULL)
		return naccs_config_parse("", 0, "", "/", ret, err);
	naccs_status status = open_file(path, &fd, &info, err);
	if (status == NACCS_OK)
		status = folder_of(path, &folder, err);
	if (status == NACCS_OK)
		status = naccs_file_read_fd(fd, path, NACCS_SMALL_FILE_LIMIT, &text, err);
	if (status == NACCS_OK)
		status = naccs_config_parse(naccs_secret_text(text), naccs_secret_length(text), path, folder, &config, err);
	if (status == NACCS_OK && naccs_config_steers(config))
		status = check_writers(path, folder, &info, err);
	if (status != NACCS_OK)
		return status;
	config->path = strdup(path);
	if (config->path == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, ENOMEM, _("not enough memory to read the configuration"));
	*ret = naccs_take(&config);
	return NACCS_OK;
}
