/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: a set of the same name takes the place of a damaged or outdated one in one step (the two folders change places), so that a reader
 * finds one or the other, and the old one can come back. N = NAME, P = .pending-NAME, R = .replaced-NAME.number, a name that was free when
 * this install was planned; * marks the folder that holds the marker, which is the new one wherever it lies:
 *
 *     staged        P*  N                       undo: delete P
 *     exchanged     P   N*                      undo: exchange P and N, delete P
 *     set aside     R   N*, later R N           undo: mark N, exchange R and N, delete R
 *     half way where the file system can't exchange:
 *                   P*  R  (no N)               undo: R becomes N, delete P
 *     undoing       R*  N                       R becomes P, as staged
 */
#include "pem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

struct places {
	const struct naccs_store *store;
	int archive;
	const char *name;
	char *pending, *replaced;
};

static naccs_status places_init(struct places *places, const struct naccs_store *store, int archive, const struct naccs_part *set,
				struct naccs_error *err)
{
	static const char pending[] = PEM_PENDING;
	const char *name = pem_part_set_name(set);

	*places = (struct places){store, archive, name, naccs_format("%s%s", pending, name), pem_part_replaced(set)};
	if (places->replaced == NULL)
		return naccs_fail(err, NACCS_E_STORE_DAMAGED, 0, _("cannot replace %s in %s: the recorded parts do not say how"),
				  set->identity, store->path);
	return places->pending != NULL ? NACCS_OK : naccs_fail(err, NACCS_E_INTERNAL, 0, _("memory is short"));
}

static void places_free(struct places *places)
{
	free(places->pending);
	free(places->replaced);
}

static naccs_status fail_rename(const struct places *places, const char *name, struct naccs_error *err)
{
	return naccs_fail_errno(err, naccs_store_status_from_errno(errno), errno, _("cannot rename %s in %s/%s"), name, places->store->path,
				PEM_ARCHIVE);
}

static bool is_marked(const struct places *places, const char *name)
{
	struct naccs_error ignored = {0};
	naccs_auto(fd) int folder = -1;

	return pem_folder_open(places->store, places->archive, name, &folder, &ignored) == NACCS_OK && folder >= 0 &&
	       pem_exists(folder, PEM_MARKER);
}

static naccs_status set_mark(const struct places *places, const char *name, bool is_wanted, struct naccs_error *err)
{
	naccs_auto(fd) int folder = -1;
	naccs_status status = pem_folder_open(places->store, places->archive, name, &folder, err);

	if (status != NACCS_OK || folder < 0)
		return status;
	if (!is_wanted) {
		if (unlinkat(folder, PEM_MARKER, 0) != 0 && errno != ENOENT)
			return fail_rename(places, PEM_MARKER, err);
		return NACCS_OK;
	}
	naccs_auto(fd) int fd = openat(folder, PEM_MARKER, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR);
	if (fd < 0)
		return fail_rename(places, PEM_MARKER, err);
	/* fsync of the set: the marker has to be there before the folders move. */
	return pem_sync(places->store, folder, name, err);
}

static naccs_status move(const struct places *places, const char *from, const char *to, struct naccs_error *err)
{
	if (renameat2(places->archive, from, places->archive, to, RENAME_NOREPLACE) == 0)
		return NACCS_OK;
	if ((errno == EINVAL || errno == ENOSYS) && !pem_exists(places->archive, to) &&
	    renameat(places->archive, from, places->archive, to) == 0)
		return NACCS_OK;
	return fail_rename(places, from, err);
}

/* The folder `marked` (the new one) and `name` change places. Where that can't be done in one step: through `aside`. */
static naccs_status exchange(const struct places *places, const char *from, const char *aside, struct naccs_error *err)
{
	if (renameat2(places->archive, from, places->archive, places->name, RENAME_EXCHANGE) == 0)
		return NACCS_OK;
	if (errno != EINVAL && errno != ENOSYS)
		return fail_rename(places, from, err);
	naccs_status status = move(places, places->name, aside, err);
	return status == NACCS_OK ? move(places, from, places->name, err) : status;
}

