/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the key of a certificate in the database at work, and on its way out. */
#include "nss.h"

#include <cryptohi.h>
#include <secasn1.h>
#include <secoid.h>
#include <string.h>

#define EXPORT_LIMIT ((size_t)64 * 1024)

NACCS_DEFINE_CLEANUP(PK11SymKey *, PK11_FreeSymKey, sym_key)

static naccs_status find_key(const struct naccs_store *store, const uint8_t sha256[NACCS_SHA256_SIZE], SECKEYPrivateKey **ret,
			     struct naccs_error *err)
{
	naccs_auto(nss_contents) struct nss_contents contents = {0};
	naccs_status status = nss_contents_read(store, &contents, err);

	if (status != NACCS_OK)
		return status;
	struct nss_entry *entry = nss_contents_find(&contents, sha256);
	if (entry == NULL || !entry->has_key)
		return naccs_fail(err, NACCS_E_VERIFY_NONE, 0,
				  entry == NULL ? _("%s does not hold that certificate")
						: _("%s does not hold the private key of that certificate"),
				  store->path);
	*ret = PK11_FindKeyByKeyID(store->slot, &entry->certificate.key_id, NULL);
	return *ret != NULL ? NACCS_OK
			    : nss_fail(err, NACCS_E_VERIFY_NONE, _("cannot find the private key of %s in %s"), entry->label, store->path);
}

struct hash {
	uint32_t hash;
	unsigned length;
	SECOidTag tag;
	CK_MECHANISM_TYPE mechanism;
	CK_RSA_PKCS_MGF_TYPE mgf;
};

static const struct hash *find_hash(uint32_t wanted)
{
	static const struct hash hashes[] = {
		{NACCS_HASH_SHA256, 32, SEC_OID_SHA256, CKM_SHA256, CKG_MGF1_SHA256},
		{NACCS_HASH_SHA384, 48, SEC_OID_SHA384, CKM_SHA384, CKG_MGF1_SHA384},
		{NACCS_HASH_SHA512, 64, SEC_OID_SHA512, CKM_SHA512, CKG_MGF1_SHA512},
		{NACCS_HASH_SHA1, 20, SEC_OID_SHA1, CKM_SHA_1, CKG_MGF1_SHA1},
	};

	for (size_t i = 0; i < sizeof hashes / sizeof *hashes; i++) {
		if (hashes[i].hash == wanted)
			return &hashes[i];
	}
	return NULL;
}

static bool is_fitting(const SECKEYPrivateKey *key, const struct naccs_sign_request *request, const struct hash *hash)
{
	bool is_rsa = key->keyType == rsaKey;
	bool is_padding_right = is_rsa ? request->padding == NACCS_PADDING_PKCS1 || request->padding == NACCS_PADDING_PSS
				       : request->padding == NACCS_PADDING_NONE;

	return hash != NULL && request->digest.length == hash->length && is_padding_right && request->salt_length <= UINT16_MAX;
}

static SECStatus sign_pss(SECKEYPrivateKey *key, const struct naccs_sign_request *request, const struct hash *hash, SECItem *digest,
			  SECItem *ret)
{
	CK_RSA_PKCS_PSS_PARAMS parameters = {hash->mechanism, hash->mgf, request->salt_length};
	SECItem item = {siBuffer, (unsigned char *)&parameters, sizeof parameters};

	return PK11_SignWithMechanism(key, CKM_RSA_PKCS_PSS, &item, ret, digest);
}

/* NSS gives r and s side by side. */
static SECStatus sign_ecdsa(SECKEYPrivateKey *key, SECItem *digest, SECItem *ret)
{
	SECItem raw = {siBuffer, NULL, 0};
	SECStatus result = SECFailure;

	if (SECITEM_AllocItem(NULL, &raw, ret->len) != NULL && PK11_Sign(key, &raw, digest) == SECSuccess) {
		SECITEM_FreeItem(ret, PR_FALSE);
		result = DSAU_EncodeDerSigWithLen(ret, &raw, raw.len);
	}
	SECITEM_FreeItem(&raw, PR_FALSE);
	return result;
}

