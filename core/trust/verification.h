/* SPDX-License-Identifier: Apache-2.0 */
/* Why: what the three files behind naccs_path_verify() hand to each other. */
#ifndef NACCS_TRUST_VERIFICATION_H
#define NACCS_TRUST_VERIFICATION_H

#include "trust_internal.h"

/* What one question to OpenSSL may use. Both stacks are the struct's own; their certificates are borrowed. */
struct naccs_attempt {
	STACK_OF(X509) *untrusted;
	STACK_OF(X509) *anchors;
};

static inline void naccs_attempt_clear(struct naccs_attempt *attempt)
{
	sk_X509_free(attempt->untrusted);
	sk_X509_free(attempt->anchors);
	attempt->untrusted = NULL;
	attempt->anchors = NULL;
}

/* How far an attempt came: the more, the more its failure tells. */
enum naccs_rank { NACCS_RANK_UNTRUSTED, NACCS_RANK_NAME, NACCS_RANK_TIME, NACCS_RANK_GOOD };

struct naccs_outcome {
	enum naccs_rank rank;
	int code;	       /* X509_V_ERR_… */
	X509 *culprit;	       /* owned; may be NULL */
	STACK_OF(X509) *chain; /* owned, with its certificates; as far as it was built */
};

static inline void naccs_outcome_clear(struct naccs_outcome *outcome)
{
	X509_free(outcome->culprit);
	naccs_x509_stack_free(outcome->chain);
	*outcome = (struct naccs_outcome){0};
}

/* proven.c: of attempt's certificates keep those that lie on a way from target to an anchor that is proven by signatures. */
naccs_status naccs_attempt_keep_proven(struct naccs_attempt *attempt, X509 *target, struct naccs_error *err);

/* explain.c: an outcome that is not good, in words. Returns the status that path's kind gives it. */
naccs_status naccs_outcome_explain(const struct naccs_outcome *outcome, const struct naccs_path *path, struct naccs_error *err);

#endif
