/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: write a set where no program looks, durably. Each fsync is named where it is called; README.md counts them.
 * Whatever fails, what was written is taken back before the call returns.
 */
#include "pem.h"

#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define PARENT_MODE 0755 /* folders above DIR hold no secret, and services have to get through them */

struct staging {
	struct naccs_store *store;
	const struct naccs_installation *installation;
	struct pem_parts parts;
	int archive;
};

static naccs_status fail_store(const struct naccs_store *store, int errnum, const char *name, struct naccs_error *err)
{
	return naccs_fail_errno(err, naccs_store_status_from_errno(errnum), errnum, _("cannot write %s in %s"), name, store->path);
}

static bool has_action(const struct staging *staging, uint32_t role, const char *identity, uint32_t action)
{
	const struct naccs_part *part = pem_part_find(&staging->parts, role, identity);

	return part != NULL && part->action == action;
}

/* mkdir of what plan found missing. Somebody else made it meanwhile: this run has to be planned anew. */
static naccs_status make_folder(struct naccs_store *store, int parent, const char *name, int *ret, struct naccs_error *err)
{
	struct pem_ownership ownership = pem_ownership_of(store, -1, NULL, true);

	if (mkdirat(parent, name, 0700) != 0) {
		if (errno != EEXIST)
			return fail_store(store, errno, name, err);
		store->has_lost_race = true;
		return naccs_fail(err, NACCS_E_RUN_LOCKED, EEXIST, _("cannot make %s: another program has just done so"), store->path);
	}
	naccs_status status = pem_folder_open(store, parent, name, ret, err);
	if (status == NACCS_OK && *ret < 0)
		status = fail_store(store, ENOENT, name, err);
	return status == NACCS_OK ? pem_ownership_apply(*ret, &ownership, name, err) : status;
}

static naccs_status make_dir(struct naccs_store *store, struct naccs_error *err)
{
	const char *slash = strrchr(store->path, '/');
	naccs_auto(heap) char *parent = slash == store->path ? strdup("/") : strndup(store->path, (size_t)(slash - store->path));
	naccs_auto(fd) int fd = -1;

	if (parent == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("memory is short"));
	/* fsync of each folder in which a missing parent is made: that parent's name (in naccs_dir_make). */
	naccs_status status = naccs_dir_make(parent, PARENT_MODE, &fd, err);
	if (status != NACCS_OK) {
		err->status = naccs_store_status_from_errno((int)err->native);
		return err->status;
	}
	status = make_folder(store, fd, slash + 1, &store->dir, err);
	if (status == NACCS_OK)
		status = naccs_lock_fd_patiently(store->dir, store->path, store->lock_timeout_ms, store->host->cancelled,
						 store->host->context, err);
	/* fsync of DIR's parent: the name DIR. */
	return status == NACCS_OK ? pem_sync(store, fd, parent, err) : status;
}

/* A folder that plan wants opened for the group. */
static naccs_status change_folder(const struct naccs_store *store, int fd, const char *name, struct naccs_error *err)
{
	struct pem_ownership ownership = pem_ownership_of(store, fd, NULL, false);

	return pem_ownership_apply(fd, &ownership, name, err);
}

static naccs_status stage_folders(struct staging *staging, struct naccs_error *err)
{
	struct naccs_store *store = staging->store;
	naccs_status status = store->dir < 0 ? make_dir(store, err) : NACCS_OK;

	if (status == NACCS_OK && has_action(staging, NACCS_ROLE_FOLDER, ".", NACCS_PART_CHANGE))
		status = change_folder(store, store->dir, ".", err);
	if (status == NACCS_OK && has_action(staging, NACCS_ROLE_FOLDER, PEM_ARCHIVE, NACCS_PART_CREATE)) {
		status = make_folder(store, store->dir, PEM_ARCHIVE, &staging->archive, err);
		/* fsync of DIR: the name archive. */
		return status == NACCS_OK ? pem_sync(store, store->dir, ".", err) : status;
	}
	if (status == NACCS_OK)
		status = pem_archive_open(store, &staging->archive, err);
	if (status == NACCS_OK && staging->archive < 0)
		status = fail_store(store, ENOENT, PEM_ARCHIVE, err);
	if (status == NACCS_OK && has_action(staging, NACCS_ROLE_FOLDER, PEM_ARCHIVE, NACCS_PART_CHANGE))
		status = change_folder(store, staging->archive, PEM_ARCHIVE, err);
	return status;
}

static int write_all(int fd, const uint8_t *bytes, size_t length)
{
	while (length > 0) {
		ssize_t count = write(fd, bytes, length);
		if (count < 0 && errno != EINTR)
			return errno;
		if (count > 0) {
			bytes += count;
			length -= (size_t)count;
		}
	}
	return 0;
}

