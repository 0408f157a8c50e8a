/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: an install that failed in part leaves its PKCS#12 in escrow. When the user mends the cause and simply installs the file again, that entry has served:
 * every store it was for holds the certificate. Then no secret of it may stay.
 */
#include "context.h"

#include <string.h>
#include <unistd.h>

/* An order names a store with what was asked of it. */
static bool is_of(const struct naccs_ledger_entry *entry, const char *store)
{
	return strcmp(entry->store, store) == 0 || strcmp(naccs_ledger_entry_later(entry), store) == 0;
}

static bool holds(const struct naccs_ledger *ledger, const char *store, const char *sha256)
{
	for (size_t i = 0; i < ledger->count; i++) {
		const struct naccs_ledger_entry *entry = &ledger->entries[i];

		if (entry->state == NACCS_LEDGER_INSTALLED && is_of(entry, store) && strcmp(entry->sha256, sha256) == 0)
			return true;
	}
	return false;
}

static bool is_served(const struct naccs_ledger *ledger, const struct naccs_escrow *escrow, const char *sha256)
{
	for (size_t i = 0; i < escrow->order.store_count; i++)
		if (!holds(ledger, escrow->order.stores[i], sha256))
			return false;
	return true;
}

static bool has_answer(const struct naccs_escrow *escrow, const struct naccs_secret *pkcs12)
{
	naccs_auto(secret) struct naccs_secret *answer = NULL;

	return escrow->state == NACCS_ESCROW_RECEIVED && naccs_escrow_answer(escrow, &answer, NULL) == NACCS_OK && naccs_secret_equal(answer, pkcs12);
}

naccs_status naccs_purge_superseded(const struct naccs_ground *ground, const struct naccs_secret *pkcs12, const char *sha256, struct naccs_error *err)
{
	naccs_auto(fd) int run_lock = -1;
	struct naccs_error ignored = {0}; /* what is damaged there is no matter of this install; status and resume tell */
	struct naccs_escrow_list list;
	naccs_status status;

	/* A resume under way will purge it itself; with nothing there, no run is to find its lock taken. */
	if (naccs_escrow_is_empty(ground->state_dirfd) || naccs_state_lock_run(ground->state_dirfd, &run_lock, NULL) != NACCS_OK)
		return NACCS_OK;
	/* Both locks are held: what a crash left half-made or half-purged, with its password, goes too. */
	status = naccs_escrow_list_load_readable(ground->state_dirfd, true, &list, &ignored, err);
	for (size_t i = 0; status == NACCS_OK && i < list.count; i++)
		if (has_answer(list.items[i], pkcs12) && is_served(ground->ledger, list.items[i], sha256))
			status = naccs_escrow_purge(list.items[i], err);
	naccs_escrow_list_clear(&list);
	return status;
}
