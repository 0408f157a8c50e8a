/* SPDX-License-Identifier: Apache-2.0 */
/* Why: which PKCS#12 files open and which are refused, by cipher, MAC, iterations, password and damage. */
#include "crypto_internal.h"
#include "fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <openssl/pkcs12.h>

/* A good file of this fixture, to be changed by the test. */
#define GOOD(fixture) \
	(struct pki_pkcs12) \
	{ \
		.key = (fixture)->client->key, .certificates = (X509 *const[]){(fixture)->client->certificate, (fixture)->ca->certificate}, \
		.certificate_count = 2 \
	}

static void test_opens_every_cipher_with_rsa_and_ec_keys(void **state)
{
	const struct fixture *fixture = *state;
	static const enum pki_cipher ciphers[] = {PKI_MODERN, PKI_AES128, PKI_LEGACY, PKI_3DES, PKI_RC4, PKI_PLAIN};
	struct pki_identity *rsa = pki_make_client(fixture->pki, fixture->ca, "22220B", PKI_RSA, NOW - DAY, NOW + DAY);
	const struct pki_identity *const clients[] = {fixture->client, rsa};
	for (size_t i = 0; i < 2; i++) {
		for (size_t j = 0; j < sizeof ciphers / sizeof ciphers[0]; j++) {
			X509 *const certificates[] = {clients[i]->certificate, fixture->ca->certificate};
			struct opened opened;
			open_made(fixture,
				  (struct pki_pkcs12){.key = clients[i]->key,
						      .certificates = certificates,
						      .certificate_count = 2,
						      .cipher = ciphers[j]},
				  (struct opening){0}, &opened);
			assert_status(opened, NACCS_OK);
			assert_true(key_fits(opened.credential->key, clients[i]->certificate));
			assert_int_equal(X509_cmp(opened.credential->certificate, clients[i]->certificate), 0);
			assert_int_equal(X509_cmp(opened.credential->client_ca, fixture->ca->certificate), 0);
			assert_false(opened.credential->is_client_ca_remembered);
			assert_int_equal(opened.credential->used_legacy_ciphers, j >= 2 && j <= 4);
			assert_string_equal(opened.credential->facts->common_name, i == 0 ? "11110A" : "22220B");
			assert_string_equal(opened.credential->client_ca_facts->common_name, "NACCS Client CA");
			open_end(&opened);
		}
	}
	pki_identity_free(rsa);
}

static void test_opens_macs_from_sha1_to_sha512(void **state)
{
	static const char *const digests[] = {"SHA1", "SHA224", "SHA256", "SHA384", "SHA512"};
	const struct fixture *fixture = *state;
	for (size_t i = 0; i < sizeof digests / sizeof digests[0]; i++) {
		struct opened opened;
		struct pki_pkcs12 what = GOOD(fixture);
		what.mac = digests[i];
		open_made(fixture, what, (struct opening){0}, &opened);
		assert_status(opened, NACCS_OK);
		open_end(&opened);
	}
}

static void test_opens_pbmac1_where_openssl_knows_it_and_says_so_elsewhere(void **state)
{
	const struct fixture *fixture = *state;
	struct opened opened;
	struct pki_pkcs12 what = GOOD(fixture);
	bool is_known = OpenSSL_version_num() >= 0x30400000UL;
	what.pbmac1 = true;
	open_made(fixture, what, (struct opening){0}, &opened);
	assert_status(opened, is_known ? NACCS_OK : NACCS_E_PKCS12_CORRUPT);
	if (!is_known) {
		assert_says(opened, "PBMAC1");
		assert_says(opened, "OpenSSL 3.4");
	}
	open_end(&opened);
	open_made(fixture, what, (struct opening){.password = "another"}, &opened);
	assert_status(opened, is_known ? NACCS_E_PKCS12_PASSWORD : NACCS_E_PKCS12_CORRUPT);
	what.claimed_mac_iterations = INT32_MAX;
	open_made(fixture, what, (struct opening){0}, &opened);
	assert_status(opened, NACCS_E_PKCS12_CORRUPT);
	assert_says(opened, "2147483647");
	what.claimed_mac_iterations = 0;
	what.pbmac1_claimed_key_bytes = 65; /* versions of OpenSSL overflowed here */
	open_made(fixture, what, (struct opening){0}, &opened);
	assert_status(opened, NACCS_E_PKCS12_CORRUPT);
	assert_says(opened, "damaged");
}

