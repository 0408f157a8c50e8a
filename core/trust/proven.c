/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: names say who may have signed, only signatures say who did. Small questions about certificates and stacks of them, and the filter
 * that leaves of many helpers those that really connect a certificate with an anchor.
 */
#include "verification.h"

#include <openssl/err.h>

bool naccs_is_root(X509 *certificate)
{
	bool is_root = X509_self_signed(certificate, 1) == 1;
	ERR_clear_error();
	return is_root;
}

bool naccs_is_signed_by(X509 *certificate, X509 *issuer)
{
	if (X509_NAME_cmp(X509_get_issuer_name(certificate), X509_get_subject_name(issuer)) != 0)
		return false;
	EVP_PKEY *key = X509_get0_pubkey(issuer);
	bool is_signed = key != NULL && X509_verify(certificate, key) == 1;
	ERR_clear_error();
	return is_signed;
}

X509 *naccs_stack_find(STACK_OF(X509) *stack, const X509 *certificate)
{
	for (int i = 0; i < sk_X509_num(stack); i++)
		if (X509_cmp(sk_X509_value(stack, i), certificate) == 0)
			return sk_X509_value(stack, i);
	return NULL;
}

X509 *naccs_stack_find_namesake(STACK_OF(X509) *stack, const X509 *certificate)
{
	for (int i = 0; i < sk_X509_num(stack); i++) {
		X509 *other = sk_X509_value(stack, i);
		if (X509_NAME_cmp(X509_get_subject_name(other), X509_get_subject_name(certificate)) == 0 &&
		    X509_cmp(other, certificate) != 0)
			return other;
	}
	return NULL;
}

enum direction { UPWARDS /* who signed what is kept */, DOWNWARDS /* what the kept ones signed */ };

/* Take into kept every candidate that hangs together with it by signatures. */
static bool grow(STACK_OF(X509) *kept, STACK_OF(X509) *candidates, enum direction direction)
{
	for (int i = 0; i < sk_X509_num(kept); i++) { /* kept grows meanwhile */
		X509 *from = sk_X509_value(kept, i);
		for (int k = 0; k < sk_X509_num(candidates); k++) {
			X509 *candidate = sk_X509_value(candidates, k);
			if (naccs_stack_find(kept, candidate) != NULL)
				continue;
			bool is_linked = direction == UPWARDS ? naccs_is_signed_by(from, candidate) : naccs_is_signed_by(candidate, from);
			if (is_linked && sk_X509_push(kept, candidate) <= 0)
				return false;
		}
	}
	return true;
}

/* Add to kept what stands in both others. */
static bool intersect(STACK_OF(X509) *kept, STACK_OF(X509) *candidates, STACK_OF(X509) *others)
{
	for (int i = 0; i < sk_X509_num(candidates); i++) {
		X509 *candidate = sk_X509_value(candidates, i);
		if (naccs_stack_find(others, candidate) != NULL && sk_X509_push(kept, candidate) <= 0)
			return false;
	}
	return true;
}

struct walk {
	STACK_OF(X509) *above; /* target, and what stands above it */
	STACK_OF(X509) *below; /* the anchors, and what stands below them */
};

static void walk_clear(struct walk *walk)
{
	sk_X509_free(walk->above);
	sk_X509_free(walk->below);
}

naccs_status naccs_attempt_keep_proven(struct naccs_attempt *attempt, X509 *target, struct naccs_error *err)
{
	__attribute__((cleanup(naccs_attempt_clear))) struct naccs_attempt proven = {sk_X509_new_null(), sk_X509_new_null()};
	__attribute__((cleanup(walk_clear))) struct walk walk = {sk_X509_new_null(), sk_X509_dup(attempt->anchors)};
	if (proven.untrusted == NULL || proven.anchors == NULL || walk.above == NULL || walk.below == NULL)
		return naccs_fail_memory(err);

	bool is_done = sk_X509_push(walk.above, target) > 0 && grow(walk.above, attempt->untrusted, UPWARDS) &&
		       grow(walk.below, attempt->untrusted, DOWNWARDS) && grow(walk.above, attempt->anchors, UPWARDS) &&
		       intersect(proven.untrusted, attempt->untrusted, walk.above) &&
		       intersect(proven.anchors, attempt->anchors, walk.above);
	if (!is_done)
		return naccs_fail_memory(err);
	sk_X509_zero(walk.above);
	if (!intersect(walk.above, proven.untrusted, walk.below))
		return naccs_fail_memory(err);

	struct naccs_attempt former = *attempt;
	*attempt = (struct naccs_attempt){.untrusted = naccs_take(&walk.above), .anchors = naccs_take(&proven.anchors)};
	proven.anchors = former.anchors;
	sk_X509_free(former.untrusted);
	return NACCS_OK;
}
