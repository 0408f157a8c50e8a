/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the ledger's file: ledger.json in the state directory, by jansson. */
#include "ledger.h"

#include "file.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

#define LEDGER_FILE "ledger.json"
#define LEDGER_LIMIT ((size_t)16 * 1024 * 1024)
#define LEDGER_SCHEMA 1

static const char *const state_names[] = {
	[NACCS_LEDGER_PLANNED] = "planned",
	[NACCS_LEDGER_JUDGED] = "judged",
	[NACCS_LEDGER_INSTALLED] = "installed",
	[NACCS_LEDGER_REMOVING] = "removing",
};

static const char *const action_names[] = {
	[NACCS_PART_CREATE] = "create",
	[NACCS_PART_ADOPT] = "adopt",
	[NACCS_PART_CHANGE] = "change",
};

/* The index of text in names[from … count), or -1. */
static int name_index(const char *const *names, int from, int count, const char *text)
{
	for (int i = from; text != NULL && i < count; i++)
		if (strcmp(names[i], text) == 0)
			return i;
	return -1;
}

static json_t *parts_to_json(const struct naccs_parts *parts)
{
	json_t *array = json_array();

	for (size_t i = 0; i < parts->count; i++) {
		const struct naccs_ledger_part *part = &parts->items[i];
		json_t *object = json_object();

		json_object_set_new(object, "role", json_integer(part->role));
		json_object_set_new(object, "action", json_string(action_names[part->action]));
		json_object_set_new(object, "identity", json_string(part->identity));
		if (part->before.length > 0)
			json_object_set_new(object, "before", naccs_blob_to_json(&part->before));
		json_array_append_new(array, object);
	}
	return array;
}

static json_t *entry_to_json(const struct naccs_ledger_entry *entry)
{
	json_t *object = json_object();
	json_t *anchors = json_array();

	json_object_set_new(object, "state", json_string(state_names[entry->state]));
	naccs_json_set_string(object, "store", entry->store);
	naccs_json_set_string(object, "wish", entry->wish);
	naccs_json_set_string(object, "sha256", entry->sha256);
	naccs_json_set_string(object, "serial", entry->serial);
	naccs_json_set_string(object, "subject", entry->subject);
	naccs_json_set_string(object, "common_name", entry->common_name);
	json_object_set_new(object, "not_before", json_integer(entry->not_before));
	json_object_set_new(object, "not_after", json_integer(entry->not_after));
	json_object_set_new(object, "written_at", json_integer(entry->written_at));
	naccs_json_set_string(object, "terminal", entry->terminal);
	naccs_json_set_string(object, "group", entry->group);
	naccs_json_set_string(object, "pin_file", entry->pin_file);
	json_object_set_new(object, "client_ca", naccs_blob_to_json(&entry->client_ca));
	for (size_t i = 0; i < entry->anchor_count; i++)
		json_array_append_new(anchors, naccs_blob_to_json(&entry->anchors[i]));
	json_object_set_new(object, "anchors", anchors);
	json_object_set_new(object, "parts", parts_to_json(&entry->parts));
	if (entry->former != NULL)
		json_object_set_new(object, "former", entry_to_json(entry->former));
	return object;
}

static bool parts_from_json(const json_t *array, struct naccs_parts *parts)
{
	size_t index;
	json_t *object;

	if (!json_is_array(array))
		return false;
	parts->items = calloc(json_array_size(array) + 1, sizeof *parts->items);
	if (parts->items == NULL)
		return false;
	json_array_foreach(array, index, object) {
		struct naccs_ledger_part *part = &parts->items[index];
		int action = name_index(action_names, NACCS_PART_CREATE, NACCS_PART_CHANGE + 1,
					json_string_value(json_object_get(object, "action")));
		json_int_t role = json_integer_value(json_object_get(object, "role"));
		const json_t *before = json_object_get(object, "before");

		parts->count++;
		part->identity = naccs_json_string(object, "identity");
		if (part->identity == NULL || action < 0 || role <= 0 || role > UINT32_MAX)
			return false;
		part->role = (uint32_t)role;
		part->action = (uint32_t)action;
		if (before != NULL && !naccs_blob_from_json(before, &part->before))
			return false;
	}
	return true;
}

static bool anchors_from_json(const json_t *array, struct naccs_ledger_entry *entry)
{
	size_t index;
	json_t *item;

	if (!json_is_array(array))
		return false;
	entry->anchors = calloc(json_array_size(array) + 1, sizeof *entry->anchors);
	if (entry->anchors == NULL)
		return false;
	json_array_foreach(array, index, item) {
		entry->anchor_count++;
		if (!naccs_blob_from_json(item, &entry->anchors[index]))
			return false;
	}
	return true;
}

