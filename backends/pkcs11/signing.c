/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: the mechanisms that all tokens have in common: CKM_RSA_PKCS over a DigestInfo, CKM_RSA_PKCS_PSS, CKM_ECDSA over a hash. The hash is always
 * computed in software.
 */
#include "pkcs11.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <string.h>

#define BLOCK_LIMIT PKCS11_SIGNATURE_LIMIT

NACCS_DEFINE_CLEANUP(EVP_PKEY_CTX *, EVP_PKEY_CTX_free, pkey_context)
NACCS_DEFINE_CLEANUP(EVP_MD *, EVP_MD_free, digest)
NACCS_DEFINE_CLEANUP(X509_SIG *, X509_SIG_free, digest_info)
NACCS_DEFINE_CLEANUP(ECDSA_SIG *, ECDSA_SIG_free, ecdsa_sig)

static const struct hash {
	uint32_t hash;
	const char *name;
	size_t size;
	int nid;
	CK_MECHANISM_TYPE mechanism;
	CK_RSA_PKCS_MGF_TYPE mgf;
} hashes[] = {
	{NACCS_HASH_SHA256, "SHA256", 32, NID_sha256, CKM_SHA256, CKG_MGF1_SHA256},
	{NACCS_HASH_SHA384, "SHA384", 48, NID_sha384, CKM_SHA384, CKG_MGF1_SHA384},
	{NACCS_HASH_SHA512, "SHA512", 64, NID_sha512, CKM_SHA512, CKG_MGF1_SHA512},
	{NACCS_HASH_SHA1, "SHA1", 20, NID_sha1, CKM_SHA_1, CKG_MGF1_SHA1},
};

static const struct hash *find_hash(uint32_t number)
{
	for (size_t i = 0; i < sizeof hashes / sizeof *hashes; i++)
		if (hashes[i].hash == number)
			return &hashes[i];
	return NULL;
}

const char *pkcs11_hash_name(uint32_t hash)
{
	const struct hash *found = find_hash(hash);

	return found != NULL ? found->name : NULL;
}

/* What C_Sign gets, and by which mechanism. */
struct job {
	CK_MECHANISM mechanism;
	CK_RSA_PKCS_PSS_PARAMS pss;
	uint8_t block[BLOCK_LIMIT];
	size_t length;
	bool is_raw; /* PSS whose block is made here */
};

static bool set_digest_info(struct job *job, const struct hash *hash, struct naccs_bytes digest)
{
	naccs_auto(digest_info) X509_SIG *info = X509_SIG_new();
	X509_ALGOR *algorithm = NULL;
	ASN1_OCTET_STRING *octets = NULL;
	uint8_t *at = job->block;

	if (info == NULL)
		return false;
	X509_SIG_getm(info, &algorithm, &octets);
	if (X509_ALGOR_set0(algorithm, OBJ_nid2obj(hash->nid), V_ASN1_NULL, NULL) != 1 ||
	    ASN1_OCTET_STRING_set(octets, digest.data, (int)digest.length) != 1)
		return false;
	int length = i2d_X509_SIG(info, NULL);
	if (length <= 0 || length > BLOCK_LIMIT)
		return false;
	job->length = (size_t)i2d_X509_SIG(info, &at);
	return true;
}

static naccs_status prepare_rsa(const struct naccs_store *store, const struct pkcs11_signer *signer, const struct naccs_sign_request *request,
				const struct hash *hash, struct job *job, struct naccs_error *err)
{
	if (request->padding == NACCS_PADDING_PKCS1) {
		job->mechanism.mechanism = CKM_RSA_PKCS;
		return set_digest_info(job, hash, request->digest) ? NACCS_OK : naccs_fail(err, NACCS_E_INTERNAL, 0, _("memory is short"));
	}
	if (store->can.mechanisms.pss && !job->is_raw) {
		job->pss = (CK_RSA_PKCS_PSS_PARAMS){hash->mechanism, hash->mgf, request->salt_length};
		job->mechanism = (CK_MECHANISM){CKM_RSA_PKCS_PSS, &job->pss, sizeof job->pss};
		memcpy(job->block, request->digest.data, request->digest.length);
		job->length = request->digest.length;
		return NACCS_OK;
	}
	if (!store->can.mechanisms.raw || signer->size > BLOCK_LIMIT)
		return naccs_fail(err, NACCS_E_STORE_UNSUPPORTED, 0, _("cannot sign with RSA-PSS: the token %s has no mechanism for it"), store->label);
	job->is_raw = true;
	job->mechanism.mechanism = CKM_RSA_X_509;
	job->length = signer->size;
	return pkcs11_pss_encode(store, request, signer->bits, job->block, signer->size, err);
}

static naccs_status prepare(const struct naccs_store *store, const struct pkcs11_signer *signer, const struct naccs_sign_request *request,
			    struct job *job, struct naccs_error *err)
{
	const struct hash *hash = find_hash(request->hash);
	bool is_rsa = signer->type == CKK_RSA;
	bool is_padding_right = is_rsa ? request->padding == NACCS_PADDING_PKCS1 || request->padding == NACCS_PADDING_PSS
				       : request->padding == NACCS_PADDING_NONE;

	if (hash == NULL || request->digest.length != hash->size || !is_padding_right || request->salt_length > UINT16_MAX)
		return naccs_fail(err, NACCS_E_USAGE, 0, _("cannot sign with the key on the token %s: hash, padding or salt length do not fit it"),
				  store->label);
	if (is_rsa)
		return prepare_rsa(store, signer, request, hash, job, err);
	job->mechanism.mechanism = CKM_ECDSA;
	/* ECDSA takes the leftmost bits of a hash that is longer than the group's order; not every token cuts it itself. */
	job->length = request->digest.length < signer->size ? request->digest.length : signer->size;
	memcpy(job->block, request->digest.data, job->length);
	return NACCS_OK;
}

