/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see state.h. */
#include "state.h"

#include "file.h"
#include "text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

naccs_status naccs_state_open(const char *path, bool make, int *ret_fd, struct naccs_error *err)
{
	naccs_auto(heap) char *absolute = NULL;
	naccs_auto(fd) int fd = -1;
	struct stat info;
	naccs_status status;

	status = naccs_path_absolute(path, &absolute, err);
	if (status != NACCS_OK)
		return naccs_error_prefix(err, _("state directory"));
	status = naccs_path_check_safe(absolute, err);
	if (status != NACCS_OK)
		return naccs_error_prefix(err, _("state directory %s"), absolute);
	fd = open(absolute, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT && !make) {
		*ret_fd = -1;
		return NACCS_OK;
	}
	if (fd < 0 && errno == ENOENT) {
		status = naccs_dir_make(absolute, 0700, &fd, err);
		if (status != NACCS_OK)
			return naccs_error_prefix(err, _("state directory %s"), absolute);
	}
	if (fd < 0)
		return naccs_fail_errno(err, naccs_file_status_from_errno(errno), errno, _("cannot open the state directory %s"), absolute);
	/* One that an administrator or a package made wider: it is ours, so it is closed. */
	if (make && fstat(fd, &info) == 0 && info.st_uid == geteuid() && (info.st_mode & 07777) != 0700 && fchmod(fd, 0700) != 0)
		return naccs_fail_errno(err, naccs_file_status_from_errno(errno), errno, _("cannot close the state directory %s to others"), absolute);
	*ret_fd = naccs_take_fd(&fd);
	return NACCS_OK;
}

naccs_status naccs_state_lock_run(int state_dirfd, int *ret_lock, struct naccs_error *err)
{
	naccs_status status = naccs_lock_file(state_dirfd, "run.lock", 0, ret_lock, err);

	if (status == NACCS_E_RUN_LOCKED) {
		naccs_error_prefix(err, _("another run is under way for this user"));
		return naccs_error_hint(err, _("Two runs at once would spoil each other's session at the portal. Wait until it ends, then try again."));
	}
	return status;
}

naccs_status naccs_state_lock_ledger(int state_dirfd, uint32_t timeout_ms, int *ret_lock, struct naccs_error *err)
{
	naccs_status status = naccs_lock_file(state_dirfd, "ledger.lock", timeout_ms, ret_lock, err);

	if (status == NACCS_E_RUN_LOCKED) {
		naccs_error_prefix(err, _("another naccs-cert is changing stores"));
		return naccs_error_hint(err, _("Try again when it has ended, or wait longer with --timeout SECONDS."));
	}
	return status;
}

naccs_status naccs_state_folder(int state_dirfd, const char *name, int *ret_fd, struct naccs_error *err)
{
	naccs_auto(fd) int fd = openat(state_dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	naccs_status status;

	if (fd < 0 && errno == ENOENT) {
		if (mkdirat(state_dirfd, name, 0700) != 0 && errno != EEXIST)
			return naccs_fail_errno(err, naccs_file_status_from_errno(errno), errno,
						_("cannot make the folder %s in the state directory"), name);
		status = naccs_dir_sync(state_dirfd, name, err);
		if (status != NACCS_OK)
			return status;
		fd = openat(state_dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	}
	if (fd < 0)
		return naccs_fail_errno(err, naccs_file_status_from_errno(errno), errno, _("cannot open the folder %s of the state directory"), name);
	*ret_fd = naccs_take_fd(&fd);
	return NACCS_OK;
}

static naccs_status sweep_folder(int fd, struct naccs_error *err)
{
	static const char prefix[] = ".naccs-tmp-";
	DIR *folder = fdopendir(fd); /* owns fd from here */
	const struct dirent *entry;
	naccs_status status = NACCS_OK;

	if (folder == NULL) {
		(void)close(fd);
		return naccs_fail_errno(err, naccs_file_status_from_errno(errno), errno, _("cannot read the state directory"));
	}
	while (status == NACCS_OK && (entry = readdir(folder)) != NULL)
		if (strncmp(entry->d_name, prefix, sizeof prefix - 1) == 0 && unlinkat(fd, entry->d_name, 0) != 0 && errno != ENOENT)
			status = naccs_fail_errno(err, naccs_file_status_from_errno(errno), errno, _("cannot remove %s from the state directory"),
						  entry->d_name);
	(void)closedir(folder);
	return status;
}

naccs_status naccs_state_sweep(int state_dirfd, struct naccs_error *err)
{
	static const char *const folders[] = {".", "client-ca"};

	for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
		int fd = openat(state_dirfd, folders[i], O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		naccs_status status;

		if (fd < 0 && errno == ENOENT)
			continue;
		if (fd < 0)
			return naccs_fail_errno(err, naccs_file_status_from_errno(errno), errno, _("cannot open the state directory"));
		status = sweep_folder(fd, err);
		if (status != NACCS_OK)
			return status;
	}
	return NACCS_OK;
}
