/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the promise of an install: plan, stage, read back, commit; pending until then; undone when it is not wanted. */
#include "groups.h"

#include <stdlib.h>
#include <string.h>

static void a_fresh_install_is_listed_and_signs(struct suite *suite)
{
	struct ground ground = ground_make(suite, "fresh");
	const struct input *input = any_input(suite, &ground);
	struct session session;

	(void)install(&ground, input);
	session_open(&session, &ground, NACCS_ACCESS_READ);
	session_check_installed(&session, input, true);
	check(session_look(&session, input).server_intermediates == 2, "the server intermediates can't be read back");
	session_close(&session);
}

static void opening_for_writing_leaves_no_trace(struct suite *suite)
{
	struct ground ground = ground_make(suite, "fresh");
	char *before = picture(&ground);
	struct session session;

	session_open(&session, &ground, NACCS_ACCESS_WRITE);
	check(!session_look(&session, inputs_get(suite->inputs, INPUT_STRANGER)).is_there, "a fresh store holds something");
	session_close(&session);
	char *after = picture(&ground);
	check_picture(before, after);
	free(before);
	free(after);
}

static void plan_changes_nothing(struct suite *suite)
{
	struct ground ground = ground_make(suite, "fresh");
	const struct input *input = any_input(suite, &ground);
	char *before = picture(&ground);
	struct session session;

	session_open(&session, &ground, NACCS_ACCESS_WRITE);
	struct ledger first = session_plan(&session, input);
	struct ledger second = session_plan(&session, input);
	session_close(&session);
	check(first.count == second.count, "plan does not say the same twice");
	for (size_t i = 0; i < first.count; i++)
		check(first.part[i].role == second.part[i].role && first.part[i].action == second.part[i].action &&
			      strcmp(first.part[i].identity, second.part[i].identity) == 0,
		      "plan does not say the same twice: %s", first.part[i].identity);
	char *after = picture(&ground);
	check_picture(before, after);
	free(before);
	free(after);
}

static void what_is_staged_is_pending_and_signs(struct suite *suite)
{
	struct ground ground = ground_make(suite, "fresh");
	const struct input *input = any_input(suite, &ground);
	bool has_pending = can(suite, &ground, NACCS_CAN_PENDING);
	struct session session;

	session_open(&session, &ground, NACCS_ACCESS_WRITE);
	struct ledger ledger = session_plan(&session, input);
	session_stage(&session, input, &ledger);
	struct sight sight = session_look(&session, input);
	check(sight.is_there && sight.has_key, "what was staged is not listed");
	check(!has_pending || (sight.is_pending && !sight.is_current), "what was staged is not pending (%d) or current already (%d)",
	      sight.is_pending, sight.is_current);
	session_check_signs(&session, input);
	session_commit(&session, input, &ledger);
	session_check_installed(&session, input, true);
	session_close(&session);
}

static void abort_after_stage_brings_back_what_was(struct suite *suite)
{
	struct ground ground = ground_make(suite, "fresh");
	const struct input *input = any_input(suite, &ground);
	char *before = picture(&ground);
	struct session session;

	session_open(&session, &ground, NACCS_ACCESS_WRITE);
	struct ledger ledger = session_plan(&session, input);
	session_stage(&session, input, &ledger);
	check_ok(suite->backend->abort(session.store, ledger.part, ledger.count, &session.err), &session.err);
	check_ok(suite->backend->abort(session.store, ledger.part, ledger.count, &session.err), &session.err);
	session_close(&session);
	char *after = picture(&ground);
	check_picture(before, after);
	free(before);
	free(after);
}

static void abort_after_commit_brings_back_what_was(struct suite *suite)
{
	struct ground ground = ground_make(suite, "fresh");
	const struct input *input = any_input(suite, &ground);
	char *before = picture(&ground);
	struct session session;

	session_open(&session, &ground, NACCS_ACCESS_WRITE);
	struct ledger ledger = session_plan(&session, input);
	session_stage(&session, input, &ledger);
	session_commit(&session, input, &ledger);
	check_ok(suite->backend->abort(session.store, ledger.part, ledger.count, &session.err), &session.err);
	check(!session_look(&session, input).is_there, "an aborted certificate is still listed");
	session_close(&session);
	char *after = picture(&ground);
	check_picture(before, after);
	free(before);
	free(after);
}

static void a_store_can_be_installed_into_again_after_abort(struct suite *suite)
{
	struct ground ground = ground_make(suite, "fresh");
	const struct input *input = any_input(suite, &ground);
	struct session session;

	session_open(&session, &ground, NACCS_ACCESS_WRITE);
	struct ledger ledger = session_plan(&session, input);
	session_stage(&session, input, &ledger);
	check_ok(suite->backend->abort(session.store, ledger.part, ledger.count, &session.err), &session.err);
	ledger = session_plan(&session, input);
	session_stage(&session, input, &ledger);
	session_commit(&session, input, &ledger);
	session_check_installed(&session, input, true);
	session_close(&session);
}

const struct test tests_install[] = {
	{"a fresh install is listed and signs", a_fresh_install_is_listed_and_signs},
	{"opening for writing leaves no trace", opening_for_writing_leaves_no_trace},
	{"plan changes nothing and says the same twice", plan_changes_nothing},
	{"what is staged is pending and signs", what_is_staged_is_pending_and_signs},
	{"abort after stage brings back what was", abort_after_stage_brings_back_what_was},
	{"abort after commit brings back what was", abort_after_commit_brings_back_what_was},
	{"a store can be installed into again after abort", a_store_can_be_installed_into_again_after_abort},
	{NULL, NULL},
};
