/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the portal wants to see the client's certificate for a renewal: in the first handshake, or later, when a page of the renewal is asked for. */
#include "wire_inside.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <string.h>

static const unsigned char id_context[] = "renewal";

static int take_any(X509_STORE_CTX *store, void *closure)
{
	(void)closure;
	X509_STORE_CTX_set_error(store, X509_V_OK);
	return 1;
}

/* The journal tells why the alert went out. */
static int refuse_or_take(int is_good, X509_STORE_CTX *store)
{
	(void)store;
	return is_good;
}

void wire_prepare_auth(struct wire_connection *connection, bool asks_first, bool takes_any)
{
	SSL *ssl = connection->ssl;
	const struct wire_settings *settings = wire_settings_of(connection->wire);
	(void)SSL_set_session_id_context(ssl, id_context, sizeof id_context - 1);
	X509_VERIFY_PARAM_set_time(SSL_get0_param(ssl), (time_t)clock_now(settings->clock));
	SSL_CTX_set_cert_verify_callback(SSL_get_SSL_CTX(ssl), takes_any ? take_any : NULL, NULL);
	if (asks_first)
		SSL_set_verify(ssl, SSL_VERIFY_PEER, refuse_or_take);
}

void wire_keep_peer(struct wire_connection *connection)
{
	X509 *shown = SSL_get1_peer_certificate(connection->ssl);
	(void)pthread_mutex_lock(&connection->lock);
	X509 *former = connection->peer;
	connection->peer = shown != NULL ? shown : former;
	(void)pthread_mutex_unlock(&connection->lock);
	if (shown != NULL)
		X509_free(former);
}

X509 *wire_peer(struct wire_connection *connection)
{
	(void)pthread_mutex_lock(&connection->lock);
	X509 *peer = connection->peer;
	if (peer != NULL)
		(void)X509_up_ref(peer);
	(void)pthread_mutex_unlock(&connection->lock);
	return peer;
}

/* Its last message has come, with a certificate or without. */
static bool has_answered(const SSL *ssl)
{
	return SSL_get_app_data(ssl) != NULL && SSL_is_init_finished(ssl) == 1;
}

static void watch(int write_p, int version, int content_type, const void *bytes, size_t size, SSL *ssl, void *closure)
{
	(void)version;
	(void)closure;
	if (write_p == 0 && content_type == SSL3_RT_HANDSHAKE && size > 0 && *(const unsigned char *)bytes == SSL3_MT_FINISHED)
		(void)SSL_set_app_data(ssl, (void *)(uintptr_t)id_context);
}

/* Drive the handshake that was asked for by reading without taking anything, until the client has answered. */
static bool finish(struct wire_connection *connection)
{
	SSL *ssl = connection->ssl;
	while (!has_answered(ssl)) {
		char nothing;
		size_t got;
		ERR_clear_error();
		(void)SSL_peek_ex(ssl, &nothing, 0, &got);
		if (has_answered(ssl))
			return true;
		int why = SSL_get_error(ssl, 0);
		if (why == SSL_ERROR_SSL || why == SSL_ERROR_SYSCALL || why == SSL_ERROR_ZERO_RETURN)
			return has_answered(ssl);
		if (!wire_wait_for(connection->client_fd, why == SSL_ERROR_WANT_WRITE ? POLLOUT : POLLIN))
			return false;
		struct pollfd client = {.fd = connection->client_fd, .events = POLLRDHUP};
		if (poll(&client, 1, 0) > 0 && (client.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0 && SSL_pending(ssl) == 0 &&
		    !SSL_has_pending(ssl))
			return false;
	}
	return true;
}

bool wire_ask_late(struct wire_connection *connection)
{
	SSL *ssl = connection->ssl;
	bool is_new = SSL_version(ssl) == TLS1_3_VERSION;
	bool is_good;
	SSL_set_msg_callback(ssl, watch);
	if (is_new) {
		SSL_set_verify(ssl, SSL_VERIFY_PEER | SSL_VERIFY_POST_HANDSHAKE, refuse_or_take);
		is_good = SSL_verify_client_post_handshake(ssl) == 1 && SSL_do_handshake(ssl) == 1 && finish(connection);
	} else {
		(void)SSL_set_options(ssl, SSL_OP_NO_SESSION_RESUMPTION_ON_RENEGOTIATION);
		SSL_set_verify(ssl, SSL_VERIFY_PEER, refuse_or_take);
		is_good = SSL_renegotiate(ssl) == 1 && SSL_do_handshake(ssl) == 1 && finish(connection);
	}
	const char *reason = is_good ? NULL : ERR_reason_error_string(ERR_peek_error());
	json_t *more = json_pack("{s:b,s:s,s:s}", "done", is_good, "version", SSL_get_version(ssl), "way",
				 is_new ? "post-handshake" : "renegotiation");
	if (!is_good)
		json_object_set_new(more, "reason", json_string(reason != NULL ? reason : "connection closed"));
	ERR_clear_error();
	wire_journal(connection, "late-authentication", more);
	if (is_good)
		wire_keep_peer(connection);
	return is_good;
}
