/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see selection.h. */
#include "selection.h"

#include "text.h"

#include <stdlib.h>
#include <string.h>

#define WANTED_MINIMUM 8 /* hex digits of --cert */

naccs_status naccs_selection_make(struct naccs *context, const struct naccs_target *targets, size_t count, const struct naccs_ledger *ledger,
				  struct naccs_selection *ret, struct naccs_error *err)
{
	struct naccs_registry *registry;
	naccs_status status = naccs_context_registry(context, &registry, err);

	*ret = (struct naccs_selection){0};
	for (size_t i = 0; status == NACCS_OK && i < count; i++)
		status = naccs_selection_add(registry, &context->asker, context->home, targets[i].uri, targets[i].pin_file, ret, err);
	for (size_t i = 0; status == NACCS_OK && count == 0 && i < ledger->count; i++)
		status = naccs_selection_add_known(ret, ledger->entries[i].store, ledger->entries[i].pin_file, err);
	if (status == NACCS_OK && count > 1)
		status = naccs_selection_unite(registry, &context->asker, ret, err);
	if (status != NACCS_OK)
		naccs_selection_clear(ret);
	return status;
}

naccs_status naccs_selected_open(struct naccs *context, const struct naccs_selected_store *selected, enum naccs_access access,
				 struct naccs_open_store **ret, struct naccs_error *err)
{
	struct naccs_store_opening opening = {
		.uri = selected->uri,
		.pin_file = selected->pin_file,
		.access = access,
		.lock_timeout_ms = context->lock_timeout_ms,
	};
	struct naccs_registry *registry;
	naccs_status status;

	if (selected->error.status != NACCS_OK) {
		*err = selected->error;
		return err->status;
	}
	status = naccs_context_registry(context, &registry, err);
	return status == NACCS_OK ? naccs_open_store_new(registry, &context->asker, &opening, ret, err) : status;
}

/* Hex digits of `wanted` without separators, lower case; false when it is no beginning of a SHA-256. */
static bool normalise(const char *wanted, char ret[65])
{
	size_t length = 0;

	for (; *wanted != '\0'; wanted++) {
		if (*wanted == ':' || *wanted == ' ')
			continue;
		if (length == 64 || strchr("0123456789abcdefABCDEF", *wanted) == NULL)
			return false;
		ret[length++] = (char)(*wanted >= 'A' && *wanted <= 'F' ? *wanted - 'A' + 'a' : *wanted);
	}
	ret[length] = '\0';
	return length >= WANTED_MINIMUM;
}

bool naccs_is_wanted_certificate(const char *sha256, const char *wanted)
{
	char prefix[65];

	return wanted == NULL || (normalise(wanted, prefix) && strncmp(sha256, prefix, strlen(prefix)) == 0);
}

/* ---- what the ledger knows of a store ---- */

/* A plan that was never carried out is no install; a repair that is planned is one. */
static bool is_install(const struct naccs_ledger_entry *entry, const char *uri)
{
	return (entry->state != NACCS_LEDGER_PLANNED || entry->former != NULL) && strcmp(entry->store, uri) == 0;
}

bool naccs_has_installs(const struct naccs_ledger *ledger, const char *uri)
{
	for (size_t i = 0; i < ledger->count; i++)
		if (is_install(&ledger->entries[i], uri))
			return true;
	return false;
}

bool naccs_is_of_ours(const struct naccs_ledger *ledger, const char *uri, const char *sha256, const char *subject)
{
	for (size_t i = 0; i < ledger->count; i++)
		if (is_install(&ledger->entries[i], uri) &&
		    (strcmp(ledger->entries[i].sha256, sha256) == 0 || strcmp(ledger->entries[i].subject, subject) == 0))
			return true;
	return false;
}

