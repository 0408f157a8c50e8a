/* SPDX-License-Identifier: Apache-2.0 */
/* Why: what was staged becomes what programs meet: the set gets its name, then the link moves. The same steps finish it after a crash. */
#include "pem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

static naccs_status publish(const struct naccs_store *store, int archive, const char *set_name, struct naccs_error *err)
{
	static const char prefix[] = PEM_PENDING;
	naccs_auto(heap) char *pending = naccs_format("%s%s", prefix, set_name);

	if (pending == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("memory is short"));
	if (pem_exists(archive, set_name) && !pem_exists(archive, pending))
		return NACCS_OK;
	if (!pem_exists(archive, pending))
		return naccs_fail(err, NACCS_E_STORE_DAMAGED, 0, _("cannot complete %s/%s/%s: nothing was staged"), store->path,
				  PEM_ARCHIVE, set_name);
	/* A folder never takes the place of one that is not empty, with this flag or without. */
	if (renameat2(archive, pending, archive, set_name, RENAME_NOREPLACE) != 0 &&
	    ((errno != EINVAL && errno != ENOSYS) || renameat(archive, pending, archive, set_name) != 0))
		return naccs_fail_errno(err, naccs_store_status_from_errno(errno), errno, _("cannot rename %s in %s/%s"), pending,
					store->path, PEM_ARCHIVE);
	return NACCS_OK;
}

static naccs_status commit_set(const struct naccs_store *store, int archive, const struct naccs_part *set, struct naccs_error *err)
{
	const char *name = pem_part_set_name(set);
	naccs_status status = NACCS_OK;

	if (set->action == NACCS_PART_ADOPT) {
		if (!pem_exists(archive, name))
			return naccs_fail(err, NACCS_E_STORE_DAMAGED, 0, _("cannot complete %s: %s is gone"), store->path, set->identity);
		return NACCS_OK;
	}
	if (set->action == NACCS_PART_CHANGE)
		status = pem_replace(store, archive, set, err);
	else
		status = publish(store, archive, name, err);
	/* fsync of archive: the set's final name, before live leads there. */
	return status == NACCS_OK ? pem_sync(store, archive, PEM_ARCHIVE, err) : status;
}

naccs_status pem_commit(struct naccs_store *store, const struct naccs_installation *installation, const struct naccs_part *parts,
			size_t part_count, struct naccs_error *err)
{
	const struct pem_parts all = {parts, part_count};
	const struct naccs_part *set = pem_part_next_set(&all, NULL);
	const struct naccs_part *live = pem_part_find(&all, NACCS_ROLE_CURRENT, PEM_LIVE);
	naccs_auto(fd) int archive = -1;

	(void)installation;
	naccs_status status = pem_check_write(store, err);
	if (status == NACCS_OK && set == NULL)
		return naccs_fail(err, NACCS_E_STORE_DAMAGED, 0, _("cannot complete an install into %s: the parts name no set"),
				  store->path);
	if (status == NACCS_OK)
		status = pem_archive_open(store, &archive, err);
	if (status == NACCS_OK && archive < 0)
		return naccs_fail(err, NACCS_E_STORE_DAMAGED, 0, _("cannot complete an install into %s: nothing was staged"), store->path);
	if (status == NACCS_OK)
		status = commit_set(store, archive, set, err);
	if (status == NACCS_OK && live != NULL && live->action != NACCS_PART_ADOPT)
		status = pem_live_switch(store, set->identity, err);
	return status;
}

/* Only what had been staged whole can have been judged good. */
static naccs_status check_staged(const struct naccs_store *store, const struct naccs_part *set, struct naccs_error *err)
{
	static const char prefix[] = PEM_PENDING;
	naccs_auto(pem_set) struct pem_set staged = {.folder = -1};
	naccs_auto(pkey) EVP_PKEY *key = NULL;
	naccs_auto(fd) int archive = -1;
	naccs_auto(heap) char *pending = naccs_format("%s%s", prefix, pem_part_set_name(set));
	naccs_status status = pem_archive_open(store, &archive, err);

	if (status != NACCS_OK)
		return status;
	if (pending != NULL && archive >= 0 && pem_exists(archive, pending) && set->action == NACCS_PART_CREATE) {
		status = pem_set_open(store, archive, pending, &staged, err);
		if (status == NACCS_OK)
			status = pem_set_key(store, &staged, &key, err);
	}
	if (status == NACCS_OK)
		return status;
	err->status = NACCS_E_STORE_DAMAGED;
	return naccs_error_prefix(err, _("what was staged is not whole"));
}

/* Who died after a switch may not have come to what follows it. */
static naccs_status follow_live(const struct naccs_store *store, struct naccs_error *err)
{
	naccs_auto(heap) char *live = NULL;
	naccs_status status = pem_live_read(store, &live, err);

	return status == NACCS_OK ? pem_current_follow(store, live, err) : status;
}

naccs_status pem_recover(struct naccs_store *store, enum naccs_recovery direction, const struct naccs_part *parts, size_t part_count,
			 struct naccs_error *err)
{
	const struct pem_parts all = {parts, part_count};
	const struct naccs_part *set = pem_part_next_set(&all, NULL);
	naccs_status status = pem_check_write(store, err);

	if (status != NACCS_OK)
		return status;
	if (direction == NACCS_RECOVERY_FINISH) {
		if (set != NULL)
			status = check_staged(store, set, err);
		if (status == NACCS_OK)
			status = pem_commit(store, NULL, parts, part_count, err);
	} else {
		status = pem_undo(store, &all, err);
	}
	if (status == NACCS_OK)
		status = pem_sweep(store, err);
	return status == NACCS_OK ? follow_live(store, err) : status;
}

naccs_status pem_activate(struct naccs_store *store, const uint8_t certificate[NACCS_SHA256_SIZE], struct naccs_error *err)
{
	naccs_auto(heap) char *name = NULL;
	naccs_auto(heap) char *target = NULL;
	naccs_auto(fd) int archive = -1;
	naccs_auto(pem_set) struct pem_set set = {.folder = -1};
	naccs_auto(pkey) EVP_PKEY *key = NULL;

	naccs_status status = pem_check_write(store, err);
	if (status == NACCS_OK)
		status = pem_set_find(store, certificate, false, &name, err);
	if (status == NACCS_OK)
		status = pem_archive_open(store, &archive, err);
	if (status == NACCS_OK)
		status = pem_set_open(store, archive, name, &set, err);
	if (status == NACCS_OK)
		status = pem_set_key(store, &set, &key, err);
	if (status != NACCS_OK)
		return status;
	target = naccs_format("%s/%s", PEM_ARCHIVE, name);
	if (target == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("memory is short"));
	return pem_live_switch(store, target, err);
}
