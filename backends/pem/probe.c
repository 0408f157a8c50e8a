/* SPDX-License-Identifier: Apache-2.0 */
/* Why: before a code is spent, know that an install can work: the path is safe, files can be made here with the right group, there is room.
 */
#include "pem.h"

#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define PROBE_BYTES (64 * 1024) /* more than a set takes */

/* The folder that holds path; NULL when path is a root itself, or memory is short. Caller frees. */
static char *parent_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (slash == NULL || path[1] == '\0')
		return NULL;
	return slash == path ? strdup("/") : strndup(path, (size_t)(slash - path));
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
	naccs_auto(heap) char *path = parent_of(store->path);

	while (path != NULL) {
		naccs_auto(fd) int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd >= 0)
			return probe_folder(store, fd, path, -1, err);
		int errnum = errno;
		char *parent = errnum == ENOENT ? parent_of(path) : NULL;
		if (parent == NULL)
			return naccs_fail_errno(err, naccs_store_status_from_errno(errnum), errnum, _("cannot open the folder %s"), path);
		free(path);
		path = parent;
	}
	return naccs_fail(err, NACCS_E_INTERNAL, 0, _("memory is short"));
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
