/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the stores of Windows as crypt32 shows them, and single durable changes of them. See winstore.h. */
#include "winstore.h"

#include <string.h>

static const wchar_t *const names[WIN_PLACES] = {
	[WIN_MY] = L"MY", [WIN_ROOT] = L"ROOT", [WIN_CA] = L"CA", [WIN_DISALLOWED] = L"Disallowed"};

/* MY has nothing to inherit on Windows. (Wine shows the machine's to the user all the same.) */
static LPCSTR provider_for(enum win_place place, enum win_view view)
{
	return view == WIN_OWN || place == WIN_MY ? CERT_STORE_PROV_SYSTEM_REGISTRY_W : CERT_STORE_PROV_SYSTEM_W;
}

naccs_status win_system_store_open(const struct naccs_store *store, enum win_place place, enum win_view view, bool is_write,
				   HCERTSTORE *ret, struct naccs_error *err)
{
	DWORD flags = store->is_machine ? CERT_SYSTEM_STORE_LOCAL_MACHINE : CERT_SYSTEM_STORE_CURRENT_USER;
	HCERTSTORE handle;

	flags |= CERT_STORE_ENUM_ARCHIVED_FLAG | (is_write ? 0 : CERT_STORE_READONLY_FLAG | CERT_STORE_OPEN_EXISTING_FLAG);
	handle = CertOpenStore(provider_for(place, view), X509_ASN_ENCODING | PKCS_7_ASN_ENCODING, 0, flags, names[place]);
	if (handle == NULL && !is_write && GetLastError() == ERROR_FILE_NOT_FOUND) {
		*ret = NULL;
		return NACCS_OK;
	}
	if (handle == NULL) {
		(void)win_fail(err, GetLastError(), _("cannot open the certificate store %ls of %s"), names[place], store->uri);
		return err->status == NACCS_E_STORE_IO ? err->status = NACCS_E_STORE_OPEN : err->status;
	}
	*ret = handle;
	return NACCS_OK;
}

void win_system_store_close(HCERTSTORE handle)
{
	if (handle != NULL)
		(void)CertCloseStore(handle, 0);
}

PCCERT_CONTEXT win_system_store_find(const struct naccs_store *store, HCERTSTORE handle, const uint8_t sha256[NACCS_SHA256_SIZE])
{
	PCCERT_CONTEXT context = NULL;

	while (handle != NULL && (context = CertEnumCertificatesInStore(handle, context)) != NULL) {
		uint8_t found[NACCS_SHA256_SIZE];
		if (win_sha256(store, (struct naccs_bytes){context->pbCertEncoded, context->cbCertEncoded}, found) &&
		    memcmp(found, sha256, sizeof found) == 0)
			return context;
	}
	return NULL;
}

/* Under Wine a close without this loses what was deleted, and what was changed in place needs force. Windows has written it already. */
naccs_status win_system_store_commit(const struct naccs_store *store, enum win_place place, HCERTSTORE handle, struct naccs_error *err)
{
	if (!CertControlStore(handle, CERT_STORE_CTRL_COMMIT_FORCE_FLAG, CERT_STORE_CTRL_COMMIT, NULL))
		return win_fail(err, GetLastError(), _("cannot write the certificate store %ls of %s"), names[place], store->uri);
	return NACCS_OK;
}

static naccs_status set_friendly_name(PCCERT_CONTEXT context, const char *name, struct naccs_error *err)
{
	naccs_auto(heap) wchar_t *wide = naccs_wide_new(name);
	CRYPT_DATA_BLOB blob = {.pbData = (BYTE *)wide};

	if (wide == NULL)
		return win_fail_memory(err);
	blob.cbData = (DWORD)((wcslen(wide) + 1) * sizeof *wide);
	if (!CertSetCertificateContextProperty(context, CERT_FRIENDLY_NAME_PROP_ID, 0, &blob))
		return win_fail(err, GetLastError(), _("cannot name a certificate \"%s\""), name);
	return NACCS_OK;
}

static naccs_status set_link(PCCERT_CONTEXT context, const CRYPT_KEY_PROV_INFO *key, struct naccs_error *err)
{
	if (!CertSetCertificateContextProperty(context, CERT_KEY_PROV_INFO_PROP_ID, 0, key))
		return win_fail(err, GetLastError(), _("cannot link a certificate to its private key"));
	return NACCS_OK;
}

/* Everything is said about a certificate before it goes in: nobody meets it without its limits. */
naccs_status win_put(const struct naccs_store *store, enum win_place place, const struct win_certificate *certificate,
		     const struct win_properties *properties, struct naccs_error *err)
{
	naccs_auto(certificate_context) PCCERT_CONTEXT context =
		CertCreateCertificateContext(X509_ASN_ENCODING, certificate->der.data, (DWORD)certificate->der.length);
	naccs_auto(heap) char *name = win_certificate_name(certificate);
	naccs_auto(system_store) HCERTSTORE handle = NULL;
	naccs_status status = NACCS_OK;

	if (context == NULL)
		return win_fail(err, GetLastError(), _("Windows can't read the certificate of %s"), name != NULL ? name : "?");
	if (properties->usages != 0)
		status = win_usages_set(context, properties->usages, 0, err);
	if (status == NACCS_OK && properties->friendly_name != NULL)
		status = set_friendly_name(context, properties->friendly_name, err);
	if (status == NACCS_OK && properties->key != NULL)
		status = set_link(context, properties->key, err);
	if (status == NACCS_OK)
		status = win_system_store_open(store, place, WIN_OWN, true, &handle, err);
	if (status != NACCS_OK)
		return status;
	if (!CertAddCertificateContextToStore(handle, context, CERT_STORE_ADD_NEW, NULL) && GetLastError() != (DWORD)CRYPT_E_EXISTS)
		return win_fail(err, GetLastError(), _("cannot put %s into the certificate store %ls of %s"), name != NULL ? name : "?",
				names[place], store->uri);
	return win_system_store_commit(store, place, handle, err);
}

