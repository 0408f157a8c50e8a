/* SPDX-License-Identifier: Apache-2.0 */
/* Why: what reports say of a certificate, and certificates from DER and PEM. */
#include "fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static struct naccs_certificate_facts *facts_of(X509 *certificate)
{
	struct naccs_certificate_facts *facts = NULL;
	assert_int_equal(naccs_certificate_facts_new(certificate, &facts, NULL), NACCS_OK);
	return facts;
}

static struct pki_identity *make(const struct fixture *fixture, const char *const *name, const char *serial, int64_t not_after)
{
	return pki_issue(fixture->pki, NULL,
			 &(struct pki_spec){.profile = PKI_ROOT,
					    .name = name,
					    .key = fixture->ca->key,
					    .serial = serial,
					    .not_before = NOW,
					    .not_after = not_after});
}

static void test_names_are_rfc_2253(void **state)
{
	const struct fixture *fixture = *state;
	naccs_auto(certificate_facts) struct naccs_certificate_facts *facts = facts_of(fixture->client->certificate);
	assert_string_equal(facts->subject, "CN=11110A,OU=NACCS Client CA,O=Nippon Automated Cargo And Port Consolidated System\\, Inc.,C=JP");
	assert_string_equal(facts->issuer, "CN=NACCS Client CA,O=Nippon Automated Cargo And Port Consolidated System\\, Inc.,C=JP");
	assert_string_equal(facts->common_name, "11110A");
}

static void test_japanese_names_stay_readable_and_control_characters_do_no_harm(void **state)
{
	static const char *const japanese[] = {"C=JP", "O=輸出入・港湾関連情報処理センター株式会社", "CN=通関業者", NULL};
	static const char *const hostile[] = {"CN=a\x1b[31mb", NULL};
	struct pki_identity *made = make(*state, japanese, NULL, NOW + DAY);
	struct naccs_certificate_facts *facts = facts_of(made->certificate);
	assert_string_equal(facts->subject, "CN=通関業者,O=輸出入・港湾関連情報処理センター株式会社,C=JP");
	assert_string_equal(facts->common_name, "通関業者");
	naccs_certificate_facts_free(facts);
	pki_identity_free(made);
	made = make(*state, hostile, NULL, NOW + DAY);
	facts = facts_of(made->certificate);
	assert_null(strchr(facts->subject, '\x1b'));
	assert_string_equal(facts->common_name, "a?[31mb");
	naccs_certificate_facts_free(facts);
	pki_identity_free(made);
}

static void test_without_a_common_name_the_unit_stands_for_it(void **state)
{
	const struct fixture *fixture = *state;
	static const char *const neither[] = {"C=JP", NULL};
	struct pki_identity *root = pki_make_server_root(fixture->pki, PKI_EC, NOW);
	struct naccs_certificate_facts *facts = facts_of(root->certificate);
	assert_string_equal(facts->common_name, "Security Communication RootCA2");
	assert_string_equal(facts->subject, "OU=Security Communication RootCA2,O=SECOM Trust Systems CO.\\,LTD.,C=JP");
	naccs_certificate_facts_free(facts);
	pki_identity_free(root);
	root = make(fixture, neither, NULL, NOW + DAY);
	facts = facts_of(root->certificate);
	assert_string_equal(facts->common_name, "");
	naccs_certificate_facts_free(facts);
	pki_identity_free(root);
}

