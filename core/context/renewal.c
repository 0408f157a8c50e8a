/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see renewal.h. */
#include "renewal_parts.h"

#include "text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void naccs_renewal_clear(struct naccs_renewal *renewal)
{
	free(renewal->terminal);
	free(renewal->sha256);
	free(renewal->subject);
	free(renewal->serial);
	free(renewal->common_name);
	naccs_certificate_facts_free(renewal->facts);
	naccs_selection_clear(&renewal->sources);
	naccs_selection_clear(&renewal->targets);
	*renewal = (struct naccs_renewal){0};
}

/* ---- time ---- */

int64_t naccs_renewal_opens_at(const struct naccs_renewal *renewal)
{
	return renewal->not_after - renewal->window_seconds;
}

enum naccs_renewal_time naccs_renewal_time(const struct naccs_renewal *renewal, int64_t now)
{
	if (now >= renewal->not_after)
		return NACCS_RENEWAL_EXPIRED;
	return naccs_is_renewal_open(now, renewal->not_after, renewal->window_seconds) ? NACCS_RENEWAL_DUE : NACCS_RENEWAL_EARLY;
}

naccs_status naccs_renewal_check_time(const struct naccs_renewal *renewal, int64_t now, struct naccs_error *err)
{
	char end[NACCS_TIME_TEXT_SIZE], opens[NACCS_TIME_TEXT_SIZE];

	naccs_time_format_japan(renewal->not_after, end);
	naccs_time_format_japan(naccs_renewal_opens_at(renewal), opens);
	if (renewal->is_renewed) {
		(void)naccs_fail(err, NACCS_E_PORTAL_NOT_DUE, 0, _("the certificate of %s that ends on %s was renewed: a newer one lies beside it"),
				 renewal->common_name, end);
		return naccs_error_hint(err, _("Nothing was sent to the portal. A URI that names the older one (id=, object=) sees it alone."));
	}
	switch (naccs_renewal_time(renewal, now)) {
	case NACCS_RENEWAL_DUE:
		break;
	case NACCS_RENEWAL_EARLY:
		(void)naccs_fail(err, NACCS_E_PORTAL_NOT_DUE, 0, _("the certificate of %s can be renewed from %s on (it ends on %s)"),
				 renewal->common_name, opens, end);
		return naccs_error_hint(err, _("Until then nothing is to be done; nothing was sent to the portal."));
	case NACCS_RENEWAL_EXPIRED:
		(void)naccs_fail(err, NACCS_E_PORTAL_EXPIRED, 0, _("the certificate of %s ended on %s: an expired certificate can't be renewed"),
				 renewal->common_name, end);
		return naccs_error_hint(err, _("Apply for a reissue at the NACCS Support System (デジタル証明書の再発行); its new 認証コード3 works with obtain. "
					       "Nothing was sent to the portal."));
	}
	return NACCS_OK;
}

/* ---- one of them ---- */

static naccs_status out_of_memory(struct naccs_error *err)
{
	return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
}

static bool copy(const char *from, char **to)
{
	if (*to == NULL && from != NULL)
		*to = strdup(from);
	return from == NULL || *to != NULL;
}

static naccs_status describe(struct naccs_renewal *renewal, const char *sha256, const char *subject, const char *serial, const char *common_name,
			     int64_t not_before, int64_t not_after, struct naccs_error *err)
{
	renewal->not_before = not_before;
	renewal->not_after = not_after;
	return copy(sha256, &renewal->sha256) && copy(subject, &renewal->subject) && copy(serial, &renewal->serial) &&
			       copy(common_name, &renewal->common_name)
		       ? NACCS_OK
		       : out_of_memory(err);
}

static const struct naccs_terminal_config *section_of(const struct naccs_config *config, const char *name)
{
	for (size_t i = 0; config != NULL && name != NULL && i < config->terminal_count; i++)
		if (strcmp(config->terminals[i].name, name) == 0)
			return &config->terminals[i];
	return NULL;
}

