/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see crash.h. */
#include "crash.h"

#include "in_worker.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static uint64_t stride = 1;

void crash_set_stride(uint64_t wanted)
{
	stride = wanted;
}

uint64_t crash_next_call(uint64_t at)
{
	return at + stride + at / 256;
}

static void met_name(const struct crash *crash, char ret[PATH_MAX])
{
	(void)snprintf(ret, PATH_MAX, "%s.met", crash->ground->faults);
}

void crash_disarm(const struct crash *crash)
{
	char met[PATH_MAX];

	if (crash->ground->faults == NULL)
		return;
	met_name(crash, met);
	(void)unlink(crash->ground->faults);
	(void)unlink(met);
}

void crash_arm(const struct crash *crash)
{
	static const char *const words[] = {
		[NACCS_FAULTS_KILL_BEFORE] = "kill-before",
		[NACCS_FAULTS_KILL_AFTER] = "kill-after",
		[NACCS_FAULTS_ENOSPC] = "full",
		[NACCS_FAULTS_EIO] = "error",
	};

	if (crash->ground->faults == NULL) {
		naccs_faults_arm(crash->kind, crash->at, 1);
		return;
	}
	crash_disarm(crash);
	in_worker_expect_kill(crash->kind != NACCS_FAULTS_NONE);
	if (crash->kind == NACCS_FAULTS_NONE)
		return;
	FILE *file = fopen(crash->ground->faults, "we");
	check(file != NULL, "%s: %s", crash->ground->faults, strerror(errno));
	(void)fprintf(file, "* %ju %s\n", (uintmax_t)crash->at, words[crash->kind]);
	check(fclose(file) == 0, "%s: %s", crash->ground->faults, strerror(errno));
}

bool crash_was_met(const struct crash *crash)
{
	char met[PATH_MAX];

	if (crash->ground->faults == NULL)
		return naccs_faults_counted() >= crash->at;
	met_name(crash, met);
	return access(met, F_OK) == 0;
}

static void die_after(const struct crash *crash, enum step step)
{
	if (crash->after == step)
		child_die();
}

static void actor_install(void *context)
{
	struct crash *crash = context;
	struct session session;

	crash_arm(crash);
	session_open(&session, crash->ground, NACCS_ACCESS_WRITE);
	die_after(crash, STEP_OPEN);
	crash->ledger = session_plan(&session, crash->input);
	ledger_send(&crash->ledger, crash->fd);
	die_after(crash, STEP_PLAN);
	session_stage(&session, crash->input, &crash->ledger);
	ledger_send_progress(crash->fd, 'S'); /* the host has judged it good */
	die_after(crash, STEP_STAGE);
	session_commit(&session, crash->input, &crash->ledger);
	ledger_send_progress(crash->fd, 'C');
	die_after(crash, STEP_COMMIT);
	session_close(&session);
}

/* The ledger comes back through a pipe, as far as it was written. Returns the wait status. */
static int run(struct crash *crash, void (*actor)(void *context))
{
	int ends[2];

	check(pipe(ends) == 0, "pipe: %s", strerror(errno));
	crash->fd = ends[1];
	crash->ledger = (struct ledger){0};
	int status = in_child(actor, crash);
	(void)close(ends[1]);
	crash->ledger = (struct ledger){0};
	(void)ledger_receive(&crash->ledger, ends[0]);
	(void)close(ends[0]);
	crash_disarm(crash);
	return status;
}

bool crash_install(struct crash *crash)
{
	int status = run(crash, actor_install);

	check(status == 0 || was_killed(status), "the installing process ended with %d", status);
	return was_killed(status);
}

void crash_actor_recover(void *context)
{
	struct crash *crash = context;
	struct session session;

	crash_arm(crash);
	session_open(&session, crash->ground, NACCS_ACCESS_WRITE);
	session_recover(&session, crash->direction, &crash->ledger);
	session_close(&session);
}

static void actor_check_complete(void *context)
{
	const struct crash *crash = context;
	struct session session;

	session_open(&session, crash->ground, NACCS_ACCESS_READ);
	session_check_installed(&session, crash->input, true);
	session_close(&session);
}

void crash_actor_remove(void *context)
{
	const struct crash *crash = context;
	struct session session;

	crash_arm(crash);
	session_open(&session, crash->ground, NACCS_ACCESS_WRITE);
	session_remove(&session, &crash->ledger);
	session_close(&session);
}

void crash_must(void (*actor)(void *context), struct crash *crash, const char *what)
{
	crash->kind = NACCS_FAULTS_NONE;
	crash->at = 0;
	check(in_child(actor, crash) == 0, "%s failed", what);
}

void crash_check_is(const struct crash *crash, const char *wanted)
{
	char *now = picture(crash->ground);

	check_picture(wanted, now);
	free(now);
}