static void test_serials_have_an_even_number_of_lower_case_digits(void **state)
{
	static const char *const name[] = {"CN=serial", NULL};
	static const char *const cases[][2] = {
		{"1", "01"}, {"ABC", "0abc"}, {"80", "80"}, {"0", "00"}, {"-1", "-01"}, {"-ABC", "-0abc"},
		{"00FFEEDDCCBBAA99887766554433221100FFEEDD", "ffeeddccbbaa99887766554433221100ffeedd"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct pki_identity *made = make(*state, name, cases[i][0], NOW + DAY);
		naccs_auto(certificate_facts) struct naccs_certificate_facts *facts = facts_of(made->certificate);
		assert_string_equal(facts->serial, cases[i][1]);
		pki_identity_free(made);
	}
}

static void test_times_reach_beyond_2050(void **state)
{
	static const char *const name[] = {"CN=time", NULL};
	static const int64_t ends[] = {NOW + DAY, 2524607999 /* 2049-12-31T23:59:59Z */, 2524608000, 253402300799 /* 9999-12-31T23:59:59Z */};
	for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
		struct pki_identity *made = make(*state, name, NULL, ends[i]);
		naccs_auto(certificate_facts) struct naccs_certificate_facts *facts = facts_of(made->certificate);
		assert_int_equal(facts->not_before, NOW);
		assert_int_equal(facts->not_after, ends[i]);
		pki_identity_free(made);
	}
}

static void test_fingerprints_are_those_of_the_der(void **state)
{
	const struct fixture *fixture = *state;
	naccs_auto(certificate_facts) struct naccs_certificate_facts *facts = facts_of(fixture->ca->certificate);
	uint8_t digest[32];
	char text[65];
	size_t length;
	uint8_t *der = pki_der(fixture->ca->certificate, &length);
	assert_int_equal(EVP_Q_digest(NULL, "SHA256", NULL, der, length, digest, NULL), 1);
	for (size_t i = 0; i < 32; i++)
		(void)snprintf(text + 2 * i, 3, "%02x", digest[i]);
	assert_string_equal(facts->sha256, text);
	assert_memory_equal(facts->sha256_bytes, digest, 32);
	assert_int_equal(EVP_Q_digest(NULL, "SHA1", NULL, der, length, digest, NULL), 1);
	for (size_t i = 0; i < 20; i++)
		(void)snprintf(text + 2 * i, 3, "%02x", digest[i]);
	assert_string_equal(facts->sha1, text);
	free(der);
}

static void test_der_goes_both_ways_and_must_be_whole(void **state)
{
	const struct fixture *fixture = *state;
	uint8_t *der = NULL;
	size_t length = 0;
	X509 *read = NULL;
	struct naccs_error err = {0};
	assert_int_equal(naccs_certificate_to_der(fixture->client->certificate, &der, &length, NULL), NACCS_OK);
	assert_int_equal(naccs_certificate_from_der(fixture->crypto, der, length, &read, NULL), NACCS_OK);
	assert_int_equal(X509_cmp(read, fixture->client->certificate), 0);
	X509_free(read);
	read = NULL;
	assert_int_equal(naccs_certificate_from_der(fixture->crypto, der, length - 1, &read, &err), NACCS_E_STORE_DAMAGED);
	uint8_t *longer = calloc(1, length + 1);
	assert_non_null(longer);
	memcpy(longer, der, length);
	assert_int_equal(naccs_certificate_from_der(fixture->crypto, longer, length + 1, &read, &err), NACCS_E_STORE_DAMAGED);
	assert_int_equal(naccs_certificate_from_der(fixture->crypto, der, 0, &read, &err), NACCS_E_STORE_DAMAGED);
	assert_null(read);
	free(longer);
	OPENSSL_free(der);
}

static naccs_status read_pem(const struct fixture *fixture, const char *pem, STACK_OF(X509) **ret, struct naccs_error *err)
{
	*ret = NULL;
	*err = (struct naccs_error){0};
	return naccs_certificates_from_pem(fixture->crypto, pem, strlen(pem), "anchors.pem", ret, err);
}

static X509 *decode(const struct fixture *fixture, X509 *certificate)
{
	X509 *decoded = NULL;
	uint8_t *der = NULL;
	size_t length = 0;
	assert_int_equal(naccs_certificate_to_der(certificate, &der, &length, NULL), NACCS_OK);
	assert_int_equal(naccs_certificate_from_der(fixture->crypto, der, length, &decoded, NULL), NACCS_OK);
	OPENSSL_free(der);
	return decoded;
}

