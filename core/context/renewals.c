/* SPDX-License-Identifier: Apache-2.0 */
/* Why: what renew --due looks at: every terminal of the configuration, every certificate of the ledger, but for what was renewed. See
 * renewal.h. */
#include "renewal_parts.h"
#include "renew.h"

#include "text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static naccs_status out_of_memory(struct naccs_error *err)
{
	return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
}

void naccs_renewals_clear(struct naccs_renewals *renewals)
{
	for (size_t i = 0; i < renewals->count; i++)
		naccs_renewal_clear(&renewals->items[i]);
	free(renewals->items);
	*renewals = (struct naccs_renewals){0};
}

static bool is_listed(const struct naccs_renewals *renewals, const char *sha256)
{
	for (size_t i = 0; i < renewals->count; i++)
		if (renewals->items[i].sha256 != NULL && strcmp(renewals->items[i].sha256, sha256) == 0)
			return true;
	return false;
}

static naccs_status add(struct naccs_renewals *renewals, struct naccs_renewal *renewal, struct naccs_error *err)
{
	struct naccs_renewal *grown = reallocarray(renewals->items, renewals->count + 1, sizeof *grown);

	if (grown == NULL)
		return out_of_memory(err);
	renewals->items = grown;
	grown[renewals->count++] = *renewal;
	*renewal = (struct naccs_renewal){0};
	return NACCS_OK;
}

/* The one that came after it, in whichever store: one application was enough. */
static const struct naccs_ledger_entry *find_successor(const struct naccs_ledger *ledger, const struct naccs_renewal *renewal)
{
	const struct naccs_blob *client_ca = NULL;

	for (size_t i = 0; i < ledger->count; i++)
		if (strcmp(ledger->entries[i].sha256, renewal->sha256) == 0)
			client_ca = &ledger->entries[i].client_ca;
	return naccs_renewal_find_newer(ledger, renewal->subject, renewal->not_after, NULL, client_ca);
}

/* Its store was looked at, and has it no more: taken away by another hand, which the ledger does not know. */
static bool is_gone(struct naccs *context, const struct naccs_ledger_entry *entry)
{
	struct naccs_selected_store selected = {.uri = entry->store, .said = entry->store, .pin_file = entry->pin_file};
	struct naccs_identity identity = {0};
	struct naccs_error why = {0};
	naccs_status status = naccs_identity_find(context, &selected, entry->sha256, &identity, &why);

	naccs_identity_clear(&identity);
	return status == NACCS_E_VERIFY_NONE || (status == NACCS_E_STORE_OPEN && why.native == ENOENT);
}

static void warn_of_left_behind(const struct naccs_ledger *ledger, const struct naccs_renewal *renewal,
				const struct naccs_ledger_entry *successor, struct naccs_report *report)
{
	char end[NACCS_TIME_TEXT_SIZE];

	naccs_time_format_japan(renewal->not_after, end);
	for (size_t i = 0; i < renewal->sources.count; i++)
		if (naccs_renewal_find_newer(ledger, renewal->subject, renewal->not_after, renewal->sources.items[i].uri, NULL) == NULL)
			naccs_report_warn(report, "renewal.left-behind",
					  _("%s still holds the certificate of %s that ends on %s, though a newer one lies in %s: it is "
					    "not renewed a second time. Install the newer one there too, or: naccs-cert remove --from %s "
					    "--cert %.16s"),
					  renewal->sources.items[i].uri, renewal->common_name, end, successor->store,
					  renewal->sources.items[i].uri, renewal->sha256);
}

/* What every turn of --due's list shares. */
struct listing {
	struct naccs *context;
	const struct naccs_ledger *ledger;
	const struct naccs_escrow_list *left;
	const struct naccs_renew_options *options;
	struct naccs_report *report;
	struct naccs_renewals *renewals;
};

/* An earlier run is not at its end: some stores have the new one, and the others get it from escrow. */
static bool is_under_way(const struct listing *listing, const struct naccs_renewal *renewal)
{
	for (size_t i = 0; i < listing->left->count; i++)
		if (naccs_renew_is_left_of(&listing->left->items[i]->order, renewal))
			return true;
	return false;
}

/* What was found, or why it can't be renewed: that is told when its turn comes, and keeps no other from being renewed. Only a fault of ours
 * ends it all. */
static naccs_status admit(const struct listing *listing, struct naccs_renewal *renewal, const struct naccs_error *failure, struct naccs_error *err)
{
	const struct naccs_ledger_entry *successor = renewal->sha256 != NULL ? find_successor(listing->ledger, renewal) : NULL;

	if (failure->status == NACCS_E_INTERNAL) {
		*err = *failure;
		return failure->status;
	}
	if (successor != NULL && !is_gone(listing->context, successor)) {
		if (!is_under_way(listing, renewal))
			warn_of_left_behind(listing->ledger, renewal, successor, listing->report);
		return NACCS_OK;
	}
	if (renewal->sha256 != NULL && is_listed(listing->renewals, renewal->sha256))
		return NACCS_OK;
	renewal->failure = *failure;
	return add(listing->renewals, renewal, err);
}

static naccs_status add_terminal(const struct listing *listing, const struct naccs_terminal_config *section, struct naccs_error *err)
{
	__attribute__((cleanup(naccs_cleanup_renewal))) struct naccs_renewal renewal = {0};
	struct naccs_error own = {0};

	(void)naccs_renewal_of_terminal(listing->context, listing->ledger, listing->options, section, &renewal, &own);
	if (renewal.is_absent) {
		naccs_report_warn(
			listing->report, "renewal.none",
			_("Terminal %s has no certificate that could be renewed (%s). If it is a new one: naccs-cert obtain --terminal %s"),
			section->name, own.message, section->name);
		return NACCS_OK;
	}
	free(renewal.terminal);
	if ((renewal.terminal = strdup(section->name)) == NULL)
		return out_of_memory(err);
	if (own.status != NACCS_OK && renewal.sha256 == NULL)
		(void)naccs_error_prefix(&own, _("terminal %s"), section->name);
	return admit(listing, &renewal, &own, err);
}

static naccs_status add_entry(const struct listing *listing, const struct naccs_ledger_entry *entry, struct naccs_error *err)
{
	__attribute__((cleanup(naccs_cleanup_renewal))) struct naccs_renewal renewal = {0};
	struct naccs_error own = {0};

	if (!naccs_renewal_is_candidate(listing->ledger, entry, NULL) || is_listed(listing->renewals, entry->sha256))
		return NACCS_OK;
	(void)naccs_renewal_of_entry(listing->context, entry, listing->ledger, listing->options, NULL, &renewal, &own);
	return admit(listing, &renewal, &own, err);
}

naccs_status naccs_renewals_list(struct naccs *context, const struct naccs_ledger *ledger, const struct naccs_escrow_list *left,
				 const struct naccs_renew_options *options, struct naccs_report *report, struct naccs_renewals *ret,
				 struct naccs_error *err)
{
	const struct listing listing = {
		.context = context, .ledger = ledger, .left = left, .options = options, .report = report, .renewals = ret};
	naccs_status status = NACCS_OK;

	for (size_t i = 0; status == NACCS_OK && options->config != NULL && i < options->config->terminal_count; i++)
		status = add_terminal(&listing, &options->config->terminals[i], err);
	for (size_t i = 0; status == NACCS_OK && i < ledger->count; i++)
		status = add_entry(&listing, &ledger->entries[i], err);
	return status;
}
