/* SPDX-License-Identifier: Apache-2.0 */
/* Why: EC keys in CNG's key storage (Microsoft Software Key Storage Provider), named as the containers of RSA keys are. Wine keeps no keys
 * by CNG: there EC is refused. */
#include "winstore.h"

#include <string.h>

struct cng_key {
	NCRYPT_PROV_HANDLE provider;
	NCRYPT_KEY_HANDLE key;
};

static void naccs_cleanup_cng_key(const struct cng_key *cng)
{
	if (cng->key != 0)
		(void)NCryptFreeObject(cng->key);
	if (cng->provider != 0)
		(void)NCryptFreeObject(cng->provider);
}

static DWORD flags_for(const struct naccs_store *store)
{
	return NCRYPT_SILENT_FLAG | (store->is_machine ? NCRYPT_MACHINE_KEY_FLAG : 0);
}

bool win_cng_is_usable(void)
{
	naccs_auto(cng_key) struct cng_key cng = {0};

	return NCryptOpenStorageProvider(&cng.provider, MS_KEY_STORAGE_PROVIDER, 0) == ERROR_SUCCESS &&
	       NCryptOpenKey(cng.provider, &cng.key, L"" WIN_CONTAINER_PREFIX L"is there a key storage?", 0, NCRYPT_SILENT_FLAG) ==
		       NTE_BAD_KEYSET;
}

static SECURITY_STATUS open_key(const struct naccs_store *store, const struct win_key *key, struct cng_key *ret)
{
	SECURITY_STATUS code = NCryptOpenStorageProvider(&ret->provider, MS_KEY_STORAGE_PROVIDER, 0);

	return code == ERROR_SUCCESS ? NCryptOpenKey(ret->provider, &ret->key, key->wide_container, 0, flags_for(store)) : code;
}

static naccs_status finalize(const struct naccs_store *store, struct cng_key *cng, struct naccs_error *err)
{
	DWORD policy = store->is_exportable ? NCRYPT_ALLOW_EXPORT_FLAG | NCRYPT_ALLOW_PLAINTEXT_EXPORT_FLAG : 0;
	DWORD usage = NCRYPT_ALLOW_SIGNING_FLAG;
	SECURITY_STATUS code =
		NCryptSetProperty(cng->key, NCRYPT_EXPORT_POLICY_PROPERTY, (BYTE *)&policy, sizeof policy, NCRYPT_PERSIST_FLAG);

	if (code == ERROR_SUCCESS)
		code = NCryptSetProperty(cng->key, NCRYPT_KEY_USAGE_PROPERTY, (BYTE *)&usage, sizeof usage, NCRYPT_PERSIST_FLAG);
	if (code == ERROR_SUCCESS)
		code = NCryptFinalizeKey(cng->key, NCRYPT_SILENT_FLAG);
	return code == ERROR_SUCCESS ? NACCS_OK : win_fail(err, (DWORD)code, _("cannot import the private key into %s"), store->uri);
}

naccs_status win_cng_create(const struct naccs_store *store, const struct win_key *key, struct naccs_bytes pkcs8, struct naccs_error *err)
{
	naccs_auto(cng_key) struct cng_key cng = {0};
	wchar_t name[sizeof key->wide_container / sizeof *key->wide_container];
	NCryptBuffer buffer = {.cbBuffer = sizeof name, .BufferType = NCRYPTBUFFER_PKCS_KEY_NAME, .pvBuffer = name};
	NCryptBufferDesc parameters = {.ulVersion = NCRYPTBUFFER_VERSION, .cBuffers = 1, .pBuffers = &buffer};
	SECURITY_STATUS code;

	if (!store->has_cng)
		return naccs_fail(err, NACCS_E_STORE_UNSUPPORTED, 0,
				  _("cannot keep an EC key in %s: this Windows has no key storage for it (CNG)"), store->uri);
	memcpy(name, key->wide_container, sizeof name);
	code = NCryptOpenStorageProvider(&cng.provider, MS_KEY_STORAGE_PROVIDER, 0);
	if (code == ERROR_SUCCESS)
		code = NCryptImportKey(cng.provider, 0, NCRYPT_PKCS8_PRIVATE_KEY_BLOB, &parameters, &cng.key, (BYTE *)(uintptr_t)pkcs8.data,
				       (DWORD)pkcs8.length, flags_for(store) | NCRYPT_OVERWRITE_KEY_FLAG | NCRYPT_DO_NOT_FINALIZE_FLAG);
	if (code != ERROR_SUCCESS)
		return win_fail(err, (DWORD)code, _("cannot import the private key into %s"), store->uri);
	return finalize(store, &cng, err);
}

bool win_cng_is_there(const struct naccs_store *store, const struct win_key *key)
{
	naccs_auto(cng_key) struct cng_key cng = {0};
	naccs_auto(pkey) EVP_PKEY *pkey = NULL;

	if (open_key(store, key, &cng) != ERROR_SUCCESS)
		return false;
	pkey = win_key_public(store, cng.key, 0);
	return pkey != NULL && (key->pkey == NULL || EVP_PKEY_eq(pkey, key->pkey) == 1);
}

bool win_cng_is_exportable(const struct naccs_store *store, const struct win_key *key)
{
	naccs_auto(cng_key) struct cng_key cng = {0};
	DWORD policy = 0, size = 0;

	return open_key(store, key, &cng) == ERROR_SUCCESS &&
	       NCryptGetProperty(cng.key, NCRYPT_EXPORT_POLICY_PROPERTY, (BYTE *)&policy, sizeof policy, &size, 0) == ERROR_SUCCESS &&
	       (policy & NCRYPT_ALLOW_PLAINTEXT_EXPORT_FLAG) != 0;
}

naccs_status win_cng_delete(const struct naccs_store *store, const struct win_key *key, struct naccs_error *err)
{
	naccs_auto(cng_key) struct cng_key cng = {0};
	SECURITY_STATUS code = open_key(store, key, &cng);

	if (code == ERROR_SUCCESS) {
		code = NCryptDeleteKey(cng.key, NCRYPT_SILENT_FLAG); /* frees it when it succeeds */
		if (code == ERROR_SUCCESS)
			cng.key = 0;
	}
	if (code == ERROR_SUCCESS || code == NTE_BAD_KEYSET || code == NTE_NOT_FOUND)
		return NACCS_OK;
	return win_fail(err, (DWORD)code, _("cannot delete a private key in %s"), store->uri);
}

naccs_status win_cng_list(const struct naccs_store *store, struct win_names *names, struct naccs_error *err)
{
	naccs_auto(cng_key) struct cng_key cng = {0};
	NCryptKeyName *found = NULL;
	void *place = NULL;
	bool has_room = true;
	SECURITY_STATUS code = NCryptOpenStorageProvider(&cng.provider, MS_KEY_STORAGE_PROVIDER, 0);

	while (code == ERROR_SUCCESS && has_room &&
	       (code = NCryptEnumKeys(cng.provider, NULL, &found, &place, flags_for(store))) == ERROR_SUCCESS) {
		naccs_auto(heap) char *name = naccs_wide_text(found->pszName);

		has_room = name == NULL || win_names_add(names, name);
		(void)NCryptFreeBuffer(found);
	}
	if (place != NULL)
		(void)NCryptFreeBuffer(place);
	if (!has_room)
		return win_fail_memory(err);
	return code == NTE_NO_MORE_ITEMS ? NACCS_OK : win_fail(err, (DWORD)code, _("cannot look at the private keys of %s"), store->uri);
}
