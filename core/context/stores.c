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

static naccs_status add_place(void *context, const struct naccs_place *place)
{
	struct survey *survey = context;
	struct naccs_report *report = survey->report;
	struct naccs_store_info *info;

	for (size_t i = 0; i < report->place_count; i++)
		if (strcmp(report->places[i].uri, place->uri) == 0)
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
		naccs_report_warn(survey->report, naccs_status_id(err.status), _("cannot look for the stores of %s: %s"), served->module.scheme, err.message);
}

static void note_failure(void *context, const struct naccs_error *err)
{
	struct survey *survey = context;

	naccs_report_warn(survey->report, naccs_status_id(err->status), "%s", err->message);
}

/* Stores that the ledger knows, wherever they lie. */
static void survey_known(struct survey *survey, const struct naccs_selection *selection)
{
	for (size_t i = 0; i < selection->count; i++) {
		naccs_auto(open_store) struct naccs_open_store *store = NULL;
		struct naccs_error err = {0};
		struct naccs_place place;

		if (naccs_selected_open(survey->context, &selection->items[i], NACCS_ACCESS_READ, &store, &err) != NACCS_OK) {
			naccs_report_warn(survey->report, naccs_status_id(err.status), "%s", err.message);
			continue;
		}
		place = (struct naccs_place){
			.size = sizeof place,
			.uri = store->uri,
			.kind = store->kind,
			.label = store->label,
			.is_writable = store->is_writable,
			.is_locked = store->is_locked,
			.capabilities = store->capabilities,
		};
		(void)add_place(survey, &place);
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
		survey_known(&survey, &selection);
	}
	naccs_selection_clear(&selection);
	naccs_ground_close(&ground);
	if (status == NACCS_OK)
		*ret = naccs_take(&report);
	return status;
}
