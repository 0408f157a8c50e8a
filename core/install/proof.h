/* SPDX-License-Identifier: Apache-2.0 */
/* Why: proving one certificate in one store: read back, signed by its key, judged. Promise 5: verified means shown. */
#ifndef NACCS_INSTALL_PROOF_H
#define NACCS_INSTALL_PROOF_H

#include "store.h"
#include "trust.h"

/* What the judge may lean on, the same for every store of a run. Borrowed. */
struct naccs_proof_ground {
	struct naccs_crypto *crypto;
	STACK_OF(X509) *intermediates; /* bundled and from --anchor */
	STACK_OF(X509) *live_chain;    /* met in this run; NULL: none */
	const char *live_host;
	const struct naccs_recorded_chain *recorded; /* NULL: none */
	int64_t now;
};

/*
 * Judge the client certificate `sha256` (hex) in an open store as `contents` shows it. anchors, client_ca: what was installed (NULL: not known). ret is to be cleared with
 * naccs_verdict_clear(). No such certificate there: NACCS_E_VERIFY_NONE.
 */
naccs_status naccs_proof_make(const struct naccs_proof_ground *ground, struct naccs_open_store *store, const struct naccs_contents *contents,
			      const char *sha256, STACK_OF(X509) *anchors, X509 *client_ca, struct naccs_verdict *ret, struct naccs_error *err);

/* The first thing that is false in a verdict, as an error of status verify.failed that names the store. NACCS_OK when nothing is. */
naccs_status naccs_proof_failure(const struct naccs_verdict *verdict, const char *uri, struct naccs_error *err);

#endif
