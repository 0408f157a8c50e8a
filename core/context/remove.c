/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the commands remove and rollback: both change one certificate's place in stores that already have it. */
#include "context.h"

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
	naccs_status status;

	*ret = (struct opened){.books = {.state_dirfd = ground->state_dirfd, .ledger = ground->ledger, .now = naccs_clock_now()}};
	status = naccs_selected_open(context, selected, NACCS_ACCESS_WRITE, &ret->store, err);
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
	naccs_report_name_certificate(report, line, facts);
	return NACCS_OK;
}

/* The entry of ours in this store that is meant, where the store itself shows no such certificate any more. NULL: none, or more than one. */
static struct naccs_ledger_entry *find_vanished(const struct naccs_ledger *ledger, const struct opened *opened, const char *wanted)
{
	struct naccs_ledger_entry *found = NULL;

	for (size_t i = 0; i < ledger->count; i++) {
		struct naccs_ledger_entry *entry = &ledger->entries[i];

		if (strcmp(entry->store, opened->store->uri) != 0 || naccs_contents_client(opened->contents, entry->sha256) != NULL ||
		    !naccs_is_wanted_certificate(entry->sha256, wanted))
			continue;
		if (found != NULL)
			return NULL;
		found = entry;
	}
	return found;
}

/* Somebody else took it away, or damaged it: what is left of it goes, and the ledger forgets it. */
static naccs_status remove_vanished(struct opened *opened, struct naccs_ledger_entry *entry, struct naccs_report *report,
				    struct naccs_store_report *line, struct naccs_error *err)
{
	line->sha256 = strdup(entry->sha256);
	naccs_report_warn(report, "store.vanished", _("%s did not hold the certificate %s any more: what was left of it is removed, and the ledger forgets it."),
			  line->uri, entry->serial);
	return naccs_remove_entry(opened->store, &opened->books, entry, err);
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
	status = naccs_select_sole_certificate(&(struct naccs_choosing){.context = context,
									.ledger = ground->ledger,
									.contents = opened.contents,
									.uri = opened.store->uri,
									.wanted = wanted},
					       &client, err);
	if (status == NACCS_E_VERIFY_NONE && (entry = find_vanished(ground->ledger, &opened, wanted)) != NULL) {
		status = remove_vanished(&opened, entry, report, line, err);
		opened_close(&opened);
		return status;
	}
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
static naccs_status find_previous(const struct naccs *context, const struct naccs_ground *ground, const struct opened *opened,
				  const char *wanted, const struct naccs_content **ret, struct naccs_error *err)
{
	const struct naccs_content *current = NULL, *best = NULL;
	int64_t best_start = 0;
	bool is_back = false;
	const struct naccs_ledger_entry *current_entry = NULL;
	const struct naccs_choosing choosing = {
		.context = context, .contents = opened->contents, .uri = opened->store->uri, .wanted = wanted};

	if (wanted != NULL)
		return naccs_select_certificate(&choosing, ret, err);
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
		is_back = is_back || (entry != NULL && entry->not_before > current_entry->not_before);
		if (entry == NULL || entry->not_before > current_entry->not_before || (best != NULL && entry->not_before <= best_start))
			continue;
		best = item;
		best_start = entry->not_before;
	}
	if (is_back) /* a newer one of ours lies beside the current one: that way was gone already */
		best = current;
	if (best == NULL)
		return naccs_fail(err, NACCS_E_VERIFY_NONE, 0, _("%s holds no previous certificate to go back to"), opened->store->uri);
	*ret = best;
	return NACCS_OK;
}

/* There is no way back to what has ended. */
static naccs_status check_lifetime(const struct naccs *context, const struct naccs_certificate_info *previous, const char *uri,
				   struct naccs_error *err)
{
	char end[NACCS_TIME_TEXT_SIZE];

	if (previous == NULL || previous->not_after > naccs_rules_now(context))
		return NACCS_OK;
	naccs_time_format_japan(previous->not_after, end);
	return naccs_fail(err, NACCS_E_REFUSED, 0, _("cannot go back in %s: the previous certificate ended on %s"), uri, end);
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
		status = check_lifetime(context, line->certificate, opened.store->uri, err);
	if (status == NACCS_OK) /* it must prove itself before it becomes current again */
		status = naccs_prove_content(context, ground, opened.store, opened.contents, previous, line, err);
	if (status == NACCS_OK && previous->is_current)
		line->result = NACCS_RESULT_UNCHANGED;
	else if (status == NACCS_OK && naccs_unhex(previous->sha256, sha256, sizeof sha256))
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
	size_t failed = 0, changed = 0;

