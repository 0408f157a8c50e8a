/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the command resume: finish what an interrupted install, obtain or renew left in escrow. From `received` it works offline, on any later day. */
#include "context.h"

#include "identity.h"
#include "text.h"

#include <string.h>
#include <unistd.h>

#include <openssl/x509.h>

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
naccs_status naccs_deliver_received(struct naccs *context, struct naccs_ground *ground, struct naccs_escrow *escrow, struct naccs_report *report,
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
	if (strcmp(escrow->order.command, "renew") == 0)
		status = naccs_check_successor(context, ground, &escrow->order, credential, err);
	if (status != NACCS_OK)
		return status;
	if (report->certificate == NULL)
		report->certificate = naccs_certificate_info_new(credential->facts);
	status = naccs_consent_to_ca(context, ground, credential, escrow->order.client_ca_sha256, escrow->order.trust_first_use, err);
	if (status == NACCS_OK)
		status = naccs_backup_keep(context, credential, &escrow->order, err);
	if (status != NACCS_OK)
		return status;
	return install_all(&(struct naccs_delivery){.context = context, .ground = ground, .order = &escrow->order, .credential = credential,
						    .report = report},
			   err);
}

bool naccs_report_has_failed_since(const struct naccs_report *report, size_t first)
{
	for (size_t i = first; i < report->store_count; i++)
		if (report->stores[i].result == NACCS_RESULT_FAILED)
			return true;
	return false;
}

/* What the caller says now completes what was said then; a fingerprint takes the place of another, which may have been mistyped. */
static naccs_status complete_order(struct naccs_escrow_order *order, const struct naccs_install_options *options, struct naccs_error *err)
{
	order->trust_first_use = order->trust_first_use || options->consent.first_use;
	if (options->consent.sha256 != NULL) {
		naccs_auto(heap) char *said = strdup(options->consent.sha256);

		if (said == NULL)
			return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
		free(order->client_ca_sha256);
		order->client_ca_sha256 = naccs_take(&said);
	}
	return NACCS_OK;
}

/* Another code than the one this entry was begun with would spend a second certificate on the first one's escrow. */
static naccs_status check_same_code(int state_dirfd, const struct naccs_escrow *escrow, const struct naccs_codes_held *codes, struct naccs_error *err)
{
	naccs_auto(heap) char *hash = NULL;
	naccs_status status = naccs_escrow_code_hash(state_dirfd, codes->code[2], &hash, err);

	if (status != NACCS_OK)
		return status;
	if (escrow->order.code3_hash == NULL || strcmp(escrow->order.code3_hash, hash) == 0)
		return NACCS_OK;
	(void)naccs_fail(err, NACCS_E_REFUSED, 0, _("this is another 認証コード3 than the one that was begun with (escrow entry %s)"), escrow->id);
	return naccs_error_hint(err, _("Give the same codes as then; for another certificate run obtain."));
}

/* With the same codes and the same password. */
static naccs_status fetch_by_codes(struct naccs *context, int state_dirfd, struct naccs_escrow *escrow, const struct naccs_obtain_options *options,
				struct naccs_report *report, STACK_OF(X509) **ret_chain, struct naccs_error *err)
{
	struct naccs_codes_held codes = {0};
	naccs_status status;

	status = naccs_codes_ask(&options->codes, escrow->order.terminal, &codes, err);
	if (status == NACCS_OK)
		status = check_same_code(state_dirfd, escrow, &codes, err);
	if (status == NACCS_OK)
		status = naccs_fetch(context, state_dirfd, &(struct naccs_errand){.network = &options->network, .codes = &codes}, escrow, report, ret_chain,
				     err);
	naccs_codes_held_clear(&codes);
	return status;
}

/* Under the ledger lock: install what the entry holds; purge it when every store is verified. */
static naccs_status deliver_and_purge(struct naccs *context, struct naccs_escrow *escrow, STACK_OF(X509) *chain, struct naccs_report *report,
				      struct naccs_error *err)
{
	struct naccs_ground ground = {.state_dirfd = -1, .ledger_lock = -1};
	struct naccs_error own = {0};
	size_t first = report->store_count;
	naccs_status status = naccs_ground_open(context, true, &ground, err);

	ground.proof.live_chain = chain;
	ground.proof.live_host = NACCS_PORTAL_HOST;
	if (status == NACCS_OK && chain != NULL && naccs_recorded_chain_save(ground.state_dirfd, chain, NACCS_PORTAL_HOST, naccs_clock_now(), &own) != NACCS_OK)
		naccs_report_warn(report, naccs_status_id(own.status), _("The servers' chain could not be recorded: %s"), own.message);
	if (status == NACCS_OK)
		status = naccs_deliver_received(context, &ground, escrow, report, err);
	if (status == NACCS_OK && !naccs_report_has_failed_since(report, first))
		status = naccs_escrow_purge(escrow, err);
	naccs_ground_close(&ground);
	return status;
}

