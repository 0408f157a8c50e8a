/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the key of a certificate in MY at work, wherever Windows keeps it: through CNG where it can be had so, else through CryptoAPI, which
 * signs PKCS#1 only. */
#include "winstore.h"

#include <openssl/ec.h>
#include <string.h>

#define SIGNATURE_LIMIT 2048 /* RSA with 16384 bits */

struct hash {
	uint32_t hash;
	DWORD length;
	ALG_ID capi;
	const wchar_t *cng;
};

static const struct hash *find_hash(uint32_t wanted)
{
	static const struct hash hashes[] = {
		{NACCS_HASH_SHA256, 32, CALG_SHA_256, BCRYPT_SHA256_ALGORITHM},
		{NACCS_HASH_SHA384, 48, CALG_SHA_384, BCRYPT_SHA384_ALGORITHM},
		{NACCS_HASH_SHA512, 64, CALG_SHA_512, BCRYPT_SHA512_ALGORITHM},
		{NACCS_HASH_SHA1, 20, CALG_SHA1, BCRYPT_SHA1_ALGORITHM},
	};

	for (size_t i = 0; i < sizeof hashes / sizeof *hashes; i++)
		if (hashes[i].hash == wanted)
			return &hashes[i];
	return NULL;
}

struct signing {
	const struct naccs_store *store;
	const struct naccs_sign_request *request;
	const struct hash *hash;
	uint8_t bytes[SIGNATURE_LIMIT];
	DWORD length;
};

static naccs_status fail_signing(const struct signing *signing, DWORD code, struct naccs_error *err)
{
	return win_fail(err, code, _("cannot sign with the key in %s"), signing->store->uri);
}

/* CryptoAPI gives its numbers with the lowest byte first. */
static void reverse(uint8_t *bytes, DWORD length)
{
	for (DWORD i = 0; i < length / 2; i++) {
		uint8_t byte = bytes[i];
		bytes[i] = bytes[length - 1 - i];
		bytes[length - 1 - i] = byte;
	}
}

static naccs_status sign_capi(struct signing *signing, const struct win_acquired *key, struct naccs_error *err)
{
	HCRYPTHASH hash = 0;
	naccs_status status = NACCS_OK;

	if (signing->request->padding == NACCS_PADDING_PSS)
		return naccs_fail(err, NACCS_E_STORE_UNSUPPORTED, 0, _("the key in %s can't sign RSA-PSS: it is kept by CryptoAPI"),
				  signing->store->uri);
	if (!CryptCreateHash(key->handle, signing->hash->capi, 0, 0, &hash))
		return fail_signing(signing, GetLastError(), err);
	if (!CryptSetHashParam(hash, HP_HASHVAL, signing->request->digest.data, 0) ||
	    !CryptSignHashW(hash, key->spec, NULL, 0, signing->bytes, &signing->length))
		status = fail_signing(signing, GetLastError(), err);
	else
		reverse(signing->bytes, signing->length);
	(void)CryptDestroyHash(hash);
	return status;
}

/* CNG gives r and s side by side. */
static naccs_status encode_ecdsa(struct signing *signing, struct naccs_error *err)
{
	ECDSA_SIG *signature = ECDSA_SIG_new();
	int half = (int)signing->length / 2, length = -1;
	BIGNUM *r = BN_bin2bn(signing->bytes, half, NULL), *s = BN_bin2bn(signing->bytes + half, half, NULL);
	unsigned char *der = NULL;

	if (signature != NULL && r != NULL && s != NULL && ECDSA_SIG_set0(signature, r, s) == 1) {
		r = s = NULL;
		length = i2d_ECDSA_SIG(signature, &der);
	}
	if (length > 0 && (size_t)length <= sizeof signing->bytes) {
		memcpy(signing->bytes, der, (size_t)length);
		signing->length = (DWORD)length;
	} else {
		length = -1;
	}
	OPENSSL_free(der);
	BN_free(r);
	BN_free(s);
	ECDSA_SIG_free(signature);
	return length > 0 ? NACCS_OK : win_fail_memory(err);
}

