/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see transaction.h. */
#include "transaction.h"

#include "text.h"

#include <stdlib.h>
#include <string.h>

static char *copy_or_null(const char *text)
{
	return text != NULL ? strdup(text) : NULL;
}

naccs_status naccs_transaction_open(struct naccs_registry *registry, const struct naccs_asker *asker, const struct naccs_store_opening *opening,
				    struct naccs_books *books, struct naccs_transaction **ret, struct naccs_error *err)
{
	naccs_auto(transaction) struct naccs_transaction *tx = calloc(1, sizeof *tx);
	naccs_status status;

	if (tx == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
	status = naccs_open_store_new(registry, asker, opening, &tx->store, err);
	if (status == NACCS_OK)
		status = naccs_recover_store(tx->store, books, err);
	if (status != NACCS_OK)
		return status;
	tx->group = copy_or_null(opening->group);
	tx->pin_file = copy_or_null(tx->store->is_locked ? tx->store->pin_file : NULL);
	*ret = naccs_take(&tx);
	return NACCS_OK;
}

void naccs_transaction_free(struct naccs_transaction *tx)
{
	if (tx == NULL)
		return;
	naccs_open_store_free(tx->store);
	naccs_parts_clear(&tx->parts);
	naccs_verdict_clear(&tx->verdict);
	free(tx->terminal);
	free(tx->group);
	free(tx->pin_file);
	free(tx);
}

static struct naccs_ledger_entry *entry_of(const struct naccs_transaction *tx, const struct naccs_books *books, const struct naccs_payload *payload)
{
	return naccs_ledger_find(books->ledger, tx->store->uri, payload->credential->facts->sha256);
}

naccs_status naccs_transaction_plan(struct naccs_transaction *tx, const struct naccs_books *books, const struct naccs_payload *payload,
				    struct naccs_error *err)
{
	naccs_status status =
		tx->store->backend->plan(tx->store->store, &payload->installation, naccs_parts_collect, &tx->parts, err);

