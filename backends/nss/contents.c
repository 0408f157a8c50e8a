/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the database as it lies on the medium now: certificates, the keys' names, trust. One reading serves one operation and is thrown
 * away. */
#include "nss.h"

#include <secerr.h>
#include <secoid.h>
#include <string.h>

/* false: memory is short. An object that can't be read is passed over: taken away just now, or none of ours. */
typedef bool object_sink(struct nss_contents *contents, PK11GenericObject *object);

static SECItem item_of(const CK_ATTRIBUTE *attribute)
{
	bool is_there = attribute->pValue != NULL && attribute->ulValueLen != (CK_ULONG)-1 && attribute->ulValueLen < 1024 * 1024;

	return (SECItem){siBuffer, is_there ? attribute->pValue : NULL, is_there ? (unsigned)attribute->ulValueLen : 0};
}

static char *label_of(PLArenaPool *arena, const CK_ATTRIBUTE *attribute)
{
	SECItem item = item_of(attribute);
	char *label = PORT_ArenaZAlloc(arena, item.len + 1);

	if (label != NULL && item.len > 0)
		memcpy(label, item.data, item.len);
	return label;
}

static CK_TRUST trust_of(const CK_ATTRIBUTE *attribute)
{
	CK_TRUST trust = CKT_NSS_TRUST_UNKNOWN;

	if (attribute->pValue != NULL && attribute->ulValueLen == sizeof trust)
		memcpy(&trust, attribute->pValue, sizeof trust);
	return trust;
}

static bool add_certificate(struct nss_contents *contents, PK11GenericObject *object)
{
	CK_ATTRIBUTE attributes[] = {{CKA_VALUE, NULL, 0}, {CKA_LABEL, NULL, 0}};
	struct nss_entry entry = {.handle = PK11_GetObjectHandle(PK11_TypeGeneric, object, NULL)};

	if (PK11_ReadRawAttributes(contents->arena, PK11_TypeGeneric, object, attributes, 2) != SECSuccess)
		return true;
	SECItem der = item_of(&attributes[0]);
	entry.label = label_of(contents->arena, &attributes[1]);
	if (entry.label == NULL || !nss_certificate_decode(contents->arena, &der, &entry.certificate))
		return entry.label != NULL;
	struct nss_entry *grown = reallocarray(contents->entries, contents->count + 1, sizeof *grown);
	if (grown == NULL)
		return false;
	contents->entries = grown;
	grown[contents->count++] = entry;
	return true;
}

static bool add_key(struct nss_contents *contents, PK11GenericObject *object)
{
	CK_ATTRIBUTE attributes[] = {{CKA_ID, NULL, 0}, {CKA_LABEL, NULL, 0}};
	struct nss_key key = {.handle = PK11_GetObjectHandle(PK11_TypeGeneric, object, NULL)};

	if (PK11_ReadRawAttributes(contents->arena, PK11_TypeGeneric, object, attributes, 2) != SECSuccess)
		return true;
	key.id = item_of(&attributes[0]);
	key.label = label_of(contents->arena, &attributes[1]);
	struct nss_key *grown = reallocarray(contents->keys, contents->key_count + 1, sizeof *grown);
	if (grown == NULL || key.label == NULL)
		return false;
	contents->keys = grown;
	grown[contents->key_count++] = key;
	return true;
}

static bool is_default(CK_TRUST trust)
{
	return trust == CKT_NSS_MUST_VERIFY_TRUST || trust == CKT_NSS_TRUST_UNKNOWN;
}

static bool add_trust(struct nss_contents *contents, PK11GenericObject *object)
{
	CK_ATTRIBUTE who[] = {{CKA_ISSUER, NULL, 0}, {CKA_SERIAL_NUMBER, NULL, 0}};
	CK_ATTRIBUTE hash[] = {{CKA_CERT_SHA1_HASH, NULL, 0}};
	CK_ATTRIBUTE usages[] = {{CKA_TRUST_SERVER_AUTH, NULL, 0},
				 {CKA_TRUST_CLIENT_AUTH, NULL, 0},
				 {CKA_TRUST_CODE_SIGNING, NULL, 0},
				 {CKA_TRUST_EMAIL_PROTECTION, NULL, 0}};

	if (PK11_ReadRawAttributes(contents->arena, PK11_TypeGeneric, object, who, 2) != SECSuccess ||
	    PK11_ReadRawAttributes(contents->arena, PK11_TypeGeneric, object, usages, 4) != SECSuccess)
		return true;
	if (PK11_ReadRawAttributes(contents->arena, PK11_TypeGeneric, object, hash, 1) != SECSuccess)
		hash[0].pValue = NULL; /* an old record */
	struct nss_trust *grown = reallocarray(contents->trusts, contents->trust_count + 1, sizeof *grown);
	if (grown == NULL)
		return false;
	contents->trusts = grown;
	grown[contents->trust_count++] = (struct nss_trust){
		.is_there = true,
		.handle = PK11_GetObjectHandle(PK11_TypeGeneric, object, NULL),
		.server = trust_of(&usages[0]),
		.client = trust_of(&usages[1]),
		.has_other = !is_default(trust_of(&usages[2])) || !is_default(trust_of(&usages[3])),
		.issuer = item_of(&who[0]),
		.serial = item_of(&who[1]),
		.sha1 = item_of(&hash[0]),
	};
	return true;
}

