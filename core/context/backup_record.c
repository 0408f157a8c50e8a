/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see backup_parts.h. This file: the record that a certificate carries in a backup. It is as trustworthy as the passphrase that
 * protects it. */
#include "backup_parts.h"

#include "text.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#define MARK "naccs-cert"
#define FORMAT 1

static naccs_status no_memory(struct naccs_error *err)
{
	return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
}

static json_t *new_record(const char *terminal, const char *group)
{
	return json_pack("{s:i,s:s?,s:s?,s:[]}", MARK, FORMAT, "terminal", terminal, "group", group, "stores");
}

static bool add_store(json_t *record, const char *uri, const char *pin_file)
{
	return record != NULL &&
	       json_array_append_new(json_object_get(record, "stores"), json_pack("{s:s,s:s?}", "uri", uri, "pin_file", pin_file)) == 0;
}

/* record is taken. */
static naccs_status to_text(json_t *record, bool is_good, char **ret, struct naccs_error *err)
{
	char *text = record != NULL && is_good ? json_dumps(record, JSON_COMPACT) : NULL;

	json_decref(record);
	if (text == NULL)
		return no_memory(err);
	*ret = text;
	return NACCS_OK;
}

naccs_status naccs_backup_record_of_ledger(const struct naccs_ledger *ledger, const char *sha256, char **ret, struct naccs_error *err)
{
	json_t *record = NULL;
	bool is_good = true;

	for (size_t i = 0; i < ledger->count; i++) {
		const struct naccs_ledger_entry *entry = &ledger->entries[i];

		if (strcmp(entry->sha256, sha256) != 0)
			continue;
		if (record == NULL)
			record = new_record(entry->terminal, entry->group);
		is_good = is_good && add_store(record, naccs_ledger_entry_later(entry), entry->pin_file);
	}
	if (record == NULL) /* in a store that was named, but not by us */
		record = new_record(NULL, NULL);
	return to_text(record, is_good, ret, err);
}

naccs_status naccs_backup_record_of_order(const struct naccs_escrow_order *order, char **ret, struct naccs_error *err)
{
	json_t *record = new_record(order->terminal, order->group);
	bool is_good = true;

	for (size_t i = 0; i < order->store_count; i++)
		is_good = is_good && add_store(record, order->stores[i], order->pin_files[i]);
	return to_text(record, is_good, ret, err);
}

void naccs_backup_record_clear(struct naccs_backup_record *record)
{
	for (size_t i = 0; i < record->text_count; i++)
		free(record->texts[i]);
	free(record->texts);
	free(record->stores);
	*record = (struct naccs_backup_record){0};
}

/* A string member, kept by the record; NULL where there is none. */
static bool take_text(struct naccs_backup_record *record, const json_t *object, const char *member, char **ret)
{
	const char *text = json_string_value(json_object_get(object, member));
	char **longer;

	*ret = NULL;
	if (text == NULL)
		return true;
	longer = reallocarray(record->texts, record->text_count + 1, sizeof *longer);
	if (longer == NULL)
		return false;
	record->texts = longer;
	*ret = longer[record->text_count++] = strdup(text);
	return *ret != NULL;
}

static bool read_stores(const json_t *stores, struct naccs_backup_record *record)
{
	record->stores = calloc(json_array_size(stores) + 1, sizeof *record->stores);
	if (record->stores == NULL)
		return false;
	for (size_t i = 0; i < json_array_size(stores); i++) {
		const json_t *store = json_array_get(stores, i);
		char *uri, *pin_file;

		if (!take_text(record, store, "uri", &uri) || !take_text(record, store, "pin_file", &pin_file))
			return false;
		if (uri != NULL)
			record->stores[record->store_count++] = (struct naccs_target){.uri = uri, .pin_file = pin_file};
	}
	return true;
}

naccs_status naccs_backup_record_add_configuration(const char *text, const struct naccs_secret *configuration, char **ret,
						   struct naccs_error *err)
{
	json_t *record = json_loads(text, 0, NULL);
	json_t *value = json_stringn(naccs_secret_text(configuration), naccs_secret_length(configuration));

	if (value == NULL) {
		json_decref(record);
		return naccs_fail(err, NACCS_E_CONFIG, 0, _("the configuration is not UTF-8 text"));
	}
	return to_text(record, record != NULL && json_object_set_new(record, "configuration", value) == 0, ret, err);
}

naccs_status naccs_backup_record_read(const char *text, struct naccs_backup_record *ret, struct naccs_error *err)
{
	struct naccs_backup_record record = {0};
	json_t *object = text != NULL ? json_loads(text, JSON_REJECT_DUPLICATES, NULL) : NULL;
	json_int_t format = json_integer_value(json_object_get(object, MARK));
	naccs_status status = NACCS_OK;

	if (format > FORMAT)
		status = naccs_fail(err, NACCS_E_PKCS12_CORRUPT, 0,
				    _("the backup was made by a newer naccs-cert: its record is not understood"));
	else if (format == FORMAT &&
		 (!take_text(&record, object, "terminal", &record.terminal) || !take_text(&record, object, "group", &record.group) ||
		  !take_text(&record, object, "configuration", &record.configuration) ||
		  !read_stores(json_object_get(object, "stores"), &record)))
		status = no_memory(err);
	json_decref(object);
	if (status == NACCS_OK)
		*ret = record;
	else
		naccs_backup_record_clear(&record);
	return status;
}
