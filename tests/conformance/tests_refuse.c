/* SPDX-License-Identifier: Apache-2.0 */
/* Why: what can't work is refused early, with the right status, and leaves everything as it was. */
#include "groups.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void the_backend_says_what_it_is(struct suite *suite)
{
	const struct naccs_backend *backend = suite->backend;

	check(backend->abi == NACCS_BACKEND_ABI, "abi %u, wanted %u", backend->abi, NACCS_BACKEND_ABI);
	check(backend->size == sizeof *backend, "size %u, wanted %zu", backend->size, sizeof *backend);
	check(backend->flags == 0, "flags %u, none are defined", backend->flags);
	check(backend->scheme != NULL && backend->scheme[0] != '\0' &&
		      strspn(backend->scheme, "abcdefghijklmnopqrstuvwxyz0123456789") == strlen(backend->scheme),
	      "the scheme is not lower-case letters and digits");
	check(backend->summary != NULL && backend->summary[0] != '\0' && strchr(backend->summary, '\n') == NULL,
	      "the summary is not one line");
	check(backend->open && backend->close && backend->describe && backend->list && backend->plan && backend->stage && backend->commit &&
		      backend->abort && backend->recover && backend->remove && backend->sign,
	      "an operation that is not optional is missing");
}

static void bad_uris_are_usage_errors(struct suite *suite)
{
	static const char *const rests[] = {"", "\n", "a\nb", "\x01"};
	struct session session;

	for (size_t i = 0; i < sizeof rests / sizeof *rests; i++) {
		char uri[256];
		struct ground ground = {.suite = suite, .uri = uri};
		(void)snprintf(uri, sizeof uri, "%s:%s", suite->backend->scheme, rests[i]);
		check_status(session_try(&session, &ground, NACCS_ACCESS_WRITE, 0), NACCS_E_USAGE, &session.err);
		check_status(session_try(&session, &ground, NACCS_ACCESS_READ, 0), NACCS_E_USAGE, &session.err);
		check(session.store == NULL, "a store came with an error");
	}
	char other[] = "otherscheme:/tmp/x";
	struct ground foreign = {.suite = suite, .uri = other};
	check_status(session_try(&session, &foreign, NACCS_ACCESS_READ, 0), NACCS_E_USAGE, &session.err);
}

static void a_missing_store_is_not_read(struct suite *suite)
{
	struct ground ground = ground_make(suite, "fresh");
	struct session session;
	naccs_status status = session_try(&session, &ground, NACCS_ACCESS_READ, 0);

	if (status == NACCS_OK) {
		check(!session_look(&session, inputs_get(suite->inputs, INPUT_STRANGER)).is_there, "a fresh store holds something");
		session_close(&session);
		return;
	}
	check(status == NACCS_E_STORE_OPEN && session.err.message[0] != '\0', "status %d: %s", (int)status, session.err.message);
}

static void key_types_it_cannot_take_are_refused(struct suite *suite)
{
	struct ground ground = ground_make(suite, "fresh");
	const struct {
		enum input_id input;
		bool is_taken;
	} cases[] = {
		{INPUT_RSA, can(suite, &ground, NACCS_CAN_RSA)},
		{INPUT_EC, can(suite, &ground, NACCS_CAN_EC)},
		{INPUT_ED25519, false},
	};
	char *before = picture(&ground);

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct input *input = inputs_get(suite->inputs, cases[i].input);
		struct ledger ledger = {0};
		struct session session;
		session_open(&session, &ground, NACCS_ACCESS_WRITE);
		if (cases[i].is_taken)
			(void)session_plan(&session, input);
		else
			check_status(suite->backend->plan(session.store, &input->installation, ledger_add, &ledger, &session.err),
				     NACCS_E_STORE_UNSUPPORTED, &session.err);
		session_close(&session);
	}
	char *after = picture(&ground);
	check_picture(before, after);
	free(before);
	free(after);
}

