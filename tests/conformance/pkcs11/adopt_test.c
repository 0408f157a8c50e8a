/* SPDX-License-Identifier: Apache-2.0 */
/* Why: a TPM takes keys by its own tool only. What that has put there is found and completed. */
#include "pkcs11_test.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void tpm2_import(struct suite *suite, const struct ground *ground, const struct input *input, const char *algorithm)
{
	const char *path = text_of("%s/key.pem", suite->work);
	FILE *file = fopen(path, "we");

	check(file != NULL && PEM_write_PrivateKey_ex(file, input->key, NULL, NULL, 0, NULL, NULL, inputs_crypto(suite->inputs), NULL) == 1,
	      "cannot write %s", path);
	check(fclose(file) == 0, "cannot write %s", path);
	const char *const arguments[] = {"tpm2_ptool", "import", "--path", text_of("%s", of_over("TPM2_PKCS11_STORE")), "--label", "tpmtest", "--userpin", ground->secret,
				   "--privkey", text_of("%s", path), "--algorithm", text_of("%s", algorithm), "--key-label", "imported", NULL};
	(void)run_program(arguments);
}

static void check_adopted(struct suite *suite, enum input_id id, const char *algorithm)
{
	if (!is_module("tpm2"))
		test_skip("this is about TPMs");
	struct ground ground = ground_make(suite, "fresh");
	const struct input *input = inputs_get(suite->inputs, id);
	struct ledger none = {0};
	struct session session;

	session_open(&session, &ground, NACCS_ACCESS_WRITE);
	check_status(suite->backend->plan(session.store, &input->installation, ledger_add, &none, &session.err), NACCS_E_STORE_UNSUPPORTED, &session.err);
	check(strstr(session.err.hint, "tpm2_ptool import") != NULL, "the hint names no tool: %s", session.err.hint);
	session_close(&session);
	tpm2_import(suite, &ground, input, algorithm);
	char *before = picture(&ground);
	session_open(&session, &ground, NACCS_ACCESS_WRITE);
	struct ledger ledger = session_plan(&session, input);
	check(part_of_role(&ledger, NACCS_ROLE_CLIENT_KEY)->action == NACCS_PART_ADOPT, "the key that is there is not adopted");
	session_stage(&session, input, &ledger);
	session_commit(&session, input, &ledger);
	session_check_installed(&session, input, true);
	if (id == INPUT_RSA)
		for (uint32_t hash = NACCS_HASH_SHA256; hash <= NACCS_HASH_SHA512; hash++)
			check_ok(session_sign(&session, input, hash, NACCS_PADDING_PSS, 32), &session.err);
	session_remove(&session, &ledger);
	session_close(&session);
	char *after = picture(&ground);
	check_picture(before, after);
	free(before);
	free(after);
}

static void an_rsa_key_of_a_tpm(struct suite *suite)
{
	check_adopted(suite, INPUT_RSA, "rsa");
}

static void an_ec_key_of_a_tpm(struct suite *suite)
{
	check_adopted(suite, INPUT_EC, "ecc");
}

static void a_token_without_a_mechanism_is_no_tpm(struct suite *suite)
{
	if (!is_module("opencryptoki"))
		test_skip("this is about a token that takes keys, but none of this kind");
	struct ground ground = ground_make(suite, "fresh");
	struct ledger none = {0};
	struct session session;

	session_open(&session, &ground, NACCS_ACCESS_WRITE);
	check_status(suite->backend->plan(session.store, &inputs_get(suite->inputs, INPUT_EC)->installation, ledger_add, &none, &session.err),
		     NACCS_E_STORE_UNSUPPORTED, &session.err);
	check(strstr(session.err.hint, "tpm2") == NULL, "the hint sends to a TPM's tool: %s", session.err.hint);
	session_close(&session);
}

const struct test pkcs11_tests_adopt[] = {
	{"a token that lacks a mechanism is not taken for a TPM", a_token_without_a_mechanism_is_no_tpm},
	{"an RSA key that tpm2_ptool imported is completed, and signs with PSS", an_rsa_key_of_a_tpm},
	{"an EC key that tpm2_ptool imported is completed", an_ec_key_of_a_tpm},
	{NULL, NULL},
};
