/* SPDX-License-Identifier: Apache-2.0 */
/* Why: who we are to the portal when a certificate authenticates instead of codes: a certificate in a store, and its key there, which signs. Private to this room. */
#ifndef NACCS_CONTEXT_IDENTITY_H
#define NACCS_CONTEXT_IDENTITY_H

#include "selection.h"

struct naccs_identity {
	struct naccs_open_store *store; /* open for reading; the key signs through it */
	X509 *certificate;
	STACK_OF(X509) *chain; /* its intermediates, leaf side first; may be empty */
	EVP_PKEY *key;         /* before the store */
	bool lacks_pss;        /* naccs_store_key_lacks_pss() */
	struct naccs_certificate_facts *facts;
};

/* The certificate that is meant in a store (as naccs_select_certificate(); wanted may be NULL), with its chain; no key yet. A store that
 * has no key for it: verify.none. ret is zeroed before, and to be cleared by the caller either way. */
naccs_status naccs_identity_choose(struct naccs *context, const struct naccs_ledger *ledger, const struct naccs_selected_store *selected,
				   const char *wanted, struct naccs_identity *ret, struct naccs_error *err);
/* The same for a certificate that is known already. */
naccs_status naccs_identity_find(struct naccs *context, const struct naccs_selected_store *selected, const char *sha256,
				 struct naccs_identity *ret, struct naccs_error *err);
/* Its key, for a TLS connection of this process; it stays in the store, which signs. */
naccs_status naccs_identity_unlock(struct naccs *context, struct naccs_identity *identity, struct naccs_error *err);
/* When a journey failed because the key did not sign: what its store said about it, in place of what the connection looked like. Returns the status to tell. */
naccs_status naccs_identity_explain(const struct naccs_identity *identity, naccs_status status, struct naccs_error *err);
void naccs_identity_clear(struct naccs_identity *identity);

#endif
