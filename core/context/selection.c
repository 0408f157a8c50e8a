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

static naccs_status fail_open_choice(const struct naccs_contents *contents, const char *uri, struct naccs_error *err)
{
	naccs_auto(heap) char *list = naccs_format("%s", "");

	for (size_t i = 0; list != NULL && i < contents->count; i++) {
		const struct naccs_content *item = &contents->items[i];
		char *longer;

		if (item->role != NACCS_ROLE_CLIENT || item->is_pending)
			continue;
		longer = naccs_format("%s%s%s (%s)", list, list[0] != '\0' ? ", " : "", item->sha256, item->label);
		free(list);
		list = longer;
	}
	(void)naccs_fail(err, NACCS_E_USAGE, 0, _("%s holds several client certificates: %s"), uri, list != NULL ? list : "");
	return naccs_error_hint(err, _("Choose one with --cert SHA256 (its first %d digits or more)."), WANTED_MINIMUM);
}

bool naccs_is_wanted_certificate(const char *sha256, const char *wanted)
{
	char prefix[65];

	return wanted == NULL || (normalise(wanted, prefix) && strncmp(sha256, prefix, strlen(prefix)) == 0);
}

static naccs_status choose(const struct naccs_contents *contents, const char *uri, const char *wanted, bool current_decides,
			   const struct naccs_content **ret, struct naccs_error *err)
{
	const struct naccs_content *found = NULL, *current = NULL;
	size_t matches = 0, currents = 0;
	char prefix[65] = "";

	if (wanted != NULL && !normalise(wanted, prefix)) {
		(void)naccs_fail(err, NACCS_E_USAGE, 0, _("--cert \"%s\" is no SHA-256 fingerprint"), wanted);
		return naccs_error_hint(err, _("Give its hex digits, the first %d or more; status shows them."), WANTED_MINIMUM);
	}
	for (size_t i = 0; i < contents->count; i++) {
		const struct naccs_content *item = &contents->items[i];

		if (item->role != NACCS_ROLE_CLIENT || item->is_pending || strncmp(item->sha256, prefix, strlen(prefix)) != 0)
			continue;
		found = item;
		matches++;
		if (item->is_current) {
			current = item;
			currents++;
		}
	}
	if (matches == 0)
		return wanted != NULL ? naccs_fail(err, NACCS_E_VERIFY_NONE, 0, _("%s holds no certificate %s"), uri, wanted)
				      : naccs_fail(err, NACCS_E_VERIFY_NONE, 0, _("%s holds no client certificate"), uri);
	if (matches > 1 && (wanted != NULL || !current_decides || currents != 1))
		return fail_open_choice(contents, uri, err);
	*ret = matches > 1 ? current : found;
	return NACCS_OK;
}

naccs_status naccs_select_certificate(const struct naccs_contents *contents, const char *uri, const char *wanted, const struct naccs_content **ret,
				      struct naccs_error *err)
{
	return choose(contents, uri, wanted, true, ret, err);
}

naccs_status naccs_select_sole_certificate(const struct naccs_contents *contents, const char *uri, const char *wanted,
					   const struct naccs_content **ret, struct naccs_error *err)
{
	return choose(contents, uri, wanted, false, ret, err);
}
