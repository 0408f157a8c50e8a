/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the ledger in memory: entries, parts, who shares what. See ledger.h; its file is ledger_file.c. */
#include "ledger.h"

#include "text.h"

#include <stdlib.h>
#include <string.h>

static naccs_status fail_memory(struct naccs_error *err)
{
	return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
}

static naccs_status parts_append(struct naccs_parts *parts, uint32_t role, uint32_t action, const char *identity, struct naccs_bytes before,
				 struct naccs_error *err)
{
	struct naccs_ledger_part *items = reallocarray(parts->items, parts->count + 1, sizeof *items);
	struct naccs_ledger_part *item;

	if (items == NULL)
		return fail_memory(err);
	parts->items = items;
	item = &items[parts->count];
	*item = (struct naccs_ledger_part){.role = role, .action = action, .identity = strdup(identity)};
	if (item->identity == NULL)
		return fail_memory(err);
	parts->count++;
	return naccs_blob_set(&item->before, before.data, before.length, err);
}

naccs_status naccs_parts_collect(void *context, const struct naccs_part *part)
{
	struct naccs_parts *parts = context;

	if (part->identity == NULL || part->before.length > (size_t)64 * 1024 || parts->count >= 1000)
		return NACCS_E_INTERNAL;
	if (part->action < NACCS_PART_CREATE || part->action > NACCS_PART_CHANGE)
		return NACCS_E_INTERNAL;
	if (naccs_parts_find(parts, part->role, part->identity) != NULL)
		return NACCS_E_INTERNAL;
	return parts_append(parts, part->role, part->action, part->identity, part->before, NULL);
}

void naccs_parts_clear(struct naccs_parts *parts)
{
	for (size_t i = 0; i < parts->count; i++) {
		free(parts->items[i].identity);
		naccs_blob_clear(&parts->items[i].before);
	}
	free(parts->items);
	*parts = (struct naccs_parts){0};
}

static struct naccs_part part_view(const struct naccs_ledger_part *item)
{
	return (struct naccs_part){
		.size = sizeof(struct naccs_part),
		.role = item->role,
		.action = item->action,
		.identity = item->identity,
		.before = naccs_blob_bytes(&item->before),
	};
}

struct naccs_part *naccs_parts_view(const struct naccs_parts *parts)
{
	struct naccs_part *view = calloc(parts->count + 1, sizeof *view);

	for (size_t i = 0; view != NULL && i < parts->count; i++)
		view[i] = part_view(&parts->items[i]);
	return view;
}

const struct naccs_ledger_part *naccs_parts_find(const struct naccs_parts *parts, uint32_t role, const char *identity)
{
	for (size_t i = 0; i < parts->count; i++)
		if (parts->items[i].role == role && strcmp(parts->items[i].identity, identity) == 0)
			return &parts->items[i];
	return NULL;
}

bool naccs_parts_change_nothing(const struct naccs_parts *parts)
{
	for (size_t i = 0; i < parts->count; i++)
		if (parts->items[i].action != NACCS_PART_ADOPT)
			return false;
	return true;
}

static void former_free(struct naccs_ledger_entry *entry)
{
	if (entry->former != NULL)
		naccs_ledger_entry_clear(entry->former);
	free(entry->former);
	entry->former = NULL;
}

void naccs_ledger_entry_clear(struct naccs_ledger_entry *entry)
{
	free(entry->store);
	free(entry->wish);
	free(entry->sha256);
	free(entry->serial);
	free(entry->subject);
	free(entry->common_name);
	free(entry->terminal);
	free(entry->group);
	free(entry->pin_file);
	naccs_blob_clear(&entry->client_ca);
	for (size_t i = 0; i < entry->anchor_count; i++)
		naccs_blob_clear(&entry->anchors[i]);
	free(entry->anchors);
	naccs_parts_clear(&entry->parts);
	former_free(entry);
	*entry = (struct naccs_ledger_entry){0};
}

void naccs_ledger_free(struct naccs_ledger *ledger)
{
	if (ledger == NULL)
		return;
	for (size_t i = 0; i < ledger->count; i++)
		naccs_ledger_entry_clear(&ledger->entries[i]);
	free(ledger->entries);
	free(ledger);
}

const char *naccs_ledger_entry_later(const struct naccs_ledger_entry *entry)
{
	return entry->wish != NULL ? entry->wish : entry->store;
}

struct naccs_ledger_entry *naccs_ledger_find(const struct naccs_ledger *ledger, const char *store, const char *sha256)
{
	for (size_t i = 0; i < ledger->count; i++)
		if (strcmp(ledger->entries[i].store, store) == 0 && strcmp(ledger->entries[i].sha256, sha256) == 0)
			return &ledger->entries[i];
	return NULL;
}