/* A store as a person or the configuration names it: an alias may mean several. */
static naccs_status add_said(struct naccs *context, struct naccs_selection *selection, const char *uri, const char *pin_file, struct naccs_error *err)
{
	struct naccs_registry *registry;
	naccs_status status = naccs_context_registry(context, &registry, err);

	return status == NACCS_OK ? naccs_selection_add(registry, &context->asker, context->home, uri, pin_file, selection, err) : status;
}

static const char *pin_of(const struct naccs_renew_options *options, const char *uri)
{
	for (size_t i = 0; i < options->pin_count; i++)
		if (strcmp(options->pins[i].uri, uri) == 0)
			return options->pins[i].pin_file;
	return NULL;
}

static bool is_installed(const struct naccs_ledger *ledger, const char *store, const char *sha256)
{
	const struct naccs_ledger_entry *entry = naccs_ledger_find(ledger, store, sha256);

	return entry != NULL && entry->state == NACCS_LEDGER_INSTALLED;
}

/* Where the ledger knows it, and what the configuration says of its terminal; the caller's own targets come instead of both. */
static naccs_status complete(struct naccs *context, struct naccs_renewal *renewal, const struct naccs_ledger *ledger, const struct naccs_renew_options *options,
			     struct naccs_error *err)
{
	const struct naccs_install_options *install = &options->install;
	naccs_status status = NACCS_OK;
	bool is_free = install->target_count == 0;

	for (size_t i = 0; i < ledger->count; i++)
		if (strcmp(ledger->entries[i].sha256, renewal->sha256) == 0 && !copy(ledger->entries[i].terminal, &renewal->terminal))
			return out_of_memory(err);
	if (renewal->section == NULL)
		renewal->section = section_of(options->config, renewal->terminal);
	for (size_t i = 0; status == NACCS_OK && i < install->target_count; i++)
		status = add_said(context, &renewal->targets, install->targets[i].uri, install->targets[i].pin_file, err);
	for (size_t i = 0; status == NACCS_OK && i < ledger->count; i++) {
		const struct naccs_ledger_entry *entry = &ledger->entries[i];

		if (strcmp(entry->sha256, renewal->sha256) != 0 || entry->state != NACCS_LEDGER_INSTALLED)
			continue;
		status = naccs_selection_add_known(&renewal->sources, entry->store, entry->pin_file, err);
		if (status == NACCS_OK && is_free)
			status = naccs_selection_add_known(&renewal->targets, naccs_ledger_entry_later(entry), entry->pin_file, err);
	}
	for (size_t i = 0; status == NACCS_OK && is_free && renewal->section != NULL && renewal->section->stores != NULL &&
			   renewal->section->stores[i] != NULL;
	     i++)
		status = add_said(context, &renewal->targets, renewal->section->stores[i], pin_of(options, renewal->section->stores[i]), err);
	for (size_t i = 0; status == NACCS_OK && is_free && i < renewal->sources.count; i++)
		if (!is_installed(ledger, renewal->sources.items[i].uri, renewal->sha256))
			status = naccs_selection_add_known(&renewal->targets, renewal->sources.items[i].uri,
							   renewal->sources.items[i].pin_file, err);
	renewal->window_seconds = renewal->section != NULL && renewal->section->renew_before_seconds > 0 ? renewal->section->renew_before_seconds
													   : NACCS_RENEWAL_WINDOW_SECONDS;
	return status;
}

naccs_status naccs_renewal_of_entry(struct naccs *context, const struct naccs_ledger_entry *entry, const struct naccs_ledger *ledger, const struct naccs_renew_options *options,
			       const struct naccs_terminal_config *section, struct naccs_renewal *ret, struct naccs_error *err)
{
	naccs_status status = describe(ret, entry->sha256, entry->subject, entry->serial, entry->common_name, entry->not_before, entry->not_after, err);

	ret->section = section;
	if (status == NACCS_OK && !copy(section != NULL ? section->name : entry->terminal, &ret->terminal))
		status = out_of_memory(err);
	return status == NACCS_OK ? complete(context, ret, ledger, options, err) : status;
}