static void test_refuses_a_mac_by_md5(void **state)
{
	const struct fixture *fixture = *state;
	struct opened opened;
	struct pki_pkcs12 what = GOOD(fixture);
	what.mac = "MD5";
	open_made(fixture, what, (struct opening){0}, &opened);
	assert_status(opened, NACCS_E_PKCS12_CORRUPT);
	assert_says(opened, "md5");
}

static void test_refuses_a_file_without_mac(void **state)
{
	const struct fixture *fixture = *state;
	struct opened opened;
	struct pki_pkcs12 what = GOOD(fixture);
	what.no_mac = true;
	open_made(fixture, what, (struct opening){0}, &opened);
	assert_status(opened, NACCS_E_PKCS12_CORRUPT);
	assert_says(opened, "no MAC");
}

static void test_opens_nested_bags_and_plain_certificate_parts(void **state)
{
	const struct fixture *fixture = *state;
	struct opened opened;
	struct pki_pkcs12 what = GOOD(fixture);
	what.nested = true;
	open_made(fixture, what, (struct opening){0}, &opened);
	assert_status(opened, NACCS_OK);
	open_end(&opened);
	what.nested = false;
	what.plain_certificates = true;
	open_made(fixture, what, (struct opening){0}, &opened);
	assert_status(opened, NACCS_OK);
	open_end(&opened);
}

/* If the KDF ran before the check, these would take minutes each. */
static void test_refuses_too_many_iterations_before_deriving_anything(void **state)
{
	const struct fixture *fixture = *state;
	static const enum pki_cipher ciphers[] = {PKI_MODERN, PKI_LEGACY};
	struct opened opened;
	for (size_t i = 0; i < 2; i++) {
		struct pki_pkcs12 what = GOOD(fixture);
		what.cipher = ciphers[i];
		what.claimed_mac_iterations = INT32_MAX;
		open_made(fixture, what, (struct opening){0}, &opened);
		assert_status(opened, NACCS_E_PKCS12_CORRUPT);
		assert_says(opened, "2147483647");
		assert_says(opened, "10000000");
		what.claimed_mac_iterations = 0;
		what.claimed_iterations = INT32_MAX;
		open_made(fixture, what, (struct opening){0}, &opened);
		assert_status(opened, NACCS_E_PKCS12_CORRUPT);
		assert_says(opened, "2147483647");
	}
}

static void test_the_bound_of_iterations_can_be_set_and_is_inclusive(void **state)
{
	const struct fixture *fixture = *state;
	struct opened opened;
	struct pki_pkcs12 what = GOOD(fixture);
	what.iterations = what.mac_iterations = 3000;
	open_made(fixture, what, (struct opening){.max_iterations = 3000}, &opened);
	assert_status(opened, NACCS_OK);
	open_end(&opened);
	open_made(fixture, what, (struct opening){.max_iterations = 2999}, &opened);
	assert_status(opened, NACCS_E_PKCS12_CORRUPT);
	what.mac_iterations = 1;
	open_made(fixture, what, (struct opening){.max_iterations = 2999}, &opened);
	assert_status(opened, NACCS_E_PKCS12_CORRUPT);
}

static void test_the_parts_together_are_bounded_too(void **state)
{
	const struct fixture *fixture = *state;
	struct opened opened;
	struct pki_pkcs12 what = GOOD(fixture); /* MAC, certificates, key: three derivations; four are allowed */
	what.iterations = what.mac_iterations = 100;
	what.key_copies = 1;
	open_made(fixture, what, (struct opening){.max_iterations = 100}, &opened);
	assert_status(opened, NACCS_OK);
	open_end(&opened);
	what.key_copies = 2;
	open_made(fixture, what, (struct opening){.max_iterations = 100}, &opened);
	assert_status(opened, NACCS_E_PKCS12_CORRUPT);
	assert_says(opened, "together");
}

