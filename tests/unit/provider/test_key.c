/* SPDX-License-Identifier: Apache-2.0 */
/* Why: what OpenSSL may know of a key in a store, what it must not get, and what is said when a signature does not come. */
#include "fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/provider.h>
#include <openssl/rsa.h>

static X509 *copy_into_default_context(X509 *certificate)
{
	unsigned char *der = NULL;
	int length = i2d_X509(certificate, &der);
	const unsigned char *at = der;
	X509 *copy = d2i_X509(NULL, &at, length);

	assert_non_null(copy);
	OPENSSL_free(der);
	return copy;
}

static void test_the_key_fits_its_certificate_and_no_other(void **state)
{
	struct fixture *fixture = *state;

	for (size_t key = 0; key < KEY_COUNT; key++) {
		X509 *certificate = copy_into_default_context(fixture->client[key]->certificate);

		assert_int_equal(X509_check_private_key(certificate, fixture->key[key]), 1);
		assert_int_equal(EVP_PKEY_eq(fixture->key[key], fixture->client[key]->key), 1);
		assert_int_not_equal(X509_check_private_key(certificate, fixture->key[(key + 1) % KEY_COUNT]), 1);
		assert_int_equal(fixture->store[key].signatures, 0);
		X509_free(certificate);
	}
	struct pki_identity *other = pki_make_client(fixture->pki, fixture->ca, "22220B", PKI_EC, NOW, NOW + 86400);
	assert_int_not_equal(EVP_PKEY_eq(fixture->key[EC_256], other->key), 1);
	pki_identity_free(other);
}

static void test_the_key_tells_what_its_public_half_tells(void **state)
{
	struct fixture *fixture = *state;

	for (size_t key = 0; key < KEY_COUNT; key++) {
		const EVP_PKEY *ours = fixture->key[key], *software = X509_get0_pubkey(fixture->client[key]->certificate);
		char group[80] = "";
		size_t length = 0;

		assert_true(EVP_PKEY_is_a(ours, key == RSA_2048 ? "RSA" : "EC"));
		assert_int_equal(EVP_PKEY_get_bits(ours), EVP_PKEY_get_bits(software));
		assert_int_equal(EVP_PKEY_get_security_bits(ours), EVP_PKEY_get_security_bits(software));
		assert_int_equal(EVP_PKEY_get_size(ours), EVP_PKEY_get_size(software));
		assert_int_equal(EVP_PKEY_get_group_name(ours, group, sizeof group, &length), key != RSA_2048);
		assert_string_equal(group, key == RSA_2048 ? "" : (key == EC_256 ? "prime256v1" : "secp384r1"));
		assert_string_equal(OSSL_PROVIDER_get0_name(EVP_PKEY_get0_provider(ours)), "naccs");
	}
}

static void test_the_public_half_leaves_and_the_private_half_does_not(void **state)
{
	struct fixture *fixture = *state;

	for (size_t key = 0; key < KEY_COUNT; key++) {
		unsigned char *ours = NULL, *certificates = NULL;
		OSSL_PARAM *params = NULL;
		BIGNUM *number = NULL;
		int length = i2d_PUBKEY(fixture->key[key], &ours);

		assert_true(length > 0);
		assert_int_equal(length, i2d_PUBKEY(X509_get0_pubkey(fixture->client[key]->certificate), &certificates));
		assert_memory_equal(ours, certificates, (size_t)length);
		OPENSSL_free(ours);
		OPENSSL_free(certificates);
		assert_int_not_equal(EVP_PKEY_todata(fixture->key[key], EVP_PKEY_KEYPAIR, &params), 1);
		assert_null(EVP_PKEY2PKCS8(fixture->key[key]));
		assert_int_equal(EVP_PKEY_get_bn_param(fixture->key[key],
						       key == RSA_2048 ? OSSL_PKEY_PARAM_RSA_D : OSSL_PKEY_PARAM_PRIV_KEY, &number),
				 0);
		assert_int_equal(EVP_PKEY_todata(fixture->key[key], EVP_PKEY_PUBLIC_KEY, &params), 1);
		OSSL_PARAM_free(params);
		assert_int_equal(fixture->store[key].signatures, 0);
	}
}

static void test_a_private_key_is_not_taken_in(void **state)
{
	struct fixture *fixture = *state;
	OSSL_PARAM *params = NULL;
	EVP_PKEY *made = NULL;
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(fixture->libctx, "RSA", "provider=naccs");

	assert_non_null(context);
	assert_int_equal(EVP_PKEY_todata(fixture->client[RSA_2048]->key, EVP_PKEY_KEYPAIR, &params), 1);
	assert_int_equal(EVP_PKEY_fromdata_init(context), 1);
	assert_int_not_equal(EVP_PKEY_fromdata(context, &made, EVP_PKEY_KEYPAIR, params), 1);
	assert_null(made);
	OSSL_PARAM_free(params);
	assert_int_not_equal(EVP_PKEY_keygen_init(context), 1);
	EVP_PKEY_CTX_free(context);
}

