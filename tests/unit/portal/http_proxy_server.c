/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see http_proxy_server.h. One connection after the other is enough: the client has one. */
#include "http_proxy_server.h"

#include "pki.h"

#include <arpa/inet.h>
#include <openssl/evp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define NONCE "dcd98b7102dd2f0e8b11d0f600bfb0c093"
#define HEAD_LIMIT 8192

struct proxy {
	enum proxy_auth auth;
	const char *user, *password;
	uint16_t port, target;
	int listener, closes;
	pthread_t thread;
	pthread_mutex_t lock; /* guards what follows */
	char *journal;
	unsigned tunnels;
	int fd, upstream; /* of the connection at hand; -1: none */
	bool is_stopping;
};

static void need(bool condition, const char *what)
{
	if (!condition)
		pki_die(what);
}

static void md5_hex(char hex[33], const char *text)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned int length = 0;
	need(EVP_Digest(text, strlen(text), digest, &length, EVP_md5(), NULL) == 1 && length == 16, "compute MD5");
	for (unsigned i = 0; i < length; i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", digest[i]);
}

/* The value of name="…" or name=… in a Digest header. */
static void digest_part(const char *header, const char *name, char *value, size_t size)
{
	char key[32];
	value[0] = '\0';
	(void)snprintf(key, sizeof key, "%s=", name);
	for (const char *at = header; (at = strstr(at, key)) != NULL; at++) {
		if (at[-1] != ' ' && at[-1] != ',')
			continue;
		at += strlen(key);
		bool is_quoted = *at == '"';
		at += is_quoted ? 1 : 0;
		(void)snprintf(value, size, "%.*s", (int)strcspn(at, is_quoted ? "\"" : ", \r"), at);
		return;
	}
}

static bool is_digest_right(const struct proxy *proxy, const char *header)
{
	char text[1024], ha1[33], ha2[33], expected[33], uri[256], nc[32], cnonce[128], qop[32], response[64], user[128];
	digest_part(header, "username", user, sizeof user);
	digest_part(header, "uri", uri, sizeof uri);
	digest_part(header, "nc", nc, sizeof nc);
	digest_part(header, "cnonce", cnonce, sizeof cnonce);
	digest_part(header, "qop", qop, sizeof qop);
	digest_part(header, "response", response, sizeof response);
	(void)snprintf(text, sizeof text, "%s:proxy:%s", proxy->user, proxy->password);
	md5_hex(ha1, text);
	(void)snprintf(text, sizeof text, "CONNECT:%s", uri);
	md5_hex(ha2, text);
	(void)snprintf(text, sizeof text, "%s:" NONCE ":%s:%s:%s:%s", ha1, nc, cnonce, qop, ha2);
	md5_hex(expected, text);
	return strcmp(user, proxy->user) == 0 && strcmp(expected, response) == 0;
}

static bool is_basic_right(const struct proxy *proxy, const char *header)
{
	char text[256], encoded[512];
	(void)snprintf(text, sizeof text, "%s:%s", proxy->user, proxy->password);
	(void)EVP_EncodeBlock((unsigned char *)encoded, (const unsigned char *)text, (int)strlen(text));
	return strncmp(header, encoded, strlen(encoded)) == 0 && header[strlen(encoded)] == '\r';
}

static bool is_let_through(const struct proxy *proxy, const char *head)
{
	const char *basic = strstr(head, "\r\nProxy-Authorization: Basic "), *digest = strstr(head, "\r\nProxy-Authorization: Digest ");
	switch (proxy->auth) {
	case PROXY_OPEN:
		return true;
	case PROXY_BASIC:
		return basic != NULL && is_basic_right(proxy, basic + strlen("\r\nProxy-Authorization: Basic "));
	case PROXY_DIGEST:
	case PROXY_BOTH: /* who can do both chooses the better */
		return digest != NULL && is_digest_right(proxy, digest);
	case PROXY_FORBIDS:
		return false;
	}
	return false;
}

static void refuse(const struct proxy *proxy, int fd)
{
	char answer[512];
	bool has_basic = proxy->auth == PROXY_BASIC || proxy->auth == PROXY_BOTH;
	bool has_digest = proxy->auth == PROXY_DIGEST || proxy->auth == PROXY_BOTH;
	int length = snprintf(
		answer, sizeof answer, "HTTP/1.1 %s\r\n%s%s%sContent-Length: 6\r\n\r\nrefuse",
		proxy->auth == PROXY_FORBIDS ? "403 Forbidden" : "407 Proxy Authentication Required",
		has_basic ? "Proxy-Authenticate: Basic realm=\"proxy\"\r\n" : "",
		has_digest ? "Proxy-Authenticate: Digest realm=\"proxy\", nonce=\"" NONCE "\", qop=\"auth\", algorithm=MD5\r\n" : "",
		proxy->closes ? "Proxy-Connection: close\r\nConnection: close\r\n" : "");
	(void)send(fd, answer, (size_t)length, MSG_NOSIGNAL);
}

static void pass_on(int from, int to, bool *is_open)
{
	char buffer[16384];
	ssize_t count = read(from, buffer, sizeof buffer);
	*is_open = count > 0 && send(to, buffer, (size_t)count, MSG_NOSIGNAL) == count;
}