naccs_status nss_sign(struct naccs_store *store, const struct naccs_sign_request *request, naccs_bytes_sink *sink, void *context,
		      struct naccs_error *err)
{
	const struct hash *hash = find_hash(request->hash);
	unsigned char bytes[64];
	SECItem digest = {siBuffer, bytes, (unsigned)request->digest.length};
	SECItem signature = {siBuffer, NULL, 0};
	naccs_auto(nss_private_key) SECKEYPrivateKey *key = NULL;
	naccs_status status = find_key(store, request->certificate, &key, err);

	if (status != NACCS_OK)
		return status;
	if (!is_fitting(key, request, hash))
		return naccs_fail(err, NACCS_E_USAGE, 0, _("cannot sign with the key in %s: hash, padding or salt length do not fit it"),
				  store->path);
	memcpy(bytes, request->digest.data, request->digest.length);
	int length = PK11_SignatureLen(key);
	if (length <= 0 || (request->padding != NACCS_PADDING_PKCS1 && SECITEM_AllocItem(NULL, &signature, (unsigned)length) == NULL))
		return nss_fail(err, NACCS_E_STORE_IO, _("cannot sign with the key in %s"), store->path);
	SECStatus result = request->padding == NACCS_PADDING_PKCS1 ? SGN_Digest(key, hash->tag, &signature, &digest)
			   : request->padding == NACCS_PADDING_PSS ? sign_pss(key, request, hash, &digest, &signature)
								   : sign_ecdsa(key, &digest, &signature);
	if (result == SECSuccess)
		status = sink(context, signature.data, signature.len);
	else
		status = nss_fail(err, NACCS_E_STORE_IO, _("cannot sign with the key in %s"), store->path);
	SECITEM_FreeItem(&signature, PR_FALSE);
	return status;
}

/* NSS lets a key out only wrapped: in a key of this process, which unwraps it at once. */
static naccs_status unwrap(const struct naccs_store *store, SECKEYPrivateKey *key, struct naccs_secret *ret, struct naccs_error *err)
{
	unsigned char iv[16] = {0}; /* the wrapping key serves once */
	SECItem parameter = {siBuffer, iv, sizeof iv};
	naccs_auto(arena) PLArenaPool *arena = PORT_NewArena(DER_DEFAULT_CHUNKSIZE);
	naccs_auto(sym_key) PK11SymKey *wrapping = PK11_KeyGen(store->slot, CKM_AES_CBC_PAD, NULL, 32, NULL);
	SECItem *wrapped = arena != NULL ? SECITEM_AllocItem(arena, NULL, EXPORT_LIMIT) : NULL;
	unsigned char *room = NULL;
	unsigned length = 0;
	naccs_status status = naccs_secret_reserve(ret, EXPORT_LIMIT, &room, err);

	if (status != NACCS_OK)
		return status;
	if (wrapping == NULL || wrapped == NULL ||
	    PK11_WrapPrivKey(store->slot, wrapping, key, CKM_AES_CBC_PAD, &parameter, wrapped, NULL) != SECSuccess ||
	    PK11_Decrypt(wrapping, CKM_AES_CBC_PAD, &parameter, room, &length, EXPORT_LIMIT, wrapped->data, wrapped->len) != SECSuccess)
		return nss_fail(err, NACCS_E_STORE_UNSUPPORTED, _("cannot take the private key out of %s"), store->path);
	naccs_secret_added(ret, length);
	return NACCS_OK;
}

naccs_status nss_export_key(struct naccs_store *store, const uint8_t certificate[NACCS_SHA256_SIZE], naccs_bytes_sink *sink, void *context,
			    struct naccs_error *err)
{
	naccs_auto(nss_private_key) SECKEYPrivateKey *key = NULL;
	naccs_auto(secret) struct naccs_secret *der = NULL;
	naccs_status status = find_key(store, certificate, &key, err);

	if (status == NACCS_OK)
		status = naccs_secret_new(EXPORT_LIMIT, &der, err);
	if (status == NACCS_OK)
		status = unwrap(store, key, der, err);
	return status == NACCS_OK ? sink(context, naccs_secret_data(der), naccs_secret_length(der)) : status;
}
