/* SPDX-License-Identifier: Apache-2.0 */
/* Why: one object after the other, each a transaction of sqlite: whole or not at all, also when the power goes. */
#include "nss.h"

#include <secoid.h>
#include <string.h>

#define ATTRIBUTE(type, value)                                                                                                             \
	{                                                                                                                                  \
		(type), &(value), sizeof(value)                                                                                            \
	}
#define ATTRIBUTE_ITEM(type, item)                                                                                                         \
	{                                                                                                                                  \
		(type), (item).data, (item).len                                                                                            \
	}

naccs_status nss_object_put_key(const struct naccs_store *store, const struct nss_certificate *certificate, struct naccs_bytes key,
				const char *label, struct naccs_error *err)
{
	naccs_auto(arena) PLArenaPool *arena = PORT_NewArena(DER_DEFAULT_CHUNKSIZE);
	SECItem *der = arena != NULL ? SECITEM_AllocItem(arena, NULL, (unsigned)key.length) : NULL;
	SECItem *name = arena != NULL ? SECITEM_AllocItem(arena, NULL, (unsigned)strlen(label)) : NULL;
	SECItem value = certificate->key_value;
	naccs_auto(nss_private_key) SECKEYPrivateKey *imported = NULL;

	if (der == NULL || name == NULL)
		return nss_fail_memory(err);
	memcpy(der->data, key.data, key.length);
	memcpy(name->data, label, name->len);
	if (PK11_ImportDERPrivateKeyInfoAndReturnKey(store->slot, der, name, &value, PR_TRUE, PR_TRUE, KU_ALL, &imported, NULL) !=
	    SECSuccess)
		return nss_fail_write(store, err, _("cannot write the private key into %s"), store->path);
	return NACCS_OK;
}

static naccs_status create(const struct naccs_store *store, const CK_ATTRIBUTE *attributes, int count, const char *what,
			   struct naccs_error *err)
{
	PK11GenericObject *object = PK11_CreateManagedGenericObject(store->slot, attributes, count, PR_TRUE);

	if (object == NULL)
		return nss_fail_write(store, err, _("cannot write %s into %s"), what, store->path);
	(void)PK11_DestroyGenericObject(object); /* our reference, not the object */
	return NACCS_OK;
}

naccs_status nss_object_put_certificate(const struct naccs_store *store, const struct nss_certificate *certificate, const char *label,
					struct naccs_error *err)
{
	CK_OBJECT_CLASS class = CKO_CERTIFICATE;
	CK_CERTIFICATE_TYPE type = CKC_X_509;
	CK_BBOOL yes = CK_TRUE;
	naccs_auto(heap) char *name = strdup(label);
	if (name == NULL)
		return nss_fail_memory(err);
	const CK_ATTRIBUTE attributes[] = {
		ATTRIBUTE(CKA_CLASS, class),
		ATTRIBUTE(CKA_TOKEN, yes),
		ATTRIBUTE(CKA_CERTIFICATE_TYPE, type),
		ATTRIBUTE_ITEM(CKA_ID, certificate->key_id),
		{CKA_LABEL, name, strlen(name)},
		ATTRIBUTE_ITEM(CKA_VALUE, certificate->der),
		ATTRIBUTE_ITEM(CKA_ISSUER, certificate->decoded->derIssuer),
		ATTRIBUTE_ITEM(CKA_SUBJECT, certificate->decoded->derSubject),
		ATTRIBUTE_ITEM(CKA_SERIAL_NUMBER, certificate->serial),
	};

	return create(store, attributes, sizeof attributes / sizeof *attributes, label, err);
}

naccs_status nss_object_put_trust(const struct naccs_store *store, const struct nss_certificate *certificate, bool for_servers,
				  bool for_clients, struct naccs_error *err)
{
	CK_OBJECT_CLASS class = CKO_NSS_TRUST;
	CK_TRUST other = CKT_NSS_MUST_VERIFY_TRUST;
	CK_TRUST server = for_servers ? CKT_NSS_TRUSTED_DELEGATOR : other, client = for_clients ? CKT_NSS_TRUSTED_DELEGATOR : other;
	CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
	unsigned char sha1[20], md5[16]; /* what NSS finds the record by */
	const SECItem *der = &certificate->der;

	if (PK11_HashBuf(SEC_OID_SHA1, sha1, der->data, (PRInt32)der->len) != SECSuccess ||
	    PK11_HashBuf(SEC_OID_MD5, md5, der->data, (PRInt32)der->len) != SECSuccess)
		return nss_fail(err, NACCS_E_INTERNAL, _("cannot compute the hash of a certificate"));
	const CK_ATTRIBUTE attributes[] = {
		ATTRIBUTE(CKA_CLASS, class),
		ATTRIBUTE(CKA_TOKEN, yes),
		ATTRIBUTE_ITEM(CKA_ISSUER, certificate->decoded->derIssuer),
		ATTRIBUTE_ITEM(CKA_SERIAL_NUMBER, certificate->serial),
		{CKA_CERT_SHA1_HASH, sha1, sizeof sha1},
		{CKA_CERT_MD5_HASH, md5, sizeof md5},
		ATTRIBUTE(CKA_TRUST_SERVER_AUTH, server),
		ATTRIBUTE(CKA_TRUST_CLIENT_AUTH, client),
		ATTRIBUTE(CKA_TRUST_EMAIL_PROTECTION, other),
		ATTRIBUTE(CKA_TRUST_CODE_SIGNING, other),
		ATTRIBUTE(CKA_TRUST_STEP_UP_APPROVED, no),
	};
	return create(store, attributes, sizeof attributes / sizeof *attributes, _("trust in a CA"), err);
}

/* The object with this handle; the others of its class are let go. */
static PK11GenericObject *find_object(const struct naccs_store *store, CK_OBJECT_CLASS class, CK_OBJECT_HANDLE handle)
{
	PK11GenericObject *found = NULL;

	for (PK11GenericObject *next = PK11_FindGenericObjects(store->slot, class); next != NULL;) {
		PK11GenericObject *object = next;
		next = PK11_GetNextGenericObject(object);
		(void)PK11_UnlinkGenericObject(object);
		if (found == NULL && PK11_GetObjectHandle(PK11_TypeGeneric, object, NULL) == handle)
			found = object;
		else
			(void)PK11_DestroyGenericObject(object);
	}
	return found;
}

naccs_status nss_object_change_trust(const struct naccs_store *store, CK_OBJECT_HANDLE handle, CK_ATTRIBUTE_TYPE usage, CK_TRUST value,
				     struct naccs_error *err)
{
	SECItem bytes = {siBuffer, (unsigned char *)&value, sizeof value};
	PK11GenericObject *record = find_object(store, CKO_NSS_TRUST, handle);
	bool is_written = record != NULL && PK11_WriteRawAttribute(PK11_TypeGeneric, record, usage, &bytes) == SECSuccess;
	naccs_status status = is_written ? NACCS_OK : nss_fail_write(store, err, _("cannot change trust in a CA in %s"), store->path);

	if (record != NULL)
		(void)PK11_DestroyGenericObject(record);
	return status;
}

naccs_status nss_object_delete(const struct naccs_store *store, CK_OBJECT_HANDLE object, const char *what, struct naccs_error *err)
{
	if (PK11_DestroyTokenObject(store->slot, object) == SECSuccess)
		return NACCS_OK;
	return nss_fail_write(store, err, _("cannot delete %s from %s"), what, store->path);
}
