/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see render_text.h. This file: what happened to a certificate in its stores; errors and warnings. */
#include "render_text.h"

#include "cleanup.h"
#include "clock.h"
#include "error.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

#define LABEL_WIDTH 16
#define MARK_WIDTH 10

static enum cli_tone tone_of(enum naccs_result result)
{
	switch (result) {
	case NACCS_RESULT_FAILED:
	case NACCS_RESULT_NOT_VERIFIED:
		return CLI_BAD;
	case NACCS_RESULT_PARTIAL:
	case NACCS_RESULT_NOT_DUE:
		return CLI_CARE;
	case NACCS_RESULT_OK:
	case NACCS_RESULT_INSTALLED:
	case NACCS_RESULT_UNCHANGED:
	case NACCS_RESULT_RENEWED:
	case NACCS_RESULT_REMOVED:
	case NACCS_RESULT_ROLLED_BACK:
	case NACCS_RESULT_VERIFIED:
		return CLI_GOOD;
	}
	return CLI_PLAIN;
}

static const char *words_of(enum naccs_result result)
{
	switch (result) {
	case NACCS_RESULT_OK:
		return _("done");
	case NACCS_RESULT_INSTALLED:
		return _("installed");
	case NACCS_RESULT_UNCHANGED:
		return _("unchanged, as it was already there");
	case NACCS_RESULT_PARTIAL:
		return _("done in some stores, failed in others");
	case NACCS_RESULT_FAILED:
		return _("failed");
	case NACCS_RESULT_RENEWED:
		return _("renewed");
	case NACCS_RESULT_NOT_DUE:
		return _("not due yet");
	case NACCS_RESULT_REMOVED:
		return _("removed");
	case NACCS_RESULT_ROLLED_BACK:
		return _("back to the previous certificate");
	case NACCS_RESULT_VERIFIED:
		return _("verified");
	case NACCS_RESULT_NOT_VERIFIED:
		return _("not verified");
	}
	return "";
}

/* "  label           text": text may be NULL when memory was short. */
static void show_line(struct cli_page *page, const char *label, const char *text)
{
	cli_page_print(page, "  ");
	cli_page_word(page, CLI_FAINT, LABEL_WIDTH, label);
	cli_page_word(page, CLI_PLAIN, 0, text);
	cli_page_end_line(page);
}

static char *days_text(int64_t days)
{
	if (days < 0)
		return naccs_format(_("expired"));
	return days == 1 ? naccs_format(_("1 day left")) : naccs_format(_("%lld days left"), (long long)days);
}

static void show_certificate(struct cli_page *page, const struct naccs_certificate_info *info, int64_t now)
{
	char until[NACCS_TIME_TEXT_SIZE], renew[NACCS_TIME_TEXT_SIZE];
	naccs_time_format_japan(info->not_after, until);
	naccs_time_format_japan(info->renew_from, renew);
	naccs_auto(heap) char *days = days_text(naccs_days_left(now, info->not_after));
	naccs_auto(heap) char *valid = days == NULL ? NULL : naccs_format("%s (%s)", until, days);
	show_line(page, _("certificate"), info->subject);
	show_line(page, _("issued by"), info->issuer);
	show_line(page, _("valid until"), valid);
	show_line(page, _("renewal from"), renew);
	show_line(page, "SHA-256", info->sha256);
}

static void show_check(struct cli_page *page, const char *label, int value, const char *text)
{
	static const enum cli_tone tones[] = {CLI_CARE, CLI_BAD, CLI_GOOD};
	const char *marks[] = {_("unknown"), _("FAILED"), _("ok")};
	size_t index = value < 0 ? 0 : value == 0 ? 1 : 2;
	cli_page_print(page, "  ");
	cli_page_word(page, CLI_FAINT, LABEL_WIDTH, label);
	cli_page_word(page, tones[index], MARK_WIDTH, marks[index]);
	cli_page_word(page, CLI_PLAIN, 0, text);
	cli_page_end_line(page);
}

/* What the judgement of the server chain rests on; "" without a basis. Caller frees. */
static char *basis_text(const struct naccs_verified *verified)
{
	char date[NACCS_TIME_TEXT_SIZE];
	naccs_time_format_japan(verified->basis_time, date);
	if (verified->basis == NULL)
		return naccs_format("%s", "");
	if (strcmp(verified->basis, "live") == 0)
		return naccs_format(_(" (the server's own chain, met on %s)"), date);
	if (strcmp(verified->basis, "recorded") == 0)
		return naccs_format(_(" (the server's chain as recorded on %s)"), date);
	return naccs_format(_(" (bundled intermediate; no server was met)"));
}

