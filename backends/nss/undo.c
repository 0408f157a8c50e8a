/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: everything as it was, from whatever point, as often as asked; and the check whether everything is there. Both look at what lies in
 * the database, not at how far a run thinks it came. Taking an install away is the same as undoing it: only its own parts come here.
 */
#include "nss.h"

#include <string.h>

static naccs_status undo_trust(const struct naccs_store *store, const struct nss_contents *contents, const struct nss_part *part,
			       struct naccs_error *err)
{
	const struct nss_entry *entry = nss_contents_find(contents, part->sha256);
	struct nss_trust trust = entry != NULL ? entry->trust : (struct nss_trust){.is_there = false};

	if (!trust.is_there || nss_trust_for(&trust, part->usage) != CKT_NSS_TRUSTED_DELEGATOR)
		return NACCS_OK; /* not set, or set to something else by somebody since */
	if (part->action == NACCS_PART_CHANGE)
		return nss_object_change_trust(store, trust.handle, part->usage, part->before, err);
	CK_TRUST other = part->usage == CKA_TRUST_SERVER_AUTH ? trust.client : trust.server;
	if (trust.has_other || other == CKT_NSS_TRUSTED_DELEGATOR || other == CKT_NSS_TRUSTED)
		return nss_object_change_trust(store, trust.handle, part->usage, CKT_NSS_MUST_VERIFY_TRUST, err);
	return nss_object_delete(store, trust.handle, _("trust in a CA"), err);
}

/* A record that we made for a certificate that we brought: nothing is left to be said of it. */
static bool is_record_ours(const struct naccs_part *parts, size_t count, const uint8_t sha256[NACCS_SHA256_SIZE])
{
	static const CK_ATTRIBUTE_TYPE usages[] = {CKA_TRUST_CLIENT_AUTH, CKA_TRUST_SERVER_AUTH};

	for (size_t i = 0; i < sizeof usages / sizeof *usages; i++) {
		naccs_auto(heap) char *identity = nss_part_trust_identity(sha256, usages[i]);
		if (identity != NULL && nss_parts_have(parts, count, NACCS_ROLE_TRUST, identity, NACCS_PART_CREATE))
			return true;
	}
	return false;
}

static naccs_status undo_certificate(const struct naccs_store *store, const struct nss_contents *contents, const struct nss_part *part,
				     const struct naccs_part *parts, size_t count, struct naccs_error *err)
{
	const struct nss_entry *entry = nss_contents_find(contents, part->sha256);
	naccs_status status = NACCS_OK;

	if (entry == NULL)
		return NACCS_OK;
	if (entry->trust.is_there && is_record_ours(parts, count, part->sha256))
		status = nss_object_delete(store, entry->trust.handle, _("trust in a CA"), err);
	return status == NACCS_OK ? nss_object_delete(store, entry->handle, entry->label, err) : status;
}

static naccs_status undo_key(const struct naccs_store *store, const struct nss_contents *contents, const struct nss_part *part,
			     struct naccs_error *err)
{
	const struct nss_key *key = nss_contents_key(contents, &part->key_id);

	/* Another certificate for the same key has come meanwhile. */
	for (size_t i = 0; i < contents->count; i++) {
		if (SECITEM_ItemsAreEqual(&contents->entries[i].certificate.key_id, &part->key_id))
			return NACCS_OK;
	}
	return key != NULL ? nss_object_delete(store, key->handle, _("the private key"), err) : NACCS_OK;
}

static naccs_status undo_object(const struct naccs_store *store, const struct nss_part *part, const struct naccs_part *parts, size_t count,
				struct naccs_error *err)
{
	naccs_auto(nss_contents) struct nss_contents contents = {0};

	if (part->action == NACCS_PART_ADOPT || part->kind == NSS_PART_FOLDER || part->kind == NSS_PART_DATABASE)
		return NACCS_OK;
	naccs_status status = nss_contents_read(store, &contents, err);
	if (status != NACCS_OK)
		return status;
	switch (part->kind) {
	case NSS_PART_TRUST:
		return undo_trust(store, &contents, part, err);
	case NSS_PART_CERTIFICATE:
		return undo_certificate(store, &contents, part, parts, count, err);
	case NSS_PART_KEY:
		return undo_key(store, &contents, part, err);
	default:
		return NACCS_OK;
	}
}

