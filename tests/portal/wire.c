/* SPDX-License-Identifier: Apache-2.0 */
#include "util.h"
#include "wire_inside.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define LISTENERS_MAX 4

struct wire {
	struct wire_settings settings;
	pthread_mutex_t lock;
	pthread_cond_t is_idle;
	struct wire_connection *connections;
	unsigned threads, next_number;
	bool is_stopping;
	struct wire_listener listeners[LISTENERS_MAX];
	size_t listener_count;
};

const char *wire_listener_name(enum wire_kind kind)
{
	static const char *const names[] = {"portal", "foreign", "http", "control"};
	return names[kind];
}

enum wire_kind wire_kind(const struct wire_connection *connection)
{
	return connection->listener->kind;
}

unsigned wire_number(const struct wire_connection *connection)
{
	return connection->number;
}

unsigned wire_local_port(const struct wire_connection *connection)
{
	return connection->listener->port;
}

const struct wire_settings *wire_settings_of(const struct wire *wire)
{
	return &wire->settings;
}

unsigned wire_slow_ms(const struct wire *wire)
{
	return wire->settings.slow_ms;
}

struct wire *wire_new(const struct wire_settings *settings)
{
	struct wire *wire = need(1, sizeof *wire);
	wire->settings = *settings;
	(void)pthread_mutex_init(&wire->lock, NULL);
	(void)pthread_cond_init(&wire->is_idle, NULL);
	return wire;
}

/* --- one connection's life --- */

void wire_journal(const struct wire_connection *connection, const char *event, json_t *more)
{
	if (connection->listener->kind == LISTENER_CONTROL) {
		json_decref(more);
		return;
	}
	json_t *line = json_pack("{s:s,s:i,s:s,s:i}", "event", event, "connection", (int)connection->number, "listener",
				 wire_listener_name(connection->listener->kind), "port", (int)connection->listener->port);
	if (more != NULL)
		json_object_update(line, more);
	json_decref(more);
	journal_write(connection->wire->settings.journal, line);
}

bool wire_wait_for(int fd, short events)
{
	struct pollfd wanted = {.fd = fd, .events = events};
	int got;
	do
		got = poll(&wanted, 1, -1);
	while (got < 0 && errno == EINTR);
	return got > 0;
}

bool wire_wait(struct wire_connection *connection, int ms)
{
	struct pollfd client = {.fd = connection->client_fd, .events = POLLRDHUP};
	return poll(&client, 1, ms) == 0;
}

bool wire_send(struct wire_connection *connection, const void *bytes, size_t size)
{
	const char *at = bytes;
	while (size > 0) {
		size_t done = 0;
		short wanted = POLLOUT;
		if (connection->ssl != NULL) {
			if (SSL_write_ex(connection->ssl, at, size, &done) != 1) {
				int why = SSL_get_error(connection->ssl, 0);
				ERR_clear_error();
				if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE)
					return false;
				wanted = why == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT;
			}
		} else {
			ssize_t sent = send(connection->client_fd, at, size, MSG_NOSIGNAL);
			if (sent < 0 && errno != EAGAIN && errno != EINTR)
				return false;
			done = sent > 0 ? (size_t)sent : 0;
		}
		at += done;
		size -= done;
		if (done == 0 && !wire_wait_for(connection->client_fd, wanted))
			return false;
	}
	return true;
}

/* Bytes of the client; 0: nothing for now; -1: the end. */
static ssize_t receive(struct wire_connection *connection, char *buffer, size_t size)
{
	if (connection->ssl != NULL) {
		size_t got = 0;
		if (SSL_read_ex(connection->ssl, buffer, size, &got) == 1)
			return (ssize_t)got;
		int why = SSL_get_error(connection->ssl, 0);
		ERR_clear_error();
		return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? 0 : -1;
	}
	ssize_t got = recv(connection->client_fd, buffer, size, 0);
	if (got > 0)
		return got;
	return got < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : -1;
}

static bool to_brain(struct wire_connection *connection, const char *bytes, size_t size)
{
	while (size > 0) {
		ssize_t sent = send(connection->brain_fd, bytes, size, MSG_NOSIGNAL);
		if (sent < 0 && errno == EINTR)
			continue;
		if (sent <= 0)
			return false;
		bytes += sent;
		size -= (size_t)sent;
	}
	return true;
}

