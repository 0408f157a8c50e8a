/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see render_text.h. This file: the tables of status and stores. */
#include "render_text.h"

#include "cleanup.h"
#include "clock.h"
#include "text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static void add_heading(struct cli_table *table, const char *const *titles)
{
	for (size_t i = 0; i < table->columns; i++)
		cli_table_add(table, CLI_FAINT, titles[i]);
}

static enum cli_tone state_tone(const char *state)
{
	if (strcmp(state, "valid") == 0)
		return CLI_GOOD;
	return strcmp(state, "expired") == 0 ? CLI_BAD : CLI_CARE;
}

static const char *state_words(const char *state)
{
	if (strcmp(state, "valid") == 0)
		return _("valid");
	if (strcmp(state, "due") == 0)
		return _("renew now");
	if (strcmp(state, "expired") == 0)
		return _("expired");
	return strcmp(state, "not-yet") == 0 ? _("not valid yet") : state;
}

static void add_item(struct cli_table *table, const struct naccs_inventory_item *item)
{
	const struct naccs_certificate_info *info = item->certificate;
	const char *name = item->terminal != NULL ? item->terminal : info == NULL ? NULL : info->common_name;
	const char *state = item->state == NULL ? "" : item->state;
	char until[NACCS_TIME_TEXT_SIZE] = "-";
	if (info != NULL)
		naccs_time_format_japan(info->not_after, until);
	naccs_auto(heap) char *days = naccs_format("%" PRId64, item->days_left);
	naccs_auto(heap) char *serial = info == NULL || info->serial == NULL ? NULL : strdup(info->serial);
	cli_table_add(table, CLI_STRONG, name);
	cli_table_add(table, state_tone(state), state_words(state));
	cli_table_add(table, CLI_PLAIN, days);
	cli_table_add(table, CLI_PLAIN, until);
	cli_table_add(table, item->has_key ? CLI_PLAIN : CLI_BAD, item->has_key ? _("yes") : _("no"));
	cli_table_add(table, CLI_PLAIN, item->is_current ? _("current") : _("kept"));
	cli_table_add(table, CLI_PLAIN, serial);
	cli_table_add(table, CLI_PLAIN, item->store);
}

static void show_escrow(struct cli_page *page, const struct naccs_report *report)
{
	if (report->escrow_count == 0)
		return;
	const char *const titles[] = {_("IN ESCROW"), _("STATE"), _("TERMINAL"), _("SINCE"), _("CERTIFICATE")};
	struct cli_table table = {.columns = sizeof titles / sizeof titles[0]};
	add_heading(&table, titles);
	for (size_t i = 0; i < report->escrow_count; i++) {
		const struct naccs_escrow_info *info = &report->escrow[i];
		char since[NACCS_TIME_TEXT_SIZE];
		naccs_time_format_japan(info->created_at, since);
		cli_table_add(&table, CLI_STRONG, info->id);
		cli_table_add(&table, CLI_CARE, info->state);
		cli_table_add(&table, CLI_PLAIN, info->terminal);
		cli_table_add(&table, CLI_PLAIN, since);
		cli_table_add(&table, CLI_PLAIN, info->subject);
	}
	cli_page_end_line(page);
	cli_table_print(&table, page);
	cli_page_print(page, "%s\n", _("Finish it with: naccs-cert resume"));
}

void cli_show_status(struct cli_page *page, const struct naccs_report *report, int64_t now)
{
	(void)now; /* the report has counted the days */
	if (report->inventory_count == 0) {
		if (report->error.status == NACCS_OK)
			cli_page_print(page, "%s\n",
				       _("No certificate is known here. Install one with: naccs-cert install FILE.p12 --to URI"));
		show_escrow(page, report);
		return;
	}
	const char *const titles[] = {_("TERMINAL"), _("STATE"), _("DAYS LEFT"), _("ENDS"), _("KEY"), _("USE"), _("SERIAL"), _("STORE")};
	struct cli_table table = {.columns = sizeof titles / sizeof titles[0]};
	add_heading(&table, titles);
	for (size_t i = 0; i < report->inventory_count; i++)
		add_item(&table, &report->inventory[i]);
	cli_table_print(&table, page);
	show_escrow(page, report);
}

/* "rsa ec trust". Caller frees; NULL when memory is short. */
static char *join(char *const *words)
{
	char *text = strdup("");
	for (size_t i = 0; words != NULL && words[i] != NULL && text != NULL; i++) {
		char *longer = naccs_format("%s%s%s", text, i == 0 ? "" : " ", words[i]);
		free(text);
		text = longer;
	}
	return text;
}

void cli_show_places(struct cli_page *page, const struct naccs_report *report, int64_t now)
{
	(void)now;
	if (report->place_count == 0) {
		if (report->error.status == NACCS_OK)
			cli_page_print(page, "%s\n", _("No store was found on this machine. A folder always serves: pem:DIR"));
		return;
	}
	const char *const titles[] = {_("STORE"), _("KIND"), _("STATE"), _("CAN"), _("LABEL")};
	struct cli_table table = {.columns = sizeof titles / sizeof titles[0]};
	add_heading(&table, titles);
	for (size_t i = 0; i < report->place_count; i++) {
		const struct naccs_store_info *info = &report->places[i];
		naccs_auto(heap) char *can = join(info->can);
		cli_table_add(&table, CLI_STRONG, info->uri);
		cli_table_add(&table, CLI_PLAIN, info->kind);
		cli_table_add(&table, info->is_locked || !info->is_writable ? CLI_CARE : CLI_GOOD,
			      info->is_locked	  ? _("locked")
			      : info->is_writable ? _("writable")
						  : _("read-only"));
		cli_table_add(&table, CLI_PLAIN, can);
		cli_table_add(&table, CLI_PLAIN, info->label);
	}
	cli_table_print(&table, page);
}
