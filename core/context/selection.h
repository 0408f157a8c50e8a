/* SPDX-License-Identifier: Apache-2.0 */
/* Why: which stores a command looks at, and which certificate in them. Private to this room. */
#ifndef NACCS_CONTEXT_SELECTION_H
#define NACCS_CONTEXT_SELECTION_H

#include "context.h"
#include "resolve.h"

/* The stores that the targets mean, or, without any, every store that the ledger knows (in its order); each once. */
naccs_status naccs_selection_make(struct naccs *context, const struct naccs_target *targets, size_t count, const struct naccs_ledger *ledger,
				  struct naccs_selection *ret, struct naccs_error *err);
/* Open a selected store. */
naccs_status naccs_selected_open(struct naccs *context, const struct naccs_selected_store *selected, enum naccs_access access,
				 struct naccs_open_store **ret, struct naccs_error *err);

/* silence.c: open a store as a host that never asks. silence must outlive the store. */
struct naccs_silence {
	const struct naccs_asker *asker; /* for what is not a question */
	bool was_asked;			 /* it was to ask: the store is locked */
};
naccs_status naccs_open_silently(struct naccs_registry *registry, const struct naccs_store_opening *opening, struct naccs_silence *silence,
				 struct naccs_open_store **ret, struct naccs_error *err);

/* ---- what the ledger knows of a store: uri is its canonical one ---- */

/* Has naccs-cert installed anything there that is not removed? */
bool naccs_has_installs(const struct naccs_ledger *ledger, const char *uri);
/* Is a certificate in the store one that was installed there, or another of the same subject as one that was (renewed by another hand,
 * say)? */
bool naccs_is_of_ours(const struct naccs_ledger *ledger, const char *uri, const char *sha256, const char *subject);
/* Is this entry an install in the store, and its subject's latest there? */
bool naccs_is_latest_install(const struct naccs_ledger *ledger, const struct naccs_ledger_entry *entry, const char *uri);

/* ---- which certificate is meant ---- */

/* What a choice stands on. Borrowed. */
struct naccs_choosing {
	const struct naccs *context;	   /* its ui asks where the choice is open */
	const struct naccs_ledger *ledger; /* NULL: whose a certificate is does not matter */
	const struct naccs_contents *contents;
	const char *uri;    /* the store's canonical one */
	const char *wanted; /* --cert: a SHA-256 begins with it (hex, ':' allowed, at least 8 digits); may be NULL */
};
/*
 * The client certificate that is meant: the wanted one; else, among those of ours (naccs_is_of_ours()), or all where the ledger knows no
 * install in this store, the only one, or the only current one. None: NACCS_E_VERIFY_NONE. The choice is open: a person is asked; where
 * nobody can be, NACCS_E_USAGE with the list. *ret is borrowed from contents.
 */
naccs_status naccs_select_certificate(const struct naccs_choosing *choosing, const struct naccs_content **ret, struct naccs_error *err);

/* The same for what can't be taken back: being the current one among several is no choice, and only what was installed there is ours. */
naccs_status naccs_select_sole_certificate(const struct naccs_choosing *choosing, const struct naccs_content **ret,
					   struct naccs_error *err);

/* Does this SHA-256 (hex) begin with `wanted` (as above)? wanted NULL: yes. */
bool naccs_is_wanted_certificate(const char *sha256, const char *wanted);

#endif
