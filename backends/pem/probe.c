/* SPDX-License-Identifier: Apache-2.0 */
/* Why: before a code is spent, know that an install can work: the path is safe, files can be made here with the right group, there is room.
 */
#include "pem.h"

#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define PROBE_BYTES (64 * 1024) /* more than a set takes */

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

/* A file without a name where the system has such, else one that is unlinked at once. */
static int temporary_file(int folder)
{
	static const char name[] = PEM_TEMPORARY "probe";
	int fd = openat(folder, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, S_IRUSR | S_IWUSR);

	if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL && errno != ENOENT))
		return fd;
	(void)unlinkat(folder, name, 0);
	fd = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR);
	if (fd >= 0)
		(void)unlinkat(folder, name, 0);
	return fd;
}

static naccs_status probe_folder(const struct naccs_store *store, int folder, const char *name, int former, struct naccs_error *err)
{
	struct pem_ownership ownership = pem_ownership_of(store, former, pem_file_kinds[PEM_PRIVKEY].name, true);
	naccs_auto(fd) int fd = temporary_file(folder);

	if (fd < 0)
		return naccs_fail_errno(err, naccs_store_status_from_errno(errno), errno, _("cannot write into %s"), name);
	int errnum = posix_fallocate(fd, 0, PROBE_BYTES);
	if (errnum == ENOSPC || errnum == EDQUOT || errnum == EFBIG)
		return naccs_fail_errno(err, NACCS_E_STORE_FULL, errnum, _("cannot write into %s"), name);
	return pem_ownership_apply(fd, &ownership, name, err);
}

/* The nearest ancestor of DIR that exists: there the missing folders will be made. */
static naccs_status probe_ancestor(const struct naccs_store *store, struct naccs_error *err)
{
	naccs_auto(heap) char *path = strdup(store->path);

	for (;;) {
		char *parent = path != NULL ? parent_of(path) : NULL;
		free(path);
		path = parent;
		if (path == NULL)
			return naccs_fail(err, NACCS_E_INTERNAL, 0, _("memory is short"));
		naccs_auto(fd) int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd >= 0)
			return probe_folder(store, fd, path, -1, err);
		if (errno != ENOENT || strcmp(path, "/") == 0)
			return naccs_fail_errno(err, naccs_store_status_from_errno(errno), errno, _("cannot open the folder %s"), path);
	}
}

naccs_status pem_probe(const struct naccs_store *store, struct naccs_error *err)
{
	naccs_auto(fd) int archive = -1;
	naccs_auto(fd) int former = -1;

	if (store->dir < 0)
		return probe_ancestor(store, err);
	naccs_status status = pem_live_open(store, &former, err);
	if (status == NACCS_OK)
		status = pem_archive_open(store, &archive, err);
	if (status == NACCS_OK)
		status = probe_folder(store, store->dir, store->path, former, err);
	if (status == NACCS_OK && archive >= 0)
		status = probe_folder(store, archive, store->path, former, err);
	return status;
}
