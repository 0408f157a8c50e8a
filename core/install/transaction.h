/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: one install into one store, all or nothing: plan → ledger → stage → read back and judge → commit or undo. A crash anywhere is undone or finished by the next
 * transaction that opens the store, from the ledger. The caller holds the ledger lock.
 */
#ifndef NACCS_INSTALL_TRANSACTION_H
#define NACCS_INSTALL_TRANSACTION_H

#include "ledger.h"
#include "proof.h"

/* The ledger and where it lives. Borrowed. */
struct naccs_books {
	int state_dirfd;
	struct naccs_ledger *ledger;
	int64_t now; /* for the entries' written_at */
};

/* What is installed, in the contract's form; it refers to DER copies that it owns. */
struct naccs_payload {
	struct naccs_installation installation;
	const struct naccs_credential *credential; /* borrowed */
	STACK_OF(X509) *anchors;                   /* borrowed */
	struct naccs_secret *private_key;
	struct naccs_blob certificate, client_ca;
	struct naccs_blob *intermediates, *server_anchors, *server_intermediates;
	struct naccs_bytes *intermediate_views, *anchor_views, *server_intermediate_views;
};
naccs_status naccs_payload_new(const struct naccs_credential *credential, STACK_OF(X509) *anchors, STACK_OF(X509) *intermediates,
			       struct naccs_payload **ret, struct naccs_error *err);
void naccs_payload_free(struct naccs_payload *payload);
NACCS_DEFINE_CLEANUP(struct naccs_payload *, naccs_payload_free, payload)

enum naccs_transaction_phase { NACCS_TX_OPENED, NACCS_TX_PLANNED, NACCS_TX_STAGED, NACCS_TX_JUDGED, NACCS_TX_COMMITTED, NACCS_TX_SETTLED };

struct naccs_transaction {
	struct naccs_open_store *store; /* owned */
	enum naccs_transaction_phase phase;
	struct naccs_parts parts; /* of this transaction's plan */
	bool had_entry;            /* the ledger knew this certificate in this store before */
	bool changes_nothing;
	struct naccs_verdict verdict;
	bool was_judged;
	char *terminal, *group, *pin_file; /* for the ledger; may be NULL */
};

/* Open the store for writing; undo or finish what a crashed run left there, as the ledger tells. */
naccs_status naccs_transaction_open(struct naccs_registry *registry, const struct naccs_asker *asker, const struct naccs_store_opening *opening,
				    struct naccs_books *books, struct naccs_transaction **ret, struct naccs_error *err);
/* Ask the backend for its plan. Writes nothing. */
naccs_status naccs_transaction_plan(struct naccs_transaction *tx, const struct naccs_books *books, const struct naccs_payload *payload,
				    struct naccs_error *err);
/* Ledger, stage, read back, judge. A bad verdict is verify.failed; then, and on every other failure, the store is as it was and the ledger too. With changes_nothing only
 * the judging is done. */
naccs_status naccs_transaction_stage(struct naccs_transaction *tx, struct naccs_books *books, const struct naccs_payload *payload,
				     const struct naccs_proof_ground *ground, struct naccs_error *err);
/* Make it current. A failure is undone as far as the store lets us. Until settle, undo still brings everything back, and a crash is finished. */
naccs_status naccs_transaction_commit(struct naccs_transaction *tx, struct naccs_books *books, const struct naccs_payload *payload,
				      struct naccs_error *err);
/* Note in the ledger that it is installed: the end of the transaction. */
naccs_status naccs_transaction_settle(struct naccs_transaction *tx, struct naccs_books *books, const struct naccs_payload *payload,
				      struct naccs_error *err);
/* Undo whatever phase it is in (used by --all-or-nothing after another store failed). */
naccs_status naccs_transaction_undo(struct naccs_transaction *tx, struct naccs_books *books, const struct naccs_payload *payload,
				    struct naccs_error *err);
void naccs_transaction_free(struct naccs_transaction *tx);
NACCS_DEFINE_CLEANUP(struct naccs_transaction *, naccs_transaction_free, transaction)

/* ---- removal.c ---- */

/* Undo or finish everything the ledger has pending for this open store. */
naccs_status naccs_recover_store(struct naccs_open_store *store, struct naccs_books *books, struct naccs_error *err);

/* Take one ledger entry's certificate out of an open store: noted as being removed, removed, forgotten. entry is invalid afterwards. */
naccs_status naccs_remove_entry(struct naccs_open_store *store, struct naccs_books *books, struct naccs_ledger_entry *entry, struct naccs_error *err);

#endif