	if (status != NACCS_OK) {
		if (err->message[0] == '\0')
			return naccs_fail(err, status, 0, _("the backend of %s made a plan that breaks the contract"), tx->store->uri);
		return status;
	}
	tx->had_entry = entry_of(tx, books, payload) != NULL;
	tx->changes_nothing = naccs_parts_change_nothing(&tx->parts);
	tx->phase = NACCS_TX_PLANNED;
	return NACCS_OK;
}

static naccs_status entry_fill(struct naccs_ledger_entry *entry, const struct naccs_transaction *tx, const struct naccs_books *books,
			       const struct naccs_payload *payload, struct naccs_error *err)
{
	const struct naccs_certificate_facts *facts = payload->credential->facts;
	const struct naccs_installation *installation = &payload->installation;
	naccs_status status;

	entry->store = strdup(tx->store->uri);
	entry->sha256 = strdup(facts->sha256);
	entry->serial = strdup(facts->serial);
	entry->subject = strdup(facts->subject);
	entry->common_name = strdup(facts->common_name);
	entry->not_before = facts->not_before;
	entry->not_after = facts->not_after;
	entry->written_at = books->now;
	entry->terminal = copy_or_null(tx->terminal);
	entry->group = copy_or_null(tx->group);
	entry->pin_file = copy_or_null(tx->pin_file);
	entry->wish = copy_or_null(tx->store->wish);
	entry->anchors = calloc(installation->server_anchor_count + 1, sizeof *entry->anchors);
	if (entry->store == NULL || entry->sha256 == NULL || entry->serial == NULL || entry->subject == NULL || entry->common_name == NULL ||
	    entry->anchors == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
	status = naccs_blob_set(&entry->client_ca, installation->client_ca.data, installation->client_ca.length, err);
	for (; status == NACCS_OK && entry->anchor_count < installation->server_anchor_count; entry->anchor_count++) {
		const struct naccs_bytes *anchor = &installation->server_anchors[entry->anchor_count];

		status = naccs_blob_set(&entry->anchors[entry->anchor_count], anchor->data, anchor->length, err);
	}
	return status;
}

static naccs_status copy_parts(const struct naccs_parts *from, struct naccs_parts *to, struct naccs_error *err)
{
	naccs_auto(heap) struct naccs_part *view = naccs_parts_view(from);

	for (size_t i = 0; view != NULL && i < from->count; i++)
		if (naccs_parts_collect(to, &view[i]) != NACCS_OK)
			return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
	return view != NULL ? NACCS_OK : naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
}

/* Write the intention down before anything is touched. A former entry is kept with it: it says what is ours, and comes back on undo. */
static naccs_status record_plan(struct naccs_transaction *tx, struct naccs_books *books, const struct naccs_payload *payload, struct naccs_error *err)
{
	struct naccs_ledger_entry *entry = entry_of(tx, books, payload);
	struct naccs_ledger_entry *former = NULL;
	naccs_status status = NACCS_OK;

	if (entry != NULL) {
		former = calloc(1, sizeof *former);
		if (former == NULL)
			return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
		*former = *entry;
		*entry = (struct naccs_ledger_entry){0};
		if (tx->terminal == NULL)
			tx->terminal = copy_or_null(former->terminal);
		if (tx->pin_file == NULL)
			tx->pin_file = copy_or_null(former->pin_file);
	} else {
		status = naccs_ledger_add(books->ledger, &entry, err);
		if (status != NACCS_OK)
			return status;
	}
	entry->former = former;
	entry->state = NACCS_LEDGER_PLANNED;
	status = entry_fill(entry, tx, books, payload, err);
	if (status == NACCS_OK && former != NULL && entry->wish == NULL)
		entry->wish = copy_or_null(former->wish);
	if (status == NACCS_OK)
		status = copy_parts(&tx->parts, &entry->parts, err);
	return status == NACCS_OK ? naccs_ledger_save(books->state_dirfd, books->ledger, err) : status;
}

/* Nothing of this transaction stays in the ledger; a former entry comes back. */
static naccs_status forget_plan(struct naccs_transaction *tx, struct naccs_books *books, const struct naccs_payload *payload, struct naccs_error *err)
{
	struct naccs_ledger_entry *entry = entry_of(tx, books, payload);

	if (entry == NULL)
		return NACCS_OK;
	naccs_ledger_forget(books->ledger, entry);
	return naccs_ledger_save(books->state_dirfd, books->ledger, err);
}

static naccs_status judge(struct naccs_transaction *tx, const struct naccs_payload *payload, const struct naccs_proof_ground *ground,
			  struct naccs_error *err)
{
	naccs_auto(contents) struct naccs_contents *contents = NULL;
	const char *sha256 = payload->credential->facts->sha256;
	naccs_status status = naccs_contents_read(tx->store, ground->crypto, &contents, NULL, err);

	naccs_verdict_clear(&tx->verdict);
	tx->was_judged = false;
	if (status == NACCS_OK)
		contents->sees_pending = true;
	if (status == NACCS_OK)
		status = naccs_proof_make(ground, tx->store, contents, sha256, payload->anchors, payload->credential->client_ca, &tx->verdict, err);
	if (status == NACCS_E_VERIFY_NONE) /* it was written a moment ago */
		return naccs_fail(err, NACCS_E_VERIFY_FAILED, 0, _("%s: the certificate just written cannot be read back"), tx->store->uri);
	if (status != NACCS_OK)
		return status;
	tx->was_judged = true;
	return naccs_proof_failure(&tx->verdict, tx->store->uri, err);
}

naccs_status naccs_transaction_stage(struct naccs_transaction *tx, struct naccs_books *books, const struct naccs_payload *payload,
				     const struct naccs_proof_ground *ground, struct naccs_error *err)
{
	naccs_auto(heap) struct naccs_part *view = naccs_parts_view(&tx->parts);
	naccs_status status;

	if (view == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
	if (tx->changes_nothing) {
		status = judge(tx, payload, ground, err);
		if (status == NACCS_OK)
			tx->phase = NACCS_TX_JUDGED;
		return status;
	}
	status = record_plan(tx, books, payload, err);
	if (status != NACCS_OK) {
		struct naccs_error ignored = {0};

		(void)forget_plan(tx, books, payload, &ignored);
		return status;
	}
	status = tx->store->backend->stage(tx->store->store, &payload->installation, view, tx->parts.count, err);
	tx->phase = NACCS_TX_STAGED;
	if (status == NACCS_OK)
		status = judge(tx, payload, ground, err);
	if (status != NACCS_OK) {
		struct naccs_error undo = {0};

		if (naccs_transaction_undo(tx, books, payload, &undo) != NACCS_OK)
			naccs_error_hint(err, _("Undoing it failed too (%s); the next run that opens this store will try again."), undo.message);
		return status;
	}
	tx->phase = NACCS_TX_JUDGED;
	return NACCS_OK;
}

naccs_status naccs_transaction_commit(struct naccs_transaction *tx, struct naccs_books *books, const struct naccs_payload *payload,
				      struct naccs_error *err)
{
	naccs_auto(heap) struct naccs_part *view = naccs_parts_view(&tx->parts);
	struct naccs_ledger_entry *entry = entry_of(tx, books, payload);
	naccs_status status;

	if (tx->changes_nothing) {
		tx->phase = NACCS_TX_COMMITTED;
		return NACCS_OK;
	}
	if (view == NULL || entry == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("the ledger lost the entry of %s"), tx->store->uri);
	entry->state = NACCS_LEDGER_JUDGED; /* from here on a crash is finished, not undone */
	status = naccs_ledger_save(books->state_dirfd, books->ledger, err);
	if (status == NACCS_OK)
		status = tx->store->backend->commit(tx->store->store, &payload->installation, view, tx->parts.count, err);
	if (status != NACCS_OK) {
		struct naccs_error undo = {0};

		if (naccs_transaction_undo(tx, books, payload, &undo) != NACCS_OK)
			naccs_error_hint(err, _("Undoing it failed too (%s); the next run that opens this store will finish it."), undo.message);
		return status;
	}
	tx->phase = NACCS_TX_COMMITTED;
	return NACCS_OK;
}

/* A repair keeps the damaged one (with a key) aside until here, so that it could be undone. What can't be swept now goes with the next repair. */
static void sweep_aside(struct naccs_transaction *tx)
{
	naccs_auto(heap) struct naccs_part *view = naccs_parts_view(&tx->parts);
	struct naccs_error err = {0};
	bool is_repair = false;

	for (size_t i = 0; i < tx->parts.count; i++)
		is_repair = is_repair || (tx->parts.items[i].role == NACCS_ROLE_CLIENT && tx->parts.items[i].action == NACCS_PART_CHANGE);
	if (view != NULL && is_repair &&
	    tx->store->backend->recover(tx->store->store, NACCS_RECOVERY_FINISH, view, tx->parts.count, &err) != NACCS_OK && tx->store->asker.log != NULL)
		tx->store->asker.log(tx->store->asker.context, err.message);
}

naccs_status naccs_transaction_settle(struct naccs_transaction *tx, struct naccs_books *books, const struct naccs_payload *payload,
				      struct naccs_error *err)
{
	struct naccs_ledger_entry *entry;
	naccs_status status = NACCS_OK;

	tx->phase = NACCS_TX_SETTLED;
	if (tx->changes_nothing && tx->had_entry)
		return NACCS_OK;
	if (tx->changes_nothing) /* there before us: adopted, so that status and verify know it */
		status = record_plan(tx, books, payload, err);
	entry = entry_of(tx, books, payload);
	if (status == NACCS_OK && entry == NULL)
		status = naccs_fail(err, NACCS_E_INTERNAL, 0, _("the ledger lost the entry of %s"), tx->store->uri);
	if (status == NACCS_OK)
		status = naccs_ledger_settle(books->ledger, entry, err);
	if (status == NACCS_OK)
		status = naccs_ledger_save(books->state_dirfd, books->ledger, err);
	if (status == NACCS_OK)
		sweep_aside(tx);
	return status;
}

naccs_status naccs_transaction_undo(struct naccs_transaction *tx, struct naccs_books *books, const struct naccs_payload *payload,
				    struct naccs_error *err)
{
	naccs_auto(heap) struct naccs_part *view = NULL;
	struct naccs_ledger_entry *entry = entry_of(tx, books, payload);
	naccs_status status;

	if (tx->changes_nothing || tx->phase < NACCS_TX_STAGED || tx->phase == NACCS_TX_SETTLED)
		return NACCS_OK;
	view = naccs_parts_view(&tx->parts);
	if (view == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
	/* A crash during the undoing must be undone, not finished. */
	if (entry != NULL && entry->state != NACCS_LEDGER_PLANNED) {
		entry->state = NACCS_LEDGER_PLANNED;
		naccs_parts_clear(&entry->parts);
		status = copy_parts(&tx->parts, &entry->parts, err);
		if (status == NACCS_OK)
			status = naccs_ledger_save(books->state_dirfd, books->ledger, err);
		if (status != NACCS_OK)
			return status;
	}
	status = tx->store->backend->abort(tx->store->store, view, tx->parts.count, err);
	if (status != NACCS_OK)
		return status;
	tx->phase = NACCS_TX_PLANNED;
	return forget_plan(tx, books, payload, err);
}
