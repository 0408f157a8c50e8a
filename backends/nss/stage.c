/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: write what plan said, one durable object after the other, the client certificate last. NSS has no way to hide what is written: so
 * nothing is pending, and commit has nothing left to do. Whatever fails, what was written is taken back before the call returns.
 */
#include "nss.h"

#include <string.h>

#define TRIES 20

struct staging {
	struct naccs_store *store;
	const struct naccs_installation *installation;
	const struct naccs_part *parts;
	size_t part_count;
	struct nss_contents contents; /* before the first write */
	struct nss_wanted_list wanted;
	char **labels; /* one for each wanted */
};

static bool has_action(const struct staging *staging, uint32_t role, const char *identity, uint32_t action)
{
	return identity != NULL && nss_parts_have(staging->parts, staging->part_count, role, identity, action);
}

/* Names are settled before anything is written. */
static naccs_status find_labels(struct staging *staging, struct naccs_error *err)
{
	naccs_auto(heap) char *client = nss_nickname_wanted(staging->installation);

	staging->labels = calloc(staging->wanted.count, sizeof *staging->labels);
	if (client == NULL || staging->labels == NULL)
		return nss_fail_memory(err);
	for (size_t i = 0; i < staging->wanted.count; i++) {
		const struct nss_wanted *wanted = &staging->wanted.items[i];
		staging->labels[i] =
			nss_nickname_for(&staging->contents, &wanted->certificate, wanted->is_client ? client : NULL, wanted->is_client);
		if (staging->labels[i] == NULL)
			return nss_fail_memory(err);
	}
	return NACCS_OK;
}

/* Two CAs of this installation with one name and two subjects. */
static naccs_status separate_labels(struct staging *staging, struct naccs_error *err)
{
	for (size_t i = 0; i < staging->wanted.count; i++) {
		for (size_t j = 0, number = 2; j < i; j++) {
			const CERTCertificate *a = staging->wanted.items[i].certificate.decoded,
					      *b = staging->wanted.items[j].certificate.decoded;
			if (strcmp(staging->labels[i], staging->labels[j]) != 0 || SECITEM_ItemsAreEqual(&a->derSubject, &b->derSubject))
				continue;
			char *numbered = naccs_format("%s (%zu)", staging->labels[i], number++);
			if (numbered == NULL)
				return nss_fail_memory(err);
			free(staging->labels[i]);
			staging->labels[i] = numbered;
			j = 0;
		}
	}
	return NACCS_OK;
}

static naccs_status write_trust(const struct staging *staging, const struct nss_wanted *wanted, struct naccs_error *err)
{
	static const CK_ATTRIBUTE_TYPE usages[] = {CKA_TRUST_CLIENT_AUTH, CKA_TRUST_SERVER_AUTH};
	const struct nss_trust trust = nss_contents_trust(&staging->contents, &wanted->certificate);
	naccs_status status = NACCS_OK;

	if (!trust.is_there && (wanted->wants_server_trust || wanted->wants_client_trust))
		return nss_object_put_trust(staging->store, &wanted->certificate, wanted->wants_server_trust, wanted->wants_client_trust,
					    err);
	for (size_t i = 0; i < sizeof usages / sizeof *usages && status == NACCS_OK; i++) {
		naccs_auto(heap) char *identity = nss_part_trust_identity(wanted->certificate.sha256, usages[i]);
		if (has_action(staging, NACCS_ROLE_TRUST, identity, NACCS_PART_CHANGE))
			status = nss_object_change_trust(staging->store, trust.handle, usages[i], CKT_NSS_TRUSTED_DELEGATOR, err);
	}
	return status;
}

static naccs_status write_one(const struct staging *staging, size_t index, struct naccs_error *err)
{
	const struct nss_wanted *wanted = &staging->wanted.items[index];
	const struct nss_certificate *certificate = &wanted->certificate;
	const char *label = staging->labels[index];
	naccs_status status = NACCS_OK;

	if (wanted->is_client && nss_contents_key(&staging->contents, &certificate->key_id) == NULL)
		status = nss_object_put_key(staging->store, certificate, staging->installation->private_key, label, err);
	if (status == NACCS_OK && nss_contents_find(&staging->contents, certificate->sha256) == NULL)
		status = nss_object_put_certificate(staging->store, certificate, label, err);
	return status == NACCS_OK ? write_trust(staging, wanted, err) : status;
}

/* Another program may be writing just now: wait for it, and do it again. What is there already is written over by the same. */
static naccs_status write_with_patience(const struct staging *staging, size_t index, struct naccs_error *err)
{
	naccs_status status = write_one(staging, index, err);

	for (int i = 0; i < TRIES && status != NACCS_OK; i++) {
		struct naccs_error busy = {0};
		bool has_waited = false;
		if (nss_wait_for_others(staging->store, &has_waited, &busy) != NACCS_OK) {
			*err = busy;
			return busy.status;
		}
		if (!has_waited)
			break;
		*err = (struct naccs_error){0};
		status = write_one(staging, index, err);
	}
	return status;
}

static naccs_status make_database(struct naccs_store *store, struct naccs_error *err)
{
	naccs_status status = NACCS_OK;

	nss_session_stop(store);
	if (store->dir < 0)
		status = nss_folder_make(store, err);
	if (status == NACCS_OK)
		status = nss_files_make(store, err);
	return status == NACCS_OK ? nss_session_start(store, true, err) : status;
}

static naccs_status stage(struct staging *staging, struct naccs_error *err)
{
	struct naccs_store *store = staging->store;
	naccs_status status = NACCS_OK;

	if (store->slot == NULL)
		status = make_database(store, err);
	if (status == NACCS_OK && PK11_NeedUserInit(store->slot) && PK11_InitPin(store->slot, NULL, "") != SECSuccess)
		status = nss_fail_write(store, err, _("cannot set up the NSS database %s"), store->path);
	if (status == NACCS_OK)
		status = nss_contents_read(store, &staging->contents, err);
	if (status == NACCS_OK)
		status = nss_wanted_read(store, staging->installation, &staging->wanted, err);
	if (status == NACCS_OK)
		status = find_labels(staging, err);
	if (status == NACCS_OK)
		status = separate_labels(staging, err);
	for (size_t i = 0; i < staging->wanted.count && status == NACCS_OK; i++)
		status = write_with_patience(staging, i, err);
	return status;
}

naccs_status nss_stage(struct naccs_store *store, const struct naccs_installation *installation, const struct naccs_part *parts,
		       size_t part_count, struct naccs_error *err)
{
	struct staging staging = {.store = store, .installation = installation, .parts = parts, .part_count = part_count};
	naccs_status status = nss_check_write(store, err);

	if (status != NACCS_OK)
		return status;
	status = stage(&staging, err);
	for (size_t i = 0; staging.labels != NULL && i < staging.wanted.count; i++)
		free(staging.labels[i]);
	free(staging.labels);
	nss_wanted_free(&staging.wanted);
	nss_contents_free(&staging.contents);
	store->is_staged = status == NACCS_OK;
	if (status == NACCS_OK)
		return NACCS_OK;
	struct naccs_error undo = {0};
	if (nss_undo(store, parts, part_count, &undo) != NACCS_OK)
		(void)naccs_error_hint(err, _("taking back what was written failed too: %s"), undo.message);
	return status;
}