naccs_status naccs_ledger_add(struct naccs_ledger *ledger, struct naccs_ledger_entry **ret, struct naccs_error *err)
{
	struct naccs_ledger_entry *entries = reallocarray(ledger->entries, ledger->count + 1, sizeof *entries);

	if (entries == NULL)
		return fail_memory(err);
	ledger->entries = entries;
	entries[ledger->count] = (struct naccs_ledger_entry){0};
	*ret = &entries[ledger->count++];
	return NACCS_OK;
}

void naccs_ledger_drop(struct naccs_ledger *ledger, struct naccs_ledger_entry *entry)
{
	size_t index = (size_t)(entry - ledger->entries);

	naccs_ledger_entry_clear(entry);
	memmove(entry, entry + 1, (ledger->count - index - 1) * sizeof *entry);
	ledger->count--;
}

/* The same part as some other entry of this store holds it, with a claim of ours (made or changed by us). */
static const struct naccs_ledger_part *claim_elsewhere(const struct naccs_ledger *ledger, const struct naccs_ledger_entry *entry,
						       const struct naccs_ledger_part *part)
{
	for (size_t i = 0; i < ledger->count; i++) {
		const struct naccs_ledger_entry *other = &ledger->entries[i];
		const struct naccs_ledger_part *found;

		if (other == entry || strcmp(other->store, entry->store) != 0)
			continue;
		found = naccs_parts_find(&other->parts, part->role, part->identity);
		if (found != NULL && found->action != NACCS_PART_ADOPT)
			return found;
	}
	return NULL;
}

naccs_status naccs_ledger_settle(const struct naccs_ledger *ledger, struct naccs_ledger_entry *entry, struct naccs_error *err)
{
	for (size_t i = 0; i < entry->parts.count; i++) {
		struct naccs_ledger_part *part = &entry->parts.items[i];
		/* What this certificate's former parts say is the older truth, whatever a repair found. */
		const struct naccs_ledger_part *claim =
			entry->former != NULL ? naccs_parts_find(&entry->former->parts, part->role, part->identity) : NULL;
		naccs_status status;

		if (claim == NULL || claim->action == NACCS_PART_ADOPT) {
			if (part->action != NACCS_PART_ADOPT || part->role == NACCS_ROLE_CURRENT)
				continue;
			claim = claim_elsewhere(ledger, entry, part);
		}
		if (claim == NULL)
			continue;
		part->action = claim->action;
		status = naccs_blob_set(&part->before, claim->before.data, claim->before.length, err);
		if (status != NACCS_OK)
			return status;
	}
	former_free(entry);
	entry->state = NACCS_LEDGER_INSTALLED;
	return NACCS_OK;
}

void naccs_ledger_forget(struct naccs_ledger *ledger, struct naccs_ledger_entry *entry)
{
	struct naccs_ledger_entry *former = entry->former;

	if (former == NULL) {
		naccs_ledger_drop(ledger, entry);
		return;
	}
	entry->former = NULL;
	naccs_ledger_entry_clear(entry);
	*entry = *former;
	free(former);
	entry->state = NACCS_LEDGER_INSTALLED;
}

static bool is_used_elsewhere(const struct naccs_ledger *ledger, const struct naccs_ledger_entry *entry, const struct naccs_ledger_part *part)
{
	for (size_t i = 0; i < ledger->count; i++) {
		const struct naccs_ledger_entry *other = &ledger->entries[i];

		if (other != entry && strcmp(other->store, entry->store) == 0 &&
		    naccs_parts_find(&other->parts, part->role, part->identity) != NULL)
			return true;
	}
	return false;
}

naccs_status naccs_ledger_unshared(const struct naccs_ledger *ledger, const struct naccs_ledger_entry *entry, struct naccs_part **ret,
				   size_t *ret_count, struct naccs_error *err)
{
	struct naccs_part *view = calloc(entry->parts.count + 1, sizeof *view);
	size_t count = 0;

	if (view == NULL)
		return fail_memory(err);
	for (size_t i = 0; i < entry->parts.count; i++) {
		const struct naccs_ledger_part *part = &entry->parts.items[i];

		if (part->action == NACCS_PART_ADOPT)
			continue;
		if (part->role != NACCS_ROLE_CURRENT && is_used_elsewhere(ledger, entry, part))
			continue;
		view[count++] = part_view(part);
	}
	*ret = view;
	*ret_count = count;
	return NACCS_OK;
}
