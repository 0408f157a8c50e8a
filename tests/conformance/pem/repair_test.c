/* SPDX-License-Identifier: Apache-2.0 */
/* Why: files get damaged, and anchors change: the same certificate is then put in anew, at once for readers, and never at the cost of the
 * rest. */
#include "pem_test.h"

#include "crash.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A store whose live set lacks its key, holds a wrong chain, and a stranger's file. */
static void damage(const struct ground *ground)
{
	check(unlink(pem_path(ground, "live/privkey.pem")) == 0, "unlink: %s", strerror(errno));
	write_text(pem_path(ground, "live/chain.pem"), "damaged\n");
	write_text(pem_path(ground, "live/stranger.txt"), "not yours\n");
}

static void a_damaged_set_is_repaired(struct suite *suite)
{
	struct ground ground = pem_ground(suite);
	const struct input *input = inputs_get(suite->inputs, INPUT_EC);
	struct session session;

	(void)install(&ground, input);
	damage(&ground);
	char *before = picture_of_tree(ground.tree);
	session_open(&session, &ground, NACCS_ACCESS_WRITE);
	struct ledger ledger = session_plan(&session, input);
	check(part_named(&ledger, pem_path(&ground, "archive/%s", pem_set_of(input)) + strlen(pem_dir(&ground)) + 1)->action ==
		      NACCS_PART_CHANGE,
	      "a damaged set is not changed");
	session_stage(&session, input, &ledger);
	check(session_look(&session, input).is_pending, "the repaired set is not pending");
	session_check_signs(&session, input);
	session_commit(&session, input, &ledger);
	session_check_installed(&session, input, true);
	check(strcmp(read_text(pem_path(&ground, "live/stranger.txt")), "not yours\n") == 0, "the stranger's file did not come along");
	check_ok(suite->backend->abort(session.store, ledger.part, ledger.count, &session.err), &session.err);
	session_close(&session);
	char *after = picture_of_tree(ground.tree);
	check_picture(before, after);
	ledger = install(&ground, input);
	check(access(pem_path(&ground, "archive/.replaced-%s.1", pem_set_of(input)), F_OK) == 0, "what was replaced is not kept for undo");
	session_open(&session, &ground, NACCS_ACCESS_WRITE);
	session_recover(&session, NACCS_RECOVERY_FINISH, &ledger); /* what was replaced is not needed any more */
	session_check_installed(&session, input, true);
	session_close(&session);
	check(access(pem_path(&ground, "archive/.replaced-%s.1", pem_set_of(input)), F_OK) != 0, "what was replaced stays behind");
	ledger = install(&ground, input);
	check(ledger_is_all(&ledger, NACCS_PART_ADOPT), "a repaired set is not adopted");
}

static void another_anchor_replaces_the_set(struct suite *suite)
{
	struct ground ground = pem_ground(suite);
	struct input input = *inputs_get(suite->inputs, INPUT_EC);
	struct session session;

	(void)install(&ground, &input);
	input.installation.server_anchors = &input.installation.client_ca; /* any other */
	(void)install(&ground, &input);
	session_open(&session, &ground, NACCS_ACCESS_READ);
	session_check_installed(&session, &input, true);
	session_close(&session);
}

/* The damaged store, kept beside the tree, is put back. */
static void put_back(struct crash *crash)
{
	const struct ground *ground = crash->ground;
	char saved[4096];

	(void)snprintf(saved, sizeof saved, "%s/saved/.", ground->suite->work);
	run_program((const char *const[]){"rm", "-rf", ground->tree, NULL});
	run_program((const char *const[]){"cp", "-a", saved, ground->tree, NULL});
}

static struct crash crash_start(struct suite *suite, struct ground *ground)
{
	char saved[4096];
	struct crash crash = {.ground = ground, .input = inputs_get(suite->inputs, INPUT_EC), .reset = put_back};

	*ground = pem_ground(suite);
	(void)install(ground, crash.input);
	/* Damage that list passes over: pictures are taken of it. */
	check(unlink(pem_path(ground, "live/privkey.pem")) == 0, "unlink: %s", strerror(errno));
	write_text(pem_path(ground, "live/stranger.txt"), "not yours\n");
	(void)snprintf(saved, sizeof saved, "%s/saved", suite->work);
	run_program((const char *const[]){"cp", "-a", ground->tree, saved, NULL});
	crash_prepare(&crash);
	return crash;
}

static void a_repair_killed_is_undone(struct suite *suite)
{
	struct ground ground;
	struct crash crash = crash_start(suite, &ground);

	crash_killed_at_every_call(&crash, NACCS_FAULTS_KILL_BEFORE, NACCS_RECOVERY_UNDO);
}

static void a_repair_killed_is_finished(struct suite *suite)
{
	struct ground ground;
	struct crash crash = crash_start(suite, &ground);

	crash_killed_at_every_call(&crash, NACCS_FAULTS_KILL_AFTER, NACCS_RECOVERY_FINISH);
}