/* By what stands in a store. */
static naccs_status from_store(struct naccs *context, const struct naccs_selected_store *store, const struct naccs_ledger *ledger,
			       const struct naccs_renew_options *options, const struct naccs_terminal_config *section, struct naccs_renewal *ret,
			       struct naccs_error *err)
{
	struct naccs_identity identity = {0};
	naccs_status status = naccs_identity_choose(context, ledger, store, options->certificate, &identity, err);

	if (status == NACCS_OK)
		status = describe(ret, identity.facts->sha256, identity.facts->subject, identity.facts->serial, identity.facts->common_name,
				  identity.facts->not_before, identity.facts->not_after, err);
	if (status == NACCS_OK)
		status = naccs_selection_add_known(&ret->sources, identity.store->uri, store->pin_file, err);
	if (status == NACCS_OK)
		ret->facts = naccs_take(&identity.facts);
	naccs_identity_clear(&identity);
	ret->section = section;
	if (status == NACCS_OK && !copy(section != NULL ? section->name : NULL, &ret->terminal))
		status = out_of_memory(err);
	return status == NACCS_OK ? complete(context, ret, ledger, options, err) : status;
}

struct naccs_certificate_info *naccs_renewal_info_new(const struct naccs_renewal *renewal)
{
	struct naccs_certificate_info *info;

	if (renewal->facts != NULL)
		return naccs_certificate_info_new(renewal->facts);
	if (renewal->sha256 == NULL)
		return NULL;
	info = calloc(1, sizeof *info);
	if (info == NULL || !copy(renewal->subject, &info->subject) || !copy(renewal->common_name, &info->common_name) ||
	    !copy(renewal->serial, &info->serial) || !copy(renewal->sha256, &info->sha256)) {
		naccs_certificate_info_free(info);
		return NULL;
	}
	info->not_before = renewal->not_before;
	info->not_after = renewal->not_after;
	info->renew_from = naccs_renewal_opens(renewal->not_after);
	return info;
}

/* ---- the ledger's ---- */

static bool is_same_blob(const struct naccs_blob *one, const struct naccs_blob *other)
{
	return one->length == other->length && (one->length == 0 || memcmp(one->data, other->data, one->length) == 0);
}

/* A newer one of the same subject: then the other has been renewed, or reissued. store and client_ca NULL: in whichever store, by whichever
 * CA. */
const struct naccs_ledger_entry *naccs_renewal_find_newer(const struct naccs_ledger *ledger, const char *subject, int64_t not_after,
						   const char *store, const struct naccs_blob *client_ca)
{
	for (size_t i = 0; i < ledger->count; i++) {
		const struct naccs_ledger_entry *other = &ledger->entries[i];

		if (other->state == NACCS_LEDGER_INSTALLED && other->not_after > not_after && strcmp(other->subject, subject) == 0 &&
		    (store == NULL || strcmp(other->store, store) == 0) &&
		    (client_ca == NULL || is_same_blob(&other->client_ca, client_ca)))
			return other;
	}
	return NULL;
}

/* Has it been renewed in its own store? */
static bool has_successor(const struct naccs_ledger *ledger, const struct naccs_ledger_entry *entry)
{
	return naccs_renewal_find_newer(ledger, entry->subject, entry->not_after, entry->store, NULL) != NULL;
}

/* In every store that is known to hold it. */
static bool is_renewed(const struct naccs_ledger *ledger, const char *sha256)
{
	size_t held = 0, succeeded = 0;

	for (size_t i = 0; i < ledger->count; i++) {
		const struct naccs_ledger_entry *entry = &ledger->entries[i];

		if (entry->state != NACCS_LEDGER_INSTALLED || strcmp(entry->sha256, sha256) != 0)
			continue;
		held++;
		succeeded += has_successor(ledger, entry);
	}
	return held > 0 && held == succeeded;
}

