/* SPDX-License-Identifier: Apache-2.0 */
/* Why: which client certificates lead to their CA. */
#include "trust_test.h"

#include <openssl/x509v3.h>
#include <string.h>

static naccs_status judge(struct trust_test *test, X509 *certificate, STACK_OF(X509) *intermediates, STACK_OF(X509) *roots, int64_t time,
			  struct naccs_error *err)
{
	naccs_status status = naccs_chain_check_client(test->crypto, certificate, intermediates, roots, time, err);
	drop(intermediates);
	drop(roots);
	return status;
}

static void client_leads_to_its_ca(void **state)
{
	struct trust_test *test = *state;
	struct naccs_error err = {0};
	static const enum pki_key_type types[] = {PKI_EC, PKI_RSA};
	for (size_t i = 0; i < 2; i++) {
		struct pki_identity *ca = pki_make_client_ca(test->pki, types[i], test->now);
		struct pki_identity *client = pki_make_client(test->pki, ca, "11110A", types[i], test->now, test->now + 1000);
		assert_status(NACCS_OK, judge(test, client->certificate, NULL, stack_of(ca->certificate, NULL), test->now + 1, &err), &err);
		pki_identity_free(client);
		pki_identity_free(ca);
	}
}

static void wrong_ca_of_the_same_name_is_refused_and_does_not_disturb(void **state)
{
	struct trust_test *test = *state;
	struct naccs_error err = {0};
	struct pki_identity *ca = pki_make_client_ca(test->pki, PKI_EC, test->now);
	struct pki_identity *other = pki_make_client_ca(test->pki, PKI_EC, test->now);
	struct pki_identity *client = pki_make_client(test->pki, ca, "11110A", PKI_EC, test->now, test->now + 1000);
	X509 *bare = without_aki(test, client->certificate, ca);
	assert_status(NACCS_E_VERIFY_FAILED, judge(test, client->certificate, NULL, stack_of(other->certificate, NULL), test->now, &err),
		      &err);
	assert_status(NACCS_E_VERIFY_FAILED, judge(test, bare, NULL, stack_of(other->certificate, NULL), test->now, &err), &err);
	assert_says(&err, "11110A");
	assert_says(&err, "is not signed by the key of NACCS Client CA");
	assert_status(NACCS_OK, judge(test, bare, NULL, stack_of(other->certificate, ca->certificate, NULL), test->now, &err), &err);
	X509_free(bare);
	pki_identity_free(client);
	pki_identity_free(other);
	pki_identity_free(ca);
}

static void chain_below_rootca2_is_accepted_where_it_is_given(void **state)
{
	struct trust_test *test = *state;
	struct naccs_error err = {0};
	struct pki_server_chain *server = pki_make_server_chain(test->pki, trust_test_hosts, PKI_EC, test->now);
	struct pki_identity *client = pki_make_client(test->pki, server->intermediate, "11110A", PKI_EC, test->now, test->now + 1000);
	X509 *root = server->root->certificate, *intermediate = server->intermediate->certificate;
	assert_status(NACCS_OK, judge(test, client->certificate, stack_of(intermediate, NULL), stack_of(root, NULL), test->now, &err),
		      &err);
	assert_status(NACCS_E_VERIFY_FAILED, judge(test, client->certificate, NULL, stack_of(root, NULL), test->now, &err), &err);
	assert_status(NACCS_E_VERIFY_FAILED, judge(test, client->certificate, NULL, stack_of(intermediate, NULL), test->now, &err), &err);
	pki_identity_free(client);
	pki_server_chain_free(server);
}

/* The certificate with the extended key usage of a TLS server alone, signed again. */
static X509 *for_servers_only(struct trust_test *test, X509 *certificate, const struct pki_identity *issuer)
{
	X509 *copy = X509_dup(certificate);
	X509_EXTENSION_free(X509_delete_ext(copy, X509_get_ext_by_NID(copy, NID_ext_key_usage, -1)));
	X509_EXTENSION *usage = X509V3_EXT_conf_nid(NULL, NULL, NID_ext_key_usage, "serverAuth");
	assert_int_equal(1, X509_add_ext(copy, usage, -1));
	X509_EXTENSION_free(usage);
	resign(test, copy, issuer);
	return copy;
}

static void dates_and_purpose_count(void **state)
{
	struct trust_test *test = *state;
	struct naccs_error err = {0};
	struct pki_identity *ca = pki_make_client_ca(test->pki, PKI_EC, test->now);
	struct pki_identity *client = pki_make_client(test->pki, ca, "11110A", PKI_EC, test->now, test->now + 1000);
	struct pki_identity *server = pki_make_server_leaf(test->pki, ca, trust_test_hosts, PKI_EC, test->now, test->now + 1000);
	X509 *server_only = for_servers_only(test, server->certificate, ca);
	assert_status(NACCS_E_VERIFY_FAILED,
		      judge(test, client->certificate, NULL, stack_of(ca->certificate, NULL), test->now + 2000, &err), &err);
	assert_says(&err, "11110A has expired");
	assert_status(NACCS_E_VERIFY_FAILED, judge(test, client->certificate, NULL, stack_of(ca->certificate, NULL), test->now - 1, &err),
		      &err);
	assert_says(&err, "not valid yet");
	assert_status(NACCS_E_VERIFY_FAILED, judge(test, server_only, NULL, stack_of(ca->certificate, NULL), test->now, &err), &err);
	assert_says(&err, "purpose");
	X509_free(server_only);
	pki_identity_free(server);
	pki_identity_free(client);
	pki_identity_free(ca);
}

static void older_algorithm_of_naccs_is_no_reason_to_refuse(void **state)
{
	struct trust_test *test = *state;
	struct naccs_error err = {0};
	static const char *const name[] = {"C=JP", "CN=11110A", NULL};
	struct pki_identity *ca = pki_make_client_ca(test->pki, PKI_RSA, test->now);
	struct pki_identity *client = pki_issue(
		test->pki, ca,
		&(struct pki_spec){
			.profile = PKI_CLIENT, .name = name, .digest = "SHA1", .not_before = test->now, .not_after = test->now + 1000});
	assert_status(NACCS_OK, judge(test, client->certificate, NULL, stack_of(ca->certificate, NULL), test->now, &err), &err);
	pki_identity_free(client);
	pki_identity_free(ca);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(client_leads_to_its_ca),
		cmocka_unit_test(wrong_ca_of_the_same_name_is_refused_and_does_not_disturb),
		cmocka_unit_test(chain_below_rootca2_is_accepted_where_it_is_given),
		cmocka_unit_test(dates_and_purpose_count),
		cmocka_unit_test(older_algorithm_of_naccs_is_no_reason_to_refuse),
	};
	return cmocka_run_group_tests_name("trust-client", tests, trust_test_setup, trust_test_teardown);
}