/* The client certificate first, so that none is met whose key is gone; then in the reverse of the order of writing. */
static naccs_status undo_objects(const struct naccs_store *store, const struct naccs_part *parts, size_t count, struct naccs_error *err)
{
	naccs_status status = NACCS_OK;

	for (size_t i = count; i > 0 && status == NACCS_OK && store->slot != NULL; i--) {
		struct nss_part part;
		if (!nss_part_read(&parts[i - 1], &part))
			return naccs_fail(err, NACCS_E_INTERNAL, 0, _("the part \"%s\" of %s is none of an NSS database"),
					  parts[i - 1].identity, store->path);
		status = undo_object(store, &part, parts, count, err);
		for (bool has_waited = true; status == NACCS_E_STORE_IO && has_waited;) {
			if (nss_wait_for_others(store, &has_waited, err) != NACCS_OK)
				return err->status;
			if (has_waited)
				status = undo_object(store, &part, parts, count, err);
		}
	}
	return status;
}

/* An empty database that we made goes, with its folder. NSS has to let go of it for that. */
static naccs_status undo_database(struct naccs_store *store, const struct naccs_part *parts, size_t count, struct naccs_error *err)
{
	enum nss_files files = NSS_FILES_MISSING;
	naccs_status status = NACCS_OK;

	nss_session_stop(store);
	if (store->dir >= 0)
		status = nss_files_remove(store, err);
	if (status == NACCS_OK)
		status = nss_folder_remove(store, parts, count, err);
	if (status == NACCS_OK)
		status = nss_files_look(store, &files, err);
	return status == NACCS_OK ? nss_session_start(store, files == NSS_FILES_THERE, err) : status;
}

naccs_status nss_undo(struct naccs_store *store, const struct naccs_part *parts, size_t count, struct naccs_error *err)
{
	bool has_made = nss_parts_have(parts, count, NACCS_ROLE_FOLDER, NSS_CERTIFICATES, NACCS_PART_CREATE) ||
			nss_parts_have(parts, count, NACCS_ROLE_FOLDER, NSS_PART_HERE, NACCS_PART_CREATE);

	store->is_staged = false;
	if (store->has_lost_race) /* what lies there is another program's */
		return store->context == NULL ? nss_session_start(store, false, err) : NACCS_OK;
	naccs_status status = undo_objects(store, parts, count, err);
	return status == NACCS_OK && has_made ? undo_database(store, parts, count, err) : status;
}

static bool is_there(const struct nss_contents *contents, const struct nss_part *part)
{
	const struct nss_entry *entry = nss_contents_find(contents, part->sha256);

	switch (part->kind) {
	case NSS_PART_CERTIFICATE:
		return entry != NULL;
	case NSS_PART_TRUST:
		return entry != NULL && nss_trust_for(&entry->trust, part->usage) == CKT_NSS_TRUSTED_DELEGATOR;
	case NSS_PART_KEY:
		return nss_contents_key(contents, &part->key_id) != NULL;
	default:
		return true;
	}
}

static naccs_status check_complete(const struct naccs_store *store, const struct naccs_part *parts, size_t count, struct naccs_error *err)
{
	naccs_auto(nss_contents) struct nss_contents contents = {0};
	naccs_status status = nss_contents_read(store, &contents, err);

	for (size_t i = 0; i < count && status == NACCS_OK; i++) {
		struct nss_part part;
		if (store->slot == NULL || !nss_part_read(&parts[i], &part) || !is_there(&contents, &part))
			return naccs_fail(err, NACCS_E_STORE_DAMAGED, 0,
					  _("cannot complete an install into %s: what was staged is not whole"), store->path);
	}
	return status;
}

naccs_status nss_commit(struct naccs_store *store, const struct naccs_installation *installation, const struct naccs_part *parts,
			size_t part_count, struct naccs_error *err)
{
	naccs_status status = nss_check_write(store, err);

	(void)installation;
	if (status == NACCS_OK && !store->is_staged)
		status = check_complete(store, parts, part_count, err);
	return status;
}

naccs_status nss_abort(struct naccs_store *store, const struct naccs_part *parts, size_t part_count, struct naccs_error *err)
{
	naccs_status status = nss_check_write(store, err);

	return status == NACCS_OK ? nss_undo(store, parts, part_count, err) : status;
}

naccs_status nss_recover(struct naccs_store *store, enum naccs_recovery direction, const struct naccs_part *parts, size_t part_count,
			 struct naccs_error *err)
{
	naccs_status status = nss_check_write(store, err);

	if (status != NACCS_OK)
		return status;
	if (direction == NACCS_RECOVERY_FINISH)
		status = check_complete(store, parts, part_count, err);
	else
		status = nss_undo(store, parts, part_count, err);
	return status == NACCS_OK ? nss_files_sweep(store, err) : status;
}

naccs_status nss_remove(struct naccs_store *store, const struct naccs_part *parts, size_t part_count, struct naccs_error *err)
{
	return nss_abort(store, parts, part_count, err);
}
