/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: what status says ahead of time: each certificate in use on its way to its end and beyond, and what the operator suspends when two
 * months pass. Every warning names a date and what to do; none is given before it matters. The ids and when each appears are listed in
 * naccs-cert(1), "Warnings of status".
 */
#include "context.h"

#include "advice.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define OPENING_NOTICE_SECONDS (30 * NACCS_DAY_SECONDS) /* before renewal opens */
#define LAST_DAYS 7

static const char *name_of(const struct naccs_inventory_item *item)
{
	return item->terminal != NULL ? item->terminal : item->certificate->common_name;
}

/* The same certificate in several stores is spoken of once. */
static bool was_told(const struct naccs_report *report, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (report->inventory[i].is_in_use &&
		    strcmp(report->inventory[i].certificate->sha256, report->inventory[index].certificate->sha256) == 0)
			return true;
	return false;
}

/* A certificate of the same subject that has not ended, in whatever store. */
static const struct naccs_inventory_item *successor_of(const struct naccs_report *report, const struct naccs_certificate_info *ended,
						       int64_t now)
{
	for (size_t i = 0; i < report->inventory_count; i++) {
		const struct naccs_certificate_info *info = report->inventory[i].certificate;

		if (strcmp(info->subject, ended->subject) == 0 && info->not_after > now && info->not_before <= now)
			return &report->inventory[i];
	}
	return NULL;
}

static void foresee_expired(const struct naccs_inventory_item *item, int64_t now, struct naccs_report *report)
{
	const struct naccs_inventory_item *successor = successor_of(report, item->certificate, now);
	int64_t suspension = naccs_two_months_after(item->certificate->not_after);
	char end[NACCS_TIME_TEXT_SIZE], deadline[NACCS_TIME_TEXT_SIZE];

	naccs_time_format_japan(item->certificate->not_after, end);
	naccs_time_format_japan(suspension, deadline);
	if (successor != NULL) {
		naccs_report_warn(report, "certificate.expired",
				  _("The certificate of %s in use in %s ended on %s, though a valid one lies in %s: install that one here "
				    "too, or remove the ended one."),
				  name_of(item), item->store, end, successor->store);
		return;
	}
	naccs_report_warn(
		report, "certificate.expired",
		_("The certificate of %s ended on %s and can't be renewed any more: apply for a reissue at the NACCS Support System "
		  "(デジタル証明書の再発行), then run naccs-cert obtain."),
		name_of(item), end);
	if (now < suspension)
		naccs_report_warn(report, "suspension.not-renewed",
				  _("The operator suspends a certificate that is not renewed within two months of its end: for %s that is "
				    "on %s. Apply for the reissue "
				    "before then."),
				  name_of(item), deadline);
	else
		naccs_report_warn(report, "suspension.not-renewed",
				  _("The operator suspends a certificate that is not renewed within two months of its end: for %s that was "
				    "on %s. Ask the NACCS Support "
				    "Centre whether the terminal still has a certificate."),
				  name_of(item), deadline);
}

static void foresee_one(const struct naccs_inventory_item *item, int64_t now, struct naccs_report *report)
{
	const struct naccs_certificate_info *info = item->certificate;
	char end[NACCS_TIME_TEXT_SIZE], opens[NACCS_TIME_TEXT_SIZE];

	naccs_time_format_japan(info->not_after, end);
	naccs_time_format_japan(info->renew_from, opens);
	if (now < info->not_before)
		return;
	if (now >= info->not_after)
		foresee_expired(item, now, report);
	else if (item->days_left < LAST_DAYS)
		naccs_report_warn(report, "certificate.due",
				  _("The certificate of %s ends on %s, days left: %lld. Renew it now (naccs-cert renew): afterwards only a "
				    "reissue helps."),
				  name_of(item), end, (long long)item->days_left);
	else if (now >= info->renew_from)
		naccs_report_warn(report, "certificate.due",
				  _("The certificate of %s ends on %s: it can be renewed now (naccs-cert renew)."), name_of(item), end);
	else if (info->renew_from - now < OPENING_NOTICE_SECONDS)
		naccs_report_warn(report, "certificate.renewal-opens",
				  _("The renewal of %s opens on %s (its certificate ends on %s): see that %s runs, or "
				    "run naccs-cert renew then."),
				  name_of(item), opens, end, naccs_daily_renewal_name());
}

void naccs_foresee_certificates(const struct naccs *context, struct naccs_report *report)
{
	int64_t now = naccs_rules_now(context);

	for (size_t i = 0; i < report->inventory_count; i++)
		if (report->inventory[i].is_in_use && !was_told(report, i))
			foresee_one(&report->inventory[i], now, report);
}

