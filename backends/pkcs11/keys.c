/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: which private key on the token belongs to a certificate. RSA keys tell their modulus. EC keys may tell their point, or nothing but
 * an id; there is no one convention for ids, so an id alone is a guess that a signature has to prove.
 */
#include "pkcs11.h"

#include <string.h>

#define MODULUS_LIMIT 2048
#define POINT_LIMIT 256
#define LABEL_LIMIT 256

static bool copy(const CK_ATTRIBUTE *attribute, uint8_t **ret, size_t *ret_size)
{
	if (!pkcs11_is_there(attribute) || attribute->ulValueLen == 0)
		return true;
	*ret = malloc(attribute->ulValueLen);
	if (*ret == NULL)
		return false;
	memcpy(*ret, attribute->pValue, attribute->ulValueLen);
	*ret_size = attribute->ulValueLen;
	return true;
}

static bool is_empty(const CK_ATTRIBUTE *attribute)
{
	return !pkcs11_is_there(attribute) || attribute->ulValueLen == 0;
}

static naccs_status read_one(const struct naccs_store *store, CK_OBJECT_HANDLE handle, struct pkcs11_keys *into, struct naccs_error *err)
{
	struct pkcs11_key *key = &into->item[into->count];
	CK_KEY_TYPE type = CK_UNAVAILABLE_INFORMATION;
	CK_BBOOL sensitive = CK_FALSE, extractable = CK_TRUE, always = CK_FALSE;
	char label[LABEL_LIMIT];
	uint8_t id[PKCS11_ID_LIMIT], modulus[MODULUS_LIMIT], point[POINT_LIMIT], params[POINT_LIMIT];
	CK_ATTRIBUTE common[] = {
		{CKA_KEY_TYPE, &type, sizeof type},
		{CKA_ID, id, sizeof id},
		{CKA_SENSITIVE, &sensitive, sizeof sensitive},
		{CKA_EXTRACTABLE, &extractable, sizeof extractable},
		{CKA_ALWAYS_AUTHENTICATE, &always, sizeof always},
		{CKA_LABEL, label, sizeof label},
	};
	CK_ATTRIBUTE rsa[] = {{CKA_MODULUS, modulus, sizeof modulus}};
	CK_ATTRIBUTE ec[] = {{CKA_EC_PARAMS, params, sizeof params}, {CKA_EC_POINT, point, sizeof point}};
	naccs_status status = pkcs11_object_read(store, handle, common, sizeof common / sizeof *common, err);

	if (status != NACCS_OK)
		return status;
	bool is_nameless = store->can.quirks.leaves_rubble && is_empty(&common[1]) && is_empty(&common[5]);
	if (type != CKK_RSA && type != CKK_EC) {
		if (is_nameless && (type == CKK_VENDOR_DEFINED || type == CK_UNAVAILABLE_INFORMATION))
			into->rubble.handle[into->rubble.count++] = handle;
		return NACCS_OK;
	}
	*key = (struct pkcs11_key){.handle = handle, .type = type};
	key->id.length = pkcs11_is_there(&common[1]) ? common[1].ulValueLen : 0;
	memcpy(key->id.bytes, id, key->id.length);
	key->is_sensitive = pkcs11_is_there(&common[2]) && sensitive == CK_TRUE;
	key->is_extractable = !pkcs11_is_there(&common[3]) || extractable == CK_TRUE;
	key->asks_always = pkcs11_is_there(&common[4]) && always == CK_TRUE;
	status = type == CKK_RSA ? pkcs11_object_read(store, handle, rsa, 1, err) : pkcs11_object_read(store, handle, ec, 2, err);
	if (status != NACCS_OK)
		return status;
	if (is_nameless && is_empty(type == CKK_RSA ? &rsa[0] : &ec[0])) {
		into->rubble.handle[into->rubble.count++] = handle;
		return NACCS_OK;
	}
	into->count++; /* from here on clear() frees it */
	bool is_copied = type == CKK_RSA ? copy(&rsa[0], &key->modulus, &key->modulus_size)
					 : copy(&ec[0], &key->params, &key->params_size) && copy(&ec[1], &key->point, &key->point_size);
	return is_copied ? NACCS_OK : naccs_fail(err, NACCS_E_INTERNAL, 0, _("memory is short"));
}

