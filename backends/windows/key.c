/* SPDX-License-Identifier: Apache-2.0 */
/* Why: one private key, however it is kept: RSA by CryptoAPI, in a container of its own, because that is what works everywhere; EC by CNG,
 * which alone can. */
#include "winstore.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <stdio.h>
#include <string.h>

#define NAMES_LIMIT 4096

static bool is_curve_known(EVP_PKEY *pkey)
{
	char curve[64] = "";

	return EVP_PKEY_get_group_name(pkey, curve, sizeof curve, NULL) == 1 &&
	       (strcmp(curve, SN_X9_62_prime256v1) == 0 || strcmp(curve, SN_secp384r1) == 0 || strcmp(curve, SN_secp521r1) == 0);
}

bool win_key_from_hex(const char *hex, struct win_key *ret)
{
	if (strlen(hex) != sizeof ret->hex - 1 || strspn(hex, "0123456789abcdef") != sizeof ret->hex - 1)
		return false;
	memcpy(ret->hex, hex, sizeof ret->hex);
	(void)snprintf(ret->container, sizeof ret->container, WIN_CONTAINER_PREFIX "%s", hex);
	for (size_t i = 0; i < sizeof ret->container; i++)
		ret->wide_container[i] = (wchar_t)ret->container[i];
	return true;
}

static void make_link(const struct naccs_store *store, struct win_key *key)
{
	static wchar_t capi[] = MS_ENH_RSA_AES_PROV_W, cng[] = MS_KEY_STORAGE_PROVIDER;
	bool is_rsa = key->type == WIN_KEY_RSA;

	key->link = (CRYPT_KEY_PROV_INFO){
		.pwszContainerName = key->wide_container,
		.pwszProvName = is_rsa ? capi : cng,
		.dwProvType = is_rsa ? PROV_RSA_AES : 0,
		.dwFlags = store->is_machine ? CRYPT_MACHINE_KEYSET : 0, /* NCRYPT_MACHINE_KEY_FLAG is the same bit */
		.dwKeySpec = is_rsa ? AT_KEYEXCHANGE : 0,
	};
}

naccs_status win_key_of(const struct naccs_store *store, const struct win_certificate *certificate, struct win_key *ret,
			struct naccs_error *err)
{
	uint8_t sha256[NACCS_SHA256_SIZE], *spki = NULL;
	EVP_PKEY *pkey = X509_get0_pubkey(certificate->x509);
	int length = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate->x509), &spki);
	bool is_hashed = length > 0 && win_sha256(store, (struct naccs_bytes){spki, (size_t)length}, sha256);
	naccs_auto(heap) char *hex = is_hashed ? naccs_hex(sha256, sizeof sha256) : NULL;

	OPENSSL_free(spki);
	ERR_clear_error();
	if (hex == NULL || !win_key_from_hex(hex, ret))
		return win_fail_memory(err);
	ret->pkey = pkey;
	ret->type = pkey != NULL && EVP_PKEY_is_a(pkey, "EC") ? WIN_KEY_EC : WIN_KEY_RSA;
	if (pkey == NULL || !(EVP_PKEY_is_a(pkey, "RSA") || (ret->type == WIN_KEY_EC && is_curve_known(pkey))))
		return naccs_fail(err, NACCS_E_STORE_UNSUPPORTED, 0,
				  _("%s takes RSA keys and EC keys on P-256, P-384 and P-521, not this one"), store->uri);
	make_link(store, ret);
	return NACCS_OK;
}

naccs_status win_key_decode(const struct naccs_store *store, struct naccs_bytes pkcs8, EVP_PKEY **ret, struct naccs_error *err)
{
	const unsigned char *at = pkcs8.data;
	PKCS8_PRIV_KEY_INFO *info =
		pkcs8.length > 0 && pkcs8.length <= INT32_MAX ? d2i_PKCS8_PRIV_KEY_INFO(NULL, &at, (long)pkcs8.length) : NULL;

	*ret = info != NULL ? EVP_PKCS82PKEY_ex(info, store->crypto, NULL) : NULL;
	PKCS8_PRIV_KEY_INFO_free(info);
	ERR_clear_error();
	return *ret != NULL ? NACCS_OK
			    : naccs_fail(err, NACCS_E_USAGE, 0, _("cannot install into %s: the private key can't be read"), store->uri);
}

