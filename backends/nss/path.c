/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: a database belongs to a user. Root that works for one becomes that user before it touches anything, so that owner, modes and what a
 * link may lead to are decided by the kernel, as if the user had done it.
 */
#include "nss.h"

#include "file.h"

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
	static const char scheme[] = "nss:", sql[] = "sql:", old[] = "dbm:";

	if (uri == NULL || strncmp(uri, scheme, sizeof scheme - 1) != 0)
		return naccs_fail(err, NACCS_E_USAGE, 0, _("this is no URI of an NSS database: it has to begin with %s"), scheme);
	const char *path = uri + sizeof scheme - 1;
	if (!naccs_text_is_clean(path, strlen(path), NULL) || strlen(path) > NSS_PATH_LIMIT)
		return naccs_fail(err, NACCS_E_USAGE, 0, _("cannot use this %s URI: its path is no UTF-8 text without control characters"),
				  scheme);
	if (strncmp(path, old, sizeof old - 1) == 0) {
		(void)naccs_fail(err, NACCS_E_STORE_UNSUPPORTED, 0, _("cannot use %s: databases of the old format (dbm:) are not served"),
				 uri);
		return naccs_error_hint(err, "certutil -K -X -d sql:%s", path + sizeof old - 1);
	}
	if (strncmp(path, sql, sizeof sql - 1) == 0)
		path += sizeof sql - 1;
	if (path[0] != '/') {
		(void)naccs_fail(err, NACCS_E_USAGE, 0, _("cannot use %s: it names no folder by an absolute path"), uri);
		return naccs_error_hint(err, _("write nss:/absolute/path"));
	}
	*ret_path = strdup(path);
	return *ret_path != NULL ? NACCS_OK : nss_fail_memory(err);
}

static char *parent_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == path ? strdup("/") : strndup(path, (size_t)(slash - path));
}

char *nss_path_existing(const char *path)
{
	char *existing = strdup(path);
	struct stat status;

	while (existing != NULL && stat(existing, &status) != 0 && errno == ENOENT && strcmp(existing, "/") != 0) {
		char *parent = parent_of(existing);
		free(existing);
		existing = parent;
	}
	return existing;
}

/* Whose links may lead the way: root's, ours, and those of the owner of where they lead to. */
static naccs_status check_link(const char *link, const struct stat *about, uid_t owner, struct naccs_error *err)
{
	if (!S_ISLNK(about->st_mode) || about->st_uid == 0 || about->st_uid == geteuid() || about->st_uid == owner)
		return NACCS_OK;
	return naccs_fail(err, NACCS_E_STORE_UNSAFE, 0,
			  _("refused to use %s: it is a symbolic link of user %ju, who could turn it elsewhere"), link,
			  (uintmax_t)about->st_uid);
}

static naccs_status check_links(const char *path, uid_t owner, struct naccs_error *err)
{
	naccs_auto(heap) char *part = strdup(path);
	naccs_status status = part != NULL ? NACCS_OK : nss_fail_memory(err);

	while (status == NACCS_OK && strcmp(part, "/") != 0) {
		struct stat about;
		if (lstat(part, &about) == 0)
			status = check_link(part, &about, owner, err);
		char *parent = parent_of(part);
		free(part);
		part = parent;
		if (part == NULL)
			return nss_fail_memory(err);
	}
	return status;
}

naccs_status nss_path_real(const char *path, char **ret, struct naccs_error *err)
{
	naccs_auto(heap) char *whole = NULL;
	struct stat about;
	naccs_status status = naccs_path_absolute(path, &whole, err);

	if (status != NACCS_OK)
		return status;
	naccs_auto(heap) char *real = realpath(whole, NULL);
	if (real == NULL && errno != ENOENT)
		return naccs_fail_errno(err, naccs_store_status_from_errno(errno), errno, _("cannot examine %s"), whole);
	if (real == NULL && lstat(whole, &about) == 0)
		return naccs_fail(err, NACCS_E_STORE_OPEN, ENOENT, _("cannot open %s: it is a symbolic link that leads nowhere"), whole);
	if (real == NULL)
		real = naccs_take(&whole); /* its parents are real already */
	if (strcmp(real, "/") == 0)
		return naccs_fail(err, NACCS_E_USAGE, 0, _("the root folder can't be an NSS database"));
	naccs_auto(heap) char *existing = nss_path_existing(real);
	if (existing == NULL)
		return nss_fail_memory(err);
	if (stat(existing, &about) != 0)
		return naccs_fail_errno(err, naccs_store_status_from_errno(errno), errno, _("cannot examine %s"), existing);
	status = check_links(path, about.st_uid, err);
	if (status == NACCS_OK)
		*ret = naccs_take(&real);
	return status;
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
