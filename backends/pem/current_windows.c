/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: programs on Windows can't follow the link live. For them the folder current holds copies of the files of the set that live leads to,
 * each put there by one rename. It is made from live alone, after live was switched, so whoever may have died in between, following live
 * again makes it right.
 */
#include "pem.h"

#include "file.h"
#include "windows/native.h"
#include "windows/security.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#define CURRENT "current"

static naccs_status fail_current(const struct naccs_store *store, const char *name, struct naccs_error *err)
{
	return naccs_fail_errno(err, naccs_store_status_from_errno(errno), errno, _("cannot write %s in %s"), name, store->path);
}

/* The set that target ("archive/NAME") means; *ret has no folder when it is gone. */
static naccs_status open_set(const struct naccs_store *store, const char *target, struct pem_set *ret, struct naccs_error *err)
{
	naccs_auto(fd) int archive = -1;
	naccs_status status = pem_archive_open(store, &archive, err);

	*ret = (struct pem_set){.name = strchr(target, '/') + 1, .set_name = strchr(target, '/') + 1, .folder = -1};
	return status == NACCS_OK && archive >= 0 ? pem_folder_open(store, archive, ret->name, &ret->folder, err) : status;
}

/* Missing: NACCS_OK and NULL. */
static naccs_status read_file(const struct naccs_store *store, int folder, enum pem_file file, struct naccs_secret **ret,
			      struct naccs_error *err)
{
	const struct pem_set place = {.name = CURRENT, .folder = folder};
	naccs_status status = pem_set_read(store, &place, file, ret, err);

	if (status != NACCS_E_FILE_MISSING)
		return status;
	*ret = NULL;
	return NACCS_OK;
}

/* Whom the file that goes let in is let in by the one that comes: a service that was granted reading keeps it. */
static int keep_readers(int folder, const char *name, int fd)
{
	naccs_auto(fd) int former = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

	return former >= 0 ? naccs_security_copy(naccs_native_handle(former), naccs_native_handle(fd)) : 0;
}

static naccs_status put_file(const struct naccs_store *store, int folder, const char *name, const struct naccs_secret *contents,
			     struct naccs_error *err)
{
	static const char temporary[] = PEM_TEMPORARY CURRENT;

	(void)unlinkat(folder, temporary, 0);
	naccs_status status = naccs_file_create(folder, temporary, naccs_secret_data(contents), naccs_secret_length(contents), 0600, err);
	if (status != NACCS_OK) {
		err->status = naccs_store_status_from_errno((int)err->native);
		return err->status;
	}
	naccs_auto(fd) int fd = openat(folder, temporary, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	bool is_ready = fd >= 0 && keep_readers(folder, name, fd) == 0;
	int errnum = errno;
	if (fd >= 0)
		(void)close(naccs_take_fd(&fd));
	errno = errnum;
	if (is_ready && renameat(folder, temporary, folder, name) == 0)
		return NACCS_OK;
	status = fail_current(store, name, err);
	(void)unlinkat(folder, temporary, 0);
	return status;
}

static naccs_status follow_file(const struct naccs_store *store, const struct pem_set *set, int folder, enum pem_file file,
				struct naccs_error *err)
{
	const char *name = pem_file_kinds[file].name;
	naccs_auto(secret) struct naccs_secret *wanted = NULL;
	naccs_auto(secret) struct naccs_secret *there = NULL;
	naccs_status status = set->folder >= 0 ? read_file(store, set->folder, file, &wanted, err) : NACCS_OK;

	if (status == NACCS_OK)
		status = read_file(store, folder, file, &there, err);
	if (status != NACCS_OK || (wanted == NULL && there == NULL) || naccs_secret_equal(wanted, there))
		return status;
	if (wanted != NULL)
		return put_file(store, folder, name, wanted, err);
	return unlinkat(folder, name, 0) == 0 || errno == ENOENT ? NACCS_OK : fail_current(store, name, err);
}

static naccs_status remove_current(const struct naccs_store *store, struct naccs_error *err)
{
	const struct pem_set none = {.folder = -1};
	naccs_auto(fd) int folder = -1;
	naccs_status status = pem_folder_open(store, store->dir, CURRENT, &folder, err);

	if (status != NACCS_OK || folder < 0)
		return status;
	(void)unlinkat(folder, PEM_TEMPORARY CURRENT, 0);
	for (size_t i = 0; i < PEM_FILE_COUNT && status == NACCS_OK; i++)
		status = follow_file(store, &none, folder, (enum pem_file)i, err);
	(void)close(naccs_take_fd(&folder));
	if (status == NACCS_OK && unlinkat(store->dir, CURRENT, AT_REMOVEDIR) != 0 && errno != ENOTEMPTY && errno != ENOENT)
		status = fail_current(store, CURRENT, err);
	return status;
}

naccs_status pem_current_follow(const struct naccs_store *store, const char *target, struct naccs_error *err)
{
	naccs_auto(pem_set) struct pem_set set = {.folder = -1};
	naccs_auto(fd) int folder = -1;

	if (store->dir < 0)
		return NACCS_OK;
	naccs_status status = target != NULL ? open_set(store, target, &set, err) : NACCS_OK;
	if (status == NACCS_OK && set.folder < 0)
		return remove_current(store, err);
	if (status == NACCS_OK && mkdirat(store->dir, CURRENT, 0700) != 0 && errno != EEXIST)
		status = fail_current(store, CURRENT, err);
	if (status == NACCS_OK)
		status = pem_folder_open(store, store->dir, CURRENT, &folder, err);
	for (size_t i = 0; i < PEM_FILE_COUNT && status == NACCS_OK; i++)
		status = follow_file(store, &set, folder, (enum pem_file)i, err);
	if (status == NACCS_OK)
		(void)unlinkat(folder, PEM_TEMPORARY CURRENT, 0); /* a crash's */
	return status;
}

bool pem_current_is(const struct naccs_store *store, const char *target)
{
	struct naccs_error ignored = {0};
	naccs_auto(pem_set) struct pem_set set = {.folder = -1};
	naccs_auto(fd) int folder = -1;
	bool is_same = open_set(store, target, &set, &ignored) == NACCS_OK && set.folder >= 0 &&
		       pem_folder_open(store, store->dir, CURRENT, &folder, &ignored) == NACCS_OK && folder >= 0;

	for (size_t i = 0; i < PEM_FILE_COUNT && is_same; i++) {
		naccs_auto(secret) struct naccs_secret *wanted = NULL;
		naccs_auto(secret) struct naccs_secret *there = NULL;
		is_same = read_file(store, set.folder, (enum pem_file)i, &wanted, &ignored) == NACCS_OK &&
			  read_file(store, folder, (enum pem_file)i, &there, &ignored) == NACCS_OK &&
			  ((wanted == NULL && there == NULL) || naccs_secret_equal(wanted, there));
	}
	return is_same;
}
