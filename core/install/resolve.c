/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see resolve.h. */
#include "resolve.h"

#include "pin_source.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

static naccs_status fail_memory(struct naccs_error *err)
{
	return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
}

static struct naccs_selected_store *find(const struct naccs_selection *selection, const char *uri)
{
	for (size_t i = 0; i < selection->count; i++)
		if (strcmp(selection->items[i].uri, uri) == 0)
			return &selection->items[i];
	return NULL;
}

static naccs_status add(struct naccs_selection *selection, const char *uri, const char *said, const char *pin_file, const struct naccs_error *error,
			struct naccs_error *err)
{
	struct naccs_selected_store *item = find(selection, uri);

	if (item == NULL) {
		struct naccs_selected_store *grown = reallocarray(selection->items, selection->count + 1, sizeof *grown);

		if (grown == NULL)
			return fail_memory(err);
		selection->items = grown;
		item = &grown[selection->count];
		*item = (struct naccs_selected_store){.uri = strdup(uri), .said = strdup(said)};
		selection->count++;
		if (item->uri == NULL || item->said == NULL)
			return fail_memory(err);
		if (error != NULL)
			item->error = *error;
	}
	if (item->pin_file == NULL && pin_file != NULL && (item->pin_file = strdup(pin_file)) == NULL)
		return fail_memory(err);
	return NACCS_OK;
}

naccs_status naccs_selection_add_known(struct naccs_selection *selection, const char *uri, const char *pin_file, struct naccs_error *err)
{
	return add(selection, uri, uri, pin_file, NULL, err);
}

static void clear_store(struct naccs_selected_store *item)
{
	free(item->store);
	free(item->uri);
	free(item->said);
	free(item->pin_file);
	*item = (struct naccs_selected_store){0};
}

void naccs_selection_clear(struct naccs_selection *selection)
{
	for (size_t i = 0; i < selection->count; i++)
		clear_store(&selection->items[i]);
	free(selection->items);
	*selection = (struct naccs_selection){0};
}

/* What a backend answers, gathered aside: of a URI that ends in a failure, no half stays. */
struct answers {
	struct naccs_selection found;
	struct naccs_error error; /* ours, while gathering */
};

static naccs_status gather(void *context, const struct naccs_place *place)
{
	struct answers *answers = context;

	return place->uri != NULL ? add(&answers->found, place->uri, "", NULL, NULL, &answers->error) : NACCS_E_INTERNAL;
}

static naccs_status resolve(struct naccs_registry *registry, const struct naccs_asker *asker, const char *home, const char *uri,
			    struct answers *answers, struct naccs_error *err)
{
	struct naccs_asker copy = *asker;
	struct naccs_host host = naccs_host_of(&copy);
	const struct naccs_served *served;
	naccs_status status = naccs_registry_find(registry, uri, &served, err);

	if (status == NACCS_OK)
		status = naccs_served_resolve(served, &host, home, uri, gather, answers, err);
	if (answers->error.status != NACCS_OK) {
		*err = answers->error;
		return err->status;
	}
	if (status == NACCS_OK && answers->found.count == 0)
		status = naccs_fail(err, NACCS_E_INTERNAL, 0, _("the backend named no store for %s"), uri);
	return status;
}

naccs_status naccs_selection_add(struct naccs_registry *registry, const struct naccs_asker *asker, const char *home, const char *uri, const char *pin_file,
				 struct naccs_selection *selection, struct naccs_error *err)
{
	naccs_auto(heap) char *plain = NULL;
	naccs_auto(heap) char *own_pin_file = NULL;
	struct answers answers = {0};
	struct naccs_error failure = {0};
	naccs_status status = naccs_pin_source_split(uri, &plain, &own_pin_file, err);

	if (status != NACCS_OK)
		return status;
	if (own_pin_file != NULL)
		pin_file = own_pin_file;
	status = resolve(registry, asker, home, plain, &answers, &failure);
	if (status != NACCS_OK) {
		naccs_selection_clear(&answers.found);
		return add(selection, plain, plain, pin_file, &failure, err);
	}
	if (own_pin_file != NULL && answers.found.count > 1) {
		status = naccs_fail(err, NACCS_E_USAGE, 0, _("%s means %zu stores, and a PIN file can be meant for one only"), plain, answers.found.count);
		(void)naccs_error_hint(err, _("Name one store, or write pin-source=file:FILE in each store's URI."));
	}
	for (size_t i = 0; status == NACCS_OK && i < answers.found.count; i++)
		status = add(selection, answers.found.items[i].uri, plain, pin_file, NULL, err);
	naccs_selection_clear(&answers.found);
	return status;
}

/* ---- one store under two names ---- */

static bool is_of_a_kind(const struct naccs_selected_store *a, const struct naccs_selected_store *b)
{
	size_t length = strcspn(a->uri, ":");

	return length == strcspn(b->uri, ":") && strncmp(a->uri, b->uri, length) == 0;
}

static bool is_in_doubt(struct naccs_registry *registry, const struct naccs_selection *selection, const struct naccs_selected_store *item)
{
	const struct naccs_served *served;
	struct naccs_error ignored = {0}; /* opening it tells */
	size_t of_its_kind = 0;

	for (size_t i = 0; i < selection->count; i++)
		of_its_kind += is_of_a_kind(item, &selection->items[i]);
	return of_its_kind > 1 && item->error.status == NACCS_OK &&
	       naccs_registry_find(registry, item->uri, &served, &ignored) == NACCS_OK && served->module.resolve == NULL;
}

static naccs_status look(struct naccs_registry *registry, const struct naccs_asker *asker, struct naccs_selected_store *item,
			 struct naccs_error *err)
{
	const struct naccs_store_opening opening = {.uri = item->uri, .pin_file = item->pin_file, .access = NACCS_ACCESS_READ};
	naccs_auto(open_store) struct naccs_open_store *store = NULL;
	struct naccs_error ignored = {0};

	if (naccs_open_store_new(registry, asker, &opening, &store, &ignored) != NACCS_OK)
		return NACCS_OK;
	item->has_wish = store->wish != NULL;
	item->store = strdup(store->uri);
	return item->store != NULL ? NACCS_OK : fail_memory(err);
}

/* item and later are one store: item becomes it, with the place of the one and the words of the other. */
static void merge(struct naccs_selected_store *item, struct naccs_selected_store *later)
{
	if (later->has_wish || !item->has_wish) {
		struct naccs_selected_store other = *item;

		*item = *later;
		*later = other;
	}
	if (item->pin_file == NULL)
		item->pin_file = naccs_take(&later->pin_file);
	clear_store(later);
}

naccs_status naccs_selection_unite(struct naccs_registry *registry, const struct naccs_asker *asker, struct naccs_selection *selection,
				   struct naccs_error *err)
{
	naccs_status status = NACCS_OK;
	size_t kept = 0;

	for (size_t i = 0; status == NACCS_OK && i < selection->count; i++)
		if (is_in_doubt(registry, selection, &selection->items[i]))
			status = look(registry, asker, &selection->items[i], err);
	if (status != NACCS_OK)
		return status;
	for (size_t i = 0; i < selection->count; i++) {
		struct naccs_selected_store *item = &selection->items[i];
		size_t same = 0;

		while (same < kept && (item->store == NULL || selection->items[same].store == NULL ||
				       strcmp(selection->items[same].store, item->store) != 0))
			same++;
		if (same < kept)
			merge(&selection->items[same], item);
		else
			selection->items[kept++] = *item; /* its own place, or one that is empty by now */
	}
	selection->count = kept;
	return NACCS_OK;
}