bool naccs_renewal_is_candidate(const struct naccs_ledger *ledger, const struct naccs_ledger_entry *entry, const char *wanted)
{
	return entry->state == NACCS_LEDGER_INSTALLED && naccs_is_wanted_certificate(entry->sha256, wanted) && !has_successor(ledger, entry);
}

static bool is_among(const struct naccs_selection *stores, const char *uri)
{
	for (size_t i = 0; i < stores->count; i++)
		if (strcmp(stores->items[i].uri, uri) == 0)
			return true;
	return false;
}

/* The terminal's certificate as the ledger knows it: by the section's stores, else by its name; the one that ends last. */
static const struct naccs_ledger_entry *entry_of(const struct naccs_ledger *ledger, const struct naccs_terminal_config *section,
						 const struct naccs_selection *stores, const char *wanted)
{
	const struct naccs_ledger_entry *found = NULL;

	for (int round = 0; found == NULL && round < 2; round++) {
		for (size_t i = 0; i < ledger->count; i++) {
			const struct naccs_ledger_entry *entry = &ledger->entries[i];
			bool is_it = round == 0 ? is_among(stores, entry->store)
						: entry->terminal != NULL && strcmp(entry->terminal, section->name) == 0;

			if (is_it && naccs_renewal_is_candidate(ledger, entry, wanted) && (found == NULL || entry->not_after > found->not_after))
				found = entry;
		}
	}
	return found;
}

/* ---- choosing ---- */

/* Nothing is there because nothing was put there yet, or its program was never started. Whether it could be made does not matter: where renew --due runs in a sandbox, only
 * what is there can be written. */
static bool is_not_made(const struct naccs_error *why)
{
	return why->status == NACCS_E_STORE_OPEN && why->native == ENOENT;
}

/* The first of the stores that has such a certificate. With none, the first failure that is more than an empty store; ret->is_absent when
 * there is no such failure. */
static naccs_status choose_among(struct naccs *context, const struct naccs_selection *stores, const struct naccs_ledger *ledger,
				 const struct naccs_renew_options *options, const struct naccs_terminal_config *section, struct naccs_renewal *ret,
				 struct naccs_error *err)
{
	struct naccs_error told = {0};
	bool is_absent = true;

	for (size_t i = 0; i < stores->count; i++) {
		struct naccs_error own = {0};
		bool is_more;

		naccs_renewal_clear(ret);
		if (from_store(context, &stores->items[i], ledger, options, section, ret, &own) == NACCS_OK)
			return NACCS_OK;
		is_more = is_absent && own.status != NACCS_E_VERIFY_NONE && !is_not_made(&own);
		if (i == 0 || is_more)
			told = own;
		is_absent = is_absent && !is_more;
	}
	naccs_renewal_clear(ret);
	ret->is_absent = is_absent;
	*err = told;
	return told.status;
}

/* What the ledger knows is found, and told, even where one of the section's stores can't be. */
naccs_status naccs_renewal_of_terminal(struct naccs *context, const struct naccs_ledger *ledger, const struct naccs_renew_options *options,
				       const struct naccs_terminal_config *section, struct naccs_renewal *ret, struct naccs_error *err)
{
	struct naccs_selection stores = {0};
	const struct naccs_ledger_entry *entry;
	naccs_status status = NACCS_OK;

	for (size_t i = 0; section->stores != NULL && section->stores[i] != NULL; i++) {
		struct naccs_error own = {0};

		if (add_said(context, &stores, section->stores[i], pin_of(options, section->stores[i]), &own) != NACCS_OK &&
		    status == NACCS_OK) {
			*err = own;
			status = own.status;
		}
	}
	entry = entry_of(ledger, section, &stores, options->certificate);
	if (entry != NULL) {
		*err = (struct naccs_error){0};
		status = naccs_renewal_of_entry(context, entry, ledger, options, section, ret, err);
	} else if (status == NACCS_OK && stores.count > 0) {
		status = choose_among(context, &stores, ledger, options, section, ret, err);
	} else if (status == NACCS_OK) {
		status = naccs_fail(err, NACCS_E_USAGE, 0, _("the section of terminal %s names no store"), section->name);
	}
	naccs_selection_clear(&stores);
	return status;
}

