/* SPDX-License-Identifier: Apache-2.0 */
/* Why: what a token says of the tries that are left is obeyed before anything is tried, and a token that vanishes leaves nothing half-done. */
#include "pkcs11_test.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

static struct ground with_flags(struct suite *suite, const char *lines)
{
	struct ground ground = ground_make(suite, "fresh");

	if (ground.faults == NULL)
		test_skip("calls are not counted in this process");
	set_faults(&ground, lines);
	calls_begin();
	return ground;
}

static void a_locked_token_is_not_tried(struct suite *suite)
{
	struct ground ground = with_flags(suite, "flags 0x40000\n");
	struct session session;

	check_status(session_try(&session, &ground, NACCS_ACCESS_WRITE, 0), NACCS_E_PIN_LOCKED, &session.err);
	check(session.asked == 0 && calls_of("C_Login") == 0, "a locked token was tried");
	check(session.err.hint[0] != '\0', "nothing says what to do");
}

static void the_last_try_needs_a_yes(struct suite *suite)
{
	struct ground ground = with_flags(suite, "flags 0x20000\n");
	struct session session;

	/* The suite's host says no to a last try. */
	check_status(session_try(&session, &ground, NACCS_ACCESS_WRITE, 0), NACCS_E_CANCELLED, &session.err);
	check(session.asked == 1 && session.was_last_try, "the host was not told that it is the last try");
	check(calls_of("C_Login") == 0, "the last try was spent");
}

static void a_former_wrong_pin_is_said(struct suite *suite)
{
	struct ground ground = with_flags(suite, "");
	struct session session;

	session_open(&session, &ground, NACCS_ACCESS_WRITE);
	char *plain = text_of("%s", session.prompt);
	session_close(&session);
	set_faults(&ground, "flags 0x10000\n");
	session_open(&session, &ground, NACCS_ACCESS_WRITE);
	check(!session.was_last_try && strcmp(plain, session.prompt) != 0, "the prompt does not tell of a wrong PIN: %s", session.prompt);
	session_close(&session);
}

static void a_token_with_a_pad_is_unlocked_there(struct suite *suite)
{
	struct ground ground = with_flags(suite, "flags 0x100\npad 123456\n");
	const struct input *input = any_input(suite, &ground);

	ground.secret = NULL; /* nobody can be asked */
	(void)install(&ground, input);
	set_faults(&ground, "flags 0x20100\npad 123456\n");
	calls_begin();
	struct session session;
	check_status(session_try(&session, &ground, NACCS_ACCESS_WRITE, 0), NACCS_E_PIN_LOCKED, &session.err);
	check(calls_of("C_Login") == 0, "the last try at a pad was spent");
}

static void vanish_at(struct suite *suite, const struct ground *ground, const struct input *input, size_t call, const char *before)
{
	struct session session;

	session_open(&session, ground, NACCS_ACCESS_WRITE);
	struct ledger ledger = session_plan(&session, input);
	session_close(&session);
	set_faults(ground, text_of("C_CreateObject %zu 0x32\nC_CreateObject %zu 0x32+\nC_DestroyObject 1 0x32+\n", call, call));
	session_open(&session, ground, NACCS_ACCESS_WRITE);
	naccs_status status =
		suite->backend->stage(session.store, &input->installation, ledger.part, ledger.count, &session.err);
	check(status == NACCS_E_STORE_IO && session.err.hint[0] != '\0', "a token that vanishes: status %d: %s", (int)status, session.err.message);
	session_close(&session);
	set_faults(ground, "");
	session_open(&session, ground, NACCS_ACCESS_WRITE);
	session_recover(&session, NACCS_RECOVERY_UNDO, &ledger);
	session_close(&session);
	char *after = picture(ground);
	check_picture(before, after);
	free(after);
}

static void what_a_vanished_token_holds_is_undone_later(struct suite *suite)
{
	struct ground ground = with_flags(suite, "");
	const struct input *input = any_input(suite, &ground);
	char *before = picture(&ground);

	for (size_t call = 1; call <= 7; call++)
		vanish_at(suite, &ground, input, call, before);
	free(before);
}

static void an_empty_pin_is_not_tried(struct suite *suite)
{
	struct ground ground = with_flags(suite, "");
	struct session session;

	if (ground.secret == NULL)
		test_skip("this token wants no PIN");
	ground.secret = text_of("%s", "");
	check_status(session_try(&session, &ground, NACCS_ACCESS_WRITE, 0), NACCS_E_PIN_WRONG, &session.err);
	check(session.asked == 1 && calls_of("C_Login") == 0, "an empty PIN was tried");
}

/* Also when the login alone is gone. */
static void a_lost_session_is_begun_anew_once(struct suite *suite)
{
	static const unsigned long lost[] = {0xb3, 0xb0, 0x32, 0xe0,
					     0x101}; /* handle invalid, closed, device removed, token not present, not logged in */
	struct ground ground = with_flags(suite, "");
	const struct input *input = any_input(suite, &ground);
	struct session session;

	(void)install(&ground, input);
	for (size_t i = 0; i < sizeof lost / sizeof *lost; i++) {
		set_faults(&ground, text_of("C_SignInit 2 0x%lx\n", lost[i]));
		session_open(&session, &ground, NACCS_ACCESS_READ);
		session_check_signs(&session, input);
		calls_begin();
		session_check_signs(&session, input);
		check(calls_of("C_OpenSession") == 1 && calls_of("C_SignInit") == 2, "0x%lx: no new session", lost[i]);
		check(calls_of("C_Login") <= 1 && session.asked <= 1, "0x%lx: the PIN was asked for again", lost[i]);
		session_close(&session);
	}
	set_faults(&ground, "C_SignInit 2 0xb3+\n");
	session_open(&session, &ground, NACCS_ACCESS_READ);
	session_check_signs(&session, input);
	calls_begin();
	check(session_sign(&session, input, NACCS_HASH_SHA256, EVP_PKEY_is_a(input->key, "RSA") ? NACCS_PADDING_PKCS1 : NACCS_PADDING_NONE,
			   0) != NACCS_OK,
	      "a session that is lost each time signs");
	check(calls_of("C_SignInit") == 2 && calls_of("C_Login") <= 1, "a lost session was begun anew more than once");
	session_close(&session);
}

const struct test pkcs11_tests_pin[] = {
	{"an empty PIN is not tried", an_empty_pin_is_not_tried},
	{"a lost session is begun anew, once", a_lost_session_is_begun_anew_once},
	{"a locked token is not tried", a_locked_token_is_not_tried},
	{"the last try needs a person's yes", the_last_try_needs_a_yes},
	{"a former wrong PIN is said in the prompt", a_former_wrong_pin_is_said},
	{"a token with a pad of its own is unlocked there", a_token_with_a_pad_is_unlocked_there},
	{"what a vanished token holds is undone when it is back", what_a_vanished_token_holds_is_undone_later},
	{NULL, NULL},
};
