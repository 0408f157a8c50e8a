/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see run.h. */
#include "run.h"

#include "text.h"

#include <stdlib.h>
#include <string.h>

static void fail_store(struct naccs_run_store *store, const struct naccs_error *err)
{
	store->outcome = NACCS_STORE_FAILED;
	store->error = *err;
}

/* One store has failed and the run is all or nothing: the others, which wait, fail with it. */
static void fail_waiting(struct naccs_run *run, const struct naccs_run_store *culprit)
{
	for (size_t i = 0; i < run->count; i++) {
		struct naccs_run_store *store = &run->stores[i];

		if (store->outcome != NACCS_STORE_WAITING)
			continue;
		store->outcome = NACCS_STORE_FAILED;
		(void)naccs_fail(&store->error, culprit->error.status, 0, _("%s was left as it was, because of --all-or-nothing: another store failed: %s"),
				 store->opening.uri, culprit->error.message);
	}
}

static const struct naccs_run_store *first_failed(const struct naccs_run *run)
{
	for (size_t i = 0; i < run->count; i++)
		if (run->stores[i].outcome == NACCS_STORE_FAILED)
			return &run->stores[i];
	return NULL;
}

static void fail_all_if_asked(struct naccs_run *run)
{
	const struct naccs_run_store *culprit = run->all_or_nothing ? first_failed(run) : NULL;

	if (culprit != NULL)
		fail_waiting(run, culprit);
}

static naccs_status open_one(struct naccs_run *run, struct naccs_run_store *store, struct naccs_error *err)
{
	naccs_status status = naccs_transaction_open(run->registry, &run->asker, &store->opening, &run->books, &store->tx, err);

	if (status == NACCS_OK && run->terminal != NULL)
		store->tx->terminal = strdup(run->terminal);
	return status;
}

void naccs_run_open(struct naccs_run *run)
{
	for (size_t i = 0; i < run->count; i++) {
		struct naccs_run_store *store = &run->stores[i];
		struct naccs_error err = {0};

		if (store->outcome == NACCS_STORE_WAITING && open_one(run, store, &err) != NACCS_OK)
			fail_store(store, &err);
	}
	fail_all_if_asked(run);
}

bool naccs_run_plan(struct naccs_run *run, const struct naccs_payload *payload)
{
	bool is_changing = false;

	for (size_t i = 0; i < run->count; i++) {
		struct naccs_run_store *store = &run->stores[i];
		struct naccs_error err = {0};

		if (store->outcome != NACCS_STORE_WAITING)
			continue;
		if (naccs_transaction_plan(store->tx, &run->books, payload, &err) != NACCS_OK)
			fail_store(store, &err);
		else
			is_changing = is_changing || !store->tx->changes_nothing;
	}
	fail_all_if_asked(run);
	return is_changing && naccs_run_count(run, NACCS_STORE_WAITING) > 0;
}

static bool is_cancelled(const struct naccs_run *run)
{
	return run->asker.cancelled != NULL && run->asker.cancelled(run->asker.context);
}

/* Another program made the store between our plan and our first step: now there is a lock to wait for, and another plan to make. */
static naccs_status stage_anew(struct naccs_run *run, struct naccs_run_store *store, const struct naccs_payload *payload, struct naccs_error *err)
{
	naccs_status status;

	*err = (struct naccs_error){0};
	naccs_transaction_free(store->tx);
	store->tx = NULL;
	status = open_one(run, store, err);
	if (status == NACCS_OK)
		status = naccs_transaction_plan(store->tx, &run->books, payload, err);
	return status == NACCS_OK ? naccs_transaction_stage(store->tx, &run->books, payload, &run->ground, err) : status;
}

static void stage(struct naccs_run *run, struct naccs_run_store *store, const struct naccs_payload *payload)
{
	struct naccs_error err = {0};
	naccs_status status;

	if (is_cancelled(run)) {
		(void)naccs_fail(&err, NACCS_E_CANCELLED, 0, _("%s was left as it was: the run was interrupted"), store->tx->store->uri);
		fail_store(store, &err);
		return;
	}
	naccs_asker_say(&run->asker, store->tx->changes_nothing ? _("Verifying %s") : _("Installing into %s"), store->tx->store->uri);
	status = naccs_transaction_stage(store->tx, &run->books, payload, &run->ground, &err);
	if (status == NACCS_E_RUN_LOCKED)
		status = stage_anew(run, store, payload, &err);
	if (status != NACCS_OK)
		fail_store(store, &err);
}

static void commit(struct naccs_run *run, struct naccs_run_store *store, const struct naccs_payload *payload)
{
	struct naccs_error err = {0};

	if (naccs_transaction_commit(store->tx, &run->books, payload, &err) != NACCS_OK)
		fail_store(store, &err);
}

/* Out of programs' sight, where the store can; the ledger goes on knowing it. Else out of the store. *ret_is_kept: the entry is still there. */
static naccs_status retire(struct naccs_open_store *store, struct naccs_books *books, struct naccs_ledger_entry *entry, bool *ret_is_kept,
			   struct naccs_error *err)
{
	uint8_t sha256[NACCS_SHA256_SIZE];
	naccs_status status = NACCS_E_STORE_UNSUPPORTED;

	if (store->backend->archive != NULL && naccs_unhex(entry->sha256, sha256, sizeof sha256))
		status = store->backend->archive(store->store, sha256, err);
	*ret_is_kept = status != NACCS_E_STORE_UNSUPPORTED && status != NACCS_E_VERIFY_NONE; /* what is gone already is forgotten */
	if (*ret_is_kept)
		return status;
	*err = (struct naccs_error){0};
	return naccs_remove_entry(store, books, entry, err);
}

