/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: write what plan said. A token has no transaction and nothing that would mean "not yet": each object is there when its call returns. So the key
 * comes first and is proven, the client certificate, by which programs find it, comes last, and commit has nothing left to do.
 */
#include "pkcs11.h"

#include <string.h>

struct staging {
	struct naccs_store *store;
	const struct naccs_installation *installation;
	struct pkcs11_parts parts;
	struct pkcs11_plan plan;
};

/* The recorded part for what is wanted; the key's gives the id. */
static const struct naccs_part *find_part(struct staging *staging, const struct pkcs11_wanted *wanted)
{
	for (size_t i = 0; i < staging->parts.count; i++) {
		const struct naccs_part *part = &staging->parts.parts[i];
		uint8_t sha256[NACCS_SHA256_SIZE];
		struct pkcs11_id id;
		if (part->role != wanted->role || !pkcs11_identity_read(part, &id, sha256) || memcmp(sha256, wanted->sha256, sizeof sha256) != 0)
			continue;
		if (part->role == NACCS_ROLE_CLIENT_KEY)
			staging->plan.id = id;
		return part;
	}
	return NULL;
}

static naccs_status change_key_id(struct staging *staging, const struct pkcs11_id *from, struct naccs_error *err)
{
	const struct naccs_store *store = staging->store;
	struct naccs_bytes to = {staging->plan.id.bytes, staging->plan.id.length};
	naccs_auto(pkcs11_keys) struct pkcs11_keys keys = {0};
	enum pkcs11_match match;
	naccs_status status = pkcs11_keys_read(store, &keys, err);
	const struct pkcs11_key *key = status == NACCS_OK ? pkcs11_keys_find(&keys, &staging->plan.public_key, from, &match) : NULL;

	if (status == NACCS_OK && key == NULL)
		return naccs_fail(err, NACCS_E_STORE_DAMAGED, 0, _("the private key that was on the token %s is gone"), store->label);
	return status == NACCS_OK ? pkcs11_object_set_id(store, key->handle, to, err) : status;
}

static naccs_status change_certificate_id(struct staging *staging, const struct pkcs11_wanted *wanted, struct naccs_error *err)
{
	const struct naccs_store *store = staging->store;
	struct naccs_bytes to = {staging->plan.id.bytes, staging->plan.id.length};
	naccs_auto(pkcs11_certificates) struct pkcs11_certificates certificates = {0};
	naccs_status status = pkcs11_certificates_read(store, &certificates, err);
	const struct pkcs11_certificate *there = status == NACCS_OK ? pkcs11_certificates_find(&certificates, wanted->sha256, NULL) : NULL;

	if (status == NACCS_OK && there == NULL)
		return naccs_fail(err, NACCS_E_STORE_DAMAGED, 0, _("the certificate that was on the token %s is gone"), store->label);
	return status == NACCS_OK ? pkcs11_object_set_id(store, there->handle, to, err) : status;
}

static naccs_status create_key(struct staging *staging, struct naccs_error *err)
{
	struct naccs_store *store = staging->store;
	const struct pkcs11_plan *plan = &staging->plan;
	CK_OBJECT_HANDLE key;
	naccs_status status = pkcs11_key_create(store, staging->installation, &plan->public_key, &plan->id, plan->label, &key, err);

	if (status == NACCS_OK)
		status = pkcs11_key_check_created(store, key, &plan->id, err);
	if (status == NACCS_OK) {
		status = pkcs11_prove(store, key, false, plan->certificate, err);
		if (status != NACCS_OK)
			(void)naccs_error_prefix(err, _("the token took the private key, but it is of no use there"));
	}
	if (status == NACCS_OK)
		pkcs11_warn_of_wrapping(store, key);
	return status;
}

