/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: RSA keys in CryptoAPI, each in a container of its own: PFXImportCertStore() would put all into one, and a second import would
 * overwrite the first key. The container's name tells whose it is, so that what a killed run left is known.
 */
#include "winstore.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <string.h>

#define BLOB_LIMIT ((size_t)16 * 1024)

NACCS_DEFINE_CLEANUP(BIGNUM *, BN_clear_free, bignum)

struct container {
	HCRYPTPROV provider;
	HCRYPTKEY key;
};

static void naccs_cleanup_container(const struct container *container)
{
	if (container->key != 0)
		(void)CryptDestroyKey(container->key);
	if (container->provider != 0)
		(void)CryptReleaseContext(container->provider, 0);
}

static bool acquire(const struct naccs_store *store, const wchar_t *name, DWORD flags, HCRYPTPROV *ret)
{
	return CryptAcquireContextW(ret, name, MS_ENH_RSA_AES_PROV_W, PROV_RSA_AES,
				    flags | CRYPT_SILENT | (store->is_machine ? CRYPT_MACHINE_KEYSET : 0)) != FALSE;
}

/* A number of the key in little-endian order, `size` bytes. */
static naccs_status add_number(struct naccs_secret *blob, const EVP_PKEY *pkey, const char *name, size_t size, struct naccs_error *err)
{
	naccs_auto(bignum) BIGNUM *number = BN_secure_new();
	uint8_t *room = NULL;

	if (number == NULL || EVP_PKEY_get_bn_param(pkey, name, &number) != 1 || (size_t)BN_num_bytes(number) > size) {
		ERR_clear_error();
		return naccs_fail(err, NACCS_E_STORE_UNSUPPORTED, 0, _("the RSA key has a shape that Windows does not take (%s)"), name);
	}
	naccs_status status = naccs_secret_reserve(blob, size, &room, err);
	if (status != NACCS_OK)
		return status;
	(void)BN_bn2lebinpad(number, room, (int)size);
	naccs_secret_added(blob, size);
	return NACCS_OK;
}

/* PRIVATEKEYBLOB. OpenSSL's own i2b_PrivateKey_bio() leaves a copy in freed memory. */
static naccs_status make_blob(const EVP_PKEY *pkey, struct naccs_secret *blob, struct naccs_error *err)
{
	size_t size = (size_t)(EVP_PKEY_get_bits(pkey) + 7) / 8, half = (size + 1) / 2;
	const struct {
		const char *name;
		size_t size;
	} numbers[] = {
		{OSSL_PKEY_PARAM_RSA_N, size},	       {OSSL_PKEY_PARAM_RSA_FACTOR1, half},   {OSSL_PKEY_PARAM_RSA_FACTOR2, half},
		{OSSL_PKEY_PARAM_RSA_EXPONENT1, half}, {OSSL_PKEY_PARAM_RSA_EXPONENT2, half}, {OSSL_PKEY_PARAM_RSA_COEFFICIENT1, half},
		{OSSL_PKEY_PARAM_RSA_D, size},
	};
	struct {
		BLOBHEADER head;
		RSAPUBKEY rsa;
	} front = {
		.head = {.bType = PRIVATEKEYBLOB, .bVersion = CUR_BLOB_VERSION, .aiKeyAlg = CALG_RSA_KEYX},
		.rsa = {.magic = 0x32415352 /* "RSA2" */, .bitlen = (DWORD)size * 8},
	};
	naccs_auto(bignum) BIGNUM *exponent = NULL;

	if (EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_E, &exponent) != 1 || BN_num_bits(exponent) > 32) {
		ERR_clear_error();
		return naccs_fail(err, NACCS_E_STORE_UNSUPPORTED, 0, _("the RSA key has a shape that Windows does not take (%s)"),
				  OSSL_PKEY_PARAM_RSA_E);
	}
	front.rsa.pubexp = (DWORD)BN_get_word(exponent);
	naccs_status status = naccs_secret_append(blob, &front, sizeof front, err);
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers && status == NACCS_OK; i++)
		status = add_number(blob, pkey, numbers[i].name, numbers[i].size, err);
	return status;
}

