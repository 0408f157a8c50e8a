/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the commands remove and rollback: both change one certificate's place in stores that already have it. */
#include "context.h"

#include "hook.h"
#include "selection.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

/* One store, open for writing and repaired, with what it holds. */
struct opened {
	struct naccs_open_store *store;
	struct naccs_contents *contents;
	struct naccs_books books;
};

static void opened_close(struct opened *opened)
{
	naccs_contents_free(opened->contents);
	naccs_open_store_free(opened->store);
	*opened = (struct opened){0};
}

static naccs_status open_for_change(struct naccs *context, const struct naccs_ground *ground, const struct naccs_selected_store *selected,
				    struct opened *ret, struct naccs_error *err)
{
	struct naccs_error damage = {0}; /* what is damaged may be removed, and what proves itself may become current */
	struct naccs_registry *registry;
	naccs_status status = naccs_context_registry(context, &registry, err);

	*ret = (struct opened){.books = {.state_dirfd = ground->state_dirfd, .ledger = ground->ledger, .now = naccs_clock_now()}};
	if (status == NACCS_OK)
		status = naccs_open_store_new(registry, &context->asker,
					      &(struct naccs_store_opening){.uri = selected->uri,
									    .pin_file = selected->pin_file,
									    .access = NACCS_ACCESS_WRITE,
									    .lock_timeout_ms = context->lock_timeout_ms},
					      &ret->store, err);
	if (status == NACCS_OK)
		status = naccs_recover_store(ret->store, &ret->books, err);
	if (status == NACCS_OK)
		status = naccs_contents_read(ret->store, context->crypto, &ret->contents, &damage, err);
	if (status != NACCS_OK)
		opened_close(ret);
	return status;
}

static naccs_status describe_client(const struct naccs_content *client, struct naccs_report *report, struct naccs_store_report *line,
				    struct naccs_error *err)
{
	naccs_auto(certificate_facts) struct naccs_certificate_facts *facts = NULL;
	naccs_status status = naccs_certificate_facts_new(client->certificate, &facts, err);

	if (status != NACCS_OK)
		return status;
	free(line->sha256);
	line->sha256 = strdup(facts->sha256);
	line->certificate = naccs_certificate_info_new(facts);
	if (report->certificate == NULL)
		report->certificate = naccs_certificate_info_new(facts);
	return NACCS_OK;
}

static naccs_status remove_from(struct naccs *context, const struct naccs_ground *ground, const struct naccs_selected_store *selected,
				const char *wanted, struct naccs_report *report, struct naccs_store_report *line, struct naccs_error *err)
{
	struct opened opened;
	const struct naccs_content *client;
	struct naccs_ledger_entry *entry;
	naccs_status status = open_for_change(context, ground, selected, &opened, err);

	if (status != NACCS_OK)
		return status;
	free(line->uri);
	line->uri = strdup(opened.store->uri);
	status = naccs_select_certificate(opened.contents, opened.store->uri, wanted, &client, err);
	if (status == NACCS_OK)
		status = describe_client(client, report, line, err);
	if (status == NACCS_OK) {
		entry = naccs_ledger_find(ground->ledger, opened.store->uri, client->sha256);
		if (entry == NULL) {
			status = naccs_fail(err, NACCS_E_REFUSED, 0, _("cannot remove the certificate %.16s… from %s: naccs-cert did not put it there"),
					    client->sha256, opened.store->uri);
			naccs_error_hint(err, _("Only what the ledger in the state directory knows is removed. Was another --state-dir in use?"));
		} else {
			status = naccs_remove_entry(opened.store, &opened.books, entry, err);
		}
	}
	opened_close(&opened);
	return status;
}