/* The name that people know a CA by: CN, else OU (RootCA2 has no CN), else O. */
static char *name_of(X509 *certificate)
{
	static const int nids[] = {NID_commonName, NID_organizationalUnitName, NID_organizationName};
	const X509_NAME *subject = X509_get_subject_name(certificate);
	unsigned char *text = NULL;
	char *name = NULL;

	for (size_t i = 0; i < sizeof nids / sizeof *nids && name == NULL; i++) {
		int at = X509_NAME_get_index_by_NID(subject, nids[i], -1);
		int length = at < 0 ? -1 : ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
		if (length < 0)
			continue;
		name = naccs_text_printable((const char *)text, (size_t)length);
		OPENSSL_free(text);
		text = NULL;
	}
	return name != NULL ? name : strdup("CA");
}

static naccs_status create_ca(struct staging *staging, const struct pkcs11_wanted *wanted, struct naccs_error *err)
{
	struct naccs_store *store = staging->store;
	naccs_auto(x509) X509 *certificate = NULL;
	struct pkcs11_id id = {.length = PKCS11_ID_SIZE};
	naccs_status status = pkcs11_certificate_decode(store, wanted->der, &certificate, err);

	if (status != NACCS_OK)
		return status;
	const ASN1_BIT_STRING *bits = X509_get0_pubkey_bitstr(certificate);
	naccs_auto(heap) char *label = name_of(certificate);
	if (label == NULL || !pkcs11_digest(store, "SHA1", (struct naccs_bytes){bits->data, (size_t)bits->length}, id.bytes))
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("memory is short"));
	return pkcs11_certificate_create(store, wanted->der, wanted->kind, &id, label, err);
}

static naccs_status stage_one(struct staging *staging, const struct pkcs11_wanted *wanted, struct naccs_error *err)
{
	const struct naccs_part *part = find_part(staging, wanted);
	bool is_key = wanted->role == NACCS_ROLE_CLIENT_KEY;

	if (part == NULL)
		return naccs_fail(err, NACCS_E_USAGE, 0, _("cannot install into the token %s: the parts are not those of this certificate"),
				  staging->store->label);
	if (part->action == NACCS_PART_ADOPT)
		return NACCS_OK;
	if (staging->store->host->cancelled(staging->store->host->context))
		return naccs_fail(err, NACCS_E_CANCELLED, 0, _("the install into the token %s was stopped"), staging->store->label);
	if (part->action == NACCS_PART_CHANGE) {
		struct pkcs11_id from = {.length = part->before.length <= PKCS11_ID_LIMIT ? part->before.length : 0};
		if (from.length > 0)
			memcpy(from.bytes, part->before.data, from.length);
		return is_key ? change_key_id(staging, &from, err) : change_certificate_id(staging, wanted, err);
	}
	if (is_key)
		return create_key(staging, err);
	if (wanted->role != NACCS_ROLE_CLIENT)
		return create_ca(staging, wanted, err);
	return pkcs11_certificate_create(staging->store, wanted->der, PKCS11_CLIENT, &staging->plan.id, staging->plan.label, err);
}

naccs_status pkcs11_stage(struct naccs_store *store, const struct naccs_installation *installation, const struct naccs_part *parts,
			  size_t part_count, struct naccs_error *err)
{
	struct staging staging = {.store = store, .installation = installation, .parts = {parts, part_count}};
	naccs_status status = pkcs11_check_write(store, err);

	if (status == NACCS_OK)
		status = pkcs11_want(store, installation, &staging.plan, err);
	if (status != NACCS_OK)
		return status;
	store->signer = (struct pkcs11_signer){0};
	for (size_t i = 0; i < staging.plan.count && status == NACCS_OK; i++)
		status = stage_one(&staging, &staging.plan.part[i], err);
	pkcs11_plan_clear(&staging.plan);
	if (status == NACCS_OK)
		return status;
	struct naccs_error undo = {0};
	if (pkcs11_undo(store, &staging.parts, &undo) != NACCS_OK)
		(void)naccs_error_hint(err, _("undoing what was written failed too: %s"), undo.message);
	return status;
}

/* stage has done it all. */
naccs_status pkcs11_commit(struct naccs_store *store, const struct naccs_installation *installation, const struct naccs_part *parts,
			   size_t part_count, struct naccs_error *err)
{
	(void)installation;
	(void)parts;
	(void)part_count;
	return pkcs11_check_write(store, err);
}
