/* SPDX-License-Identifier: Apache-2.0 */
/* Why: calls into a token are what an install costs, and C_Login is what a wrong PIN costs. So they are counted. */
#include "pkcs11_test.h"

#include <string.h>

/* Key, client certificate, intermediate, client CA, root and two server intermediates: seven objects made, read back, proven by two signatures. */
#define INSTALL_CALLS 66

static void an_install_takes_few_calls(struct suite *suite)
{
	struct ground ground = ground_make(suite, "fresh");
	const struct input *input;
	struct session session;

	need(suite, &ground, NACCS_CAN_RSA, "RSA keys");
	input = inputs_get(suite->inputs, INPUT_RSA);
	calls_begin();
	session_open(&session, &ground, NACCS_ACCESS_WRITE);
	struct ledger ledger = session_plan(&session, input);
	session_stage(&session, input, &ledger);
	session_check_installed(&session, input, true);
	session_commit(&session, input, &ledger);
	session_close(&session);
	size_t all = calls_of(NULL);
	check(all <= INSTALL_CALLS + (is_module("softhsm") ? 0 : 40), "%zu calls, wanted at most %d", all, INSTALL_CALLS);
	check(calls_of("C_Login") == 1, "%zu logins", calls_of("C_Login"));
	check(calls_of("C_Sign") == 2, "%zu signatures", calls_of("C_Sign"));
	check(calls_of("C_CreateObject") >= ledger.count, "%zu objects made, wanted %zu", calls_of("C_CreateObject"), ledger.count);
}

static void a_thousand_signatures_look_for_the_key_once(struct suite *suite)
{
	struct ground ground = ground_make(suite, "fresh");
	const struct input *input = any_input(suite, &ground);
	struct session session;

	(void)install(&ground, input);
	session_open(&session, &ground, NACCS_ACCESS_READ);
	session_check_signs(&session, input);
	calls_begin();
	for (int i = 0; i < 20; i++)
		session_check_signs(&session, input);
	check(calls_of("C_SignInit") == 20 && calls_of("C_Sign") == 20 && calls_of(NULL) == 40, "%zu calls for 20 signatures", calls_of(NULL));
	session_close(&session);
}

static void a_wrong_pin_costs_one_try(struct suite *suite)
{
	struct ground ground = ground_make(suite, "fresh");
	struct ground wrong = ground;
	struct session session;

	wrong.secret = ground.wrong_secret;
	calls_begin();
	check_status(session_try(&session, &wrong, NACCS_ACCESS_WRITE, 0), NACCS_E_PIN_WRONG, &session.err);
	check(calls_of("C_Login") == 1, "a wrong PIN was tried %zu times", calls_of("C_Login"));
	check(session.asked == 1, "the PIN was asked for %d times", session.asked);
	session_open(&session, &ground, NACCS_ACCESS_WRITE);
	session_close(&session);
}

static void listing_asks_for_no_pin(struct suite *suite)
{
	struct ground ground = ground_make(suite, "fresh");
	const struct input *input = any_input(suite, &ground);
	struct session session;

	(void)install(&ground, input);
	calls_begin();
	session_open(&session, &ground, NACCS_ACCESS_READ);
	struct sight sight = session_look(&session, input);
	session_close(&session);
	check(sight.is_there && sight.has_key, "without a PIN the certificate (%d) or its key (%d) is not listed", sight.is_there, sight.has_key);
	check(calls_of("C_Login") == 0 && session.asked == 0, "listing asked for a PIN");
}

const struct test pkcs11_tests_calls[] = {
	{"an install takes few calls, one login, two signatures", an_install_takes_few_calls},
	{"a thousand signatures look for the key once", a_thousand_signatures_look_for_the_key_once},
	{"a wrong PIN costs exactly one try", a_wrong_pin_costs_one_try},
	{"listing asks for no PIN", listing_asks_for_no_pin},
	{NULL, NULL},
};
