/* SPDX-License-Identifier: Apache-2.0 */
/* Why: say what an install would touch, and refuse here what can't work. Writes nothing. */
#include "nss.h"

#include <stdio.h>
#include <string.h>

struct plan {
	const struct naccs_store *store;
	const struct nss_contents *contents;
	naccs_part_sink *sink;
	void *context;
};

static naccs_status emit(const struct plan *plan, uint32_t role, uint32_t action, const char *identity, const char *before,
			 struct naccs_error *err)
{
	struct naccs_part part = {
		.size = sizeof part,
		.role = role,
		.action = action,
		.identity = identity,
		.before = {(const uint8_t *)before, before != NULL ? strlen(before) : 0},
	};

	if (identity == NULL)
		return nss_fail_memory(err);
	return plan->sink(plan->context, &part);
}

static naccs_status plan_folders(const struct plan *plan, struct naccs_error *err)
{
	const struct naccs_store *store = plan->store;
	naccs_status status = NACCS_OK;

	if (store->dir < 0)
		status = nss_folder_plan_parents(store, plan->sink, plan->context, err);
	if (status == NACCS_OK)
		status = emit(plan, NACCS_ROLE_FOLDER, store->dir < 0 ? NACCS_PART_CREATE : NACCS_PART_ADOPT, NSS_PART_HERE, NULL, err);
	if (status == NACCS_OK)
		status = emit(plan, NACCS_ROLE_FOLDER, store->slot == NULL ? NACCS_PART_CREATE : NACCS_PART_ADOPT, NSS_CERTIFICATES, NULL,
			      err);
	return status;
}

static naccs_status refuse_distrusted(const struct plan *plan, const struct nss_certificate *certificate, struct naccs_error *err)
{
	const struct nss_entry *entry = nss_contents_find(plan->contents, certificate->sha256);
	naccs_auto(heap) char *name = nss_certificate_name(certificate);

	(void)naccs_fail(err, NACCS_E_STORE_OPEN, 0, _("cannot install into %s: somebody has marked %s there as not to be trusted"),
			 plan->store->path, name != NULL ? name : "?");
	if (entry == NULL)
		return err->status;
	return naccs_error_hint(err, "certutil -M -d sql:%s -n '%s' -t ,,", plan->store->path, entry->label);
}

static naccs_status plan_trust(const struct plan *plan, const struct nss_certificate *certificate, CK_ATTRIBUTE_TYPE usage,
			       struct naccs_error *err)
{
	const struct nss_trust trust = nss_contents_trust(plan->contents, certificate);
	CK_TRUST now = nss_trust_for(&trust, usage);
	naccs_auto(heap) char *identity = nss_part_trust_identity(certificate->sha256, usage);
	char before[20];

	if (!trust.is_there)
		return emit(plan, NACCS_ROLE_TRUST, NACCS_PART_CREATE, identity, NULL, err);
	if (now == CKT_NSS_TRUSTED_DELEGATOR)
		return emit(plan, NACCS_ROLE_TRUST, NACCS_PART_ADOPT, identity, NULL, err);
	if (now == CKT_NSS_NOT_TRUSTED)
		return refuse_distrusted(plan, certificate, err);
	(void)snprintf(before, sizeof before, "%lx", (unsigned long)now);
	return emit(plan, NACCS_ROLE_TRUST, NACCS_PART_CHANGE, identity, before, err);
}

static naccs_status plan_certificate(const struct plan *plan, const struct nss_wanted *wanted, struct naccs_error *err)
{
	const struct nss_certificate *certificate = &wanted->certificate;
	bool is_there = nss_contents_find(plan->contents, certificate->sha256) != NULL;
	uint32_t role = wanted->is_client      ? NACCS_ROLE_CLIENT
			: certificate->is_root ? NACCS_ROLE_CLIENT_CA
					       : NACCS_ROLE_CLIENT_INTERMEDIATE;
	naccs_auto(heap) char *identity = naccs_hex(certificate->sha256, NACCS_SHA256_SIZE);
	naccs_status status = emit(plan, role, is_there ? NACCS_PART_ADOPT : NACCS_PART_CREATE, identity, NULL, err);

	if (status == NACCS_OK && wanted->wants_client_trust)
		status = plan_trust(plan, certificate, CKA_TRUST_CLIENT_AUTH, err);
	if (status == NACCS_OK && wanted->wants_server_trust)
		status = plan_trust(plan, certificate, CKA_TRUST_SERVER_AUTH, err);
	return status;
}

static naccs_status plan_key(const struct plan *plan, const struct nss_certificate *certificate, struct naccs_error *err)
{
	naccs_auto(heap) char *identity = naccs_hex(certificate->key_id.data, certificate->key_id.len);
	bool is_there = nss_contents_key(plan->contents, &certificate->key_id) != NULL;

	return emit(plan, NACCS_ROLE_CLIENT_KEY, is_there ? NACCS_PART_ADOPT : NACCS_PART_CREATE, identity, NULL, err);
}

naccs_status nss_plan(struct naccs_store *store, const struct naccs_installation *installation, naccs_part_sink *sink, void *context,
		      struct naccs_error *err)
{
	naccs_auto(nss_contents) struct nss_contents contents = {0};
	naccs_auto(nss_wanted) struct nss_wanted_list wanted = {0};
	const struct plan plan = {store, &contents, sink, context};
	naccs_status status = nss_wanted_read(store, installation, &wanted, err);

	if (status == NACCS_OK)
		status = nss_key_check(store, &wanted.items[wanted.count - 1].certificate, installation->private_key, err);
	if (status == NACCS_OK)
		status = nss_contents_read(store, &contents, err);
	if (status == NACCS_OK)
		status = plan_folders(&plan, err);
	for (size_t i = 0; i < wanted.count && status == NACCS_OK; i++) {
		if (wanted.items[i].is_client)
			status = plan_key(&plan, &wanted.items[i].certificate, err);
		if (status == NACCS_OK)
			status = plan_certificate(&plan, &wanted.items[i], err);
	}
	return status;
}
