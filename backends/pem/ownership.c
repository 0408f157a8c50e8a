/* SPDX-License-Identifier: Apache-2.0 */
/* Why: whose the files are and who may read them, by owner, group and mode. ownership_windows.c does the same by access control lists. */
#include "pem.h"

#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <string.h>

#define GROUP_BUFFER_LIMIT ((size_t)1024 * 1024)

const uint64_t pem_group_capability = NACCS_CAN_GROUP;

naccs_status pem_group_find(const char *name, gid_t *ret, struct naccs_error *err)
{
	struct group entry, *found = NULL;
	size_t size = 1024;
	int errnum = ERANGE;

	while (errnum == ERANGE && size <= GROUP_BUFFER_LIMIT) {
		naccs_auto(heap) char *buffer = malloc(size *= 2);
		if (buffer == NULL)
			return naccs_fail(err, NACCS_E_INTERNAL, 0, _("memory is short"));
		errnum = getgrnam_r(name, &entry, buffer, size, &found);
		if (errnum == 0 && found != NULL)
			*ret = found->gr_gid;
	}
	if (found == NULL)
		return naccs_fail(err, NACCS_E_USAGE, errnum, _("there is no group %s on this machine"), name);
	return NACCS_OK;
}

/* The folder that holds DIR. Caller frees. */
static char *parent_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == path ? strdup("/") : strndup(path, (size_t)(slash - path));
}

/*
 * Root may have given an established store away (chown -R netapi DIR): its renewal goes on. That is safe when nobody but root could have
 * put DIR where it is, when DIR is closed to all but its owner, and when it holds a store already; a fresh folder of somebody else's stays
 * refused.
 */
static bool is_given_away_by_root(const struct naccs_store *store)
{
	struct naccs_error ignored = {0};
	struct stat above, dir, archive, live;
	naccs_auto(heap) char *parent = parent_of(store->path);
	naccs_auto(fd) int fd = open(store->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (geteuid() != 0 || parent == NULL || fd < 0 || naccs_path_check_safe(parent, &ignored) != NACCS_OK)
		return false;
	if (stat(parent, &above) != 0 || above.st_uid != 0 || (above.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return false;
	if (fstat(fd, &dir) != 0 || (dir.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return false;
	return fstatat(fd, PEM_ARCHIVE, &archive, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(archive.st_mode) &&
	       fstatat(fd, PEM_LIVE, &live, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(live.st_mode) && live.st_uid == dir.st_uid;
}

naccs_status pem_path_check(const struct naccs_store *store, struct naccs_error *err)
{
	struct naccs_error found = {0};
	naccs_status status = naccs_path_check_safe(store->path, &found);

	if (status == NACCS_E_STORE_UNSAFE && is_given_away_by_root(store))
		return NACCS_OK;
	if (status != NACCS_OK)
		*err = found;
	return status;
}

struct pem_ownership pem_ownership_of(const struct naccs_store *store, int former, const char *name, bool is_private)
{
	struct pem_ownership ownership = {(uid_t)-1, (gid_t)-1, name == NULL ? 0700 : is_private ? 0600 : 0644};
	struct stat status;
	bool has_former =
		former >= 0 && (name == NULL ? fstat(former, &status) == 0
					     : fstatat(former, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(status.st_mode));

	if (has_former) {
		/* Kept as they were, but never writable by others, and a key never readable by everybody. */
		mode_t closed = S_IWGRP | S_IWOTH | (is_private ? S_IROTH | S_IXOTH : 0);
		ownership.mode = status.st_mode & 0777 & ~closed;
		ownership.group = status.st_gid;
		if (geteuid() == 0)
			ownership.owner = status.st_uid;
	}
	if (store->has_group) {
		ownership.group = store->group;
		ownership.mode |= name == NULL ? S_IRGRP | S_IXGRP : S_IRGRP;
	}
	return ownership;
}

naccs_status pem_ownership_apply(int fd, const struct pem_ownership *ownership, const char *name, struct naccs_error *err)
{
	struct stat status;

	if (fstat(fd, &status) != 0)
		return naccs_fail_errno(err, NACCS_E_STORE_IO, errno, _("cannot examine %s"), name);
	uid_t owner = ownership->owner == status.st_uid ? (uid_t)-1 : ownership->owner;
	gid_t group = ownership->group == status.st_gid ? (gid_t)-1 : ownership->group;
	if ((owner != (uid_t)-1 || group != (gid_t)-1) && fchown(fd, owner, group) != 0) {
		naccs_status result = naccs_fail_errno(err, NACCS_E_STORE_OPEN, errno, _("cannot give %s to group %jd"), name,
						       (intmax_t)ownership->group);
		(void)naccs_error_hint(err, _("run as root, or as a member of that group"));
		return result;
	}
	/* After fchown, which takes bits away. */
	if ((status.st_mode & 07777) != ownership->mode && fchmod(fd, ownership->mode) != 0)
		return naccs_fail_errno(err, NACCS_E_STORE_IO, errno, _("cannot set the mode of %s"), name);
	return NACCS_OK;
}
