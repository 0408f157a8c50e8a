/* SPDX-License-Identifier: Apache-2.0 */
/* Why: renew --due: every terminal and every certificate whose time has come, one after the other, unattended. One failure does not stop the next. */
#include "renew.h"

#include "text.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

/* From bad to worse: what heals by itself, what the portal or the network says, what somebody has to mend here, what is lost or wrong. */
static int badness(int exit_code)
{
	static const int order[] = {0, 22, 75, 69, 77, 76, 64, 73, 74, 20, 65, 21, 78, 70};

	for (int i = 0; i < (int)(sizeof order / sizeof *order); i++)
		if (order[i] == exit_code)
			return i;
	return (int)(sizeof order / sizeof *order);
}

/* Without a certificate nobody knows when its time comes: that is told at once. */
static bool is_to_be_done(const struct naccs_renewal *renewal, int64_t now, const struct naccs_escrow_list *left)
{
	if (renewal->sha256 == NULL)
		return true;
	for (size_t i = 0; i < left->count; i++)
		if (naccs_renew_is_left_of(&left->items[i]->order, renewal))
			return true;
	return naccs_renewal_time(renewal, now) != NACCS_RENEWAL_EARLY;
}

static naccs_status note(struct naccs_report *report, const struct naccs_renewal *renewal, struct naccs_report *part, struct naccs_error *err)
{
	struct naccs_renewal_info *info = naccs_report_add_renewal(report);

	if (info == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
	info->terminal = renewal->terminal != NULL ? strdup(renewal->terminal) : NULL;
	info->opens = renewal->sha256 != NULL ? naccs_renewal_opens_at(renewal) : 0;
	if (part == NULL) {
		info->certificate = naccs_renewal_info_new(renewal);
		info->result = NACCS_RESULT_NOT_DUE;
		return NACCS_OK;
	}
	info->certificate = naccs_take(&part->certificate);
	info->result = part->result;
	info->error = part->error;
	info->exit_code = part->exit_code;
	if (part->exit_code != 0 && badness(part->exit_code) > badness(report->exit_code)) {
		report->error = part->error;
		report->exit_code = part->exit_code;
	}
	return NACCS_OK;
}

static naccs_status do_one(struct naccs *context, int state_dirfd, const struct naccs_renewal *renewal, const struct naccs_renew_options *options,
			   struct naccs_report *report, struct naccs_error *err)
{
	naccs_auto(report) struct naccs_report *part = NULL;
	struct naccs_error own = renewal->failure;
	naccs_status outcome = own.status, status = naccs_report_new("renew", &part, err);

	if (status != NACCS_OK)
		return status;
	if (outcome == NACCS_OK) {
		naccs_say(context, _("Renewing the certificate of %s"), renewal->common_name);
		outcome = naccs_renew_one(context, state_dirfd, renewal, options, true, part, &own);
	}
	naccs_report_conclude_renewal(part, renewal, outcome, &own);
	status = note(report, renewal, part, err);
	naccs_report_absorb(report, naccs_take(&part));
	return status;
}

static bool is_cancelled(const struct naccs *context)
{
	return context->ui.cancelled != NULL && context->ui.cancelled(context->ui.context);
}

/* The sum: what was renewed, what was not. */
static void conclude(struct naccs_report *report)
{
	size_t renewed = 0, failed = 0;

	for (size_t i = 0; i < report->renewal_count; i++) {
		renewed += report->renewals[i].result == NACCS_RESULT_RENEWED;
		failed += report->renewals[i].exit_code != 0;
	}
	if (renewed > 0)
		report->result = failed > 0 ? NACCS_RESULT_PARTIAL : NACCS_RESULT_RENEWED;
	else
		report->result = failed > 0 ? NACCS_RESULT_FAILED : NACCS_RESULT_NOT_DUE;
	if (report->result == NACCS_RESULT_PARTIAL && failed == renewed && report->error.status == NACCS_E_HOOK_FAILED)
		report->result = NACCS_RESULT_RENEWED;
	for (size_t i = 0; renewed + failed == 1 && report->certificate == NULL && i < report->renewal_count; i++)
		if (report->renewals[i].result != NACCS_RESULT_NOT_DUE)
			report->certificate = naccs_take(&report->renewals[i].certificate);
}

/* What there is to do, by the ledger and the stores as they are now. */
struct work {
	struct naccs_ledger *ledger; /* outlives renewals, which borrow from it */
	struct naccs_renewals renewals;
	struct naccs_escrow_list left;
	size_t due;
};

static void work_clear(struct work *work)
{
	naccs_renewals_clear(&work->renewals);
	naccs_escrow_list_clear(&work->left);
	naccs_ledger_free(work->ledger);
	*work = (struct work){0};
}

/* What a crash left is swept when the run lock is held. With nothing there, no run is to find its lock taken. */
static naccs_status load_left(struct naccs *context, int state_dirfd, bool is_locked, struct naccs_escrow_list *ret, struct naccs_error *err)
{
	struct naccs_error damage = {0}; /* resume and status tell */

	return is_locked && !naccs_escrow_is_empty(state_dirfd) ? naccs_load_swept_escrow(context, state_dirfd, ret, &damage, err)
								: naccs_escrow_list_load_readable(state_dirfd, false, ret, &damage, err);
}

static naccs_status find_work(struct naccs *context, int state_dirfd, bool is_locked, const struct naccs_renew_options *options,
			      struct naccs_report *report, struct work *ret, struct naccs_error *err)
{
	naccs_status status = load_left(context, state_dirfd, is_locked, &ret->left, err);

	if (status == NACCS_OK)
		status = naccs_ledger_load(state_dirfd, &ret->ledger, err);
	if (status == NACCS_OK)
		status = naccs_renewals_list(context, ret->ledger, &ret->left, options, report, &ret->renewals, err);
	for (size_t i = 0; status == NACCS_OK && i < ret->renewals.count; i++)
		ret->due += ret->renewals.items[i].failure.status == NACCS_OK &&
			    is_to_be_done(&ret->renewals.items[i], naccs_rules_now(context), &ret->left);
	return status;
}

/* Its time has not come: what will be in the way then is worth a word now. */
static naccs_status note_early(const struct naccs_renewal *renewal, struct naccs_report *report, struct naccs_error *err)
{
	if (renewal->failure.status != NACCS_OK)
		naccs_report_warn(report, naccs_status_id(renewal->failure.status),
				  _("The certificate of %s can't be renewed as things stand: %s"), renewal->common_name,
				  renewal->failure.message);
	return note(report, renewal, NULL, err);
}

static naccs_status do_work(struct naccs *context, int state_dirfd, const struct work *work, const struct naccs_renew_options *options,
			    struct naccs_report *report, struct naccs_error *err)
{
	naccs_status status = NACCS_OK;

	for (size_t i = 0; status == NACCS_OK && i < work->renewals.count; i++) {
		const struct naccs_renewal *renewal = &work->renewals.items[i];

		if (!is_to_be_done(renewal, naccs_rules_now(context), &work->left))
			status = note_early(renewal, report, err);
		else if (is_cancelled(context))
			status = naccs_fail(err, NACCS_E_CANCELLED, 0, _("the run was interrupted; the certificates that were left are renewed by the next one"));
		else
			status = do_one(context, state_dirfd, renewal, options, report, err);
	}
	if (status == NACCS_E_CANCELLED) { /* what was done is told all the same */
		report->error = *err;
		report->exit_code = naccs_status_exit_code(status);
		status = NACCS_OK;
	}
	conclude(report);
	return status;
}

/* So that not all machines ask at the same second. No lock is held, and a wish to end is heard within a second: a signal wakes a sleeper,
 * but not one that comes just before he lies down, and on Windows nothing does. */
static void wait_by_chance(struct naccs *context, uint32_t most)
{
	const struct timespec second = {.tv_sec = 1};
	uint32_t chance = 0;

	if (most == 0 || getrandom(&chance, sizeof chance, 0) != (ssize_t)sizeof chance)
		return;
	naccs_say(context, _("Waiting for a while, so that not everybody asks at the same time"), "");
	for (uint64_t left = chance % ((uint64_t)most + 1); left > 0 && !is_cancelled(context); left--)
		(void)nanosleep(&second, NULL);
}

/* Is anything due at all? Then it is worth waiting for; looked at anew when the run has its lock. */
static naccs_status wait_if_due(struct naccs *context, int state_dirfd, const struct naccs_renew_options *options, struct naccs_error *err)
{
	naccs_auto(report) struct naccs_report *unused = NULL;
	struct work work = {0};
	naccs_status status;

	if (options->random_delay_seconds == 0)
		return NACCS_OK;
	status = naccs_report_new("renew", &unused, err);
	if (status == NACCS_OK)
		status = find_work(context, state_dirfd, false, options, unused, &work, err);
	if (status == NACCS_OK && work.due > 0)
		wait_by_chance(context, options->random_delay_seconds);
	work_clear(&work);
	if (status == NACCS_OK && is_cancelled(context))
		return naccs_fail(err, NACCS_E_CANCELLED, 0, _("the run was interrupted before it began"));
	return status;
}

naccs_status naccs_renew_due(struct naccs *context, const struct naccs_renew_options *options, struct naccs_report **ret, struct naccs_error *err)
{
	naccs_auto(report) struct naccs_report *report = NULL;
	struct work work = {0};
	naccs_auto(fd) int state = -1;
	naccs_auto(fd) int run_lock = -1;
	naccs_status status = naccs_report_begin(context, "renew", &report, err);

	if (status == NACCS_OK)
		status = naccs_state_open(context->state_dir, true, &state, err);
	if (status == NACCS_OK)
		status = wait_if_due(context, state, options, err);
	if (status == NACCS_OK)
		status = naccs_state_lock_run(state, &run_lock, err);
	if (status == NACCS_OK)
		status = find_work(context, state, true, options, report, &work, err);
	if (status == NACCS_OK)
		status = do_work(context, state, &work, options, report, err);
	work_clear(&work);
	if (status == NACCS_OK)
		*ret = naccs_take(&report);
	return status;
}
