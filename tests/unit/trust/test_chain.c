/* SPDX-License-Identifier: Apache-2.0 */
/* Why: which chains of a TLS server hold: host, dates, strength, purpose. */
#include "chain_fixture.h"

#include <string.h>

static void good_chain_is_verified_with_the_anchor_last(void **state)
{
	struct chain_fixture *fixture = *state;
	struct naccs_error err = {0};
	STACK_OF(X509) *chain = NULL;
	assert_status(NACCS_OK, naccs_chain_check_server(fixture->test->crypto, &fixture->check, &chain, &err), &err);
	assert_int_equal(3, sk_X509_num(chain));
	assert_int_equal(0, X509_cmp(sk_X509_value(chain, 2), fixture->pki->root->certificate));
	drop(chain);
}

static void nothing_sent_is_untrusted(void **state)
{
	struct chain_fixture *fixture = *state;
	struct naccs_error err = {0};
	assert_status(NACCS_E_TLS_UNTRUSTED, judge(fixture, sk_X509_new_null(), NULL, &err), &err);
	assert_status(NACCS_E_TLS_UNTRUSTED, judge(fixture, NULL, NULL, &err), &err);
}

static void inspecting_proxy_is_named(void **state)
{
	struct chain_fixture *fixture = *state;
	struct naccs_error err = {0};
	struct trust_test *test = fixture->test;
	static const char *const name[] = {"O=Example Ltd.", "CN=Example TLS Inspection", NULL};
	struct pki_identity *proxy = pki_issue(
		test->pki, NULL,
		&(struct pki_spec){.profile = PKI_ROOT, .name = name, .not_before = test->now - 1000, .not_after = test->now + 1000});
	struct pki_identity *leaf = pki_make_server_leaf(test->pki, proxy, trust_test_hosts, PKI_EC, test->now - 1000, test->now + 1000);
	assert_status(NACCS_E_TLS_UNTRUSTED, judge(fixture, stack_of(leaf->certificate, NULL), NULL, &err), &err);
	assert_says(&err, HOST);
	assert_says(&err, "CN=Example TLS Inspection");
	assert_says(&err, "Security Communication RootCA2");
	assert_non_null(strstr(err.hint, "proxy"));
	pki_identity_free(leaf);
	pki_identity_free(proxy);
}

static void self_signed_server_is_untrusted(void **state)
{
	struct chain_fixture *fixture = *state;
	struct naccs_error err = {0};
	struct trust_test *test = fixture->test;
	struct pki_identity *leaf = pki_make_server_leaf(test->pki, NULL, trust_test_hosts, PKI_EC, test->now - 1000, test->now + 1000);
	assert_status(NACCS_E_TLS_UNTRUSTED, judge(fixture, stack_of(leaf->certificate, NULL), NULL, &err), &err);
	pki_identity_free(leaf);
}

static void host_must_be_named(void **state)
{
	struct chain_fixture *fixture = *state;
	struct naccs_error err = {0};
	struct trust_test *test = fixture->test;
	static const char *const hosts[] = {"*.nac.naccs.jp", "web*.naccs.jp", NULL};
	struct pki_identity *leaf =
		pki_make_server_leaf(test->pki, fixture->pki->intermediate, hosts, PKI_EC, test->now - 1000, test->now + 1000);
	X509 *intermediate = fixture->pki->intermediate->certificate;
	static const struct {
		const char *host;
		naccs_status status;
	} cases[] = {{"cert.nac.naccs.jp", NACCS_OK},
		     {"CERT.nac.NACCS.jp", NACCS_OK},
		     {"a.cert.nac.naccs.jp", NACCS_E_TLS_NAME},
		     {"nac.naccs.jp", NACCS_E_TLS_NAME},
		     {"web-prod.naccs.jp", NACCS_E_TLS_NAME}, /* a partial wildcard matches nothing */
		     {NULL, NACCS_OK}};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		fixture->check.host = cases[i].host;
		assert_status(cases[i].status, judge(fixture, stack_of(leaf->certificate, intermediate, NULL), NULL, &err), &err);
	}
	pki_identity_free(leaf);
}

static void every_expired_certificate_is_named(void **state)
{
	struct chain_fixture *fixture = *state;
	struct naccs_error err = {0};
	struct trust_test *test = fixture->test;
	static const struct {
		const char *time, *words;
	} cases[] = {{"2026-02-01T00:00:00Z", HOST " is not valid yet"},
		     {"2026-10-01T00:00:00Z", HOST " has expired"},
		     {"2036-10-01T00:00:00Z", "Security Communication RootCA2 has expired"}};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		fixture->check.time = at(cases[i].time);
		assert_status(NACCS_E_TLS_EXPIRED, naccs_chain_check_server(test->crypto, &fixture->check, NULL, &err), &err);
		assert_says(&err, cases[i].words);
	}
}

static void second_to_last_moment_is_valid_and_the_last_is_not(void **state)
{
	struct chain_fixture *fixture = *state;
	struct naccs_error err = {0};
	naccs_auto(certificate_facts) struct naccs_certificate_facts *facts = NULL;
	assert_int_equal(NACCS_OK, naccs_certificate_facts_new(fixture->pki->leaf->certificate, &facts, NULL));
	fixture->check.time = facts->not_before;
	assert_status(NACCS_OK, naccs_chain_check_server(fixture->test->crypto, &fixture->check, NULL, &err), &err);
	fixture->check.time = facts->not_before - 1;
	assert_status(NACCS_E_TLS_EXPIRED, naccs_chain_check_server(fixture->test->crypto, &fixture->check, NULL, &err), &err);
	fixture->check.time = facts->not_after - 1;
	assert_status(NACCS_OK, naccs_chain_check_server(fixture->test->crypto, &fixture->check, NULL, &err), &err);
	fixture->check.time = facts->not_after;
	assert_status(NACCS_E_TLS_EXPIRED, naccs_chain_check_server(fixture->test->crypto, &fixture->check, NULL, &err), &err);
	assert_says(&err, "has expired");
}

