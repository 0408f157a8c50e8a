/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the command verify: each store is read now, its key signs, the core judges. Nothing is changed. */
#include "context.h"

#include "advice.h"
#include "selection.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

/* A store with a current certificate is read through it: where the mark is gone, programs find nothing, whatever lies there. */
static naccs_status check_current(const struct naccs_open_store *store, const struct naccs_contents *contents, const char *wanted,
				  struct naccs_error *err)
{
	const struct naccs_content *any = NULL;

	if (wanted != NULL || (store->capabilities & NACCS_CAN_ACTIVATE) == 0)
		return NACCS_OK;
	for (size_t i = 0; i < contents->count; i++) {
		if (contents->items[i].role != NACCS_ROLE_CLIENT || contents->items[i].is_pending)
			continue;
		if (contents->items[i].is_current)
			return NACCS_OK;
		any = &contents->items[i];
	}
	if (any == NULL)
		return NACCS_OK; /* an empty store has its own message */
	(void)naccs_fail(err, NACCS_E_VERIFY_NONE, 0, _("%s holds certificates, but none of them is the current one"), store->uri);
	return naccs_error_hint(err, _("Make one current: install it again, or: naccs-cert rollback --from %s --cert %.16s"), store->uri, any->sha256);
}

static naccs_status verify_contents(struct naccs *context, const struct naccs_ground *ground, struct naccs_open_store *store,
				    const struct naccs_contents *contents, const char *wanted, struct naccs_report *report,
				    struct naccs_store_report *line, struct naccs_error *err)
{
	naccs_auto(certificate_facts) struct naccs_certificate_facts *facts = NULL;
	const struct naccs_content *client = NULL;
	naccs_status status = check_current(store, contents, wanted, err);

	if (status == NACCS_OK)
		status = naccs_select_certificate(contents, store->uri, wanted, &client, err);
	if (status == NACCS_OK)
		status = naccs_certificate_facts_new(client->certificate, &facts, err);
	if (status != NACCS_OK)
		return status;
	if (report->certificate == NULL)
		naccs_advise_on_certificate(context, facts, report);
	naccs_report_name_certificate(report, line, facts);
	return naccs_prove_content(context, ground, store, contents, client, line, err);
}

static naccs_status verify_store(struct naccs *context, const struct naccs_ground *ground, const struct naccs_selected_store *selected,
				 const char *wanted, struct naccs_report *report, struct naccs_store_report *line, struct naccs_error *err)
{
	naccs_auto(open_store) struct naccs_open_store *store = NULL;
	naccs_auto(contents) struct naccs_contents *contents = NULL;
	struct naccs_error damage = {0};
	naccs_status status = naccs_selected_open(context, selected, NACCS_ACCESS_READ, &store, err);

	if (status != NACCS_OK)
		return status;
	free(line->uri);
	line->uri = strdup(store->uri);
	status = naccs_contents_read(store, context->crypto, &contents, &damage, err);
	if (status == NACCS_OK)
		status = verify_contents(context, ground, store, contents, wanted, report, line, err);
	/* What is damaged does not verify, and that is the reason to tell, unless the judge has a better one. */
	if (damage.status != NACCS_OK && (status == NACCS_OK || status == NACCS_E_VERIFY_NONE))
		status = naccs_fail(err, NACCS_E_VERIFY_FAILED, damage.native, "%s: %s", store->uri, damage.message);
	return status;
}

static naccs_status verify_all(struct naccs *context, const struct naccs_ground *ground, const struct naccs_selection *selection, const char *wanted,
			       struct naccs_report *report, struct naccs_error *err)
{
	for (size_t i = 0; i < selection->count; i++) {
		struct naccs_error own = {0};
		struct naccs_store_report *line = naccs_report_add_store(report, selection->items[i].uri);

		if (line == NULL)
			return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
		naccs_say(context, _("Verifying %s"), selection->items[i].uri);
		if (verify_store(context, ground, &selection->items[i], wanted, report, line, &own) == NACCS_OK) {
			line->result = NACCS_RESULT_INSTALLED;
			continue;
		}
		line->result = NACCS_RESULT_FAILED;
		line->error = own;
		if (naccs_status_badness(own.status) > naccs_status_badness(report->error.status))
			report->error = own;
	}
	if (selection->count == 0)
		(void)naccs_fail(&report->error, NACCS_E_VERIFY_NONE, 0, _("nothing to verify: no install is known, and no --store was given"));
	report->result = report->error.status == NACCS_OK ? NACCS_RESULT_VERIFIED : NACCS_RESULT_NOT_VERIFIED;
	report->exit_code = naccs_status_exit_code(report->error.status);
	return NACCS_OK;
}

naccs_status naccs_verify(struct naccs *context, const struct naccs_target *targets, size_t count, const char *certificate,
			  struct naccs_report **ret, struct naccs_error *err)
{
	naccs_auto(report) struct naccs_report *report = NULL;
	struct naccs_selection selection = {0};
	struct naccs_ground ground = {.state_dirfd = -1, .ledger_lock = -1};
	naccs_status status = naccs_report_begin(context, "verify", &report, err);

	if (status == NACCS_OK)
		status = naccs_ground_open(context, false, &ground, err);
	if (status == NACCS_OK)
		status = naccs_selection_make(context, targets, count, ground.ledger, &selection, err);
	if (status == NACCS_OK)
		status = verify_all(context, &ground, &selection, certificate, report, err);
	naccs_selection_clear(&selection);
	naccs_ground_close(&ground);
	if (status == NACCS_OK)
		*ret = naccs_take(&report);
	return status;
}
