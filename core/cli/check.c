/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see check.h. This file: the line of a monitoring plugin. */
#include "check.h"

#include "cleanup.h"
#include "clock.h"
#include "error.h"
#include "text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define WARNING_DAYS 28 /* the renewal window */
#define CRITICAL_DAYS 7
#define REASONS_SHOWN 4

/* Reasons are collected state by state, so that the worst are told first. */
struct findings {
	enum cli_check_state wanted; /* collect those of this state */
	char *text;
	size_t counts[4];
	bool has_failed;
};

const char *cli_check_state_name(enum cli_check_state state)
{
	static const char *const names[] = {"OK", "WARNING", "CRITICAL", "UNKNOWN"};

	return names[state];
}

static void append(char **text, const char *separator, const char *more, bool *has_failed)
{
	char *longer = more != NULL ? naccs_format("%s%s%s", *text != NULL ? *text : "", *text != NULL ? separator : "", more) : NULL;

	*has_failed = *has_failed || longer == NULL;
	if (longer == NULL)
		return;
	free(*text);
	*text = longer;
}

/* reason is freed. */
static void note(struct findings *findings, enum cli_check_state state, char *reason)
{
	if (state == findings->wanted && findings->counts[state] < REASONS_SHOWN)
		append(&findings->text, ", ", reason, &findings->has_failed);
	findings->counts[state]++;
	free(reason);
}

static const char *name_of(const struct naccs_inventory_item *item)
{
	return item->terminal != NULL ? item->terminal : item->certificate->common_name;
}

/* Is this the first item in use of its name? And how few days has any of that name? */
static bool is_first_of_name(const struct naccs_report *report, size_t index, int64_t *ret_days)
{
	const struct naccs_inventory_item *item = &report->inventory[index];

	*ret_days = item->days_left;
	for (size_t i = 0; i < report->inventory_count; i++) {
		const struct naccs_inventory_item *other = &report->inventory[i];

		if (!other->is_in_use || strcmp(name_of(other), name_of(item)) != 0)
			continue;
		if (i < index)
			return false;
		if (other->days_left < *ret_days)
			*ret_days = other->days_left;
	}
	return item->is_in_use;
}

/* Once for a certificate's name, however many stores hold it. */
static void judge_days(struct findings *findings, const struct naccs_inventory_item *item, int64_t days)
{
	if (strcmp(item->state, "expired") == 0)
		return; /* told store by store */
	if (days < CRITICAL_DAYS)
		note(findings, CLI_CHECK_CRITICAL, naccs_format(_("%s ends in %" PRId64 " days"), name_of(item), days));
	else if (strcmp(item->state, "due") == 0)
		note(findings, CLI_CHECK_WARNING, naccs_format(_("%s is due for renewal, %" PRId64 " days left"), name_of(item), days));
	else if (strcmp(item->state, "not-yet") == 0)
		note(findings, CLI_CHECK_WARNING, naccs_format(_("%s is not valid yet"), name_of(item)));
}

static void judge_items(struct findings *findings, const struct naccs_report *report)
{
	for (size_t i = 0; i < report->inventory_count; i++) {
		const struct naccs_inventory_item *item = &report->inventory[i];
		int64_t days;

		if (!item->is_in_use)
			continue;
		if (!item->has_key)
			note(findings, CLI_CHECK_CRITICAL, naccs_format(_("%s has no key in %s"), name_of(item), item->store));
		if (strcmp(item->state, "expired") == 0)
			note(findings, CLI_CHECK_CRITICAL, naccs_format(_("%s has expired in %s"), name_of(item), item->store));
		if (is_first_of_name(report, i, &days))
			judge_days(findings, item, days);
	}
}

/* What keeps us from looking is no fault of the store. */
static bool is_unknown(naccs_status status)
{
	switch (status) {
	case NACCS_E_USAGE:
	case NACCS_E_CONFIG:
	case NACCS_E_SECRETS_PERMISSIONS:
	case NACCS_E_CANCELLED:
	case NACCS_E_RUN_LOCKED:
	case NACCS_E_PIN_WRONG:
	case NACCS_E_PIN_LOCKED:
	case NACCS_E_INTERNAL:
		return true;
	default:
		return false;
	}
}

static void judge_stores(struct findings *findings, const struct naccs_report *report)
{
	for (size_t i = 0; i < report->store_count; i++) {
		const struct naccs_store_report *store = &report->stores[i];
		naccs_status status = store->error.status;

		if (status != NACCS_OK)
			note(findings, is_unknown(status) ? CLI_CHECK_UNKNOWN : CLI_CHECK_CRITICAL,
			     naccs_format("%s [%s]", store->uri, naccs_status_id(status)));
		else if (store->result == NACCS_RESULT_REMOVED)
			note(findings, CLI_CHECK_CRITICAL, naccs_format(_("%s holds no current certificate"), store->uri));
	}
	/* What is no store's: the state directory, an escrow entry that can't be read. */
	if (report->error.status != NACCS_OK && (report->store_count == 0 || report->error.status == NACCS_E_ESCROW_DAMAGED))
		note(findings, is_unknown(report->error.status) ? CLI_CHECK_UNKNOWN : CLI_CHECK_CRITICAL,
		     naccs_format("%s [%s]", report->error.message, naccs_status_id(report->error.status)));
	if (report->inventory_count == 0 && report->store_count == 0)
		note(findings, CLI_CHECK_UNKNOWN, naccs_format(_("no certificate is installed")));
}

