/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the judge's truth table for the key and the client chain. */
#include "judge_fixture.h"

#include <string.h>

static void good_evidence_is_verified(void **state)
{
	struct judge_fixture *fixture = *state;
	static const enum pki_key_type types[] = {PKI_EC, PKI_EC384, PKI_RSA};
	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
		put_client(fixture, fixture->ca, types[i]);
		judge_now(fixture);
		assert_int_equal(NACCS_TRUE, fixture->verdict.key);
		assert_int_equal(NACCS_TRUE, fixture->verdict.client_chain);
		assert_int_equal(NACCS_TRUE, fixture->verdict.server_chain);
		assert_int_equal(NACCS_BASIS_BUNDLED, fixture->verdict.basis);
		assert_int_equal(fixture->test->now, fixture->verdict.basis_time);
		assert_string_equal("Security Communication RootCA2", fixture->verdict.anchor->common_name);
		assert_true(naccs_verdict_is_good(&fixture->verdict));
	}
}

static void challenge_is_fresh_each_time(void **state)
{
	struct judge_fixture *fixture = *state;
	uint8_t first[32];
	judge_now(fixture);
	memcpy(first, fixture->last_digest, sizeof first);
	judge_now(fixture);
	assert_int_equal(2, fixture->sign_calls);
	assert_memory_not_equal(first, fixture->last_digest, sizeof first);
}

static void key_of_another_certificate_is_false(void **state)
{
	struct judge_fixture *fixture = *state;
	EVP_PKEY *ec = pki_make_key(fixture->test->pki, PKI_EC), *rsa = pki_make_key(fixture->test->pki, PKI_RSA);
	EVP_PKEY *const keys[] = {ec, rsa};
	for (size_t i = 0; i < 2; i++) {
		fixture->sign_key = keys[i];
		judge_now(fixture);
		assert_int_equal(NACCS_FALSE, fixture->verdict.key);
		assert_int_equal(NACCS_E_VERIFY_FAILED, fixture->verdict.key_error.status);
		assert_int_equal(NACCS_TRUE, fixture->verdict.client_chain);
		assert_false(naccs_verdict_is_good(&fixture->verdict));
	}
	EVP_PKEY_free(ec);
	EVP_PKEY_free(rsa);
}

static void store_that_can_not_sign_is_false_with_its_reason(void **state)
{
	struct judge_fixture *fixture = *state;
	fixture->sign_status = NACCS_E_STORE_IO;
	judge_now(fixture);
	assert_int_equal(NACCS_FALSE, fixture->verdict.key);
	assert_int_equal(NACCS_E_STORE_IO, fixture->verdict.key_error.status);
	assert_int_equal(7, fixture->verdict.key_error.native);
	assert_says(&fixture->verdict.key_error, "the token is gone");

	fixture->evidence.sign = NULL;
	judge_now(fixture);
	assert_int_equal(NACCS_FALSE, fixture->verdict.key);
	assert_int_equal(NACCS_E_VERIFY_FAILED, fixture->verdict.key_error.status);
}

static void key_that_was_not_tried_brings_no_verdict(void **state)
{
	struct judge_fixture *fixture = *state;
	const naccs_status statuses[] = {NACCS_E_CANCELLED,	      NACCS_E_INTERNAL,	   NACCS_E_USAGE,
					 NACCS_E_PIN_WRONG,	      NACCS_E_PIN_LOCKED,  NACCS_E_STORE_OPEN,
					 NACCS_E_SECRETS_PERMISSIONS, NACCS_E_FILE_MISSING};
	for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++) {
		struct naccs_error err = {0};
		struct naccs_verdict verdict = {.key = NACCS_UNKNOWN};
		fixture->sign_status = statuses[i];
		assert_status(statuses[i], naccs_judge(fixture->test->crypto, &fixture->evidence, &fixture->expectation, &verdict, &err),
			      &err);
		assert_int_equal(NACCS_UNKNOWN, verdict.key);
		assert_says(&err, "the token is gone");
	}
}

static naccs_status sign_nonsense(void *context, const uint8_t *digest, size_t length,
				  naccs_status (*sink)(void *, const uint8_t *, size_t), void *sink_context, struct naccs_error *err)
{
	static const uint8_t nonsense[4096];
	size_t size = *(const size_t *)context;
	(void)digest;
	(void)length;
	(void)err;
	return sink(sink_context, nonsense, size);
}

static void nonsense_for_a_signature_is_false(void **state)
{
	struct judge_fixture *fixture = *state;
	static size_t sizes[] = {0, 1, 64, 256, 2048, 2049, 4096};
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		fixture->evidence.sign = sign_nonsense;
		fixture->evidence.sign_context = &sizes[i];
		judge_now(fixture);
		assert_int_equal(NACCS_FALSE, fixture->verdict.key);
		assert_int_equal(NACCS_E_VERIFY_FAILED, fixture->verdict.key_error.status);
		assert_true(fixture->verdict.key_error.message[0] != '\0');
	}
}

static naccs_status sign_nothing(void *context, const uint8_t *digest, size_t length, naccs_status (*sink)(void *, const uint8_t *, size_t),
				 void *sink_context, struct naccs_error *err)
{
	(void)context;
	(void)digest;
	(void)length;
	(void)sink;
	(void)sink_context;
	(void)err;
	return NACCS_OK;
}

