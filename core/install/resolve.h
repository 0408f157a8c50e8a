/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: people name stores in many ways (nss:firefox, a relative path, the same folder twice); locks, ledger and escrow know each store by
 * one URI. This is the one place where what was said becomes that: before any store is opened for writing.
 */
#ifndef NACCS_INSTALL_RESOLVE_H
#define NACCS_INSTALL_RESOLVE_H

#include "store.h"

/* A store as it was named. */
struct naccs_selected_store {
	char *store;		  /* canonical, where naccs_selection_unite() had to look; else NULL */
	bool has_wish;		  /* with store: its URI asks for something beyond naming it */
	char *uri;                /* canonical; as it was said when it could not be resolved, or its backend has no say in it */
	char *said;               /* as it was said */
	char *pin_file;           /* may be NULL */
	struct naccs_error error; /* it could not be resolved, and so can't be opened */
};
struct naccs_selection {
	struct naccs_selected_store *items;
	size_t count;
};

/*
 * Add the stores that uri means for the user whose home is given; one that is in the selection already is not added again. "pin-source=file:…" in the URI's query is taken
 * out of it and becomes the PIN file, before pin_file (may be NULL); a PIN file is for one store: NACCS_E_USAGE when the URI means several. A URI that means none is added with
 * its error: what becomes of the others is for the caller to decide.
 */
naccs_status naccs_selection_add(struct naccs_registry *registry, const struct naccs_asker *asker, const char *home, const char *uri, const char *pin_file,
				 struct naccs_selection *selection, struct naccs_error *err);

/* Add a store by its canonical URI. */
naccs_status naccs_selection_add_known(struct naccs_selection *selection, const char *uri, const char *pin_file, struct naccs_error *err);

/*
 * One store under two names is one: a run that opened it twice would wait for its own lock. Stores whose backend has no say in names, and
 * of which there are several of a kind, are opened for reading and asked; what can't be opened stays as it is. Of two names the later one
 * counts, unless only the earlier one asks for something beyond naming the store.
 */
naccs_status naccs_selection_unite(struct naccs_registry *registry, const struct naccs_asker *asker, struct naccs_selection *selection,
				   struct naccs_error *err);
void naccs_selection_clear(struct naccs_selection *selection);

#endif