static void test_refuses_more_keys_than_an_honest_file_holds(void **state)
{
	static const enum pki_cipher ciphers[] = {PKI_MODERN, PKI_PLAIN};
	const struct fixture *fixture = *state;
	for (size_t i = 0; i < 2; i++) {
		struct opened opened;
		struct pki_pkcs12 what = GOOD(fixture);
		what.cipher = ciphers[i];
		what.key_copies = 15;
		open_made(fixture, what, (struct opening){0}, &opened);
		assert_status(opened, NACCS_OK);
		open_end(&opened);
		what.key_copies = 16;
		open_made(fixture, what, (struct opening){0}, &opened);
		assert_status(opened, NACCS_E_PKCS12_CORRUPT);
		assert_says(opened, "too many");
	}
}

static void test_a_mac_of_the_wrong_length_is_corrupt_not_a_wrong_password(void **state)
{
	const struct fixture *fixture = *state;
	struct pki_pkcs12 what = GOOD(fixture);
	struct opened opened;
	size_t length;
	what.password = PASSWORD;
	uint8_t *bytes = pki_make_pkcs12(fixture->pki, &what, &length);
	const unsigned char *cursor = bytes;
	PKCS12 *pkcs12 = d2i_PKCS12(NULL, &cursor, (long)length);
	const ASN1_OCTET_STRING *mac = NULL;
	ASN1_OCTET_STRING *writable;
	unsigned char *changed = NULL;
	PKCS12_get0_mac(&mac, NULL, NULL, NULL, pkcs12);
	memcpy(&writable, &mac, sizeof writable); /* OpenSSL hands it out const only */
	assert_int_equal(ASN1_OCTET_STRING_set(writable, (const unsigned char *)"short", 5), 1);
	int changed_length = i2d_PKCS12(pkcs12, &changed);
	open_bytes(fixture, changed, (size_t)changed_length, (struct opening){0}, &opened);
	assert_status(opened, NACCS_E_PKCS12_CORRUPT);
	assert_says(opened, "wrong length");
	OPENSSL_free(changed);
	PKCS12_free(pkcs12);
	free(bytes);
}

static void test_refuses_zero_and_negative_iterations_and_those_beyond_64_bits(void **state)
{
	static const int64_t counts[] = {-1, -2048, INT64_MIN, INT64_MAX};
	const struct fixture *fixture = *state;
	for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
		struct opened opened;
		struct pki_pkcs12 what = GOOD(fixture);
		what.claimed_mac_iterations = counts[i];
		open_made(fixture, what, (struct opening){.max_iterations = UINT64_MAX}, &opened);
		assert_status(opened, NACCS_E_PKCS12_CORRUPT);
		what.claimed_mac_iterations = 0;
		what.claimed_iterations = counts[i];
		open_made(fixture, what, (struct opening){.max_iterations = UINT64_MAX}, &opened);
		assert_status(opened, NACCS_E_PKCS12_CORRUPT);
	}
}

static void check_password(const struct fixture *fixture, const char *stored, const char *given, naccs_status expected)
{
	static const enum pki_cipher ciphers[] = {PKI_MODERN, PKI_3DES};
	for (size_t i = 0; i < 2; i++) {
		struct opened opened;
		struct pki_pkcs12 what = GOOD(fixture);
		what.password = stored;
		what.cipher = ciphers[i];
		open_made(fixture, what, (struct opening){.password = given}, &opened);
		assert_status(opened, expected);
		open_end(&opened);
	}
}

