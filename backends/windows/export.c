/* SPDX-License-Identifier: Apache-2.0 */
/* Why: a key that was put in as exportable may come out again, as PKCS#8, for a backup. Windows refuses it of any other. */
#include "winstore.h"

#include <openssl/err.h>
#include <openssl/pem.h>

#define EXPORT_LIMIT ((size_t)16 * 1024)

static naccs_status fail_export(const struct naccs_store *store, DWORD code, struct naccs_error *err)
{
	(void)win_fail(err, code, _("cannot take the private key out of %s"), store->uri);
	err->status = NACCS_E_STORE_UNSUPPORTED;
	return naccs_error_hint(err, _("Windows lets out only keys that were put in as exportable: install --to \"%s?exportable=yes\""),
				store->uri);
}

/* PRIVATEKEYBLOB → PKCS#8. */
static naccs_status encode_blob(const struct naccs_store *store, const struct naccs_secret *blob, struct naccs_secret *ret,
				struct naccs_error *err)
{
	const unsigned char *at = naccs_secret_data(blob);
	naccs_auto(pkey) EVP_PKEY *pkey = b2i_PrivateKey(&at, (long)naccs_secret_length(blob));
	PKCS8_PRIV_KEY_INFO *info = pkey != NULL ? EVP_PKEY2PKCS8(pkey) : NULL;
	int length = info != NULL ? i2d_PKCS8_PRIV_KEY_INFO(info, NULL) : -1;
	uint8_t *room = NULL;
	naccs_status status = length > 0
				      ? naccs_secret_reserve(ret, (size_t)length, &room, err)
				      : naccs_fail(err, NACCS_E_STORE_IO, 0, _("cannot read the private key that %s gave out"), store->uri);

	if (status == NACCS_OK) {
		(void)i2d_PKCS8_PRIV_KEY_INFO(info, &room);
		naccs_secret_added(ret, (size_t)length);
	}
	PKCS8_PRIV_KEY_INFO_free(info);
	ERR_clear_error();
	return status;
}

static naccs_status export_capi(const struct naccs_store *store, const struct win_acquired *acquired, struct naccs_secret *ret,
				struct naccs_error *err)
{
	naccs_auto(secret) struct naccs_secret *blob = NULL;
	HCRYPTKEY key = 0;
	DWORD length = EXPORT_LIMIT, code = 0;
	uint8_t *room = NULL;
	naccs_status status = naccs_secret_new(EXPORT_LIMIT, &blob, err);

	if (status == NACCS_OK)
		status = naccs_secret_reserve(blob, EXPORT_LIMIT, &room, err);
	if (status != NACCS_OK)
		return status;
	if (!CryptGetUserKey(acquired->handle, acquired->spec, &key) || !CryptExportKey(key, 0, PRIVATEKEYBLOB, 0, room, &length))
		code = GetLastError();
	if (key != 0)
		(void)CryptDestroyKey(key);
	if (code != 0)
		return fail_export(store, code, err);
	naccs_secret_added(blob, length);
	return encode_blob(store, blob, ret, err);
}

static naccs_status export_cng(const struct naccs_store *store, const struct win_acquired *acquired, struct naccs_secret *ret,
			       struct naccs_error *err)
{
	uint8_t *room = NULL;
	DWORD length = 0;
	naccs_status status = naccs_secret_reserve(ret, EXPORT_LIMIT, &room, err);

	if (status != NACCS_OK)
		return status;
	SECURITY_STATUS code =
		NCryptExportKey(acquired->handle, 0, NCRYPT_PKCS8_PRIVATE_KEY_BLOB, NULL, room, EXPORT_LIMIT, &length, NCRYPT_SILENT_FLAG);
	if (code != ERROR_SUCCESS)
		return fail_export(store, (DWORD)code, err);
	naccs_secret_added(ret, length);
	return NACCS_OK;
}

naccs_status win_export_key(struct naccs_store *store, const uint8_t certificate[NACCS_SHA256_SIZE], naccs_bytes_sink *sink, void *context,
			    struct naccs_error *err)
{
	naccs_auto(system_store) HCERTSTORE handle = NULL;
	naccs_auto(win_acquired) struct win_acquired acquired = {0};
	naccs_auto(secret) struct naccs_secret *der = NULL;
	naccs_status status = win_system_store_open(store, WIN_MY, WIN_OWN, false, &handle, err);
	naccs_auto(certificate_context) PCCERT_CONTEXT found =
		status == NACCS_OK ? win_system_store_find(store, handle, certificate) : NULL;

	if (status != NACCS_OK)
		return status;
	if (found == NULL || !win_acquire(found, &acquired))
		return naccs_fail(err, NACCS_E_VERIFY_NONE, 0,
				  found == NULL ? _("%s does not hold that certificate")
						: _("%s does not hold the private key of that certificate"),
				  store->uri);
	status = naccs_secret_new(EXPORT_LIMIT, &der, err);
	if (status == NACCS_OK)
		status = acquired.spec == CERT_NCRYPT_KEY_SPEC ? export_cng(store, &acquired, der, err)
							       : export_capi(store, &acquired, der, err);
	return status == NACCS_OK ? sink(context, naccs_secret_data(der), naccs_secret_length(der)) : status;
}