/* Retire expired certificates of ours in a store that has just been renewed. */
static naccs_status prune(struct naccs_run *run, struct naccs_run_store *store, const struct naccs_payload *payload, struct naccs_error *err)
{
	size_t i = 0;

	while (i < run->books.ledger->count) {
		struct naccs_ledger_entry *entry = &run->books.ledger->entries[i];
		naccs_status status;
		bool is_kept = false;

		if (strcmp(entry->store, store->tx->store->uri) != 0 || entry->not_after > run->ground.now ||
		    entry->state != NACCS_LEDGER_INSTALLED || strcmp(entry->sha256, payload->credential->facts->sha256) == 0) {
			i++;
			continue;
		}
		status = retire(store->tx->store, &run->books, entry, &is_kept, err);
		if (status != NACCS_OK)
			return status;
		i += is_kept;
	}
	return NACCS_OK;
}

static void settle(struct naccs_run *run, struct naccs_run_store *store, const struct naccs_payload *payload)
{
	struct naccs_error err = {0};
	naccs_status status = naccs_transaction_settle(store->tx, &run->books, payload, &err);

	if (status == NACCS_OK && run->prune)
		status = prune(run, store, payload, &err);
	if (status != NACCS_OK) {
		fail_store(store, &err);
		store->was_touched = !store->tx->changes_nothing;
		return;
	}
	store->outcome = store->tx->changes_nothing ? NACCS_STORE_UNCHANGED : NACCS_STORE_INSTALLED;
}

static void undo_waiting(struct naccs_run *run, const struct naccs_payload *payload)
{
	for (size_t i = run->count; i-- > 0;) {
		struct naccs_run_store *store = &run->stores[i];
		struct naccs_error err = {0};

		if (store->outcome != NACCS_STORE_WAITING)
			continue;
		if (naccs_transaction_undo(store->tx, &run->books, payload, &err) != NACCS_OK) {
			fail_store(store, &err);
			store->was_touched = true;
		}
	}
}

static void each_waiting(struct naccs_run *run, const struct naccs_payload *payload,
			 void (*step)(struct naccs_run *run, struct naccs_run_store *store, const struct naccs_payload *payload))
{
	for (size_t i = 0; i < run->count; i++)
		if (run->stores[i].outcome == NACCS_STORE_WAITING)
			step(run, &run->stores[i], payload);
}

static void install_all_or_nothing(struct naccs_run *run, const struct naccs_payload *payload)
{
	each_waiting(run, payload, stage);
	if (first_failed(run) == NULL)
		each_waiting(run, payload, commit);
	if (first_failed(run) != NULL) {
		undo_waiting(run, payload);
		fail_waiting(run, first_failed(run));
	}
	each_waiting(run, payload, settle);
}

static void install_one(struct naccs_run *run, struct naccs_run_store *store, const struct naccs_payload *payload)
{
	stage(run, store, payload);
	if (store->outcome == NACCS_STORE_WAITING)
		commit(run, store, payload);
	if (store->outcome == NACCS_STORE_WAITING)
		settle(run, store, payload);
}

void naccs_run_install(struct naccs_run *run, const struct naccs_payload *payload)
{
	if (run->all_or_nothing)
		install_all_or_nothing(run, payload);
	else
		each_waiting(run, payload, install_one);
}

size_t naccs_run_count(const struct naccs_run *run, enum naccs_store_outcome outcome)
{
	size_t count = 0;

	for (size_t i = 0; i < run->count; i++)
		count += run->stores[i].outcome == outcome;
	return count;
}

void naccs_run_close(struct naccs_run *run)
{
	for (size_t i = 0; i < run->count; i++) {
		naccs_transaction_free(run->stores[i].tx);
		run->stores[i].tx = NULL;
	}
}

int naccs_status_badness(naccs_status status)
{
	static const naccs_status order[] = {/* from bad to worse */
					     NACCS_E_CANCELLED, NACCS_E_RUN_LOCKED, NACCS_E_VERIFY_NONE, NACCS_E_USAGE, NACCS_E_PIN_WRONG,
					     NACCS_E_PIN_LOCKED, NACCS_E_STORE_OPEN, NACCS_E_STORE_UNSUPPORTED, NACCS_E_BACKEND, NACCS_E_STORE_UNSAFE,
					     NACCS_E_STORE_DAMAGED, NACCS_E_STORE_FULL, NACCS_E_STORE_IO, NACCS_E_FILE_MISSING, NACCS_E_FILE_IO,
					     NACCS_E_VERIFY_FAILED, NACCS_E_INTERNAL};
	int count = (int)(sizeof order / sizeof order[0]);

	if (status == NACCS_OK)
		return 0;
	for (int i = 0; i < count; i++)
		if (order[i] == status)
			return i + 2;
	return 1;
}

const struct naccs_error *naccs_run_worst_error(const struct naccs_run *run)
{
	const struct naccs_error *worst = NULL;

	for (size_t i = 0; i < run->count; i++) {
		const struct naccs_error *err = &run->stores[i].error;

		if (run->stores[i].outcome == NACCS_STORE_FAILED &&
		    (worst == NULL || naccs_status_badness(err->status) > naccs_status_badness(worst->status)))
			worst = err;
	}
	return worst;
}