static void test_the_same_bytes_are_decoded_once_until_many_others_came(void **state)
{
	const struct fixture *fixture = *state;
	static const char *const name[] = {"CN=one of many", NULL};
	X509 *first = decode(fixture, fixture->client->certificate);
	X509 *again = decode(fixture, fixture->client->certificate);
	assert_ptr_equal(again, first);
	X509_free(again);
	for (int i = 0; i < 40; i++) {
		struct pki_identity *other = make(fixture, name, NULL, NOW + DAY);
		X509 *decoded = decode(fixture, other->certificate);
		assert_int_equal(X509_cmp(decoded, other->certificate), 0);
		X509_free(decoded);
		pki_identity_free(other);
	}
	again = decode(fixture, fixture->client->certificate);
	assert_ptr_not_equal(again, first);
	assert_int_equal(X509_cmp(again, first), 0);
	X509_free(again);
	X509_free(first);
}

static void test_pem_gives_every_certificate_and_skips_text_around(void **state)
{
	const struct fixture *fixture = *state;
	STACK_OF(X509) *read;
	struct naccs_error err;
	char *first = pki_pem(NULL, (X509 *const[]){fixture->client->certificate}, 1);
	char *second = pki_pem(NULL, (X509 *const[]){fixture->ca->certificate}, 1);
	char *text = NULL;
	assert_true(asprintf(&text, "テキスト形式\n%s\nbetween\r\n%safter\n", first, second) > 0);
	assert_int_equal(read_pem(fixture, text, &read, &err), NACCS_OK);
	assert_int_equal(sk_X509_num(read), 2);
	assert_int_equal(X509_cmp(sk_X509_value(read, 1), fixture->ca->certificate), 0);
	sk_X509_pop_free(read, X509_free);
	free(text);
	free(first);
	free(second);
}

static void test_pem_refuses_keys_damage_and_emptiness_by_name(void **state)
{
	const struct fixture *fixture = *state;
	STACK_OF(X509) *read;
	struct naccs_error err;
	char *text = pki_pem(fixture->client->key, (X509 *const[]){fixture->client->certificate}, 1);
	assert_int_equal(read_pem(fixture, text, &read, &err), NACCS_E_CONFIG);
	assert_non_null(strstr(err.message, "PRIVATE KEY"));
	assert_non_null(strstr(err.message, "anchors.pem"));
	free(text);
	text = pki_pem(NULL, (X509 *const[]){fixture->client->certificate}, 1);
	text[strlen(text) - 40] = '\0'; /* no END line */
	assert_int_equal(read_pem(fixture, text, &read, &err), NACCS_E_CONFIG);
	free(text);
	assert_int_equal(read_pem(fixture, "", &read, &err), NACCS_E_CONFIG);
	assert_int_equal(read_pem(fixture, "<html>not here</html>", &read, &err), NACCS_E_CONFIG);
	assert_int_equal(read_pem(fixture, "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n", &read, &err), NACCS_E_CONFIG);
	assert_int_equal(err.status, NACCS_E_CONFIG);
	assert_null(read);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names_are_rfc_2253),
		cmocka_unit_test(test_japanese_names_stay_readable_and_control_characters_do_no_harm),
		cmocka_unit_test(test_without_a_common_name_the_unit_stands_for_it),
		cmocka_unit_test(test_serials_have_an_even_number_of_lower_case_digits),
		cmocka_unit_test(test_times_reach_beyond_2050),
		cmocka_unit_test(test_fingerprints_are_those_of_the_der),
		cmocka_unit_test(test_der_goes_both_ways_and_must_be_whole),
		cmocka_unit_test(test_the_same_bytes_are_decoded_once_until_many_others_came),
		cmocka_unit_test(test_pem_gives_every_certificate_and_skips_text_around),
		cmocka_unit_test(test_pem_refuses_keys_damage_and_emptiness_by_name),
	};
	naccs_crypto_process_init();
	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
