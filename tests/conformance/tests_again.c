/* SPDX-License-Identifier: Apache-2.0 */
/* Why: a store lives for years: the same certificate again, its renewal beside it, somebody else's. */
#include "groups.h"

#include <stdlib.h>
#include <string.h>

static void the_same_again_is_all_adopted(struct suite *suite)
{
	struct ground ground = ground_make(suite, "fresh");
	const struct input *input = any_input(suite, &ground);
	struct session session;

	(void)install(&ground, input);
	char *before = picture(&ground);
	session_open(&session, &ground, NACCS_ACCESS_WRITE);
	struct ledger ledger = session_plan(&session, input);
	for (size_t i = 0; i < ledger.count; i++)
		check(ledger.part[i].action == NACCS_PART_ADOPT, "part %s is not adopted but %u", ledger.part[i].identity,
		      ledger.part[i].action);
	session_stage(&session, input, &ledger);
	session_commit(&session, input, &ledger);
	check_ok(suite->backend->abort(session.store, ledger.part, ledger.count, &session.err), &session.err);
	session_check_installed(&session, input, true);
	session_close(&session);
	char *after = picture(&ground);
	check_picture(before, after);
	free(before);
	free(after);
}

static void a_renewal_lies_beside_the_old_and_is_current(struct suite *suite)
{
	struct ground ground = ground_make(suite, "fresh");
	bool can_activate = can(suite, &ground, NACCS_CAN_ACTIVATE);
	const struct input *old = any_input(suite, &ground);
	const struct input *renewed = renewal_of(suite, old);
	struct session session;

	(void)install(&ground, old);
	session_open(&session, &ground, NACCS_ACCESS_WRITE);
	struct ledger ledger = session_plan(&session, renewed);
	session_stage(&session, renewed, &ledger);
	session_check_installed(&session, old, true);
	session_check_signs(&session, renewed);
	session_commit(&session, renewed, &ledger);
	session_check_installed(&session, renewed, true);
	session_check_installed(&session, old, !can_activate);
	session_close(&session);
}

static void an_aborted_renewal_leaves_the_old_one_current(struct suite *suite)
{
	struct ground ground = ground_make(suite, "fresh");
	const struct input *old = any_input(suite, &ground);
	const struct input *renewed = renewal_of(suite, old);
	struct session session;

	(void)install(&ground, old);
	char *before = picture(&ground);
	for (int is_committed = 0; is_committed < 2; is_committed++) {
		session_open(&session, &ground, NACCS_ACCESS_WRITE);
		struct ledger ledger = session_plan(&session, renewed);
		session_stage(&session, renewed, &ledger);
		if (is_committed)
			session_commit(&session, renewed, &ledger);
		check_ok(suite->backend->abort(session.store, ledger.part, ledger.count, &session.err), &session.err);
		session_check_installed(&session, old, true);
		session_close(&session);
		char *after = picture(&ground);
		check_picture(before, after);
		free(after);
	}
	free(before);
}

static void another_subject_is_refused(struct suite *suite)
{
	struct ground ground = ground_make(suite, "fresh");
	const struct input *input = any_input(suite, &ground);
	const struct input *stranger = inputs_get(suite->inputs, INPUT_STRANGER);
	struct ledger ledger = {0};
	struct session session;

	if (!ground.has_one_subject)
		test_skip("this store holds several subjects");
	need(suite, &ground, NACCS_CAN_EC, "EC keys");
	(void)install(&ground, input);
	char *before = picture(&ground);
	session_open(&session, &ground, NACCS_ACCESS_WRITE);
	check_status(suite->backend->plan(session.store, &stranger->installation, ledger_add, &ledger, &session.err), NACCS_E_STORE_OPEN,
		     &session.err);
	check(strstr(session.err.message, "11110A") != NULL && strstr(session.err.message, "22220B") != NULL,
	      "the message does not name both subjects: %s", session.err.message);
	session_close(&session);
	char *after = picture(&ground);
	check_picture(before, after);
	free(before);
	free(after);
}

static void two_subjects_live_side_by_side(struct suite *suite)
{
	struct ground ground = ground_make(suite, "fresh");
	const struct input *input = any_input(suite, &ground);
	const struct input *stranger = inputs_get(suite->inputs, INPUT_STRANGER);
	struct session session;

	if (ground.has_one_subject)
		test_skip("this store holds one subject");
	need(suite, &ground, NACCS_CAN_EC, "EC keys");
	(void)install(&ground, input);
	struct ledger ledger = install(&ground, stranger);
	session_open(&session, &ground, NACCS_ACCESS_WRITE);
	session_check_signs(&session, input);
	session_check_signs(&session, stranger);
	session_remove(&session, &ledger);
	session_check_signs(&session, input);
	check(!session_look(&session, stranger).is_there, "a removed certificate is still listed");
	session_close(&session);
}

static void activate_switches_and_switches_back(struct suite *suite)
{
	struct ground ground = ground_make(suite, "fresh");
	need(suite, &ground, NACCS_CAN_ACTIVATE, "switch between certificates");
	const struct input *old = any_input(suite, &ground);
	const struct input *renewed = renewal_of(suite, old);
	struct session session;

	(void)install(&ground, old);
	(void)install(&ground, renewed);
	char *before = picture(&ground);
	session_open(&session, &ground, NACCS_ACCESS_WRITE);
	check_ok(suite->backend->activate(session.store, old->installation.sha256, &session.err), &session.err);
	session_check_installed(&session, old, true);
	session_check_installed(&session, renewed, false);
	check_ok(suite->backend->activate(session.store, old->installation.sha256, &session.err), &session.err);
	check_ok(suite->backend->activate(session.store, renewed->installation.sha256, &session.err), &session.err);
	session_check_installed(&session, renewed, true);
	check_status(suite->backend->activate(session.store, inputs_get(suite->inputs, INPUT_STRANGER)->installation.sha256, &session.err),
		     NACCS_E_VERIFY_NONE, &session.err);
	session_close(&session);
	char *after = picture(&ground);
	check_picture(before, after);
	free(before);
	free(after);
}

static void two_stores_are_open_at_once(struct suite *suite)
{
	struct ground first = ground_make(suite, "fresh");
	const struct input *input = any_input(suite, &first);
	struct session reading, again;

	(void)install(&first, input);
	session_open(&reading, &first, NACCS_ACCESS_READ);
	session_open(&again, &first, NACCS_ACCESS_READ);
	session_check_installed(&reading, input, true);
	session_check_installed(&again, input, true);
	session_close(&reading);
	session_check_installed(&again, input, true);
	session_close(&again);
}

const struct test tests_again[] = {
	{"the same certificate again is all adopted and changes nothing", the_same_again_is_all_adopted},
	{"a renewal lies beside the old one and is current", a_renewal_lies_beside_the_old_and_is_current},
	{"an aborted renewal leaves the old one current", an_aborted_renewal_leaves_the_old_one_current},
	{"another subject is refused where only one may be", another_subject_is_refused},
	{"two subjects live side by side where they may", two_subjects_live_side_by_side},
	{"activate switches and switches back", activate_switches_and_switches_back},
	{"two stores are open at once", two_stores_are_open_at_once},
	{NULL, NULL},
};
