/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: signatures as OpenSSL wants them. OpenSSL asks often before it signs (TLS: two inits, parameters, a size) and once for the signature
 * itself: the store hears of the last alone. Messages are hashed here; verification is left to OpenSSL's software key.
 */
#include "provider_internal.h"

#include <limits.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/rsa.h>

static void *signature_new(void *provider, const char *properties)
{
	struct naccs_provider_signing *signing = calloc(1, sizeof *signing);

	(void)properties;
	if (signing != NULL)
		signing->provider = provider;
	return signing;
}

static void signature_free(void *context)
{
	struct naccs_provider_signing *signing = context;

	if (signing == NULL)
		return;
	naccs_provider_key_unref(signing->key);
	EVP_MD_free(signing->digest);
	EVP_MD_free(signing->mgf1);
	EVP_MD_CTX_free(signing->stream);
	free(signing);
}

static bool copy_stream(struct naccs_provider_signing *to, const struct naccs_provider_signing *from)
{
	if (from->stream == NULL)
		return true;
	to->stream = EVP_MD_CTX_new();
	return to->stream != NULL && EVP_MD_CTX_copy_ex(to->stream, from->stream) == 1;
}

static void *signature_dup(void *context)
{
	const struct naccs_provider_signing *from = context;
	struct naccs_provider_signing *to = signature_new(from->provider, NULL);

	if (to == NULL)
		return NULL;
	to->padding = from->padding;
	to->salt_length = from->salt_length;
	to->is_for_signing = from->is_for_signing;
	if (from->key != NULL)
		to->key = naccs_provider_key_ref(from->key);
	if (from->digest != NULL && EVP_MD_up_ref(from->digest) == 1)
		to->digest = from->digest;
	if (from->mgf1 != NULL && EVP_MD_up_ref(from->mgf1) == 1)
		to->mgf1 = from->mgf1;
	if (copy_stream(to, from))
		return to;
	signature_free(to);
	return NULL;
}

/* keydata NULL: the same key again, with what was set before. */
static int begin(struct naccs_provider_signing *signing, const struct naccs_provider_keydata *keydata, const OSSL_PARAM params[],
		 bool is_for_signing)
{
	if (keydata == NULL && signing->key == NULL)
		return naccs_provider_raise(signing->provider, NACCS_PROVIDER_R_KEY, "no key was set");
	if (keydata != NULL) {
		if (keydata->key == NULL)
			return naccs_provider_raise(signing->provider, NACCS_PROVIDER_R_KEY, "an empty key");
		naccs_provider_key_unref(signing->key);
		signing->key = naccs_provider_key_ref(keydata->key);
		naccs_provider_signing_defaults(signing);
	}
	if (is_for_signing && !naccs_provider_key_can_sign(signing->key))
		return naccs_provider_raise(signing->provider, NACCS_PROVIDER_R_KEY, "a public key does not sign");
	signing->is_for_signing = is_for_signing;
	EVP_MD_CTX_free(signing->stream);
	signing->stream = NULL;
	return naccs_provider_signing_set_params(signing, params);
}

static int sign_init(void *context, void *keydata, const OSSL_PARAM params[])
{
	return begin(context, keydata, params, true);
}

static int verify_init(void *context, void *keydata, const OSSL_PARAM params[])
{
	return begin(context, keydata, params, false);
}

/* ---- a digest is signed ---- */

/* Where nobody named the hash, its size does (not for PKCS#1, whose signature holds the name). */
static int guess_digest(struct naccs_provider_signing *signing, size_t length)
{
	static const char *const names[] = {"SHA256", "SHA384", "SHA512", "SHA1"};
	static const size_t sizes[] = {32, 48, 64, 20};

	if (signing->digest != NULL)
		return 1;
	if (signing->padding == NACCS_PADDING_PKCS1)
		return naccs_provider_raise(signing->provider, NACCS_PROVIDER_R_PARAMETER,
					    "the name of the hash is needed (openssl pkeyutl: -pkeyopt digest:sha256)");
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
		if (sizes[i] == length)
			return naccs_provider_signing_use_digest(signing, names[i], NULL);
	return naccs_provider_raise(signing->provider, NACCS_PROVIDER_R_PARAMETER, "%zu bytes are no hash", length);
}

