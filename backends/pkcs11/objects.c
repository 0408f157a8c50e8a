/* SPDX-License-Identifier: Apache-2.0 */
/* Why: finding, reading, destroying objects in as few calls as PKCS#11 allows, with what modules do differently kept in one place. */
#include "pkcs11.h"

#include <string.h>

#define BATCH 64
#define OBJECTS_LIMIT 10000

static naccs_status fail_read(const struct naccs_store *store, CK_RV rv, struct naccs_error *err)
{
	return pkcs11_fail(err, rv, _("cannot read the token %s"), store->label);
}

static naccs_status collect(const struct naccs_store *store, CK_OBJECT_HANDLE **ret, size_t *ret_count, struct naccs_error *err)
{
	naccs_auto(heap) CK_OBJECT_HANDLE *all = NULL;
	size_t count = 0;
	CK_ULONG got = BATCH;

	/* A module may give fewer than it is asked for although there are more: it is asked until it gives none. */
	while (got > 0 && count < OBJECTS_LIMIT) {
		CK_OBJECT_HANDLE *grown = reallocarray(all, count + BATCH, sizeof *grown);
		if (grown == NULL)
			return naccs_fail(err, NACCS_E_INTERNAL, 0, _("memory is short"));
		all = grown;
		CK_RV rv = store->module->C_FindObjects(store->session, all + count, BATCH, &got);
		if (rv != CKR_OK)
			return fail_read(store, rv, err);
		if (got > BATCH)
			return fail_read(store, CKR_GENERAL_ERROR, err);
		count += got;
	}
	*ret = naccs_take(&all);
	*ret_count = count;
	return NACCS_OK;
}

naccs_status pkcs11_objects_find(const struct naccs_store *store, CK_ATTRIBUTE *template, CK_ULONG count, CK_OBJECT_HANDLE **ret, size_t *ret_count,
				 struct naccs_error *err)
{
	CK_RV rv = store->module->C_FindObjectsInit(store->session, template, count);

	if (rv != CKR_OK)
		return fail_read(store, rv, err);
	naccs_status status = collect(store, ret, ret_count, err);
	rv = store->module->C_FindObjectsFinal(store->session);
	if (status == NACCS_OK && rv != CKR_OK) {
		free(naccs_take(ret));
		status = fail_read(store, rv, err);
	}
	return status;
}

naccs_status pkcs11_object_read(const struct naccs_store *store, CK_OBJECT_HANDLE object, CK_ATTRIBUTE *attributes, CK_ULONG count,
				struct naccs_error *err)
{
	naccs_auto(heap) CK_ULONG *room = calloc(count, sizeof *room);

	if (room == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("memory is short"));
	for (CK_ULONG i = 0; i < count; i++)
		room[i] = attributes[i].ulValueLen;
	CK_RV rv = store->module->C_GetAttributeValue(store->session, object, attributes, count);
	if (rv != CKR_OK && rv != CKR_ATTRIBUTE_TYPE_INVALID && rv != CKR_ATTRIBUTE_SENSITIVE && rv != CKR_BUFFER_TOO_SMALL)
		return fail_read(store, rv, err);
	/* Some modules stop at the first attribute that they lack and leave the lengths of the rest as they were: those are asked one by one. */
	for (CK_ULONG i = 0; rv != CKR_OK && i < count; i++) {
		attributes[i].ulValueLen = room[i];
		CK_RV one = store->module->C_GetAttributeValue(store->session, object, &attributes[i], 1);
		if (one != CKR_OK)
			attributes[i].ulValueLen = CK_UNAVAILABLE_INFORMATION;
		if (one == CKR_DEVICE_REMOVED || one == CKR_TOKEN_NOT_PRESENT || one == CKR_SESSION_HANDLE_INVALID || one == CKR_OBJECT_HANDLE_INVALID)
			return fail_read(store, one, err);
	}
	for (CK_ULONG i = 0; i < count; i++)
		if (attributes[i].ulValueLen != CK_UNAVAILABLE_INFORMATION && attributes[i].ulValueLen > room[i])
			attributes[i].ulValueLen = CK_UNAVAILABLE_INFORMATION;
	return NACCS_OK;
}

naccs_status pkcs11_object_destroy(const struct naccs_store *store, CK_OBJECT_HANDLE object, struct naccs_error *err)
{
	CK_RV rv = store->module->C_DestroyObject(store->session, object);

	if (rv == CKR_OK || rv == CKR_OBJECT_HANDLE_INVALID)
		return NACCS_OK;
	return pkcs11_fail(err, rv, _("cannot delete an object from the token %s"), store->label);
}

naccs_status pkcs11_object_set_id(const struct naccs_store *store, CK_OBJECT_HANDLE object, struct naccs_bytes id, struct naccs_error *err)
{
	CK_ATTRIBUTE attribute = {CKA_ID, (void *)(uintptr_t)id.data, id.length};
	CK_RV rv = store->module->C_SetAttributeValue(store->session, object, &attribute, 1);

	if (rv == CKR_OK)
		return NACCS_OK;
	return pkcs11_fail(err, rv, _("cannot give key and certificate on the token %s one id"), store->label);
}
