/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the folders, the names and the one link of a PEM directory, always through descriptors and never through somebody else's link. */
#include "pem.h"

#include "clock.h"
#include "file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <string.h>

#define DATE_DIGITS 8
#define SERIAL_LIMIT 128 /* hex digits; RFC 5280 allows 40 */

void pem_log(const struct naccs_store *store, const char *format, ...)
{
	char line[1024];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(line, sizeof line, format, args);
	va_end(args);
	if (store->host != NULL && store->host->log != NULL)
		store->host->log(store->host->context, line);
}

/* "20250101-0a1b": the date, a hyphen, an even number of hex digits. */
bool pem_is_set_name(const char *name)
{
	if (strspn(name, "0123456789") != DATE_DIGITS || name[DATE_DIGITS] != '-')
		return false;
	const char *serial = name + DATE_DIGITS + 1;
	size_t length = strspn(serial, "0123456789abcdef");
	return length > 0 && length % 2 == 0 && length <= SERIAL_LIMIT && serial[length] == '\0';
}

naccs_status pem_set_name(const struct naccs_installation *installation, char **ret, struct naccs_error *err)
{
	char date[NACCS_TIME_TEXT_SIZE];

	naccs_time_format_date(installation->not_before, date);
	naccs_auto(heap) char *name = naccs_format("%s-%s", date, installation->serial != NULL ? installation->serial : "");
	if (name == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("memory is short"));
	if (!pem_is_set_name(name))
		return naccs_fail(err, NACCS_E_USAGE, 0, _("cannot name a folder after the certificate's start and serial: %s"), name);
	*ret = naccs_take(&name);
	return NACCS_OK;
}

bool pem_is_ours(const struct naccs_store *store, const struct stat *status)
{
	struct stat dir;
	bool is_owner_trusted = status->st_uid == 0 || status->st_uid == geteuid() ||
				(store->dir >= 0 && fstat(store->dir, &dir) == 0 && status->st_uid == dir.st_uid);

	return is_owner_trusted && (S_ISLNK(status->st_mode) || (status->st_mode & (S_IWGRP | S_IWOTH)) == 0);
}

bool pem_exists(int folder, const char *name)
{
	struct stat status;

	return fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0;
}

naccs_status pem_sync(const struct naccs_store *store, int folder, const char *name, struct naccs_error *err)
{
	if (fsync(folder) == 0 || errno == EINVAL) /* EINVAL: a file system that has no such thing */
		return NACCS_OK;
	return naccs_fail_errno(err, naccs_store_status_from_errno(errno), errno, _("cannot make the folder %s of %s durable"), name,
				store->path);
}

naccs_status pem_folder_open(const struct naccs_store *store, int parent, const char *name, int *ret, struct naccs_error *err)
{
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0 && (errno == ELOOP || errno == ENOTDIR))
		return naccs_fail(err, NACCS_E_STORE_UNSAFE, errno,
				  _("cannot use %s: there is a link or a file where the folder %s belongs"), store->path, name);
	if (fd < 0 && errno != ENOENT)
		return naccs_fail_errno(err, naccs_store_status_from_errno(errno), errno, _("cannot open the folder %s in %s"), name,
					store->path);
	*ret = fd;
	return NACCS_OK;
}

naccs_status pem_archive_open(const struct naccs_store *store, int *ret, struct naccs_error *err)
{
	struct stat status;
	int fd = -1;
	naccs_status result = store->dir >= 0 ? pem_folder_open(store, store->dir, PEM_ARCHIVE, &fd, err) : NACCS_OK;

	if (result != NACCS_OK)
		return result;
	if (fd >= 0 && store->is_write && (fstat(fd, &status) != 0 || !pem_is_ours(store, &status))) {
		naccs_auto(heap) char *path = naccs_format("%s/%s", store->path, PEM_ARCHIVE);
		(void)close(fd);
		result = naccs_fail(err, NACCS_E_STORE_UNSAFE, 0, _("cannot use %s/%s: others own it or can write to it"), store->path,
				    PEM_ARCHIVE);
		if (path != NULL)
			naccs_path_hint_mend(path, err);
		return result;
	}
	*ret = fd;
	return NACCS_OK;
}

