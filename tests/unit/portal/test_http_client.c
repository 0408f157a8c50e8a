/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: a renewal logs in by the client certificate, which the portal may ask for in three ways; a stranger who asks gets neither
 * certificate nor signature.
 */
#include "http_fixture.h"

#include <openssl/ec.h>
#include <openssl/rsa.h>

#define DAY ((int64_t)24 * 60 * 60)

struct client {
	struct pki_identity *ca, *identity;
};

/* Key and certificate are made in another OpenSSL context than libcurl's, as ours are. */
static struct client client_of(struct fixture *f, enum pki_key_type type)
{
	struct client client = {.ca = pki_make_client_ca(f->pki, PKI_EC, f->now)};
	client.identity = pki_make_client(f->pki, client.ca, "11110A", type, f->now - DAY, f->now + DAY);
	f->options.client_key = client.identity->key;
	f->options.client_certificate = client.identity->certificate;
	return client;
}

static void client_free(struct client client)
{
	pki_identity_free(client.identity);
	pki_identity_free(client.ca);
}

static void assert_client_was(struct fixture *f, const char *expected)
{
	char *name = server_client_name(f->server);
	assert_string_equal(name, expected);
	free(name);
}

static void shows_in_the_first_handshake(struct fixture *f, int version, enum pki_key_type type)
{
	struct client client = client_of(f, type);
	f->server_options.tls_version = version;
	f->server_options.asks_certificate = f->server_options.needs_certificate = true;
	fixture_start(f, answer_hello, NULL);
	assert_false(naccs_http_client_certificate_asked(f->http));
	assert_status(fixture_get(f, URL("/")), NACCS_OK);
	assert_true(naccs_http_client_certificate_asked(f->http));
	assert_client_was(f, "11110A");
	assert_int_equal(naccs_http_alert(f->http), -1);
	client_free(client);
}

static void shows_the_certificate_in_the_first_handshake_of_tls_1_2(void **state)
{
	shows_in_the_first_handshake(*state, TLS1_2_VERSION, PKI_RSA);
}

static void shows_the_certificate_in_the_first_handshake_of_tls_1_3(void **state)
{
	shows_in_the_first_handshake(*state, TLS1_3_VERSION, PKI_EC);
}

static enum server_then ask_for_certificate(struct server_link *link, void *context)
{
	(void)context;
	if (!link_ask_certificate(link))
		return SERVER_CUT;
	return link_answer(link, "200 OK", "", "renewed") ? SERVER_KEEP : SERVER_CUT;
}

static void shows_later(struct fixture *f, int version)
{
	struct client client = client_of(f, PKI_RSA);
	f->server_options.tls_version = version;
	fixture_start(f, ask_for_certificate, NULL);
	assert_status(fixture_post(f, URL("/renew"), "a=b"), NACCS_OK);
	assert_string_equal(fixture_body(f), "renewed");
	assert_true(naccs_http_client_certificate_asked(f->http));
	assert_client_was(f, "11110A");
	assert_int_equal(server_requests(f->server), 1);
	assert_int_equal(server_connections(f->server), 1);
	client_free(client);
}

static void shows_the_certificate_in_a_renegotiation(void **state)
{
	shows_later(*state, TLS1_2_VERSION);
}

static void shows_the_certificate_after_the_handshake(void **state)
{
	shows_later(*state, TLS1_3_VERSION);
}

static void says_which_alert_ended_it(void **state)
{
	struct fixture *f = *state;
	f->server_options.tls_version = TLS1_3_VERSION;
	f->server_options.asks_certificate = f->server_options.needs_certificate = true;
	fixture_start(f, answer_hello, NULL);
	assert_status(fixture_get(f, URL("/")), NACCS_E_NET_UNREACHABLE);
	assert_true(naccs_http_client_certificate_asked(f->http));
	assert_int_equal(naccs_http_alert(f->http), SSL_AD_CERTIFICATE_REQUIRED);
	assert_int_equal(f->error.native, SSL_AD_CERTIFICATE_REQUIRED);
	assert_contains(f->error.message, "certificate required");
}

static void shows_nothing_unasked(void **state)
{
	struct fixture *f = *state;
	struct client client = client_of(f, PKI_EC);
	fixture_start(f, answer_hello, NULL);
	assert_status(fixture_get(f, URL("/")), NACCS_OK);
	assert_false(naccs_http_client_certificate_asked(f->http));
	assert_client_was(f, "");
	client_free(client);
}

/* ---- a key that counts ---- */

static unsigned signatures; /* of the one key below */
static int (*real_sign)(int, const unsigned char *, int, unsigned char *, unsigned int *, const BIGNUM *, const BIGNUM *, EC_KEY *);