static void show_server_chain(struct cli_page *page, const struct naccs_store_report *store)
{
	const struct naccs_verified *verified = &store->verified;
	const char *name = store->anchor.name;
	naccs_auto(heap) char *basis = basis_text(verified);
	naccs_auto(heap) char *text = NULL;
	if (verified->server_chain > 0)
		text = naccs_format(_("leads to %s in the store%s"), name == NULL ? "-" : name, basis == NULL ? "" : basis);
	else if (verified->server_chain == 0)
		text = naccs_format(_("does not lead to the TLS root in the store%s"), basis == NULL ? "" : basis);
	else
		text = naccs_format(_("there is nothing to judge it by"));
	show_check(page, _("server chain"), verified->server_chain, text);
	if (name == NULL)
		return;
	char until[NACCS_TIME_TEXT_SIZE];
	naccs_time_format_japan(store->anchor.not_after, until);
	naccs_auto(heap) char *root = naccs_format(_("%s, ends %s"), name, until);
	show_line(page, _("TLS root"), root);
}

static void show_checks(struct cli_page *page, const struct naccs_store_report *store)
{
	const struct naccs_verified *verified = &store->verified;
	show_check(page, _("key"), verified->key,
		   verified->key > 0	? _("signs; the certificate in the store verifies it")
		   : verified->key == 0 ? _("does not sign for the certificate in the store")
					: _("was not tried"));
	show_check(page, _("client chain"), verified->client_chain,
		   verified->client_chain > 0	 ? _("leads to the client CA in the store")
		   : verified->client_chain == 0 ? _("does not lead to the client CA in the store")
						 : _("there is nothing to judge it by"));
	show_server_chain(page, store);
	if (verified->online >= 0)
		show_check(page, _("online"), verified->online,
			   verified->online > 0 ? _("a NACCS server accepted the certificate")
						: _("no NACCS server accepted the certificate"));
}

/* A store that verify judged well is reported as it stands there: installed. People asked whether it is verified. */
static const char *words_of_store(const struct naccs_report *report, const struct naccs_store_report *store)
{
	bool is_verify = report->command != NULL && strcmp(report->command, "verify") == 0;
	return is_verify && store->result == NACCS_RESULT_INSTALLED ? words_of(NACCS_RESULT_VERIFIED) : words_of(store->result);
}

static bool is_shown_above(const struct naccs_report *report, const struct naccs_certificate_info *info)
{
	const struct naccs_certificate_info *above = report->certificate;
	return above != NULL && above->sha256 != NULL && info->sha256 != NULL && strcmp(above->sha256, info->sha256) == 0;
}

static void show_store(struct cli_page *page, const struct naccs_report *report, const struct naccs_store_report *store, int64_t now)
{
	cli_page_end_line(page);
	cli_page_word(page, CLI_STRONG, 0, store->uri);
	cli_page_print(page, "  ");
	cli_page_word(page, tone_of(store->result), 0, words_of_store(report, store));
	if (store->error.status != NACCS_OK)
		cli_page_print(page, " [%s]", naccs_status_id(store->error.status));
	cli_page_end_line(page);
	if (store->certificate != NULL && !is_shown_above(report, store->certificate))
		show_certificate(page, store->certificate, now);
	if (store->verified.was_judged)
		show_checks(page, store);
}

void cli_show_run(struct cli_page *page, const struct naccs_report *report, int64_t now)
{
	const struct naccs_certificate_info *info = report->certificate;
	if (info == NULL && report->store_count == 0 && report->error.status != NACCS_OK)
		return; /* stderr says it all */
	cli_page_word(page, tone_of(report->result), 0, words_of(report->result));
	if (info != NULL && info->common_name != NULL) {
		cli_page_print(page, ": ");
		cli_page_word(page, CLI_STRONG, 0, info->common_name);
	}
	cli_page_end_line(page);
	if (info != NULL)
		show_certificate(page, info, now);
	for (size_t i = 0; i < report->store_count; i++)
		show_store(page, report, &report->stores[i], now);
}

