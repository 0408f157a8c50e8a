/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the command stores: what this machine has, by what each backend finds and what the ledger knows. */
#include "context.h"

#include "selection.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

struct survey {
	struct naccs *context;
	const char *home;
	struct naccs_report *report;
	naccs_status status;
};

static struct naccs_store_info *find_place(const struct naccs_report *report, const char *uri)
{
	for (size_t i = 0; i < report->place_count; i++)
		if (strcmp(report->places[i].uri, uri) == 0)
			return &report->places[i];
	return NULL;
}

static naccs_status add_place(void *context, const struct naccs_place *place)
{
	struct survey *survey = context;
	struct naccs_report *report = survey->report;
	struct naccs_store_info *info;

	if (find_place(report, place->uri) != NULL)
		return NACCS_OK;
	info = naccs_report_add_place(report);
	if (info == NULL)
		return NACCS_E_INTERNAL;
	info->uri = strdup(place->uri);
	info->kind = strdup(place->kind != NULL ? place->kind : "");
	info->label = strdup(place->label != NULL ? place->label : "");
	info->is_writable = place->is_writable;
	info->is_locked = place->is_locked;
	info->can = naccs_capability_names(place->capabilities);
	return info->uri != NULL && info->kind != NULL && info->label != NULL && info->can != NULL ? NACCS_OK : NACCS_E_INTERNAL;
}

static void survey_backend(void *context, const struct naccs_served *served)
{
	struct survey *survey = context;
	struct naccs_host host = naccs_host_of(&survey->context->asker);
	struct naccs_error err = {0};

	if (naccs_served_places(served, &host, survey->home, add_place, survey, &err) != NACCS_OK)
		naccs_report_warn(survey->report, naccs_status_id(err.status), _("cannot look for the stores of %s: %s"),
				  served->module.scheme, err.message);
}

static void note_failure(void *context, const struct naccs_error *err)
{
	struct survey *survey = context;

	naccs_report_warn(survey->report, naccs_status_id(err->status), "%s", err->message);
}

/* Stores that the ledger knows, wherever they lie: by what their backend says of them unopened, or by their name alone. */
static void survey_known(struct survey *survey, struct naccs_registry *registry, const struct naccs_selection *selection)
{
	struct naccs_host host = naccs_host_of(&survey->context->asker);

	for (size_t i = 0; i < selection->count; i++) {
		const struct naccs_place bare = {.size = sizeof bare, .uri = selection->items[i].uri};
		const struct naccs_served *served;
		struct naccs_error err = {0};
		naccs_status status = NACCS_OK;

		if (find_place(survey->report, bare.uri) != NULL)
			continue;
		status = naccs_registry_find(registry, bare.uri, &served, &err);
		if (status == NACCS_OK)
			(void)naccs_served_resolve(served, &host, survey->home, bare.uri, add_place, survey, &err);
		(void)add_place(survey, &bare);
	}
}

static void take(char **text, const char *found)
{
	if ((*text)[0] != '\0' || found[0] == '\0')
		return;
	char *copy = strdup(found);
	if (copy == NULL)
		return;
	free(*text);
	*text = copy;
}

/* What only an open store tells. One that says itself that it is locked is left alone. */
static naccs_status look_into(struct survey *survey, struct naccs_registry *registry, struct naccs_store_info *info,
			      struct naccs_error *err)
{
	struct naccs_silence silence = {.asker = &survey->context->asker};
	naccs_auto(open_store) struct naccs_open_store *store = NULL;
	const struct naccs_store_opening opening = {.uri = info->uri, .access = NACCS_ACCESS_READ};
	naccs_status status = info->is_locked ? NACCS_OK : naccs_open_silently(registry, &opening, &silence, &store, err);

	if (silence.was_asked) {
		info->is_locked = true;
		return NACCS_OK;
	}
	if (store == NULL)
		return status;
	char **can = naccs_capability_names(store->capabilities);
	if (can != NULL) {
		for (size_t i = 0; info->can[i] != NULL; i++)
			free(info->can[i]);
		free(info->can);
		info->can = can;
	}
	take(&info->kind, store->kind);
	take(&info->label, store->label);
	info->is_writable = store->is_writable;
	info->is_locked = store->is_locked;
	return NACCS_OK;
}

static void look_into_all(struct survey *survey, struct naccs_registry *registry, const struct naccs_selection *known)
{
	for (size_t i = 0; i < survey->report->place_count; i++) {
		struct naccs_store_info *info = &survey->report->places[i];
		struct naccs_error err = {0};
		bool is_known = false;

		for (size_t j = 0; j < known->count && !is_known; j++)
			is_known = strcmp(known->items[j].uri, info->uri) == 0;
		/* Others' may be anything: without a database yet, say. */
		if (look_into(survey, registry, info, &err) != NACCS_OK && is_known)
			naccs_report_warn(survey->report, naccs_status_id(err.status), "%s", err.message);
	}
}

naccs_status naccs_stores(struct naccs *context, struct naccs_report **ret, struct naccs_error *err)
{
	naccs_auto(report) struct naccs_report *report = NULL;
	struct naccs_selection selection = {0};
	struct naccs_ground ground = {.state_dirfd = -1, .ledger_lock = -1};
	struct naccs_registry *registry;
	naccs_status status = naccs_report_begin(context, "stores", &report, err);

	if (status == NACCS_OK)
		status = naccs_context_registry(context, &registry, err);
	if (status == NACCS_OK)
		status = naccs_ground_open(context, false, &ground, err);
	if (status == NACCS_OK)
		status = naccs_selection_make(context, NULL, 0, ground.ledger, &selection, err);
	if (status == NACCS_OK) {
		struct survey survey = {.context = context, .home = context->home, .report = report};

		naccs_registry_each(registry, survey_backend, note_failure, &survey);
		survey_known(&survey, registry, &selection);
		look_into_all(&survey, registry, &selection);
	}
	naccs_selection_clear(&selection);
	naccs_ground_close(&ground);
	if (status == NACCS_OK)
		*ret = naccs_take(&report);
	return status;
}
