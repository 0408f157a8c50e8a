/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see http_server.h. */
#include "http_server.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define REQUEST_LIMIT ((size_t)1024 * 1024)
#define CONNECTION_LIMIT 64

struct slot {
	pthread_t thread;
	int fd;
};

struct server {
	struct server_options options;
	SSL_CTX *tls;
	int listener;
	uint16_t port;
	pthread_t acceptor;

	pthread_mutex_t lock; /* guards what follows */
	struct slot slots[CONNECTION_LIMIT];
	pthread_cond_t ended_one;
	unsigned connections, requests, resumptions, ended;
	uint64_t sent;
	char *journal;
	char *client_name;
	bool is_stopping;
};

struct start {
	struct server *server;
	int fd;
	unsigned number;
};

static void need(bool condition, const char *what)
{
	if (!condition)
		pki_die(what);
}

/* A client that is gone must end a write with an error, not the process. Only for the server's own threads: how the client copes is tested.
 */
static void block_sigpipe(void)
{
	sigset_t set;
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGPIPE);
	(void)pthread_sigmask(SIG_BLOCK, &set, NULL);
}

static int accept_any_certificate(X509_STORE_CTX *context, void *argument)
{
	(void)argument;
	X509_STORE_CTX_set_error(context, X509_V_OK);
	return 1;
}

static SSL_CTX *make_tls(struct pki *pki, const struct server_options *options)
{
	SSL_CTX *tls = SSL_CTX_new_ex(pki_libctx(pki), NULL, TLS_server_method());
	need(tls != NULL, "make a TLS server");
	if (options->tls_version != 0) {
		(void)SSL_CTX_set_min_proto_version(tls, options->tls_version);
		(void)SSL_CTX_set_max_proto_version(tls, options->tls_version);
		if (options->tls_version < TLS1_2_VERSION)
			SSL_CTX_set_security_level(tls, 0);
	}
	static const unsigned char session_context[] = "test";
	(void)SSL_CTX_set_session_id_context(tls, session_context, sizeof session_context);
	(void)SSL_CTX_set_options(tls, SSL_OP_NO_SESSION_RESUMPTION_ON_RENEGOTIATION); /* as Apache does */
	SSL_CTX_set_cert_verify_callback(tls, accept_any_certificate, NULL);
	(void)SSL_CTX_clear_mode(tls, SSL_MODE_AUTO_RETRY); /* link_ask_certificate() wants to see handshake records pass */
	if (options->asks_certificate)
		SSL_CTX_set_verify(tls, SSL_VERIFY_PEER | (options->needs_certificate ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0), NULL);
	return tls;
}

static SSL *make_ssl(struct server *server, int fd, unsigned number)
{
	const struct server_options *options = &server->options;
	const struct pki_identity *leaf = number > 1 && options->second_leaf != NULL ? options->second_leaf : options->leaf;
	SSL *ssl = SSL_new(server->tls);
	need(ssl != NULL && SSL_use_certificate(ssl, leaf->certificate) == 1 && SSL_use_PrivateKey(ssl, leaf->key) == 1,
	     "use the server's key");
	for (X509 *const *one = options->chain; one != NULL && *one != NULL; one++)
		need(SSL_add1_chain_cert(ssl, *one) == 1, "use the server's chain");
	(void)SSL_set_mode(ssl, SSL_MODE_NO_AUTO_CHAIN);
	need(SSL_set_fd(ssl, fd) == 1, "use a socket");
	return ssl;
}

static int read_some(SSL *ssl, char *to, size_t room)
{
	for (;;) {
		int count = SSL_read(ssl, to, (int)room);
		if (count > 0 || SSL_get_error(ssl, count) != SSL_ERROR_WANT_READ)
			return count;
	}
}

static void note_request(struct server *server, const char *request)
{
	(void)pthread_mutex_lock(&server->lock);
	size_t before = server->journal != NULL ? strlen(server->journal) : 0;
	char *longer = realloc(server->journal, before + strlen(request) + 1);
	need(longer != NULL, "keep a journal");
	(void)memcpy(longer + before, request, strlen(request) + 1);
	server->journal = longer;
	server->requests++;
	(void)pthread_mutex_unlock(&server->lock);
}

static size_t body_length(const char *head)
{
	const char *field = strcasestr(head, "\r\nContent-Length:");
	return field != NULL ? strtoul(strchr(field + 2, ':') + 1, NULL, 10) : 0;
}