/* The certificate that is renewed, in the store that was chosen then, else in any that has it still. */
static naccs_status find_identity(struct naccs *context, const struct naccs_escrow_order *order, struct naccs_identity *ret, struct naccs_error *err)
{
	const struct naccs_selected_store first = {.uri = order->from, .said = order->from, .pin_file = order->from_pin_file};
	naccs_status status = NACCS_E_VERIFY_NONE;

	if (order->from == NULL || order->previous_sha256 == NULL)
		return naccs_fail(err, NACCS_E_ESCROW_DAMAGED, 0, _("it does not say which certificate was renewed"));
	status = naccs_identity_find(context, &first, order->previous_sha256, ret, err);
	for (size_t i = 0; status != NACCS_OK && i < order->store_count; i++) {
		const struct naccs_selected_store other = {.uri = order->stores[i], .said = order->stores[i], .pin_file = order->pin_files[i]};
		struct naccs_error ignored = {0}; /* the first store's failure is told */

		naccs_identity_clear(ret);
		status = naccs_identity_find(context, &other, order->previous_sha256, ret, &ignored);
	}
	return status == NACCS_OK ? NACCS_OK : err->status;
}

/* With the key of the certificate that is renewed, and the same password. */
static naccs_status fetch_by_certificate(struct naccs *context, int state_dirfd, struct naccs_escrow *escrow,
					 const struct naccs_obtain_options *options, struct naccs_report *report, STACK_OF(X509) **ret_chain,
					 struct naccs_error *err)
{
	struct naccs_identity identity = {0};
	const struct naccs_errand errand = {
		.network = &options->network,
		.identity = &identity,
		.apply_again = options->apply_again,
		.patience_seconds = options->patience_seconds,
	};
	naccs_status status = find_identity(context, &escrow->order, &identity, err);

	if (status == NACCS_OK)
		status = naccs_identity_unlock(context, &identity, err);
	if (status == NACCS_OK)
		status = naccs_identity_explain(&identity, naccs_fetch(context, state_dirfd, &errand, escrow, report, ret_chain, err), err);
	naccs_identity_clear(&identity);
	return status;
}

static naccs_status fail_too_late(const struct naccs *context, const struct naccs_escrow *escrow, struct naccs_error *err)
{
	bool is_renewal = strcmp(escrow->order.command, "renew") == 0;

	(void)naccs_fail(err, NACCS_E_PORTAL_LOCKED, 0,
			 _("the portal has locked the certificate of the escrow entry %s: the day in Japan on which it was asked for has ended"), escrow->id);
	if (is_renewal)
		return naccs_error_hint(err, _("Apply for a reissue at the NACCS Support System (デジタル証明書の再発行) before the old certificate ends; its new "
					       "認証コード3 works with obtain. To ask the portal for the renewed one all the same: naccs-cert resume --apply-again. The "
					       "folder %s/escrow/%s holds no certificate."),
					context->state_dir, escrow->id);
	return naccs_error_hint(err, _("Apply for a reissue at the NACCS Support System (デジタル証明書の再発行); its new 認証コード3 works with obtain. Then remove "
				       "the folder %s/escrow/%s, which holds no certificate."),
				context->state_dir, escrow->id);
}

/* No PKCS#12 is here yet, or not a whole one: ask the portal again, until the end of the day in Japan. */
static naccs_status fetch_again(struct naccs *context, int state_dirfd, struct naccs_escrow *escrow, const struct naccs_obtain_options *options,
				struct naccs_report *report, STACK_OF(X509) **ret_chain, struct naccs_error *err)
{
	bool is_renewal = strcmp(escrow->order.command, "renew") == 0;

	if (!is_renewal && strcmp(escrow->order.command, "obtain") != 0)
		return naccs_fail(err, NACCS_E_ESCROW_DAMAGED, 0, _("the escrow entry %s (%s) holds no whole PKCS#12"), escrow->id, escrow->order.command);
	if (escrow->state >= NACCS_ESCROW_SUBMITTED && naccs_escrow_is_too_late(escrow, naccs_rules_now(context)) &&
	    !(is_renewal && options->apply_again))
		return fail_too_late(context, escrow, err);
	return is_renewal ? fetch_by_certificate(context, state_dirfd, escrow, options, report, ret_chain, err)
			  : fetch_by_codes(context, state_dirfd, escrow, options, report, ret_chain, err);
}

naccs_status naccs_resume_entry(struct naccs *context, int state_dirfd, struct naccs_escrow *escrow, const struct naccs_obtain_options *options,
				struct naccs_report *report, struct naccs_error *err)
{
	STACK_OF(X509) *chain = NULL;
	bool is_usable = false;
	naccs_status status = complete_order(&escrow->order, &options->install, err);