static bool entry_from_json(const json_t *object, struct naccs_ledger_entry *entry)
{
	int state = name_index(state_names, 0, NACCS_LEDGER_REMOVING + 1, json_string_value(json_object_get(object, "state")));

	entry->store = naccs_json_string(object, "store");
	entry->wish = naccs_json_string(object, "wish");
	entry->sha256 = naccs_json_string(object, "sha256");
	entry->serial = naccs_json_string(object, "serial");
	entry->subject = naccs_json_string(object, "subject");
	entry->common_name = naccs_json_string(object, "common_name");
	entry->not_before = json_integer_value(json_object_get(object, "not_before"));
	entry->not_after = json_integer_value(json_object_get(object, "not_after"));
	entry->written_at = json_integer_value(json_object_get(object, "written_at"));
	entry->terminal = naccs_json_string(object, "terminal");
	entry->group = naccs_json_string(object, "group");
	entry->pin_file = naccs_json_string(object, "pin_file");
	if (state < 0 || entry->store == NULL || entry->sha256 == NULL || entry->serial == NULL || entry->subject == NULL ||
	    entry->common_name == NULL || !naccs_blob_from_json(json_object_get(object, "client_ca"), &entry->client_ca))
		return false;
	entry->state = (enum naccs_ledger_state)state;
	return anchors_from_json(json_object_get(object, "anchors"), entry) && parts_from_json(json_object_get(object, "parts"), &entry->parts);
}

/* An entry, and the one that it is to replace. */
static bool entry_with_former_from_json(const json_t *object, struct naccs_ledger_entry *entry)
{
	const json_t *former = json_object_get(object, "former");

	if (!entry_from_json(object, entry))
		return false;
	if (former == NULL)
		return true;
	entry->former = calloc(1, sizeof *entry->former);
	return entry->former != NULL && entry_from_json(former, entry->former);
}

static naccs_status fail_damaged(struct naccs_error *err, const char *reason)
{
	(void)naccs_fail(err, NACCS_E_FILE_IO, 0, _("cannot read the ledger (%s in the state directory): %s"), LEDGER_FILE, reason);
	return naccs_error_hint(err, _("Restore the file from a backup. Without it, stores can still be verified (verify --store URI), but nothing that we put "
				       "there can be taken out again by remove."));
}

static naccs_status ledger_from_json(const json_t *root, struct naccs_ledger *ledger, struct naccs_error *err)
{
	const json_t *array = json_object_get(root, "installs");
	size_t index;
	json_t *object;

	if (json_integer_value(json_object_get(root, "schema")) != LEDGER_SCHEMA)
		return fail_damaged(err, _("it was written by another version"));
	json_array_foreach(array, index, object) {
		struct naccs_ledger_entry *entry;
		naccs_status status = naccs_ledger_add(ledger, &entry, err);

		if (status != NACCS_OK)
			return status;
		if (!entry_with_former_from_json(object, entry))
			return fail_damaged(err, _("an entry is damaged"));
	}
	return NACCS_OK;
}

naccs_status naccs_ledger_load(int state_dirfd, struct naccs_ledger **ret, struct naccs_error *err)
{
	naccs_auto(secret) struct naccs_secret *text = NULL;
	naccs_auto(ledger) struct naccs_ledger *ledger = calloc(1, sizeof *ledger);
	json_error_t reason;
	json_t *root;
	naccs_status status;

	if (ledger == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
	if (state_dirfd >= 0) {
		status = naccs_file_read(state_dirfd, LEDGER_FILE, LEDGER_LIMIT, &text, err);
		if (status != NACCS_OK && status != NACCS_E_FILE_MISSING)
			return naccs_error_prefix(err, _("cannot read the ledger"));
	}
	if (text != NULL) {
		root = json_loadb(naccs_secret_text(text), naccs_secret_length(text), JSON_REJECT_DUPLICATES, &reason);
		if (root == NULL)
			return fail_damaged(err, reason.text);
		status = ledger_from_json(root, ledger, err);
		json_decref(root);
		if (status != NACCS_OK)
			return status;
	}
	*ret = naccs_take(&ledger);
	return NACCS_OK;
}

naccs_status naccs_ledger_save(int state_dirfd, const struct naccs_ledger *ledger, struct naccs_error *err)
{
	naccs_auto(heap) char *text = NULL;
	json_t *root = json_object();
	json_t *array = json_array();
	naccs_status status;

	for (size_t i = 0; i < ledger->count; i++)
		json_array_append_new(array, entry_to_json(&ledger->entries[i]));
	json_object_set_new(root, "schema", json_integer(LEDGER_SCHEMA));
	json_object_set_new(root, "installs", array);
	text = json_dumps(root, JSON_INDENT(1));
	json_decref(root);
	if (text == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
	status = naccs_file_write(state_dirfd, LEDGER_FILE, text, strlen(text), 0600, err);
	if (status != NACCS_OK)
		return naccs_error_prefix(err, _("cannot write the ledger"));
	return NACCS_OK;
}