static int check_digest(struct naccs_provider_signing *signing, size_t length)
{
	if (guess_digest(signing, length) != 1)
		return 0;
	if (length != (size_t)EVP_MD_get_size(signing->digest))
		return naccs_provider_raise(signing->provider, NACCS_PROVIDER_R_PARAMETER, "%zu bytes are no %s", length,
					    EVP_MD_get0_name(signing->digest));
	if (signing->padding == NACCS_PADDING_PSS && signing->mgf1 != NULL &&
	    !EVP_MD_is_a(signing->mgf1, EVP_MD_get0_name(signing->digest)))
		return naccs_provider_raise(signing->provider, NACCS_PROVIDER_R_PARAMETER, "MGF1 must use the hash of the message");
	return 1;
}

static int sign_digest(struct naccs_provider_signing *signing, unsigned char *sig, size_t *siglen, size_t size, const unsigned char *digest,
		       size_t length)
{
	struct naccs_sign_request request = {.padding = signing->padding, .digest = {.data = digest, .length = length}};
	struct naccs_error failure = {0};
	int salt;

	if (check_digest(signing, length) != 1)
		return 0;
	request.hash = naccs_provider_hash_of(signing->digest);
	if (signing->padding == NACCS_PADDING_PSS) {
		salt = naccs_provider_salt_bytes(signing);
		if (salt < 0)
			return naccs_provider_raise(signing->provider, NACCS_PROVIDER_R_PARAMETER, "the salt does not fit the key");
		request.salt_length = (uint32_t)salt;
	}
	if (naccs_provider_key_sign(signing->key, &request, sig, size, siglen, &failure) != NACCS_OK)
		return naccs_provider_raise_error(signing->provider, NACCS_PROVIDER_R_SIGN, &failure);
	return 1;
}

/* The size of a signature; false: sig has no room for it. */
static bool has_room(const struct naccs_provider_signing *signing, const unsigned char *sig, size_t size, size_t *ret)
{
	int most = EVP_PKEY_get_size(naccs_provider_key_public_half(signing->key));

	*ret = most > 0 ? (size_t)most : 0;
	return most > 0 && (sig == NULL || size >= *ret);
}

static int sign(void *context, unsigned char *sig, size_t *siglen, size_t sigsize, const unsigned char *tbs, size_t tbslen)
{
	struct naccs_provider_signing *signing = context;
	size_t most = 0;

	if (signing->key == NULL || !signing->is_for_signing)
		return 0;
	if (!has_room(signing, sig, sigsize, &most))
		return naccs_provider_raise(signing->provider, NACCS_PROVIDER_R_PARAMETER, "no room for the signature: %zu bytes", most);
	*siglen = most;
	return sig == NULL ? 1 : sign_digest(signing, sig, siglen, most, tbs, tbslen);
}

static bool prepare_verification(const struct naccs_provider_signing *signing, EVP_PKEY_CTX *context)
{
	if (context == NULL || EVP_PKEY_verify_init(context) != 1 || EVP_PKEY_CTX_set_signature_md(context, signing->digest) != 1)
		return false;
	if (signing->padding == NACCS_PADDING_NONE)
		return true;
	if (signing->padding == NACCS_PADDING_PKCS1)
		return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1;
	return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
	       EVP_PKEY_CTX_set_rsa_mgf1_md(context, signing->digest) == 1 &&
	       EVP_PKEY_CTX_set_rsa_pss_saltlen(context, signing->salt_length) == 1;
}

static int verify(void *context, const unsigned char *sig, size_t siglen, const unsigned char *tbs, size_t tbslen)
{
	struct naccs_provider_signing *signing = context;

	if (signing->key == NULL || signing->is_for_signing || check_digest(signing, tbslen) != 1)
		return 0;
	naccs_auto(provider_pkey_context) EVP_PKEY_CTX *verification =
		EVP_PKEY_CTX_new_from_pkey(signing->provider->libctx, naccs_provider_key_public_half(signing->key), "provider=default");
	return prepare_verification(signing, verification) && EVP_PKEY_verify(verification, sig, siglen, tbs, tbslen) == 1;
}

/* ---- a message is hashed, then signed ---- */

