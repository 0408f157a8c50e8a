/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: everything as it was, from whatever point, as often as asked; and the check whether everything is there. Both look at what lies in
 * the stores, not at how far a run thinks it came. Taking an install away is the same as undoing it: only its own parts come here.
 */
#include "winstore.h"

#include <string.h>

/* A root that goes as a whole needs no limits any more, and each change of it may cost a question. */
static bool is_deleted_too(const struct win_part *part, const struct naccs_part *parts, size_t count)
{
	naccs_auto(heap) char *identity = naccs_hex(part->sha256, NACCS_SHA256_SIZE);

	return identity != NULL && win_parts_have(parts, count, NACCS_ROLE_CLIENT_CA, identity, NACCS_PART_CREATE);
}

static naccs_status undo_certificate(const struct naccs_store *store, const struct win_contents *contents, const struct win_part *part,
				     struct naccs_error *err)
{
	const struct win_entry *entry = win_contents_find(contents, part->place, part->sha256);

	if (entry == NULL || !entry->is_own)
		return NACCS_OK;
	if (part->action == NACCS_PART_CHANGE)
		return win_restore(store, part->sha256, part->before, err);
	if (part->place == WIN_ROOT)
		win_announce(store, &entry->certificate, false);
	naccs_status status = win_delete(store, part->place, part->sha256, err);
	if (status == NACCS_E_CA_REFUSED)
		(void)naccs_error_hint(err, _("Windows asked whether to delete a root, and the answer was No. Run it again and say Yes."));
	return status;
}

static naccs_status undo_key(const struct naccs_store *store, const struct win_contents *contents, const struct win_part *part,
			     struct naccs_error *err)
{
	/* Another certificate for the same key has come meanwhile. */
	for (size_t i = 0; i < contents->count; i++) {
		const struct win_entry *entry = &contents->entries[i];
		struct win_key key;
		struct naccs_error ignored = {0};
		if (entry->place == WIN_MY && entry->has_key && win_key_of(store, &entry->certificate, &key, &ignored) == NACCS_OK &&
		    strcmp(key.hex, part->key.hex) == 0)
			return NACCS_OK;
	}
	return win_key_delete(store, &part->key, err);
}

static naccs_status undo_part(const struct naccs_store *store, const struct naccs_part *recorded, const struct naccs_part *parts,
			      size_t count, struct naccs_error *err)
{
	naccs_auto(win_contents) struct win_contents contents = {0};
	struct win_part part;

	if (!win_part_read(recorded, &part))
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("the part \"%s\" of %s is none of a Windows store"), recorded->identity,
				  store->uri);
	if (part.action == NACCS_PART_ADOPT)
		return NACCS_OK;
	if (part.kind == WIN_PART_TRUST)
		return is_deleted_too(&part, parts, count) ? NACCS_OK : win_limit(store, part.sha256, part.usage, false, err);
	naccs_status status = win_contents_read(store, &contents, err);
	if (status != NACCS_OK)
		return status;
	return part.kind == WIN_PART_KEY ? undo_key(store, &contents, &part, err) : undo_certificate(store, &contents, &part, err);
}

/* The client certificate first, so that none is met whose key is gone; then in the reverse of the order of writing. */
naccs_status win_undo(struct naccs_store *store, const struct naccs_part *parts, size_t count, struct naccs_error *err)
{
	naccs_status status = NACCS_OK;

	for (size_t i = count; i > 0 && status == NACCS_OK; i--)
		status = undo_part(store, &parts[i - 1], parts, count, err);
	return status;
}

static bool is_there(const struct naccs_store *store, const struct win_contents *contents, const struct win_part *part)
{
	const struct win_entry *entry =
		part->kind != WIN_PART_KEY
			? win_contents_find(contents, part->kind == WIN_PART_TRUST ? WIN_ROOT : part->place, part->sha256)
			: NULL;

	switch (part->kind) {
	case WIN_PART_CERTIFICATE:
		return entry != NULL && (part->place != WIN_MY || entry->has_key);
	case WIN_PART_TRUST:
		return entry != NULL && (entry->usages & part->usage) != 0;
	default:
		return part->action == NACCS_PART_ADOPT || win_key_exists(store, &part->key);
	}
}

static naccs_status check_complete(const struct naccs_store *store, const struct naccs_part *parts, size_t count, struct naccs_error *err)
{
	naccs_auto(win_contents) struct win_contents contents = {0};
	naccs_status status = win_contents_read(store, &contents, err);

	for (size_t i = 0; i < count && status == NACCS_OK; i++) {
		struct win_part part;
		if (win_part_read(&parts[i], &part) && is_there(store, &contents, &part))
			continue;
		win_log(store, "%s lacks part %s of role %u", store->uri, parts[i].identity, parts[i].role);
		return naccs_fail(err, NACCS_E_STORE_DAMAGED, 0, _("cannot complete an install into %s: what was staged is not whole"),
				  store->uri);
	}
	return status;
}

naccs_status win_commit(struct naccs_store *store, const struct naccs_installation *installation, const struct naccs_part *parts,
			size_t part_count, struct naccs_error *err)
{
	naccs_status status = win_check_write(store, err);

	(void)installation;
	return status == NACCS_OK ? check_complete(store, parts, part_count, err) : status;
}

naccs_status win_abort(struct naccs_store *store, const struct naccs_part *parts, size_t part_count, struct naccs_error *err)
{
	naccs_status status = win_check_write(store, err);

	return status == NACCS_OK ? win_undo(store, parts, part_count, err) : status;
}

naccs_status win_recover(struct naccs_store *store, enum naccs_recovery direction, const struct naccs_part *parts, size_t part_count,
			 struct naccs_error *err)
{
	naccs_status status = win_check_write(store, err);

	if (status != NACCS_OK)
		return status;
	return direction == NACCS_RECOVERY_FINISH ? check_complete(store, parts, part_count, err) : win_undo(store, parts, part_count, err);
}

naccs_status win_remove(struct naccs_store *store, const struct naccs_part *parts, size_t part_count, struct naccs_error *err)
{
	return win_abort(store, parts, part_count, err);
}