/* A copy and an SSL object outlive the caller's reference; the store is told at the very end. */
static void test_the_store_is_let_go_with_the_last_reference(void **state)
{
	struct fixture *fixture = *state;
	struct counting_store store = {.libctx = pki_libctx(fixture->pki), .key = fixture->client[EC_256]->key};
	const struct naccs_provider_signer signer = {.sign = counting_sign, .free = counting_free, .context = &store};
	EVP_PKEY *key = NULL;

	assert_int_equal(naccs_provider_key_new(fixture->libctx, fixture->client[EC_256]->certificate, &signer, &key, NULL), NACCS_OK);
	EVP_PKEY *copy = EVP_PKEY_dup(key);
	assert_non_null(copy);
	EVP_PKEY_free(key);
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	unsigned char sig[256];
	size_t length = sizeof sig;
	assert_int_equal(EVP_DigestSignInit_ex(context, NULL, "SHA256", NULL, NULL, copy, NULL), 1);
	EVP_PKEY_free(copy);
	assert_int_equal(EVP_DigestSign(context, sig, &length, (const unsigned char *)"x", 1), 1);
	assert_int_equal(store.signatures, 1);
	assert_int_equal(store.frees, 0);
	EVP_MD_CTX_free(context);
	assert_int_equal(store.frees, 1);
	assert_true(is_verified(fixture->client[EC_256], "SHA256", 0, 0, "x", 1, sig, length));
}

/* The last key takes the provider with it; the next one brings it back. */
static void test_the_provider_stays_as_long_as_a_key(void **state)
{
	struct fixture *fixture = *state;
	OSSL_LIB_CTX *libctx = OSSL_LIB_CTX_new();
	OSSL_PROVIDER *software = OSSL_PROVIDER_load(libctx, "default");
	struct counting_store store = {.libctx = pki_libctx(fixture->pki), .key = fixture->client[RSA_2048]->key};
	const struct naccs_provider_signer signer = {.sign = counting_sign, .context = &store};

	for (int i = 0; i < 3; i++) {
		EVP_PKEY *first = NULL, *second = NULL;

		assert_int_equal(OSSL_PROVIDER_available(libctx, "naccs"), 0);
		assert_int_equal(naccs_provider_key_new(libctx, fixture->client[RSA_2048]->certificate, &signer, &first, NULL), NACCS_OK);
		assert_int_equal(naccs_provider_key_new(libctx, fixture->client[EC_256]->certificate, &signer, &second, NULL), NACCS_OK);
		EVP_PKEY_free(first);
		assert_int_equal(OSSL_PROVIDER_available(libctx, "naccs"), 1);
		EVP_PKEY_free(second);
	}
	OSSL_PROVIDER_unload(software);
	OSSL_LIB_CTX_free(libctx);
}

static void test_another_kind_of_key_is_refused(void **state)
{
	struct fixture *fixture = *state;
	struct pki_identity *other = pki_make_client(fixture->pki, fixture->ca, "11110A", PKI_ED25519, NOW, NOW + 86400);
	struct counting_store store = {0};
	const struct naccs_provider_signer signer = {.sign = counting_sign, .context = &store};
	struct naccs_error err = {0};
	EVP_PKEY *key = NULL;

	assert_int_equal(naccs_provider_key_new(fixture->libctx, other->certificate, &signer, &key, &err), NACCS_E_STORE_UNSUPPORTED);
	assert_null(key);
	assert_non_null(strstr(err.message, "neither RSA nor EC"));
	pki_identity_free(other);
}

static bool sign_plainly(EVP_PKEY *key)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	unsigned char sig[1024];
	size_t length = sizeof sig;

	assert_int_equal(EVP_DigestSignInit_ex(context, NULL, "SHA256", NULL, NULL, key, NULL), 1);
	bool is_signed = EVP_DigestSign(context, sig, &length, (const unsigned char *)"x", 1) == 1;
	EVP_MD_CTX_free(context);
	return is_signed;
}

