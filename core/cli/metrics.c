/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see check.h. This file: Prometheus' text format (exposition format 0.0.4), for a scrape or for node_exporter's textfile collector.
 */
#include "check.h"

#include "builder.h"
#include "cleanup.h"
#include "error.h"
#include "text.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

/* A label's value: backslash, quote and line end are escaped; what is no clean text is made so. */
static void print_label(struct naccs_builder *text, const char *separator, const char *name, const char *value)
{
	naccs_auto(heap) char *clean = naccs_text_printable(value != NULL ? value : "", value != NULL ? strlen(value) : 0);

	text->has_failed = text->has_failed || clean == NULL;
	naccs_builder_print(text, "%s%s=\"", separator, name);
	for (const char *at = clean; at != NULL && *at != '\0'; at++) {
		if (*at == '\\' || *at == '"')
			naccs_builder_add_char(text, '\\');
		naccs_builder_add_char(text, *at);
	}
	naccs_builder_add_char(text, '"');
}

static void print_head(struct naccs_builder *text, const char *name, const char *help)
{
	naccs_builder_print(text, "# HELP naccs_cert_%s %s\n# TYPE naccs_cert_%s gauge\n", name, help, name);
}

static void print_item(struct naccs_builder *text, const char *name, const struct naccs_inventory_item *item, int64_t value)
{
	naccs_builder_print(text, "naccs_cert_%s", name);
	print_label(text, "{", "terminal", item->terminal != NULL ? item->terminal : item->certificate->common_name);
	print_label(text, ",", "store", item->store);
	print_label(text, ",", "serial", item->certificate->serial);
	print_label(text, ",", "in_use", item->is_in_use ? "true" : "false");
	naccs_builder_print(text, "} %" PRId64 "\n", value);
}

static int64_t not_before(const struct naccs_inventory_item *item)
{
	return item->certificate->not_before;
}
static int64_t not_after(const struct naccs_inventory_item *item)
{
	return item->certificate->not_after;
}
static int64_t renew_from(const struct naccs_inventory_item *item)
{
	return item->certificate->renew_from;
}
static int64_t days_left(const struct naccs_inventory_item *item)
{
	return item->days_left;
}
static int64_t has_key(const struct naccs_inventory_item *item)
{
	return item->has_key;
}
static int64_t is_due(const struct naccs_inventory_item *item)
{
	return strcmp(item->state, "due") == 0;
}

static void print_items(struct naccs_builder *text, const struct naccs_report *report)
{
	static const struct {
		const char *name, *help;
		int64_t (*value)(const struct naccs_inventory_item *item);
	} families[] = {
		{"not_before_timestamp_seconds", "Beginning of a certificate's validity.", not_before},
		{"not_after_timestamp_seconds", "End of a certificate's validity.", not_after},
		{"renew_from_timestamp_seconds", "When the renewal of a certificate opens.", renew_from},
		{"days_left", "Whole days until a certificate ends; negative afterwards.", days_left},
		{"has_key", "Whether the store holds the certificate's private key.", has_key},
		{"renewal_due", "Whether a certificate can be renewed now.", is_due},
	};

	for (size_t i = 0; i < sizeof families / sizeof families[0]; i++) {
		print_head(text, families[i].name, families[i].help);
		for (size_t j = 0; j < report->inventory_count; j++)
			if (report->inventory[j].is_watched)
				print_item(text, families[i].name, &report->inventory[j], families[i].value(&report->inventory[j]));
	}
}

static void print_stores(struct naccs_builder *text, const struct naccs_report *report)
{
	print_head(text, "store_up", "Whether a store could be read and has a current certificate.");
	for (size_t i = 0; i < report->store_count; i++) {
		const struct naccs_store_report *store = &report->stores[i];

		naccs_builder_add(text, "naccs_cert_store_up");
		print_label(text, "{", "store", store->uri);
		naccs_builder_print(text, "} %d\n", store->error.status == NACCS_OK && store->result != NACCS_RESULT_REMOVED);
	}
}

/* How often each id stands among the warnings. */
static void print_warnings(struct naccs_builder *text, const struct naccs_report *report)
{
	print_head(text, "warnings", "Warnings of naccs-cert status by id.");
	for (size_t i = 0; i < report->warning_count; i++) {
		const char *id = report->warnings[i].id;
		size_t before = 0, count = 0;

		for (size_t j = 0; j < report->warning_count; j++) {
			bool is_same = strcmp(report->warnings[j].id, id) == 0;

			before += is_same && j < i;
			count += is_same;
		}
		if (before > 0)
			continue;
		naccs_builder_add(text, "naccs_cert_warnings");
		print_label(text, "{", "id", id);
		naccs_builder_print(text, "} %zu\n", count);
	}
}

char *cli_metrics(const struct naccs_report *report, int64_t now)
{
	naccs_auto(builder) struct naccs_builder builder = {0};
	struct naccs_builder *text = &builder;

	print_head(text, "build_info", "The version of naccs-cert that wrote this.");
	naccs_builder_add(text, "naccs_cert_build_info");
	print_label(text, "{", "version", naccs_version());
	naccs_builder_add(text, "} 1\n");
	print_head(text, "status_timestamp_seconds", "When this was written: an old one tells that nothing writes it any more.");
	naccs_builder_print(text, "naccs_cert_status_timestamp_seconds %" PRId64 "\n", now);
	print_items(text, report);
	print_stores(text, report);
	print_head(text, "escrow_entries", "PKCS#12 files that wait for naccs-cert resume.");
	naccs_builder_print(text, "naccs_cert_escrow_entries %zu\n", report->escrow_count);
	print_warnings(text, report);
	return naccs_builder_take(text);
}
