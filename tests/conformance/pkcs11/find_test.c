/* SPDX-License-Identifier: Apache-2.0 */
/* Why: keys and certificates are found by what they are, whatever somebody else called them; nothing is made twice; what was there stays. */
#include "pkcs11_test.h"

#include <stdlib.h>
#include <string.h>

static struct ground softhsm_ground(struct suite *suite)
{
	if (!is_module("softhsm"))
		test_skip("made with pkcs11-tool on SoftHSM");
	return ground_make(suite, "fresh");
}

/* Install beside what is there: adopt or change it, and take back what was made. */
static void check_beside(struct ground *ground, const struct input *input, uint32_t key_action, uint32_t certificate_action)
{
	struct session session;
	char *before = picture(ground);

	session_open(&session, ground, NACCS_ACCESS_WRITE);
	struct ledger ledger = session_plan(&session, input);
	check(part_of_role(&ledger, NACCS_ROLE_CLIENT_KEY)->action == key_action, "the key's action is %u",
	      part_of_role(&ledger, NACCS_ROLE_CLIENT_KEY)->action);
	check(part_of_role(&ledger, NACCS_ROLE_CLIENT)->action == certificate_action, "the certificate's action is %u",
	      part_of_role(&ledger, NACCS_ROLE_CLIENT)->action);
	session_stage(&session, input, &ledger);
	session_commit(&session, input, &ledger);
	session_check_installed(&session, input, true);
	struct ledger again = session_plan(&session, input);
	check(ledger_is_all(&again, NACCS_PART_ADOPT), "the second plan would change something");
	session_remove(&session, &ledger);
	session_close(&session);
	char *after = picture(ground);
	check_picture(before, after);
	free(before);
	free(after);
}

static void a_key_of_another_name_is_adopted(struct suite *suite, enum input_id id)
{
	struct ground ground = softhsm_ground(suite);
	const struct input *input = inputs_get(suite->inputs, id);

	pkcs11_tool(&ground, "--write-object", key_file(suite, input), "--type", "privkey", "--id", "c0ffee", "--label", "somebody's", NULL);
	pkcs11_tool(&ground, "--write-object", key_file(suite, inputs_get(suite->inputs, INPUT_RSA_RENEWED)), "--type", "privkey", "--id", "beef", "--label",
		    "11110A", NULL);
	check_beside(&ground, input, NACCS_PART_ADOPT, NACCS_PART_CREATE);
}

static void an_rsa_key_is_found_by_its_modulus(struct suite *suite)
{
	a_key_of_another_name_is_adopted(suite, INPUT_RSA);
}

static void a_certificate_without_its_key_keeps_its_id(struct suite *suite)
{
	struct ground ground = softhsm_ground(suite);
	const struct input *input = inputs_get(suite->inputs, INPUT_EC);

	pkcs11_tool(&ground, "--write-object", certificate_file(suite, input), "--type", "cert", "--id", "c0ffee", "--label", "somebody's", NULL);
	check_beside(&ground, input, NACCS_PART_CREATE, NACCS_PART_ADOPT);
}

static void an_ec_key_is_found_by_its_certificates_id(struct suite *suite)
{
	struct ground ground = softhsm_ground(suite);
	const struct input *input = inputs_get(suite->inputs, INPUT_EC);

	pkcs11_tool(&ground, "--write-object", key_file(suite, input), "--type", "privkey", "--id", "c0ffee", "--label", "somebody's", NULL);
	pkcs11_tool(&ground, "--write-object", certificate_file(suite, input), "--type", "cert", "--id", "c0ffee", "--label", "somebody's", NULL);
	check_beside(&ground, input, NACCS_PART_ADOPT, NACCS_PART_ADOPT);
}

static void key_and_certificate_get_one_id(struct suite *suite)
{
	struct ground ground = softhsm_ground(suite);
	const struct input *input = inputs_get(suite->inputs, INPUT_RSA);

	pkcs11_tool(&ground, "--write-object", key_file(suite, input), "--type", "privkey", "--id", "c0ffee", NULL);
	pkcs11_tool(&ground, "--write-object", certificate_file(suite, input), "--type", "cert", "--id", "abad", NULL);
	check_beside(&ground, input, NACCS_PART_ADOPT, NACCS_PART_CHANGE);
}

/* Another key has the id of this certificate: only a signature tells. */
static void another_key_of_the_same_id_is_not_taken_for_it(struct suite *suite)
{
	struct ground ground = softhsm_ground(suite);
	const struct input *input = inputs_get(suite->inputs, INPUT_EC);
	struct ledger ledger = {0};
	struct session session;

	pkcs11_tool(&ground, "--write-object", key_file(suite, inputs_get(suite->inputs, INPUT_RENEWED)), "--type", "privkey", "--id", "c0ffee", NULL);
	pkcs11_tool(&ground, "--write-object", certificate_file(suite, input), "--type", "cert", "--id", "c0ffee", NULL);
	session_open(&session, &ground, NACCS_ACCESS_WRITE);
	check_status(suite->backend->plan(session.store, &input->installation, ledger_add, &ledger, &session.err), NACCS_E_STORE_OPEN, &session.err);
	session_close(&session);
}

static void a_key_that_asks_each_time_is_asked(struct suite *suite)
{
	struct ground ground = softhsm_ground(suite);
	const struct input *input = inputs_get(suite->inputs, INPUT_RSA);
	struct session session;

	pkcs11_tool(&ground, "--write-object", key_file(suite, input), "--type", "privkey", "--id", "01", "--always-auth", NULL);
	check_beside(&ground, input, NACCS_PART_ADOPT, NACCS_PART_CREATE);
	(void)install(&ground, input);
	session_open(&session, &ground, NACCS_ACCESS_READ);
	calls_begin();
	session_check_signs(&session, input);
	session_check_signs(&session, input);
	check(calls_of("C_Login") == 3, "%zu logins for two signatures, wanted one for the token and one for each", calls_of("C_Login"));
	check(session.asked == 1, "the PIN was asked for %d times", session.asked);
	session_close(&session);
}

const struct test pkcs11_tests_find[] = {
	{"an RSA key is found by its modulus", an_rsa_key_is_found_by_its_modulus},
	{"a certificate without its key keeps its id, which the key gets", a_certificate_without_its_key_keeps_its_id},
	{"an EC key is found by its certificate's id", an_ec_key_is_found_by_its_certificates_id},
	{"key and certificate get one id, and back", key_and_certificate_get_one_id},
	{"another key of the same id is not taken for it", another_key_of_the_same_id_is_not_taken_for_it},
	{"a key that asks before each signature is asked", a_key_that_asks_each_time_is_asked},
	{NULL, NULL},
};
