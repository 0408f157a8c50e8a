/* SPDX-License-Identifier: Apache-2.0 */
/* Why: every signature that the contract knows, by every way that OpenSSL has to it; and that the store hears of nothing but the signature.
 */
#include "fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/err.h>
#include <openssl/rsa.h>

static const char message[] = "what the server sends";
static const struct {
	const char *name;
	uint32_t hash;
	int size;
} hashes[] = {
	{"SHA256", NACCS_HASH_SHA256, 32},
	{"SHA384", NACCS_HASH_SHA384, 48},
	{"SHA512", NACCS_HASH_SHA512, 64},
	{"SHA1", NACCS_HASH_SHA1, 20},
};
#define HASH_COUNT (sizeof hashes / sizeof hashes[0])

struct way {
	int padding; /* 0: leave it */
	int salt;
	uint32_t expected_padding, expected_salt;
};

/* OpenSSL's one-shot: a size, then the signature. Returns its length. */
static size_t sign_message(struct fixture *fixture, size_t key, OSSL_LIB_CTX *libctx, const char *digest, const struct way *way,
			   unsigned char *sig, size_t size)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pkey_context = NULL;
	size_t length = 0;

	assert_int_equal(EVP_DigestSignInit_ex(context, &pkey_context, digest, libctx, NULL, fixture->key[key], NULL), 1);
	if (way->padding != 0)
		assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(pkey_context, way->padding), 1);
	if (way->padding == RSA_PKCS1_PSS_PADDING)
		assert_int_equal(EVP_PKEY_CTX_set_rsa_pss_saltlen(pkey_context, way->salt), 1);
	assert_int_equal(EVP_DigestSign(context, NULL, &length, (const unsigned char *)message, sizeof message), 1);
	assert_int_equal(fixture->store[key].signatures, 0);
	assert_in_range(length, 1, size);
	assert_int_equal(length, EVP_PKEY_get_size(fixture->key[key]));
	assert_int_equal(EVP_DigestSign(context, sig, &length, (const unsigned char *)message, sizeof message), 1);
	EVP_MD_CTX_free(context);
	return length;
}

static void check_way(void **state, size_t key, OSSL_LIB_CTX *libctx, size_t hash, const struct way *way)
{
	struct fixture *fixture = *state;
	unsigned char sig[1024];
	uint8_t sha256[NACCS_SHA256_SIZE];

	fixture_begin(state);
	size_t length = sign_message(fixture, key, libctx, hashes[hash].name, way, sig, sizeof sig);
	assert_int_equal(fixture->store[key].signatures, 1);
	assert_int_equal(fixture->store[key].last.hash, hashes[hash].hash);
	assert_int_equal(fixture->store[key].last.padding, way->expected_padding);
	assert_int_equal(fixture->store[key].last.salt_length, way->expected_salt);
	assert_int_equal(X509_digest(fixture->client[key]->certificate, EVP_sha256(), sha256, NULL), 1);
	assert_memory_equal(fixture->store[key].last.certificate, sha256, sizeof sha256);
	assert_true(is_verified(fixture->client[key], hashes[hash].name, way->padding, RSA_PSS_SALTLEN_AUTO, message, sizeof message, sig,
				length));
	sig[length / 2] ^= 1;
	assert_false(is_verified(fixture->client[key], hashes[hash].name, way->padding, RSA_PSS_SALTLEN_AUTO, message, sizeof message, sig,
				 length));
}

static void test_every_hash_signs_with_pkcs1_in_both_contexts(void **state)
{
	struct fixture *fixture = *state;
	const struct way by_default = {.expected_padding = NACCS_PADDING_PKCS1}, named = {RSA_PKCS1_PADDING, 0, NACCS_PADDING_PKCS1, 0};

	for (size_t i = 0; i < HASH_COUNT; i++) {
		check_way(state, RSA_2048, NULL, i, &by_default);
		check_way(state, RSA_2048, pki_libctx(fixture->pki), i, &named);
	}
}

