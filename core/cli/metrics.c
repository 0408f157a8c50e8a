/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see check.h. This file: Prometheus' text format (exposition format 0.0.4), for a scrape or for node_exporter's textfile collector.
 */
#include "check.h"

#include "error.h"
#include "text.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A label's value: backslash, quote and line end are escaped; what is no clean text is made so. */
static void print_label(FILE *stream, const char *separator, const char *name, const char *value)
{
	char *clean = naccs_text_printable(value != NULL ? value : "", value != NULL ? strlen(value) : 0);

	(void)fprintf(stream, "%s%s=\"", separator, name);
	for (const char *at = clean; at != NULL && *at != '\0'; at++) {
		if (*at == '\\' || *at == '"')
			(void)fputc('\\', stream);
		(void)fputc(*at, stream);
	}
	(void)fputc('"', stream);
	free(clean);
}

static void print_head(FILE *stream, const char *name, const char *help)
{
	(void)fprintf(stream, "# HELP naccs_cert_%s %s\n# TYPE naccs_cert_%s gauge\n", name, help, name);
}

static void print_item(FILE *stream, const char *name, const struct naccs_inventory_item *item, int64_t value)
{
	(void)fprintf(stream, "naccs_cert_%s", name);
	print_label(stream, "{", "terminal", item->terminal != NULL ? item->terminal : item->certificate->common_name);
	print_label(stream, ",", "store", item->store);
	print_label(stream, ",", "serial", item->certificate->serial);
	print_label(stream, ",", "in_use", item->is_in_use ? "true" : "false");
	(void)fprintf(stream, "} %" PRId64 "\n", value);
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

static void print_items(FILE *stream, const struct naccs_report *report)
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
		print_head(stream, families[i].name, families[i].help);
		for (size_t j = 0; j < report->inventory_count; j++)
			print_item(stream, families[i].name, &report->inventory[j], families[i].value(&report->inventory[j]));
	}
}

static void print_stores(FILE *stream, const struct naccs_report *report)
{
	print_head(stream, "store_up", "Whether a store could be read and has a current certificate.");
	for (size_t i = 0; i < report->store_count; i++) {
		const struct naccs_store_report *store = &report->stores[i];

		(void)fputs("naccs_cert_store_up", stream);
		print_label(stream, "{", "store", store->uri);
		(void)fprintf(stream, "} %d\n", store->error.status == NACCS_OK && store->result != NACCS_RESULT_REMOVED);
	}
}

/* How often each id stands among the warnings. */
static void print_warnings(FILE *stream, const struct naccs_report *report)
{
	print_head(stream, "warnings", "Warnings of naccs-cert status by id.");
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
		(void)fputs("naccs_cert_warnings", stream);
		print_label(stream, "{", "id", id);
		(void)fprintf(stream, "} %zu\n", count);
	}
}

char *cli_metrics(const struct naccs_report *report, int64_t now)
{
	char *text = NULL;
	size_t length = 0;
	FILE *stream = open_memstream(&text, &length);
	bool has_failed;

	if (stream == NULL)
		return NULL;
	print_head(stream, "build_info", "The version of naccs-cert that wrote this.");
	(void)fputs("naccs_cert_build_info", stream);
	print_label(stream, "{", "version", naccs_version());
	(void)fputs("} 1\n", stream);
	print_head(stream, "status_timestamp_seconds", "When this was written: an old one tells that nothing writes it any more.");
	(void)fprintf(stream, "naccs_cert_status_timestamp_seconds %" PRId64 "\n", now);
	print_items(stream, report);
	print_stores(stream, report);
	print_head(stream, "escrow_entries", "PKCS#12 files that wait for naccs-cert resume.");
	(void)fprintf(stream, "naccs_cert_escrow_entries %zu\n", report->escrow_count);
	print_warnings(stream, report);
	has_failed = ferror(stream) != 0;
	if (fclose(stream) == 0 && !has_failed)
		return text;
	free(text);
	return NULL;
}
