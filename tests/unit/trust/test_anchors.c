/* SPDX-License-Identifier: Apache-2.0 */
/* Why: anchors are data that a person can replace; what is no CA never gets in, and a refused file changes nothing. */
#include "trust_test.h"

#include <stdlib.h>
#include <string.h>

/* Give certificates to trust as a PEM file. */
static naccs_status add(struct naccs_trust *trust, X509 *const *certificates, size_t count, struct naccs_error *err)
{
	char *pem = pki_pem(NULL, certificates, count);
	naccs_status status = naccs_trust_add_pem(trust, pem, strlen(pem), "roots.pem", err);
	free(pem);
	return status;
}

static struct naccs_trust *new_trust(struct trust_test *test)
{
	struct naccs_trust *trust = NULL;
	struct naccs_error err = {0};
	assert_status(NACCS_OK, naccs_trust_new(test->crypto, &trust, &err), &err);
	return trust;
}

static bool holds(STACK_OF(X509) *stack, const X509 *certificate)
{
	for (int i = 0; i < sk_X509_num(stack); i++)
		if (X509_cmp(sk_X509_value(stack, i), certificate) == 0)
			return true;
	return false;
}

static void given_roots_replace_the_builtin_one_and_further_files_join(void **state)
{
	struct trust_test *test = *state;
	struct naccs_error err = {0};
	naccs_auto(trust) struct naccs_trust *trust = new_trust(test);
	struct pki_server_chain *first = pki_make_server_chain(test->pki, trust_test_hosts, PKI_EC, test->now);
	struct pki_identity *second = pki_make_server_root(test->pki, PKI_EC, test->now);
	X509 *const both[] = {first->intermediate->certificate, first->root->certificate, first->root->certificate};

	assert_status(NACCS_OK, add(trust, both, 3, &err), &err);
	assert_false(naccs_trust_is_builtin(trust));
	assert_int_equal(1, sk_X509_num(naccs_trust_anchors(trust)));
	assert_true(holds(naccs_trust_anchors(trust), first->root->certificate));
	assert_int_equal(3, sk_X509_num(naccs_trust_intermediates(trust)));
	assert_true(holds(naccs_trust_intermediates(trust), first->intermediate->certificate));

	assert_status(NACCS_OK, add(trust, &second->certificate, 1, &err), &err);
	assert_int_equal(2, sk_X509_num(naccs_trust_anchors(trust)));

	STACK_OF(X509) *sent = stack_of(first->leaf->certificate, NULL);
	struct naccs_server_check check = {.sent = sent,
					   .anchors = naccs_trust_anchors(trust),
					   .intermediates = naccs_trust_intermediates(trust),
					   .host = HOST,
					   .time = test->now};
	assert_status(NACCS_OK, naccs_chain_check_server(test->crypto, &check, NULL, &err), &err);
	drop(sent);
	pki_identity_free(second);
	pki_server_chain_free(first);
}

static void intermediates_alone_leave_the_builtin_anchor(void **state)
{
	struct trust_test *test = *state;
	struct naccs_error err = {0};
	naccs_auto(trust) struct naccs_trust *trust = new_trust(test);
	struct pki_server_chain *chain = pki_make_server_chain(test->pki, trust_test_hosts, PKI_EC, test->now);
	assert_status(NACCS_OK, add(trust, &chain->intermediate->certificate, 1, &err), &err);
	assert_true(naccs_trust_is_builtin(trust));
	assert_int_equal(1, sk_X509_num(naccs_trust_anchors(trust)));
	assert_false(holds(naccs_trust_anchors(trust), chain->intermediate->certificate));
	assert_int_equal(3, sk_X509_num(naccs_trust_intermediates(trust)));
	pki_server_chain_free(chain);
}

static void refused_file_changes_nothing(void **state)
{
	struct trust_test *test = *state;
	naccs_auto(trust) struct naccs_trust *trust = new_trust(test);
	struct pki_server_chain *chain = pki_make_server_chain(test->pki, trust_test_hosts, PKI_EC, test->now);
	struct pki_identity *self_signed =
		pki_make_server_leaf(test->pki, NULL, trust_test_hosts, PKI_EC, test->now - 1000, test->now + 1000);
	struct pki_identity *namesake = pki_make_server_root(test->pki, PKI_EC, test->now);
	X509 *forged = X509_dup(chain->root->certificate); /* names itself as issuer, signed by another key */
	resign(test, forged, namesake);

	static const char *const words[] = {"not a CA certificate", "not a CA certificate", "not signed by its own key"};
	X509 *const bad[] = {chain->leaf->certificate, self_signed->certificate, forged};
	for (size_t i = 0; i < 3; i++) {
		struct naccs_error err = {0};
		X509 *const certificates[] = {chain->root->certificate, bad[i]};
		assert_status(NACCS_E_CONFIG, add(trust, certificates, 2, &err), &err);
		assert_says(&err, "roots.pem");
		assert_says(&err, words[i]);
	}
	static const char *const texts[] = {"", "no PEM at all\n", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"};
	for (size_t i = 0; i < 3; i++) {
		struct naccs_error err = {0};
		assert_status(NACCS_E_CONFIG, naccs_trust_add_pem(trust, texts[i], strlen(texts[i]), "roots.pem", &err), &err);
	}
	assert_true(naccs_trust_is_builtin(trust));
	assert_int_equal(1, sk_X509_num(naccs_trust_anchors(trust)));
	assert_int_equal(2, sk_X509_num(naccs_trust_intermediates(trust)));
	X509_free(forged);
	pki_identity_free(namesake);
	pki_identity_free(self_signed);
	pki_server_chain_free(chain);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(given_roots_replace_the_builtin_one_and_further_files_join),
		cmocka_unit_test(intermediates_alone_leave_the_builtin_anchor),
		cmocka_unit_test(refused_file_changes_nothing),
	};
	return cmocka_run_group_tests_name("trust-anchors", tests, trust_test_setup, trust_test_teardown);
}