/* The certificate to go back to: the newest one of ours that is still valid and older than the current one, or the one asked for. */
static naccs_status find_previous(const struct naccs *context, const struct naccs_ground *ground, const struct opened *opened, const char *wanted,
				  const struct naccs_content **ret, struct naccs_error *err)
{
	const struct naccs_content *current = NULL, *best = NULL;
	int64_t now = naccs_rules_now(context), best_start = 0;
	const struct naccs_ledger_entry *current_entry = NULL;
	char end[NACCS_TIME_TEXT_SIZE];

	if (wanted != NULL)
		return naccs_select_certificate(opened->contents, opened->store->uri, wanted, ret, err);
	for (size_t i = 0; i < opened->contents->count; i++)
		if (opened->contents->items[i].role == NACCS_ROLE_CLIENT && opened->contents->items[i].is_current)
			current = &opened->contents->items[i];
	if (current != NULL)
		current_entry = naccs_ledger_find(ground->ledger, opened->store->uri, current->sha256);
	if (current_entry == NULL)
		return naccs_fail(err, NACCS_E_VERIFY_NONE, 0, _("%s holds no current certificate of ours to go back from"), opened->store->uri);
	for (size_t i = 0; i < opened->contents->count; i++) {
		const struct naccs_content *item = &opened->contents->items[i];
		const struct naccs_ledger_entry *entry;

		if (item->role != NACCS_ROLE_CLIENT || item == current || item->is_pending || !item->has_key)
			continue;
		entry = naccs_ledger_find(ground->ledger, opened->store->uri, item->sha256);
		if (entry == NULL || entry->not_before > current_entry->not_before || (best != NULL && entry->not_before <= best_start))
			continue;
		best = item;
		best_start = entry->not_before;
	}
	if (best == NULL)
		return naccs_fail(err, NACCS_E_VERIFY_NONE, 0, _("%s holds no previous certificate to go back to"), opened->store->uri);
	if (naccs_ledger_find(ground->ledger, opened->store->uri, best->sha256)->not_after <= now) {
		naccs_time_format_japan(naccs_ledger_find(ground->ledger, opened->store->uri, best->sha256)->not_after, end);
		return naccs_fail(err, NACCS_E_REFUSED, 0, _("cannot go back in %s: the previous certificate ended on %s"), opened->store->uri, end);
	}
	*ret = best;
	return NACCS_OK;
}

/* It must prove itself before it becomes current again. */
static naccs_status prove(const struct naccs *context, const struct naccs_ground *ground, const struct opened *opened,
			  const struct naccs_content *client, struct naccs_store_report *line, struct naccs_error *err)
{
	struct naccs_verdict verdict = {0};
	naccs_status status = naccs_proof_make(&ground->proof, opened->store, opened->contents, client->sha256,
					       naccs_trust_anchors(context->trust), NULL, &verdict, err);

	if (status == NACCS_OK) {
		naccs_store_report_verdict(line, &verdict);
		status = naccs_proof_failure(&verdict, opened->store->uri, err);
	}
	naccs_verdict_clear(&verdict);
	return status;
}

static naccs_status roll_back_in(struct naccs *context, const struct naccs_ground *ground, const struct naccs_selected_store *selected,
				 const char *wanted, struct naccs_report *report, struct naccs_store_report *line, struct naccs_error *err)
{
	struct opened opened;
	const struct naccs_content *previous = NULL;
	uint8_t sha256[NACCS_SHA256_SIZE];
	naccs_status status = open_for_change(context, ground, selected, &opened, err);

	if (status != NACCS_OK)
		return status;
	free(line->uri);
	line->uri = strdup(opened.store->uri);
	if (opened.store->backend->activate == NULL || (opened.store->capabilities & NACCS_CAN_ACTIVATE) == 0) {
		status = naccs_fail(err, NACCS_E_STORE_UNSUPPORTED, 0, _("cannot go back in %s: this kind of store has no current certificate"),
				    opened.store->uri);
		naccs_error_hint(err, _("The previous certificate is still there beside the new one: choose it in the program, or remove the new one."));
	}
	if (status == NACCS_OK)
		status = find_previous(context, ground, &opened, wanted, &previous, err);
	if (status == NACCS_OK)
		status = describe_client(previous, report, line, err);
	if (status == NACCS_OK)
		status = prove(context, ground, &opened, previous, line, err);
	if (status == NACCS_OK && naccs_unhex(previous->sha256, sha256, sizeof sha256))
		status = opened.store->backend->activate(opened.store->store, sha256, err);
	opened_close(&opened);
	return status;
}

