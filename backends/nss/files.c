/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: NSS takes a missing or empty file of a database for a wish to have a new one, and loses what the other file still holds. So it is
 * looked first; and an empty database is made beside (NSS_MAKING) and moved in, so that a run that dies never leaves half of one that looks
 * like damage.
 *
 * The order of moves is such that the half on the way is always this one: key4.db in its place, cert9.db in NSS_MAKING. Both ways.
 */
#include "nss.h"

#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

enum presence { ABSENT, EMPTY, PRESENT };

static naccs_status look_at(const struct naccs_store *store, const char *name, enum presence *ret, struct naccs_error *err)
{
	struct stat about, target;

	*ret = ABSENT;
	if (fstatat(store->dir, name, &about, AT_SYMLINK_NOFOLLOW) != 0) {
		if (errno == ENOENT)
			return NACCS_OK;
		return naccs_fail_errno(err, naccs_store_status_from_errno(errno), errno, _("cannot examine %s in %s"), name, store->path);
	}
	bool is_foreign_link = S_ISLNK(about.st_mode) && about.st_uid != 0 && about.st_uid != geteuid();
	if (is_foreign_link || fstatat(store->dir, name, &target, 0) != 0 || !S_ISREG(target.st_mode))
		return naccs_fail(err, NACCS_E_STORE_UNSAFE, 0, _("refused to use %s/%s: it is no file of yours"), store->path, name);
	if (store->is_write && (target.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
		(void)naccs_fail(err, NACCS_E_STORE_UNSAFE, 0, _("refused to write %s/%s: its mode %04o lets group or others write it"),
				 store->path, name, (unsigned)(target.st_mode & 07777));
		return naccs_error_hint(err, _("chmod go-w %s/%s"), store->path, name);
	}
	*ret = target.st_size > 0 ? PRESENT : EMPTY;
	return NACCS_OK;
}

static bool exists(const struct naccs_store *store, const char *name)
{
	struct stat about;

	return fstatat(store->dir, name, &about, AT_SYMLINK_NOFOLLOW) == 0;
}

static naccs_status fail_half(const struct naccs_store *store, enum presence certificates, enum presence keys, struct naccs_error *err)
{
	bool is_empty = certificates == EMPTY || keys == EMPTY;
	const char *bad = certificates == ABSENT || (certificates == EMPTY && keys != ABSENT) ? NSS_CERTIFICATES : NSS_KEYS;
	const char *other = bad[0] == 'c' ? NSS_KEYS : NSS_CERTIFICATES;

	if (is_empty)
		(void)naccs_fail(err, NACCS_E_STORE_DAMAGED, 0, _("refused to use the NSS database %s: %s is empty"), store->path,
				 certificates == EMPTY ? NSS_CERTIFICATES : NSS_KEYS);
	else
		(void)naccs_fail(err, NACCS_E_STORE_DAMAGED, 0, _("refused to use the NSS database %s: %s is there, but %s is missing"),
				 store->path, other, bad);
	return naccs_error_hint(err, _("bring both files back from a backup, or move them out of the way to begin anew"));
}

static naccs_status fail_old_format(const struct naccs_store *store, struct naccs_error *err)
{
	(void)naccs_fail(err, NACCS_E_STORE_UNSUPPORTED, 0,
			 _("refused to use %s: it holds a database of the old format (cert8.db, key3.db), which has to be migrated first"),
			 store->path);
	return naccs_error_hint(err, "certutil -K -X -d sql:%s", store->path);
}

naccs_status nss_files_look(const struct naccs_store *store, enum nss_files *ret, struct naccs_error *err)
{
	enum presence certificates = ABSENT, keys = ABSENT;
	naccs_status status = NACCS_OK;

	*ret = NSS_FILES_MISSING;
	if (store->dir < 0)
		return NACCS_OK;
	status = look_at(store, NSS_CERTIFICATES, &certificates, err);
	if (status == NACCS_OK)
		status = look_at(store, NSS_KEYS, &keys, err);
	if (status != NACCS_OK)
		return status;
	if (certificates == PRESENT && keys == PRESENT)
		*ret = NSS_FILES_THERE;
	else if (certificates == ABSENT && keys == PRESENT && exists(store, NSS_MAKING "/" NSS_CERTIFICATES))
		*ret = NSS_FILES_HALF_MADE;
	else if (certificates != ABSENT || keys != ABSENT)
		return fail_half(store, certificates, keys, err);
	else if (exists(store, "cert8.db") || exists(store, "key3.db"))
		return fail_old_format(store, err);
	return NACCS_OK;
}

static naccs_status sync_folder(const struct naccs_store *store, struct naccs_error *err)
{
	naccs_status status = naccs_dir_sync(store->dir, store->path, err);

	if (status == NACCS_OK)
		return status;
	if (status != NACCS_E_STORE_FULL)
		err->status = status = NACCS_E_STORE_IO;
	return status;
}

/* Never over what is there. */
static naccs_status move(struct naccs_store *store, const char *from, const char *to, struct naccs_error *err)
{
	if (renameat2(store->dir, from, store->dir, to, RENAME_NOREPLACE) == 0)
		return NACCS_OK;
	if ((errno == EINVAL || errno == ENOSYS) && !exists(store, to) && renameat(store->dir, from, store->dir, to) == 0)
		return NACCS_OK;
	if (errno != EEXIST)
		return naccs_fail_errno(err, naccs_store_status_from_errno(errno), errno, _("cannot rename %s in %s"), from, store->path);
	store->has_lost_race = true;
	return naccs_fail(err, NACCS_E_RUN_LOCKED, EEXIST, _("cannot make %s: another program has just done so"), store->path);
}

static naccs_status remove_making(const struct naccs_store *store, struct naccs_error *err)
{
	naccs_status status = exists(store, NSS_MAKING) ? naccs_dir_remove(store->dir, NSS_MAKING, err) : NACCS_OK;

	if (status != NACCS_OK)
		err->status = status = NACCS_E_STORE_IO;
	return status;
}

naccs_status nss_files_sweep(struct naccs_store *store, struct naccs_error *err)
{
	enum nss_files files = NSS_FILES_MISSING;
	naccs_status status = nss_files_look(store, &files, err);

	if (status != NACCS_OK || store->dir < 0)
		return status;
	if (files == NSS_FILES_HALF_MADE)
		status = move(store, NSS_KEYS, NSS_MAKING "/" NSS_KEYS, err);
	return status == NACCS_OK ? remove_making(store, err) : status;
}

naccs_status nss_files_make(struct naccs_store *store, struct naccs_error *err)
{
	naccs_auto(heap) char *making = naccs_format("%s/%s", store->path, NSS_MAKING);
	naccs_status status = nss_files_sweep(store, err);

	if (status != NACCS_OK)
		return status;
	if (making == NULL)
		return nss_fail_memory(err);
	if (mkdirat(store->dir, NSS_MAKING, S_IRWXU) != 0)
		return naccs_fail_errno(err, naccs_store_status_from_errno(errno), errno, _("cannot write into %s"), store->path);
	status = nss_session_make_database(making, err);
	if (status == NACCS_OK)
		status = move(store, NSS_MAKING "/" NSS_KEYS, NSS_KEYS, err);
	if (status == NACCS_OK)
		status = move(store, NSS_MAKING "/" NSS_CERTIFICATES, NSS_CERTIFICATES, err);
	if (status == NACCS_OK)
		status = sync_folder(store, err);
	if (status == NACCS_OK)
		return remove_making(store, err);
	struct naccs_error ignored = {0};
	if (store->has_lost_race) /* the other program's files stay as they are */
		(void)remove_making(store, &ignored);
	else if (nss_path_is_full(store))
		err->status = status = NACCS_E_STORE_FULL;
	return status;
}

naccs_status nss_files_remove(struct naccs_store *store, struct naccs_error *err)
{
	enum nss_files files = NSS_FILES_MISSING;
	naccs_status status = nss_files_look(store, &files, err);

	if (status != NACCS_OK || files != NSS_FILES_THERE)
		return status == NACCS_OK ? nss_files_sweep(store, err) : status;
	if (exists(store, NSS_MODULES) || !nss_is_empty(store)) {
		nss_log(store, "nss: %s stays: others use it", store->path);
		return NACCS_OK;
	}
	status = remove_making(store, err);
	if (status == NACCS_OK && mkdirat(store->dir, NSS_MAKING, S_IRWXU) != 0)
		status = naccs_fail_errno(err, naccs_store_status_from_errno(errno), errno, _("cannot write into %s"), store->path);
	if (status == NACCS_OK)
		status = move(store, NSS_CERTIFICATES, NSS_MAKING "/" NSS_CERTIFICATES, err);
	if (status == NACCS_OK)
		status = move(store, NSS_KEYS, NSS_MAKING "/" NSS_KEYS, err);
	if (status == NACCS_OK)
		status = sync_folder(store, err);
	return status == NACCS_OK ? remove_making(store, err) : status;
}