naccs_status pkcs11_keys_read(const struct naccs_store *store, struct pkcs11_keys *ret, struct naccs_error *err)
{
	CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
	CK_BBOOL yes = CK_TRUE;
	CK_ATTRIBUTE template[] = {{CKA_CLASS, &class, sizeof class}, {CKA_TOKEN, &yes, sizeof yes}};
	naccs_auto(pkcs11_keys) struct pkcs11_keys found = {0};
	naccs_auto(heap) CK_OBJECT_HANDLE *handles = NULL;
	size_t count = 0;
	naccs_status status = pkcs11_objects_find(store, template, 2, &handles, &count, err);

	if (status != NACCS_OK)
		return status;
	found.item = calloc(count + 1, sizeof *found.item);
	found.rubble.handle = calloc(count + 1, sizeof *found.rubble.handle);
	if (found.item == NULL || found.rubble.handle == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("memory is short"));
	for (size_t i = 0; i < count && status == NACCS_OK; i++)
		status = read_one(store, handles[i], &found, err);
	if (status != NACCS_OK)
		return status;
	*ret = found;
	found = (struct pkcs11_keys){0};
	return NACCS_OK;
}

void pkcs11_keys_clear(struct pkcs11_keys *keys)
{
	for (size_t i = 0; i < keys->count; i++) {
		free(keys->item[i].modulus);
		free(keys->item[i].point);
		free(keys->item[i].params);
	}
	free(keys->item);
	free(keys->rubble.handle);
	*keys = (struct pkcs11_keys){0};
}

static bool is_same(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size)
{
	while (a_size > 0 && *a == 0) { /* a number may come with leading zeros */
		a++;
		a_size--;
	}
	return a_size == b_size && memcmp(a, b, b_size) == 0;
}

/* In the DER OCTET STRING that PKCS#11 asks for, or bare, as some tokens have it. */
static bool is_same_point(const struct pkcs11_key *key, const struct pkcs11_public *public_key)
{
	if (key->point_size == public_key->point_size)
		return memcmp(key->point, public_key->point, key->point_size) == 0;
	return key->point_size < public_key->point_size &&
	       memcmp(key->point, public_key->point + public_key->point_size - key->point_size, key->point_size) == 0;
}

static bool has_id(const struct pkcs11_key *key, const uint8_t *id, size_t length)
{
	return length > 0 && key->id.length == length && memcmp(key->id.bytes, id, length) == 0;
}

enum pkcs11_match pkcs11_key_match(const struct pkcs11_key *key, const struct pkcs11_public *public_key, const struct pkcs11_id *certificate_id)
{
	if (key->type != public_key->type)
		return PKCS11_NO_MATCH;
	if (key->modulus != NULL)
		return is_same(key->modulus, key->modulus_size, public_key->modulus, public_key->modulus_size) ? PKCS11_MATCH : PKCS11_NO_MATCH;
	if (key->point != NULL)
		return is_same_point(key, public_key) ? PKCS11_MATCH : PKCS11_NO_MATCH;
	if (key->params != NULL && !(key->params_size == public_key->params_size && memcmp(key->params, public_key->params, key->params_size) == 0))
		return PKCS11_NO_MATCH;
	if (has_id(key, public_key->id, sizeof public_key->id) ||
	    (certificate_id != NULL && has_id(key, certificate_id->bytes, certificate_id->length)))
		return PKCS11_MAY_MATCH;
	return PKCS11_NO_MATCH;
}

const struct pkcs11_key *pkcs11_keys_find(const struct pkcs11_keys *keys, const struct pkcs11_public *public_key,
					  const struct pkcs11_id *certificate_id, enum pkcs11_match *ret_match)
{
	const struct pkcs11_key *best = NULL;

	*ret_match = PKCS11_NO_MATCH;
	for (size_t i = 0; i < keys->count; i++) {
		enum pkcs11_match match = pkcs11_key_match(&keys->item[i], public_key, certificate_id);
		if (match > *ret_match) {
			best = &keys->item[i];
			*ret_match = match;
		}
	}
	return best;
}