naccs_status win_key_check(const struct naccs_store *store, const struct win_certificate *certificate, struct naccs_bytes pkcs8,
			   struct naccs_error *err)
{
	naccs_auto(pkey) EVP_PKEY *pkey = NULL;
	naccs_status status = win_key_decode(store, pkcs8, &pkey, err);

	if (status != NACCS_OK)
		return status;
	bool is_its_own = EVP_PKEY_eq(X509_get0_pubkey(certificate->x509), pkey) == 1;
	ERR_clear_error();
	if (!is_its_own)
		return naccs_fail(err, NACCS_E_USAGE, 0, _("cannot install into %s: the key does not belong to the certificate"),
				  store->uri);
	return NACCS_OK;
}

EVP_PKEY *win_key_public(const struct naccs_store *store, HCRYPTPROV_OR_NCRYPT_KEY_HANDLE handle, DWORD spec)
{
	DWORD size = 0, length = 0;
	naccs_auto(heap) CERT_PUBLIC_KEY_INFO *info = NULL;
	naccs_auto(heap) uint8_t *encoded = NULL;

	if (!CryptExportPublicKeyInfo(handle, spec, X509_ASN_ENCODING, NULL, &size) || (info = malloc(size)) == NULL ||
	    !CryptExportPublicKeyInfo(handle, spec, X509_ASN_ENCODING, info, &size) ||
	    !CryptEncodeObject(X509_ASN_ENCODING, X509_PUBLIC_KEY_INFO, info, NULL, &length) || (encoded = malloc(length)) == NULL ||
	    !CryptEncodeObject(X509_ASN_ENCODING, X509_PUBLIC_KEY_INFO, info, encoded, &length))
		return NULL;
	const unsigned char *at = encoded;
	EVP_PKEY *pkey = d2i_PUBKEY_ex(NULL, &at, (long)length, store->crypto, NULL);
	ERR_clear_error();
	return pkey;
}

bool win_key_is_there(const struct naccs_store *store, const struct win_key *key)
{
	return key->type == WIN_KEY_RSA ? win_capi_is_there(store, key) : store->has_cng && win_cng_is_there(store, key);
}

bool win_key_exists(const struct naccs_store *store, const struct win_key *key)
{
	return win_capi_is_there(store, key) || (store->has_cng && win_cng_is_there(store, key));
}

bool win_key_is_exportable(const struct naccs_store *store, const struct win_key *key)
{
	return win_capi_is_exportable(store, key) || (store->has_cng && win_cng_is_exportable(store, key));
}

naccs_status win_key_create(const struct naccs_store *store, const struct win_key *key, struct naccs_bytes pkcs8, struct naccs_error *err)
{
	naccs_auto(pkey) EVP_PKEY *pkey = NULL;

	if (key->type == WIN_KEY_EC)
		return win_cng_create(store, key, pkcs8, err);
	naccs_status status = win_key_decode(store, pkcs8, &pkey, err);
	return status == NACCS_OK ? win_capi_create(store, key, pkey, err) : status;
}

naccs_status win_key_delete(const struct naccs_store *store, const struct win_key *key, struct naccs_error *err)
{
	naccs_status status = win_capi_delete(store, key, err);

	return status == NACCS_OK && store->has_cng ? win_cng_delete(store, key, err) : status;
}

naccs_status win_key_list(const struct naccs_store *store, struct win_names *ret, struct naccs_error *err)
{
	struct win_names names = {0};
	naccs_status status = win_capi_list(store, &names, err);

	if (status == NACCS_OK && store->has_cng)
		status = win_cng_list(store, &names, err);
	if (status == NACCS_OK)
		*ret = names;
	else
		free(names.hex);
	return status;
}

bool win_names_have(const struct win_names *names, const char *hex)
{
	for (size_t i = 0; i < names->count; i++)
		if (strcmp(names->hex[i], hex) == 0)
			return true;
	return false;
}

bool win_names_add(struct win_names *names, const char *container)
{
	const char *hex = container + sizeof WIN_CONTAINER_PREFIX - 1;

	if (strncmp(container, WIN_CONTAINER_PREFIX, sizeof WIN_CONTAINER_PREFIX - 1) != 0 || strlen(hex) != WIN_HEX_SIZE - 1 ||
	    names->count >= NAMES_LIMIT || win_names_have(names, hex))
		return true;
	char(*grown)[WIN_HEX_SIZE] = realloc(names->hex, (names->count + 1) * sizeof *grown);
	if (grown == NULL)
		return false;
	names->hex = grown;
	memcpy(grown[names->count++], hex, WIN_HEX_SIZE);
	return true;
}
