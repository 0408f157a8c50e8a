/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the command status: what is installed where, how long it lives, what waits in escrow, what will stop working and when. Nothing is changed. */
#include "context.h"

#include "advice.h"
#include "selection.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/x509.h>

const char *naccs_state_name(int64_t now, const struct naccs_certificate_facts *facts)
{
	if (now < facts->not_before)
		return "not-yet";
	if (now >= facts->not_after)
		return "expired";
	return naccs_is_renewal_open(now, facts->not_after, NACCS_RENEWAL_WINDOW_SECONDS) ? "due" : "valid";
}

static bool is_from_remembered_ca(const struct naccs_ground *ground, X509 *certificate)
{
	for (int i = 0; ground->remembered != NULL && i < sk_X509_num(ground->remembered); i++)
		if (naccs_is_signed_by(certificate, sk_X509_value(ground->remembered, i)))
			return true;
	return false;
}

/* Other programs' certificates may lie in a store too: those are listed, and nobody is warned of them. */
static bool is_of_concern(const struct naccs_ground *ground, const struct naccs_open_store *store, const struct naccs_content *client,
			  const struct naccs_certificate_facts *facts)
{
	if ((store->capabilities & NACCS_CAN_SHARE) == 0)
		return true;
	if (naccs_has_installs(ground->ledger, store->uri))
		return naccs_is_of_ours(ground->ledger, store->uri, client->sha256, facts->subject);
	return is_from_remembered_ca(ground, client->certificate);
}