static int counting_sign(int type, const unsigned char *digest, int digest_length, unsigned char *signature, unsigned int *length,
			 const BIGNUM *kinv, const BIGNUM *r, EC_KEY *key)
{
	signatures++;
	return real_sign(type, digest, digest_length, signature, length, kinv, r, key);
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
static EVP_PKEY *counting_key(EVP_PKEY *plain, EC_KEY_METHOD **ret_method)
{
	EC_KEY *key = EVP_PKEY_get1_EC_KEY(plain);
	EC_KEY_METHOD *method = EC_KEY_METHOD_new(EC_KEY_get_method(key));
	int (*setup)(EC_KEY *, BN_CTX *, BIGNUM **, BIGNUM **) = NULL;
	ECDSA_SIG *(*sign_sig)(const unsigned char *, int, const BIGNUM *, const BIGNUM *, EC_KEY *) = NULL;
	EC_KEY_METHOD_get_sign(method, &real_sign, &setup, &sign_sig);
	EC_KEY_METHOD_set_sign(method, counting_sign, setup, sign_sig);
	assert_int_equal(EC_KEY_set_method(key, method), 1);
	EVP_PKEY *counting = EVP_PKEY_new();
	assert_int_equal(EVP_PKEY_assign_EC_KEY(counting, key), 1);
	*ret_method = method;
	return counting;
}
#pragma GCC diagnostic pop

static void never_signs_for_a_server_of_another_name(void **state)
{
	struct fixture *f = *state;
	static const char *const wrong_hosts[] = {"elsewhere.test", NULL};
	EC_KEY_METHOD *method = NULL;
	struct client client = client_of(f, PKI_EC);
	EVP_PKEY *key = counting_key(client.identity->key, &method);
	f->options.client_key = key;
	f->server_options.asks_certificate = f->server_options.needs_certificate = true;
	struct pki_identity *wrong = pki_make_server_leaf(f->pki, f->chain->intermediate, wrong_hosts, PKI_EC, f->now - DAY, f->now + DAY);
	const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};
	for (size_t i = 0; i < 2; i++) {
		f->server_options.tls_version = versions[i];
		signatures = 0;
		f->server_options.leaf = f->chain->leaf; /* it does count */
		fixture_start(f, answer_hello, NULL);
		assert_status(fixture_get(f, URL("/")), NACCS_OK);
		assert_int_equal(signatures, 1);

		signatures = 0;
		f->server_options.leaf = wrong;
		fixture_start(f, answer_hello, NULL);
		assert_status(fixture_get(f, URL("/")), NACCS_E_TLS_NAME);
		assert_int_equal(signatures, 0);
		assert_client_was(f, "");
		assert_int_equal(server_requests(f->server), 0);
	}
	naccs_http_free(f->http);
	f->http = NULL;
	pki_identity_free(wrong);
	EVP_PKEY_free(key);
	client_free(client); /* the same EC key: it needs its method to the end */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
	EC_KEY_METHOD_free(method);
#pragma GCC diagnostic pop
}

/* ---- a key that signs PKCS#1 only, as CryptoAPI's do ---- */

static int (*real_private_encrypt)(int, const unsigned char *, unsigned char *, RSA *, int);

static int encrypt_pkcs1_only(int length, const unsigned char *from, unsigned char *to, RSA *key, int padding)
{
	return padding == RSA_PKCS1_PADDING ? real_private_encrypt(length, from, to, key, padding) : -1;
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
static EVP_PKEY *pkcs1_key(EVP_PKEY *plain, RSA_METHOD **ret_method)
{
	RSA *key = EVP_PKEY_get1_RSA(plain);
	RSA_METHOD *method = RSA_meth_dup(RSA_get_method(key));
	real_private_encrypt = RSA_meth_get_priv_enc(method);
	assert_int_equal(RSA_meth_set_priv_enc(method, encrypt_pkcs1_only), 1);
	assert_int_equal(RSA_set_method(key, method), 1);
	EVP_PKEY *limited = EVP_PKEY_new();
	assert_int_equal(EVP_PKEY_assign_RSA(limited, key), 1);
	*ret_method = method;
	return limited;
}
#pragma GCC diagnostic pop

static void asks_no_pss_of_a_key_that_lacks_it(void **state)
{
	struct fixture *f = *state;
	const int versions[] = {0 /* both */, TLS1_2_VERSION};
	RSA_METHOD *method = NULL;
	struct client client = client_of(f, PKI_RSA);
	EVP_PKEY *key = pkcs1_key(client.identity->key, &method);
	f->options.client_key = key;
	f->server_options.asks_certificate = f->server_options.needs_certificate = true;
	for (size_t i = 0; i < 2; i++) {
		f->server_options.tls_version = versions[i];
		f->options.client_key_lacks_pss = false; /* it does matter */
		fixture_start(f, answer_hello, NULL);
		assert_int_not_equal(fixture_get(f, URL("/")), NACCS_OK);
		f->options.client_key_lacks_pss = true;
		fixture_start(f, answer_hello, NULL);
		assert_status(fixture_get(f, URL("/")), NACCS_OK);
		assert_client_was(f, "11110A");
	}
	naccs_http_free(f->http);
	f->http = NULL;
	EVP_PKEY_free(key);
	client_free(client);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
	RSA_meth_free(method);
#pragma GCC diagnostic pop
}

static void refuses_half_an_identity(void **state)
{
	struct fixture *f = *state;
	struct client client = client_of(f, PKI_EC);
	f->options.client_certificate = NULL;
	assert_status(fixture_try_connect(f), NACCS_E_INTERNAL);
	client_free(client);
}

static void says_when_key_and_certificate_do_not_fit(void **state)
{
	struct fixture *f = *state;
	struct client client = client_of(f, PKI_EC);
	f->options.client_certificate = client.ca->certificate;
	f->server_options.asks_certificate = true;
	fixture_start(f, answer_hello, NULL);
	assert_status(fixture_get(f, URL("/")), NACCS_E_INTERNAL);
	assert_contains(f->error.message, "client certificate");
	assert_int_equal(server_requests(f->server), 0);
	client_free(client);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST(shows_the_certificate_in_the_first_handshake_of_tls_1_2),
		TEST(shows_the_certificate_in_the_first_handshake_of_tls_1_3),
		TEST(shows_the_certificate_in_a_renegotiation),
		TEST(shows_the_certificate_after_the_handshake),
		TEST(says_which_alert_ended_it),
		TEST(shows_nothing_unasked),
		TEST(never_signs_for_a_server_of_another_name),
		TEST(asks_no_pss_of_a_key_that_lacks_it),
		TEST(refuses_half_an_identity),
		TEST(says_when_key_and_certificate_do_not_fit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
