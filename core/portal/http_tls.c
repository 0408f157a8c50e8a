/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: who is at the other end is decided here and by the trust room alone, inside the handshake: chain to our anchors and host name,
 * before any key of ours signs and before a byte of a request is sent. What libcurl puts into its own certificate store, and what it checks
 * after the handshake, is no part of that decision.
 */
#include "http_private.h"

#include "clock.h"

#include <openssl/err.h>
#include <string.h>

/* Into the private context of the trust room. */
static naccs_status copy_into(struct naccs_crypto *crypto, X509 *certificate, STACK_OF(X509) *stack, struct naccs_error *err)
{
	uint8_t *der = NULL;
	size_t length = 0;
	naccs_status status = naccs_certificate_to_der(certificate, &der, &length, err);
	if (status != NACCS_OK)
		return status;
	naccs_auto(http_x509) X509 *copy = NULL;
	status = naccs_certificate_from_der(crypto, der, length, &copy, err);
	OPENSSL_free(der);
	if (status != NACCS_OK)
		return status;
	if (sk_X509_push(stack, copy) == 0)
		return naccs_http_fail_memory(err);
	(void)naccs_take(&copy);
	return NACCS_OK;
}

/* The leaf, then the others in the order they were sent. */
static naccs_status collect_sent(struct naccs_http *http, X509_STORE_CTX *store_context, STACK_OF(X509) **ret, struct naccs_error *err)
{
	naccs_auto(http_stack) STACK_OF(X509) *sent = sk_X509_new_null();
	X509 *leaf = X509_STORE_CTX_get0_cert(store_context);
	STACK_OF(X509) *others = X509_STORE_CTX_get0_untrusted(store_context);
	if (sent == NULL)
		return naccs_http_fail_memory(err);
	if (leaf == NULL)
		return naccs_fail(err, NACCS_E_TLS_UNTRUSTED, 0, _("the server showed no certificate"));
	naccs_status status = copy_into(http->crypto, leaf, sent, err);
	for (int i = 0; status == NACCS_OK && i < sk_X509_num(others); i++) {
		if (sk_X509_value(others, i) != leaf)
			status = copy_into(http->crypto, sk_X509_value(others, i), sent, err);
	}
	if (status == NACCS_OK)
		*ret = naccs_take(&sent);
	return status;
}

static void report_chain(const struct naccs_http *http)
{
	struct naccs_certificate_facts *leaf = NULL, *anchor = NULL;
	int last = sk_X509_num(http->chain) - 1;
	if (http->log == NULL)
		return;
	if (naccs_certificate_facts_new(sk_X509_value(http->chain, 0), &leaf, NULL) == NACCS_OK &&
	    naccs_certificate_facts_new(sk_X509_value(http->chain, last), &anchor, NULL) == NACCS_OK)
		naccs_log_line(http->log, NACCS_LOG_WIRE, "TLS: %s proved to be %s, anchor %s (SHA-256 %s)", http->host, leaf->subject,
			       anchor->subject, anchor->sha256);
	naccs_certificate_facts_free(leaf);
	naccs_certificate_facts_free(anchor);
}

static naccs_status judge(struct naccs_http *http, X509_STORE_CTX *store_context, struct naccs_error *err)
{
	naccs_auto(http_stack) STACK_OF(X509) *sent = NULL;
	naccs_auto(http_stack) STACK_OF(X509) *chain = NULL;
	naccs_status status = collect_sent(http, store_context, &sent, err);
	if (status != NACCS_OK)
		return status;
	const struct naccs_server_check check = {
		.sent = sent,
		.anchors = http->anchors,
		.intermediates = http->intermediates,
		.host = http->host,
		.time = naccs_clock_now(), /* never the rules' clock: --at does not move a live chain */
	};
	status = naccs_chain_check_server(http->crypto, &check, &chain, err);
	if (status != NACCS_OK)
		return status;
	naccs_http_stack_free(http->chain);
	http->chain = naccs_take(&chain);
	return NACCS_OK;
}

/* What OpenSSL turns into the alert that the server gets. */
static int verify_error_of(naccs_status status)
{
	switch (status) {
	case NACCS_E_TLS_EXPIRED:
		return X509_V_ERR_CERT_HAS_EXPIRED;
	case NACCS_E_TLS_NAME:
		return X509_V_ERR_HOSTNAME_MISMATCH;
	case NACCS_E_TLS_UNTRUSTED:
		return X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY;
	default:
		return X509_V_ERR_UNSPECIFIED;
	}
}

static int verify_server(X509_STORE_CTX *store_context, void *context)
{
	struct naccs_http *http = context;
	http->connection.is_verified = false;
	naccs_status status = judge(http, store_context, &http->tls_error);
	if (status != NACCS_OK) {
		X509_STORE_CTX_set_error(store_context, verify_error_of(status));
		return 0;
	}
	http->connection.is_verified = true;
	X509_STORE_CTX_set_error(store_context, X509_V_OK);
	report_chain(http);
	return 1;
}

