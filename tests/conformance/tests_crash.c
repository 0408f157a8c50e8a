/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: a machine can stop at any moment. Processes that install, recover or remove are killed between their steps and at every durable system
 * call; what the host then does must end in one of two states: as before plan, or installed. One call that fails is met the same way.
 */
#include "suite.h"

#include "faults.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum step { STEP_OPEN, STEP_PLAN, STEP_STAGE, STEP_COMMIT, STEP_NEVER };
#define MANY_CALLS 100000

struct crash {
	const struct ground *ground;
	const struct input *input;
	int fd;          /* the ledger's way out */
	enum step after; /* die after this step */
	enum naccs_faults_kind kind;
	uint64_t at;
	enum naccs_recovery direction;
	struct ledger ledger;
	char *before, *installed; /* pictures */
};

/* Most stores make a few dozen calls: all are tried. Where there are thousands, the steps grow. */
static uint64_t next_call(uint64_t at)
{
	return at + 1 + at / 256;
}

static void die(void)
{
	(void)raise(SIGKILL);
}

static void actor_install(void *context)
{
	struct crash *crash = context;
	struct session session;

	naccs_faults_arm(crash->kind, crash->at, 1);
	session_open(&session, crash->ground, NACCS_ACCESS_WRITE);
	if (crash->after == STEP_OPEN)
		die();
	crash->ledger = session_plan(&session, crash->input);
	ledger_send(&crash->ledger, crash->fd);
	if (crash->after == STEP_PLAN)
		die();
	session_stage(&session, crash->input, &crash->ledger);
	ledger_send_progress(crash->fd, 'S'); /* the host has judged it good */
	if (crash->after == STEP_STAGE)
		die();
	session_commit(&session, crash->input, &crash->ledger);
	ledger_send_progress(crash->fd, 'C');
	if (crash->after == STEP_COMMIT)
		die();
	session_close(&session);
}

/* Run the actor; the ledger comes back through a pipe as far as it was written. Was it killed? */
static bool run_install(struct crash *crash)
{
	int ends[2];

	check(pipe(ends) == 0, "pipe: %s", strerror(errno));
	crash->fd = ends[1];
	int status = in_child(actor_install, crash);
	(void)close(ends[1]);
	crash->ledger = (struct ledger){0};
	(void)ledger_receive(&crash->ledger, ends[0]);
	(void)close(ends[0]);
	check(status == 0 || was_killed(status), "the installing process ended with %d", status);
	return was_killed(status);
}

static void recover(void *context)
{
	struct crash *crash = context;
	struct session session;

	naccs_faults_arm(crash->kind, crash->at, 1);
	session_open(&session, crash->ground, NACCS_ACCESS_WRITE);
	session_recover(&session, crash->direction, &crash->ledger);
	session_close(&session);
}

static void check_complete(void *context)
{
	const struct crash *crash = context;
	struct session session;

	session_open(&session, crash->ground, NACCS_ACCESS_READ);
	session_check_installed(&session, crash->input, true);
	session_close(&session);
}

static void take_away(void *context)
{
	const struct crash *crash = context;
	struct session session;

	naccs_faults_arm(crash->kind, crash->at, 1);
	session_open(&session, crash->ground, NACCS_ACCESS_WRITE);
	session_remove(&session, &crash->ledger);
	session_close(&session);
}

static void must(void (*run)(void *context), struct crash *crash, const char *what)
{
	crash->kind = NACCS_FAULTS_NONE;
	crash->at = 0;
	check(in_child(run, crash) == 0, "%s failed", what);
}

static void check_is(const struct crash *crash, const char *wanted)
{
	char *now = picture(crash->ground);

	check_picture(wanted, now);
	free(now);
}

/* What the host does after a crash: undo, or finish what was judged good. Twice, and then away with it: the ground is as before. */
static void recover_and_check(struct crash *crash, enum naccs_recovery direction)
{
	crash->direction = crash->ledger.is_staged ? direction : NACCS_RECOVERY_UNDO;
	if (crash->ledger.count > 0) {
		must(recover, crash, "recover");
		must(recover, crash, "the second recover");
	}
	if (crash->ledger.count > 0 && crash->direction == NACCS_RECOVERY_FINISH) {
		must(check_complete, crash, "reading what recover finished");
		if (crash->ground->tree != NULL)
			check_is(crash, crash->installed);
		must(take_away, crash, "remove");
	}
	check_is(crash, crash->before);
}

static void install_in_child(void *context)
{
	const struct crash *crash = context;

	(void)install(crash->ground, crash->input);
}

/* The two grounds: nothing there yet, and a renewal beside the old one. */
static struct crash crash_start(struct suite *suite, struct ground *ground, bool is_renewal)
{
	*ground = ground_make(suite, "fresh");
	struct crash crash = {.ground = ground, .input = any_input(suite, ground), .after = STEP_NEVER};
	if (is_renewal) {
		must(install_in_child, &crash, "install");
		crash.input = renewal_of(suite, crash.input);
	}
	crash.before = picture(ground);
	check(!run_install(&crash), "killed without a reason");
	crash.installed = picture(ground);
	must(take_away, &crash, "remove");
	check_is(&crash, crash.before);
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
				check(run_install(&crash), "not killed after step %d", (int)step);
				recover_and_check(&crash, direction);
			}
		}
	}
}