static naccs_status add_item(const struct naccs *context, const struct naccs_ground *ground, const struct naccs_open_store *store,
			     const struct naccs_content *client, struct naccs_report *report, struct naccs_error *err)
{
	const char *uri = store->uri;
	naccs_auto(certificate_facts) struct naccs_certificate_facts *facts = NULL;
	const struct naccs_ledger_entry *entry = naccs_ledger_find(ground->ledger, uri, client->sha256);
	int64_t now = naccs_rules_now(context);
	struct naccs_inventory_item *item;
	naccs_status status = naccs_certificate_facts_new(client->certificate, &facts, err);

	if (status != NACCS_OK)
		return status;
	item = naccs_report_add_item(report);
	if (item == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
	item->certificate = naccs_certificate_info_new(facts);
	item->store = strdup(uri);
	item->terminal = entry != NULL && entry->terminal != NULL ? strdup(entry->terminal) : NULL;
	item->has_key = client->has_key;
	item->is_current = client->is_current;
	item->is_ours = entry != NULL;
	item->is_watched = is_of_concern(ground, store, client, facts);
	item->days_left = naccs_days_left(now, facts->not_after);
	item->state = naccs_state_name(now, facts);
	item->installed_at = entry != NULL ? entry->written_at : 0;
	return item->certificate != NULL && item->store != NULL ? NACCS_OK : naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
}

/* Where a store makes no difference between its certificates, all are current: then the newest of a subject is the one that matters. */
static bool is_superseded(const struct naccs_report *report, const struct naccs_inventory_item *item, int64_t now)
{
	for (size_t i = 0; i < report->inventory_count; i++) {
		const struct naccs_inventory_item *other = &report->inventory[i];

		if (other->is_current && other->certificate->not_before <= now && other->certificate->not_after > item->certificate->not_after &&
		    strcmp(other->store, item->store) == 0 && strcmp(other->certificate->subject, item->certificate->subject) == 0)
			return true;
	}
	return false;
}

static void mark_use(struct naccs_report *report, int64_t now)
{
	for (size_t i = 0; i < report->inventory_count; i++) {
		struct naccs_inventory_item *item = &report->inventory[i];

		item->is_in_use = item->is_watched && item->is_current && !is_superseded(report, item, now);
	}
}

static naccs_status look_into(struct naccs *context, const struct naccs_ground *ground, const struct naccs_selected_store *selected,
			      struct naccs_report *report, struct naccs_store_report *line, struct naccs_error *err)
{
	naccs_auto(open_store) struct naccs_open_store *store = NULL;
	naccs_auto(contents) struct naccs_contents *contents = NULL;
	struct naccs_error damage = {0};
	naccs_status status = naccs_selected_open(context, selected, NACCS_ACCESS_READ, &store, err);
	bool has_installs;

	if (status == NACCS_OK)
		status = naccs_contents_read(store, context->crypto, &contents, &damage, err);
	if (status != NACCS_OK)
		return status;
	free(line->uri);
	line->uri = strdup(store->uri);
	has_installs = naccs_has_installs(ground->ledger, store->uri);
	for (size_t i = 0; status == NACCS_OK && i < contents->count; i++) {
		const struct naccs_content *item = &contents->items[i];

		if (item->role != NACCS_ROLE_CLIENT || item->is_pending || item->certificate == NULL)
			continue;
		status = add_item(context, ground, store, item, report, err);
		if (status == NACCS_OK && item->is_current && line->sha256 == NULL &&
		    (!has_installs || report->inventory[report->inventory_count - 1].is_watched))
			line->sha256 = strdup(item->sha256);
	}
	if (status == NACCS_OK && damage.status != NACCS_OK) { /* what could be read is listed all the same */
		*err = damage;
		status = damage.status;
	}
	return status;
}

static naccs_status add_escrow(const struct naccs_ground *ground, struct naccs_report *report, struct naccs_error *err)
{
	struct naccs_escrow_list list;
	struct naccs_error damage = {0};
	naccs_status status = naccs_escrow_list_load_readable(ground->state_dirfd, false, &list, &damage, err);

	for (size_t i = 0; status == NACCS_OK && i < list.count; i++)
		(void)naccs_report_add_escrow(report, list.items[i]);
	if (status == NACCS_OK && list.count > 0)
		naccs_report_warn(report, "escrow.waiting", _("A PKCS#12 waits in escrow. To finish its install: naccs-cert resume"));
	naccs_escrow_list_clear(&list);
	if (status == NACCS_OK && naccs_status_badness(damage.status) > naccs_status_badness(report->error.status)) {
		report->error = damage;
		report->result = NACCS_RESULT_FAILED;
		report->exit_code = naccs_status_exit_code(damage.status);
	}
	return status;
}

/* An install or removal that a crash cut short, or that is under way just now. */
static void warn_of_pending(const struct naccs_ground *ground, struct naccs_report *report)
{
	for (size_t i = 0; i < ground->ledger->count; i++)
		if (ground->ledger->entries[i].state != NACCS_LEDGER_INSTALLED)
			naccs_report_warn(report, "ledger.pending",
					  _("A run in %s is under way or was cut short; then the next command that changes this store will clear it up."),
					  ground->ledger->entries[i].store);
}

static naccs_status take_stock(struct naccs *context, const struct naccs_ground *ground, const struct naccs_selection *selection,
			       struct naccs_report *report, struct naccs_error *err)
{
	for (size_t i = 0; i < selection->count; i++) {
		struct naccs_error own = {0};
		struct naccs_store_report *line = naccs_report_add_store(report, selection->items[i].uri);

		if (line == NULL)
			return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
		line->result = NACCS_RESULT_INSTALLED;
		if (look_into(context, ground, &selection->items[i], report, line, &own) == NACCS_OK) {
			if (line->sha256 == NULL)
				line->result = NACCS_RESULT_REMOVED;
			continue;
		}
		line->result = NACCS_RESULT_FAILED;
		line->error = own;
		if (naccs_status_badness(own.status) > naccs_status_badness(report->error.status))
			report->error = own;
	}
	mark_use(report, naccs_rules_now(context));
	naccs_foresee_certificates(context, report);
	naccs_advise_on_anchors(context, report);
	warn_of_pending(ground, report);
	report->result = report->error.status == NACCS_OK ? NACCS_RESULT_OK : NACCS_RESULT_FAILED;
	report->exit_code = naccs_status_exit_code(report->error.status);
	return add_escrow(ground, report, err);
}

naccs_status naccs_inventory(struct naccs *context, const struct naccs_target *targets, size_t count, struct naccs_report **ret,
			     struct naccs_error *err)
{
	naccs_auto(report) struct naccs_report *report = NULL;
	struct naccs_selection selection = {0};
	struct naccs_ground ground = {.state_dirfd = -1, .ledger_lock = -1};
	naccs_status status = naccs_report_begin(context, "status", &report, err);

	if (status == NACCS_OK)
		status = naccs_ground_open(context, false, &ground, err);
	if (status == NACCS_OK)
		status = naccs_selection_make(context, targets, count, ground.ledger, &selection, err);
	if (status == NACCS_OK)
		status = take_stock(context, &ground, &selection, report, err);
	naccs_selection_clear(&selection);
	naccs_ground_close(&ground);
	if (status == NACCS_OK)
		*ret = naccs_take(&report);
	return status;
}