static void test_opens_with_every_symbol_of_the_password_rule(void **state)
{
	check_password(*state, "!\"#$%&'()*+,-./", "!\"#$%&'()*+,-./", NACCS_OK);
	check_password(*state, ":;<=>?@[\\]^_`{|}", ":;<=>?@[\\]^_`{|}", NACCS_OK);
	check_password(*state, "~", "~", NACCS_OK);
}

static void test_opens_with_a_password_beyond_ascii(void **state)
{
	check_password(*state, "パスワード\xF0\x9F\x94\x91", "パスワード\xF0\x9F\x94\x91", NACCS_OK);
}

static void test_a_backslash_opens_what_was_sealed_with_a_yen_sign(void **state)
{
	check_password(*state, "a\\b\\c", "a\\b\\c", NACCS_OK);
	check_password(*state, "a¥b¥c", "a\\b\\c", NACCS_OK);
	check_password(*state, "a¥b¥c", "a¥b¥c", NACCS_OK);
}

static void test_a_yen_sign_opens_what_was_sealed_with_a_backslash(void **state)
{
	check_password(*state, "a\\b\\c", "a¥b¥c", NACCS_OK);
	check_password(*state, "a\\b\\c", "a/b/c", NACCS_E_PKCS12_PASSWORD);
}

static void test_opens_both_forms_of_the_empty_password(void **state)
{
	const struct fixture *fixture = *state;
	static const char *const forms[] = {"", NULL};
	for (size_t i = 0; i < 2; i++) {
		naccs_auto(secret) struct naccs_secret *pkcs12 = NULL;
		naccs_auto(credential) struct naccs_credential *credential = NULL;
		struct naccs_error err = {0};
		struct pki_pkcs12 what = GOOD(fixture);
		size_t length;
		what.password = forms[i];
		what.cipher = PKI_3DES;
		uint8_t *bytes = pki_make_pkcs12(fixture->pki, &what, &length);
		assert_int_equal(naccs_secret_new_copy(bytes, length, &pkcs12, NULL), NACCS_OK);
		free(bytes);
		assert_int_equal(naccs_pkcs12_open(fixture->crypto, pkcs12, NULL, NULL, NOW, NULL, &credential, &err), NACCS_OK);
	}
	check_password(*state, "", "", NACCS_OK);
	check_password(*state, "", "x", NACCS_E_PKCS12_PASSWORD);
}

static void test_a_wrong_password_is_told_as_such_and_what_a_lost_one_means(void **state)
{
	const struct fixture *fixture = *state;
	struct opened opened;
	open_made(fixture, GOOD(fixture), (struct opening){.password = "naccs-pass1"}, &opened);
	assert_status(opened, NACCS_E_PKCS12_PASSWORD);
	assert_says(opened, "reissue");
	assert_null(strstr(opened.err.message, "naccs-pass1"));
	char long_password[5000];
	memset(long_password, 'x', sizeof long_password);
	open_made(fixture, GOOD(fixture), (struct opening){.password = long_password, .password_length = sizeof long_password}, &opened);
	assert_status(opened, NACCS_E_PKCS12_PASSWORD);
}

static void test_a_file_cut_short_anywhere_is_corrupt_and_never_a_wrong_password(void **state)
{
	const struct fixture *fixture = *state;
	struct pki_pkcs12 what = GOOD(fixture);
	size_t length;
	what.password = PASSWORD;
	uint8_t *bytes = pki_make_pkcs12(fixture->pki, &what, &length);
	for (size_t cut = 1; cut < length; cut += 7) {
		struct opened opened;
		open_bytes(fixture, bytes, cut, (struct opening){0}, &opened);
		assert_status(opened, NACCS_E_PKCS12_CORRUPT);
		assert_int_equal(naccs_pkcs12_is_plausible(bytes, cut), cut >= 9);
	}
	free(bytes);
}