static void reset(struct crash *crash)
{
	if (crash->reset != NULL)
		crash->reset(crash);
	else
		crash_must(crash_actor_remove, crash, "remove");
}

void crash_prepare(struct crash *crash)
{
	crash->after = STEP_NEVER;
	crash->before = picture(crash->ground);
	check(!crash_install(crash), "killed without a reason");
	crash->installed = picture(crash->ground);
	reset(crash);
	crash_check_is(crash, crash->before);
}

void crash_recover(struct crash *crash, enum naccs_recovery direction)
{
	crash->direction = crash->ledger.is_staged ? direction : NACCS_RECOVERY_UNDO;
	if (crash->ledger.count > 0) {
		crash_must(crash_actor_recover, crash, "recover");
		crash_must(crash_actor_recover, crash, "the second recover");
	}
	if (crash->ledger.count > 0 && crash->direction == NACCS_RECOVERY_FINISH) {
		crash_must(actor_check_complete, crash, "reading what recover finished");
		if (crash->ground->tree != NULL && crash->reset == NULL)
			crash_check_is(crash, crash->installed);
		reset(crash);
	}
	crash_check_is(crash, crash->before);
}

void crash_killed_at_every_call(struct crash *crash, enum naccs_faults_kind kind, enum naccs_recovery direction)
{
	for (uint64_t at = 1; at < MANY_CALLS; at = crash_next_call(at)) {
		crash->kind = kind;
		crash->at = at;
		bool is_killed = crash_install(crash);
		if (crash->ground->suite->is_verbose)
			(void)fprintf(stderr, "  call %ju: %s, %s\n", (uintmax_t)at, is_killed ? "killed" : "came through",
				      crash->ledger.is_committed ? "committed"
				      : crash->ledger.is_staged	 ? "staged"
				      : crash->ledger.count > 0	 ? "planned"
								 : "nothing");
		crash_recover(crash, direction);
		if (!is_killed)
			return;
	}
}

/* ---- one call fails ---- */

enum { ENDED_INSTALLED = 0, ENDED_REFUSED = 3, ENDED_UNMET = 4 };

/* As the host does it: a failed stage has undone itself, a failed commit is aborted. */
static naccs_status install_or_undo(struct session *session, struct crash *crash)
{
	const struct naccs_backend *backend = crash->ground->suite->backend;
	const struct naccs_installation *installation = &crash->input->installation;
	struct naccs_error undo = {0};
	naccs_status status = backend->plan(session->store, installation, ledger_add, &crash->ledger, &session->err);

	if (status != NACCS_OK)
		return status;
	ledger_send(&crash->ledger, crash->fd);
	status = backend->stage(session->store, installation, crash->ledger.part, crash->ledger.count, &session->err);
	if (status != NACCS_OK)
		return status;
	status = backend->commit(session->store, installation, crash->ledger.part, crash->ledger.count, &session->err);
	if (status != NACCS_OK)
		check_ok(backend->abort(session->store, crash->ledger.part, crash->ledger.count, &undo), &undo);
	return status;
}

static void actor_with_fault(void *context)
{
	struct crash *crash = context;
	struct session session;

	crash_arm(crash);
	naccs_status status = session_try(&session, crash->ground, NACCS_ACCESS_WRITE, 10000);
	if (status == NACCS_OK)
		status = install_or_undo(&session, crash);
	bool is_met = crash_was_met(crash);
	if (crash->ground->suite->is_verbose && status != NACCS_OK)
		(void)fprintf(stderr, "  call %ju: %s\n", (uintmax_t)crash->at, session.err.message);
	check(status == NACCS_OK || session.err.message[0] != '\0', "status %d without a message", (int)status);
	check(status == NACCS_OK || (status >= NACCS_E_STORE_OPEN && status <= NACCS_E_STORE_DAMAGED), "status %d is none of a store",
	      (int)status);
	if (session.store != NULL)
		session_close(&session);
	child_exit(status != NACCS_OK ? ENDED_REFUSED : is_met ? ENDED_INSTALLED : ENDED_UNMET);
}

void crash_failed_at_every_call(struct crash *crash, enum naccs_faults_kind kind)
{
	for (uint64_t at = 1; at < MANY_CALLS; at = crash_next_call(at)) {
		crash->kind = kind;
		crash->at = at;
		int status = run(crash, actor_with_fault);
		int ended = child_exit_code(status);
		check(ended >= 0, "the installing process ended with %d when call %ju failed", status, (uintmax_t)at);
		check(ended == ENDED_INSTALLED || ended == ENDED_REFUSED || ended == ENDED_UNMET, "a fault at call %ju ended with %d",
		      (uintmax_t)at, ended);
		if (ended != ENDED_REFUSED) {
			crash_must(actor_check_complete, crash, "reading what was installed");
			reset(crash);
		}
		crash_check_is(crash, crash->before);
		if (ended == ENDED_UNMET)
			return;
	}
}