naccs_status win_capi_create(const struct naccs_store *store, const struct win_key *key, EVP_PKEY *pkey, struct naccs_error *err)
{
	naccs_auto(secret) struct naccs_secret *blob = NULL;
	naccs_auto(container) struct container container = {0};
	naccs_status status = naccs_secret_new(BLOB_LIMIT, &blob, err);

	if (status == NACCS_OK)
		status = make_blob(pkey, blob, err);
	if (status != NACCS_OK)
		return status;
	if (!acquire(store, key->wide_container, CRYPT_NEWKEYSET, &container.provider) &&
	    (GetLastError() != (DWORD)NTE_EXISTS || !acquire(store, key->wide_container, 0, &container.provider)))
		return win_fail(err, GetLastError(), _("cannot make a key container in %s"), store->uri);
	if (!CryptImportKey(container.provider, naccs_secret_data(blob), (DWORD)naccs_secret_length(blob), 0,
			    store->is_exportable ? CRYPT_EXPORTABLE : 0, &container.key))
		return win_fail(err, GetLastError(), _("cannot import the private key into %s"), store->uri);
	return NACCS_OK;
}

bool win_capi_is_there(const struct naccs_store *store, const struct win_key *key)
{
	naccs_auto(container) struct container container = {0};
	naccs_auto(pkey) EVP_PKEY *pkey = NULL;

	if (!acquire(store, key->wide_container, 0, &container.provider))
		return false;
	pkey = win_key_public(store, container.provider, AT_KEYEXCHANGE);
	return pkey != NULL && (key->pkey == NULL || EVP_PKEY_eq(pkey, key->pkey) == 1);
}

bool win_capi_is_exportable(const struct naccs_store *store, const struct win_key *key)
{
	naccs_auto(container) struct container container = {0};
	DWORD permissions = 0, size = sizeof permissions;

	return acquire(store, key->wide_container, 0, &container.provider) &&
	       CryptGetUserKey(container.provider, AT_KEYEXCHANGE, &container.key) &&
	       CryptGetKeyParam(container.key, KP_PERMISSIONS, (BYTE *)&permissions, &size, 0) && (permissions & CRYPT_EXPORT) != 0;
}

naccs_status win_capi_delete(const struct naccs_store *store, const struct win_key *key, struct naccs_error *err)
{
	HCRYPTPROV none = 0;

	if (acquire(store, key->wide_container, CRYPT_DELETEKEYSET, &none))
		return NACCS_OK;
	DWORD code = GetLastError();
	if (code == (DWORD)NTE_BAD_KEYSET || code == (DWORD)NTE_KEYSET_NOT_DEF || code == ERROR_FILE_NOT_FOUND)
		return NACCS_OK;
	return win_fail(err, code, _("cannot delete a key container in %s"), store->uri);
}

/* Wine enumerates the user's containers for the machine too. */
static bool is_here(const struct naccs_store *store, const char *name)
{
	naccs_auto(container) struct container container = {0};
	naccs_auto(heap) wchar_t *wide = naccs_wide_new(name);

	return wide != NULL && acquire(store, wide, 0, &container.provider);
}

naccs_status win_capi_list(const struct naccs_store *store, struct win_names *names, struct naccs_error *err)
{
	naccs_auto(container) struct container container = {0};
	char name[1024];
	DWORD size = sizeof name, flag = CRYPT_FIRST;

	if (!acquire(store, NULL, CRYPT_VERIFYCONTEXT, &container.provider))
		return win_fail(err, GetLastError(), _("cannot look at the key containers of %s"), store->uri);
	while (CryptGetProvParam(container.provider, PP_ENUMCONTAINERS, (BYTE *)name, &size, flag)) {
		if (strncmp(name, WIN_CONTAINER_PREFIX, sizeof WIN_CONTAINER_PREFIX - 1) == 0 && is_here(store, name) &&
		    !win_names_add(names, name))
			return win_fail_memory(err);
		size = sizeof name;
		flag = CRYPT_NEXT;
	}
	DWORD code = GetLastError();
	if (code != ERROR_NO_MORE_ITEMS && code != ERROR_FILE_NOT_FOUND && code != (DWORD)NTE_BAD_KEYSET)
		return win_fail(err, code, _("cannot look at the key containers of %s"), store->uri);
	return NACCS_OK;
}
