/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: the ledger says what we put where: which certificate, by which parts, in which store, and how far an install got. It is written before a store is touched,
 * so that after a crash everything can be undone or finished. One JSON file, ledger.json, whole or not at all; changed only under the ledger lock.
 * No secret is ever in it.
 */
#ifndef NACCS_INSTALL_LEDGER_H
#define NACCS_INSTALL_LEDGER_H

#include "blob.h"

struct naccs_parts {
	struct naccs_ledger_part {
		uint32_t role, action;
		char *identity;
		struct naccs_blob before;
	} *items;
	size_t count;
};

/* A naccs_part_sink: context is a struct naccs_parts *. */
naccs_status naccs_parts_collect(void *context, const struct naccs_part *part);
void naccs_parts_clear(struct naccs_parts *parts);
/* The same as the contract's structs, borrowing from parts. Caller frees the array only. NULL when memory is short (or none: one element is always there). */
struct naccs_part *naccs_parts_view(const struct naccs_parts *parts);
const struct naccs_ledger_part *naccs_parts_find(const struct naccs_parts *parts, uint32_t role, const char *identity);
/* Is there nothing but ADOPT? */
bool naccs_parts_change_nothing(const struct naccs_parts *parts);

enum naccs_ledger_state {
	NACCS_LEDGER_PLANNED,   /* a crash now: undo */
	NACCS_LEDGER_JUDGED,    /* a crash now: finish */
	NACCS_LEDGER_INSTALLED, /* done */
	NACCS_LEDGER_REMOVING,  /* a crash now: remove again */
};

struct naccs_ledger_entry {
	enum naccs_ledger_state state;
	char *store; /* canonical URI */
	char *wish;  /* the same with what was asked for beyond naming the store, for the next install there; NULL: nothing was, or an older
			version wrote it */
	char *sha256, *serial, *subject, *common_name;
	int64_t not_before, not_after;
	int64_t written_at;
	char *terminal, *group, *pin_file; /* may be NULL */
	struct naccs_blob client_ca;       /* DER */
	struct naccs_blob *anchors;        /* DER */
	size_t anchor_count;
	struct naccs_parts parts;
	struct naccs_ledger_entry *former; /* while a repair of the same certificate is pending: the entry as it was before, to come back on undo; else NULL */
};

struct naccs_ledger {
	struct naccs_ledger_entry *entries;
	size_t count;
};

/* Missing file or state_dirfd -1: an empty ledger. Damaged: NACCS_E_FILE_IO naming it. */
naccs_status naccs_ledger_load(int state_dirfd, struct naccs_ledger **ret, struct naccs_error *err);
/* Durable: file and folder are synced. */
naccs_status naccs_ledger_save(int state_dirfd, const struct naccs_ledger *ledger, struct naccs_error *err);
void naccs_ledger_free(struct naccs_ledger *ledger);
NACCS_DEFINE_CLEANUP(struct naccs_ledger *, naccs_ledger_free, ledger)

/* The entry of a certificate in a store; NULL when there is none. Borrowed; invalid after add or drop. */
struct naccs_ledger_entry *naccs_ledger_find(const struct naccs_ledger *ledger, const char *store, const char *sha256);
/* A new zeroed entry at the end. */
naccs_status naccs_ledger_add(struct naccs_ledger *ledger, struct naccs_ledger_entry **ret, struct naccs_error *err);
void naccs_ledger_drop(struct naccs_ledger *ledger, struct naccs_ledger_entry *entry);
void naccs_ledger_entry_clear(struct naccs_ledger_entry *entry);
/* The URI by which the successor goes into the same store the same way. Borrowed. */
const char *naccs_ledger_entry_later(const struct naccs_ledger_entry *entry);

/*
 * The install of `entry` is done: its state becomes INSTALLED, and what belongs to it for good is settled: a part that it found (ADOPT) but that another entry of the
 * same store, or its own former parts, had made or changed is ours all the same, with that claim's action and former bytes. So the last user takes it away.
 */
naccs_status naccs_ledger_settle(const struct naccs_ledger *ledger, struct naccs_ledger_entry *entry, struct naccs_error *err);

/* The install of `entry` was undone: a repair gets its former parts back, anything else is dropped (entry is invalid afterwards). */
void naccs_ledger_forget(struct naccs_ledger *ledger, struct naccs_ledger_entry *entry);

/* The parts of `entry` that no other entry of the same store uses, without adopted ones: what a removal takes away. The mark of the current certificate is in it
 * whoever else has one: the backend looks where it points. View as of naccs_parts_view(); *ret_count may be 0. */
naccs_status naccs_ledger_unshared(const struct naccs_ledger *ledger, const struct naccs_ledger_entry *entry, struct naccs_part **ret,
				   size_t *ret_count, struct naccs_error *err);

#endif
