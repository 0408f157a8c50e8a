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
/*
 * The client certificate that is meant in a store: the one whose SHA-256 begins with `wanted` (hex, ':' allowed, at least 8 digits), or, when wanted is NULL, the only
 * one, or the only current one. None: NACCS_E_VERIFY_NONE. The choice is open: NACCS_E_USAGE with the list. *ret is borrowed from contents.
 */
naccs_status naccs_select_certificate(const struct naccs_contents *contents, const char *uri, const char *wanted, const struct naccs_content **ret,
				      struct naccs_error *err);

/* The same for what can't be taken back: being the current one among several is no choice. */
naccs_status naccs_select_sole_certificate(const struct naccs_contents *contents, const char *uri, const char *wanted,
					   const struct naccs_content **ret, struct naccs_error *err);

/* Does this SHA-256 (hex) begin with `wanted` (as above)? wanted NULL: yes. */
bool naccs_is_wanted_certificate(const char *sha256, const char *wanted);

#endif
