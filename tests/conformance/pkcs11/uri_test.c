/* SPDX-License-Identifier: Apache-2.0 */
/* Why: which token is meant has to be sure, and a module is loaded only from where nobody else can put one. */
#include "pkcs11_test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static naccs_status try_uri(struct suite *suite, const struct ground *of, char *uri, struct naccs_error *err)
{
	struct ground ground = {.suite = suite, .uri = uri, .secret = of->secret};
	struct session session;
	naccs_status status = session_try(&session, &ground, NACCS_ACCESS_READ, 0);

	*err = session.err;
	if (status == NACCS_OK)
		session_close(&session);
	return status;
}

static void what_has_no_place_in_a_uri_is_refused(struct suite *suite)
{
	static const char *const uris[] = {
		"pkcs11:token=x?pin-value=123456", "pkcs11:token=x?pin-source=%7cecho", "pkcs11:token=x;unknown=y", "pkcs11:token=%zz", "pkcs11:object=x",
		"pkcs11:token=x?module-path=relative.so",
	};
	struct ground ground = ground_make(suite, "fresh");
	struct naccs_error err;

	for (size_t i = 0; i < sizeof uris / sizeof *uris; i++) {
		check_status(try_uri(suite, &ground, text_of("%s", uris[i]), &err), NACCS_E_USAGE, &err);
		check(strstr(err.message, "123456") == NULL && strstr(err.hint, "123456") == NULL, "the PIN stands in the message");
	}
}

static void a_token_that_is_not_there_is_answered_with_those_that_are(struct suite *suite)
{
	struct ground ground = ground_make(suite, "fresh");
	struct naccs_error err;

	check_status(try_uri(suite, &ground, text_of("pkcs11:token=nobody"), &err), NACCS_E_STORE_OPEN, &err);
	check(strstr(err.message, ground.uri + strlen("pkcs11:")) != NULL, "the message does not name %s: %s", ground.uri, err.message);
}

static void an_ambiguous_uri_is_answered_with_the_list(struct suite *suite)
{
	if (!is_module("softhsm"))
		test_skip("one token is all that this module has");
	struct ground ground = ground_make(suite, "fresh");
	struct naccs_error err;
	const char *const second[] = {"softhsm2-util", "--init-token", "--free", "--label", "naccs test", "--so-pin", "12345678", "--pin", "123456", NULL};

	(void)run_program(second);
	check_status(try_uri(suite, &ground, ground.uri, &err), NACCS_E_USAGE, &err);
	const char *first = strstr(err.message, "serial=");
	check(first != NULL && strstr(first + 1, "serial=") != NULL, "the message does not name both: %s", err.message);
}

static naccs_status keep_uri(void *context, const struct naccs_place *place)
{
	*(char **)context = text_of("%s", place->uri);
	return NACCS_OK;
}

static char *canonical_of(struct suite *suite, const struct ground *ground)
{
	struct session session;
	char *uri = NULL;

	session_open(&session, ground, NACCS_ACCESS_READ);
	check_ok(suite->backend->describe(session.store, keep_uri, &uri, &session.err), &session.err);
	session_close(&session);
	return uri;
}

/* As two NSS databases do: here it is one token by two modules, each in a process of its own. */
static void tokens_that_look_the_same_are_told_apart(struct suite *suite)
{
	if (!is_module("softhsm"))
		test_skip("tried with SoftHSM");
	struct ground ground = ground_make(suite, "fresh"), named = ground;
	const char *other = text_of("%s/other.module", of_over("TOKEN_MODULES"));
	const char *line = text_of("remote: |p11-kit remote %s\n", of_over("TOKEN_REAL_MODULE"));
	struct naccs_error err;

	check(strstr(canonical_of(suite, &ground), "module-name=") == NULL, "the only one of its kind is named by its module too");
	write_file(other, line, strlen(line));
	naccs_status status = try_uri(suite, &ground, ground.uri, &err);
	named.uri = text_of("%s?module-name=other", ground.uri);
	char *canonical = canonical_of(suite, &named);
	named.uri = canonical;
	char *again = canonical_of(suite, &named);
	check(unlink(other) == 0, "unlink: %s", strerror(errno));
	check_status(status, NACCS_E_USAGE, &err);
	check(strstr(err.message, "module-name=other") != NULL && strstr(err.message, "module-name=token") != NULL,
	      "the list tells them not apart: %s", err.message);
	check(strstr(canonical, "module-name=other") != NULL && strcmp(again, canonical) == 0,
	      "the canonical URI means any of them: %s, %s", canonical, again);
}

static void a_module_may_be_named_by_its_path(struct suite *suite)
{
	struct ground ground = ground_make(suite, "fresh"), named = ground;
	const struct input *input = any_input(suite, &ground);
	struct session session;
	char *uri = NULL;

	if (!is_module("softhsm"))
		test_skip("tried with SoftHSM");
	named.uri = text_of("%s?module-path=%s", ground.uri, of_over("TOKEN_REAL_MODULE"));
	(void)install(&named, input);
	session_open(&session, &named, NACCS_ACCESS_READ);
	check_ok(suite->backend->describe(session.store, keep_uri, &uri, &session.err), &session.err);
	check(strstr(uri, "module-path=") != NULL && strstr(uri, "serial=") != NULL, "the canonical URI lacks the path or the serial: %s", uri);
	session_close(&session);
	session_open(&session, &ground, NACCS_ACCESS_READ);
	session_check_installed(&session, input, true);
	session_close(&session);
}