/* By issuer, serial number and, where the record is not too old to have it, hash. */
static bool is_about(const struct nss_trust *trust, const struct nss_certificate *certificate)
{
	unsigned char sha1[20];

	if (!SECITEM_ItemsAreEqual(&trust->issuer, &certificate->decoded->derIssuer) ||
	    !SECITEM_ItemsAreEqual(&trust->serial, &certificate->serial))
		return false;
	return trust->sha1.len == 0 ||
	       (trust->sha1.len == sizeof sha1 &&
		PK11_HashBuf(SEC_OID_SHA1, sha1, certificate->der.data, (PRInt32)certificate->der.len) == SECSuccess &&
		memcmp(sha1, trust->sha1.data, sizeof sha1) == 0);
}

struct nss_trust nss_contents_trust(const struct nss_contents *contents, const struct nss_certificate *certificate)
{
	for (size_t i = 0; i < contents->trust_count; i++) {
		if (is_about(&contents->trusts[i], certificate))
			return contents->trusts[i];
	}
	return (struct nss_trust){.server = CKT_NSS_TRUST_UNKNOWN, .client = CKT_NSS_TRUST_UNKNOWN};
}

CK_TRUST nss_trust_for(const struct nss_trust *trust, CK_ATTRIBUTE_TYPE usage)
{
	return usage == CKA_TRUST_SERVER_AUTH ? trust->server : trust->client;
}

static naccs_status read_class(const struct naccs_store *store, CK_OBJECT_CLASS class, struct nss_contents *contents, object_sink *sink,
			       struct naccs_error *err)
{
	bool has_room = true;

	PORT_SetError(0);
	PK11GenericObject *first = PK11_FindGenericObjects(store->slot, class);
	if (first == NULL && PORT_GetError() != 0)
		return nss_fail(err, NACCS_E_STORE_IO, _("cannot read the NSS database %s"), store->path);
	while (first != NULL) {
		PK11GenericObject *object = first;
		first = PK11_GetNextGenericObject(object);
		(void)PK11_UnlinkGenericObject(object);
		has_room = has_room && sink(contents, object);
		(void)PK11_DestroyGenericObject(object);
	}
	return has_room ? NACCS_OK : nss_fail_memory(err);
}

static naccs_status read_once(const struct naccs_store *store, struct nss_contents *ret, struct naccs_error *err)
{
	naccs_auto(nss_contents) struct nss_contents contents = {.arena = PORT_NewArena(DER_DEFAULT_CHUNKSIZE)};
	naccs_status status = NACCS_OK;

	if (contents.arena == NULL)
		return nss_fail_memory(err);
	if (store->slot != NULL)
		status = read_class(store, CKO_CERTIFICATE, &contents, add_certificate, err);
	if (store->slot != NULL && status == NACCS_OK)
		status = read_class(store, CKO_PRIVATE_KEY, &contents, add_key, err);
	if (store->slot != NULL && status == NACCS_OK)
		status = read_class(store, CKO_NSS_TRUST, &contents, add_trust, err);
	if (status != NACCS_OK)
		return status;
	for (size_t i = 0; i < contents.count; i++) {
		struct nss_entry *entry = &contents.entries[i];
		entry->has_key = nss_contents_key(&contents, &entry->certificate.key_id) != NULL;
		entry->trust = nss_contents_trust(&contents, &entry->certificate);
	}
	*ret = contents;
	contents = (struct nss_contents){0};
	return NACCS_OK;
}

naccs_status nss_contents_read(const struct naccs_store *store, struct nss_contents *ret, struct naccs_error *err)
{
	naccs_status status = read_once(store, ret, err);

	for (bool has_waited = true; status == NACCS_E_STORE_IO && has_waited;) {
		struct naccs_error busy = {0};
		if (nss_wait_for_others(store, &has_waited, &busy) != NACCS_OK) {
			*err = busy;
			return busy.status;
		}
		if (has_waited) {
			*err = (struct naccs_error){0};
			status = read_once(store, ret, err);
		}
	}
	return status;
}

void nss_contents_free(struct nss_contents *contents)
{
	if (contents->arena != NULL)
		PORT_FreeArena(contents->arena, PR_FALSE);
	free(contents->entries);
	free(contents->keys);
	free(contents->trusts);
	*contents = (struct nss_contents){0};
}

struct nss_entry *nss_contents_find(const struct nss_contents *contents, const uint8_t sha256[NACCS_SHA256_SIZE])
{
	for (size_t i = 0; i < contents->count; i++) {
		if (memcmp(contents->entries[i].certificate.sha256, sha256, NACCS_SHA256_SIZE) == 0)
			return &contents->entries[i];
	}
	return NULL;
}

const struct nss_key *nss_contents_key(const struct nss_contents *contents, const SECItem *id)
{
	for (size_t i = 0; id->len > 0 && i < contents->key_count; i++) {
		if (SECITEM_ItemsAreEqual(&contents->keys[i].id, id))
			return &contents->keys[i];
	}
	return NULL;
}