/* What strangers put into the set goes with its name. */
static naccs_status carry_strangers(const struct places *places, const char *from, const char *to, struct naccs_error *err)
{
	naccs_auto(pem_names) struct pem_names names = {0};
	naccs_auto(fd) int source = -1;
	naccs_auto(fd) int target = -1;
	naccs_status status = pem_folder_open(places->store, places->archive, from, &source, err);

	if (status == NACCS_OK)
		status = pem_folder_open(places->store, places->archive, to, &target, err);
	if (status != NACCS_OK || source < 0 || target < 0)
		return status;
	status = pem_names_read(source, PEM_NAMES_STRANGERS, &names, err);
	for (size_t i = 0; i < names.count && status == NACCS_OK; i++) {
		if (!pem_exists(target, names.name[i]) && renameat(source, names.name[i], target, names.name[i]) != 0)
			status = fail_rename(places, names.name[i], err);
	}
	return status;
}

/* Certificate and key are there and fit: what this install was finished with, if its old folder was swept already. */
static bool is_whole(const struct places *places)
{
	struct naccs_error ignored = {0};
	naccs_auto(pem_set) struct pem_set set = {.folder = -1};
	naccs_auto(pkey) EVP_PKEY *key = NULL;

	return pem_set_open(places->store, places->archive, places->name, &set, &ignored) == NACCS_OK &&
	       pem_set_key(places->store, &set, &key, &ignored) == NACCS_OK;
}

naccs_status pem_replace(const struct naccs_store *store, int archive, const struct naccs_part *set, struct naccs_error *err)
{
	__attribute__((cleanup(places_free))) struct places places = {0};
	naccs_status status = places_init(&places, store, archive, set, err);

	if (status == NACCS_OK && is_marked(&places, places.pending)) {
		if (pem_exists(archive, places.name))
			status = exchange(&places, places.pending, places.replaced, err);
		else
			status = move(&places, places.pending, places.name, err);
	}
	if (status == NACCS_OK && is_marked(&places, places.name) && pem_exists(archive, places.pending))
		status = move(&places, places.pending, places.replaced, err);
	if (status == NACCS_OK && !pem_exists(archive, places.replaced) && !is_whole(&places))
		return naccs_fail(err, NACCS_E_STORE_DAMAGED, 0, _("cannot complete %s/%s: nothing was staged"), store->path,
				  set->identity);
	if (status == NACCS_OK)
		status = carry_strangers(&places, places.replaced, places.name, err);
	return status == NACCS_OK ? set_mark(&places, places.name, false, err) : status;
}

/* The old set has its name again; the new one, marked, is at P or R. */
static naccs_status delete_new(const struct places *places, struct naccs_error *err)
{
	naccs_status status = NACCS_OK;

	/* Under the name P it is what was staged: without its marker, half deleted at R, it would be taken for the old one. */
	if (is_marked(places, places->replaced))
		status = move(places, places->replaced, places->pending, err);
	return status == NACCS_OK ? pem_set_delete(places->store, places->archive, places->pending, err) : status;
}

naccs_status pem_replace_undo(const struct naccs_store *store, int archive, const struct naccs_part *set, struct naccs_error *err)
{
	__attribute__((cleanup(places_free))) struct places places = {0};
	naccs_status status = places_init(&places, store, archive, set, err);

	if (status != NACCS_OK)
		return status;
	if (!pem_exists(archive, places.name)) {
		/* Half way of an exchange in two steps: the old one is the unmarked one. */
		if (pem_exists(archive, places.replaced) && !is_marked(&places, places.replaced))
			status = move(&places, places.replaced, places.name, err);
		else if (pem_exists(archive, places.pending) && !is_marked(&places, places.pending))
			status = move(&places, places.pending, places.name, err);
	} else if (pem_exists(archive, places.pending) && is_marked(&places, places.name)) {
		status = exchange(&places, places.pending, places.replaced, err);
	} else if (pem_exists(archive, places.replaced) && !is_marked(&places, places.replaced)) {
		status = carry_strangers(&places, places.name, places.replaced, err);
		if (status == NACCS_OK)
			status = set_mark(&places, places.name, true, err);
		if (status == NACCS_OK)
			status = exchange(&places, places.replaced, places.pending, err);
	}
	return status == NACCS_OK ? delete_new(&places, err) : status;
}

naccs_status pem_replaced_sweep(const struct naccs_store *store, int archive, const char *set_name, struct naccs_error *err)
{
	naccs_auto(pem_names) struct pem_names names = {0};
	naccs_status status = pem_names_read(archive, PEM_NAMES_REPLACED, &names, err);

	for (size_t i = 0; i < names.count && status == NACCS_OK; i++) {
		naccs_auto(heap) char *name = pem_replaced_set(names.name[i]);
		if (name != NULL && (set_name != NULL ? strcmp(name, set_name) == 0 : pem_exists(archive, name)))
			status = pem_set_delete(store, archive, names.name[i], err);
	}
	return status;
}
