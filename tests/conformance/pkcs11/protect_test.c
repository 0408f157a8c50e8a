/* SPDX-License-Identifier: Apache-2.0 */
/* Why: what a token does not really protect is said; what it protects is not complained about. */
#include "pkcs11_test.h"

#include <string.h>

static void stage_and_note_warnings(struct ground *ground, const struct input *input, char *ret, size_t size)
{
	struct session session;

	session_open(&session, ground, NACCS_ACCESS_WRITE);
	struct ledger ledger = session_plan(&session, input);
	session_stage(&session, input, &ledger);
	session_commit(&session, input, &ledger);
	check(strlen(session.warned) < size, "too many warnings: %s", session.warned);
	memcpy(ret, session.warned, strlen(session.warned) + 1);
	session_close(&session);
}

static void a_key_that_can_be_wrapped_is_said(struct suite *suite)
{
	struct ground ground = ground_make(suite, "fresh");
	const struct input *input = any_input(suite, &ground);
	char warned[512];

	stage_and_note_warnings(&ground, input, warned, sizeof warned);
	bool is_said = strstr(warned, "token.key-wrappable") != NULL;
	check(is_said == is_module("nss"), "wrapping was %ssaid for this module", is_said ? "" : "not ");
	check(strstr(warned, "token.key-extractable") == NULL, "a key that we made is said to be extractable");
}

static void an_extractable_key_that_is_adopted_is_said(struct suite *suite)
{
	if (!is_module("softhsm"))
		test_skip("made with pkcs11-tool on SoftHSM");
	struct ground ground = ground_make(suite, "fresh");
	const struct input *input = inputs_get(suite->inputs, INPUT_RSA);
	char warned[512];

	pkcs11_tool(&ground, "--write-object", key_file(suite, input), "--type", "privkey", "--id", "01", "--extractable", NULL);
	stage_and_note_warnings(&ground, input, warned, sizeof warned);
	check(strstr(warned, "token.key-extractable") != NULL, "nothing is said of an extractable key: %s", warned);
}

const struct test pkcs11_tests_protect[] = {
	{"a key that can be wrapped out of the token is said", a_key_that_can_be_wrapped_is_said},
	{"an extractable key that is adopted is said", an_extractable_key_that_is_adopted_is_said},
	{NULL, NULL},
};