/* r and s, one after the other, become the SEQUENCE that everybody else wants. */
static naccs_status to_der(const struct naccs_store *store, struct pkcs11_signature *signature, struct naccs_error *err)
{
	naccs_auto(ecdsa_sig) ECDSA_SIG *pair = ECDSA_SIG_new();
	size_t half = signature->length / 2;
	BIGNUM *r = BN_bin2bn(signature->bytes, (int)half, NULL), *s = BN_bin2bn(signature->bytes + half, (int)half, NULL);
	uint8_t *at = signature->bytes;

	if (signature->length == 0 || signature->length % 2 != 0 || pair == NULL || r == NULL || s == NULL || ECDSA_SIG_set0(pair, r, s) != 1) {
		BN_free(r);
		BN_free(s);
		return naccs_fail(err, NACCS_E_STORE_IO, 0, _("the token %s gave something that is no ECDSA signature"), store->label);
	}
	int length = i2d_ECDSA_SIG(pair, NULL);
	if (length <= 0 || length > PKCS11_SIGNATURE_LIMIT)
		return naccs_fail(err, NACCS_E_STORE_IO, 0, _("the token %s gave something that is no ECDSA signature"), store->label);
	signature->length = (size_t)i2d_ECDSA_SIG(pair, &at);
	return NACCS_OK;
}

static naccs_status run(struct naccs_store *store, const struct pkcs11_signer *signer, struct job *job, struct pkcs11_signature *ret,
			struct naccs_error *err)
{
	CK_ULONG length = sizeof ret->bytes;
	CK_RV rv = store->module->C_SignInit(store->session, &job->mechanism, signer->key);

	if (rv == CKR_OK && signer->asks_always) {
		naccs_status status = pkcs11_login_for_key(store, err);
		if (status != NACCS_OK) {
			pkcs11_session_renew(store);
			return status;
		}
	}
	if (rv == CKR_OK && (rv = store->module->C_Sign(store->session, job->block, job->length, ret->bytes, &length)) != CKR_OK)
		pkcs11_session_renew(store);
	if (rv != CKR_OK)
		return pkcs11_fail(err, rv, _("cannot sign with the key on the token %s"), store->label);
	ret->length = length;
	return NACCS_OK;
}

naccs_status pkcs11_sign_by(struct naccs_store *store, const struct pkcs11_signer *signer, const struct naccs_sign_request *request,
			    struct pkcs11_signature *ret, struct naccs_error *err)
{
	struct job job = {0};
	naccs_status status = prepare(store, signer, request, &job, err);

	if (status == NACCS_OK)
		status = run(store, signer, &job, ret, err);
	/* A TPM takes PSS with a salt as long as the hash only: for another one the block is made here. */
	bool is_other_salt = status != NACCS_OK && request->padding == NACCS_PADDING_PSS && !job.is_raw && store->can.mechanisms.raw &&
			     err->native == (int64_t)CKR_MECHANISM_PARAM_INVALID;
	if (is_other_salt) {
		*err = (struct naccs_error){0};
		job = (struct job){.is_raw = true};
		status = prepare(store, signer, request, &job, err);
		if (status == NACCS_OK)
			status = run(store, signer, &job, ret, err);
	}
	return status == NACCS_OK && signer->type == CKK_EC ? to_der(store, ret, err) : status;
}

static bool verifies(const struct naccs_store *store, X509 *certificate, const struct naccs_sign_request *request,
		     const struct pkcs11_signature *signature)
{
	naccs_auto(pkey_context) EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(store->crypto, X509_get0_pubkey(certificate), NULL);
	naccs_auto(digest) EVP_MD *digest = EVP_MD_fetch(store->crypto, "SHA256", NULL);
	bool is_good = context != NULL && digest != NULL && EVP_PKEY_verify_init(context) == 1 &&
		       EVP_PKEY_CTX_set_signature_md(context, digest) == 1 &&
		       (request->padding == NACCS_PADDING_NONE || EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1) &&
		       EVP_PKEY_verify(context, signature->bytes, signature->length, request->digest.data, request->digest.length) == 1;

	ERR_clear_error();
	return is_good;
}

naccs_status pkcs11_prove(struct naccs_store *store, CK_OBJECT_HANDLE key, bool asks_always, X509 *certificate, struct naccs_error *err)
{
	static const uint8_t text[] = "naccs-cert: does this key sign?\n";
	EVP_PKEY *public_key = X509_get0_pubkey(certificate);
	bool is_rsa = EVP_PKEY_is_a(public_key, "RSA");
	unsigned bits = (unsigned)EVP_PKEY_get_bits(public_key);
	const struct pkcs11_signer signer = {
		.key = key, .type = is_rsa ? CKK_RSA : CKK_EC, .size = (bits + 7) / 8, .bits = bits, .asks_always = asks_always};
	uint8_t digest[32];
	const struct naccs_sign_request request = {
		.size = sizeof request,
		.hash = NACCS_HASH_SHA256,
		.padding = is_rsa ? NACCS_PADDING_PKCS1 : NACCS_PADDING_NONE,
		.digest = {digest, sizeof digest},
	};
	struct pkcs11_signature signature;

	if (!pkcs11_digest(store, "SHA256", (struct naccs_bytes){text, sizeof text - 1}, digest))
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("cannot compute a SHA-256"));
	naccs_status status = pkcs11_sign_by(store, &signer, &request, &signature, err);
	if (status == NACCS_OK && !verifies(store, certificate, &request, &signature))
		status = naccs_fail(err, NACCS_E_STORE_UNSUPPORTED, 0,
				    _("the key on the token %s signs, but its signature does not verify by the certificate"), store->label);
	return status;
}
