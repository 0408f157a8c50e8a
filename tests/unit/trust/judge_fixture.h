/* SPDX-License-Identifier: Apache-2.0 */
/* Why: a store's evidence that is good in every respect; each test of the judge spoils one thing. */
#ifndef NACCS_JUDGE_FIXTURE_H
#define NACCS_JUDGE_FIXTURE_H

#include "trust_test.h"

struct judge_fixture {
	struct trust_test *test;
	struct pki_identity *ca, *client;
	struct pki_server_chain *server;
	STACK_OF(X509) *client_cas, *anchors, *intermediates, *server_chain; /* references; replaced by put() */
	struct naccs_recorded_chain recorded;				     /* of server_chain, a day before now */
	EVP_PKEY *sign_key;						     /* the key in the store; borrowed */
	naccs_status sign_status;					     /* not NACCS_OK: the store can't sign */
	size_t sign_calls;
	uint8_t last_digest[32];
	struct naccs_evidence evidence;
	struct naccs_expectation expectation; /* no live chain, no recording: basis bundled */
	struct naccs_verdict verdict;
};
int judge_fixture_setup(void **state);
int judge_fixture_teardown(void **state);

/* Judge into fixture->verdict; must reach a verdict. */
void judge_now(struct judge_fixture *fixture);

/* Another client certificate (and key) of this key type and this CA's in the store. */
void put_client(struct judge_fixture *fixture, const struct pki_identity *ca, enum pki_key_type type);

/* Replace a stack of the fixture. */
void put(STACK_OF(X509) **slot, STACK_OF(X509) *stack);

#endif