static void a_repair_that_fails_is_undone(struct suite *suite)
{
	struct ground ground;
	struct crash crash = crash_start(suite, &ground);

	crash_failed_at_every_call(&crash, NACCS_FAULTS_EIO);
}

static void undo_killed(struct crash *crash)
{
	static const enum step steps[] = {STEP_STAGE, STEP_COMMIT};

	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
		bool is_killed = true;
		for (uint64_t at = 1; at < MANY_CALLS && is_killed; at = crash_next_call(at)) {
			crash->kind = NACCS_FAULTS_NONE;
			crash->after = steps[i];
			check(crash_install(crash), "not killed after step %d", (int)steps[i]);
			crash->kind = NACCS_FAULTS_KILL_BEFORE;
			crash->at = at;
			crash->direction = NACCS_RECOVERY_UNDO;
			is_killed = was_killed(in_child(crash_actor_recover, crash));
			crash_recover(crash, NACCS_RECOVERY_UNDO);
		}
	}
	crash->after = STEP_NEVER;
}

static void undoing_a_repair_killed(struct suite *suite)
{
	struct ground ground;
	struct crash crash = crash_start(suite, &ground);

	undo_killed(&crash);
}

/* A file system that can't exchange two names: the same promises, through one more step. */
static void a_repair_in_two_steps(struct suite *suite)
{
	struct ground ground;

	naccs_faults_refuse_renameat2();
	struct crash crash = crash_start(suite, &ground);
	crash_killed_at_every_call(&crash, NACCS_FAULTS_KILL_BEFORE, NACCS_RECOVERY_UNDO);
	crash_killed_at_every_call(&crash, NACCS_FAULTS_KILL_BEFORE, NACCS_RECOVERY_FINISH);
	crash_failed_at_every_call(&crash, NACCS_FAULTS_EIO);
	undo_killed(&crash);
}

/* ---- what list says of damage ---- */

struct seen {
	int clients, with_key;
};

static naccs_status see(void *context, const struct naccs_item *item)
{
	struct seen *seen = context;

	seen->clients += item->role == NACCS_ROLE_CLIENT;
	seen->with_key += item->role == NACCS_ROLE_CLIENT && item->has_key;
	return NACCS_OK;
}

static naccs_status list_once(const struct ground *ground, struct seen *ret, struct naccs_error *err)
{
	struct session session;

	*ret = (struct seen){0};
	session_open(&session, ground, NACCS_ACCESS_READ);
	naccs_status status = ground->suite->backend->list(session.store, see, ret, &session.err);
	*err = session.err;
	session_close(&session);
	return status;
}

static void damage_is_named_after_everything_else_is_listed(struct suite *suite)
{
	static const char *const files[] = {"cert.pem", "privkey.pem", "chain.pem", "client-ca.pem", "server-ca.pem"};
	struct ground ground = pem_ground(suite);
	struct naccs_error err;
	struct seen seen;

	(void)install(&ground, inputs_get(suite->inputs, INPUT_EC));
	(void)install(&ground, inputs_get(suite->inputs, INPUT_RENEWED));
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		const char *path = pem_path(&ground, "live/%s", files[i]);
		char *good = read_text(path);
		write_text(path, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
		check_status(list_once(&ground, &seen, &err), NACCS_E_STORE_DAMAGED, &err);
		check(strstr(err.message, files[i]) != NULL, "the message does not name %s: %s", files[i], err.message);
		check(seen.with_key >= 1, "the old certificate is not listed");
		write_text(path, good);
	}
	/* In a set that nobody uses it is no error. */
	write_text(pem_path(&ground, "archive/%s/cert.pem", pem_set_of(inputs_get(suite->inputs, INPUT_EC))), "damaged");
	check_ok(list_once(&ground, &seen, &err), &err);
	check(seen.clients == 1 && seen.with_key == 1, "%d certificates are listed, %d with a key", seen.clients, seen.with_key);
}

static void a_missing_key_is_said(struct suite *suite)
{
	struct ground ground = pem_ground(suite);
	const struct input *input = inputs_get(suite->inputs, INPUT_EC);
	struct session session;

	(void)install(&ground, input);
	check(unlink(pem_path(&ground, "live/privkey.pem")) == 0, "unlink: %s", strerror(errno));
	session_open(&session, &ground, NACCS_ACCESS_WRITE);
	check(session_look(&session, input).is_there && !session_look(&session, input).has_key, "a key is listed that is not there");
	check_status(session_sign(&session, input, NACCS_HASH_SHA256, NACCS_PADDING_NONE, 0), NACCS_E_VERIFY_NONE, &session.err);
	check(suite->backend->activate(session.store, input->installation.sha256, &session.err) != NACCS_OK,
	      "a set without a key was activated");
	session_close(&session);
}

