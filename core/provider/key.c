/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the key itself: a certificate's public half, and whom to ask for a signature. OpenSSL's objects refer to it, so it counts
 * references. */
#include "provider_internal.h"

#include "text.h"

#include <stdatomic.h>
#include <string.h>

struct naccs_provider_key {
	atomic_uint references;
	EVP_PKEY *public_half;
	uint8_t certificate[NACCS_SHA256_SIZE];
	struct naccs_provider_signer signer; /* sign is NULL: a public half alone */
	CRYPTO_RWLOCK *mutex;		     /* one signature at a time, and its failure */
	struct naccs_error failure;	     /* of the last one */
};

struct naccs_provider_key *naccs_provider_key_public(EVP_PKEY *public_key)
{
	struct naccs_provider_key *key = calloc(1, sizeof *key);

	if (key != NULL)
		key->mutex = CRYPTO_THREAD_lock_new();
	if (key == NULL || key->mutex == NULL) {
		EVP_PKEY_free(public_key);
		free(key);
		return NULL;
	}
	atomic_init(&key->references, 1);
	key->public_half = public_key;
	return key;
}

/* A software key from the certificate's bytes: what X509_get_pubkey() returns may hold more than a public half, or belong to a provider of
 * ours. */
static EVP_PKEY *public_half_of(const X509 *certificate, OSSL_LIB_CTX *libctx)
{
	unsigned char *der = NULL;
	int length = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
	const unsigned char *at = der;
	EVP_PKEY *key = length > 0 ? d2i_PUBKEY_ex(NULL, &at, length, libctx, "provider=default") : NULL;

	OPENSSL_free(der);
	return key;
}

naccs_status naccs_provider_key_make(OSSL_LIB_CTX *libctx, X509 *certificate, const struct naccs_provider_signer *signer,
				     struct naccs_provider_key **ret, struct naccs_error *err)
{
	EVP_PKEY *public_key = public_half_of(certificate, libctx);
	unsigned length = 0;
	uint8_t sha256[EVP_MAX_MD_SIZE];

	if (public_key == NULL || (!EVP_PKEY_is_a(public_key, "RSA") && !EVP_PKEY_is_a(public_key, "EC"))) {
		EVP_PKEY_free(public_key);
		return naccs_fail(err, NACCS_E_STORE_UNSUPPORTED, 0, _("cannot use the key of this certificate: it is neither RSA nor EC"));
	}
	struct naccs_provider_key *key = naccs_provider_key_public(public_key);
	if (key == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
	if (X509_digest(certificate, EVP_sha256(), sha256, &length) != 1 || length != sizeof key->certificate) {
		naccs_provider_key_unref(key);
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
	}
	memcpy(key->certificate, sha256, sizeof key->certificate);
	key->signer = *signer;
	*ret = key;
	return NACCS_OK;
}

struct naccs_provider_key *naccs_provider_key_ref(struct naccs_provider_key *key)
{
	atomic_fetch_add_explicit(&key->references, 1, memory_order_relaxed);
	return key;
}

void naccs_provider_key_unref(struct naccs_provider_key *key)
{
	if (key == NULL || atomic_fetch_sub_explicit(&key->references, 1, memory_order_acq_rel) != 1)
		return;
	EVP_PKEY_free(key->public_half);
	CRYPTO_THREAD_lock_free(key->mutex);
	if (key->signer.free != NULL)
		key->signer.free(key->signer.context);
	free(key);
}

EVP_PKEY *naccs_provider_key_public_half(const struct naccs_provider_key *key)
{
	return key->public_half;
}

bool naccs_provider_key_can_sign(const struct naccs_provider_key *key)
{
	return key->signer.sign != NULL;
}

bool naccs_provider_key_is_rsa(const struct naccs_provider_key *key)
{
	return EVP_PKEY_is_a(key->public_half, "RSA") == 1;
}

const char *naccs_provider_key_type(const struct naccs_provider_key *key)
{
	return naccs_provider_key_is_rsa(key) ? "RSA" : "EC";
}

struct collected {
	unsigned char *sig;
	size_t size, length;
	unsigned calls;
};

static naccs_status collect(void *context, const uint8_t *bytes, size_t length)
{
	struct collected *collected = context;

	collected->calls++;
	if (collected->calls != 1 || length > collected->size || length == 0)
		return NACCS_E_INTERNAL;
	memcpy(collected->sig, bytes, length);
	collected->length = length;
	return NACCS_OK;
}

naccs_status naccs_provider_key_sign(struct naccs_provider_key *key, const struct naccs_sign_request *request, unsigned char *sig,
				     size_t size, size_t *ret_length, struct naccs_error *err)
{
	struct naccs_sign_request complete = *request;
	struct collected collected = {.sig = sig, .size = size};
	struct naccs_error failure = {0};

	complete.size = sizeof complete;
	memcpy(complete.certificate, key->certificate, sizeof complete.certificate);
	(void)CRYPTO_THREAD_write_lock(key->mutex);
	naccs_status status = key->signer.sign(key->signer.context, &complete, collect, &collected, &failure);
	if (status == NACCS_OK && collected.length == 0)
		status = naccs_fail(&failure, NACCS_E_INTERNAL, 0, _("the store did not hand over its signature"));
	else if (status != NACCS_OK && failure.message[0] == '\0')
		(void)naccs_fail(&failure, status, 0, _("the store did not hand over its signature"));
	failure.status = status; /* what it returned counts */
	key->failure = failure;
	(void)CRYPTO_THREAD_unlock(key->mutex);
	if (status != NACCS_OK && err != NULL)
		*err = failure;
	if (status == NACCS_OK)
		*ret_length = collected.length;
	return status;
}

bool naccs_provider_key_last_failure(struct naccs_provider_key *key, struct naccs_error *ret)
{
	(void)CRYPTO_THREAD_write_lock(key->mutex);
	bool has_failed = key->failure.status != NACCS_OK;
	if (has_failed)
		*ret = key->failure;
	(void)CRYPTO_THREAD_unlock(key->mutex);
	return has_failed;
}