static void show_renewals(struct cli_page *page, const struct naccs_report *report)
{
	for (size_t i = 0; i < report->renewal_count; i++) {
		const struct naccs_renewal_info *info = &report->renewals[i];
		const char *name = info->terminal != NULL ? info->terminal : info->certificate != NULL ? info->certificate->common_name : NULL;
		char opens[NACCS_TIME_TEXT_SIZE];
		naccs_time_format_japan(info->opens, opens);
		naccs_auto(heap) char *from = info->result == NACCS_RESULT_NOT_DUE ? naccs_format(_("not due before %s"), opens) : NULL;
		cli_page_print(page, "  ");
		cli_page_word(page, CLI_STRONG, LABEL_WIDTH, name != NULL ? name : "-");
		cli_page_word(page, tone_of(info->result), 0, from != NULL ? from : words_of(info->result));
		if (info->error.status != NACCS_OK)
			cli_page_print(page, " [%s]", naccs_status_id(info->error.status));
		cli_page_end_line(page);
	}
}

void cli_show_renewal(struct cli_page *page, const struct naccs_report *report, int64_t now)
{
	if (report->renewal_count == 0) {
		cli_show_run(page, report, now);
		return;
	}
	cli_page_word(page, tone_of(report->result), 0, words_of(report->result));
	cli_page_end_line(page);
	show_renewals(page, report);
	for (size_t i = 0; i < report->store_count; i++)
		show_store(page, report, &report->stores[i], now);
}

void cli_show_warnings(struct cli_page *page, const struct naccs_report *report)
{
	for (size_t i = 0; i < report->warning_count; i++) {
		cli_page_word(page, CLI_CARE, 0, _("Warning:"));
		cli_page_print(page, " ");
		cli_page_word(page, CLI_PLAIN, 0, report->warnings[i].message);
		cli_page_print(page, " [%s]\n", report->warnings[i].id == NULL ? "" : report->warnings[i].id);
	}
}

static void show_error(struct cli_page *page, const struct naccs_error *err)
{
	cli_page_print(page, "naccs-cert: ");
	cli_page_word(page, CLI_BAD, 0, err->message);
	cli_page_end_line(page);
	show_line(page, _("error"), naccs_status_id(err->status));
	if (err->hint[0] != '\0')
		show_line(page, _("what to do"), err->hint);
}

static bool is_same_error(const struct naccs_error *one, const struct naccs_error *other)
{
	return one->status == other->status && strcmp(one->message, other->message) == 0;
}

/* Is it told with a store? */
static bool is_a_stores(const struct naccs_report *report, const struct naccs_error *err)
{
	for (size_t i = 0; i < report->store_count; i++)
		if (is_same_error(&report->stores[i].error, err))
			return true;
	return false;
}

/* Each store's, then the command's own, unless it repeats one of them. */
static void each_error(struct cli_page *page, const struct naccs_report *report, void (*show)(struct cli_page *page, const struct naccs_error *err))
{
	bool is_shown = report->error.status == NACCS_OK;
	for (size_t i = 0; i < report->renewal_count; i++) {
		const struct naccs_error *err = &report->renewals[i].error;
		if (err->status == NACCS_OK || is_a_stores(report, err))
			continue;
		show(page, err);
		is_shown = is_shown || is_same_error(err, &report->error);
	}
	for (size_t i = 0; i < report->store_count; i++) {
		const struct naccs_error *err = &report->stores[i].error;
		if (err->status == NACCS_OK)
			continue;
		show(page, err);
		is_shown = is_shown || is_same_error(err, &report->error);
	}
	if (!is_shown)
		show(page, &report->error);
}

void cli_show_errors(struct cli_page *page, const struct naccs_report *report)
{
	each_error(page, report, show_error);
}

static void journal_line(struct cli_page *page, const char *priority, const char *message, const char *id, const char *hint)
{
	cli_page_print(page, "%s", priority);
	cli_page_word(page, CLI_PLAIN, 0, message);
	cli_page_print(page, " [%s]", id == NULL ? "" : id);
	if (hint[0] != '\0') {
		cli_page_print(page, " ");
		cli_page_word(page, CLI_PLAIN, 0, hint);
	}
	cli_page_end_line(page);
}

static void journal_error(struct cli_page *page, const struct naccs_error *err)
{
	journal_line(page, "<3>", err->message, naccs_status_id(err->status), err->hint);
}

void cli_show_journal(struct cli_page *page, const struct naccs_report *report, bool is_quiet)
{
	for (size_t i = 0; i < report->warning_count && !is_quiet; i++)
		journal_line(page, "<4>", report->warnings[i].message, report->warnings[i].id, "");
	each_error(page, report, journal_error);
}
