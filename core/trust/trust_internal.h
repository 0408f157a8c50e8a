/* SPDX-License-Identifier: Apache-2.0 */
/* Why: what the files of this room share and nobody else sees. */
#ifndef NACCS_TRUST_INTERNAL_H
#define NACCS_TRUST_INTERNAL_H

#include "text.h"
#include "trust.h"

#include <openssl/x509.h>
#include <openssl/x509v3.h>

static inline void naccs_x509_stack_free(STACK_OF(X509) *stack)
{
	sk_X509_pop_free(stack, X509_free);
}
NACCS_DEFINE_CLEANUP(STACK_OF(X509) *, naccs_x509_stack_free, x509_stack)

/* A stack that does not own its certificates. */
static inline void naccs_borrowed_stack_free(STACK_OF(X509) *stack)
{
	sk_X509_free(stack);
}
NACCS_DEFINE_CLEANUP(STACK_OF(X509) *, naccs_borrowed_stack_free, borrowed_stack)

NACCS_DEFINE_CLEANUP(X509 *, X509_free, x509)

/* ---- verification.c: one question to OpenSSL's chain builder, asked so that the order of helpers does not matter ---- */

enum naccs_path_kind {
	NACCS_PATH_SERVER,	 /* purpose TLS server, security level 2; failures tls.* */
	NACCS_PATH_INTERMEDIATE, /* no purpose of the end, security level 2; failures tls.* */
	NACCS_PATH_CLIENT,	 /* purpose TLS client, security level 0; failures verify.failed */
};

struct naccs_path {
	enum naccs_path_kind kind;
	X509 *target;
	STACK_OF(X509) *first;	 /* untrusted; may be NULL */
	STACK_OF(X509) *then;	 /* untrusted; may be NULL */
	STACK_OF(X509) *anchors; /* those that are not self-signed are left out */
	const char *host;	 /* NULL: any */
	int64_t time;
};

/* *ret_chain (may be NULL): target first, anchor last; naccs_x509_stack_free. The message does not name the target: callers put a prefix.
 */
naccs_status naccs_path_verify(struct naccs_crypto *crypto, const struct naccs_path *path, STACK_OF(X509) **ret_chain,
			       struct naccs_error *err);

/* Self-signed, proven by its own key. */
bool naccs_is_root(X509 *certificate);

/* The very same certificate in stack (may be NULL), or NULL. Borrowed. */
X509 *naccs_stack_find(STACK_OF(X509) *stack, const X509 *certificate);

/* Is there another certificate of the same subject name? Borrowed, or NULL. */
X509 *naccs_stack_find_namesake(STACK_OF(X509) *stack, const X509 *certificate);

/* anchors.c: the very certificate that is built in as an anchor? */
bool naccs_is_builtin_anchor(const X509 *certificate);

/* First common name (else OU, else the whole name), fit for a terminal. Caller frees; never NULL but when memory is short. */
char *naccs_short_name(X509 *certificate);

/* tls.expired (or `status`) for this certificate when it is not valid at time, naming both dates. */
naccs_status naccs_check_dates(X509 *certificate, int64_t time, naccs_status status, struct naccs_error *err);

naccs_status naccs_fail_memory(struct naccs_error *err);

/* ---- judge_server.c ---- */

/* Fills server_chain, basis, basis_time, anchor and server_chain_error of verdict. Fails only where no verdict can be reached. */
naccs_status naccs_judge_server_chain(struct naccs_crypto *crypto, const struct naccs_evidence *evidence,
				      const struct naccs_expectation *expectation, struct naccs_verdict *verdict, struct naccs_error *err);

#endif