static void tunnel(struct proxy *proxy, int fd)
{
	static const char answer[] = "HTTP/1.1 200 Connection established\r\nSet-Cookie: proxy=1\r\n\r\n";
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(proxy->target)};
	int upstream = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool is_open = upstream >= 0 && connect(upstream, (struct sockaddr *)&address, sizeof address) == 0;
	(void)pthread_mutex_lock(&proxy->lock);
	proxy->tunnels++;
	proxy->upstream = upstream;
	(void)pthread_mutex_unlock(&proxy->lock);
	is_open = is_open && send(fd, answer, sizeof answer - 1, MSG_NOSIGNAL) > 0;
	while (is_open) {
		struct pollfd ends[2] = {{.fd = fd, .events = POLLIN}, {.fd = upstream, .events = POLLIN}};
		is_open = poll(ends, 2, -1) > 0;
		if (is_open && ends[0].revents != 0)
			pass_on(fd, upstream, &is_open);
		else if (is_open && ends[1].revents != 0)
			pass_on(upstream, fd, &is_open);
	}
	(void)pthread_mutex_lock(&proxy->lock);
	proxy->upstream = -1;
	(void)close(upstream);
	(void)pthread_mutex_unlock(&proxy->lock);
}

static bool read_head(int fd, char *head)
{
	size_t length = 0;
	while (length < HEAD_LIMIT - 1) {
		if (read(fd, head + length, 1) != 1)
			return false;
		head[++length] = '\0';
		if (length >= 4 && strcmp(head + length - 4, "\r\n\r\n") == 0)
			return true;
	}
	return false;
}

static void note(struct proxy *proxy, const char *head)
{
	(void)pthread_mutex_lock(&proxy->lock);
	char *longer = NULL;
	need(asprintf(&longer, "%s%s", proxy->journal, head) >= 0, "keep a journal");
	free(proxy->journal);
	proxy->journal = longer;
	(void)pthread_mutex_unlock(&proxy->lock);
}

static void serve(struct proxy *proxy, int fd)
{
	char head[HEAD_LIMIT];
	while (read_head(fd, head)) {
		note(proxy, head);
		if (is_let_through(proxy, head)) {
			tunnel(proxy, fd);
			return;
		}
		refuse(proxy, fd);
		if (proxy->closes)
			return;
	}
}

static void *run(void *argument)
{
	struct proxy *proxy = argument;
	for (;;) {
		int fd = accept(proxy->listener, NULL, NULL);
		(void)pthread_mutex_lock(&proxy->lock);
		bool is_stopping = proxy->is_stopping || fd < 0;
		proxy->fd = is_stopping ? -1 : fd;
		(void)pthread_mutex_unlock(&proxy->lock);
		if (!is_stopping)
			serve(proxy, fd);
		(void)pthread_mutex_lock(&proxy->lock);
		proxy->fd = -1;
		if (fd >= 0)
			(void)close(fd);
		(void)pthread_mutex_unlock(&proxy->lock);
		if (is_stopping)
			return NULL;
	}
}

struct proxy *proxy_start(enum proxy_auth auth, const char *user, const char *password, uint16_t port, int closes)
{
	struct proxy *proxy = calloc(1, sizeof *proxy);
	need(proxy != NULL, "start a proxy");
	*proxy = (struct proxy){
		.auth = auth, .user = user, .password = password, .target = port, .closes = closes, .fd = -1, .upstream = -1};
	proxy->journal = strdup("");
	need(proxy->journal != NULL && pthread_mutex_init(&proxy->lock, NULL) == 0, "start a proxy");
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof address;
	proxy->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	need(proxy->listener >= 0 && bind(proxy->listener, (struct sockaddr *)&address, size) == 0 && listen(proxy->listener, 16) == 0 &&
		     getsockname(proxy->listener, (struct sockaddr *)&address, &size) == 0,
	     "listen on a port");
	proxy->port = ntohs(address.sin_port);
	need(pthread_create(&proxy->thread, NULL, run, proxy) == 0, "start a thread");
	return proxy;
}

void proxy_stop(struct proxy *proxy)
{
	(void)pthread_mutex_lock(&proxy->lock);
	proxy->is_stopping = true;
	(void)shutdown(proxy->listener, SHUT_RDWR);
	if (proxy->fd >= 0)
		(void)shutdown(proxy->fd, SHUT_RDWR);
	if (proxy->upstream >= 0)
		(void)shutdown(proxy->upstream, SHUT_RDWR);
	(void)pthread_mutex_unlock(&proxy->lock);
	(void)pthread_join(proxy->thread, NULL);
	(void)close(proxy->listener);
	(void)pthread_mutex_destroy(&proxy->lock);
	free(proxy->journal);
	free(proxy);
}

uint16_t proxy_port(const struct proxy *proxy)
{
	return proxy->port;
}

char *proxy_journal(struct proxy *proxy)
{
	(void)pthread_mutex_lock(&proxy->lock);
	char *copy = strdup(proxy->journal);
	(void)pthread_mutex_unlock(&proxy->lock);
	need(copy != NULL, "copy text");
	return copy;
}

unsigned proxy_tunnels(struct proxy *proxy)
{
	(void)pthread_mutex_lock(&proxy->lock);
	unsigned count = proxy->tunnels;
	(void)pthread_mutex_unlock(&proxy->lock);
	return count;
}
