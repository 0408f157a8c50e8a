/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the command resume: finish what an interrupted install, obtain or renew left in escrow. From `received` it works offline, on any later day. */
#include "context.h"

#include "text.h"

#include <string.h>
#include <unistd.h>

static naccs_status install_all(const struct naccs_delivery *delivery, struct naccs_error *err)
{
	naccs_auto(payload) struct naccs_payload *payload = NULL;
	struct naccs_run *run = NULL;
	bool changed = false;
	naccs_status status;

	status = naccs_payload_new(delivery->credential, naccs_trust_anchors(delivery->context->trust),
				   naccs_trust_intermediates(delivery->context->trust), &payload, err);
	if (status == NACCS_OK)
		status = naccs_delivery_run_new(delivery, &run, err);
	if (status != NACCS_OK)
		return status;
	naccs_run_open(run);
	(void)naccs_run_plan(run, payload);
	status = naccs_delivery_install(delivery, run, payload, &changed, err);
	naccs_delivery_run_free(run);
	return status;
}

/* The PKCS#12 is here: open it again with the password kept beside it, and install it where it was to go. */
static naccs_status resume_received(struct naccs *context, struct naccs_ground *ground, struct naccs_escrow *escrow, struct naccs_report *report,
				   struct naccs_error *err)
{
	naccs_auto(secret) struct naccs_secret *answer = NULL;
	naccs_auto(secret) struct naccs_secret *password = NULL;
	naccs_auto(credential) struct naccs_credential *credential = NULL;
	naccs_status status = naccs_escrow_answer(escrow, &answer, err);

	if (status == NACCS_OK)
		status = naccs_escrow_password(escrow, &password, err);
	if (status == NACCS_OK)
		status = naccs_delivery_unpack(context, ground, answer, password, &credential, err);
	if (status != NACCS_OK)
		return naccs_error_prefix(err, _("escrow entry %s"), escrow->id);
	if (report->certificate == NULL)
		report->certificate = naccs_certificate_info_new(credential->facts);
	status = naccs_consent_to_ca(context, ground, credential, escrow->order.client_ca_sha256, escrow->order.trust_first_use, err);
	if (status != NACCS_OK)
		return status;
	return install_all(&(struct naccs_delivery){.context = context, .ground = ground, .order = &escrow->order, .credential = credential,
						    .report = report},
			   err);
}

static bool is_wanted(const struct naccs_escrow *escrow, const char *terminal)
{
	return terminal == NULL || (escrow->order.terminal != NULL && strcmp(escrow->order.terminal, terminal) == 0);
}

static bool has_failed_since(const struct naccs_report *report, size_t first_store)
{
	for (size_t i = first_store; i < report->store_count; i++)
		if (report->stores[i].result == NACCS_RESULT_FAILED)
			return true;
	return false;
}

/* What the caller says now completes what was said then: consent given this time. */
static naccs_status complete_order(struct naccs_escrow_order *order, const struct naccs_install_options *options, struct naccs_error *err)
{
	if (options == NULL)
		return NACCS_OK;
	order->trust_first_use = order->trust_first_use || options->consent.first_use;
	if (order->client_ca_sha256 == NULL && options->consent.sha256 != NULL) {
		order->client_ca_sha256 = strdup(options->consent.sha256);
		if (order->client_ca_sha256 == NULL)
			return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
	}
	return NACCS_OK;
}

static naccs_status resume_one(struct naccs *context, struct naccs_ground *ground, struct naccs_escrow *escrow,
			       const struct naccs_install_options *options, struct naccs_report *report, struct naccs_error *err)
{
	size_t first_store = report->store_count;
	naccs_status status;

	naccs_say(context, _("Resuming what waits in escrow: %s"), escrow->order.subject != NULL ? escrow->order.subject : escrow->id);
	status = complete_order(&escrow->order, options, err);
	if (status == NACCS_OK && escrow->state != NACCS_ESCROW_RECEIVED)
		status = naccs_fail(err, NACCS_E_REFUSED, 0, _("the escrow entry %s holds no PKCS#12 yet (state %s)"), escrow->id,
				    naccs_escrow_state_name(escrow->state));
	if (status == NACCS_OK)
		status = resume_received(context, ground, escrow, report, err);
	if (status != NACCS_OK)
		return status;
	(void)naccs_report_add_escrow(report, escrow);
	if (has_failed_since(report, first_store))
		return NACCS_OK; /* it stays in escrow; the report says why */
	return naccs_escrow_purge(escrow, err);
}

static naccs_status resume_all(struct naccs *context, struct naccs_ground *ground, const char *terminal,
			       const struct naccs_install_options *options, struct naccs_report *report, struct naccs_error *err)
{
	struct naccs_escrow_list list;
	naccs_status status = naccs_escrow_list_load(ground->state_dirfd, true, &list, err);
	size_t found = 0;

	for (size_t i = 0; status == NACCS_OK && i < list.count; i++) {
		struct naccs_error own = {0};

		if (!is_wanted(list.items[i], terminal))
			continue;
		found++;
		if (resume_one(context, ground, list.items[i], options, report, &own) != NACCS_OK &&
		    naccs_status_badness(own.status) >= naccs_status_badness(report->error.status))
			report->error = own; /* the next entry gets its chance all the same */
	}
	naccs_escrow_list_clear(&list);
	if (status != NACCS_OK)
		return status;
	if (found == 0) {
		report->result = NACCS_RESULT_OK;
		naccs_report_warn(report, "escrow.empty", _("Nothing waits in escrow: there is nothing to resume."));
		return NACCS_OK;
	}
	if (report->error.status != NACCS_OK && report->error.status != NACCS_E_HOOK_FAILED && !has_failed_since(report, 0)) {
		report->result = report->store_count > 0 ? NACCS_RESULT_PARTIAL : NACCS_RESULT_FAILED;
		report->exit_code = naccs_status_exit_code(report->error.status);
		return NACCS_OK;
	}
	naccs_report_conclude_install(report, true);
	return NACCS_OK;
}

naccs_status naccs_resume(struct naccs *context, const char *terminal, const struct naccs_install_options *options, struct naccs_report **ret,
			  struct naccs_error *err)
{
	naccs_auto(report) struct naccs_report *report = NULL;
	struct naccs_ground ground = {.state_dirfd = -1, .ledger_lock = -1};
	naccs_auto(fd) int state = -1;
	naccs_auto(fd) int run_lock = -1;
	naccs_status status = naccs_report_new("resume", &report, err);

	if (status == NACCS_OK)
		status = naccs_state_open(context->state_dir, true, &state, err);
	if (status == NACCS_OK)
		status = naccs_state_lock_run(state, &run_lock, err);
	if (status == NACCS_OK)
		status = naccs_ground_open(context, true, &ground, err);
	if (status == NACCS_OK)
		status = resume_all(context, &ground, terminal, options, report, err);
	naccs_ground_close(&ground);
	if (status == NACCS_OK)
		*ret = naccs_take(&report);
	return status;
}