naccs_status win_delete(const struct naccs_store *store, enum win_place place, const uint8_t sha256[NACCS_SHA256_SIZE],
			struct naccs_error *err)
{
	naccs_auto(system_store) HCERTSTORE handle = NULL;
	naccs_status status = win_system_store_open(store, place, WIN_OWN, true, &handle, err);
	PCCERT_CONTEXT context = status == NACCS_OK ? win_system_store_find(store, handle, sha256) : NULL;

	if (context == NULL)
		return status;
	if (!CertDeleteCertificateFromStore(context)) /* frees it in any case */
		return win_fail(err, GetLastError(), _("cannot take a certificate out of the certificate store %ls of %s"), names[place],
				store->uri);
	return win_system_store_commit(store, place, handle, err);
}

naccs_status win_limit(const struct naccs_store *store, const uint8_t sha256[NACCS_SHA256_SIZE], enum win_usage usage, bool is_allowed,
		       struct naccs_error *err)
{
	naccs_auto(system_store) HCERTSTORE handle = NULL;
	naccs_status status = win_system_store_open(store, WIN_ROOT, WIN_OWN, true, &handle, err);
	naccs_auto(certificate_context) PCCERT_CONTEXT context = status == NACCS_OK ? win_system_store_find(store, handle, sha256) : NULL;

	if (context == NULL)
		return status;
	status = win_usages_set(context, is_allowed ? usage : 0, is_allowed ? 0 : usage, err);
	return status == NACCS_OK ? win_system_store_commit(store, WIN_ROOT, handle, err) : status;
}

naccs_status win_link(const struct naccs_store *store, const uint8_t sha256[NACCS_SHA256_SIZE], const CRYPT_KEY_PROV_INFO *key,
		      struct naccs_error *err)
{
	naccs_auto(system_store) HCERTSTORE handle = NULL;
	naccs_status status = win_system_store_open(store, WIN_MY, WIN_OWN, true, &handle, err);
	naccs_auto(certificate_context) PCCERT_CONTEXT context = status == NACCS_OK ? win_system_store_find(store, handle, sha256) : NULL;

	if (context == NULL)
		return status;
	status = set_link(context, key, err);
	return status == NACCS_OK ? win_system_store_commit(store, WIN_MY, handle, err) : status;
}

naccs_status win_save(const struct naccs_store *store, const uint8_t sha256[NACCS_SHA256_SIZE], uint8_t **ret, size_t *ret_length,
		      struct naccs_error *err)
{
	naccs_auto(system_store) HCERTSTORE handle = NULL;
	naccs_status status = win_system_store_open(store, WIN_MY, WIN_OWN, false, &handle, err);
	naccs_auto(certificate_context) PCCERT_CONTEXT context = status == NACCS_OK ? win_system_store_find(store, handle, sha256) : NULL;
	naccs_auto(heap) uint8_t *bytes = NULL;
	DWORD length = 0;

	if (status != NACCS_OK)
		return status;
	if (context == NULL || !CertSerializeCertificateStoreElement(context, 0, NULL, &length))
		return win_fail(err, GetLastError(), _("cannot read a certificate in %s"), store->uri);
	bytes = malloc(length);
	if (bytes == NULL)
		return win_fail_memory(err);
	if (!CertSerializeCertificateStoreElement(context, 0, bytes, &length))
		return win_fail(err, GetLastError(), _("cannot read a certificate in %s"), store->uri);
	*ret = naccs_take(&bytes);
	*ret_length = length;
	return NACCS_OK;
}

naccs_status win_restore(const struct naccs_store *store, const uint8_t sha256[NACCS_SHA256_SIZE], struct naccs_bytes saved,
			 struct naccs_error *err)
{
	naccs_auto(system_store) HCERTSTORE handle = NULL;
	DWORD kind = 0;
	naccs_status status = win_system_store_open(store, WIN_MY, WIN_OWN, true, &handle, err);

	if (status != NACCS_OK)
		return status;
	PCCERT_CONTEXT context = win_system_store_find(store, handle, sha256);
	if (context == NULL)
		return NACCS_OK;
	(void)CertFreeCertificateContext(context);
	if (!CertAddSerializedElementToStore(handle, saved.data, (DWORD)saved.length, CERT_STORE_ADD_REPLACE_EXISTING, 0,
					     CERT_STORE_CERTIFICATE_CONTEXT_FLAG, &kind, NULL))
		return win_fail(err, GetLastError(), _("cannot bring back what a certificate in %s was before"), store->uri);
	return win_system_store_commit(store, WIN_MY, handle, err);
}