static void a_store_open_for_reading_is_not_changed(struct suite *suite)
{
	struct ground ground = ground_make(suite, "fresh");
	const struct input *old = any_input(suite, &ground);
	const struct input *renewed = renewal_of(suite, old);
	struct session session, writing;

	struct ledger first = install(&ground, old);
	char *before = picture(&ground);
	session_open(&writing, &ground, NACCS_ACCESS_WRITE);
	struct ledger ledger = session_plan(&writing, renewed);
	session_close(&writing);
	session_open(&session, &ground, NACCS_ACCESS_READ);
	check(suite->backend->stage(session.store, &renewed->installation, ledger.part, ledger.count, &session.err) != NACCS_OK,
	      "stage worked in a store that is open for reading");
	check(suite->backend->remove(session.store, first.part, first.count, &session.err) != NACCS_OK,
	      "remove worked in a store that is open for reading");
	session_close(&session);
	char *after = picture(&ground);
	check_picture(before, after);
	free(before);
	free(after);
}

static void a_busy_store_says_so(struct suite *suite)
{
	struct ground ground = ground_make(suite, "fresh");
	struct session first, second;
	const struct input *input = any_input(suite, &ground);

	(void)install(&ground, input);
	session_open(&first, &ground, NACCS_ACCESS_WRITE);
	check_status(session_try(&second, &ground, NACCS_ACCESS_WRITE, 0), NACCS_E_RUN_LOCKED, &second.err);
	session_close(&first);
	session_open(&second, &ground, NACCS_ACCESS_WRITE);
	session_close(&second);
}

static void a_read_only_store_is_refused_before_anything(struct suite *suite)
{
	struct ground ground = ground_make(suite, "read-only");
	char *before = picture(&ground);
	struct session session;
	naccs_status status = session_try(&session, &ground, NACCS_ACCESS_WRITE, 0);

	check(status == NACCS_E_STORE_OPEN && session.err.message[0] != '\0', "opening a read-only store: status %d: %s", (int)status,
	      session.err.message);
	char *after = picture(&ground);
	check_picture(before, after);
	free(before);
	free(after);
}

static void a_full_store_is_refused_and_unchanged(struct suite *suite)
{
	struct ground ground = ground_make(suite, "full");
	char *before = picture(&ground);
	struct session session;
	naccs_status status = session_try(&session, &ground, NACCS_ACCESS_WRITE, 0);

	if (status == NACCS_OK) { /* not noticed early: then by stage, which takes everything back */
		session_close(&session);
		const struct input *input = any_input(suite, &ground);
		session_open(&session, &ground, NACCS_ACCESS_WRITE);
		struct ledger ledger = session_plan(&session, input);
		status = suite->backend->stage(session.store, &input->installation, ledger.part, ledger.count, &session.err);
		session_close(&session);
	}
	check(status == NACCS_E_STORE_FULL && session.err.message[0] != '\0', "a full store: status %d: %s", (int)status,
	      session.err.message);
	char *after = picture(&ground);
	check_picture(before, after);
	free(before);
	free(after);
}

static void a_wrong_secret_is_tried_once(struct suite *suite)
{
	struct ground ground = ground_make(suite, "locked");
	const struct input *input = any_input(suite, &ground);
	struct ground wrong = ground;
	struct session session;

	check(ground.secret != NULL && ground.wrong_secret != NULL, "a locked fixture has to print secret= and wrong-secret=");
	wrong.secret = ground.wrong_secret;
	(void)install(&ground, input);
	check_status(session_try(&session, &wrong, NACCS_ACCESS_WRITE, 0), NACCS_E_PIN_WRONG, &session.err);
	check(session.asked == 1, "the secret was asked for %d times", session.asked);
	session_open(&session, &ground, NACCS_ACCESS_WRITE);
	session_check_installed(&session, input, true);
	session_close(&session);
}

const struct test tests_refuse[] = {
	{"the backend says what it is", the_backend_says_what_it_is},
	{"bad URIs are usage errors", bad_uris_are_usage_errors},
	{"a missing store is not read", a_missing_store_is_not_read},
	{"key types it can't take are refused", key_types_it_cannot_take_are_refused},
	{"a store open for reading is not changed", a_store_open_for_reading_is_not_changed},
	{"a busy store says so", a_busy_store_says_so},
	{"a read-only store is refused before anything is written", a_read_only_store_is_refused_before_anything},
	{"a full store is refused and unchanged", a_full_store_is_refused_and_unchanged},
	{"a wrong secret is tried once", a_wrong_secret_is_tried_once},
	{NULL, NULL},
};