/* Warnings that want somebody, beside those that the certificates' states tell already. */
static void judge_warnings(struct findings *findings, const struct naccs_report *report)
{
	static const char *const wanting[] = {"anchor.ended",	    "anchor.ends-soon",	       "escrow.waiting",	"ledger.pending",
					      "suspension.reissue", "suspension.not-obtained", "suspension.not-renewed"};

	for (size_t i = 0; i < report->warning_count; i++)
		for (size_t j = 0; j < sizeof wanting / sizeof wanting[0]; j++)
			if (report->warnings[i].id != NULL && strcmp(report->warnings[i].id, wanting[j]) == 0)
				note(findings, CLI_CHECK_WARNING, naccs_format("%s", wanting[j]));
}

static void judge(struct findings *findings, const struct naccs_report *report)
{
	memset(findings->counts, 0, sizeof findings->counts);
	judge_items(findings, report);
	judge_stores(findings, report);
	judge_warnings(findings, report);
}

/* All is well: how many, and which ends first. Caller frees. */
static char *good_news(const struct naccs_report *report)
{
	const struct naccs_inventory_item *first = NULL;
	char end[NACCS_TIME_TEXT_SIZE];
	size_t count = 0;

	for (size_t i = 0; i < report->inventory_count; i++) {
		const struct naccs_inventory_item *item = &report->inventory[i];

		if (!item->is_in_use)
			continue;
		count++;
		if (first == NULL || item->certificate->not_after < first->certificate->not_after)
			first = item;
	}
	if (first == NULL)
		return naccs_format(_("nothing to watch"));
	naccs_time_format_japan(first->certificate->not_after, end);
	return naccs_format(_("certificates in use: %zu; %s ends first, on %s, days left: %" PRId64), count, name_of(first), end,
			    first->days_left);
}

/* A label in quotes; what plugins' guidelines forbid in one ("'" and "=") becomes '_'. Caller frees. */
static char *label_of(const char *name)
{
	char *label = naccs_text_printable(name, strlen(name));

	for (char *at = label; at != NULL && (at = strpbrk(at, "'=|")) != NULL;)
		*at = '_';
	return label;
}

/* " | '11110A'=1854;28:;7:": below a range's beginning is the alarm. Caller frees; NULL when memory is short. */
static char *performance(const struct naccs_report *report)
{
	char *text = NULL;
	bool has_failed = false;

	for (size_t i = 0; i < report->inventory_count; i++) {
		int64_t days;

		if (!is_first_of_name(report, i, &days))
			continue;
		naccs_auto(heap) char *label = label_of(name_of(&report->inventory[i]));
		naccs_auto(heap) char *one =
			label != NULL ? naccs_format("'%s'=%" PRId64 ";%d:;%d:", label, days, WARNING_DAYS, CRITICAL_DAYS) : NULL;

		append(&text, " ", one, &has_failed);
	}
	if (has_failed) {
		free(text);
		return NULL;
	}
	return text != NULL ? text : naccs_format("%s", "");
}

/* One line, whatever a store's or a certificate's name holds; '|' would begin the performance data. */
static char *make_line(enum cli_check_state state, const char *text, const char *data)
{
	naccs_auto(heap) char *clean = naccs_text_printable(text, strlen(text));

	for (char *at = clean; at != NULL && (at = strchr(at, '|')) != NULL;)
		*at = '/';
	if (clean == NULL)
		return NULL;
	return naccs_format("NACCS %s - %s%s%s\n", cli_check_state_name(state), clean, data[0] != '\0' ? " | " : "", data);
}

enum cli_check_state cli_check_judge(const struct naccs_report *report, char **ret_line)
{
	static const enum cli_check_state worst_first[] = {CLI_CHECK_CRITICAL, CLI_CHECK_UNKNOWN, CLI_CHECK_WARNING};
	struct findings findings = {0};
	enum cli_check_state state = CLI_CHECK_OK;
	naccs_auto(heap) char *data = performance(report);
	naccs_auto(heap) char *text = NULL;

	for (size_t i = 0; i < sizeof worst_first / sizeof worst_first[0]; i++) {
		size_t count;

		findings.wanted = worst_first[i];
		judge(&findings, report);
		count = findings.counts[worst_first[i]];
		if (count > 0 && state == CLI_CHECK_OK)
			state = worst_first[i];
		if (count > REASONS_SHOWN) {
			naccs_auto(heap) char *more = naccs_format(_("and %zu more"), count - REASONS_SHOWN);

			append(&findings.text, " ", more, &findings.has_failed);
		}
	}
	text = findings.text != NULL ? findings.text : good_news(report);
	*ret_line = findings.has_failed || text == NULL || data == NULL ? NULL : make_line(state, text, data);
	return state;
}

char *cli_check_unknown(const struct naccs_error *err)
{
	naccs_auto(heap) char *text = naccs_format("%s [%s]", err->message, naccs_status_id(err->status));

	return text != NULL ? make_line(CLI_CHECK_UNKNOWN, text, "") : NULL;
}