void naccs_http_tls_watch(const SSL *ssl, int where, int value)
{
	struct naccs_http *http = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
	struct naccs_http_connection *connection = &http->connection;
	if (connection->ssl == NULL && (where & SSL_CB_HANDSHAKE_START) != 0)
		connection->ssl = ssl;
	if (connection->ssl != ssl) /* an old connection being closed */
		return;
	if ((where & SSL_CB_EXIT) == 0) /* which comes whenever libcurl looks again */
		naccs_http_sign_of_life(http);
	if (where == SSL_CB_READ_ALERT && (value & 0xff) == SSL_AD_CLOSE_NOTIFY) {
		connection->saw_close_notify = true;
	} else if (where == SSL_CB_READ_ALERT) {
		connection->alert = value & 0xff;
		naccs_log_line(http->log, NACCS_LOG_WIRE, "TLS: alert %d (%s) from %s", connection->alert,
			       SSL_alert_desc_string_long(value), http->host);
	}
	if ((where & SSL_CB_HANDSHAKE_DONE) != 0 && !connection->is_reported) {
		connection->is_reported = true;
		naccs_log_line(http->log, NACCS_LOG_WIRE, "TLS: connection %u to %s: %s, %s", http->connection_count, http->host,
			       SSL_get_version(ssl), SSL_get_cipher_name(ssl));
	}
}

/* Not consulted by verify_server(); should OpenSSL ever look into a store all the same, it finds our anchors and nothing that libcurl
 * added. */
static bool set_store(SSL_CTX *ssl_context, STACK_OF(X509) *anchors)
{
	X509_STORE *store = X509_STORE_new();
	bool is_good = store != NULL;
	for (int i = 0; is_good && i < sk_X509_num(anchors); i++)
		is_good = X509_STORE_add_cert(store, sk_X509_value(anchors, i)) == 1;
	is_good = is_good && SSL_CTX_set1_verify_cert_store(ssl_context, store) == 1;
	X509_STORE_free(store);
	return is_good;
}

/* TLS 1.3 has RSA sign by PSS alone; TLS 1.2 has PKCS#1 too, which our side then must not pass over. */
static bool set_key_limits(const struct naccs_http *http, SSL_CTX *ssl_context)
{
	char algorithms[] = "RSA+SHA256:RSA+SHA384:RSA+SHA512";
	if (http->client_key == NULL || !http->client_key_lacks_pss)
		return true;
	return SSL_CTX_set_max_proto_version(ssl_context, TLS1_2_VERSION) == 1 &&
	       SSL_CTX_set1_client_sigalgs_list(ssl_context, algorithms) == 1;
}

/* libcurl calls this for each new connection, after its own settings. */
CURLcode naccs_http_tls_setup(CURL *easy, void *ssl_context, void *context)
{
	(void)easy;
	struct naccs_http *http = context;
	SSL_CTX *ctx = ssl_context;
	http->connection = (struct naccs_http_connection){.alert = -1};
	http->connection_count++;
	ERR_clear_error();

	SSL_CTX_set_app_data(ctx, http);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_cert_verify_callback(ctx, verify_server, http);
	SSL_CTX_set_cert_cb(ctx, naccs_http_tls_present_certificate, http);
	SSL_CTX_set_info_callback(ctx, naccs_http_tls_watch);
	SSL_CTX_set_keylog_callback(ctx, NULL);

	/* A resumed session would skip the verification. */
	(void)SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_sess_set_new_cb(ctx, NULL);
	(void)SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION);

	/* The portal may ask for the client certificate after the handshake: renegotiation (TLS 1.2, the secure kind only) or RFC
	 * 8446 4.6.2. */
	(void)SSL_CTX_clear_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_ALLOW_UNSAFE_LEGACY_RENEGOTIATION | SSL_OP_LEGACY_SERVER_CONNECT);
	SSL_CTX_set_post_handshake_auth(ctx, 1);
	(void)SSL_CTX_set_mode(ctx, SSL_MODE_NO_AUTO_CHAIN); /* send the chain we were given, nothing from a store */

	/* A body that ends without close_notify was cut. */
	(void)SSL_CTX_clear_options(ctx, SSL_OP_IGNORE_UNEXPECTED_EOF);
	if (SSL_CTX_get_security_level(ctx) < 2)
		SSL_CTX_set_security_level(ctx, 2);
	if (SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) != 1 || !set_key_limits(http, ctx) || !set_store(ctx, http->anchors)) {
		(void)naccs_http_fail_memory(&http->tls_error);
		return CURLE_SSL_CERTPROBLEM;
	}
	return CURLE_OK;
}
