/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the key is what an install is about: usable by every program of the user, let out only when that was asked for, and never somebody
 * else's. */
#include "windows_test.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

#define ISSUER "NACCS Client Sub CA"

static void a_second_program_finds_signs_and_builds_the_chain(struct suite *suite)
{
	struct ground ground = windows_ground(suite);
	const struct input *old = inputs_get(suite->inputs, INPUT_RSA), *renewed = inputs_get(suite->inputs, INPUT_RSA_RENEWED);
	int status = 0;

	(void)install(&ground, old);
	(void)install(&ground, renewed); /* a key of its own: the first one still signs */
	for (int i = 0; i < 2; i++) {
		const char *thumbprint = thumbprint_of((i == 0 ? old : renewed)->installation.certificate);
		char *words = windows_words(WINDOWS(getenv("NACCS_WINDOWS_READER"), ISSUER, thumbprint, "user"), &status);
		check(status == 0 && strstr(words, "key: signs") != NULL &&
			      strstr(words, "chain: 3 certificates, trust status 0x00000000") != NULL,
		      "the second program ended with %d: %s", status, words);
	}
	(void)windows_words(WINDOWS(getenv("NACCS_WINDOWS_READER"), ISSUER, thumbprint_of(old->installation.client_ca), "user"), &status);
	check(status != 0, "the second program finds what is not there");
}

static void an_ec_key_is_refused_and_leaves_nothing(struct suite *suite)
{
	struct ground ground = windows_ground(suite);
	const struct input *input = inputs_get(suite->inputs, INPUT_EC);
	char *before = windows_listing();
	struct ledger ledger;
	struct naccs_error err = {0};

	if (can(suite, &ground, NACCS_CAN_EC))
		test_skip("this Windows keeps EC keys");
	check_status(plan_once(&ground, input, &ledger, &err), NACCS_E_STORE_UNSUPPORTED, &err);
	check(strstr(err.message, "CNG") != NULL && strstr(err.hint, "pem:") != NULL, "it does not say why or what else: %s (%s)",
	      err.message, err.hint);
	check(ledger.count == 0, "parts were named");
	char *after = windows_listing();
	check_picture(before, after);
}

struct exported {
	EVP_PKEY *key;
};

static naccs_status take_key(void *context, const uint8_t *bytes, size_t length)
{
	PKCS8_PRIV_KEY_INFO *info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &bytes, (long)length);

	((struct exported *)context)->key = info != NULL ? EVP_PKCS82PKEY(info) : NULL;
	PKCS8_PRIV_KEY_INFO_free(info);
	return NACCS_OK;
}

static naccs_status keep_wish(void *context, const struct naccs_place *place)
{
	*(char **)context = place->wish != NULL ? strdup(place->wish) : NULL;
	return NACCS_OK;
}

static void a_key_is_let_out_only_when_that_was_asked_for(struct suite *suite)
{
	struct ground ground = windows_ground(suite);
	struct ground exportable = windows_ground_by(&ground, "windows:user?exportable=yes");
	const struct input *input = inputs_get(suite->inputs, INPUT_RSA);
	struct exported exported = {0};
	struct session session;

	struct ledger ledger = install(&ground, input);
	check(strstr(windows_listing(), "exportable") == NULL, "a key is exportable unasked");
	check(!can(suite, &ground, NACCS_CAN_EXPORT_KEY), "a store says that it lets keys out, and has none that can");
	session_open(&session, &ground, NACCS_ACCESS_READ);
	check_status(suite->backend->export_key(session.store, input->installation.sha256, take_key, &exported, &session.err),
		     NACCS_E_STORE_UNSUPPORTED, &session.err);
	check(strstr(session.err.hint, "exportable=yes") != NULL, "the hint is \"%s\"", session.err.hint);
	session_close(&session);
	session_open(&session, &exportable, NACCS_ACCESS_WRITE);
	struct ledger again = session_plan(&session, input);
	check(ledger_is_all(&again, NACCS_PART_ADOPT) && strstr(session.warned, "windows.key-not-exportable ") != NULL,
	      "nothing is said of a key that stays not exportable: \"%s\"", session.warned);
	char *wish = NULL;
	check_ok(suite->backend->describe(session.store, keep_wish, &wish, &session.err), &session.err);
	check(wish != NULL && strcmp(wish, exportable.uri) == 0, "what was asked for is not described: %s", wish != NULL ? wish : "-");
	free(wish);
	session_close(&session);
	remove_all(&ground, &ledger);
	ledger = install(&exportable, input);
	check(can(suite, &ground, NACCS_CAN_EXPORT_KEY), "a store that holds an exportable key does not say so");
	session_open(&session, &ground, NACCS_ACCESS_READ);
	check_ok(suite->backend->export_key(session.store, input->installation.sha256, take_key, &exported, &session.err), &session.err);
	check(exported.key != NULL && EVP_PKEY_eq(exported.key, input->key) == 1, "another key came out");
	session_close(&session);
	remove_all(&ground, &ledger);
	check(strstr(windows_listing(), "container naccs-cert") == NULL, "a key container stays");
}

