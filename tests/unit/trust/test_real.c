/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the built-in data against a chain that was really served below RootCA2 in 2025 (tests/data/real-chain).
 * Nothing here touches OpenSSL's default context, so that the run under a hostile OPENSSL_CONF, which takes every algorithm from it, is a
 * proof. */
#include "trust_test.h"

#define REAL_HOST "www.yahoo.co.jp" /* *.yahoo.co.jp */

static const char *chain_path;

struct real {
	struct naccs_trust *trust;
	STACK_OF(X509) *sent;
	struct naccs_server_check check;
};

static void real_setup(struct trust_test *test, struct real *real)
{
	struct naccs_error err = {0};
	assert_status(NACCS_OK, naccs_trust_new(test->crypto, &real->trust, &err), &err);
	real->sent = read_pem(test, chain_path);
	real->check = (struct naccs_server_check){.sent = real->sent,
						  .anchors = naccs_trust_anchors(real->trust),
						  .intermediates = naccs_trust_intermediates(real->trust),
						  .host = REAL_HOST,
						  .time = at("2025-06-15T00:00:00Z")};
}

static void real_teardown(struct real *real)
{
	drop(real->sent);
	naccs_trust_free(real->trust);
}

static void builtin_data_is_rootca2_and_both_g4(void **state)
{
	struct trust_test *test = *state;
	struct real real;
	real_setup(test, &real);
	naccs_auto(certificate_facts) struct naccs_certificate_facts *facts = NULL;
	assert_true(naccs_trust_is_builtin(real.trust));
	assert_int_equal(1, sk_X509_num(naccs_trust_anchors(real.trust)));
	assert_int_equal(2, sk_X509_num(naccs_trust_intermediates(real.trust)));
	assert_int_equal(NACCS_OK, naccs_certificate_facts_new(sk_X509_value(naccs_trust_anchors(real.trust), 0), &facts, NULL));
	assert_string_equal("513b2cecb810d4cde5dd85391adfc6c2dd60d87bb736d2b521484aa47a0ebef6", facts->sha256);
	assert_string_equal("Security Communication RootCA2", facts->common_name);
	assert_int_equal(at("2029-05-29T05:00:39Z"), facts->not_after);
	for (int i = 0; i < 2; i++) {
		X509 *anchor = NULL;
		struct naccs_error err = {0};
		X509 *intermediate = sk_X509_value(naccs_trust_intermediates(real.trust), i);
		assert_status(NACCS_OK,
			      naccs_chain_check_intermediate(test->crypto, intermediate, naccs_trust_anchors(real.trust),
							     at("2026-11-22T00:00:00Z"), &anchor, &err),
			      &err);
		assert_int_equal(0, X509_cmp(anchor, sk_X509_value(naccs_trust_anchors(real.trust), 0)));
		X509_free(anchor);
	}
	real_teardown(&real);
}

static void real_chain_verifies_in_2025(void **state)
{
	struct trust_test *test = *state;
	struct real real;
	real_setup(test, &real);
	struct naccs_error err = {0};
	STACK_OF(X509) *chain = NULL;
	assert_status(NACCS_OK, naccs_chain_check_server(test->crypto, &real.check, &chain, &err), &err);
	assert_int_equal(3, sk_X509_num(chain));
	assert_int_equal(0, X509_cmp(sk_X509_value(chain, 0), sk_X509_value(real.sent, 0)));
	assert_int_equal(0, X509_cmp(sk_X509_value(chain, 2), sk_X509_value(real.check.anchors, 0)));
	drop(chain);
	real_teardown(&real);
}

static void real_chain_is_expired_in_november_2026(void **state)
{
	struct trust_test *test = *state;
	struct real real;
	real_setup(test, &real);
	struct naccs_error err = {0};
	real.check.time = at("2026-11-22T00:00:00Z");
	assert_status(NACCS_E_TLS_EXPIRED, naccs_chain_check_server(test->crypto, &real.check, NULL, &err), &err);
	assert_says(&err, "edge01.yahoo.co.jp has expired");
	assert_says(&err, "2026-05-14 23:59 JST"); /* its end */
	assert_says(&err, "2026-11-22 09:00 JST"); /* as of when */
	real_teardown(&real);
}

static void real_chain_does_not_serve_another_host(void **state)
{
	struct trust_test *test = *state;
	struct real real;
	real_setup(test, &real);
	static const char *const wrong[] = {"cert.nac.naccs.jp", "a.b.example", "w.w.c.yimg.jp", "yahoo.co.jp.example"};
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		struct naccs_error err = {0};
		real.check.host = wrong[i];
		assert_status(NACCS_E_TLS_NAME, naccs_chain_check_server(test->crypto, &real.check, NULL, &err), &err);
		assert_says(&err, wrong[i]);
		assert_says(&err, "edge01.yahoo.co.jp");
	}
	real_teardown(&real);
}

static void real_leaf_alone_is_completed_by_the_bundled_intermediate(void **state)
{
	struct trust_test *test = *state;
	struct real real;
	real_setup(test, &real);
	struct naccs_error err = {0};
	STACK_OF(X509) *leaf = stack_of(sk_X509_value(real.sent, 0), NULL);
	real.check.sent = leaf;
	assert_status(NACCS_OK, naccs_chain_check_server(test->crypto, &real.check, NULL, &err), &err);
	real.check.intermediates = NULL;
	assert_status(NACCS_E_TLS_UNTRUSTED, naccs_chain_check_server(test->crypto, &real.check, NULL, &err), &err);
	assert_says(&err, "Cybertrust Japan SureServer CA G4");
	drop(leaf);
	real_teardown(&real);
}

int main(int argc, char **argv)
{
	if (argc < 2)
		return 1;
	chain_path = argv[1];
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(builtin_data_is_rootca2_and_both_g4),
		cmocka_unit_test(real_chain_verifies_in_2025),
		cmocka_unit_test(real_chain_is_expired_in_november_2026),
		cmocka_unit_test(real_chain_does_not_serve_another_host),
		cmocka_unit_test(real_leaf_alone_is_completed_by_the_bundled_intermediate),
	};
	return cmocka_run_group_tests_name("trust-real", tests, trust_test_setup, trust_test_teardown);
}