	if (status == NACCS_OK)
		status = naccs_order_use_anchors(context, &escrow->order, err);
	if (status == NACCS_OK)
		status = naccs_escrow_is_usable(context, escrow, &is_usable, err);
	if (status == NACCS_OK && !is_usable)
		status = fetch_again(context, state_dirfd, escrow, options, report, &chain, err);
	if (status == NACCS_OK)
		status = deliver_and_purge(context, escrow, chain, report, err);
	sk_X509_pop_free(chain, X509_free);
	return status;
}

static bool is_wanted(const struct naccs_escrow *escrow, const char *terminal)
{
	return terminal == NULL || (escrow->order.terminal != NULL && strcmp(escrow->order.terminal, terminal) == 0);
}

/* A crash before anything was sent: nothing was spent, nothing is held. The password in it protects nothing. */
static bool is_empty(const struct naccs_escrow *escrow)
{
	return escrow->state == NACCS_ESCROW_PREPARED;
}

static void resume_each(struct naccs *context, int state_dirfd, const struct naccs_escrow_list *list, const char *terminal,
			const struct naccs_obtain_options *options, struct naccs_report *report)
{
	size_t found = 0;

	for (size_t i = 0; i < list->count; i++) {
		struct naccs_escrow *escrow = list->items[i];
		struct naccs_error own = {0};
		naccs_status status;

		if (!is_wanted(escrow, terminal))
			continue;
		found++;
		(void)naccs_report_add_escrow(report, escrow);
		naccs_say(context, _("Resuming what waits in escrow: %s"), escrow->order.subject != NULL ? escrow->order.subject : escrow->id);
		status = naccs_resume_entry(context, state_dirfd, escrow, options, report, &own);
		if (status != NACCS_OK && is_empty(escrow) && (status == NACCS_E_USAGE || naccs_status_exit_code(status) == 77)) {
			struct naccs_error ignored = {0};

			(void)naccs_escrow_purge(escrow, &ignored);
			if (status == NACCS_E_USAGE) { /* no codes at hand */
				naccs_report_warn(report, "escrow.withdrawn",
						  _("A run had stopped before anything was sent to the portal: nothing is lost. Run obtain again."));
				continue;
			}
		}
		/* the next entry gets its chance all the same */
		if (status != NACCS_OK && naccs_status_badness(own.status) >= naccs_status_badness(report->error.status))
			report->error = own;
	}
	if (found == 0 && report->error.status == NACCS_OK)
		naccs_report_warn(report, "escrow.empty", _("Nothing waits in escrow: there is nothing to resume."));
}

/* What the stores say, and what no store could say because it never came so far. */
static void conclude(struct naccs_report *report)
{
	struct naccs_error own = report->error;

	if (report->store_count == 0 && own.status == NACCS_OK) {
		report->result = NACCS_RESULT_OK;
		return;
	}
	if (report->store_count > 0) {
		naccs_report_conclude_install(report, true);
		if (own.status == NACCS_OK || report->exit_code != 0)
			return;
		report->result = NACCS_RESULT_PARTIAL;
	} else {
		report->result = NACCS_RESULT_FAILED;
	}
	report->error = own;
	report->exit_code = naccs_status_exit_code(own.status);
}

naccs_status naccs_load_swept_escrow(struct naccs *context, int state_dirfd, struct naccs_escrow_list *ret, struct naccs_error *damage,
				     struct naccs_error *err)
{
	naccs_auto(fd) int lock = -1;
	naccs_status status = naccs_state_lock_ledger(state_dirfd, context->lock_timeout_ms, &lock, err);

	return status == NACCS_OK ? naccs_escrow_list_load_readable(state_dirfd, true, ret, damage, err) : status;
}

naccs_status naccs_resume(struct naccs *context, const char *terminal, const struct naccs_obtain_options *options, struct naccs_report **ret,
			  struct naccs_error *err)
{
	naccs_auto(report) struct naccs_report *report = NULL;
	struct naccs_escrow_list list = {0};
	naccs_auto(fd) int state = -1;
	naccs_auto(fd) int run_lock = -1;
	naccs_status status = naccs_report_begin(context, "resume", &report, err);

	if (status == NACCS_OK)
		status = naccs_state_open(context->state_dir, true, &state, err);
	if (status == NACCS_OK)
		status = naccs_state_lock_run(state, &run_lock, err);
	if (status == NACCS_OK)
		status = naccs_load_swept_escrow(context, state, &list, &report->error, err); /* the others get their chance all the same */
	if (status == NACCS_OK && list.count > 0)
		status = naccs_backup_wish(context, &options->install, err);
	if (status == NACCS_OK)
		resume_each(context, state, &list, terminal, options, report);
	naccs_escrow_list_clear(&list);
	if (status != NACCS_OK)
		return status;
	conclude(report);
	*ret = naccs_take(&report);
	return NACCS_OK;
}