static bool is_of_terminal(const struct naccs_inventory_item *item, const char *terminal)
{
	return (item->terminal != NULL && strcmp(item->terminal, terminal) == 0) || strcmp(item->certificate->common_name, terminal) == 0;
}

/* Its PKCS#12 is here, or on its way. */
static bool waits_in_escrow(const struct naccs_report *report, const char *terminal)
{
	for (size_t i = 0; i < report->escrow_count; i++)
		if (report->escrow[i].terminal != NULL && strcmp(report->escrow[i].terminal, terminal) == 0)
			return true;
	return false;
}

/* A store that could not be read may hold what seems to be missing. */
static bool has_unread_store(const struct naccs_report *report, const struct naccs_terminal_config *terminal)
{
	for (size_t i = 0; i < report->store_count; i++)
		for (size_t j = 0; report->stores[i].error.status != NACCS_OK && terminal->stores != NULL && terminal->stores[j] != NULL;
		     j++)
			if (strcmp(report->stores[i].uri, terminal->stores[j]) == 0)
				return true;
	return false;
}

/* Codes that have not been used yet, as far as this machine knows; the time of their file is the best that it knows of their date. */
static void foresee_first_codes(const struct naccs_terminal_config *terminal, int64_t since, int64_t now, struct naccs_report *report)
{
	char written[NACCS_TIME_TEXT_SIZE], deadline[NACCS_TIME_TEXT_SIZE];

	naccs_time_format_japan(since, written);
	naccs_time_format_japan(naccs_two_months_after(since), deadline);
	if (now < naccs_two_months_after(since))
		naccs_report_warn(report, "suspension.not-obtained",
				  _("No certificate of %s has been obtained here, though its codes lie in %s since %s. The operator "
				    "suspends a certificate that is not obtained "
				    "within two months of its start: run naccs-cert obtain --terminal %s by %s at the latest."),
				  terminal->name, terminal->codes, written, terminal->name, deadline);
	else
		naccs_report_warn(report, "suspension.not-obtained",
				  _("No certificate of %s has been obtained here, though its codes lie in %s since %s. The operator "
				    "suspends a certificate that is not obtained "
				    "within two months of its start: that was on %s at the latest. Ask the NACCS Support Centre before "
				    "naccs-cert obtain --terminal %s."),
				  terminal->name, terminal->codes, written, deadline, terminal->name);
}

/* When two months have passed without a word they were none of a reissue, or it is too late to say so. */
static void foresee_new_codes(const struct naccs_terminal_config *terminal, int64_t since, int64_t now, struct naccs_report *report)
{
	char written[NACCS_TIME_TEXT_SIZE], deadline[NACCS_TIME_TEXT_SIZE];

	naccs_time_format_japan(since, written);
	naccs_time_format_japan(naccs_two_months_after(since), deadline);
	if (now < naccs_two_months_after(since))
		naccs_report_warn(report, "suspension.reissue",
				  _("The codes of %s in %s are of %s, newer than its certificate here. If they are of a reissue: the "
				    "operator suspends it when it is not taken "
				    "up within two months; run naccs-cert obtain --terminal %s by %s."),
				  terminal->name, terminal->codes, written, terminal->name, deadline);
}

static void foresee_terminal(const struct naccs_terminal_config *terminal, int64_t now, struct naccs_report *report)
{
	int64_t installed_at = 0;
	struct stat file;
	bool is_here = false, has_codes = terminal->codes != NULL && stat(terminal->codes, &file) == 0;

	if (waits_in_escrow(report, terminal->name) || has_unread_store(report, terminal))
		return;
	for (size_t i = 0; i < report->inventory_count; i++) {
		if (!is_of_terminal(&report->inventory[i], terminal->name))
			continue;
		is_here = true;
		if (report->inventory[i].installed_at > installed_at)
			installed_at = report->inventory[i].installed_at;
	}
	if (has_codes && !is_here)
		foresee_first_codes(terminal, file.st_mtime, now, report);
	else if (has_codes && installed_at != 0 && file.st_mtime > installed_at)
		foresee_new_codes(terminal, file.st_mtime, now, report);
	else if (!is_here)
		naccs_report_warn(report, "suspension.not-obtained",
				  _("No certificate of %s is here. The operator suspends a certificate that is not obtained within two "
				    "months of its start, which the NACCS "
				    "Support System shows under 契約内容の確認: run naccs-cert obtain --terminal %s before then, or take "
				    "the section out of the configuration."),
				  terminal->name, terminal->name);
}

void naccs_foresee_terminals(const struct naccs *context, const struct naccs_terminal_config *terminals, size_t count,
			     struct naccs_report *report)
{
	for (size_t i = 0; i < count; i++)
		foresee_terminal(&terminals[i], naccs_rules_now(context), report);
}