typedef naccs_status change_one(struct naccs *context, const struct naccs_ground *ground, const struct naccs_selected_store *selected,
				const char *wanted, struct naccs_report *report, struct naccs_store_report *line, struct naccs_error *err);

/* The same change in every selected store; one failure does not stop the others. */
static naccs_status change_each(struct naccs *context, const struct naccs_ground *ground, const struct naccs_selection *selection, const char *wanted,
				enum naccs_result done, change_one *change, struct naccs_report *report, struct naccs_error *err)
{
	size_t failed = 0;

	for (size_t i = 0; i < selection->count; i++) {
		struct naccs_error own = {0};
		struct naccs_store_report *line = naccs_report_add_store(report, selection->items[i].uri);

		if (line == NULL)
			return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
		line->result = done;
		if (change(context, ground, &selection->items[i], wanted, report, line, &own) == NACCS_OK)
			continue;
		failed++;
		line->result = NACCS_RESULT_FAILED;
		line->error = own;
		if (naccs_status_badness(own.status) > naccs_status_badness(report->error.status))
			report->error = own;
	}
	report->result = failed == 0 ? done : failed < selection->count ? NACCS_RESULT_PARTIAL : NACCS_RESULT_FAILED;
	report->exit_code = naccs_status_exit_code(report->error.status);
	return NACCS_OK;
}

static naccs_status change_stores(struct naccs *context, const char *command, const struct naccs_target *targets, size_t count, const char *wanted,
				  enum naccs_result done, change_one *change, struct naccs_report **ret, struct naccs_error *err)
{
	naccs_auto(report) struct naccs_report *report = NULL;
	struct naccs_selection selection = {0};
	struct naccs_ground ground = {.state_dirfd = -1, .ledger_lock = -1};
	naccs_status status;

	if (count == 0)
		return naccs_fail(err, NACCS_E_USAGE, 0, _("no store to change: say --from URI"));
	status = naccs_report_new(command, &report, err);
	if (status == NACCS_OK)
		status = naccs_ground_open(context, true, &ground, err);
	if (status == NACCS_OK)
		status = naccs_selection_make(targets, count, ground.ledger, &selection, err);
	if (status == NACCS_OK)
		status = change_each(context, &ground, &selection, wanted, done, change, report, err);
	naccs_selection_clear(&selection);
	naccs_ground_close(&ground);
	if (status == NACCS_OK)
		*ret = naccs_take(&report);
	return status;
}

naccs_status naccs_remove(struct naccs *context, const struct naccs_target *targets, size_t count, const char *certificate,
			  struct naccs_report **ret, struct naccs_error *err)
{
	return change_stores(context, "remove", targets, count, certificate, NACCS_RESULT_REMOVED, remove_from, ret, err);
}

naccs_status naccs_rollback(struct naccs *context, const struct naccs_target *targets, size_t count, const char *certificate,
			    const char *const *deploy_hooks, struct naccs_report **ret, struct naccs_error *err)
{
	naccs_status status = change_stores(context, "rollback", targets, count, certificate, NACCS_RESULT_ROLLED_BACK, roll_back_in, ret, err);

	for (size_t i = 0; status == NACCS_OK && (*ret)->exit_code == 0 && deploy_hooks != NULL && deploy_hooks[i] != NULL; i++) {
		struct naccs_hook_facts facts = {
			.stores = (*ret)->stores[0].uri,
			.serial = (*ret)->certificate->serial,
			.not_after = (*ret)->certificate->not_after,
		};

		if (naccs_hook_run(deploy_hooks[i], &facts, &(*ret)->error) != NACCS_OK)
			(*ret)->exit_code = naccs_status_exit_code((*ret)->error.status);
	}
	return status;
}
