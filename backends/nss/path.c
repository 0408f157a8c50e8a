/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: a database belongs to a user. Root that works for one becomes that user before it touches anything, so that owner, modes and what a
 * link may lead to are decided by the kernel, as if the user had done it.
 */
#include "nss.h"

#include "file.h"
#include "places.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <string.h>

#define PROBE_BYTES (256 * 1024) /* more than an install adds, journal included */
#define ENTRY_LIMIT ((size_t)1024 * 1024)

naccs_status nss_uri_read(const char *uri, char **ret_path, struct naccs_error *err)
{
	const char *path = NULL;
	naccs_status status = naccs_nss_path_said(uri, &path, err);

	if (status != NACCS_OK)
		return status;
	if (path[0] != '/') {
		(void)naccs_fail(err, NACCS_E_USAGE, 0, _("cannot use %s: it names no folder by an absolute path"), uri);
		return naccs_error_hint(err, _("write nss:/absolute/path"));
	}
	*ret_path = strdup(path);
	return *ret_path != NULL ? NACCS_OK : nss_fail_memory(err);
}

naccs_status nss_path_real(const char *path, char **ret, struct naccs_error *err)
{
	naccs_auto(heap) char *real = NULL;
	struct stat about;
	naccs_status status = naccs_path_real(path, &real, err);

	if (status != NACCS_OK)
		return status;
	if (lstat(real, &about) == 0 && S_ISLNK(about.st_mode))
		return naccs_fail(err, NACCS_E_STORE_OPEN, ENOENT, _("cannot open %s: it is a symbolic link that leads nowhere"), real);
	if (strcmp(real, "/") == 0)
		return naccs_fail(err, NACCS_E_USAGE, 0, _("the root folder can't be an NSS database"));
	*ret = naccs_take(&real);
	return NACCS_OK;
}

/* The user's own groups, or the folder's group alone for a number without a name. */
static bool take_groups(uid_t user, gid_t fallback, gid_t *ret)
{
	struct passwd entry, *found = NULL;
	int errnum = ERANGE;
	bool is_set = false;

	for (size_t size = 1024; errnum == ERANGE && size <= ENTRY_LIMIT; size *= 2) {
		naccs_auto(heap) char *buffer = malloc(size);
		if (buffer == NULL)
			return false;
		errnum = getpwuid_r(user, &entry, buffer, size, &found);
		if (errnum != 0 || found == NULL)
			continue;
		*ret = found->pw_gid;
		is_set = initgroups(found->pw_name, found->pw_gid) == 0;
	}
	if (found != NULL)
		return is_set;
	*ret = fallback;
	return setgroups(1, &fallback) == 0;
}

naccs_status nss_become_owner(const char *path, struct naccs_error *err)
{
	naccs_auto(heap) char *existing = nss_path_existing(path);
	struct stat about;
	gid_t group = 0;

	if (geteuid() != 0)
		return NACCS_OK;
	if (existing == NULL)
		return nss_fail_memory(err);
	if (stat(existing, &about) != 0)
		return naccs_fail_errno(err, naccs_store_status_from_errno(errno), errno, _("cannot examine %s"), existing);
	if (about.st_uid == 0)
		return NACCS_OK;
	if (!take_groups(about.st_uid, about.st_gid, &group) || setresgid(group, group, group) != 0 ||
	    setresuid(about.st_uid, about.st_uid, about.st_uid) != 0)
		return naccs_fail_errno(err, NACCS_E_STORE_OPEN, errno, _("cannot work in %s as its owner, user %ju"), existing,
					(uintmax_t)about.st_uid);
	if (getuid() != about.st_uid || geteuid() != about.st_uid || getegid() != group || setuid(0) == 0)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("cannot work in %s as its owner: the privileges did not go"), existing);
	return NACCS_OK;
}

/* A file without a name where the system has such, else one that is unlinked at once. */
static int temporary_file(int folder)
{
	static const char name[] = ".naccs-tmp-probe";
	int fd = openat(folder, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, S_IRUSR | S_IWUSR);

	if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL && errno != ENOENT))
		return fd;
	(void)unlinkat(folder, name, 0);
	fd = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR);
	if (fd >= 0)
		(void)unlinkat(folder, name, 0);
	return fd;
}

static bool is_short_of_room(int errnum)
{
	return errnum == ENOSPC || errnum == EDQUOT || errnum == EFBIG;
}

naccs_status nss_path_probe(const struct naccs_store *store, struct naccs_error *err)
{
	naccs_auto(heap) char *existing = nss_path_existing(store->path);

	if (existing == NULL)
		return nss_fail_memory(err);
	naccs_auto(fd) int folder = open(existing, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0)
		return naccs_fail_errno(err, naccs_store_status_from_errno(errno), errno, _("cannot open the folder %s"), existing);
	naccs_auto(fd) int fd = temporary_file(folder);
	if (fd < 0)
		return naccs_fail_errno(err, naccs_store_status_from_errno(errno), errno, _("cannot write into %s"), existing);
	int errnum = posix_fallocate(fd, 0, PROBE_BYTES);
	if (is_short_of_room(errnum))
		return naccs_fail_errno(err, NACCS_E_STORE_FULL, errnum, _("cannot write into %s"), existing);
	return NACCS_OK;
}

bool nss_path_is_full(const struct naccs_store *store)
{
	struct naccs_error ignored = {0};

	return nss_path_probe(store, &ignored) == NACCS_E_STORE_FULL;
}
