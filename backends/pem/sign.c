/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the key of a certificate in the store at work, and on its way out. */
#include "pem.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

NACCS_DEFINE_CLEANUP(EVP_PKEY_CTX *, EVP_PKEY_CTX_free, pkey_context)
NACCS_DEFINE_CLEANUP(EVP_MD *, EVP_MD_free, digest)
NACCS_DEFINE_CLEANUP(PKCS8_PRIV_KEY_INFO *, PKCS8_PRIV_KEY_INFO_free, key_info)

static naccs_status find_key(const struct naccs_store *store, const uint8_t sha256[NACCS_SHA256_SIZE], EVP_PKEY **ret,
			     struct naccs_error *err)
{
	naccs_auto(heap) char *name = NULL;
	naccs_auto(fd) int archive = -1;
	naccs_auto(pem_set) struct pem_set set = {.folder = -1};
	naccs_status status = pem_set_find(store, sha256, true, &name, err);

	if (status == NACCS_OK)
		status = pem_archive_open(store, &archive, err);
	if (status == NACCS_OK)
		status = pem_set_open(store, archive, name, &set, err);
	if (status == NACCS_OK)
		status = pem_set_key(store, &set, ret, err);
	if (status == NACCS_E_FILE_MISSING)
		err->status = NACCS_E_VERIFY_NONE;
	return status == NACCS_E_FILE_MISSING ? NACCS_E_VERIFY_NONE : status;
}

static const char *hash_name(uint32_t hash)
{
	switch (hash) {
	case NACCS_HASH_SHA256:
		return "SHA256";
	case NACCS_HASH_SHA384:
		return "SHA384";
	case NACCS_HASH_SHA512:
		return "SHA512";
	case NACCS_HASH_SHA1:
		return "SHA1";
	default:
		return NULL;
	}
}

static bool is_padding_right(const EVP_PKEY *key, uint32_t padding)
{
	return EVP_PKEY_is_a(key, "RSA") ? padding == NACCS_PADDING_PKCS1 || padding == NACCS_PADDING_PSS : padding == NACCS_PADDING_NONE;
}

static bool set_up(EVP_PKEY_CTX *context, const EVP_MD *digest, const struct naccs_sign_request *request)
{
	if (EVP_PKEY_sign_init(context) != 1 || EVP_PKEY_CTX_set_signature_md(context, digest) != 1)
		return false;
	if (request->padding == NACCS_PADDING_PKCS1)
		return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1;
	if (request->padding == NACCS_PADDING_PSS)
		return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
		       EVP_PKEY_CTX_set_rsa_mgf1_md(context, digest) == 1 &&
		       EVP_PKEY_CTX_set_rsa_pss_saltlen(context, (int)request->salt_length) == 1;
	return true;
}

naccs_status pem_sign(struct naccs_store *store, const struct naccs_sign_request *request, naccs_bytes_sink *sink, void *context,
		      struct naccs_error *err)
{
	naccs_auto(pkey) EVP_PKEY *key = NULL;
	naccs_auto(digest) EVP_MD *digest = hash_name(request->hash) ? EVP_MD_fetch(store->crypto, hash_name(request->hash), NULL) : NULL;
	naccs_status status = find_key(store, request->certificate, &key, err);
	size_t length = 0;

	if (status != NACCS_OK)
		return status;
	if (digest == NULL || request->digest.length != (size_t)EVP_MD_get_size(digest) || !is_padding_right(key, request->padding) ||
	    request->salt_length > UINT16_MAX)
		return naccs_fail(err, NACCS_E_USAGE, 0, _("cannot sign with the key in %s: hash, padding or salt length do not fit it"),
				  store->path);
	naccs_auto(pkey_context) EVP_PKEY_CTX *signing = EVP_PKEY_CTX_new_from_pkey(store->crypto, key, NULL);
	bool is_ok = signing != NULL && set_up(signing, digest, request) &&
		     EVP_PKEY_sign(signing, NULL, &length, request->digest.data, request->digest.length) == 1;
	naccs_auto(heap) uint8_t *signature = is_ok ? malloc(length) : NULL;
	is_ok = signature != NULL && EVP_PKEY_sign(signing, signature, &length, request->digest.data, request->digest.length) == 1;
	if (!is_ok) {
		int64_t native = (int64_t)ERR_peek_last_error();
		ERR_clear_error();
		return naccs_fail(err, NACCS_E_STORE_IO, native, _("cannot sign with the key in %s"), store->path);
	}
	return sink(context, signature, length);
}

naccs_status pem_export_key(struct naccs_store *store, const uint8_t certificate[NACCS_SHA256_SIZE], naccs_bytes_sink *sink, void *context,
			    struct naccs_error *err)
{
	naccs_auto(pkey) EVP_PKEY *key = NULL;
	naccs_status status = find_key(store, certificate, &key, err);

	if (status != NACCS_OK)
		return status;
	naccs_auto(key_info) PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(key);
	naccs_auto(secret) struct naccs_secret *der = NULL;
	int length = info != NULL ? i2d_PKCS8_PRIV_KEY_INFO(info, NULL) : -1;
	uint8_t *room = NULL;
	if (length > 0)
		status = naccs_secret_new((size_t)length, &der, err);
	if (length > 0 && status == NACCS_OK)
		status = naccs_secret_reserve(der, (size_t)length, &room, err);
	if (status != NACCS_OK)
		return status;
	if (room == NULL || i2d_PKCS8_PRIV_KEY_INFO(info, &room) != length)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("cannot write the private key of %s as PKCS#8"), store->path);
	naccs_secret_added(der, (size_t)length);
	return sink(context, naccs_secret_data(der), naccs_secret_length(der));
}
