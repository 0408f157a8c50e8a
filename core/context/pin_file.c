/* SPDX-License-Identifier: Apache-2.0 */
/* Why: --pin-file serves the one store that needs a PIN. Which of several that is, their URIs do not tell ("nss:all", a token without a
 * login): the stores do. */
#include "selection.h"

#include "text.h"

#include <stdlib.h>
#include <string.h>

/* The stores of one kind (locked, or not to be seen now): how many, and the target of the last. */
struct takers {
	struct naccs_target *target;
	size_t count;
};

static void add(struct takers *takers, struct naccs_target *target)
{
	takers->target = target;
	takers->count++;
}

/* PEM folders and Windows' stores have no PIN; a URI with pin-source brings its own. */
static bool may_need_pin(const char *uri)
{
	return strncmp(uri, "pem:", strlen("pem:")) != 0 && strncmp(uri, "windows:", strlen("windows:")) != 0 &&
	       strcasestr(uri, "pin-source=") == NULL;
}

/* Does it say that it is locked, or ask for its PIN to be opened at all? It gets none, so no try is spent. *ret_is_seen false: it can't be
 * opened now, or is to be made yet. */
static bool is_locked(struct naccs *context, struct naccs_registry *registry, const struct naccs_selected_store *selected,
		      bool *ret_is_seen)
{
	struct naccs_silence silence = {.asker = &context->asker};
	const struct naccs_store_opening opening = {
		.uri = selected->uri, .access = NACCS_ACCESS_READ, .lock_timeout_ms = context->lock_timeout_ms};
	naccs_auto(open_store) struct naccs_open_store *store = NULL;
	struct naccs_error ignored = {0};

	*ret_is_seen = selected->error.status == NACCS_OK &&
		       naccs_open_silently(registry, &opening, &silence, &store, &ignored) == NACCS_OK;
	return silence.was_asked || ignored.status == NACCS_E_PIN_LOCKED || (*ret_is_seen && store->is_locked);
}

static naccs_status give(const struct takers *takers, const char *pin_file, struct naccs_error *err)
{
	if (takers->count == 1) {
		takers->target->pin_file = pin_file;
		return NACCS_OK;
	}
	if (takers->count == 0)
		(void)naccs_fail(err, NACCS_E_USAGE, 0, _("--pin-file: none of the stores needs a PIN"));
	else
		(void)naccs_fail(err, NACCS_E_USAGE, 0, _("--pin-file: %zu stores may need a PIN, and it can be meant for one only"),
				 takers->count);
	return naccs_error_hint(err, _("Name one store, or write pin-source=file:FILE in each store's URI."));
}

naccs_status naccs_pin_file_give(struct naccs *context, const char *pin_file, struct naccs_target *targets, size_t count,
				 struct naccs_error *err)
{
	struct naccs_selection selection = {0};
	struct takers named = {0}, locked = {0}, unseen = {0};
	naccs_auto(heap) size_t *ends = calloc(count + 1, sizeof *ends); /* of what each target adds to the selection */
	struct naccs_registry *registry;
	naccs_status status =
		ends != NULL ? naccs_context_registry(context, &registry, err) : naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));

	for (size_t i = 0; status == NACCS_OK && i < count; i++) {
		if (may_need_pin(targets[i].uri)) {
			status = naccs_selection_add(registry, &context->asker, context->home, targets[i].uri, NULL, &selection, err);
			add(&named, &targets[i]);
		}
		ends[i] = selection.count;
	}
	for (size_t i = 0, j = 0; status == NACCS_OK && selection.count > 1 && i < count; i++) {
		for (; j < ends[i]; j++) {
			bool is_seen;

			if (is_locked(context, registry, &selection.items[j], &is_seen))
				add(&locked, &targets[i]);
			else if (!is_seen)
				add(&unseen, &targets[i]);
		}
	}
	if (status == NACCS_OK && selection.count == 1)
		named.count = 1; /* said in several spellings */
	if (status == NACCS_OK)
		status = give(selection.count <= 1 ? &named : locked.count > 0 ? &locked : &unseen, pin_file, err);
	naccs_selection_clear(&selection);
	return status;
}
