/* SPDX-License-Identifier: Apache-2.0 */
/* Why: certificates as objects of a token: read whole, found by value, made with as much as the token lets us say of them. */
#include "pkcs11.h"

#include <openssl/err.h>
#include <string.h>

#define ROOM 16384 /* a certificate that is larger is asked for its size first */
#define LABEL_LIMIT 256

static naccs_status read_large(const struct naccs_store *store, CK_OBJECT_HANDLE handle, uint8_t **ret, size_t *ret_length, struct naccs_error *err)
{
	CK_ATTRIBUTE value = {CKA_VALUE, NULL, 0};
	CK_RV rv = store->module->C_GetAttributeValue(store->session, handle, &value, 1);

	if (rv != CKR_OK || value.ulValueLen == CK_UNAVAILABLE_INFORMATION || value.ulValueLen > 1024 * 1024) {
		pkcs11_log(store, "pkcs11: passed over a certificate object without a readable value");
		return NACCS_OK;
	}
	naccs_auto(heap) uint8_t *bytes = malloc(value.ulValueLen + 1);
	value.pValue = bytes;
	if (bytes == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("memory is short"));
	naccs_status status = pkcs11_object_read(store, handle, &value, 1, err);
	if (status == NACCS_OK && pkcs11_is_there(&value)) {
		*ret = naccs_take(&bytes);
		*ret_length = value.ulValueLen;
	}
	return status;
}

static bool is_empty(const CK_ATTRIBUTE *attribute)
{
	return !pkcs11_is_there(attribute) || attribute->ulValueLen == 0;
}

static naccs_status read_one(const struct naccs_store *store, CK_OBJECT_HANDLE handle, uint8_t *room, struct pkcs11_certificates *into,
			     struct naccs_error *err)
{
	struct pkcs11_certificate *item = &into->item[into->count];
	char label[LABEL_LIMIT];
	CK_ATTRIBUTE attributes[] = {
		{CKA_VALUE, room, ROOM},
		{CKA_ID, item->id.bytes, sizeof item->id.bytes},
		{CKA_LABEL, label, sizeof label},
	};
	uint8_t *der = NULL;
	size_t length = 0;
	naccs_status status = pkcs11_object_read(store, handle, attributes, 3, err);

	if (status != NACCS_OK)
		return status;
	if (!pkcs11_is_there(&attributes[0])) {
		status = read_large(store, handle, &der, &length, err);
	} else if ((der = malloc(attributes[0].ulValueLen + 1)) != NULL) {
		length = attributes[0].ulValueLen;
		memcpy(der, room, length);
	} else {
		status = naccs_fail(err, NACCS_E_INTERNAL, 0, _("memory is short"));
	}
	if (der == NULL || length == 0) {
		free(der);
		if (status == NACCS_OK && store->can.quirks.leaves_rubble && is_empty(&attributes[0]) && is_empty(&attributes[1]) && is_empty(&attributes[2]))
			into->rubble.handle[into->rubble.count++] = handle;
		return status;
	}
	item->handle = handle;
	item->der = (struct naccs_bytes){der, length};
	item->id.length = pkcs11_is_there(&attributes[1]) ? attributes[1].ulValueLen : 0;
	item->label = naccs_text_printable(label, pkcs11_is_there(&attributes[2]) ? attributes[2].ulValueLen : 0);
	into->count++;
	return item->label != NULL && pkcs11_digest(store, "SHA256", item->der, item->sha256)
		       ? NACCS_OK
		       : naccs_fail(err, NACCS_E_INTERNAL, 0, _("memory is short"));
}

naccs_status pkcs11_certificates_read(const struct naccs_store *store, struct pkcs11_certificates *ret, struct naccs_error *err)
{
	CK_OBJECT_CLASS class = CKO_CERTIFICATE;
	CK_CERTIFICATE_TYPE type = CKC_X_509;
	CK_ATTRIBUTE template[] = {{CKA_CLASS, &class, sizeof class}, {CKA_CERTIFICATE_TYPE, &type, sizeof type}};
	naccs_auto(pkcs11_certificates) struct pkcs11_certificates found = {0};
	naccs_auto(heap) CK_OBJECT_HANDLE *handles = NULL;
	naccs_auto(heap) uint8_t *room = malloc(ROOM);
	size_t count = 0;
	naccs_status status = pkcs11_objects_find(store, template, 2, &handles, &count, err);

	if (status != NACCS_OK)
		return status;
	found.item = calloc(count + 1, sizeof *found.item);
	found.rubble.handle = calloc(count + 1, sizeof *found.rubble.handle);
	if (found.item == NULL || found.rubble.handle == NULL || room == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("memory is short"));
	for (size_t i = 0; i < count && status == NACCS_OK; i++)
		status = read_one(store, handles[i], room, &found, err);
	if (status != NACCS_OK)
		return status;
	*ret = found;
	found = (struct pkcs11_certificates){0};
	return NACCS_OK;
}

