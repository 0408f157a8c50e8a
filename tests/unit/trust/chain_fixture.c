/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see chain_fixture.h. */
#include "chain_fixture.h"

#include <stdlib.h>

const char *const chain_fixture_g4[] = {"C=JP", "O=Cybertrust Japan Co., Ltd.", "CN=Cybertrust Japan SureServer CA G4", NULL};

int chain_fixture_setup(void **state)
{
	struct chain_fixture *fixture = calloc(1, sizeof *fixture);
	void *test = NULL;
	if (fixture == NULL || trust_test_setup(&test) != 0)
		return -1;
	fixture->test = test;
	fixture->pki = pki_make_server_chain(fixture->test->pki, trust_test_hosts, PKI_EC, fixture->test->now);
	fixture->anchors = stack_of(fixture->pki->root->certificate, NULL);
	fixture->sent = stack_of(fixture->pki->leaf->certificate, fixture->pki->intermediate->certificate, NULL);
	fixture->check =
		(struct naccs_server_check){.sent = fixture->sent, .anchors = fixture->anchors, .host = HOST, .time = fixture->test->now};
	*state = fixture;
	return 0;
}

int chain_fixture_teardown(void **state)
{
	struct chain_fixture *fixture = *state;
	void *test = fixture->test;
	drop(fixture->sent);
	drop(fixture->anchors);
	pki_server_chain_free(fixture->pki);
	free(fixture);
	return trust_test_teardown(&test);
}

naccs_status judge(struct chain_fixture *fixture, STACK_OF(X509) *sent, STACK_OF(X509) *intermediates, struct naccs_error *err)
{
	struct naccs_server_check check = fixture->check;
	check.sent = sent;
	check.intermediates = intermediates;
	naccs_status status = naccs_chain_check_server(fixture->test->crypto, &check, NULL, err);
	drop(sent);
	drop(intermediates);
	return status;
}