	for (size_t i = 0; i < selection->count; i++) {
		struct naccs_error own = {0};
		struct naccs_store_report *line = naccs_report_add_store(report, selection->items[i].uri);

		if (line == NULL)
			return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
		line->result = done;
		if (change(context, ground, &selection->items[i], wanted, report, line, &own) == NACCS_OK) {
			changed += line->result == done;
			continue;
		}
		failed++;
		line->result = NACCS_RESULT_FAILED;
		line->error = own;
		if (naccs_status_badness(own.status) > naccs_status_badness(report->error.status))
			report->error = own;
	}
	report->result = failed == 0 ? (changed > 0 ? done : NACCS_RESULT_UNCHANGED) : failed < selection->count ? NACCS_RESULT_PARTIAL : NACCS_RESULT_FAILED;
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
	status = naccs_report_begin(context, command, &report, err);
	if (status == NACCS_OK)
		status = naccs_ground_open(context, true, &ground, err);
	if (status == NACCS_OK)
		status = naccs_selection_make(context, targets, count, ground.ledger, &selection, err);
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

/* The URIs of the stores that are well, one a line. Caller frees. */
static char *join_stores(const struct naccs_report *report)
{
	char *text = naccs_format("%s", "");

	for (size_t i = 0; text != NULL && i < report->store_count; i++) {
		char *longer;

		if (report->stores[i].result == NACCS_RESULT_FAILED)
			continue;
		longer = naccs_format("%s%s%s", text, text[0] != '\0' ? "\n" : "", report->stores[i].uri);
		free(text);
		text = longer;
	}
	return text;
}

/* The first store that has gone back; NULL: none has. */
static const struct naccs_store_report *find_rolled_back(const struct naccs_report *report)
{
	for (size_t i = 0; i < report->store_count; i++)
		if (report->stores[i].result == NACCS_RESULT_ROLLED_BACK && report->stores[i].certificate != NULL)
			return &report->stores[i];
	return NULL;
}

/* The terminal of what is current in that store now, by the ledger. Caller frees; NULL: not known. */
static char *find_terminal(struct naccs *context, const struct naccs_store_report *store)
{
	struct naccs_ground ground;
	struct naccs_error ignored = {0};
	const struct naccs_ledger_entry *entry = NULL;
	char *terminal = NULL;

	if (naccs_ground_open(context, false, &ground, &ignored) == NACCS_OK && store->sha256 != NULL)
		entry = naccs_ledger_find(ground.ledger, store->uri, store->sha256);
	if (entry != NULL && entry->terminal != NULL)
		terminal = strdup(entry->terminal);
	naccs_ground_close(&ground);
	return terminal;
}

/* Another certificate is current in this store, and perhaps in others: tell the programs. */
static void run_hooks(struct naccs *context, const char *const *hooks, const struct naccs_store_report *changed,
		      struct naccs_report *report)
{
	naccs_auto(heap) char *stores = join_stores(report);
	naccs_auto(heap) char *terminal = find_terminal(context, changed);
	const struct naccs_hook_facts facts = {
		.terminal = terminal,
		.stores = stores != NULL ? stores : "",
		.serial = changed->certificate->serial,
		.not_after = changed->certificate->not_after,
	};
	size_t count = 0;

	while (hooks != NULL && hooks[count] != NULL)
		count++;
	naccs_hooks_deploy(context, hooks, count, &facts, report);
}

naccs_status naccs_rollback(struct naccs *context, const struct naccs_target *targets, size_t count, const char *certificate,
			    const char *const *deploy_hooks, struct naccs_report **ret, struct naccs_error *err)
{
	naccs_status status = change_stores(context, "rollback", targets, count, certificate, NACCS_RESULT_ROLLED_BACK, roll_back_in, ret, err);

	const struct naccs_store_report *changed = status == NACCS_OK ? find_rolled_back(*ret) : NULL;

	if (changed != NULL)
		run_hooks(context, deploy_hooks, changed, *ret);
	return status;
}