static void test_a_changed_byte_never_opens_as_another_certificate(void **state)
{
	const struct fixture *fixture = *state;
	struct pki_pkcs12 what = GOOD(fixture);
	size_t length;
	what.password = PASSWORD;
	what.iterations = what.mac_iterations = 1;
	uint8_t *bytes = pki_make_pkcs12(fixture->pki, &what, &length);
	for (size_t at = 0; at < length; at += 3) {
		struct opened opened;
		bytes[at] ^= 0x10;
		open_bytes(fixture, bytes, length, (struct opening){.max_iterations = 10000}, &opened);
		if (opened.status == NACCS_OK)
			assert_int_equal(X509_cmp(opened.credential->certificate, fixture->client->certificate), 0);
		else
			assert_true(opened.status == NACCS_E_PKCS12_CORRUPT || opened.status == NACCS_E_PKCS12_PASSWORD);
		open_end(&opened);
		bytes[at] ^= 0x10;
	}
	free(bytes);
}

static void test_bytes_after_the_structure_do_no_harm(void **state)
{
	const struct fixture *fixture = *state;
	struct pki_pkcs12 what = GOOD(fixture);
	struct opened opened;
	size_t length;
	what.password = PASSWORD;
	uint8_t *bytes = pki_make_pkcs12(fixture->pki, &what, &length);
	uint8_t *longer = malloc(length + 2);
	assert_non_null(longer);
	memcpy(longer, bytes, length);
	memcpy(longer + length, "\r\n", 2);
	open_bytes(fixture, longer, length + 2, (struct opening){0}, &opened);
	assert_status(opened, NACCS_OK);
	open_end(&opened);
	free(longer);
	free(bytes);
}

static void test_a_page_is_no_pkcs12(void **state)
{
	static const char page[] = "<html><head><title>NACCS</title></head><body>認証コード1</body></html>";
	static const uint8_t certificate_like[] = {0x30, 0x82, 0x01, 0x0A, 0x30, 0x03, 0x02, 0x01, 0x03, 0x30, 0x00};
	struct opened opened;
	open_bytes(*state, page, sizeof page - 1, (struct opening){0}, &opened);
	assert_status(opened, NACCS_E_PKCS12_CORRUPT);
	assert_says(opened, "no PKCS#12");
	assert_false(naccs_pkcs12_is_plausible(page, sizeof page - 1));
	assert_false(naccs_pkcs12_is_plausible(certificate_like, sizeof certificate_like));
	assert_false(naccs_pkcs12_is_plausible("", 0));
	assert_false(naccs_pkcs12_is_plausible("0", 1));
	open_bytes(*state, "", 0, (struct opening){0}, &opened);
	assert_status(opened, NACCS_E_PKCS12_CORRUPT);
}

static void test_refuses_more_than_one_mebibyte(void **state)
{
	const struct fixture *fixture = *state;
	struct pki_pkcs12 what = GOOD(fixture);
	struct opened opened;
	size_t length, limit = (size_t)1024 * 1024;
	what.password = PASSWORD;
	uint8_t *bytes = pki_make_pkcs12(fixture->pki, &what, &length);
	uint8_t *large = calloc(1, limit + 1);
	assert_non_null(large);
	memcpy(large, bytes, length);
	open_bytes(fixture, large, limit, (struct opening){0}, &opened);
	assert_status(opened, NACCS_OK);
	open_end(&opened);
	open_bytes(fixture, large, limit + 1, (struct opening){0}, &opened);
	assert_status(opened, NACCS_E_PKCS12_CORRUPT);
	assert_says(opened, "1 MiB");
	free(large);
	free(bytes);
}

static void test_a_missing_legacy_provider_is_named_with_its_mend(void **state)
{
#ifdef _WIN32
	(void)state;
	skip(); /* it is part of the program */
#endif
	struct fixture fixture = *(const struct fixture *)*state;
	struct naccs_crypto *bare = NULL;
	struct opened opened;
	struct pki_pkcs12 what = GOOD(&fixture);
	assert_int_equal(naccs_crypto_new_at("/nonexistent/ossl-modules", &bare, NULL), NACCS_OK);
	fixture.crypto = bare;
	what.cipher = PKI_LEGACY;
	open_made(&fixture, what, (struct opening){0}, &opened);
	assert_status(opened, NACCS_E_PKCS12_CORRUPT);
	assert_says(opened, "RC2-40-CBC");
	assert_says(opened, "legacy provider");
	assert_says(opened, "/nonexistent/ossl-modules");
	assert_says(opened, "openssl-provider-legacy");
	what.cipher = PKI_3DES; /* old, but known to the default provider */
	open_made(&fixture, what, (struct opening){0}, &opened);
	assert_status(opened, NACCS_OK);
	open_end(&opened);
	naccs_crypto_free(bare);
}