/* "archive/NAME", where NAME is one ordinary component. */
static bool is_live_target(const char *target)
{
	static const char folder[] = PEM_ARCHIVE "/";

	if (strncmp(target, folder, sizeof folder - 1) != 0)
		return false;
	const char *name = target + sizeof folder - 1;
	return name[0] != '\0' && name[0] != '.' && strchr(name, '/') == NULL;
}

naccs_status pem_live_read(const struct naccs_store *store, char **ret, struct naccs_error *err)
{
	char target[NAME_MAX + sizeof PEM_ARCHIVE + 2];
	struct stat status;

	*ret = NULL;
	if (store->dir < 0 || (fstatat(store->dir, PEM_LIVE, &status, AT_SYMLINK_NOFOLLOW) != 0 && errno == ENOENT))
		return NACCS_OK;
	ssize_t length = readlinkat(store->dir, PEM_LIVE, target, sizeof target);
	if (length >= 0 && (size_t)length < sizeof target) {
		target[length] = '\0';
		if (is_live_target(target) && (!store->is_write || pem_is_ours(store, &status))) {
			*ret = naccs_format("%s", target);
			return *ret != NULL ? NACCS_OK : naccs_fail(err, NACCS_E_INTERNAL, 0, _("memory is short"));
		}
	}
	(void)naccs_fail(err, NACCS_E_STORE_UNSAFE, 0, _("cannot use %s: %s is not a link of our own into %s/"), store->path, PEM_LIVE,
			 PEM_ARCHIVE);
	return naccs_error_hint(err, _("look at %s/%s; if nothing needs it, delete it and try again"), store->path, PEM_LIVE);
}

naccs_status pem_live_open(const struct naccs_store *store, int *ret, struct naccs_error *err)
{
	naccs_auto(heap) char *target = NULL;
	naccs_auto(fd) int archive = -1;
	naccs_status status = pem_live_read(store, &target, err);

	*ret = -1;
	if (status == NACCS_OK && target != NULL)
		status = pem_archive_open(store, &archive, err);
	if (status == NACCS_OK && archive >= 0)
		status = pem_folder_open(store, archive, strchr(target, '/') + 1, ret, err);
	return status;
}

/* A new link beside live, then a rename over it: a reader finds the old target or the new one. */
static naccs_status live_replace(const struct naccs_store *store, const char *target, struct naccs_error *err)
{
	static const char temporary[] = PEM_TEMPORARY PEM_LIVE;
	struct stat former;
	bool has_former = fstatat(store->dir, PEM_LIVE, &former, AT_SYMLINK_NOFOLLOW) == 0;

	(void)unlinkat(store->dir, temporary, 0);
	if (symlinkat(target, store->dir, temporary) != 0)
		return naccs_fail_errno(err, naccs_store_status_from_errno(errno), errno, _("cannot make a link in %s"), store->path);
	/* Only root can keep another owner; nobody reads through a link's owner, so a refusal does not matter. */
	if (has_former && (former.st_uid != geteuid() || former.st_gid != getegid()) &&
	    fchownat(store->dir, temporary, former.st_uid, former.st_gid, AT_SYMLINK_NOFOLLOW) != 0)
		pem_log(store, "pem: the owner of live in %s was not kept: %s", store->path, strerror(errno));
	if (renameat(store->dir, temporary, store->dir, PEM_LIVE) != 0) {
		naccs_status status =
			naccs_fail_errno(err, naccs_store_status_from_errno(errno), errno, _("cannot switch %s/%s"), store->path, PEM_LIVE);
		(void)unlinkat(store->dir, temporary, 0);
		return status;
	}
	return NACCS_OK;
}