void pkcs11_certificates_clear(struct pkcs11_certificates *certificates)
{
	for (size_t i = 0; i < certificates->count; i++) {
		free((void *)(uintptr_t)certificates->item[i].der.data);
		free(certificates->item[i].label);
	}
	free(certificates->item);
	free(certificates->rubble.handle);
	*certificates = (struct pkcs11_certificates){0};
}

const struct pkcs11_certificate *pkcs11_certificates_find(const struct pkcs11_certificates *certificates, const uint8_t sha256[NACCS_SHA256_SIZE],
							  const struct pkcs11_id *id)
{
	const struct pkcs11_certificate *found = NULL;

	for (size_t i = 0; i < certificates->count; i++) {
		const struct pkcs11_certificate *item = &certificates->item[i];
		if (memcmp(item->sha256, sha256, NACCS_SHA256_SIZE) != 0)
			continue;
		if (id != NULL && item->id.length == id->length && memcmp(item->id.bytes, id->bytes, id->length) == 0)
			return item;
		if (found == NULL)
			found = item;
	}
	return found;
}

/* ---- make one ---- */

struct names {
	uint8_t *subject, *issuer, *serial; /* DER */
	int subject_size, issuer_size, serial_size;
};

static bool take_names(X509 *certificate, struct names *ret)
{
	ret->subject_size = i2d_X509_NAME(X509_get_subject_name(certificate), &ret->subject);
	ret->issuer_size = i2d_X509_NAME(X509_get_issuer_name(certificate), &ret->issuer);
	ret->serial_size = i2d_ASN1_INTEGER(X509_get0_serialNumber(certificate), &ret->serial);
	return ret->subject_size > 0 && ret->issuer_size > 0 && ret->serial_size > 0;
}

static CK_RV create(struct naccs_store *store, struct naccs_bytes der, const struct names *names, enum pkcs11_kind kind, const struct pkcs11_id *id,
		    const char *label, CK_OBJECT_HANDLE *ret)
{
	CK_OBJECT_CLASS class = CKO_CERTIFICATE;
	CK_CERTIFICATE_TYPE type = CKC_X_509;
	CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
	CK_ULONG category = kind == PKCS11_CLIENT ? 1 /* token user */ : 2 /* authority */;
	CK_ATTRIBUTE template[] = {
		{CKA_CLASS, &class, sizeof class},
		{CKA_CERTIFICATE_TYPE, &type, sizeof type},
		{CKA_TOKEN, &yes, sizeof yes},
		{CKA_PRIVATE, &no, sizeof no},
		{CKA_LABEL, (void *)(uintptr_t)label, strlen(label)},
		{CKA_ID, (void *)(uintptr_t)id->bytes, id->length},
		{CKA_SUBJECT, names->subject, (CK_ULONG)names->subject_size},
		{CKA_ISSUER, names->issuer, (CK_ULONG)names->issuer_size},
		{CKA_SERIAL_NUMBER, names->serial, (CK_ULONG)names->serial_size},
		{CKA_VALUE, (void *)(uintptr_t)der.data, der.length},
		{CKA_CERTIFICATE_CATEGORY, &category, sizeof category}, /* the last: some tokens do not know it */
	};
	CK_ULONG count = sizeof template / sizeof *template;
	CK_RV rv = CKR_ATTRIBUTE_TYPE_INVALID;

	if (!store->refuses_category) {
		rv = store->module->C_CreateObject(store->session, template, count, ret);
		store->refuses_category = pkcs11_is_template_refusal(rv);
	}
	return store->refuses_category ? store->module->C_CreateObject(store->session, template, count - 1, ret) : rv;
}

/* Most tokens let only their security officer do that. Set afterwards, not on creation: a creation that is refused may leave rubble. */
static void trust(struct naccs_store *store, CK_OBJECT_HANDLE handle)
{
	CK_BBOOL yes = CK_TRUE;
	CK_ATTRIBUTE attribute = {CKA_TRUSTED, &yes, sizeof yes};

	if (!store->refuses_trusted)
		store->refuses_trusted = store->module->C_SetAttributeValue(store->session, handle, &attribute, 1) != CKR_OK;
}

naccs_status pkcs11_certificate_create(struct naccs_store *store, struct naccs_bytes der, enum pkcs11_kind kind, const struct pkcs11_id *id,
				       const char *label, struct naccs_error *err)
{
	naccs_auto(x509) X509 *certificate = NULL;
	struct names names = {0};
	naccs_status status = pkcs11_certificate_decode(store, der, &certificate, err);

	if (status != NACCS_OK)
		return status;
	CK_OBJECT_HANDLE handle = CK_INVALID_HANDLE;
	CK_RV rv = take_names(certificate, &names) ? create(store, der, &names, kind, id, label, &handle) : CKR_HOST_MEMORY;
	OPENSSL_free(names.subject);
	OPENSSL_free(names.issuer);
	OPENSSL_free(names.serial);
	if (rv != CKR_OK)
		return pkcs11_fail(err, rv, _("cannot write the certificate \"%s\" to the token %s"), label, store->label);
	if (kind == PKCS11_ANCHOR)
		trust(store, handle);
	return NACCS_OK;
}