static void a_module_that_others_can_write_is_not_loaded(struct suite *suite)
{
	struct ground ground = ground_make(suite, "fresh");
	const char *folder = text_of("%s/open", suite->work), *module = text_of("%s/counting.so", folder);
	const char *const copy[] = {"cp", text_of("%s/counting.so", of_over("TOKEN_HOME")), text_of("%s", folder), NULL};
	struct naccs_error err;

	check(mkdir(folder, 0700) == 0, "mkdir: %s", strerror(errno));
	(void)run_program(copy);
	check(chmod(module, 0666) == 0, "chmod: %s", strerror(errno));
	check_status(try_uri(suite, &ground, text_of("%s?module-path=%s", ground.uri, module), &err), NACCS_E_STORE_UNSAFE, &err);
	check(chmod(module, 0600) == 0 && chmod(folder, 0777) == 0, "chmod: %s", strerror(errno));
	check_status(try_uri(suite, &ground, text_of("%s?module-path=%s", ground.uri, module), &err), NACCS_E_STORE_UNSAFE, &err);
	check(chmod(folder, 0700) == 0, "chmod: %s", strerror(errno));
	/* Out of others' reach it is loaded; it finds no settings beside it, so it has no token. */
	check_status(try_uri(suite, &ground, text_of("%s?module-path=%s", ground.uri, module), &err), NACCS_E_STORE_OPEN, &err);
}

static void object_and_id_choose_names(struct suite *suite)
{
	struct ground ground = ground_make(suite, "fresh"), named = ground;
	const struct input *input = any_input(suite, &ground);
	struct session session;

	named.uri = text_of("%s;object=my%%20name;id=%%01%%02", ground.uri);
	(void)install(&named, input);
	char *objects = picture(&ground);
	check(ground.inventory == NULL || strstr(objects, "\"my name\"") != NULL, "no object has the name that was asked for:\n%s", objects);
	session_open(&session, &named, NACCS_ACCESS_READ);
	session_check_installed(&session, input, true);
	session_close(&session);
	named.uri = text_of("%s;object=other", ground.uri);
	session_open(&session, &named, NACCS_ACCESS_READ);
	check(!session_look(&session, input).is_there, "a certificate of another name is listed");
	session_close(&session);
}

static naccs_status keep_wish(void *context, const struct naccs_place *place)
{
	*(char **)context = text_of("%s", place->wish != NULL ? place->wish : "");
	return NACCS_OK;
}

static char *wish_of(struct suite *suite, struct session *session)
{
	char *wish = NULL;

	check_ok(suite->backend->describe(session->store, keep_wish, &wish, &session->err), &session->err);
	return wish;
}

static void a_renewal_leaves_a_given_id_to_the_one_before(struct suite *suite)
{
	struct ground ground = ground_make(suite, "fresh"), named = ground, again = ground;
	struct ledger refused = {0};
	struct session session;

	need(suite, &ground, NACCS_CAN_RSA, "RSA keys");
	const struct input *old = inputs_get(suite->inputs, INPUT_RSA), *renewed = inputs_get(suite->inputs, INPUT_RSA_RENEWED);
	named.uri = text_of("%s;object=my%%20name;id=%%01%%02", ground.uri);
	(void)install(&named, old);
	session_open(&session, &named, NACCS_ACCESS_READ);
	again.uri = wish_of(suite, &session);
	session_close(&session);
	check(strstr(again.uri, "serial=") != NULL && strstr(again.uri, "object=my%20name") != NULL &&
		      strstr(again.uri, "id=%01%02") != NULL,
	      "the URI for the next install lacks what was asked for: %s", again.uri);
	(void)install(&again, renewed);
	again.uri = text_of("%s;object=my%%20name", ground.uri);
	session_open(&session, &again, NACCS_ACCESS_READ);
	session_check_installed(&session, old, true);
	session_check_installed(&session, renewed, true);
	session_close(&session);
	if (is_module("opencryptoki")) /* takes no EC keys, as the stranger has one */
		return;
	session_open(&session, &named, NACCS_ACCESS_WRITE);
	check_status(suite->backend->plan(session.store, &inputs_get(suite->inputs, INPUT_STRANGER)->installation, ledger_add, &refused,
					  &session.err),
		     NACCS_E_STORE_OPEN, &session.err);
	session_close(&session);
}

const struct test pkcs11_tests_uri[] = {
	{"what has no place in a URI is refused", what_has_no_place_in_a_uri_is_refused},
	{"a token that is not there is answered with those that are", a_token_that_is_not_there_is_answered_with_those_that_are},
	{"an ambiguous URI is answered with the list", an_ambiguous_uri_is_answered_with_the_list},
	{"tokens that look the same are told apart", tokens_that_look_the_same_are_told_apart},
	{"a module may be named by its path", a_module_may_be_named_by_its_path},
	{"a module that others can write is not loaded", a_module_that_others_can_write_is_not_loaded},
	{"object and id choose names, and what is shown", object_and_id_choose_names},
	{"a renewal leaves a given id to the certificate before it", a_renewal_leaves_a_given_id_to_the_one_before},
	{NULL, NULL},
};