static void success_without_a_signature_is_false(void **state)
{
	struct judge_fixture *fixture = *state;
	fixture->evidence.sign = sign_nothing;
	judge_now(fixture);
	assert_int_equal(NACCS_FALSE, fixture->verdict.key);
}

static void missing_certificate_is_none(void **state)
{
	struct judge_fixture *fixture = *state;
	fixture->evidence.certificate = NULL;
	judge_now(fixture);
	assert_int_equal(NACCS_FALSE, fixture->verdict.key);
	assert_int_equal(NACCS_E_VERIFY_NONE, fixture->verdict.key_error.status);
	assert_int_equal(NACCS_FALSE, fixture->verdict.client_chain);
	assert_int_equal(NACCS_E_VERIFY_NONE, fixture->verdict.client_chain_error.status);
	assert_int_equal(NACCS_TRUE, fixture->verdict.server_chain);
	assert_int_equal(0, fixture->sign_calls);
}

static void assert_client_chain_false(struct judge_fixture *fixture, const char *words)
{
	judge_now(fixture);
	assert_int_equal(NACCS_FALSE, fixture->verdict.client_chain);
	assert_int_equal(NACCS_E_VERIFY_FAILED, fixture->verdict.client_chain_error.status);
	assert_says(&fixture->verdict.client_chain_error, words);
	assert_int_equal(NACCS_TRUE, fixture->verdict.key);
	assert_int_equal(NACCS_TRUE, fixture->verdict.server_chain);
}

static void client_ca_must_be_the_one_that_was_installed(void **state)
{
	struct judge_fixture *fixture = *state;
	struct pki_identity *namesake = pki_make_client_ca(fixture->test->pki, PKI_EC, fixture->test->now);
	put(&fixture->client_cas, sk_X509_new_null());
	assert_client_chain_false(
		fixture, "does not hold the CA NACCS Client CA that was installed, or does not trust it for client authentication");
	assert_non_null(strstr(fixture->verdict.client_chain_error.hint, "Install the certificate there again"));
	put(&fixture->client_cas, NULL);
	assert_client_chain_false(fixture, "does not hold the CA NACCS Client CA");
	put(&fixture->client_cas, stack_of(namesake->certificate, NULL));
	assert_client_chain_false(fixture, "another of the same name");
	fixture->expectation.installed_client_ca = NULL; /* not known: a CA whose key does not fit still does not serve */
	assert_client_chain_false(fixture, "11110A");
	put(&fixture->client_cas, NULL);
	put(&fixture->client_cas, stack_of(namesake->certificate, fixture->ca->certificate, NULL));
	judge_now(fixture);
	assert_int_equal(NACCS_TRUE, fixture->verdict.client_chain);
	pki_identity_free(namesake);
}

static void client_signed_by_another_ca_of_the_name_is_false(void **state)
{
	struct judge_fixture *fixture = *state;
	struct pki_identity *namesake = pki_make_client_ca(fixture->test->pki, PKI_EC, fixture->test->now);
	put_client(fixture, namesake, PKI_EC);
	assert_client_chain_false(fixture, "11110A");
	pki_identity_free(namesake);
}

static void unknown_client_ca_needs_one_in_the_store(void **state)
{
	struct judge_fixture *fixture = *state;
	fixture->expectation.installed_client_ca = NULL;
	put(&fixture->client_cas, NULL);
	assert_client_chain_false(fixture, "11110A");  /* RootCA2 is there, but did not sign */
	fixture->expectation.anchors_elsewhere = true; /* a token that holds no roots */
	judge_now(fixture);
	assert_int_equal(NACCS_UNKNOWN, fixture->verdict.client_chain);
	assert_true(naccs_verdict_is_good(&fixture->verdict));
}

static void client_below_rootca2_is_accepted_where_the_store_holds_it(void **state)
{
	struct judge_fixture *fixture = *state;
	put_client(fixture, fixture->server->root, PKI_EC);
	put(&fixture->client_cas, NULL);
	for (int is_known = 0; is_known < 2; is_known++) {
		fixture->expectation.installed_client_ca = is_known ? fixture->server->root->certificate : NULL;
		judge_now(fixture);
		assert_int_equal(NACCS_TRUE, fixture->verdict.client_chain);
	}
}

static void expired_client_is_false_as_of_the_rules_clock(void **state)
{
	struct judge_fixture *fixture = *state;
	fixture->expectation.now = pki_add_months(fixture->test->now, PKI_CLIENT_MONTHS + 1);
	assert_client_chain_false(fixture, "11110A has expired");
	fixture->expectation.now = fixture->test->now - 2000;
	assert_client_chain_false(fixture, "11110A is not valid yet");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, judge_fixture_setup, judge_fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(good_evidence_is_verified),
		TEST(challenge_is_fresh_each_time),
		TEST(key_of_another_certificate_is_false),
		TEST(store_that_can_not_sign_is_false_with_its_reason),
		TEST(key_that_was_not_tried_brings_no_verdict),
		TEST(nonsense_for_a_signature_is_false),
		TEST(success_without_a_signature_is_false),
		TEST(missing_certificate_is_none),
		TEST(client_ca_must_be_the_one_that_was_installed),
		TEST(client_signed_by_another_ca_of_the_name_is_false),
		TEST(unknown_client_ca_needs_one_in_the_store),
		TEST(client_below_rootca2_is_accepted_where_the_store_holds_it),
		TEST(expired_client_is_false_as_of_the_rules_clock),
	};
	return cmocka_run_group_tests_name("trust-judge", tests, NULL, NULL);
}
