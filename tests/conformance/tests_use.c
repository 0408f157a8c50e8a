/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the key at work in every way the contract names, what the store says of itself, and sinks that stop. */
#include "groups.h"

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint32_t hashes[] = {NACCS_HASH_SHA256, NACCS_HASH_SHA384, NACCS_HASH_SHA512};
static const uint32_t hash_sizes[] = {32, 48, 64};

static void rsa_signs_pkcs1(struct suite *suite)
{
	struct ground ground = ground_make(suite, "fresh");
	need(suite, &ground, NACCS_CAN_RSA, "RSA keys");
	const struct input *input = inputs_get(suite->inputs, INPUT_RSA);
	struct session session;

	(void)install(&ground, input);
	session_open(&session, &ground, NACCS_ACCESS_READ);
	for (size_t i = 0; i < sizeof hashes / sizeof *hashes; i++)
		check_ok(session_sign(&session, input, hashes[i], NACCS_PADDING_PKCS1, 0), &session.err);
	session_close(&session);
}

static void rsa_signs_pss(struct suite *suite)
{
	struct ground ground = ground_make(suite, "fresh");
	need(suite, &ground, NACCS_CAN_RSA | NACCS_CAN_SIGN_PSS, "RSA-PSS");
	const struct input *input = inputs_get(suite->inputs, INPUT_RSA);
	struct session session;

	(void)install(&ground, input);
	session_open(&session, &ground, NACCS_ACCESS_READ);
	for (size_t i = 0; i < sizeof hashes / sizeof *hashes; i++) {
		uint32_t salts[] = {0, 20, hash_sizes[i]};
		for (size_t j = 0; j < sizeof salts / sizeof *salts; j++)
			check_ok(session_sign(&session, input, hashes[i], NACCS_PADDING_PSS, salts[j]), &session.err);
	}
	session_close(&session);
}

static void ec_signs(struct suite *suite)
{
	static const enum input_id inputs[] = {INPUT_EC, INPUT_EC384};
	struct ground ground = ground_make(suite, "fresh");
	struct session session;

	need(suite, &ground, NACCS_CAN_EC, "EC keys");
	for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++) {
		const struct input *input = inputs_get(suite->inputs, inputs[i]);
		(void)install(&ground, input);
		session_open(&session, &ground, NACCS_ACCESS_READ);
		for (size_t j = 0; j < sizeof hashes / sizeof *hashes; j++)
			check_ok(session_sign(&session, input, hashes[j], NACCS_PADDING_NONE, 0), &session.err);
		session_close(&session);
	}
}

static void no_key_for_an_unknown_certificate(struct suite *suite)
{
	struct ground ground = ground_make(suite, "fresh");
	const struct input *input = any_input(suite, &ground);
	const struct input *stranger = inputs_get(suite->inputs, INPUT_STRANGER);
	struct session session;

	(void)install(&ground, input);
	session_open(&session, &ground, NACCS_ACCESS_READ);
	check_status(session_sign(&session, stranger, NACCS_HASH_SHA256, NACCS_PADDING_NONE, 0), NACCS_E_VERIFY_NONE, &session.err);
	session_close(&session);
}

struct exported {
	EVP_PKEY *key;
	OSSL_LIB_CTX *crypto;
	int calls;
};

static naccs_status take_key(void *context, const uint8_t *bytes, size_t length)
{
	struct exported *exported = context;
	PKCS8_PRIV_KEY_INFO *info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &bytes, (long)length);

	exported->key = info != NULL ? EVP_PKCS82PKEY_ex(info, exported->crypto, NULL) : NULL;
	exported->calls++;
	PKCS8_PRIV_KEY_INFO_free(info);
	return NACCS_OK;
}

static void export_key_gives_the_key_or_says_it_cannot(struct suite *suite)
{
	struct ground ground = ground_make(suite, "fresh");
	bool can_export = can(suite, &ground, NACCS_CAN_EXPORT_KEY);
	const struct input *input = any_input(suite, &ground);
	struct exported exported = {.crypto = inputs_crypto(suite->inputs)};
	struct session session;

	(void)install(&ground, input);
	session_open(&session, &ground, NACCS_ACCESS_READ);
	if (can_export) {
		check_ok(suite->backend->export_key(session.store, input->installation.sha256, take_key, &exported, &session.err),
			 &session.err);
		check(exported.calls == 1 && exported.key != NULL && EVP_PKEY_eq(exported.key, input->key) == 1, "another key came out");
		EVP_PKEY_free(exported.key);
		check_status(suite->backend->export_key(session.store, inputs_get(suite->inputs, INPUT_STRANGER)->installation.sha256,
							take_key, &exported, &session.err),
			     NACCS_E_VERIFY_NONE, &session.err);
	} else if (suite->backend->export_key != NULL) {
		check_status(suite->backend->export_key(session.store, input->installation.sha256, take_key, &exported, &session.err),
			     NACCS_E_STORE_UNSUPPORTED, &session.err);
	}
	session_close(&session);
}

struct told {
	char uri[4096];
	bool is_writable;
	uint64_t capabilities;
	int calls;
};

static naccs_status take_place(void *context, const struct naccs_place *place)
{
	struct told *told = context;

	check(place->size >= sizeof *place, "a place of %u bytes", place->size);
	check(place->uri != NULL && strlen(place->uri) < sizeof told->uri, "a place without a URI");
	check(place->kind != NULL && place->kind[0] != '\0' && place->label != NULL, "a place without kind or label");
	(void)strncpy(told->uri, place->uri, sizeof told->uri - 1);
	told->is_writable = place->is_writable;
	told->capabilities = place->capabilities;
	told->calls++;
	return NACCS_OK;
}