/* Imported by hand, without its key. */
static void a_certificate_without_its_key_gets_it(struct suite *suite)
{
	struct ground ground = windows_ground(suite);
	const struct input *input = inputs_get(suite->inputs, INPUT_RSA);
	struct session session;

	windows_put(&ground, "MY", input->installation.certificate, "any");
	char *before = windows_listing();
	struct ledger ledger = install(&ground, input);
	check(part_of(&ledger, NACCS_ROLE_CLIENT, "")->action == NACCS_PART_CHANGE, "it is not changed");
	session_open(&session, &ground, NACCS_ACCESS_WRITE);
	session_check_installed(&session, input, true);
	session_recover(&session, NACCS_RECOVERY_FINISH, &ledger); /* as the host does after such an install */
	session_close(&session);
	remove_all(&ground, &ledger);
	char *after = windows_listing();
	check_picture(before, after);
}

/* Whose certificate and key came by another way, and are there. */
static void a_key_of_another_program_is_adopted(struct suite *suite)
{
	struct ground ground = windows_ground(suite);
	const struct input *input = inputs_get(suite->inputs, INPUT_RSA);
	struct session session;

	(void)install(&ground, input);
	struct ledger ledger = install(&ground, input);
	check(part_of(&ledger, NACCS_ROLE_CLIENT_KEY, "")->action == NACCS_PART_ADOPT, "the key is not adopted");
	remove_all(&ground, &ledger);
	session_open(&session, &ground, NACCS_ACCESS_READ);
	session_check_installed(&session, input, true);
	session_close(&session);
}

static void an_archived_certificate_is_kept_and_not_current(struct suite *suite)
{
	struct ground ground = windows_ground(suite);
	const struct input *input = inputs_get(suite->inputs, INPUT_RSA), *stranger = inputs_get(suite->inputs, INPUT_STRANGER);
	struct session session;

	struct ledger ledger = install(&ground, input);
	session_open(&session, &ground, NACCS_ACCESS_WRITE); /* Wine knows no archived certificates */
	check_status(suite->backend->archive(session.store, input->installation.sha256, &session.err), NACCS_E_STORE_UNSUPPORTED,
		     &session.err);
	session_close(&session);
	windows_strike("* 0 archiving");
	session_open(&session, &ground, NACCS_ACCESS_WRITE);
	for (int i = 0; i < 2; i++)
		check_ok(suite->backend->archive(session.store, input->installation.sha256, &session.err), &session.err);
	struct sight sight = session_look(&session, input);
	check(sight.is_there && sight.has_key && !sight.is_current, "an archived certificate: there %d, key %d, current %d", sight.is_there,
	      sight.has_key, sight.is_current);
	check_status(suite->backend->archive(session.store, stranger->installation.sha256, &session.err), NACCS_E_VERIFY_NONE,
		     &session.err);
	session_check_signs(&session, input);
	session_remove(&session, &ledger);
	check(!session_look(&session, input).is_there, "an archived certificate can't be removed");
	session_close(&session);
	windows_strike(NULL);
}

const struct test windows_tests_key[] = {
	{"a second program finds the certificate, signs, builds the chain", a_second_program_finds_signs_and_builds_the_chain},
	{"an EC key is refused and leaves nothing", an_ec_key_is_refused_and_leaves_nothing},
	{"a key is let out only when that was asked for", a_key_is_let_out_only_when_that_was_asked_for},
	{"a certificate without its key gets it", a_certificate_without_its_key_gets_it},
	{"a key that is there with its certificate is adopted", a_key_of_another_program_is_adopted},
	{"an archived certificate is kept and not current", an_archived_certificate_is_kept_and_not_current},
	{NULL, NULL},
};