/* Of two that last as long and begin together, the one that was installed later. */
static bool is_later(const struct naccs_ledger_entry *a, const struct naccs_ledger_entry *b)
{
	if (a->not_after != b->not_after)
		return a->not_after > b->not_after;
	return a->not_before != b->not_before ? a->not_before > b->not_before : a > b;
}

bool naccs_is_latest_install(const struct naccs_ledger *ledger, const struct naccs_ledger_entry *entry, const char *uri)
{
	if (!is_install(entry, uri))
		return false;
	for (size_t i = 0; i < ledger->count; i++)
		if (is_install(&ledger->entries[i], uri) && strcmp(ledger->entries[i].subject, entry->subject) == 0 &&
		    is_later(&ledger->entries[i], entry))
			return false;
	return true;
}

/* ---- choosing ---- */

struct candidates {
	const struct naccs_content **items; /* borrowed; free() the array */
	size_t count;
};

enum whose {
	ANYBODY,
	OURS_OR_SUCCESSORS, /* a newer certificate of a subject of ours counts, whoever put it there */
	OURS,
};

static bool is_candidate(const struct naccs_choosing *choosing, const struct naccs_content *item, const char *prefix, enum whose whose)
{
	naccs_auto(certificate_facts) struct naccs_certificate_facts *facts = NULL;

	if (item->role != NACCS_ROLE_CLIENT || item->is_pending || strncmp(item->sha256, prefix, strlen(prefix)) != 0)
		return false;
	if (whose == ANYBODY)
		return true;
	if (whose == OURS)
		return naccs_ledger_find(choosing->ledger, choosing->uri, item->sha256) != NULL;
	return item->certificate != NULL && naccs_certificate_facts_new(item->certificate, &facts, NULL) == NACCS_OK &&
	       naccs_is_of_ours(choosing->ledger, choosing->uri, item->sha256, facts->subject);
}

static naccs_status collect(const struct naccs_choosing *choosing, const char *prefix, enum whose whose, struct candidates *ret,
			    struct naccs_error *err)
{
	const struct naccs_contents *contents = choosing->contents;

	ret->items = calloc(contents->count + 1, sizeof(*ret->items));
	if (ret->items == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
	for (size_t i = 0; i < contents->count; i++)
		if (is_candidate(choosing, &contents->items[i], prefix, whose))
			ret->items[ret->count++] = &contents->items[i];
	return NACCS_OK;
}

static naccs_status fail_open_choice(const struct candidates *candidates, const char *uri, struct naccs_error *err)
{
	naccs_auto(heap) char *list = naccs_format("%s", "");

	for (size_t i = 0; list != NULL && i < candidates->count; i++) {
		char *longer = naccs_format("%s%s%s (%s)", list, list[0] != '\0' ? ", " : "", candidates->items[i]->sha256,
					    candidates->items[i]->label);

		free(list);
		list = longer;
	}
	(void)naccs_fail(err, NACCS_E_USAGE, 0, _("%s holds several client certificates: %s"), uri, list != NULL ? list : "");
	return naccs_error_hint(err, _("Choose one with --cert SHA256 (its first %d digits or more)."), WANTED_MINIMUM);
}

/* One line of the list for a person. Caller frees; NULL when memory is short or the certificate can't be read. */
static char *describe(const struct naccs_content *item)
{
	naccs_auto(certificate_facts) struct naccs_certificate_facts *facts = NULL;
	char end[NACCS_TIME_TEXT_SIZE];

	if (item->certificate == NULL || naccs_certificate_facts_new(item->certificate, &facts, NULL) != NACCS_OK)
		return NULL;
	naccs_time_format_japan(facts->not_after, end);
	return naccs_format(_("%s, ends on %s, SHA-256 %.16s…, issued by %s"), facts->common_name, end, item->sha256, facts->issuer);
}

/* The choice is open: a person chooses, where there is one. */
static naccs_status ask(const struct naccs_choosing *choosing, const struct candidates *candidates, const struct naccs_content **ret,
			struct naccs_error *err)
{
	const struct naccs_ui *ui = &choosing->context->ui;
	naccs_auto(heap) char *question = naccs_format(_("%s holds several client certificates:"), choosing->uri);
	char **answers;
	size_t chosen = 0, described = 0;
	naccs_status status = NACCS_E_INTERNAL;