naccs_status pem_live_switch(const struct naccs_store *store, const char *target, struct naccs_error *err)
{
	naccs_auto(heap) char *now = NULL;

	if (store->dir < 0)
		return NACCS_OK;
	naccs_status status = pem_live_read(store, &now, err);
	if (status != NACCS_OK)
		return status;
	if (target != NULL && (now == NULL || strcmp(now, target) != 0))
		status = live_replace(store, target, err);
	if (target == NULL && now != NULL && unlinkat(store->dir, PEM_LIVE, 0) != 0)
		status =
			naccs_fail_errno(err, naccs_store_status_from_errno(errno), errno, _("cannot delete %s/%s"), store->path, PEM_LIVE);
	if (status == NACCS_OK)
		status = pem_current_follow(store, target, err);
	/* fsync of DIR: the link itself. Also when nothing changed: a run before this one may have died between rename and fsync. */
	return status == NACCS_OK ? pem_sync(store, store->dir, ".", err) : status;
}

/* ".replaced-NAME.N" → "NAME"; caller frees. NULL when it is none. */
char *pem_replaced_set(const char *name)
{
	static const char prefix[] = PEM_REPLACED;
	const char *dot = strrchr(name, '.');

	if (strncmp(name, prefix, sizeof prefix - 1) != 0 || dot < name + sizeof prefix - 1 || dot[1] == '\0' ||
	    strspn(dot + 1, "0123456789") != strlen(dot + 1))
		return NULL;
	naccs_auto(heap) char *plain = strndup(name + sizeof prefix - 1, (size_t)(dot - name) - (sizeof prefix - 1));
	return plain != NULL && pem_is_set_name(plain) ? naccs_take(&plain) : NULL;
}

static bool is_kind(const char *name, enum pem_names_kind kind)
{
	static const char *const prefixes[] = {
		[PEM_NAMES_SETS] = "",
		[PEM_NAMES_PENDING] = PEM_PENDING,
		[PEM_NAMES_REPLACED] = PEM_REPLACED,
	};
	char *plain = NULL;

	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return false;
	if (kind == PEM_NAMES_TEMPORARY)
		return strncmp(name, PEM_TEMPORARY, sizeof PEM_TEMPORARY - 1) == 0;
	if (kind == PEM_NAMES_STRANGERS) {
		bool is_known = strcmp(name, PEM_MARKER) == 0;
		for (size_t i = 0; i < PEM_FILE_COUNT; i++)
			is_known = is_known || strcmp(name, pem_file_kinds[i].name) == 0;
		return !is_known;
	}
	size_t length = strlen(prefixes[kind]);
	if (strncmp(name, prefixes[kind], length) != 0)
		return false;
	if (kind != PEM_NAMES_REPLACED)
		return pem_is_set_name(name + length);
	plain = pem_replaced_set(name);
	bool is_ours = plain != NULL;
	free(plain);
	return is_ours;
}

void pem_names_free(struct pem_names *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->name[i]);
	free(names->name);
	*names = (struct pem_names){0};
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool names_add(struct pem_names *names, const char *name)
{
	char **grown = reallocarray(names->name, names->count + 1, sizeof *grown);

	if (grown == NULL)
		return false;
	names->name = grown;
	names->name[names->count] = strdup(name);
	return names->name[names->count] != NULL && ++names->count > 0;
}

naccs_status pem_names_read(int folder, enum pem_names_kind kind, struct pem_names *ret, struct naccs_error *err)
{
	naccs_auto(pem_names) struct pem_names names = {0};
	int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC); /* its own position, unlike dup */
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	bool is_ok = dir != NULL;

	if (dir == NULL && fd >= 0)
		(void)close(fd);
	errno = dir == NULL ? errno : 0;
	for (struct dirent *entry; is_ok && (entry = readdir(dir)) != NULL; errno = 0) {
		if (is_kind(entry->d_name, kind))
			is_ok = names_add(&names, entry->d_name);
	}
	int errnum = errno;
	if (dir != NULL)
		(void)closedir(dir);
	if (!is_ok || errnum != 0)
		return naccs_fail_errno(err, NACCS_E_STORE_IO, errnum, _("cannot read a folder"));
	if (names.count > 1)
		qsort(names.name, names.count, sizeof *names.name, compare_names);
	*ret = names;
	names = (struct pem_names){0};
	return NACCS_OK;
}
