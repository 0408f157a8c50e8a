/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: what the room is for: TLS client authentication. Client and server speak in memory; the client's SSL lives in OpenSSL's default
 * context as libcurl's does, and in the private one. Each authentication is one signature, whenever the server asks.
 */
#include "fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

struct talk {
	SSL_CTX *server_context, *client_context;
	SSL *server, *client;
	struct pki_server_chain *chain;
};

static const char *const hosts[] = {"web-prod.nac.naccs.jp", NULL};

/* The server trusts the fixture's CA; whether the chain is right is not this test's business, the signature is. */
static int accept_client(X509_STORE_CTX *store_context, void *context)
{
	(void)context;
	X509_STORE_CTX_set_error(store_context, X509_V_OK);
	return 1;
}

static void talk_begin(struct talk *talk, struct fixture *fixture, OSSL_LIB_CTX *client_libctx, int version, int verify_mode)
{
	BIO *server_end = NULL, *client_end = NULL;

	talk->chain = pki_make_server_chain(fixture->pki, hosts, PKI_EC, NOW);
	talk->server_context = SSL_CTX_new_ex(pki_libctx(fixture->pki), NULL, TLS_server_method());
	talk->client_context = SSL_CTX_new_ex(client_libctx, NULL, TLS_client_method());
	assert_int_equal(SSL_CTX_use_certificate(talk->server_context, talk->chain->leaf->certificate), 1);
	assert_int_equal(SSL_CTX_use_PrivateKey(talk->server_context, talk->chain->leaf->key), 1);
	assert_int_equal(SSL_CTX_set_session_id_context(talk->server_context, (const unsigned char *)"naccs", 5), 1);
	SSL_CTX_set_cert_verify_callback(talk->server_context, accept_client, NULL);
	SSL_CTX_set_verify(talk->server_context, verify_mode, NULL);
	(void)SSL_CTX_set_options(talk->server_context, SSL_OP_NO_SESSION_RESUMPTION_ON_RENEGOTIATION | SSL_OP_NO_TICKET);
	SSL_CTX_set_verify(talk->client_context, SSL_VERIFY_NONE, NULL);
	SSL_CTX_set_post_handshake_auth(talk->client_context, 1);
	assert_int_equal(SSL_CTX_set_min_proto_version(talk->server_context, version), 1);
	assert_int_equal(SSL_CTX_set_max_proto_version(talk->server_context, version), 1);
	assert_int_equal(BIO_new_bio_pair(&server_end, 0, &client_end, 0), 1);
	talk->server = SSL_new(talk->server_context);
	talk->client = SSL_new(talk->client_context);
	SSL_set_bio(talk->server, server_end, server_end);
	SSL_set_bio(talk->client, client_end, client_end);
	SSL_set_accept_state(talk->server);
	SSL_set_connect_state(talk->client);
}

static void talk_end(struct talk *talk)
{
	SSL_free(talk->server);
	SSL_free(talk->client);
	SSL_CTX_free(talk->server_context);
	SSL_CTX_free(talk->client_context);
	pki_server_chain_free(talk->chain);
}

/* As libcurl's file does, from this process: certificate of the SSL's own context, key of ours. */
static void show(struct talk *talk, struct fixture *fixture, size_t key)
{
	unsigned char *der = NULL;
	int length = i2d_X509(fixture->client[key]->certificate, &der);
	const unsigned char *at = der;
	X509 *certificate = d2i_X509(NULL, &at, length);

	assert_int_equal(SSL_use_cert_and_key(talk->client, certificate, fixture->key[key], NULL, 1), 1);
	X509_free(certificate);
	OPENSSL_free(der);
}

/* Both sides move until neither can; true when both finished their handshake. */
static bool shake(struct talk *talk)
{
	int client = 0, server = 0;

	for (int i = 0; i < 20 && (client != 1 || server != 1); i++) {
		client = SSL_do_handshake(talk->client);
		if (client != 1 && SSL_get_error(talk->client, client) == SSL_ERROR_SSL)
			return false;
		server = SSL_do_handshake(talk->server);
		if (server != 1 && SSL_get_error(talk->server, server) == SSL_ERROR_SSL)
			return false;
	}
	return client == 1 && server == 1;
}

/* One byte each way, which also carries late handshakes. */
static bool exchange(struct talk *talk)
{
	char byte = 'x', back = 0;
	bool is_sent = false, is_there = false, is_answered = false, is_back = false;

	for (int i = 0; i < 20 && !is_back; i++) {
		is_sent = is_sent || SSL_write(talk->client, &byte, 1) == 1;
		is_there = is_there || SSL_read(talk->server, &byte, 1) == 1;
		is_answered = is_answered || (is_there && SSL_write(talk->server, &byte, 1) == 1);
		is_back = SSL_read(talk->client, &back, 1) == 1;
	}
	return is_back;
}

/* Nobody has anything to say but what the handshake still needs. */
static void settle(struct talk *talk)
{
	char byte;

	for (int i = 0; i < 10; i++) {
		(void)SSL_peek(talk->client, &byte, 1);
		(void)SSL_peek(talk->server, &byte, 1);
	}
}

static bool was_shown(const struct talk *talk, const struct fixture *fixture, size_t key)
{
	X509 *peer = SSL_get0_peer_certificate(talk->server);

	return peer != NULL && X509_cmp(peer, fixture->client[key]->certificate) == 0;
}

#define MUST (SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT)