	if (!ui->can_ask || ui->choose == NULL)
		return fail_open_choice(candidates, choosing->uri, err);
	answers = calloc(candidates->count, sizeof(*answers));
	while (answers != NULL && described < candidates->count && (answers[described] = describe(candidates->items[described])) != NULL)
		described++;
	if (question != NULL && described == candidates->count)
		status = ui->choose(ui->context, question, (const char *const *)answers, candidates->count, &chosen, err);
	else
		(void)naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
	for (size_t i = 0; i < described; i++)
		free(answers[i]);
	free(answers);
	if (status == NACCS_OK)
		*ret = candidates->items[chosen];
	return status;
}

static naccs_status fail_none(const struct naccs_choosing *choosing, bool are_ours_gone, struct naccs_error *err)
{
	if (choosing->wanted != NULL)
		return naccs_fail(err, NACCS_E_VERIFY_NONE, 0, _("%s holds no certificate %s"), choosing->uri, choosing->wanted);
	if (!are_ours_gone)
		return naccs_fail(err, NACCS_E_VERIFY_NONE, 0, _("%s holds no client certificate"), choosing->uri);
	(void)naccs_fail(err, NACCS_E_VERIFY_NONE, 0, _("%s holds none of the certificates any more that were installed there"),
			 choosing->uri);
	return naccs_error_hint(err, _("Install one again, or choose another's with --cert SHA256."));
}

static naccs_status choose_among(const struct naccs_choosing *choosing, const struct candidates *candidates, bool current_decides,
				 const struct naccs_content **ret, struct naccs_error *err)
{
	const struct naccs_content *current = NULL;
	size_t currents = 0;

	for (size_t i = 0; i < candidates->count; i++) {
		if (candidates->items[i]->is_current) {
			current = candidates->items[i];
			currents++;
		}
	}
	if (candidates->count > 1 && (choosing->wanted != NULL || !current_decides || currents != 1))
		return ask(choosing, candidates, ret, err);
	*ret = candidates->count > 1 ? current : candidates->items[0];
	return NACCS_OK;
}

static naccs_status choose(const struct naccs_choosing *choosing, enum whose whose, bool current_decides, const struct naccs_content **ret,
			   struct naccs_error *err)
{
	bool is_limited = choosing->wanted == NULL && choosing->ledger != NULL && naccs_has_installs(choosing->ledger, choosing->uri);
	struct candidates candidates = {0};
	char prefix[65] = "";
	naccs_status status;

	if (choosing->wanted != NULL && !normalise(choosing->wanted, prefix)) {
		(void)naccs_fail(err, NACCS_E_USAGE, 0, _("--cert \"%s\" is no SHA-256 fingerprint"), choosing->wanted);
		return naccs_error_hint(err, _("Give its hex digits, the first %d or more; status shows them."), WANTED_MINIMUM);
	}
	status = collect(choosing, prefix, is_limited ? whose : ANYBODY, &candidates, err);
	if (status == NACCS_OK)
		status = candidates.count > 0 ? choose_among(choosing, &candidates, current_decides, ret, err)
					      : fail_none(choosing, is_limited, err);
	free(candidates.items);
	return status;
}

naccs_status naccs_select_certificate(const struct naccs_choosing *choosing, const struct naccs_content **ret, struct naccs_error *err)
{
	return choose(choosing, OURS_OR_SUCCESSORS, true, ret, err);
}

naccs_status naccs_select_sole_certificate(const struct naccs_choosing *choosing, const struct naccs_content **ret, struct naccs_error *err)
{
	return choose(choosing, OURS, false, ret, err);
}
