/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the folder that holds the database: opened, locked so that our runs take turns, made when it is missing. */
#include "nss.h"

#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define PARENTS_LIMIT 32

static naccs_status open_once(struct naccs_store *store, struct naccs_error *err)
{
	store->dir = open(store->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (store->dir >= 0 || (errno == ENOENT && store->is_write))
		return NACCS_OK;
	return naccs_fail_errno(err, naccs_store_status_from_errno(errno), errno, _("cannot open the NSS database %s"), store->path);
}

static bool is_still_there(const struct naccs_store *store)
{
	struct stat ours, there;

	return fstat(store->dir, &ours) == 0 && lstat(store->path, &there) == 0 && ours.st_dev == there.st_dev &&
	       ours.st_ino == there.st_ino;
}

/* The lock is on the folder itself: no file of ours lies about, and it ends with the process. */
naccs_status nss_folder_open(struct naccs_store *store, struct naccs_error *err)
{
	naccs_status status = open_once(store, err);

	while (status == NACCS_OK && store->is_write && store->dir >= 0) {
		status = naccs_lock_fd_patiently(store->dir, store->path, store->lock_timeout_ms, store->host->cancelled,
						 store->host->context, err);
		if (status != NACCS_OK || is_still_there(store))
			break;
		/* Who held it took the folder away meanwhile. */
		(void)close(store->dir);
		status = open_once(store, err);
	}
	return status;
}

static naccs_status sync_above(int above, const char *name, struct naccs_error *err)
{
	naccs_status status = naccs_dir_sync(above, name, err);

	if (status != NACCS_OK && status != NACCS_E_STORE_FULL)
		err->status = status = NACCS_E_STORE_IO;
	return status;
}

naccs_status nss_folder_make(struct naccs_store *store, struct naccs_error *err)
{
	const char *slash = strrchr(store->path, '/');
	naccs_auto(heap) char *parent = slash == store->path ? strdup("/") : strndup(store->path, (size_t)(slash - store->path));
	naccs_auto(fd) int above = -1;

	if (parent == NULL)
		return nss_fail_memory(err);
	naccs_status status = naccs_dir_make(parent, S_IRWXU, &above, err);
	if (status != NACCS_OK) {
		err->status = naccs_store_status_from_errno((int)err->native);
		return err->status;
	}
	if (mkdirat(above, slash + 1, S_IRWXU) != 0) {
		if (errno != EEXIST)
			return naccs_fail_errno(err, naccs_store_status_from_errno(errno), errno, _("cannot make the folder %s"),
						store->path);
		store->has_lost_race = true;
		return naccs_fail(err, NACCS_E_RUN_LOCKED, EEXIST, _("cannot make %s: another program has just done so"), store->path);
	}
	status = nss_folder_open(store, err);
	if (status == NACCS_OK && store->dir < 0)
		status = naccs_fail(err, NACCS_E_STORE_IO, ENOENT, _("cannot make %s: it has vanished at once"), store->path);
	if (status == NACCS_OK && fchmod(store->dir, S_IRWXU) != 0)
		status = naccs_fail_errno(err, NACCS_E_STORE_IO, errno, _("cannot set the mode of %s"), store->path);
	if (status != NACCS_OK)
		return status;
	return sync_above(above, parent, err);
}

naccs_status nss_folder_plan_parents(const struct naccs_store *store, naccs_part_sink *sink, void *context, struct naccs_error *err)
{
	naccs_auto(heap) char *path = strdup(store->path);
	char identity[3 * PARENTS_LIMIT + 1] = "";
	size_t depth = 0;
	struct stat about;
	naccs_status status = NACCS_OK;

	if (path == NULL)
		return nss_fail_memory(err);
	for (char *slash = strrchr(path, '/'); slash != NULL && slash != path; slash = strrchr(path, '/')) {
		*slash = '\0';
		if (stat(path, &about) == 0 || errno != ENOENT)
			break;
		if (depth >= PARENTS_LIMIT)
			return naccs_fail(err, NACCS_E_USAGE, 0, _("cannot use %s: too many folders on the way to it are missing"),
					  store->path);
		memcpy(identity + 3 * depth++, "../", sizeof "../");
	}
	for (; depth > 0 && status == NACCS_OK; depth--) {
		identity[3 * depth - 1] = '\0';
		struct naccs_part part = {
			.size = sizeof part, .role = NACCS_ROLE_FOLDER, .action = NACCS_PART_CREATE, .identity = identity};
		status = sink(context, &part);
	}
	return status;
}

/* rmdir of what we made: gone already, or in use by others, is fine. *ret_is_gone tells whether it is no more. */
static naccs_status remove_empty(int above, const char *name, bool *ret_is_gone, struct naccs_error *err)
{
	*ret_is_gone = unlinkat(above, name, AT_REMOVEDIR) == 0 || errno == ENOENT;
	if (!*ret_is_gone && errno != ENOTEMPTY && errno != EEXIST)
		return naccs_fail_errno(err, NACCS_E_STORE_IO, errno, _("cannot delete the folder %s"), name);
	return NACCS_OK;
}

naccs_status nss_folder_remove(struct naccs_store *store, const struct naccs_part *parts, size_t count, struct naccs_error *err)
{
	naccs_auto(heap) char *path = strdup(store->path);
	char identity[3 * PARENTS_LIMIT + 3] = NSS_PART_HERE;
	size_t depth = 0;
	bool is_gone = true;
	naccs_status status = NACCS_OK;

	if (path == NULL)
		return nss_fail_memory(err);
	while (status == NACCS_OK && is_gone && nss_parts_have(parts, count, NACCS_ROLE_FOLDER, identity, NACCS_PART_CREATE)) {
		char *slash = strrchr(path, '/');
		*slash = '\0';
		naccs_auto(fd) int above = open(path[0] != '\0' ? path : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (above >= 0)
			status = remove_empty(above, slash + 1, &is_gone, err);
		if (above >= 0 && status == NACCS_OK && is_gone)
			status = sync_above(above, path, err);
		if (slash == path || depth >= PARENTS_LIMIT)
			break;
		/* "..", "../..", … */
		memcpy(identity + (depth > 0 ? 3 * depth - 1 : 0), depth > 0 ? "/.." : "..", depth > 0 ? 4 : 3);
		depth++;
	}
	if (status == NACCS_OK && store->dir >= 0 && !is_still_there(store)) {
		(void)close(store->dir);
		store->dir = -1;
	}
	return status;
}
