/* SPDX-License-Identifier: Apache-2.0 */
/* Why: back to what was there before plan, from any point that stage or commit may have reached; and again, with the same end. */
#include "pem.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>

/* Where live should lead when the set that it leads to goes: its former target if that is still there, else nowhere. Caller frees. */
static char *former_target(int archive, const struct naccs_part *live)
{
	naccs_auto(heap) char *target = pem_part_before_live(live);
	struct stat status;

	if (target != NULL && fstatat(archive, strchr(target, '/') + 1, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(status.st_mode))
		return naccs_take(&target);
	return NULL;
}

static naccs_status undo_live(const struct naccs_store *store, const struct pem_parts *parts, struct naccs_error *err)
{
	const struct naccs_part *live = pem_part_find(parts, NACCS_ROLE_CURRENT, PEM_LIVE);
	const struct naccs_part *set = pem_part_next_set(parts, NULL);
	naccs_auto(heap) char *now = NULL;

	if (live == NULL || set == NULL || live->action == NACCS_PART_ADOPT)
		return NACCS_OK;
	naccs_status status = pem_live_read(store, &now, err);
	if (status != NACCS_OK)
		return status;
	if (now == NULL || strcmp(now, set->identity) != 0) /* an undo before this one may have died after the switch */
		return pem_current_follow(store, now, err);
	/* What was there before is put back as it was, even if it led nowhere. */
	naccs_auto(heap) char *target = pem_part_before_live(live);
	return pem_live_switch(store, target, err);
}

static naccs_status undo_set(const struct naccs_store *store, int archive, const struct naccs_part *set, struct naccs_error *err)
{
	static const char prefix[] = PEM_PENDING;
	const char *name = pem_part_set_name(set);
	naccs_auto(heap) char *pending = naccs_format("%s%s", prefix, name);

	if (pending == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("memory is short"));
	if (set->action == NACCS_PART_CHANGE)
		return pem_replace_undo(store, archive, set, err);
	if (set->action != NACCS_PART_CREATE)
		return NACCS_OK;
	naccs_status status = pem_set_delete(store, archive, pending, err);
	return status == NACCS_OK ? pem_set_delete(store, archive, name, err) : status;
}

/* A folder that was opened for a group gets its mode and group back. */
static naccs_status restore_folder(const struct pem_parts *parts, const char *identity, int fd, struct naccs_error *err)
{
	const struct naccs_part *part = pem_part_find(parts, NACCS_ROLE_FOLDER, identity);
	struct pem_ownership before = {.owner = (uid_t)-1};

	if (part == NULL || part->action != NACCS_PART_CHANGE || fd < 0 || !pem_part_read_folder(part, &before.mode, &before.group))
		return NACCS_OK;
	return pem_ownership_apply(fd, &before, identity, err);
}

static bool is_created(const struct pem_parts *parts, const char *identity)
{
	const struct naccs_part *part = pem_part_find(parts, NACCS_ROLE_FOLDER, identity);

	return part != NULL && part->action == NACCS_PART_CREATE;
}

/* rmdir of what we made: gone already, or in use by others, is fine. *ret_is_gone tells whether it is no more. */
static naccs_status remove_empty(int parent, const char *name, bool *ret_is_gone, struct naccs_error *err)
{
	*ret_is_gone = unlinkat(parent, name, AT_REMOVEDIR) == 0 || errno == ENOENT;
	if (!*ret_is_gone && errno != ENOTEMPTY && errno != EEXIST)
		return naccs_fail_errno(err, NACCS_E_STORE_IO, errno, _("cannot delete the folder %s"), name);
	return NACCS_OK;
}

/* DIR itself and the parents that we made, innermost first. */
static naccs_status remove_dir(struct naccs_store *store, const struct pem_parts *parts, struct naccs_error *err)
{
	naccs_auto(heap) char *path = strdup(store->path);
	char identity[PATH_MAX] = ".";
	size_t length = 1;
	bool is_gone = true;
	naccs_status status = NACCS_OK;

	if (path == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("memory is short"));
	while (status == NACCS_OK && is_gone && is_created(parts, identity)) {
		char *slash = strrchr(path, '/');
		*slash = '\0';
		naccs_auto(fd) int parent = open(path[0] != '\0' ? path : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (parent >= 0)
			status = remove_empty(parent, slash + 1, &is_gone, err);
		if (parent >= 0 && status == NACCS_OK && is_gone)
			status = pem_sync(store, parent, path, err);
		if (slash == path || length + 4 > sizeof identity)
			break;
		/* ".", "..", "../..", … */
		length = length == 1 ? 2 : length + 3;
		memcpy(identity + length - 2, "..", sizeof "..");
		if (length > 2)
			identity[length - 3] = '/';
	}
	if (status == NACCS_OK && store->dir >= 0 && access(store->path, F_OK) != 0) {
		(void)close(store->dir);
		store->dir = -1;
	}
	return status;
}

naccs_status pem_folders_remove(struct naccs_store *store, const struct pem_parts *parts, struct naccs_error *err)
{
	bool is_gone = false;
	naccs_status status = NACCS_OK;

	if (store->dir >= 0 && is_created(parts, PEM_ARCHIVE)) {
		status = remove_empty(store->dir, PEM_ARCHIVE, &is_gone, err);
		if (status == NACCS_OK && is_gone)
			status = pem_sync(store, store->dir, ".", err);
	}
	return status == NACCS_OK ? remove_dir(store, parts, err) : status;
}

static naccs_status delete_named(const struct naccs_store *store, int folder, enum pem_names_kind kind, struct naccs_error *err)
{
	naccs_auto(pem_names) struct pem_names names = {0};
	naccs_status status = pem_names_read(folder, kind, &names, err);

	for (size_t i = 0; i < names.count && status == NACCS_OK; i++) {
		if (kind != PEM_NAMES_TEMPORARY)
			status = pem_set_delete(store, folder, names.name[i], err);
		else if (unlinkat(folder, names.name[i], 0) != 0 && errno != ENOENT)
			status = naccs_fail_errno(err, NACCS_E_STORE_IO, errno, _("cannot delete %s in %s"), names.name[i], store->path);
	}
	return status;
}

/* Leftovers of runs that died: the lock is ours, so nobody is at work on them. */
naccs_status pem_sweep(const struct naccs_store *store, struct naccs_error *err)
{
	naccs_auto(fd) int archive = -1;
	naccs_status status = pem_archive_open(store, &archive, err);

	if (status == NACCS_OK && store->dir >= 0)
		status = delete_named(store, store->dir, PEM_NAMES_TEMPORARY, err);
	if (status == NACCS_OK && archive >= 0)
		status = delete_named(store, archive, PEM_NAMES_TEMPORARY, err);
	if (status == NACCS_OK && archive >= 0)
		status = delete_named(store, archive, PEM_NAMES_PENDING, err);
	if (status == NACCS_OK && archive >= 0)
		status = pem_replaced_sweep(store, archive, NULL, err);
	return status;
}

/* Before it is removed: on Windows a folder that is open may stay until it is closed, and its parent with it. */
static void close_folder(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}

/* In the reverse of the order in which it was written. */
naccs_status pem_undo(struct naccs_store *store, const struct pem_parts *parts, struct naccs_error *err)
{
	naccs_auto(fd) int archive = -1;
	naccs_status status = NACCS_OK;

	if (store->has_lost_race) /* what lies there is another program's */
		return NACCS_OK;
	if (store->dir >= 0) {
		status = pem_archive_open(store, &archive, err);
		if (status == NACCS_OK && archive >= 0)
			status = undo_live(store, parts, err);
		for (const struct naccs_part *set = NULL; status == NACCS_OK && archive >= 0;) {
			set = pem_part_next_set(parts, set);
			if (set == NULL)
				break;
			status = undo_set(store, archive, set, err);
		}
		if (status == NACCS_OK)
			status = delete_named(store, store->dir, PEM_NAMES_TEMPORARY, err);
		/* fsync of archive: the names that went. */
		if (status == NACCS_OK && archive >= 0)
			status = pem_sync(store, archive, PEM_ARCHIVE, err);
		if (status == NACCS_OK)
			status = restore_folder(parts, PEM_ARCHIVE, archive, err);
		if (status == NACCS_OK)
			status = restore_folder(parts, ".", store->dir, err);
	}
	close_folder(&archive);
	return status == NACCS_OK ? pem_folders_remove(store, parts, err) : status;
}

naccs_status pem_abort(struct naccs_store *store, const struct naccs_part *parts, size_t part_count, struct naccs_error *err)
{
	const struct pem_parts all = {parts, part_count};
	naccs_status status = pem_check_write(store, err);

	return status == NACCS_OK ? pem_undo(store, &all, err) : status;
}

static bool is_removed(const struct pem_parts *parts, const char *target)
{
	const struct naccs_part *part = target != NULL ? pem_part_find(parts, NACCS_ROLE_CLIENT, target) : NULL;

	return part != NULL && pem_part_set_name(part) != NULL;
}

/* The newest set that stays and has a key. Caller frees; NULL when there is none. */
static char *newest_other(const struct naccs_store *store, int archive, const struct pem_parts *parts)
{
	naccs_auto(pem_names) struct pem_names names = {0};
	struct naccs_error ignored = {0};

	if (pem_names_read(archive, PEM_NAMES_SETS, &names, &ignored) != NACCS_OK)
		return NULL;
	for (size_t i = names.count; i > 0; i--) { /* names begin with the date */
		naccs_auto(pem_set) struct pem_set set = {.folder = -1};
		naccs_auto(pkey) EVP_PKEY *key = NULL;
		naccs_auto(heap) char *target = naccs_format("%s/%s", PEM_ARCHIVE, names.name[i - 1]);
		if (target != NULL && !is_removed(parts, target) &&
		    pem_set_open(store, archive, names.name[i - 1], &set, &ignored) == NACCS_OK &&
		    pem_set_key(store, &set, &key, &ignored) == NACCS_OK)
			return naccs_take(&target);
	}
	return NULL;
}

/*
 * live moves away first, so that it never leads to a set that is half gone: back to its former target, else on to the newest set that
 * stays, else away. It is left alone where it leads to a set that stays: then it is another certificate's.
 */
static naccs_status remove_live(const struct naccs_store *store, int archive, const struct pem_parts *parts, struct naccs_error *err)
{
	const struct naccs_part *live = pem_part_find(parts, NACCS_ROLE_CURRENT, PEM_LIVE);
	bool has_set = pem_part_next_set(parts, NULL) != NULL;
	naccs_auto(heap) char *now = NULL;
	naccs_auto(heap) char *target = NULL;
	naccs_status status = pem_live_read(store, &now, err);

	if (status != NACCS_OK)
		return status;
	if (now == NULL) /* a removal before this one may have died after the switch */
		return pem_current_follow(store, NULL, err);
	bool is_dangling = archive < 0 || !pem_exists(archive, strchr(now, '/') + 1);
	if (!is_removed(parts, now) && (live == NULL || (has_set && !is_dangling)))
		return pem_current_follow(store, now, err);
	if (archive >= 0 && live != NULL)
		target = former_target(archive, live);
	if (target != NULL && is_removed(parts, target)) {
		free(target);
		target = NULL;
	}
	/* Without a set among the parts it was the link alone that was ours. */
	if (archive >= 0 && target == NULL && has_set)
		target = newest_other(store, archive, parts);
	return pem_live_switch(store, target, err);
}

naccs_status pem_remove(struct naccs_store *store, const struct naccs_part *parts, size_t part_count, struct naccs_error *err)
{
	const struct pem_parts all = {parts, part_count};
	naccs_auto(fd) int archive = -1;
	naccs_status status = pem_check_write(store, err);

	if (status == NACCS_OK)
		status = pem_archive_open(store, &archive, err);
	if (status == NACCS_OK && store->dir >= 0)
		status = remove_live(store, archive, &all, err);
	for (const struct naccs_part *set = NULL; status == NACCS_OK && archive >= 0;) {
		set = pem_part_next_set(&all, set);
		if (set == NULL)
			break;
		status = pem_set_delete(store, archive, pem_part_set_name(set), err);
		if (status == NACCS_OK)
			status = pem_replaced_sweep(store, archive, pem_part_set_name(set), err);
	}
	if (status == NACCS_OK && archive >= 0)
		status = pem_sync(store, archive, PEM_ARCHIVE, err);
	if (status == NACCS_OK)
		status = restore_folder(&all, PEM_ARCHIVE, archive, err);
	if (status == NACCS_OK && store->dir >= 0)
		status = restore_folder(&all, ".", store->dir, err);
	close_folder(&archive);
	return status == NACCS_OK ? pem_folders_remove(store, &all, err) : status;
}
