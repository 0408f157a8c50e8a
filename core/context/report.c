/* SPDX-License-Identifier: Apache-2.0 */
/* Why: reports: how they are filled, freed, and concluded into a result and an exit code. See naccscert.h. */
#include "context.h"

#include "text.h"

#include <stdlib.h>
#include <string.h>

const char *naccs_result_name(enum naccs_result result)
{
	static const char *const names[] = {
		[NACCS_RESULT_OK] = "ok",
		[NACCS_RESULT_INSTALLED] = "installed",
		[NACCS_RESULT_UNCHANGED] = "unchanged",
		[NACCS_RESULT_PARTIAL] = "partial",
		[NACCS_RESULT_FAILED] = "failed",
		[NACCS_RESULT_RENEWED] = "renewed",
		[NACCS_RESULT_NOT_DUE] = "not-due",
		[NACCS_RESULT_REMOVED] = "removed",
		[NACCS_RESULT_ROLLED_BACK] = "rolled-back",
		[NACCS_RESULT_VERIFIED] = "verified",
		[NACCS_RESULT_NOT_VERIFIED] = "not-verified",
	};

	return (size_t)result < sizeof names / sizeof names[0] ? names[result] : "failed";
}

naccs_status naccs_report_begin(struct naccs *context, const char *command, struct naccs_report **ret, struct naccs_error *err)
{
	naccs_status status = naccs_report_new(command, ret, err);

	context->report = status == NACCS_OK ? *ret : NULL;
	return status;
}

naccs_status naccs_report_new(const char *command, struct naccs_report **ret, struct naccs_error *err)
{
	struct naccs_report *report = calloc(1, sizeof *report);

	if (report != NULL)
		report->command = strdup(command != NULL ? command : "");
	if (report == NULL || report->command == NULL) {
		free(report);
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
	}
	*ret = report;
	return NACCS_OK;
}

struct naccs_report *naccs_report_of_error(const char *command, const struct naccs_error *err)
{
	struct naccs_report *report = NULL;

	if (naccs_report_new(command, &report, NULL) != NACCS_OK)
		return NULL;
	report->result = NACCS_RESULT_FAILED;
	report->error = *err;
	report->exit_code = naccs_status_exit_code(err->status);
	return report;
}

void naccs_certificate_info_free(struct naccs_certificate_info *info)
{
	if (info == NULL)
		return;
	free(info->subject);
	free(info->issuer);
	free(info->common_name);
	free(info->serial);
	free(info->sha256);
	free(info->sha1);
	free(info);
}

static void store_clear(struct naccs_store_report *store)
{
	free(store->uri);
	free(store->sha256);
	free(store->anchor.name);
	free(store->anchor.sha256);
	naccs_certificate_info_free(store->certificate);
}

static void place_clear(struct naccs_store_info *place)
{
	free(place->uri);
	free(place->kind);
	free(place->label);
	for (size_t i = 0; place->can != NULL && place->can[i] != NULL; i++)
		free(place->can[i]);
	free(place->can);
}

static void item_clear(struct naccs_inventory_item *item)
{
	naccs_certificate_info_free(item->certificate);
	free(item->store);
	free(item->terminal);
}

static void escrow_info_clear(struct naccs_escrow_info *info)
{
	free(info->id);
	free(info->command);
	free(info->state);
	free(info->terminal);
	free(info->subject);
}

void naccs_report_free(struct naccs_report *report)
{
	if (report == NULL)
		return;
	for (size_t i = 0; i < report->store_count; i++)
		store_clear(&report->stores[i]);
	for (size_t i = 0; i < report->inventory_count; i++)
		item_clear(&report->inventory[i]);
	for (size_t i = 0; i < report->place_count; i++)
		place_clear(&report->places[i]);
	for (size_t i = 0; i < report->escrow_count; i++)
		escrow_info_clear(&report->escrow[i]);
	for (size_t i = 0; i < report->renewal_count; i++) {
		free(report->renewals[i].terminal);
		naccs_certificate_info_free(report->renewals[i].certificate);
	}
	free(report->renewals);
	for (size_t i = 0; i < report->warning_count; i++) {
		free(report->warnings[i].id);
		free(report->warnings[i].message);
	}
	free(report->stores);
	free(report->inventory);
	free(report->places);
	free(report->escrow);
	free(report->warnings);
	naccs_certificate_info_free(report->certificate);
	free(report->command);
	free(report);
}

/* Grow an array by one zeroed element; NULL when memory is short. */
static void *grow(void **array, size_t *count, size_t element)
{
	char *grown = reallocarray(*array, *count + 1, element);

	if (grown == NULL)
		return NULL;
	*array = grown;
	memset(grown + *count * element, 0, element);
	return grown + (*count)++ * element;
}

#define GROW(array, count) \
	({ \
		void *naccs_array_ = (array); \
		void *naccs_added_ = grow(&naccs_array_, &(count), sizeof *(array)); \
		(array) = naccs_array_; \
		naccs_added_; \
	})

struct naccs_store_report *naccs_report_add_store(struct naccs_report *report, const char *uri)
{
	struct naccs_store_report *store = GROW(report->stores, report->store_count);

	if (store != NULL) {
		store->uri = strdup(uri);
		store->verified = (struct naccs_verified){.key = -1, .client_chain = -1, .server_chain = -1, .online = -1};
	}
	return store;
}

struct naccs_inventory_item *naccs_report_add_item(struct naccs_report *report)
{
	return GROW(report->inventory, report->inventory_count);
}

struct naccs_store_info *naccs_report_add_place(struct naccs_report *report)
{
	return GROW(report->places, report->place_count);
}

