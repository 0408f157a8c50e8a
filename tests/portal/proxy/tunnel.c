/* SPDX-License-Identifier: Apache-2.0 */
/* Why: what happens after CONNECT: bytes are carried; or, intercepting, TLS ends here, and what the client said in confidence is in the
 * journal. */
#include "proxy.h"

#include <errno.h>
#include <netdb.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PLAIN_MAX ((size_t)1024 * 1024)

struct end {
	int fd;
	SSL *ssl; /* NULL: bytes as they are */
};

/* host:port, or 127.0.0.1 and the port given by --to. -1: not reached. */
static int open_target(const struct proxy *proxy, const char *target)
{
	char host[256], port[16];
	const char *colon = strrchr(target, ':');
	if (colon == NULL || (size_t)(colon - target) >= sizeof host)
		return -1;
	(void)snprintf(host, sizeof host, "%.*s", (int)(colon - target), target);
	(void)snprintf(port, sizeof port, "%s", colon + 1);
	if (proxy->to_port != 0) {
		(void)snprintf(host, sizeof host, "127.0.0.1");
		(void)snprintf(port, sizeof port, "%u", proxy->to_port);
	}
	const struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV};
	struct addrinfo *found = NULL;
	if (getaddrinfo(host, port, &hints, &found) != 0)
		return -1; /* names are not looked up: a simulator has no business outside */
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, found->ai_addr, found->ai_addrlen) != 0) {
		(void)close(fd);
		fd = -1;
	}
	freeaddrinfo(found);
	return fd;
}

/* How many bytes came; 0: none yet (only TLS's own messages); -1: the end. */
static ssize_t read_end(const struct end *end, char *buffer, size_t size)
{
	if (end->ssl == NULL) {
		ssize_t received = recv(end->fd, buffer, size, 0);
		return received > 0 ? received : -1;
	}
	int got = SSL_read(end->ssl, buffer, (int)size);
	bool is_end = got <= 0 && SSL_get_error(end->ssl, got) != SSL_ERROR_WANT_READ;
	ERR_clear_error();
	return got > 0 ? got : is_end ? -1 : 0;
}

static bool write_end(const struct end *end, const char *bytes, size_t size)
{
	if (end->ssl == NULL)
		return proxy_send(end->fd, bytes, size);
	for (size_t done; size > 0; bytes += done, size -= done)
		if (SSL_write_ex(end->ssl, bytes, size, &done) != 1) {
			ERR_clear_error();
			return false;
		}
	return true;
}

struct overheard {
	char *text;
	size_t size;
};

static void overhear(struct overheard *overheard, const char *bytes, size_t size)
{
	if (overheard == NULL || overheard->size + size > PLAIN_MAX)
		return;
	char *longer = realloc(overheard->text, overheard->size + size);
	if (longer == NULL)
		die("out of memory");
	memcpy(longer + overheard->size, bytes, size);
	overheard->text = longer;
	overheard->size += size;
}

/* Until one side ends. ends[0] is the client. */
static void carry(const struct end ends[2], struct overheard *overheard)
{
	for (;;) {
		struct pollfd both[2] = {{.fd = ends[0].fd, .events = POLLIN}, {.fd = ends[1].fd, .events = POLLIN}};
		bool has[2] = {ends[0].ssl != NULL && SSL_pending(ends[0].ssl) > 0, ends[1].ssl != NULL && SSL_pending(ends[1].ssl) > 0};
		if (poll(both, 2, has[0] || has[1] ? 0 : -1) < 0 && errno != EINTR)
			return;
		for (int i = 0; i < 2; i++) {
			if (!has[i] && both[i].revents == 0)
				continue;
			char buffer[16384];
			ssize_t got = read_end(&ends[i], buffer, sizeof buffer);
			if (got < 0 || !write_end(&ends[1 - i], buffer, (size_t)got))
				return;
			if (i == 0)
				overhear(overheard, buffer, (size_t)got);
		}
	}
}

static void journal_overheard(const struct proxy *proxy, int connection, bool is_shaken, const struct overheard *overheard)
{
	json_t *text = overheard->size > 0 ? json_stringn(overheard->text, overheard->size) : json_string("");
	journal_write(proxy->journal,
		      json_pack("{s:s,s:i,s:b,s:I,s:o}", "event", "intercepted", "connection", connection, "handshake", is_shaken, "bytes",
				(json_int_t)overheard->size, "text", text != NULL ? text : json_string("(not UTF-8)")));
}

static void intercept(const struct proxy *proxy, int client, int target, int connection)
{
	SSL_CTX *outward = SSL_CTX_new_ex(pki_context(proxy->pki), NULL, TLS_client_method());
	struct end ends[2] = {{client, SSL_new(proxy->interceptor)}, {target, outward != NULL ? SSL_new(outward) : NULL}};
	struct overheard overheard = {0};
	bool is_shaken = ends[0].ssl != NULL && ends[1].ssl != NULL && SSL_set_fd(ends[0].ssl, client) == 1 &&
			 SSL_set_fd(ends[1].ssl, target) == 1 && SSL_connect(ends[1].ssl) == 1 && SSL_accept(ends[0].ssl) == 1;
	ERR_clear_error();
	for (int i = 0; is_shaken && i < 2; i++)
		(void)SSL_clear_mode(ends[i].ssl, SSL_MODE_AUTO_RETRY);
	if (is_shaken)
		carry(ends, &overheard);
	journal_overheard(proxy, connection, is_shaken, &overheard);
	free(overheard.text);
	SSL_free(ends[0].ssl);
	SSL_free(ends[1].ssl);
	SSL_CTX_free(outward);
}

void proxy_tunnel(const struct proxy *proxy, int client, const char *target, int connection)
{
	static const char no[] = "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
	static const char yes[] = "HTTP/1.1 200 Connection established\r\n\r\n";
	int fd = open_target(proxy, target);
	if (fd < 0) {
		(void)proxy_send(client, no, sizeof no - 1);
		return;
	}
	if (proxy_send(client, yes, sizeof yes - 1)) {
		if (proxy->is_intercepting)
			intercept(proxy, client, fd, connection);
		else
			carry((struct end[2]){{client, NULL}, {fd, NULL}}, NULL);
	}
	(void)close(fd);
}