/* One whole request into *buffer (NUL-terminated). false: none came. */
static bool read_request(SSL *ssl, char *buffer)
{
	size_t length = 0, wanted = 0;
	buffer[0] = '\0';
	while (wanted == 0 || length < wanted) {
		int count = length < REQUEST_LIMIT - 1 ? read_some(ssl, buffer + length, REQUEST_LIMIT - 1 - length) : 0;
		if (count <= 0)
			return false;
		length += (size_t)count;
		buffer[length] = '\0';
		const char *end = strstr(buffer, "\r\n\r\n");
		if (wanted == 0 && end != NULL)
			wanted = (size_t)(end + 4 - buffer) + body_length(buffer);
	}
	return true;
}

static void note_client(struct server *server, SSL *ssl)
{
	X509 *certificate = SSL_get0_peer_certificate(ssl);
	if (certificate == NULL)
		return;
	char name[128] = "";
	(void)X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name, (int)sizeof name);
	(void)pthread_mutex_lock(&server->lock);
	free(server->client_name);
	server->client_name = strdup(name);
	(void)pthread_mutex_unlock(&server->lock);
}

static void serve(struct server *server, SSL *ssl, unsigned number)
{
	struct server_link link = {.server = server, .ssl = ssl, .number = number};
	char *buffer = malloc(REQUEST_LIMIT);
	need(buffer != NULL, "read a request");
	enum server_then then = SERVER_KEEP;
	while (then == SERVER_KEEP && read_request(ssl, buffer)) {
		link.request_number++;
		link.request = buffer;
		note_request(server, buffer);
		note_client(server, ssl);
		then = server->options.script(&link, server->options.context);
	}
	free(buffer);
	if (then == SERVER_CLOSE)
		(void)SSL_shutdown(ssl);
}

static void *run_connection(void *argument)
{
	struct start start = *(struct start *)argument;
	free(argument);
	block_sigpipe();
	SSL *ssl = make_ssl(start.server, start.fd, start.number);
	if (SSL_accept(ssl) == 1) {
		note_client(start.server, ssl);
		if (SSL_session_reused(ssl) == 1) {
			(void)pthread_mutex_lock(&start.server->lock);
			start.server->resumptions++;
			(void)pthread_mutex_unlock(&start.server->lock);
		}
		serve(start.server, ssl, start.number);
	}
	/* Closing with unread bytes would reset the connection and take sent bytes with it. */
	(void)shutdown(start.fd, SHUT_WR);
	(void)pthread_mutex_lock(&start.server->lock);
	start.server->ended++;
	(void)pthread_cond_broadcast(&start.server->ended_one);
	(void)pthread_mutex_unlock(&start.server->lock);
	char rest[4096];
	while (read(start.fd, rest, sizeof rest) > 0)
		;
	SSL_free(ssl);
	OPENSSL_thread_stop();
	return NULL;
}

static void *run_acceptor(void *argument)
{
	struct server *server = argument;
	block_sigpipe();
	for (;;) {
		int fd = accept(server->listener, NULL, NULL);
		(void)pthread_mutex_lock(&server->lock);
		if (fd < 0 || server->is_stopping) {
			(void)pthread_mutex_unlock(&server->lock);
			if (fd >= 0)
				(void)close(fd);
			return NULL;
		}
		need(server->connections < CONNECTION_LIMIT, "serve so many connections");
		struct slot *slot = &server->slots[server->connections++];
		struct start *start = malloc(sizeof *start);
		need(start != NULL, "start a connection");
		*start = (struct start){.server = server, .fd = fd, .number = server->connections};
		slot->fd = fd;
		need(pthread_create(&slot->thread, NULL, run_connection, start) == 0, "start a thread");
		(void)pthread_mutex_unlock(&server->lock);
	}
}

struct server *server_start(struct pki *pki, const struct server_options *options)
{
	struct server *server = calloc(1, sizeof *server);
	need(server != NULL, "start a server");
	server->options = *options;
	server->tls = make_tls(pki, options);
	need(pthread_mutex_init(&server->lock, NULL) == 0 && pthread_cond_init(&server->ended_one, NULL) == 0, "make a lock");
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof address;
	server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	need(server->listener >= 0 && bind(server->listener, (struct sockaddr *)&address, size) == 0 && listen(server->listener, 16) == 0 &&
		     getsockname(server->listener, (struct sockaddr *)&address, &size) == 0,
	     "listen on a port");
	server->port = ntohs(address.sin_port);
	need(pthread_create(&server->acceptor, NULL, run_acceptor, server) == 0, "start a thread");
	return server;
}

