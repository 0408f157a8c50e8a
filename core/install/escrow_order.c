/* SPDX-License-Identifier: Apache-2.0 */
/* Why: an escrow's order in memory and as JSON (state.json). See escrow.h. */
#include "escrow_order.h"

#include "text.h"

#include <stdlib.h>
#include <string.h>

static void strings_free(char **strings, size_t count)
{
	for (size_t i = 0; strings != NULL && i < count; i++)
		free(strings[i]);
	free(strings);
}

void naccs_escrow_order_clear(struct naccs_escrow_order *order)
{
	free(order->command);
	free(order->terminal);
	free(order->group);
	free(order->client_ca_sha256);
	free(order->code3_hash);
	free(order->anchors);
	free(order->subject);
	free(order->previous_sha256);
	free(order->previous_certificate);
	free(order->from);
	free(order->from_pin_file);
	strings_free(order->stores, order->store_count);
	strings_free(order->pin_files, order->store_count);
	strings_free(order->deploy_hooks, order->deploy_hook_count);
	*order = (struct naccs_escrow_order){0};
}

/* Make room for one more element and put a copy of text (NULL stays NULL) there; the caller counts it. */
static naccs_status strings_put(char ***strings, size_t count, const char *text, struct naccs_error *err)
{
	char **grown = reallocarray(*strings, count + 1, sizeof *grown);

	if (grown == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
	*strings = grown;
	grown[count] = NULL;
	if (text != NULL && (grown[count] = strdup(text)) == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
	return NACCS_OK;
}

naccs_status naccs_escrow_order_add_store(struct naccs_escrow_order *order, const char *uri, const char *pin_file, struct naccs_error *err)
{
	naccs_status status = strings_put(&order->pin_files, order->store_count, pin_file, err);

	if (status == NACCS_OK) {
		status = strings_put(&order->stores, order->store_count, uri, err);
		if (status != NACCS_OK)
			free(order->pin_files[order->store_count]);
	}
	if (status == NACCS_OK)
		order->store_count++;
	return status;
}

naccs_status naccs_escrow_order_add_hook(struct naccs_escrow_order *order, const char *command, struct naccs_error *err)
{
	naccs_status status = strings_put(&order->deploy_hooks, order->deploy_hook_count, command, err);

	if (status == NACCS_OK)
		order->deploy_hook_count++;
	return status;
}

void naccs_escrow_order_to_json(const struct naccs_escrow_order *order, json_t *object)
{
	json_t *stores = json_array();
	json_t *hooks = json_array();

	naccs_json_set_string(object, "command", order->command);
	naccs_json_set_string(object, "terminal", order->terminal);
	naccs_json_set_string(object, "group", order->group);
	naccs_json_set_string(object, "client_ca_sha256", order->client_ca_sha256);
	naccs_json_set_string(object, "code3_hash", order->code3_hash);
	naccs_json_set_string(object, "anchors", order->anchors);
	naccs_json_set_string(object, "subject", order->subject);
	naccs_json_set_string(object, "previous_sha256", order->previous_sha256);
	naccs_json_set_string(object, "previous_certificate", order->previous_certificate);
	naccs_json_set_string(object, "from", order->from);
	naccs_json_set_string(object, "from_pin_file", order->from_pin_file);
	json_object_set_new(object, "all_or_nothing", json_boolean(order->all_or_nothing));
	json_object_set_new(object, "prune", json_boolean(order->prune));
	json_object_set_new(object, "trust_first_use", json_boolean(order->trust_first_use));
	for (size_t i = 0; i < order->store_count; i++) {
		json_t *store = json_object();

		naccs_json_set_string(store, "uri", order->stores[i]);
		naccs_json_set_string(store, "pin_file", order->pin_files[i]);
		json_array_append_new(stores, store);
	}
	for (size_t i = 0; i < order->deploy_hook_count; i++)
		json_array_append_new(hooks, json_string(order->deploy_hooks[i]));
	json_object_set_new(object, "stores", stores);
	json_object_set_new(object, "deploy_hooks", hooks);
}

naccs_status naccs_escrow_order_from_json(const json_t *object, struct naccs_escrow_order *ret, struct naccs_error *err)
{
	size_t index;
	json_t *item;

	ret->command = naccs_json_string(object, "command");
	ret->terminal = naccs_json_string(object, "terminal");
	ret->group = naccs_json_string(object, "group");
	ret->client_ca_sha256 = naccs_json_string(object, "client_ca_sha256");
	ret->code3_hash = naccs_json_string(object, "code3_hash");
	ret->anchors = naccs_json_string(object, "anchors");
	ret->subject = naccs_json_string(object, "subject");
	ret->previous_sha256 = naccs_json_string(object, "previous_sha256");
	ret->previous_certificate = naccs_json_string(object, "previous_certificate");
	ret->from = naccs_json_string(object, "from");
	ret->from_pin_file = naccs_json_string(object, "from_pin_file");
	ret->all_or_nothing = json_is_true(json_object_get(object, "all_or_nothing"));
	ret->prune = json_is_true(json_object_get(object, "prune"));
	ret->trust_first_use = json_is_true(json_object_get(object, "trust_first_use"));
	if (ret->command == NULL)
		return naccs_fail(err, NACCS_E_ESCROW_DAMAGED, 0, _("the command is missing"));
	json_array_foreach(json_object_get(object, "stores"), index, item) {
		const char *uri = json_string_value(json_object_get(item, "uri"));
		naccs_status status;

		if (uri == NULL)
			return naccs_fail(err, NACCS_E_ESCROW_DAMAGED, 0, _("a store has no URI"));
		status = naccs_escrow_order_add_store(ret, uri, json_string_value(json_object_get(item, "pin_file")), err);
		if (status != NACCS_OK)
			return status;
	}
	if (ret->store_count == 0) /* nothing to install into: such an entry would be purged as done */
		return naccs_fail(err, NACCS_E_ESCROW_DAMAGED, 0, _("it names no store"));
	json_array_foreach(json_object_get(object, "deploy_hooks"), index, item) {
		naccs_status status;

		if (!json_is_string(item))
			return naccs_fail(err, NACCS_E_ESCROW_DAMAGED, 0, _("a hook is no text"));
		status = naccs_escrow_order_add_hook(ret, json_string_value(item), err);
		if (status != NACCS_OK)
			return status;
	}
	return NACCS_OK;
}