static naccs_status sign_cng(struct signing *signing, const struct win_acquired *key, struct naccs_error *err)
{
	const struct naccs_sign_request *request = signing->request;
	BCRYPT_PKCS1_PADDING_INFO pkcs1 = {.pszAlgId = signing->hash->cng};
	BCRYPT_PSS_PADDING_INFO pss = {.pszAlgId = signing->hash->cng, .cbSalt = request->salt_length};
	void *padding = request->padding == NACCS_PADDING_PKCS1 ? (void *)&pkcs1
			: request->padding == NACCS_PADDING_PSS ? (void *)&pss
								: NULL;
	DWORD flags = request->padding == NACCS_PADDING_PKCS1 ? BCRYPT_PAD_PKCS1
		      : request->padding == NACCS_PADDING_PSS ? BCRYPT_PAD_PSS
							      : 0;
	SECURITY_STATUS code = NCryptSignHash(key->handle, padding, (BYTE *)(uintptr_t)request->digest.data, signing->hash->length,
					      signing->bytes, sizeof signing->bytes, &signing->length, flags | NCRYPT_SILENT_FLAG);

	if (code != ERROR_SUCCESS)
		return fail_signing(signing, (DWORD)code, err);
	return request->padding == NACCS_PADDING_NONE ? encode_ecdsa(signing, err) : NACCS_OK;
}

static bool is_fitting(const struct win_certificate *certificate, const struct naccs_sign_request *request, const struct hash *hash)
{
	EVP_PKEY *pkey = X509_get0_pubkey(certificate->x509);
	bool is_rsa = pkey != NULL && EVP_PKEY_is_a(pkey, "RSA");
	bool is_padding_right = is_rsa ? request->padding == NACCS_PADDING_PKCS1 || request->padding == NACCS_PADDING_PSS
				       : request->padding == NACCS_PADDING_NONE;

	return hash != NULL && request->digest.length == hash->length && is_padding_right && request->salt_length <= UINT16_MAX;
}

static naccs_status sign_with(struct signing *signing, PCCERT_CONTEXT context, struct naccs_error *err)
{
	naccs_auto(win_acquired) struct win_acquired key = {0};
	naccs_auto(win_certificate) struct win_certificate certificate = {0};
	naccs_status status = win_certificate_read(signing->store, (struct naccs_bytes){context->pbCertEncoded, context->cbCertEncoded},
						   &certificate, err);

	if (status != NACCS_OK)
		return status;
	if (!win_acquire(context, &key))
		return naccs_fail(err, NACCS_E_VERIFY_NONE, (int64_t)GetLastError(),
				  _("%s does not hold the private key of that certificate"), signing->store->uri);
	if (!is_fitting(&certificate, signing->request, signing->hash))
		return naccs_fail(err, NACCS_E_USAGE, 0, _("cannot sign with the key in %s: hash, padding or salt length do not fit it"),
				  signing->store->uri);
	return key.spec == CERT_NCRYPT_KEY_SPEC ? sign_cng(signing, &key, err) : sign_capi(signing, &key, err);
}

naccs_status win_sign(struct naccs_store *store, const struct naccs_sign_request *request, naccs_bytes_sink *sink, void *context,
		      struct naccs_error *err)
{
	struct signing signing = {.store = store, .request = request, .hash = find_hash(request->hash), .length = SIGNATURE_LIMIT};
	naccs_auto(system_store) HCERTSTORE handle = NULL;
	naccs_status status = win_system_store_open(store, WIN_MY, WIN_OWN, false, &handle, err);
	naccs_auto(certificate_context) PCCERT_CONTEXT found =
		status == NACCS_OK ? win_system_store_find(store, handle, request->certificate) : NULL;

	if (status != NACCS_OK)
		return status;
	if (found == NULL)
		return naccs_fail(err, NACCS_E_VERIFY_NONE, 0, _("%s does not hold that certificate"), store->uri);
	status = sign_with(&signing, found, err);
	return status == NACCS_OK ? sink(context, signing.bytes, signing.length) : status;
}
