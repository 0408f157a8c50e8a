/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see fixture.h. */
#include "fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/err.h>
#include <openssl/provider.h>
#include <openssl/rsa.h>

static const char *hash_name(uint32_t hash)
{
	static const char *const names[] = {
		[NACCS_HASH_SHA256] = "SHA256", [NACCS_HASH_SHA384] = "SHA384", [NACCS_HASH_SHA512] = "SHA512", [NACCS_HASH_SHA1] = "SHA1"};

	assert_in_range(hash, NACCS_HASH_SHA256, NACCS_HASH_SHA1);
	return names[hash];
}

static void set_padding(EVP_PKEY_CTX *context, const EVP_MD *digest, const struct naccs_sign_request *request)
{
	if (request->padding == NACCS_PADDING_NONE)
		return;
	assert_int_equal(
		EVP_PKEY_CTX_set_rsa_padding(context, request->padding == NACCS_PADDING_PSS ? RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING),
		1);
	if (request->padding == NACCS_PADDING_PSS) {
		assert_int_equal(EVP_PKEY_CTX_set_rsa_mgf1_md(context, digest), 1);
		assert_int_equal(EVP_PKEY_CTX_set_rsa_pss_saltlen(context, (int)request->salt_length), 1);
	}
}

static size_t sign_in_software(const struct counting_store *store, const struct naccs_sign_request *request, unsigned char *sig,
			       size_t size)
{
	EVP_MD *digest = EVP_MD_fetch(store->libctx, hash_name(request->hash), NULL);
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(store->libctx, store->key, NULL);

	assert_int_equal(request->digest.length, EVP_MD_get_size(digest));
	assert_int_equal(request->padding == NACCS_PADDING_NONE, EVP_PKEY_is_a(store->key, "EC"));
	assert_int_equal(EVP_PKEY_sign_init(context), 1);
	assert_int_equal(EVP_PKEY_CTX_set_signature_md(context, digest), 1);
	set_padding(context, digest, request);
	assert_int_equal(EVP_PKEY_sign(context, sig, &size, request->digest.data, request->digest.length), 1);
	EVP_PKEY_CTX_free(context);
	EVP_MD_free(digest);
	return size;
}

naccs_status counting_sign(void *context, const struct naccs_sign_request *request, naccs_bytes_sink *sink, void *sink_context,
			   struct naccs_error *err)
{
	struct counting_store *store = context;
	unsigned char sig[1024] = {0};
	naccs_status status = NACCS_OK;

	store->signatures++;
	store->last = *request;
	assert_int_equal(request->size, sizeof *request);
	if (store->fail_with != NACCS_OK) {
		(void)naccs_fail(err, store->fail_with, 7, "the token was pulled out");
		return naccs_error_hint(err, "put it back");
	}
	if (store->answer_length > 0)
		return sink(sink_context, sig, store->answer_length);
	size_t length = sign_in_software(store, request, sig, sizeof sig);
	for (unsigned i = 0; status == NACCS_OK && i < (store->answers > 0 ? store->answers : 1); i++)
		status = sink(sink_context, sig, length);
	return status;
}

void counting_free(void *context)
{
	struct counting_store *store = context;

	store->frees++;
}

int fixture_setup(void **state)
{
	static const enum pki_key_type types[KEY_COUNT] = {PKI_RSA, PKI_EC, PKI_EC384};
	struct fixture *fixture = calloc(1, sizeof *fixture);

	assert_non_null(fixture);
	fixture->pki = pki_new();
	fixture->libctx = OSSL_LIB_CTX_new();
	fixture->software = OSSL_PROVIDER_load(fixture->libctx, "default");
	fixture->ca = pki_make_client_ca(fixture->pki, PKI_EC, NOW);
	for (size_t i = 0; i < KEY_COUNT; i++) {
		struct naccs_error err = {0};

		fixture->client[i] =
			pki_make_client(fixture->pki, fixture->ca, "11110A", types[i], NOW - 86400, pki_add_months(NOW, PKI_CLIENT_MONTHS));
		fixture->store[i] = (struct counting_store){.libctx = pki_libctx(fixture->pki), .key = fixture->client[i]->key};
		const struct naccs_provider_signer signer = {.sign = counting_sign, .free = counting_free, .context = &fixture->store[i]};
		if (naccs_provider_key_new(fixture->libctx, fixture->client[i]->certificate, &signer, &fixture->key[i], &err) != NACCS_OK)
			fail_msg("%s", err.message);
	}
	*state = fixture;
	return 0;
}

int fixture_begin(void **state)
{
	struct fixture *fixture = *state;

	for (size_t i = 0; i < KEY_COUNT; i++)
		fixture->store[i] = (struct counting_store){.libctx = pki_libctx(fixture->pki), .key = fixture->client[i]->key};
	ERR_clear_error();
	return 0;
}

int fixture_teardown(void **state)
{
	struct fixture *fixture = *state;

	for (size_t i = 0; i < KEY_COUNT; i++) {
		EVP_PKEY_free(fixture->key[i]);
		assert_int_equal(fixture->store[i].frees, 1);
		pki_identity_free(fixture->client[i]);
	}
	OSSL_PROVIDER_unload(fixture->software);
	OSSL_LIB_CTX_free(fixture->libctx);
	pki_identity_free(fixture->ca);
	pki_free(fixture->pki);
	free(fixture);
	return 0;
}

bool is_verified(const struct pki_identity *identity, const char *digest, int padding, int salt, const void *message, size_t length,
		 const unsigned char *sig, size_t siglen)
{
	unsigned char *der = NULL;
	int der_length = i2d_X509(identity->certificate, &der);
	const unsigned char *at = der;
	X509 *certificate = d2i_X509(NULL, &at, der_length);
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pkey_context = NULL;

	assert_non_null(certificate);
	assert_int_equal(EVP_DigestVerifyInit_ex(context, &pkey_context, digest, NULL, NULL, X509_get0_pubkey(certificate), NULL), 1);
	if (padding != 0)
		assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(pkey_context, padding), 1);
	if (padding == RSA_PKCS1_PSS_PADDING)
		assert_int_equal(EVP_PKEY_CTX_set_rsa_pss_saltlen(pkey_context, salt), 1);
	bool is_good = EVP_DigestVerify(context, sig, siglen, message, length) == 1;
	EVP_MD_CTX_free(context);
	X509_free(certificate);
	OPENSSL_free(der);
	ERR_clear_error();
	return is_good;
}

const char *openssl_errors(void)
{
	static char text[4096];
	const char *data = NULL;
	int flags = 0;
	unsigned long code;

	text[0] = '\0';
	while ((code = ERR_get_error_all(NULL, NULL, NULL, &data, &flags)) != 0) {
		size_t used = strlen(text);
		const char *reason = ERR_reason_error_string(code);

		(void)snprintf(text + used, sizeof text - used, "%s: %s\n", reason != NULL ? reason : "?", data);
	}
	return text;
}