static void test_a_failure_is_kept_until_the_next_signature(void **state)
{
	struct fixture *fixture = *state;
	struct naccs_error failure = {0};

	assert_int_equal(naccs_provider_key_failure(fixture->client[RSA_2048]->key, &failure), NACCS_OK); /* no key of ours */
	assert_true(sign_plainly(fixture->key[RSA_2048]));
	assert_int_equal(naccs_provider_key_failure(fixture->key[RSA_2048], &failure), NACCS_OK);
	fixture->store[RSA_2048].fail_with = NACCS_E_STORE_IO;
	assert_false(sign_plainly(fixture->key[RSA_2048]));
	assert_string_equal(openssl_errors(), "the store did not sign: the token was pulled out (put it back)\n");
	assert_int_equal(naccs_provider_key_failure(fixture->key[RSA_2048], &failure), NACCS_E_STORE_IO);
	assert_string_equal(failure.hint, "put it back");
	assert_int_equal(failure.native, 7);
	fixture->store[RSA_2048].fail_with = NACCS_OK;
	assert_true(sign_plainly(fixture->key[RSA_2048]));
	assert_int_equal(naccs_provider_key_failure(fixture->key[RSA_2048], NULL), NACCS_OK);
}

/* What comes over a wire is not believed. */
static void test_a_store_that_answers_nonsense_does_no_harm(void **state)
{
	struct fixture *fixture = *state;
	struct counting_store *store = &fixture->store[RSA_2048];

	store->answer_length = 257; /* longer than any signature by this key */
	assert_false(sign_plainly(fixture->key[RSA_2048]));
	store->answer_length = 0;
	store->answers = 2;
	assert_false(sign_plainly(fixture->key[RSA_2048]));
	assert_int_equal(naccs_provider_key_failure(fixture->key[RSA_2048], NULL), NACCS_E_INTERNAL);
	ERR_clear_error();
}

static void test_what_a_store_cannot_do_is_refused_before_it_is_asked(void **state)
{
	struct fixture *fixture = *state;
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pkey_context = NULL;
	unsigned char sig[1024], digest[32] = {0};
	size_t length = sizeof sig;

	assert_int_not_equal(EVP_DigestSignInit_ex(context, NULL, "MD5", NULL, NULL, fixture->key[RSA_2048], NULL), 1);
	assert_int_not_equal(EVP_DigestSignInit_ex(context, NULL, "SHA3-256", NULL, NULL, fixture->key[EC_256], NULL), 1);
	EVP_MD_CTX_reset(context);
	assert_int_equal(EVP_DigestSignInit_ex(context, &pkey_context, "SHA256", NULL, NULL, fixture->key[RSA_2048], NULL), 1);
	assert_int_not_equal(EVP_PKEY_CTX_set_rsa_padding(pkey_context, RSA_NO_PADDING), 1);
	assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(pkey_context, RSA_PKCS1_PSS_PADDING), 1);
	assert_int_equal(EVP_PKEY_CTX_set_rsa_pss_saltlen(pkey_context, 223), 1); /* a byte too many */
	assert_int_not_equal(EVP_DigestSign(context, sig, &length, digest, 1), 1);
	EVP_MD_CTX_reset(context);
	assert_int_equal(EVP_DigestSignInit_ex(context, &pkey_context, "SHA256", NULL, NULL, fixture->key[RSA_2048], NULL), 1);
	assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(pkey_context, RSA_PKCS1_PSS_PADDING), 1);
	assert_int_equal(EVP_PKEY_CTX_set_rsa_mgf1_md_name(pkey_context, "SHA1", NULL), 1);
	length = sizeof sig;
	assert_int_not_equal(EVP_DigestSign(context, sig, &length, digest, 1), 1);
	EVP_MD_CTX_free(context);
	EVP_PKEY_CTX *plain = EVP_PKEY_CTX_new_from_pkey(NULL, fixture->key[RSA_2048], NULL);
	assert_int_equal(EVP_PKEY_sign_init(plain), 1);
	assert_int_equal(EVP_PKEY_CTX_set_signature_md(plain, EVP_sha256()), 1);
	length = sizeof sig;
	assert_int_not_equal(EVP_PKEY_sign(plain, sig, &length, digest, 31), 1); /* no SHA-256 */
	length = 255;
	assert_int_not_equal(EVP_PKEY_sign(plain, sig, &length, digest, 32), 1); /* no room */
	assert_int_not_equal(EVP_PKEY_decrypt_init(plain), 1);
	EVP_PKEY_CTX_free(plain);
	assert_int_equal(fixture->store[RSA_2048].signatures, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, fixture_begin)
	const struct CMUnitTest tests[] = {
		TEST(test_the_key_fits_its_certificate_and_no_other),
		TEST(test_the_key_tells_what_its_public_half_tells),
		TEST(test_the_public_half_leaves_and_the_private_half_does_not),
		TEST(test_a_private_key_is_not_taken_in),
		TEST(test_the_store_is_let_go_with_the_last_reference),
		TEST(test_the_provider_stays_as_long_as_a_key),
		TEST(test_another_kind_of_key_is_refused),
		TEST(test_a_failure_is_kept_until_the_next_signature),
		TEST(test_a_store_that_answers_nonsense_does_no_harm),
		TEST(test_what_a_store_cannot_do_is_refused_before_it_is_asked),
	};
	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