static void test_the_key_is_exported_as_pkcs8(void **state)
{
	const struct fixture *fixture = *state;
	struct opened opened;
	naccs_auto(secret) struct naccs_secret *exported = NULL;
	open_made(fixture, GOOD(fixture), (struct opening){0}, &opened);
	assert_status(opened, NACCS_OK);
	assert_int_equal(naccs_credential_export_key(opened.credential, &exported, NULL), NACCS_OK);
	const unsigned char *cursor = naccs_secret_data(exported);
	PKCS8_PRIV_KEY_INFO *pkcs8 = d2i_PKCS8_PRIV_KEY_INFO(NULL, &cursor, (long)naccs_secret_length(exported));
	assert_non_null(pkcs8);
	assert_ptr_equal(cursor, naccs_secret_data(exported) + naccs_secret_length(exported));
	EVP_PKEY *key = EVP_PKCS82PKEY_ex(pkcs8, naccs_crypto_libctx(fixture->crypto), NULL);
	assert_non_null(key);
	assert_true(key_fits(key, opened.credential->certificate));
	EVP_PKEY_free(key);
	PKCS8_PRIV_KEY_INFO_free(pkcs8);
	open_end(&opened);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_opens_every_cipher_with_rsa_and_ec_keys),
		cmocka_unit_test(test_opens_macs_from_sha1_to_sha512),
		cmocka_unit_test(test_opens_pbmac1_where_openssl_knows_it_and_says_so_elsewhere),
		cmocka_unit_test(test_refuses_a_mac_by_md5),
		cmocka_unit_test(test_refuses_a_file_without_mac),
		cmocka_unit_test(test_opens_nested_bags_and_plain_certificate_parts),
		cmocka_unit_test(test_refuses_too_many_iterations_before_deriving_anything),
		cmocka_unit_test(test_the_bound_of_iterations_can_be_set_and_is_inclusive),
		cmocka_unit_test(test_the_parts_together_are_bounded_too),
		cmocka_unit_test(test_refuses_more_keys_than_an_honest_file_holds),
		cmocka_unit_test(test_a_mac_of_the_wrong_length_is_corrupt_not_a_wrong_password),
		cmocka_unit_test(test_refuses_zero_and_negative_iterations_and_those_beyond_64_bits),
		cmocka_unit_test(test_opens_with_every_symbol_of_the_password_rule),
		cmocka_unit_test(test_opens_with_a_password_beyond_ascii),
		cmocka_unit_test(test_a_backslash_opens_what_was_sealed_with_a_yen_sign),
		cmocka_unit_test(test_a_yen_sign_opens_what_was_sealed_with_a_backslash),
		cmocka_unit_test(test_opens_both_forms_of_the_empty_password),
		cmocka_unit_test(test_a_wrong_password_is_told_as_such_and_what_a_lost_one_means),
		cmocka_unit_test(test_a_file_cut_short_anywhere_is_corrupt_and_never_a_wrong_password),
		cmocka_unit_test(test_a_changed_byte_never_opens_as_another_certificate),
		cmocka_unit_test(test_bytes_after_the_structure_do_no_harm),
		cmocka_unit_test(test_a_page_is_no_pkcs12),
		cmocka_unit_test(test_refuses_more_than_one_mebibyte),
		cmocka_unit_test(test_a_missing_legacy_provider_is_named_with_its_mend),
		cmocka_unit_test(test_the_key_is_exported_as_pkcs8),
	};
	naccs_crypto_process_init();
	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
