/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see render_json.h. Members stand in the order in which the interface prints them. */
#include "render_json.h"

#include "cleanup.h"
#include "clock.h"
#include "error.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

/* NULL → null; what is not UTF-8 is made so, for a report with a '?' in it is better than none. */
static json_t *text_or_null(const char *text)
{
	if (text == NULL)
		return json_null();
	json_t *value = json_string(text);
	if (value != NULL)
		return value;
	naccs_auto(heap) char *clean = naccs_text_printable(text, strlen(text));
	return clean == NULL ? NULL : json_string(clean);
}

static json_t *time_text(int64_t time)
{
	char text[NACCS_TIME_TEXT_SIZE];
	naccs_time_format_utc(time, text);
	return json_string(text);
}

static json_t *truth(int value)
{
	return value < 0 ? json_null() : json_boolean(value);
}

/* In json_pack() formats "o" takes a new reference, and NULL makes the packing fail as a whole. */
static json_t *certificate(const struct naccs_certificate_info *info)
{
	if (info == NULL)
		return json_null();
	return json_pack("{s:o,s:o,s:o,s:o,s:o,s:o,s:o}", "subject", text_or_null(info->subject), "issuer", text_or_null(info->issuer),
			 "serial", text_or_null(info->serial), "sha256", text_or_null(info->sha256), "not_before",
			 time_text(info->not_before), "not_after", time_text(info->not_after), "renew_from", time_text(info->renew_from));
}

static json_t *failure(const struct naccs_error *err)
{
	if (err->status == NACCS_OK)
		return json_null();
	return json_pack("{s:s,s:o,s:o}", "id", naccs_status_id(err->status), "message", text_or_null(err->message), "hint",
			 text_or_null(err->hint));
}

static json_t *verified(const struct naccs_verified *given)
{
	static const struct naccs_verified unknown = {.key = -1, .client_chain = -1, .server_chain = -1, .online = -1};
	const struct naccs_verified *shown = given->was_judged ? given : &unknown;
	/* as_of: when the chain was met (live, recorded), or judged (bundled) */
	return json_pack("{s:o,s:o,s:o,s:o,s:o,s:o}", "key", truth(shown->key), "client_chain", truth(shown->client_chain), "server_chain",
			 truth(shown->server_chain), "server_chain_basis", text_or_null(shown->basis), "online", truth(shown->online),
			 "server_chain_as_of", shown->basis == NULL ? json_null() : time_text(shown->basis_time));
}

static json_t *anchor(const struct naccs_anchor_info *info)
{
	if (info->name == NULL && info->sha256 == NULL)
		return json_null();
	return json_pack("{s:o,s:o,s:o}", "name", text_or_null(info->name), "sha256", text_or_null(info->sha256), "not_after",
			 time_text(info->not_after));
}

static json_t *store(const struct naccs_store_report *report)
{
	return json_pack("{s:o,s:s,s:o,s:o,s:o,s:o}", "uri", text_or_null(report->uri), "result", naccs_result_name(report->result),
			 "sha256", text_or_null(report->sha256), "verified", verified(&report->verified), "anchor", anchor(&report->anchor),
			 "error", failure(&report->error));
}

static json_t *place(const struct naccs_store_info *info)
{
	json_t *can = json_array();
	for (size_t i = 0; info->can != NULL && info->can[i] != NULL; i++)
		(void)json_array_append_new(can, text_or_null(info->can[i]));
	return json_pack("{s:o,s:o,s:o,s:b,s:b,s:o}", "uri", text_or_null(info->uri), "kind", text_or_null(info->kind), "label",
			 text_or_null(info->label), "writable", info->is_writable, "locked", info->is_locked, "can", can);
}