/* Does a request begin here that only somebody with a certificate may make? */
static bool is_for_known_only(const struct wire_connection *connection, const char *bytes, size_t size)
{
	const struct wire_settings *settings = &connection->wire->settings;
	const char *end = memchr(bytes, '\n', size);
	if (connection->listener->kind != LISTENER_PORTAL || connection->ssl == NULL || connection->was_asked || settings->asks_first ||
	    settings->late_path == NULL || end == NULL)
		return false;
	return memmem(bytes, (size_t)(end - bytes), settings->late_path, strlen(settings->late_path)) != NULL;
}

static bool client_to_brain(struct wire_connection *connection, bool *is_open)
{
	char buffer[16384];
	ssize_t got = 1;
	while (got > 0) {
		got = receive(connection, buffer, sizeof buffer);
		if (got > 0 && is_for_known_only(connection, buffer, (size_t)got)) {
			connection->was_asked = true;
			if (!wire_ask_late(connection))
				return false;
		}
		if (got > 0 && !to_brain(connection, buffer, (size_t)got))
			return false;
	}
	if (got < 0) {
		*is_open = false;
		(void)shutdown(connection->brain_fd, SHUT_WR);
	}
	return true;
}

/* Carry bytes both ways until one side ends. Returns whether to end without close_notify. */
static bool pump(struct wire_connection *connection)
{
	(void)pthread_mutex_lock(&connection->wire->lock);
	bool is_open = true, is_silent = connection->wire->settings.is_silent;
	(void)pthread_mutex_unlock(&connection->wire->lock);
	for (;;) {
		struct pollfd both[2] = {{.fd = is_open ? connection->client_fd : -1, .events = POLLIN},
					 {.fd = connection->brain_fd, .events = POLLIN}};
		bool has_pending = is_open && connection->ssl != NULL && SSL_pending(connection->ssl) > 0;
		if (poll(both, 2, has_pending ? 0 : -1) < 0 && errno != EINTR)
			return is_silent;
		if ((has_pending || both[0].revents != 0) && !client_to_brain(connection, &is_open))
			return is_silent;
		if (both[1].revents == 0)
			continue;
		char buffer[16384];
		ssize_t got = recv(connection->brain_fd, buffer, sizeof buffer, 0);
		if (got <= 0) {
			(void)pthread_mutex_lock(&connection->lock);
			is_silent = is_silent || connection->plan.is_silent;
			(void)pthread_mutex_unlock(&connection->lock);
			return is_silent;
		}
		bool plan_is_silent = false;
		if (!wire_forward(connection, buffer, (size_t)got, &plan_is_silent))
			return is_silent || plan_is_silent;
	}
}

/* Let the client read why: closing a socket with bytes unread would throw the alert away on its way. */
static void linger(struct wire_connection *connection)
{
	char sink[4096];
	(void)shutdown(connection->client_fd, SHUT_WR);
	while (wire_wait_for(connection->client_fd, POLLIN)) {
		ssize_t got = recv(connection->client_fd, sink, sizeof sink, 0);
		if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
			return;
	}
}

static bool shake_hands(struct wire_connection *connection)
{
	struct wire *wire = connection->wire;
	(void)pthread_mutex_lock(&wire->lock);
	enum chain chain = connection->listener->kind == LISTENER_FOREIGN ? CHAIN_FOREIGN
									  : faults_chain(wire->settings.faults, wire->settings.usual_chain);
	int version = wire->settings.tls_version;
	bool asks_first = connection->listener->kind == LISTENER_PORTAL && wire->settings.asks_first, takes_any = wire->settings.takes_any;
	connection->ssl = SSL_new(pki_server(wire->settings.pki, chain));
	(void)pthread_mutex_unlock(&wire->lock);
	if (connection->ssl == NULL || SSL_set_fd(connection->ssl, connection->client_fd) != 1)
		return false;
	if (connection->listener->kind == LISTENER_PORTAL)
		wire_prepare_auth(connection, asks_first, takes_any);
	if (version != 0) {
		(void)SSL_set_min_proto_version(connection->ssl, version);
		(void)SSL_set_max_proto_version(connection->ssl, version);
	}
	int done, why = SSL_ERROR_NONE;
	while ((done = SSL_accept(connection->ssl)) != 1) {
		why = SSL_get_error(connection->ssl, done);
		if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE)
			break;
		if (!wire_wait_for(connection->client_fd, why == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT))
			break;
	}
	const char *name = SSL_get_servername(connection->ssl, TLSEXT_NAMETYPE_host_name);
	const char *reason = done == 1 ? NULL : ERR_reason_error_string(ERR_peek_error());
	json_t *more = json_pack("{s:b,s:s?,s:s,s:b}", "done", done == 1, "server_name", name, "version", SSL_get_version(connection->ssl),
				 "resumed", SSL_session_reused(connection->ssl));
	if (done != 1)
		json_object_set_new(more, "reason", json_string(reason != NULL ? reason : "connection closed"));
	ERR_clear_error();
	wire_journal(connection, "handshake", more);
	if (done == 1)
		wire_keep_peer(connection);
	else if (why == SSL_ERROR_SSL)
		linger(connection);
	return done == 1;
}

