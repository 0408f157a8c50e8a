/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: the command renew: from a certificate that ends soon to its successor, verified in every store, by the key in its store instead of codes. Everything that can fail
 * without the portal is tried before the portal hears of us; what comes from it is in escrow before anything else happens; the old certificate stays current until the new
 * one is proven.
 */
#include "renew.h"

#include "text.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/x509.h>

/* ---- before the portal ---- */

static naccs_status fill_order(const struct naccs_renewal *renewal, const struct naccs_renew_options *options, const struct naccs_identity *identity,
			       const char *pin_file, struct naccs_escrow_order *ret, struct naccs_error *err)
{
	struct naccs_install_options install = options->install;
	naccs_auto(heap) struct naccs_target *targets = calloc(renewal->targets.count + 1, sizeof *targets);
	naccs_status status;

	if (targets == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
	for (size_t i = 0; i < renewal->targets.count; i++)
		targets[i] = (struct naccs_target){.uri = renewal->targets.items[i].uri, .pin_file = renewal->targets.items[i].pin_file};
	install.targets = targets;
	install.target_count = renewal->targets.count;
	install.terminal = renewal->terminal;
	if (renewal->section != NULL) {
		install.deploy_hooks = (const char *const *)renewal->section->deploy_hooks;
		if (install.group == NULL)
			install.group = renewal->section->group;
		if (install.consent.sha256 == NULL && !install.consent.first_use)
			install.consent.sha256 = renewal->section->client_ca_sha256;
	}
	status = naccs_order_from_options("renew", &install, ret, err);
	return status == NACCS_OK ? naccs_order_renews(ret, identity->certificate, renewal->sha256, identity->store->uri, pin_file, err) : status;
}

/* Under the ledger lock: try the stores, and make the entry that the journey begins with. */
static naccs_status make_entry(struct naccs *context, const struct naccs_renewal *renewal, struct naccs_escrow_order *order, const struct naccs_renew_options *options,
			       struct naccs_report *report, struct naccs_escrow **ret, struct naccs_error *err)
{
	naccs_auto(secret) struct naccs_secret *password = NULL;
	struct naccs_escrow_order kept = {0};
	struct naccs_ground ground = {.state_dirfd = -1, .ledger_lock = -1};
	struct naccs_delivery delivery = {.context = context, .ground = &ground, .order = order, .report = report};
	const struct naccs_ca_consent consent = {.sha256 = order->client_ca_sha256, .first_use = order->trust_first_use};
	naccs_status status = naccs_choose_password(options->password, &password, err);

	if (status == NACCS_OK)
		status = naccs_ground_open(context, true, &ground, err);
	if (status == NACCS_OK)
		status = naccs_check_consent_possible(context, &ground, &consent, err);
	if (status == NACCS_OK)
		status = naccs_try_stores(&delivery, true, &kept, err);
	if (status == NACCS_OK && (kept.subject = strdup(renewal->subject)) == NULL)
		status = naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
	if (status == NACCS_OK) {
		status = naccs_escrow_create(ground.state_dirfd, naccs_clock_now(), &kept, password, NULL, ret, err);
	}
	naccs_escrow_order_clear(&kept);
	naccs_ground_close(&ground);
	return status;
}

/* The certificate in the first store that has it with its key. */
static naccs_status find_identity(struct naccs *context, const struct naccs_renewal *renewal, struct naccs_identity *ret, const char **ret_pin_file,
				  struct naccs_error *err)
{
	naccs_status status = naccs_fail(err, NACCS_E_VERIFY_NONE, 0, _("no store is known that holds the certificate %.16s…"), renewal->sha256);

	for (size_t i = 0; status != NACCS_OK && i < renewal->sources.count; i++) {
		struct naccs_error own = {0};

		naccs_identity_clear(ret);
		status = naccs_identity_find(context, &renewal->sources.items[i], renewal->sha256, ret, &own);
		if (status != NACCS_OK && i == 0)
			*err = own;
		*ret_pin_file = renewal->sources.items[i].pin_file;
	}
	return status == NACCS_OK ? NACCS_OK : err->status;
}

static naccs_status prepare(struct naccs *context, const struct naccs_renewal *renewal, const struct naccs_renew_options *options,
			    struct naccs_report *report, struct naccs_escrow **ret, struct naccs_error *err)
{
	struct naccs_identity identity = {0};
	struct naccs_escrow_order order = {0};
	const char *pin_file = NULL;
	naccs_status status = find_identity(context, renewal, &identity, &pin_file, err);

	if (status == NACCS_OK)
		status = fill_order(renewal, options, &identity, pin_file, &order, err);
	naccs_identity_clear(&identity); /* the stores are opened for writing now; its key is asked for when it is needed */
	if (status == NACCS_OK)
		status = make_entry(context, renewal, &order, options, report, ret, err);
	naccs_escrow_order_clear(&order);
	return status;
}

bool naccs_renew_is_left_of(const struct naccs_escrow_order *order, const struct naccs_renewal *renewal)
{
	if (order->previous_sha256 == NULL)
		return false;
	return strcmp(order->previous_sha256, renewal->sha256) == 0 || (order->subject != NULL && strcmp(order->subject, renewal->subject) == 0);
}

/* What an earlier run left of the same renewal: a second application, or a second password, would spoil it. *ret NULL: nothing. */
static naccs_status find_left(struct naccs *context, int state_dirfd, const struct naccs_renewal *renewal, struct naccs_escrow **ret,
			      struct naccs_error *err)
{
	struct naccs_escrow_list list = {0};
	naccs_auto(fd) int lock = -1;
	naccs_status status = naccs_state_lock_ledger(state_dirfd, context->lock_timeout_ms, &lock, err);

	if (status == NACCS_OK)
		status = naccs_escrow_list_load(state_dirfd, true, &list, err);
	for (size_t i = 0; status == NACCS_OK && i < list.count && *ret == NULL; i++)
		if (naccs_renew_is_left_of(&list.items[i]->order, renewal)) {
			*ret = list.items[i];
			list.items[i] = NULL;
		}
	naccs_escrow_list_clear(&list);
	return status;
}

/* ---- the renewal ---- */

/* Nothing went out, or the portal said at once that it would not have it: there is nothing that resume could bring. */
static bool is_nothing_held(const struct naccs_escrow *escrow, bool is_old, naccs_status status)
{
	if (escrow->state < NACCS_ESCROW_APPLIED)
		return true;
	return !is_old && escrow->state == NACCS_ESCROW_APPLIED && (status == NACCS_E_PORTAL_NOT_DUE || status == NACCS_E_PORTAL_EXPIRED);
}

static void tell_what_is_kept(const struct naccs_escrow *escrow, struct naccs_report *report)
{
	if (escrow->state == NACCS_ESCROW_RECEIVED)
		naccs_report_warn(report, "escrow.kept", _("What the portal sent is kept in escrow. Once the cause is mended, run: naccs-cert resume"));
	else if (escrow->state == NACCS_ESCROW_SUBMITTED)
		naccs_report_warn(report, "escrow.kept",
				  _("The certificate may be ready. Until the end of this day in Japan, the download can be asked for again: naccs-cert resume"));
	else
		naccs_report_warn(report, "escrow.kept", _("The application may have been sent. To take it up again: naccs-cert resume"));
}

static naccs_status fetch_and_deliver(struct naccs *context, int state_dirfd, const struct naccs_renew_options *options, struct naccs_escrow *escrow,
				      bool is_old, struct naccs_report *report, struct naccs_error *err)
{
	const struct naccs_obtain_options resume = {
		.install = {.consent = options->install.consent},
		.network = options->network,
		.apply_again = options->apply_again,
		.patience_seconds = options->patience_seconds,
	};
	naccs_status status;

	if (is_old)
		naccs_report_warn(report, "escrow.resumed", _("An earlier run of this renewal had not ended: it was taken up where it stopped."));
	status = naccs_resume_entry(context, state_dirfd, escrow, &resume, report, err);
	if (status == NACCS_OK)
		return NACCS_OK;
	if (is_nothing_held(escrow, is_old, status))
		naccs_withdraw_entry(escrow, report);
	else
		tell_what_is_kept(escrow, report);
	return status;
}

/* The regular maintenance, for whoever can wait; what is in escrow whole needs no portal. */
static naccs_status check_maintenance(const struct naccs *context, const struct naccs_escrow *escrow, struct naccs_error *err)
{
	char end[NACCS_TIME_TEXT_SIZE];
	int64_t from = 0, until = 0;
	bool is_usable = false;
	naccs_status status = escrow != NULL ? naccs_escrow_is_usable(context, escrow, &is_usable, err) : NACCS_OK;

	if (status != NACCS_OK || is_usable || !naccs_maintenance_window(naccs_rules_now(context), &from, &until))
		return status;
	naccs_time_format_japan(until, end);
	(void)naccs_fail(err, NACCS_E_PORTAL_MAINTENANCE, 0, _("the portal's monthly maintenance is going on, as a rule until %s"), end);
	return naccs_error_hint(err, _("The next run does it; nothing was sent to the portal."));
}

static char *join_targets(const struct naccs_renewal *renewal)
{
	char *text = naccs_format("%s", "");

	for (size_t i = 0; text != NULL && i < renewal->targets.count; i++) {
		char *longer = naccs_format("%s%s%s", text, i > 0 ? "\n" : "", renewal->targets.items[i].uri);

		free(text);
		text = longer;
	}
	return text;
}

static naccs_status renew_with_hooks(struct naccs *context, int state_dirfd, const struct naccs_renewal *renewal,
				     const struct naccs_renew_options *options, struct naccs_escrow **escrow, struct naccs_report *report,
				     struct naccs_error *err)
{
	naccs_auto(heap) char *stores = join_targets(renewal);
	struct naccs_hook_facts facts = {
		.terminal = renewal->terminal,
		.stores = stores != NULL ? stores : "",
		.serial = renewal->serial,
		.not_after = renewal->not_after,
	};
	bool is_old = *escrow != NULL;
	naccs_status status = naccs_hooks_before(context, &facts, err);

	if (status == NACCS_OK && !is_old)
		status = prepare(context, renewal, options, report, escrow, err);
	if (status == NACCS_OK)
		status = fetch_and_deliver(context, state_dirfd, options, *escrow, is_old, report, err);
	if (report->certificate != NULL) {
		facts.serial = report->certificate->serial;
		facts.not_after = report->certificate->not_after;
	}
	naccs_hooks_after(context, &facts, report);
	return status;
}

naccs_status naccs_renew_one(struct naccs *context, int state_dirfd, const struct naccs_renewal *renewal, const struct naccs_renew_options *options,
			     bool is_unattended, struct naccs_report *report, struct naccs_error *err)
{
	naccs_auto(escrow) struct naccs_escrow *escrow = NULL;
	naccs_status status = find_left(context, state_dirfd, renewal, &escrow, err);

	if (status == NACCS_OK && escrow == NULL)
		status = naccs_renewal_check_time(renewal, naccs_rules_now(context), err);
	if (status == NACCS_OK && !is_unattended) /* one file is for one certificate */
		status = naccs_backup_wish(context, &options->install, err);
	if (status == NACCS_OK && is_unattended)
		status = check_maintenance(context, escrow, err);
	return status == NACCS_OK ? renew_with_hooks(context, state_dirfd, renewal, options, &escrow, report, err) : status;
}

/* ---- the command ---- */

void naccs_report_conclude_renewal(struct naccs_report *report, const struct naccs_renewal *renewal, naccs_status status, const struct naccs_error *err)
{
	if (report->certificate == NULL)
		report->certificate = naccs_renewal_info_new(renewal);
	if (status == NACCS_OK) {
		naccs_report_conclude_install(report, true);
		if (report->result == NACCS_RESULT_INSTALLED || report->result == NACCS_RESULT_UNCHANGED)
			report->result = NACCS_RESULT_RENEWED;
		return;
	}
	report->error = *err;
	report->result = status == NACCS_E_PORTAL_NOT_DUE && report->store_count == 0 ? NACCS_RESULT_NOT_DUE : NACCS_RESULT_FAILED;
	report->exit_code = naccs_status_exit_code(status);
}

/* The ledger does not know all that people are told of a certificate. */
static void look_closer(struct naccs *context, struct naccs_renewal *renewal)
{
	struct naccs_identity identity = {0};
	struct naccs_error ignored = {0};
	const char *pin_file = NULL;

	if (renewal->facts == NULL && find_identity(context, renewal, &identity, &pin_file, &ignored) == NACCS_OK)
		renewal->facts = naccs_take(&identity.facts);
	naccs_identity_clear(&identity);
}

naccs_status naccs_renew(struct naccs *context, const struct naccs_renew_options *options, struct naccs_report **ret, struct naccs_error *err)
{
	__attribute__((cleanup(naccs_cleanup_renewal))) struct naccs_renewal renewal = {0};
	naccs_auto(report) struct naccs_report *report = NULL;
	naccs_auto(ledger) struct naccs_ledger *ledger = NULL;
	naccs_auto(fd) int state = -1;
	naccs_auto(fd) int run_lock = -1;
	naccs_status status;

	if (options->password != NULL && naccs_portal_password_check(options->password, err) != NACCS_OK)
		return NACCS_E_USAGE;
	status = naccs_report_begin(context, "renew", &report, err);
	if (status == NACCS_OK)
		status = naccs_state_open(context->state_dir, true, &state, err);
	if (status == NACCS_OK)
		status = naccs_state_lock_run(state, &run_lock, err);
	if (status == NACCS_OK)
		status = naccs_ledger_load(state, &ledger, err);
	if (status == NACCS_OK)
		status = naccs_renewal_choose(context, ledger, options, &renewal, err);
	if (status != NACCS_OK)
		return status;
	look_closer(context, &renewal);
	status = naccs_renew_one(context, state, &renewal, options, false, report, err);
	naccs_report_conclude_renewal(report, &renewal, status, err);
	*ret = naccs_take(&report);
	return NACCS_OK;
}
