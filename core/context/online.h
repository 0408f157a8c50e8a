/* SPDX-License-Identifier: Apache-2.0 */
/* Why: verify --online: does a NACCS server take the certificate, with the key as it sits in its store? Private to this room. */
#ifndef NACCS_CONTEXT_ONLINE_H
#define NACCS_CONTEXT_ONLINE_H

#include "context.h"

/* What one handshake showed. */
struct naccs_online_answer {
	enum naccs_truth online; /* TRUE: accepted; FALSE: failed, err says why; UNKNOWN: no certificate was asked for */
	STACK_OF(X509) *chain;	 /* the server's, proven; NULL: none was. sk_X509_pop_free() */
	char *host;		 /* the one that was asked; free() */
};

/*
 * Check the host of options: a NACCS server's short name ("web-prod"), a host name, or host:port; NULL: web-prod. *ret: free().
 * NACCS_E_USAGE.
 */
naccs_status naccs_online_host(const char *host, char **ret, struct naccs_error *err);

/*
 * One connection, one HEAD request, with the certificate `client` of an open store. ret is filled also after a failure, which is returned
 * with its reason: tls.*, net.*, what the store said when it did not sign.
 */
naccs_status naccs_online_check(struct naccs *context, const struct naccs_online_options *options, struct naccs_open_store *store,
				const struct naccs_contents *contents, const struct naccs_content *client, struct naccs_online_answer *ret,
				struct naccs_error *err);
void naccs_online_answer_clear(struct naccs_online_answer *answer);

#endif