/* Created closed, then given its owner and mode, then synced once: contents, owner and mode together. */
static naccs_status write_file(const struct naccs_store *store, int folder, const char *name, const struct naccs_secret *contents,
			       const struct pem_ownership *ownership, struct naccs_error *err)
{
	naccs_auto(fd) int fd = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR);

	if (fd < 0)
		return fail_store(store, errno, name, err);
	int errnum = write_all(fd, naccs_secret_data(contents), naccs_secret_length(contents));
	if (errnum != 0)
		return fail_store(store, errnum, name, err);
	naccs_status status = pem_ownership_apply(fd, ownership, name, err);
	/* fsync of each file: what is in it, and who may read it. */
	if (status == NACCS_OK && fsync(fd) != 0)
		status = fail_store(store, errno, name, err);
	return status;
}

static naccs_status write_set(const struct staging *staging, int folder, int former, struct naccs_error *err)
{
	naccs_auto(pem_contents) struct pem_contents contents = {0};
	naccs_status status = pem_contents_render(staging->installation, &contents, err);

	for (size_t i = 0; i < PEM_FILE_COUNT && status == NACCS_OK; i++) {
		const struct pem_file_kind *kind = &pem_file_kinds[i];
		struct pem_ownership ownership = pem_ownership_of(staging->store, former, kind->name, kind->is_private);
		if (contents.file[i] != NULL)
			status = write_file(staging->store, folder, kind->name, contents.file[i], &ownership, err);
	}
	return status;
}

/* The empty file that tells the new folder from the old one when they change places. The folder's fsync makes it durable. */
static naccs_status write_marker(const struct naccs_store *store, int folder, struct naccs_error *err)
{
	naccs_auto(fd) int fd = openat(folder, PEM_MARKER, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR);

	return fd >= 0 ? NACCS_OK : fail_store(store, errno, PEM_MARKER, err);
}

static naccs_status stage_set(const struct staging *staging, const char *set_name, bool is_change, struct naccs_error *err)
{
	static const char pending_prefix[] = PEM_PENDING;
	const struct naccs_store *store = staging->store;
	naccs_auto(heap) char *pending = naccs_format("%s%s", pending_prefix, set_name);
	naccs_auto(fd) int folder = -1;
	naccs_auto(fd) int former = -1;

	if (pending == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("memory is short"));
	/* Leftovers of runs that were concluded long ago: the lock is ours. */
	naccs_status status = pem_set_delete(store, staging->archive, pending, err);
	if (status == NACCS_OK && is_change)
		status = pem_replaced_sweep(store, staging->archive, set_name, err);
	if (status == NACCS_OK)
		status = pem_live_open(store, &former, err);
	if (status == NACCS_OK && mkdirat(staging->archive, pending, 0700) != 0)
		status = fail_store(store, errno, pending, err);
	if (status == NACCS_OK)
		status = pem_folder_open(store, staging->archive, pending, &folder, err);
	if (status == NACCS_OK && is_change)
		status = write_marker(store, folder, err);
	if (status == NACCS_OK)
		status = write_set(staging, folder, former, err);
	if (status != NACCS_OK)
		return status;
	struct pem_ownership ownership = pem_ownership_of(store, former, NULL, true);
	status = pem_ownership_apply(folder, &ownership, pending, err);
	/* fsync of the set: the names of its files. */
	if (status == NACCS_OK)
		status = pem_sync(store, folder, pending, err);
	/* fsync of archive: the name of the pending set, so that a judged set is there after a power cut. */
	return status == NACCS_OK ? pem_sync(store, staging->archive, PEM_ARCHIVE, err) : status;
}

static naccs_status stage(struct staging *staging, struct naccs_error *err)
{
	const struct naccs_part *set = pem_part_next_set(&staging->parts, NULL);

	if (set == NULL)
		return naccs_fail(err, NACCS_E_USAGE, 0, _("cannot install into %s: the parts name no set"), staging->store->path);
	if (set->action == NACCS_PART_ADOPT && staging->store->dir >= 0 &&
	    !has_action(staging, NACCS_ROLE_FOLDER, ".", NACCS_PART_CHANGE) &&
	    !has_action(staging, NACCS_ROLE_FOLDER, PEM_ARCHIVE, NACCS_PART_CHANGE))
		return NACCS_OK;
	naccs_status status = stage_folders(staging, err);
	if (status == NACCS_OK && set->action != NACCS_PART_ADOPT)
		status = stage_set(staging, pem_part_set_name(set), set->action == NACCS_PART_CHANGE, err);
	return status;
}

naccs_status pem_stage(struct naccs_store *store, const struct naccs_installation *installation, const struct naccs_part *parts,
		       size_t part_count, struct naccs_error *err)
{
	struct staging staging = {.store = store, .installation = installation, .parts = {parts, part_count}, .archive = -1};
	naccs_status status = pem_check_write(store, err);

	if (status != NACCS_OK)
		return status;
	status = stage(&staging, err);
	if (staging.archive >= 0)
		(void)close(staging.archive);
	if (status == NACCS_OK)
		return status;
	struct naccs_error undo = {0};
	if (pem_undo(store, &staging.parts, &undo) != NACCS_OK)
		(void)naccs_error_hint(err, _("undoing what was written failed too: %s"), undo.message);
	return status;
}