static int begin_message(struct naccs_provider_signing *signing, const char *digest, void *keydata, const OSSL_PARAM params[],
			 bool is_for_signing)
{
	if (begin(signing, keydata, NULL, is_for_signing) != 1)
		return 0;
	if ((digest != NULL || signing->digest == NULL) && naccs_provider_signing_use_digest(signing, digest, NULL) != 1)
		return 0;
	signing->stream = EVP_MD_CTX_new();
	if (signing->stream == NULL || EVP_DigestInit_ex2(signing->stream, signing->digest, NULL) != 1)
		return naccs_provider_raise(signing->provider, NACCS_PROVIDER_R_MEMORY, "digest");
	return naccs_provider_signing_set_params(signing, params);
}

static int digest_sign_init(void *context, const char *digest, void *keydata, const OSSL_PARAM params[])
{
	return begin_message(context, digest, keydata, params, true);
}

static int digest_verify_init(void *context, const char *digest, void *keydata, const OSSL_PARAM params[])
{
	return begin_message(context, digest, keydata, params, false);
}

static int update(void *context, const unsigned char *data, size_t length)
{
	struct naccs_provider_signing *signing = context;

	return signing->stream != NULL && EVP_DigestUpdate(signing->stream, data, length) == 1;
}

static int digest_sign_final(void *context, unsigned char *sig, size_t *siglen, size_t sigsize)
{
	struct naccs_provider_signing *signing = context;
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned length = 0;

	if (signing->stream == NULL)
		return 0;
	if (sig == NULL) /* a question: the message goes on */
		return sign(signing, NULL, siglen, 0, NULL, 0);
	return EVP_DigestFinal_ex(signing->stream, digest, &length) == 1 && sign(signing, sig, siglen, sigsize, digest, length) == 1;
}

static int digest_sign(void *context, unsigned char *sig, size_t *siglen, size_t sigsize, const unsigned char *message, size_t length)
{
	if (sig == NULL)
		return digest_sign_final(context, NULL, siglen, 0);
	return update(context, message, length) == 1 && digest_sign_final(context, sig, siglen, sigsize) == 1;
}

static int digest_verify_final(void *context, const unsigned char *sig, size_t siglen)
{
	struct naccs_provider_signing *signing = context;
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned length = 0;

	return signing->stream != NULL && EVP_DigestFinal_ex(signing->stream, digest, &length) == 1 &&
	       verify(signing, sig, siglen, digest, length) == 1;
}

static int digest_verify(void *context, const unsigned char *sig, size_t siglen, const unsigned char *message, size_t length)
{
	return update(context, message, length) == 1 && digest_verify_final(context, sig, siglen) == 1;
}

#define FUNCTION(name, function)                                                                                                           \
	{                                                                                                                                  \
		OSSL_FUNC_SIGNATURE_##name, (void (*)(void))(function)                                                                     \
	}

const OSSL_DISPATCH naccs_provider_signature[] = {
	FUNCTION(NEWCTX, signature_new),
	FUNCTION(FREECTX, signature_free),
	FUNCTION(DUPCTX, signature_dup),
	FUNCTION(SIGN_INIT, sign_init),
	FUNCTION(SIGN, sign),
	FUNCTION(VERIFY_INIT, verify_init),
	FUNCTION(VERIFY, verify),
	FUNCTION(DIGEST_SIGN_INIT, digest_sign_init),
	FUNCTION(DIGEST_SIGN_UPDATE, update),
	FUNCTION(DIGEST_SIGN_FINAL, digest_sign_final),
	FUNCTION(DIGEST_SIGN, digest_sign),
	FUNCTION(DIGEST_VERIFY_INIT, digest_verify_init),
	FUNCTION(DIGEST_VERIFY_UPDATE, update),
	FUNCTION(DIGEST_VERIFY_FINAL, digest_verify_final),
	FUNCTION(DIGEST_VERIFY, digest_verify),
	FUNCTION(GET_CTX_PARAMS, naccs_provider_signing_get_params),
	FUNCTION(GETTABLE_CTX_PARAMS, naccs_provider_signing_gettable),
	FUNCTION(SET_CTX_PARAMS, naccs_provider_signing_set_params),
	FUNCTION(SETTABLE_CTX_PARAMS, naccs_provider_signing_settable),
	{0, NULL},
};