static naccs_status choose_from(struct naccs *context, const struct naccs_ledger *ledger, const struct naccs_renew_options *options,
				const struct naccs_terminal_config *section, struct naccs_renewal *ret, struct naccs_error *err)
{
	struct naccs_selection stores = {0};
	naccs_status status = NACCS_OK;

	for (size_t i = 0; status == NACCS_OK && i < options->from_count; i++)
		status = add_said(context, &stores, options->from[i].uri, options->from[i].pin_file, err);
	if (status == NACCS_OK)
		status = choose_among(context, &stores, ledger, options, section, ret, err);
	naccs_selection_clear(&stores);
	return status;
}

static naccs_status fail_open_choice(const struct naccs_ledger *ledger, const char *wanted, struct naccs_error *err)
{
	naccs_auto(heap) char *list = naccs_format("%s", "");

	for (size_t i = 0; list != NULL && i < ledger->count; i++) {
		const struct naccs_ledger_entry *entry = &ledger->entries[i];
		char *longer;

		if (!naccs_renewal_is_candidate(ledger, entry, wanted))
			continue;
		longer = naccs_format("%s%s%.16s… (%s, %s)", list, list[0] != '\0' ? ", " : "", entry->sha256, entry->common_name, entry->store);
		free(list);
		list = longer;
	}
	(void)naccs_fail(err, NACCS_E_USAGE, 0, _("several certificates could be meant: %s"), list != NULL ? list : "");
	return naccs_error_hint(err, _("Say --from URI, --terminal NAME or --cert SHA256; or --due, for every one whose time has come."));
}

/* Neither a store nor a terminal was named. */
static naccs_status choose_only(struct naccs *context, const struct naccs_ledger *ledger, const struct naccs_renew_options *options, struct naccs_renewal *ret,
				struct naccs_error *err)
{
	const struct naccs_ledger_entry *found = NULL;

	for (size_t i = 0; i < ledger->count; i++) {
		const struct naccs_ledger_entry *entry = &ledger->entries[i];

		if (!naccs_renewal_is_candidate(ledger, entry, options->certificate) || (found != NULL && strcmp(found->sha256, entry->sha256) == 0))
			continue;
		if (found != NULL)
			return fail_open_choice(ledger, options->certificate, err);
		found = entry;
	}
	if (found != NULL)
		return naccs_renewal_of_entry(context, found, ledger, options, NULL, ret, err);
	(void)naccs_fail(err, NACCS_E_USAGE, 0, _("no certificate is known that could be renewed"));
	return naccs_error_hint(err, _("Say --from URI with the store that holds it, for example --from pem:/etc/naccs-cert/11110A, or --terminal NAME."));
}

naccs_status naccs_renewal_choose(struct naccs *context, const struct naccs_ledger *ledger, const struct naccs_renew_options *options,
				  struct naccs_renewal *ret, struct naccs_error *err)
{
	const struct naccs_terminal_config *section = section_of(options->config, options->install.terminal);
	naccs_status status = options->from_count > 0 ? choose_from(context, ledger, options, section, ret, err)
			      : section != NULL	      ? naccs_renewal_of_terminal(context, ledger, options, section, ret, err)
						      : choose_only(context, ledger, options, ret, err);

	if (status == NACCS_OK)
		ret->is_renewed = is_renewed(ledger, ret->sha256);
	return status;
}