static void recover_sweeps_leftovers_and_nothing_else(struct suite *suite)
{
	struct ground ground = pem_ground(suite);
	struct session session;

	(void)install(&ground, inputs_get(suite->inputs, INPUT_EC));
	write_text(pem_path(&ground, ".mine"), "stays");
	write_text(pem_path(&ground, "archive/.pending-notes"), "stays");
	char *before = picture(&ground);
	write_text(pem_path(&ground, ".naccs-tmp-live"), "");
	write_text(pem_path(&ground, "archive/.naccs-tmp-probe"), "");
	check(mkdir(pem_path(&ground, "archive/.pending-20200101-aa"), 0700) == 0, "mkdir: %s", strerror(errno));
	write_text(pem_path(&ground, "archive/.pending-20200101-aa/privkey.pem"), "key");
	session_open(&session, &ground, NACCS_ACCESS_WRITE);
	check_ok(suite->backend->recover(session.store, NACCS_RECOVERY_UNDO, NULL, 0, &session.err), &session.err);
	session_close(&session);
	char *after = picture(&ground);
	check_picture(before, after);
}

static void what_is_staged_half_is_not_finished(struct suite *suite)
{
	struct ground ground = pem_ground(suite);
	const struct input *input = inputs_get(suite->inputs, INPUT_EC);
	struct session session;

	char *before = picture(&ground);
	session_open(&session, &ground, NACCS_ACCESS_WRITE);
	struct ledger ledger = session_plan(&session, input);
	session_stage(&session, input, &ledger);
	session_close(&session);
	check(unlink(pem_path(&ground, "archive/.pending-%s/privkey.pem", pem_set_of(input))) == 0, "unlink: %s", strerror(errno));
	session_open(&session, &ground, NACCS_ACCESS_WRITE);
	check_status(suite->backend->recover(session.store, NACCS_RECOVERY_FINISH, ledger.part, ledger.count, &session.err),
		     NACCS_E_STORE_DAMAGED, &session.err);
	session_recover(&session, NACCS_RECOVERY_UNDO, &ledger);
	session_close(&session);
	char *after = picture(&ground);
	check_picture(before, after);
}

/* Its predecessor is gone as well: live goes on to what is left. */
static void live_goes_on_to_the_newest_that_stays(struct suite *suite)
{
	static const enum input_id order[] = {INPUT_EC, INPUT_EC384, INPUT_RENEWED}; /* by date */
	struct ground ground = pem_ground(suite);
	struct ledger ledger[3];
	struct session session;

	for (size_t i = 0; i < 3; i++)
		ledger[i] = install(&ground, inputs_get(suite->inputs, order[i]));
	session_open(&session, &ground, NACCS_ACCESS_WRITE);
	session_remove(&session, &ledger[1]);
	session_check_installed(&session, inputs_get(suite->inputs, INPUT_RENEWED), true);
	session_remove(&session, &ledger[2]);
	session_check_installed(&session, inputs_get(suite->inputs, INPUT_EC), true);
	session_close(&session);
}

/* What we made current was somebody else's set: only the link goes. */
static void a_link_alone_goes_alone(struct suite *suite)
{
	struct ground ground = pem_ground(suite);
	const struct input *input = inputs_get(suite->inputs, INPUT_EC);
	struct session session;

	(void)install(&ground, input);
	check(unlink(pem_path(&ground, "live")) == 0, "unlink: %s", strerror(errno));
	char *before = picture(&ground);
	struct ledger ledger = install(&ground, input);
	session_open(&session, &ground, NACCS_ACCESS_WRITE);
	session_remove(&session, &ledger);
	session_close(&session);
	char *after = picture(&ground);
	check_picture(before, after);
}

const struct test pem_tests_repair[] = {
	{"a damaged set is repaired, and the repair can be undone", a_damaged_set_is_repaired},
	{"another anchor replaces the set", another_anchor_replaces_the_set},
	{"a repair killed before any durable call is undone", a_repair_killed_is_undone},
	{"a repair killed after any durable call is finished", a_repair_killed_is_finished},
	{"a repair that fails at any durable call is undone", a_repair_that_fails_is_undone},
	{"undoing a repair may be killed", undoing_a_repair_killed},
	{"a repair where names can't be exchanged", a_repair_in_two_steps},
	{"damage is named after everything else is listed", damage_is_named_after_everything_else_is_listed},
	{"a missing key is said", a_missing_key_is_said},
	{"live goes on to the newest set that stays", live_goes_on_to_the_newest_that_stays},
	{"a link alone goes alone", a_link_alone_goes_alone},
	{"recover sweeps leftovers and nothing else", recover_sweeps_leftovers_and_nothing_else},
	{"what is staged by half is not finished", what_is_staged_half_is_not_finished},
	{NULL, NULL},
};