static void describe_is_canonical(struct suite *suite)
{
	struct ground ground = ground_make(suite, "fresh");
	struct told first = {0}, second = {0};
	size_t scheme = strlen(suite->backend->scheme);
	struct session session;

	session_open(&session, &ground, NACCS_ACCESS_WRITE);
	check_ok(suite->backend->describe(session.store, take_place, &first, &session.err), &session.err);
	session_close(&session);
	check(first.calls == 1, "describe named %d places", first.calls);
	check(strncmp(first.uri, suite->backend->scheme, scheme) == 0 && first.uri[scheme] == ':', "%s is not of scheme %s", first.uri,
	      suite->backend->scheme);
	check(first.is_writable && (first.capabilities & NACCS_CAN_WRITE) != 0, "a store open for writing says that it is not writable");
	ground.uri = first.uri;
	session_open(&session, &ground, NACCS_ACCESS_WRITE);
	check_ok(suite->backend->describe(session.store, take_place, &second, &session.err), &session.err);
	session_close(&session);
	check(strcmp(first.uri, second.uri) == 0, "the canonical URI %s becomes %s", first.uri, second.uri);
}

static naccs_status stop_item(void *context, const struct naccs_item *item)
{
	(void)item;
	++*(int *)context;
	return NACCS_E_CANCELLED;
}

static naccs_status stop_part(void *context, const struct naccs_part *part)
{
	(void)part;
	++*(int *)context;
	return NACCS_E_CANCELLED;
}

static naccs_status stop_place(void *context, const struct naccs_place *place)
{
	(void)place;
	++*(int *)context;
	return NACCS_E_CANCELLED;
}

static void a_sink_stops_the_operation(struct suite *suite)
{
	struct ground ground = ground_make(suite, "fresh");
	const struct input *input = any_input(suite, &ground);
	struct session session;
	int calls = 0;

	(void)install(&ground, input);
	session_open(&session, &ground, NACCS_ACCESS_WRITE);
	check(suite->backend->list(session.store, stop_item, &calls, &session.err) == NACCS_E_CANCELLED && calls == 1,
	      "list went on after its sink said stop");
	check(suite->backend->plan(session.store, &input->installation, stop_part, &calls, &session.err) == NACCS_E_CANCELLED && calls == 2,
	      "plan went on after its sink said stop");
	check(suite->backend->describe(session.store, stop_place, &calls, &session.err) == NACCS_E_CANCELLED && calls == 3,
	      "describe went on after its sink said stop");
	session_close(&session);
}

static void places_of_a_home_without_stores(struct suite *suite)
{
	struct session session = {0};
	struct ground ground = {.suite = suite};
	struct told told = {0};

	if (suite->backend->places == NULL)
		test_skip("this backend finds no stores by itself");
	session.ground = &ground;
	session.host = (struct naccs_host){.size = sizeof session.host, .context = &session};
	check_ok(suite->backend->places(&session.host, suite->work, take_place, &told, &session.err), &session.err);
}

/* The ledger knows a store by what describe says; what resolve makes of what a person says must be the same. */
static void resolve_gives_what_describe_says(struct suite *suite)
{
	struct ground ground = ground_make(suite, "fresh");
	struct told resolved = {0}, described = {0}, again = {0};
	struct session session = {0};
	char nothing[64];

	if (suite->backend->resolve == NULL)
		test_skip("this backend takes every URI as it is");
	session.ground = &ground;
	session.host = (struct naccs_host){.size = sizeof session.host, .context = &session};
	check_ok(suite->backend->resolve(&session.host, suite->work, ground.uri, take_place, &resolved, &session.err), &session.err);
	check(resolved.calls == 1, "%s means %d stores", ground.uri, resolved.calls);
	check_ok(suite->backend->resolve(&session.host, suite->work, resolved.uri, take_place, &again, &session.err), &session.err);
	check(again.calls == 1 && strcmp(again.uri, resolved.uri) == 0, "%s becomes %s", resolved.uri, again.uri);
	(void)snprintf(nothing, sizeof nothing, "%s:", suite->backend->scheme);
	check_status(suite->backend->resolve(&session.host, suite->work, nothing, take_place, &again, &session.err), NACCS_E_USAGE, &session.err);
	session_open(&session, &ground, NACCS_ACCESS_WRITE);
	check_ok(suite->backend->describe(session.store, take_place, &described, &session.err), &session.err);
	session_close(&session);
	check(strcmp(resolved.uri, described.uri) == 0, "%s is %s when it is open", resolved.uri, described.uri);
}

const struct test tests_use[] = {
	{"an RSA key signs with PKCS#1", rsa_signs_pkcs1},
	{"an RSA key signs with PSS and several salt lengths", rsa_signs_pss},
	{"EC keys sign", ec_signs},
	{"there is no key for an unknown certificate", no_key_for_an_unknown_certificate},
	{"export_key gives the key or says that it can't", export_key_gives_the_key_or_says_it_cannot},
	{"describe gives a canonical URI", describe_is_canonical},
	{"resolve gives what describe says", resolve_gives_what_describe_says},
	{"a sink stops the operation", a_sink_stops_the_operation},
	{"places finds nothing bad in an empty home", places_of_a_home_without_stores},
	{NULL, NULL},
};