void server_stop(struct server *server)
{
	if (server == NULL)
		return;
	(void)pthread_mutex_lock(&server->lock);
	server->is_stopping = true;
	(void)shutdown(server->listener, SHUT_RDWR);
	for (unsigned i = 0; i < server->connections; i++)
		(void)shutdown(server->slots[i].fd, SHUT_RDWR);
	(void)pthread_mutex_unlock(&server->lock);
	(void)pthread_join(server->acceptor, NULL);
	for (unsigned i = 0; i < server->connections; i++) {
		(void)pthread_join(server->slots[i].thread, NULL);
		(void)close(server->slots[i].fd);
	}
	(void)close(server->listener);
	SSL_CTX_free(server->tls);
	(void)pthread_cond_destroy(&server->ended_one);
	(void)pthread_mutex_destroy(&server->lock);
	free(server->journal);
	free(server->client_name);
	free(server);
}

uint16_t server_port(const struct server *server)
{
	return server->port;
}

static uint64_t locked(struct server *server, const void *member, size_t size)
{
	uint64_t value = 0;
	(void)pthread_mutex_lock(&server->lock);
	if (size == sizeof(unsigned))
		value = *(const unsigned *)member;
	else
		value = *(const uint64_t *)member;
	(void)pthread_mutex_unlock(&server->lock);
	return value;
}

unsigned server_connections(struct server *server)
{
	return (unsigned)locked(server, &server->connections, sizeof server->connections);
}

unsigned server_requests(struct server *server)
{
	return (unsigned)locked(server, &server->requests, sizeof server->requests);
}

unsigned server_resumptions(struct server *server)
{
	return (unsigned)locked(server, &server->resumptions, sizeof server->resumptions);
}

uint64_t server_sent(struct server *server)
{
	return locked(server, &server->sent, sizeof server->sent);
}

void server_wait_ended(struct server *server, unsigned count)
{
	(void)pthread_mutex_lock(&server->lock);
	while (server->ended < count)
		(void)pthread_cond_wait(&server->ended_one, &server->lock);
	(void)pthread_mutex_unlock(&server->lock);
}

static char *locked_text(struct server *server, char *const *member)
{
	(void)pthread_mutex_lock(&server->lock);
	char *copy = strdup(*member != NULL ? *member : "");
	(void)pthread_mutex_unlock(&server->lock);
	need(copy != NULL, "copy text");
	return copy;
}

char *server_journal(struct server *server)
{
	return locked_text(server, &server->journal);
}

char *server_client_name(struct server *server)
{
	return locked_text(server, &server->client_name);
}

unsigned server_count(struct server *server, const char *needle)
{
	char *journal = server_journal(server);
	unsigned count = 0;
	for (const char *at = journal; (at = strstr(at, needle)) != NULL; at += strlen(needle))
		count++;
	free(journal);
	return count;
}

bool link_send(struct server_link *link, const void *bytes, size_t length)
{
	if (length > 0 && SSL_write(link->ssl, bytes, (int)length) <= 0)
		return false;
	(void)pthread_mutex_lock(&link->server->lock);
	link->server->sent += length;
	(void)pthread_mutex_unlock(&link->server->lock);
	return true;
}

bool link_text(struct server_link *link, const char *text)
{
	return link_send(link, text, strlen(text));
}

bool link_answer(struct server_link *link, const char *status, const char *headers, const char *body)
{
	char *answer = NULL;
	int length = asprintf(&answer, "HTTP/1.1 %s\r\nContent-Length: %zu\r\n%s\r\n%s", status, strlen(body), headers, body);
	need(length > 0, "make an answer");
	bool is_sent = link_send(link, answer, (size_t)length);
	free(answer);
	return is_sent;
}

bool link_is_for(const struct server_link *link, const char *request_line_start)
{
	return strncmp(link->request, request_line_start, strlen(request_line_start)) == 0;
}

bool link_ask_certificate(struct server_link *link)
{
	SSL_set_verify(link->ssl, SSL_VERIFY_PEER, NULL);
	int asked = SSL_version(link->ssl) == TLS1_3_VERSION ? SSL_verify_client_post_handshake(link->ssl) : SSL_renegotiate(link->ssl);
	if (asked != 1 || SSL_do_handshake(link->ssl) != 1)
		return false;
	char nothing;
	while (SSL_get0_peer_certificate(link->ssl) == NULL) {
		int count = SSL_peek(link->ssl, &nothing, 1);
		if (count > 0 || SSL_get_error(link->ssl, count) != SSL_ERROR_WANT_READ)
			return false;
	}
	while (SSL_in_init(link->ssl) == 1) {
		int count = SSL_peek(link->ssl, &nothing, 1);
		if (count > 0 || SSL_get_error(link->ssl, count) != SSL_ERROR_WANT_READ)
			return false;
	}
	note_client(link->server, link->ssl);
	return true;
}