static void test_every_hash_signs_with_pss_and_every_salt(void **state)
{
	for (size_t i = 0; i < HASH_COUNT; i++) {
		uint32_t size = (uint32_t)hashes[i].size, most = 256 - size - 2;
		const struct way ways[] = {
			{RSA_PKCS1_PSS_PADDING, RSA_PSS_SALTLEN_DIGEST, NACCS_PADDING_PSS, size},
			{RSA_PKCS1_PSS_PADDING, RSA_PSS_SALTLEN_MAX, NACCS_PADDING_PSS, most},
			{RSA_PKCS1_PSS_PADDING, RSA_PSS_SALTLEN_AUTO, NACCS_PADDING_PSS, most},
			{RSA_PKCS1_PSS_PADDING, 0, NACCS_PADDING_PSS, 0},
			{RSA_PKCS1_PSS_PADDING, 17, NACCS_PADDING_PSS, 17},
		};
		for (size_t j = 0; j < sizeof ways / sizeof ways[0]; j++)
			check_way(state, RSA_2048, NULL, i, &ways[j]);
	}
}

static void test_every_hash_signs_with_both_curves(void **state)
{
	struct fixture *fixture = *state;
	const struct way way = {.expected_padding = NACCS_PADDING_NONE};

	for (size_t i = 0; i < HASH_COUNT; i++) {
		check_way(state, EC_256, NULL, i, &way);
		check_way(state, EC_384, pki_libctx(fixture->pki), i, &way);
	}
}

/* A message in pieces; final twice, as the size is asked for. */
static void test_a_message_in_pieces_is_signed_once(void **state)
{
	struct fixture *fixture = *state;

	for (size_t key = 0; key < KEY_COUNT; key++) {
		EVP_MD_CTX *context = EVP_MD_CTX_new();
		unsigned char sig[1024];
		size_t length = 0;

		assert_int_equal(EVP_DigestSignInit_ex(context, NULL, "SHA384", NULL, NULL, fixture->key[key], NULL), 1);
		assert_int_equal(EVP_DigestSignUpdate(context, message, 5), 1);
		assert_int_equal(EVP_DigestSignUpdate(context, message + 5, sizeof message - 5), 1);
		assert_int_equal(EVP_DigestSignFinal(context, NULL, &length), 1);
		assert_int_equal(fixture->store[key].signatures, 0);
		assert_int_equal(EVP_DigestSignFinal(context, sig, &length), 1);
		assert_int_equal(fixture->store[key].signatures, 1);
		EVP_MD_CTX_free(context);
		assert_true(is_verified(fixture->client[key], "SHA384", 0, 0, message, sizeof message, sig, length));
	}
}

static EVP_PKEY_CTX *signing_of(struct fixture *fixture, size_t key)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, fixture->key[key], NULL);

	assert_non_null(context);
	assert_int_equal(EVP_PKEY_sign_init(context), 1);
	return context;
}

static void test_a_digest_is_signed_once(void **state)
{
	struct fixture *fixture = *state;
	unsigned char digest[32], sig[1024];
	size_t length = 0;
	EVP_PKEY_CTX *context = signing_of(fixture, RSA_2048);

	assert_int_equal(EVP_Digest(message, sizeof message, digest, NULL, EVP_sha256(), NULL), 1);
	assert_int_equal(EVP_PKEY_CTX_set_signature_md(context, EVP_sha256()), 1);
	assert_int_equal(EVP_PKEY_sign(context, NULL, &length, digest, sizeof digest), 1);
	assert_int_equal(length, 256);
	assert_int_equal(fixture->store[RSA_2048].signatures, 0);
	assert_int_equal(EVP_PKEY_sign(context, sig, &length, digest, sizeof digest), 1);
	assert_int_equal(fixture->store[RSA_2048].signatures, 1);
	assert_true(is_verified(fixture->client[RSA_2048], "SHA256", 0, 0, message, sizeof message, sig, length));
	EVP_PKEY_CTX_free(context);
}

/* OpenSSL's own tools name no hash for ECDSA. */
static void test_the_size_of_a_digest_names_it_for_ecdsa_but_never_for_pkcs1(void **state)
{
	struct fixture *fixture = *state;
	unsigned char digest[64], sig[1024];
	size_t length = sizeof sig;
	EVP_PKEY_CTX *ec = signing_of(fixture, EC_256), *rsa = signing_of(fixture, RSA_2048);

	assert_int_equal(EVP_Digest(message, sizeof message, digest, NULL, EVP_sha512(), NULL), 1);
	assert_int_equal(EVP_PKEY_sign(ec, sig, &length, digest, 64), 1);
	assert_int_equal(fixture->store[EC_256].last.hash, NACCS_HASH_SHA512);
	assert_true(is_verified(fixture->client[EC_256], "SHA512", 0, 0, message, sizeof message, sig, length));
	length = sizeof sig;
	assert_int_not_equal(EVP_PKEY_sign(rsa, sig, &length, digest, 32), 1);
	assert_int_equal(fixture->store[RSA_2048].signatures, 0);
	assert_non_null(strstr(openssl_errors(), "digest:sha256"));
	EVP_PKEY_CTX_free(ec);
	EVP_PKEY_CTX_free(rsa);
}