static void gravest_fault_is_told(void **state)
{
	struct chain_fixture *fixture = *state;
	struct naccs_error err = {0};
	struct trust_test *test = fixture->test;
	/* another root's chain, expired and for another host: untrusted, not expired */
	static const char *const hosts[] = {"other.example", NULL};
	struct pki_identity *root = pki_make_server_root(test->pki, PKI_EC, test->now);
	struct pki_identity *leaf = pki_make_server_leaf(test->pki, root, hosts, PKI_EC, test->now - 2000, test->now - 1000);
	X509 *bare = without_aki(test, leaf->certificate, root);
	assert_status(NACCS_E_TLS_UNTRUSTED, judge(fixture, stack_of(bare, NULL), NULL, &err), &err);
	/* right host, below an intermediate of ours that has expired, but signed by another key: untrusted */
	struct pki_identity *old = pki_issue(test->pki, fixture->pki->root,
					     &(struct pki_spec){.profile = PKI_INTERMEDIATE,
								.name = chain_fixture_g4,
								.key = fixture->pki->intermediate->key,
								.not_before = test->now - 2000,
								.not_after = test->now - 1000});
	struct pki_identity *namesake = pki_make_server_intermediate(test->pki, root, PKI_EC, test->now);
	X509 *forged = without_aki(test, fixture->pki->leaf->certificate, namesake);
	assert_status(NACCS_E_TLS_UNTRUSTED, judge(fixture, stack_of(forged, old->certificate, NULL), NULL, &err), &err);
	X509_free(forged);
	pki_identity_free(namesake);
	pki_identity_free(old);
	/* of our own, expired and for another host: the host */
	X509_free(bare);
	pki_identity_free(leaf);
	leaf = pki_make_server_leaf(test->pki, fixture->pki->intermediate, hosts, PKI_EC, test->now - 2000, test->now - 1000);
	assert_status(NACCS_E_TLS_NAME,
		      judge(fixture, stack_of(leaf->certificate, fixture->pki->intermediate->certificate, NULL), NULL, &err), &err);
	pki_identity_free(leaf);
	pki_identity_free(root);
}

static void weak_signatures_and_keys_are_refused(void **state)
{
	struct chain_fixture *fixture = *state;
	struct naccs_error err = {0};
	struct trust_test *test = fixture->test;
	static const char *const name[] = {"CN=" HOST, NULL};
	static const char *const digests[] = {"MD5", "SHA1"};
	struct pki_identity *intermediate = pki_make_server_intermediate(test->pki, fixture->pki->root, PKI_RSA, test->now);
	for (size_t i = 0; i < 2; i++) {
		struct pki_identity *leaf = pki_issue(test->pki, intermediate,
						      &(struct pki_spec){.profile = PKI_SERVER,
									 .name = name,
									 .hosts = trust_test_hosts,
									 .digest = digests[i],
									 .not_before = test->now - 1000,
									 .not_after = test->now + 1000});
		assert_status(NACCS_E_TLS_UNTRUSTED,
			      judge(fixture, stack_of(leaf->certificate, intermediate->certificate, NULL), NULL, &err), &err);
		assert_says(&err, "too weak");
		pki_identity_free(leaf);
	}
	EVP_PKEY *short_key = EVP_PKEY_Q_keygen(pki_libctx(test->pki), NULL, "RSA", (size_t)1024);
	struct pki_identity *leaf = pki_issue(test->pki, intermediate,
					      &(struct pki_spec){.profile = PKI_SERVER,
								 .name = name,
								 .hosts = trust_test_hosts,
								 .key = short_key,
								 .not_before = test->now - 1000,
								 .not_after = test->now + 1000});
	assert_status(NACCS_E_TLS_UNTRUSTED, judge(fixture, stack_of(leaf->certificate, intermediate->certificate, NULL), NULL, &err),
		      &err);
	assert_says(&err, "too weak");
	pki_identity_free(leaf);
	EVP_PKEY_free(short_key);
	pki_identity_free(intermediate);
}

static void client_certificate_is_no_server(void **state)
{
	struct chain_fixture *fixture = *state;
	struct naccs_error err = {0};
	struct trust_test *test = fixture->test;
	struct pki_identity *client =
		pki_make_client(test->pki, fixture->pki->intermediate, "11110A", PKI_EC, test->now - 1000, test->now + 1000);
	fixture->check.host = NULL;
	assert_status(NACCS_E_TLS_UNTRUSTED,
		      judge(fixture, stack_of(client->certificate, fixture->pki->intermediate->certificate, NULL), NULL, &err), &err);
	pki_identity_free(client);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, chain_fixture_setup, chain_fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(good_chain_is_verified_with_the_anchor_last),
		TEST(nothing_sent_is_untrusted),
		TEST(inspecting_proxy_is_named),
		TEST(self_signed_server_is_untrusted),
		TEST(host_must_be_named),
		TEST(every_expired_certificate_is_named),
		TEST(second_to_last_moment_is_valid_and_the_last_is_not),
		TEST(gravest_fault_is_told),
		TEST(weak_signatures_and_keys_are_refused),
		TEST(client_certificate_is_no_server),
	};
	return cmocka_run_group_tests_name("trust-chain", tests, NULL, NULL);
}