struct naccs_renewal_info *naccs_report_add_renewal(struct naccs_report *report)
{
	return GROW(report->renewals, report->renewal_count);
}

struct naccs_escrow_info *naccs_report_add_escrow(struct naccs_report *report, const struct naccs_escrow *escrow)
{
	struct naccs_escrow_info *info = GROW(report->escrow, report->escrow_count);

	if (info != NULL) {
		info->id = strdup(escrow->id);
		info->command = strdup(escrow->order.command);
		info->state = strdup(naccs_escrow_state_name(escrow->state));
		info->terminal = escrow->order.terminal != NULL ? strdup(escrow->order.terminal) : NULL;
		info->subject = escrow->order.subject != NULL ? strdup(escrow->order.subject) : NULL;
		info->created_at = escrow->created_at;
	}
	return info;
}

/* Said once is enough: a run looks at the same store more than once. */
static bool is_warned(const struct naccs_report *report, const char *id, const char *message)
{
	for (size_t i = 0; i < report->warning_count; i++)
		if (strcmp(report->warnings[i].id, id) == 0 && strcmp(report->warnings[i].message, message) == 0)
			return true;
	return false;
}

void naccs_report_warn(struct naccs_report *report, const char *id, const char *format, ...)
{
	struct naccs_warning *warning;
	char *message = NULL;
	va_list args;
	int length;

	va_start(args, format);
	length = vasprintf(&message, format, args);
	va_end(args);
	if (length < 0)
		return;
	if (is_warned(report, id, message)) {
		free(message);
		return;
	}
	warning = GROW(report->warnings, report->warning_count);
	if (warning == NULL) {
		free(message);
		return;
	}
	warning->id = strdup(id);
	warning->message = message;
}

struct naccs_certificate_info *naccs_certificate_info_new(const struct naccs_certificate_facts *facts)
{
	struct naccs_certificate_info *info = calloc(1, sizeof *info);

	if (info == NULL)
		return NULL;
	info->subject = strdup(facts->subject);
	info->issuer = strdup(facts->issuer);
	info->common_name = strdup(facts->common_name);
	info->serial = strdup(facts->serial);
	info->sha256 = strdup(facts->sha256);
	info->sha1 = strdup(facts->sha1);
	info->not_before = facts->not_before;
	info->not_after = facts->not_after;
	info->renew_from = naccs_renewal_opens(facts->not_after);
	return info;
}

void naccs_report_name_certificate(struct naccs_report *report, struct naccs_store_report *store, const struct naccs_certificate_facts *facts)
{
	free(store->sha256);
	store->sha256 = strdup(facts->sha256);
	store->certificate = naccs_certificate_info_new(facts);
	if (report->certificate == NULL)
		report->certificate = naccs_certificate_info_new(facts);
}

void naccs_store_report_verdict(struct naccs_store_report *store, const struct naccs_verdict *verdict)
{
	static const char *const bases[] = {
		[NACCS_BASIS_NONE] = NULL,
		[NACCS_BASIS_LIVE] = "live",
		[NACCS_BASIS_RECORDED] = "recorded",
		[NACCS_BASIS_BUNDLED] = "bundled",
	};

	store->verified = (struct naccs_verified){
		.key = verdict->key,
		.client_chain = verdict->client_chain,
		.server_chain = verdict->server_chain,
		.online = -1,
		.basis = bases[verdict->basis],
		.basis_time = verdict->basis_time,
		.was_judged = true,
	};
	if (verdict->anchor == NULL)
		return;
	free(store->anchor.name);
	free(store->anchor.sha256);
	store->anchor.name = strdup(verdict->anchor->common_name);
	store->anchor.sha256 = strdup(verdict->anchor->sha256);
	store->anchor.not_after = verdict->anchor->not_after;
}

void naccs_report_absorb(struct naccs_report *report, struct naccs_report *part)
{
	for (size_t i = 0; i < part->store_count; i++) {
		struct naccs_store_report *store = GROW(report->stores, report->store_count);

		if (store == NULL)
			break;
		*store = part->stores[i];
		part->stores[i] = (struct naccs_store_report){0};
	}
	for (size_t i = 0; i < part->warning_count; i++) {
		struct naccs_warning *warning = GROW(report->warnings, report->warning_count);

		if (warning == NULL)
			break;
		*warning = part->warnings[i];
		part->warnings[i] = (struct naccs_warning){0};
	}
	naccs_report_free(part);
}

/* How many stores of a report have a result. */
static size_t count_results(const struct naccs_report *report, enum naccs_result result)
{
	size_t count = 0;

	for (size_t i = 0; i < report->store_count; i++)
		count += report->stores[i].result == result;
	return count;
}

void naccs_report_conclude_install(struct naccs_report *report, bool was_obtained)
{
	size_t failed = count_results(report, NACCS_RESULT_FAILED);

	if (failed == 0) {
		report->result = count_results(report, NACCS_RESULT_INSTALLED) > 0 ? NACCS_RESULT_INSTALLED : NACCS_RESULT_UNCHANGED;
		/* The stores are well; a deploy hook may have failed after them. */
		report->exit_code = report->error.status == NACCS_E_HOOK_FAILED ? naccs_status_exit_code(report->error.status) : 0;
		return;
	}
	for (size_t i = 0; i < report->store_count; i++)
		if (naccs_status_badness(report->stores[i].error.status) > naccs_status_badness(report->error.status))
			report->error = report->stores[i].error;
	report->result = failed < report->store_count ? NACCS_RESULT_PARTIAL : NACCS_RESULT_FAILED;
	report->exit_code = failed < report->store_count || was_obtained ? 20 : naccs_status_exit_code(report->error.status);
}