static void killed_at_every_call(struct suite *suite, bool is_renewal, enum naccs_faults_kind kind, enum naccs_recovery direction)
{
	struct ground ground;
	struct crash crash = crash_start(suite, &ground, is_renewal);

	for (uint64_t at = 1; at < MANY_CALLS; at = next_call(at)) {
		crash.kind = kind;
		crash.at = at;
		bool is_killed = run_install(&crash);
		if (suite->is_verbose)
			(void)fprintf(stderr, "  call %ju: %s, %s\n", (uintmax_t)at, is_killed ? "killed" : "came through",
				      crash.ledger.is_committed ? "committed"
				      : crash.ledger.is_staged  ? "staged"
				      : crash.ledger.count > 0  ? "planned"
								: "nothing");
		recover_and_check(&crash, direction);
		if (!is_killed)
			return;
	}
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
		for (uint64_t at = 1; at < MANY_CALLS && is_killed; at = next_call(at)) {
			crash.kind = NACCS_FAULTS_NONE;
			crash.after = cases[i].step;
			check(run_install(&crash), "not killed after step %d", (int)cases[i].step);
			crash.kind = NACCS_FAULTS_KILL_BEFORE;
			crash.at = at;
			crash.direction = cases[i].direction;
			int status = in_child(recover, &crash);
			is_killed = was_killed(status);
			check(is_killed || status == 0, "recover ended with %d", status);
			recover_and_check(&crash, cases[i].direction);
		}
	}
}

static void remove_itself_killed(struct suite *suite)
{
	for (int is_renewal = 0; is_renewal < 2; is_renewal++) {
		struct ground ground;
		struct crash crash = crash_start(suite, &ground, is_renewal);
		bool is_killed = true;
		for (uint64_t at = 1; at < MANY_CALLS && is_killed; at = next_call(at)) {
			crash.kind = NACCS_FAULTS_NONE;
			crash.after = STEP_NEVER;
			check(!run_install(&crash), "killed without a reason");
			crash.kind = NACCS_FAULTS_KILL_BEFORE;
			crash.at = at;
			int status = in_child(take_away, &crash);
			is_killed = was_killed(status);
			check(is_killed || status == 0, "remove ended with %d", status);
			must(take_away, &crash, "the second remove");
			check_is(&crash, crash.before);
		}
	}
}

/* ---- one call fails ---- */

enum { ENDED_INSTALLED = 0, ENDED_REFUSED = 3, ENDED_UNMET = 4 };

/* As the host does it: a failed stage has undone itself, a failed commit is aborted. */
static void actor_with_fault(void *context)
{
	struct crash *crash = context;
	const struct naccs_backend *backend = crash->ground->suite->backend;
	const struct naccs_installation *installation = &crash->input->installation;
	struct session session;

	naccs_faults_arm(crash->kind, crash->at, 1);
	naccs_status status = session_try(&session, crash->ground, NACCS_ACCESS_WRITE, 10000);
	if (status == NACCS_OK)
		status = backend->plan(session.store, installation, ledger_add, &crash->ledger, &session.err);
	if (status == NACCS_OK)
		ledger_send(&crash->ledger, crash->fd);
	if (status == NACCS_OK)
		status = backend->stage(session.store, installation, crash->ledger.part, crash->ledger.count, &session.err);
	if (status == NACCS_OK) {
		status = backend->commit(session.store, installation, crash->ledger.part, crash->ledger.count, &session.err);
		struct naccs_error ignored = {0};
		if (status != NACCS_OK)
			check_ok(backend->abort(session.store, crash->ledger.part, crash->ledger.count, &ignored), &ignored);
	}
	check(status == NACCS_OK || session.err.message[0] != '\0', "status %d without a message", (int)status);
	if (session.ground->suite->is_verbose && status != NACCS_OK)
		(void)fprintf(stderr, "  call %ju: %s\n", (uintmax_t)crash->at, session.err.message);
	if (session.store != NULL)
		session_close(&session);
	bool is_met = naccs_faults_counted() >= crash->at;
	_exit(status != NACCS_OK ? ENDED_REFUSED : is_met ? ENDED_INSTALLED : ENDED_UNMET);
}

static void failed_at_every_call(struct suite *suite, bool is_renewal, enum naccs_faults_kind kind)
{
	struct ground ground;
	struct crash crash = crash_start(suite, &ground, is_renewal);

	for (uint64_t at = 1; at < MANY_CALLS; at = next_call(at)) {
		int ends[2];
		check(pipe(ends) == 0, "pipe: %s", strerror(errno));
		crash.kind = kind;
		crash.at = at;
		crash.fd = ends[1];
		crash.ledger = (struct ledger){0};
		int status = in_child(actor_with_fault, &crash);
		(void)close(ends[1]);
		(void)ledger_receive(&crash.ledger, ends[0]);
		(void)close(ends[0]);
		check(WIFEXITED(status), "the installing process ended with %d when call %ju failed", status, (uintmax_t)at);
		int ended = WEXITSTATUS(status);
		check(ended == ENDED_INSTALLED || ended == ENDED_REFUSED || ended == ENDED_UNMET, "a fault at call %ju ended with %d",
		      (uintmax_t)at, ended);
		if (ended != ENDED_REFUSED) {
			must(check_complete, &crash, "reading what was installed");
			must(take_away, &crash, "remove");
		}
		check_is(&crash, crash.before);
		if (ended == ENDED_UNMET)
			return;
	}
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
	check(run_install(&crash), "not killed after plan");
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
