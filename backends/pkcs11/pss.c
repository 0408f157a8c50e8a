/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: TLS 1.3 signs with RSA-PSS, and some tokens (TPMs) sign raw blocks only: then the block is made here. RFC 8017, 9.1.1 and B.2.1; OpenSSL
 * computes the hashes and the salt.
 */
#include "pkcs11.h"

#include <openssl/rand.h>
#include <string.h>

#define HASH_LIMIT 64
#define TRAILER 0xbc

NACCS_DEFINE_CLEANUP(EVP_MD_CTX *, EVP_MD_CTX_free, digest_context)
NACCS_DEFINE_CLEANUP(EVP_MD *, EVP_MD_free, digest)

static bool hash_three(EVP_MD_CTX *context, const EVP_MD *digest, struct naccs_bytes a, struct naccs_bytes b, struct naccs_bytes c, uint8_t *ret)
{
	return EVP_DigestInit_ex(context, digest, NULL) == 1 && EVP_DigestUpdate(context, a.data, a.length) == 1 &&
	       EVP_DigestUpdate(context, b.data, b.length) == 1 && EVP_DigestUpdate(context, c.data, c.length) == 1 &&
	       EVP_DigestFinal_ex(context, ret, NULL) == 1;
}

/* masked ^= MGF1(seed) */
static bool mask(EVP_MD_CTX *context, const EVP_MD *digest, struct naccs_bytes seed, uint8_t *masked, size_t length)
{
	size_t size = (size_t)EVP_MD_get_size(digest);
	uint8_t block[HASH_LIMIT];

	for (uint32_t counter = 0; counter * size < length; counter++) {
		const uint8_t number[] = {(uint8_t)(counter >> 24), (uint8_t)(counter >> 16), (uint8_t)(counter >> 8), (uint8_t)counter};
		if (!hash_three(context, digest, seed, (struct naccs_bytes){number, sizeof number}, (struct naccs_bytes){number, 0}, block))
			return false;
		for (size_t i = 0; i < size && counter * size + i < length; i++)
			masked[counter * size + i] ^= block[i];
	}
	return true;
}

naccs_status pkcs11_pss_encode(const struct naccs_store *store, const struct naccs_sign_request *request, unsigned modulus_bits, uint8_t *ret,
			       size_t size, struct naccs_error *err)
{
	static const uint8_t zeros[8];
	naccs_auto(digest) EVP_MD *digest = EVP_MD_fetch(store->crypto, pkcs11_hash_name(request->hash), NULL);
	naccs_auto(digest_context) EVP_MD_CTX *context = EVP_MD_CTX_new();
	size_t hash_size = request->digest.length, salt_size = request->salt_length;
	size_t encoded = (modulus_bits - 1 + 7) / 8; /* one byte less than the modulus when that has 8n + 1 bits */

	if (digest == NULL || context == NULL || hash_size > HASH_LIMIT)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("memory is short"));
	if (encoded < hash_size + salt_size + 2 || size < encoded)
		return naccs_fail(err, NACCS_E_USAGE, 0, _("cannot sign with the key on the token %s: it is too small for this hash and salt"),
				  store->label);
	memset(ret, 0, size);
	uint8_t *block = ret + (size - encoded);
	size_t masked_size = encoded - hash_size - 1;
	uint8_t *salt = block + masked_size - salt_size, *hash = block + masked_size;
	bool is_ok = (salt_size == 0 || RAND_bytes_ex(store->crypto, salt, salt_size, 0) == 1) &&
		     hash_three(context, digest, (struct naccs_bytes){zeros, sizeof zeros}, request->digest, (struct naccs_bytes){salt, salt_size}, hash);
	salt[-1] = 0x01;
	is_ok = is_ok && mask(context, digest, (struct naccs_bytes){hash, hash_size}, block, masked_size);
	if (!is_ok)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("cannot prepare a signature"));
	block[0] &= (uint8_t)(0xff >> (8 * encoded - (modulus_bits - 1)));
	block[encoded - 1] = TRAILER;
	return NACCS_OK;
}
