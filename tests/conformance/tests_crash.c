/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: a machine can stop at any moment. Processes that install, recover or remove are killed between their steps and at every durable
 * system call; what the host then does must end in one of two states: as before plan, or installed. One call that fails is met the same
 * way.
 */
#include "crash.h"
#include "groups.h"

static void install_in_child(void *context)
{
	const struct crash *crash = context;

	(void)install(crash->ground, crash->input);
}

/* The two grounds: nothing there yet, and a renewal beside the old one. */
static struct crash crash_start(struct suite *suite, struct ground *ground, bool is_renewal)
{
	*ground = ground_make(suite, "fresh");
	struct crash crash = {.ground = ground, .input = any_input(suite, ground)};
	if (is_renewal) {
		crash_must(install_in_child, &crash, "install");
		crash.input = renewal_of(suite, crash.input);
	}
	crash_prepare(&crash);
	return crash;
}

static void killed_between_steps(struct suite *suite)
{
	for (int is_renewal = 0; is_renewal < 2; is_renewal++) {
		struct ground ground;
		struct crash crash = crash_start(suite, &ground, is_renewal);
		for (enum step step = STEP_OPEN; step < STEP_NEVER; step++) {
			for (enum naccs_recovery direction = NACCS_RECOVERY_UNDO; direction <= NACCS_RECOVERY_FINISH; direction++) {
				crash.after = step;
				crash.kind = NACCS_FAULTS_NONE;
				check(crash_install(&crash), "not killed after step %d", (int)step);
				crash_recover(&crash, direction);
			}
		}
	}
}

static void killed_at_every_call(struct suite *suite, bool is_renewal, enum naccs_faults_kind kind, enum naccs_recovery direction)
{
	struct ground ground;
	struct crash crash = crash_start(suite, &ground, is_renewal);

	crash_killed_at_every_call(&crash, kind, direction);
}

static void an_install_killed_before_any_call_is_undone(struct suite *suite)
{
	killed_at_every_call(suite, false, NACCS_FAULTS_KILL_BEFORE, NACCS_RECOVERY_UNDO);
}

static void an_install_killed_after_any_call_is_finished(struct suite *suite)
{
	killed_at_every_call(suite, false, NACCS_FAULTS_KILL_AFTER, NACCS_RECOVERY_FINISH);
}

static void a_renewal_killed_after_any_call_is_undone(struct suite *suite)
{
	killed_at_every_call(suite, true, NACCS_FAULTS_KILL_AFTER, NACCS_RECOVERY_UNDO);
}

static void a_renewal_killed_before_any_call_is_finished(struct suite *suite)
{
	killed_at_every_call(suite, true, NACCS_FAULTS_KILL_BEFORE, NACCS_RECOVERY_FINISH);
}

/* The one who cleans up dies too. */
static void recover_itself_killed(struct suite *suite)
{
	static const struct {
		enum step step;
		enum naccs_recovery direction;
	} cases[] = {{STEP_STAGE, NACCS_RECOVERY_UNDO}, {STEP_COMMIT, NACCS_RECOVERY_UNDO}, {STEP_STAGE, NACCS_RECOVERY_FINISH}};
	struct ground ground;
	struct crash crash = crash_start(suite, &ground, true);

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		bool is_killed = true;
		for (uint64_t at = 1; at < MANY_CALLS && is_killed; at = crash_next_call(at)) {
			crash.kind = NACCS_FAULTS_NONE;
			crash.after = cases[i].step;
			check(crash_install(&crash), "not killed after step %d", (int)cases[i].step);
			crash.kind = NACCS_FAULTS_KILL_BEFORE;
			crash.at = at;
			crash.direction = cases[i].direction;
			int status = in_child(crash_actor_recover, &crash);
			crash_disarm(&crash);
			is_killed = was_killed(status);
			check(is_killed || status == 0, "recover ended with %d", status);
			crash_recover(&crash, cases[i].direction);
		}
	}
}

static void remove_itself_killed(struct suite *suite)
{
	for (int is_renewal = 0; is_renewal < 2; is_renewal++) {
		struct ground ground;
		struct crash crash = crash_start(suite, &ground, is_renewal);
		bool is_killed = true;
		for (uint64_t at = 1; at < MANY_CALLS && is_killed; at = crash_next_call(at)) {
			crash.kind = NACCS_FAULTS_NONE;
			crash.after = STEP_NEVER;
			check(!crash_install(&crash), "killed without a reason");
			crash.kind = NACCS_FAULTS_KILL_BEFORE;
			crash.at = at;
			int status = in_child(crash_actor_remove, &crash);
			crash_disarm(&crash);
			is_killed = was_killed(status);
			check(is_killed || status == 0, "remove ended with %d", status);
			crash_must(crash_actor_remove, &crash, "the second remove");
			crash_check_is(&crash, crash.before);
		}
	}
}

static void failed_at_every_call(struct suite *suite, bool is_renewal, enum naccs_faults_kind kind)
{
	struct ground ground;
	struct crash crash = crash_start(suite, &ground, is_renewal);

	crash_failed_at_every_call(&crash, kind);
}

static void a_full_disk_at_any_call(struct suite *suite)
{
	failed_at_every_call(suite, false, NACCS_FAULTS_ENOSPC);
}

static void an_io_error_at_any_call(struct suite *suite)
{
	failed_at_every_call(suite, true, NACCS_FAULTS_EIO);
}

static void finish_without_anything_staged(struct suite *suite)
{
	struct ground ground;
	struct crash crash = crash_start(suite, &ground, false);
	struct session session;

	crash.after = STEP_PLAN;
	crash.kind = NACCS_FAULTS_NONE;
	check(crash_install(&crash), "not killed after plan");
	session_open(&session, &ground, NACCS_ACCESS_WRITE);
	check_status(suite->backend->recover(session.store, NACCS_RECOVERY_FINISH, crash.ledger.part, crash.ledger.count, &session.err),
		     NACCS_E_STORE_DAMAGED, &session.err);
	session_close(&session);
}

const struct test tests_crash[] = {
	{"killed between two steps, recover ends well in both directions", killed_between_steps},
	{"an install killed before any durable call is undone", an_install_killed_before_any_call_is_undone},
	{"an install killed after any durable call is finished", an_install_killed_after_any_call_is_finished},
	{"a renewal killed after any durable call is undone", a_renewal_killed_after_any_call_is_undone},
	{"a renewal killed before any durable call is finished", a_renewal_killed_before_any_call_is_finished},
	{"recover itself may be killed", recover_itself_killed},
	{"remove itself may be killed", remove_itself_killed},
	{"a full disk at any durable call leaves nothing behind", a_full_disk_at_any_call},
	{"an i/o error at any durable call leaves nothing behind", an_io_error_at_any_call},
	{"finish without anything staged says so", finish_without_anything_staged},
	{NULL, NULL},
};