static void in_first_handshake(void **state, int version, bool is_default_context)
{
	struct fixture *fixture = *state;

	for (size_t key = 0; key < KEY_COUNT; key++) {
		struct talk talk;

		fixture_begin(state);
		talk_begin(&talk, fixture, is_default_context ? NULL : pki_libctx(fixture->pki), version, MUST);
		show(&talk, fixture, key);
		if (!shake(&talk))
			fail_msg("%d %zu %s", is_default_context, key, openssl_errors());
		assert_true(exchange(&talk));
		if (!was_shown(&talk, fixture, key))
			fail_msg("%d %zu %s peer %p signs %u", version, key, openssl_errors(),
				 (void *)SSL_get0_peer_certificate(talk.server), fixture->store[key].signatures);
		assert_int_equal(fixture->store[key].signatures, 1);
		talk_end(&talk);
	}
}

static void test_tls12_client_authentication_is_one_signature(void **state)
{
	in_first_handshake(state, TLS1_2_VERSION, true);
	in_first_handshake(state, TLS1_2_VERSION, false);
}

static void test_tls13_client_authentication_is_one_signature(void **state)
{
	in_first_handshake(state, TLS1_3_VERSION, true);
	in_first_handshake(state, TLS1_3_VERSION, false);
}

/* Servers that speak TLS 1.2 may insist on an older signature. */
static void test_tls12_signs_what_the_server_wants(void **state)
{
	static const struct {
		char list[20]; /* copied: OpenSSL takes it as writable */
		size_t key;
		uint32_t hash, padding;
	} cases[] = {
		{"RSA+SHA256", RSA_2048, NACCS_HASH_SHA256, NACCS_PADDING_PKCS1},
		{"RSA+SHA512", RSA_2048, NACCS_HASH_SHA512, NACCS_PADDING_PKCS1},
		{"RSA-PSS+SHA384", RSA_2048, NACCS_HASH_SHA384, NACCS_PADDING_PSS},
		{"ECDSA+SHA384", EC_256, NACCS_HASH_SHA384, NACCS_PADDING_NONE},
	};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct talk talk;
		char list[sizeof cases[0].list];

		memcpy(list, cases[i].list, sizeof list);
		fixture_begin(state);
		talk_begin(&talk, fixture, NULL, TLS1_2_VERSION, MUST);
		assert_int_equal(SSL_ctrl(talk.server, SSL_CTRL_SET_CLIENT_SIGALGS_LIST, 0, list), 1);
		show(&talk, fixture, cases[i].key);
		assert_true(shake(&talk));
		assert_int_equal(fixture->store[cases[i].key].signatures, 1);
		assert_int_equal(fixture->store[cases[i].key].last.hash, cases[i].hash);
		assert_int_equal(fixture->store[cases[i].key].last.padding, cases[i].padding);
		talk_end(&talk);
	}
}

static void test_a_server_that_does_not_ask_gets_no_signature(void **state)
{
	struct fixture *fixture = *state;
	struct talk talk;

	talk_begin(&talk, fixture, NULL, TLS1_3_VERSION, SSL_VERIFY_NONE);
	show(&talk, fixture, RSA_2048);
	assert_true(shake(&talk));
	assert_true(exchange(&talk));
	assert_int_equal(fixture->store[RSA_2048].signatures, 0);
	talk_end(&talk);
}

static void test_late_authentication_is_one_signature(void **state)
{
	struct fixture *fixture = *state;

	for (size_t key = 0; key < KEY_COUNT; key++) {
		for (int version = TLS1_2_VERSION; version <= TLS1_3_VERSION; version++) {
			struct talk talk;

			fixture_begin(state);
			talk_begin(&talk, fixture, NULL, version, SSL_VERIFY_NONE);
			show(&talk, fixture, key);
			assert_true(shake(&talk));
			assert_true(exchange(&talk));
			assert_int_equal(fixture->store[key].signatures, 0);
			SSL_set_verify(talk.server, MUST, NULL);
			if (version == TLS1_3_VERSION)
				assert_int_equal(SSL_verify_client_post_handshake(talk.server), 1);
			else
				assert_int_equal(SSL_renegotiate(talk.server), 1);
			assert_int_equal(SSL_do_handshake(talk.server), 1);
			settle(&talk);
			assert_true(exchange(&talk));
			assert_true(was_shown(&talk, fixture, key));
			assert_int_equal(fixture->store[key].signatures, 1);
			talk_end(&talk);
		}
	}
}

/* A store that fails ends the handshake, once, and says why. */
static void test_a_store_that_fails_ends_the_handshake_with_its_own_words(void **state)
{
	struct fixture *fixture = *state;

	for (int version = TLS1_2_VERSION; version <= TLS1_3_VERSION; version++) {
		struct naccs_error failure = {0};
		struct talk talk;

		fixture_begin(state);
		fixture->store[EC_256].fail_with = NACCS_E_PIN_WRONG;
		talk_begin(&talk, fixture, NULL, version, MUST);
		show(&talk, fixture, EC_256);
		assert_false(shake(&talk));
		assert_int_equal(fixture->store[EC_256].signatures, 1);
		assert_non_null(strstr(openssl_errors(), "the token was pulled out"));
		assert_int_equal(naccs_provider_key_failure(fixture->key[EC_256], &failure), NACCS_E_PIN_WRONG);
		assert_string_equal(failure.message, "the token was pulled out");
		talk_end(&talk);
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, fixture_begin)
	const struct CMUnitTest tests[] = {
		TEST(test_tls12_client_authentication_is_one_signature),
		TEST(test_tls13_client_authentication_is_one_signature),
		TEST(test_tls12_signs_what_the_server_wants),
		TEST(test_a_server_that_does_not_ask_gets_no_signature),
		TEST(test_late_authentication_is_one_signature),
		TEST(test_a_store_that_fails_ends_the_handshake_with_its_own_words),
	};
	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