/* Faults that need no TLS at all. Returns whether the connection goes on. */
static bool before_hands(struct wire_connection *connection)
{
	if (connection->listener->kind != LISTENER_PORTAL)
		return true;
	struct faults *faults = connection->wire->settings.faults;
	if (faults_take(faults, F_NO_TLS, STEP_CONNECT)) {
		static const char plain[] = "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n";
		(void)wire_send(connection, plain, sizeof plain - 1);
		return false;
	}
	if (faults_take(faults, F_NO_HANDSHAKE, STEP_CONNECT)) {
		char sink[4096];
		while (wire_wait_for(connection->client_fd, POLLIN) && receive(connection, sink, sizeof sink) >= 0)
			;
		return false;
	}
	return true;
}

/* Hand libmicrohttpd its end of a socket pair. */
static bool meet_brain(struct wire_connection *connection)
{
	int pair[2];
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
		return false;
	(void)pthread_mutex_lock(&connection->wire->lock);
	connection->brain_fd = pair[0];
	connection->mhd_fd = pair[1];
	(void)pthread_mutex_unlock(&connection->wire->lock);
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	return MHD_add_connection(connection->listener->daemon, pair[1], (struct sockaddr *)&address, sizeof address) == MHD_YES;
}

void wire_release(struct wire_connection *connection)
{
	if (connection == NULL)
		return;
	struct wire *wire = connection->wire;
	(void)pthread_mutex_lock(&wire->lock);
	bool is_last = --connection->references == 0;
	(void)pthread_mutex_unlock(&wire->lock);
	if (!is_last)
		return;
	X509_free(connection->peer);
	(void)pthread_mutex_destroy(&connection->lock);
	free(connection);
}

void wire_forget(struct wire_connection *connection)
{
	(void)pthread_mutex_lock(&connection->wire->lock);
	connection->mhd_fd = -1;
	(void)pthread_mutex_unlock(&connection->wire->lock);
	wire_release(connection);
}

static void leave(struct wire_connection *connection)
{
	struct wire *wire = connection->wire;
	(void)pthread_mutex_lock(&wire->lock);
	struct wire_connection **at = &wire->connections;
	while (*at != connection)
		at = &(*at)->next;
	*at = connection->next;
	if (connection->brain_fd >= 0)
		(void)close(connection->brain_fd);
	(void)close(connection->client_fd);
	(void)pthread_mutex_unlock(&wire->lock);
	SSL_free(connection->ssl);
	wire_release(connection);
	(void)pthread_mutex_lock(&wire->lock);
	wire->threads--;
	(void)pthread_cond_broadcast(&wire->is_idle);
	(void)pthread_mutex_unlock(&wire->lock);
}

static void *live(void *argument)
{
	struct wire_connection *connection = argument;
	wire_journal(connection, "connection", NULL);
	bool is_tls = connection->listener->kind == LISTENER_PORTAL || connection->listener->kind == LISTENER_FOREIGN;
	bool goes_on = before_hands(connection) && (!is_tls || shake_hands(connection)) && meet_brain(connection);
	bool is_silent = !goes_on || pump(connection);
	if (connection->ssl != NULL && !is_silent)
		(void)SSL_shutdown(connection->ssl);
	ERR_clear_error();
	wire_journal(connection, "closed", NULL);
	leave(connection);
	return NULL;
}

/* --- listeners --- */

static void begin(struct wire_listener *listener, int fd)
{
	struct wire *wire = listener->wire;
	struct wire_connection *connection = need(1, sizeof *connection);
	*connection = (struct wire_connection){
		.wire = wire, .listener = listener, .client_fd = fd, .brain_fd = -1, .mhd_fd = -1, .references = 1};
	(void)pthread_mutex_init(&connection->lock, NULL);
	int yes = 1;
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
	(void)pthread_mutex_lock(&wire->lock);
	connection->number = listener->kind == LISTENER_CONTROL ? 0 : ++wire->next_number;
	connection->next = wire->connections;
	wire->connections = connection;
	wire->threads++;
	pthread_t thread;
	pthread_attr_t attributes;
	(void)pthread_attr_init(&attributes);
	(void)pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	int failed = wire->is_stopping ? 1 : pthread_create(&thread, &attributes, live, connection);
	(void)pthread_attr_destroy(&attributes);
	(void)pthread_mutex_unlock(&wire->lock);
	if (failed != 0)
		leave(connection);
}