static void test_verifies_what_it_signed(void **state)
{
	struct fixture *fixture = *state;

	for (size_t key = 0; key < KEY_COUNT; key++)
		for (int is_pss = 0; is_pss <= (key == RSA_2048); is_pss++) {
			EVP_MD_CTX *context = EVP_MD_CTX_new();
			EVP_PKEY_CTX *pkey_context = NULL;
			unsigned char sig[1024];
			const struct way way = {.padding = is_pss ? RSA_PKCS1_PSS_PADDING : 0, .salt = RSA_PSS_SALTLEN_DIGEST};
			fixture_begin(state);
			size_t length = sign_message(fixture, key, NULL, "SHA256", &way, sig, sizeof sig);

			assert_int_equal(EVP_DigestVerifyInit_ex(context, &pkey_context, "SHA256", NULL, NULL, fixture->key[key], NULL), 1);
			if (is_pss) {
				assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(pkey_context, RSA_PKCS1_PSS_PADDING), 1);
				assert_int_equal(EVP_PKEY_CTX_set_rsa_pss_saltlen(pkey_context, RSA_PSS_SALTLEN_DIGEST), 1);
			}
			EVP_MD_CTX *again = EVP_MD_CTX_new();
			assert_int_equal(EVP_MD_CTX_copy_ex(again, context), 1);
			assert_int_equal(EVP_DigestVerify(context, sig, length, (const unsigned char *)message, sizeof message), 1);
			sig[length - 1] ^= 1;
			assert_int_not_equal(EVP_DigestVerify(again, sig, length, (const unsigned char *)message, sizeof message), 1);
			EVP_MD_CTX_free(context);
			EVP_MD_CTX_free(again);
			assert_int_equal(fixture->store[key].signatures, 1);
		}
}

/* What a key signs must say how it was signed: requests, CMS. */
static void test_signs_a_certificate_request(void **state)
{
	struct fixture *fixture = *state;

	for (size_t key = 0; key < KEY_COUNT; key++)
		for (int is_pss = 0; is_pss <= (key == RSA_2048); is_pss++) {
			X509_REQ *request = X509_REQ_new_ex(pki_libctx(fixture->pki), NULL);
			EVP_MD_CTX *context = EVP_MD_CTX_new();
			EVP_PKEY_CTX *pkey_context = NULL;

			fixture_begin(state);
			assert_int_equal(X509_REQ_set_version(request, X509_REQ_VERSION_1), 1);
			assert_int_equal(X509_REQ_set_pubkey(request, fixture->key[key]), 1);
			assert_int_equal(EVP_DigestSignInit_ex(context, &pkey_context, "SHA256", pki_libctx(fixture->pki), NULL,
							       fixture->key[key], NULL),
					 1);
			if (is_pss) {
				assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(pkey_context, RSA_PKCS1_PSS_PADDING), 1);
				assert_int_equal(EVP_PKEY_CTX_set_rsa_pss_saltlen(pkey_context, RSA_PSS_SALTLEN_DIGEST), 1);
			}
			assert_true(X509_REQ_sign_ctx(request, context) > 0);
			assert_int_equal(fixture->store[key].signatures, 1);
			assert_int_equal(X509_REQ_verify_ex(request, X509_get0_pubkey(fixture->client[key]->certificate),
							    pki_libctx(fixture->pki), NULL),
					 1);
			assert_int_equal(X509_REQ_get_signature_nid(request),
					 is_pss ? EVP_PKEY_RSA_PSS
						: (key == RSA_2048 ? NID_sha256WithRSAEncryption : NID_ecdsa_with_SHA256));
			X509_REQ_free(request);
			EVP_MD_CTX_free(context);
		}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, fixture_begin)
	const struct CMUnitTest tests[] = {
		TEST(test_every_hash_signs_with_pkcs1_in_both_contexts),
		TEST(test_every_hash_signs_with_pss_and_every_salt),
		TEST(test_every_hash_signs_with_both_curves),
		TEST(test_a_message_in_pieces_is_signed_once),
		TEST(test_a_digest_is_signed_once),
		TEST(test_the_size_of_a_digest_names_it_for_ecdsa_but_never_for_pkcs1),
		TEST(test_verifies_what_it_signed),
		TEST(test_signs_a_certificate_request),
	};
	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
