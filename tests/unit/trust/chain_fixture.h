/* SPDX-License-Identifier: Apache-2.0 */
/* Why: a server chain that holds; each test of chains spoils one thing. */
#ifndef NACCS_CHAIN_FIXTURE_H
#define NACCS_CHAIN_FIXTURE_H

#include "trust_test.h"

extern const char *const chain_fixture_g4[]; /* the name of Cybertrust Japan SureServer CA G4 */

/* A chain as the NACCS servers have it, and the question that it passes. */
struct chain_fixture {
	struct trust_test *test;
	struct pki_server_chain *pki;
	STACK_OF(X509) *anchors;
	STACK_OF(X509) *sent;
	struct naccs_server_check check;
};

int chain_fixture_setup(void **state);
int chain_fixture_teardown(void **state);

/* Judge with other certificates sent, helped by others; takes both stacks. */
naccs_status judge(struct chain_fixture *fixture, STACK_OF(X509) *sent, STACK_OF(X509) *intermediates, struct naccs_error *err);

#endif