static void *accept_all(void *argument)
{
	struct wire_listener *listener = argument;
	for (;;) {
		int fd = accept4(listener->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd >= 0)
			begin(listener, fd);
		else if (errno != EINTR && errno != ECONNABORTED && errno != EMFILE)
			return NULL; /* shut down */
	}
}

unsigned wire_listen(struct wire *wire, enum wire_kind kind, unsigned port, struct MHD_Daemon *daemon)
{
	struct wire_listener *listener = &wire->listeners[wire->listener_count++];
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons((uint16_t)port)};
	socklen_t length = sizeof address;
	int yes = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0 ||
	    bind(fd, (struct sockaddr *)&address, length) != 0 || listen(fd, 64) != 0 ||
	    getsockname(fd, (struct sockaddr *)&address, &length) != 0)
		die("cannot listen on 127.0.0.1 port %u: %s", port, strerror(errno));
	*listener = (struct wire_listener){.wire = wire, .kind = kind, .fd = fd, .port = ntohs(address.sin_port), .daemon = daemon};
	if (pthread_create(&listener->thread, NULL, accept_all, listener) != 0)
		die("cannot start a thread");
	return listener->port;
}

void wire_stop(struct wire *wire)
{
	(void)pthread_mutex_lock(&wire->lock);
	wire->is_stopping = true;
	(void)pthread_mutex_unlock(&wire->lock);
	for (size_t i = 0; i < wire->listener_count; i++) {
		(void)shutdown(wire->listeners[i].fd, SHUT_RDWR);
		(void)pthread_join(wire->listeners[i].thread, NULL);
		(void)close(wire->listeners[i].fd);
	}
	(void)pthread_mutex_lock(&wire->lock);
	for (struct wire_connection *each = wire->connections; each != NULL; each = each->next) {
		(void)shutdown(each->client_fd, SHUT_RDWR);
		if (each->brain_fd >= 0)
			(void)shutdown(each->brain_fd, SHUT_RDWR);
	}
	while (wire->threads > 0)
		(void)pthread_cond_wait(&wire->is_idle, &wire->lock);
	(void)pthread_mutex_unlock(&wire->lock);
}

void wire_configure(struct wire *wire, enum chain usual_chain, int tls_version, bool is_silent, bool asks_first, bool takes_any)
{
	(void)pthread_mutex_lock(&wire->lock);
	wire->settings.asks_first = asks_first;
	wire->settings.takes_any = takes_any;
	wire->settings.usual_chain = usual_chain;
	wire->settings.tls_version = tls_version;
	wire->settings.is_silent = is_silent;
	(void)pthread_mutex_unlock(&wire->lock);
}

void wire_free(struct wire *wire)
{
	if (wire == NULL)
		return;
	(void)pthread_mutex_destroy(&wire->lock);
	(void)pthread_cond_destroy(&wire->is_idle);
	free(wire);
}

/* --- what libmicrohttpd's side asks --- */

struct wire_connection *wire_find(struct wire *wire, int mhd_fd)
{
	(void)pthread_mutex_lock(&wire->lock);
	struct wire_connection *found = wire->connections;
	while (found != NULL && found->mhd_fd != mhd_fd)
		found = found->next;
	if (found != NULL)
		found->references++;
	(void)pthread_mutex_unlock(&wire->lock);
	return found;
}

void wire_set_plan(struct wire_connection *connection, const struct wire_plan *plan)
{
	(void)pthread_mutex_lock(&connection->lock);
	connection->plan = *plan;
	connection->is_status_out = connection->is_body = false;
	connection->line_ends = 0;
	connection->body_sent = 0;
	(void)pthread_mutex_unlock(&connection->lock);
}

void wire_answer_done(struct wire_connection *connection)
{
	(void)pthread_mutex_lock(&connection->lock);
	bool ends = connection->plan.closes_after;
	(void)pthread_mutex_unlock(&connection->lock);
	if (ends)
		(void)shutdown(connection->mhd_fd, SHUT_WR);
}