static json_t *inventory_item(const struct naccs_inventory_item *item)
{
	json_t *object = item->certificate == NULL ? json_object() : certificate(item->certificate);
	json_t *more = json_pack("{s:o,s:o,s:b,s:b,s:b,s:I,s:o}", "store", text_or_null(item->store), "terminal",
				 text_or_null(item->terminal), "has_key", item->has_key, "current", item->is_current, "ours", item->is_ours,
				 "days_left", (json_int_t)item->days_left, "state", text_or_null(item->state));
	if (object != NULL && (more == NULL || json_object_update(object, more) != 0)) {
		json_decref(object);
		object = NULL;
	}
	json_decref(more);
	return object;
}

static json_t *escrow_item(const struct naccs_escrow_info *info)
{
	return json_pack("{s:o,s:o,s:o,s:o,s:o,s:o}", "id", text_or_null(info->id), "command", text_or_null(info->command), "state",
			 text_or_null(info->state), "terminal", text_or_null(info->terminal), "subject", text_or_null(info->subject),
			 "created_at", time_text(info->created_at));
}

static json_t *renewal_item(const struct naccs_renewal_info *info)
{
	return json_pack("{s:o,s:o,s:s,s:o,s:i,s:o}", "terminal", text_or_null(info->terminal), "certificate",
			 certificate(info->certificate), "result", naccs_result_name(info->result), "renewable_from",
			 info->opens != 0 ? time_text(info->opens) : json_null(), "exit_code", info->exit_code, "error",
			 failure(&info->error));
}

static json_t *warning(const struct naccs_warning *given)
{
	return json_pack("{s:o,s:o}", "id", text_or_null(given->id), "message", text_or_null(given->message));
}

/* An array of count items; NULL when one could not be made. */
#define ARRAY_OF(function, items, count)                                                                                                   \
	(__extension__({                                                                                                                   \
		json_t *array_ = json_array();                                                                                             \
		for (size_t i_ = 0; i_ < (count) && array_ != NULL; i_++) {                                                                \
			if (json_array_append_new(array_, function(&(items)[i_])) != 0) {                                                  \
				json_decref(array_);                                                                                       \
				array_ = NULL;                                                                                             \
			}                                                                                                                  \
		}                                                                                                                          \
		array_;                                                                                                                    \
	}))

static json_t *stores(const struct naccs_report *report)
{
	if (report->place_count > 0)
		return ARRAY_OF(place, report->places, report->place_count);
	return ARRAY_OF(store, report->stores, report->store_count);
}

static bool add(json_t *object, const char *name, json_t *value)
{
	return json_object_set_new(object, name, value) == 0; /* NULL fails */
}

static bool fill(json_t *object, const struct naccs_report *report, json_t *extra)
{
	const char *command = report->command == NULL || report->command[0] == '\0' ? NULL : report->command; /* none was understood */
	bool is_status = command != NULL && strcmp(command, "status") == 0;
	bool is_good = add(object, "schema", json_integer(1)) && add(object, "command", text_or_null(command)) &&
		       add(object, "result", json_string(naccs_result_name(report->result))) &&
		       add(object, "certificate", certificate(report->certificate)) && add(object, "stores", stores(report));
	if (is_status || report->inventory_count > 0)
		is_good = is_good && add(object, "certificates", ARRAY_OF(inventory_item, report->inventory, report->inventory_count));
	if (is_status || report->escrow_count > 0)
		is_good = is_good && add(object, "escrow", ARRAY_OF(escrow_item, report->escrow, report->escrow_count));
	if (report->renewal_count > 0)
		is_good = is_good && add(object, "renewals", ARRAY_OF(renewal_item, report->renewals, report->renewal_count));
	if (extra != NULL)
		is_good = is_good && json_object_update(object, extra) == 0;
	return is_good && add(object, "warnings", ARRAY_OF(warning, report->warnings, report->warning_count)) &&
	       add(object, "error", failure(&report->error));
}

char *cli_render_json(const struct naccs_report *report, json_t *extra)
{
	json_t *object = json_object();
	char *line = NULL;
	if (object != NULL && fill(object, report, extra)) {
		naccs_auto(heap) char *text = json_dumps(object, JSON_COMPACT);
		line = text == NULL ? NULL : naccs_format("%s\n", text);
	}
	json_decref(object);
	return line;
}
