/* SPDX-License-Identifier: Apache-2.0 */
/* Why: what the ledger has pending is undone or finished, and what it has installed is taken away again. See transaction.h. */
#include "transaction.h"

#include "text.h"

#include <stdlib.h>
#include <string.h>

/* Take the parts away that nobody else needs, then the entry. The entry is in state REMOVING, durably. */
static naccs_status finish_removal(struct naccs_open_store *store, struct naccs_books *books, struct naccs_ledger_entry *entry,
				   struct naccs_error *err)
{
	naccs_auto(heap) struct naccs_part *view = NULL;
	size_t count = 0;
	naccs_status status = naccs_ledger_unshared(books->ledger, entry, &view, &count, err);

	if (status == NACCS_OK && count > 0)
		status = store->backend->remove(store->store, view, count, err);
	if (status != NACCS_OK)
		return naccs_error_prefix(err, _("cannot remove the certificate %s from %s"), entry->serial, store->uri);
	naccs_ledger_drop(books->ledger, entry);
	return naccs_ledger_save(books->state_dirfd, books->ledger, err);
}

static naccs_status recover_entry(struct naccs_open_store *store, struct naccs_books *books, struct naccs_ledger_entry *entry,
				  struct naccs_error *err)
{
	bool finish = entry->state == NACCS_LEDGER_JUDGED;
	naccs_auto(heap) struct naccs_part *view = NULL;
	naccs_status status;

	if (entry->state == NACCS_LEDGER_REMOVING)
		return finish_removal(store, books, entry, err);
	view = naccs_parts_view(&entry->parts);
	if (view == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
	status = store->backend->recover(store->store, finish ? NACCS_RECOVERY_FINISH : NACCS_RECOVERY_UNDO, view, entry->parts.count, err);
	if (finish && status == NACCS_E_STORE_DAMAGED) { /* what was judged is gone: then nothing of it may stay */
		finish = false;
		status = store->backend->recover(store->store, NACCS_RECOVERY_UNDO, view, entry->parts.count, err);
	}
	if (status != NACCS_OK)
		return naccs_error_prefix(err, _("cannot repair what an interrupted run left in %s"), store->uri);
	if (finish)
		status = naccs_ledger_settle(books->ledger, entry, err);
	else
		naccs_ledger_forget(books->ledger, entry);
	return status == NACCS_OK ? naccs_ledger_save(books->state_dirfd, books->ledger, err) : status;
}

naccs_status naccs_recover_store(struct naccs_open_store *store, struct naccs_books *books, struct naccs_error *err)
{
	size_t i = 0;

	while (i < books->ledger->count) {
		struct naccs_ledger_entry *entry = &books->ledger->entries[i];
		naccs_status status;

		if (entry->state == NACCS_LEDGER_INSTALLED || strcmp(entry->store, store->uri) != 0) {
			i++;
			continue;
		}
		status = recover_entry(store, books, entry, err); /* afterwards it is gone or installed */
		if (status != NACCS_OK)
			return status;
	}
	return NACCS_OK;
}

naccs_status naccs_remove_entry(struct naccs_open_store *store, struct naccs_books *books, struct naccs_ledger_entry *entry, struct naccs_error *err)
{
	naccs_status status;

	entry->state = NACCS_LEDGER_REMOVING;
	status = naccs_ledger_save(books->state_dirfd, books->ledger, err);
	return status == NACCS_OK ? finish_removal(store, books, entry, err) : status;
}
