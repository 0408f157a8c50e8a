/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: the HTTP client is tested against TLS servers that misbehave byte by byte, so these servers are OpenSSL and a script, nothing more.
 * Each runs in threads of the test process, on a port of its own, in an OpenSSL context of its own that no environment variable steers.
 */
#ifndef NACCS_TEST_HTTP_SERVER_H
#define NACCS_TEST_HTTP_SERVER_H

#include "pki.h"

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct server;

/* One TLS connection, in its own thread. */
struct server_link {
	struct server *server;
	SSL *ssl;
	unsigned number;	 /* 1: the server's first connection */
	unsigned request_number; /* within this connection, from 1 */
	const char *request;	 /* head and body of the request just read */
};

enum server_then {
	SERVER_KEEP,  /* wait for the next request */
	SERVER_CLOSE, /* close_notify, then close */
	SERVER_CUT,   /* close without a word */
};
typedef enum server_then server_script(struct server_link *link, void *context);

struct server_options {
	const struct pki_identity *leaf;
	X509 *const *chain;			/* sent after the leaf; NULL at the end; NULL: none */
	const struct pki_identity *second_leaf; /* shown from the second connection on; NULL: the same */
	int tls_version;			/* the only one; 0: any */
	bool asks_certificate;			/* in the first handshake; any certificate will do */
	bool needs_certificate;
	server_script *script;
	void *context;
};

struct server *server_start(struct pki *pki, const struct server_options *options);
void server_stop(struct server *server); /* waits for every connection */

uint16_t server_port(const struct server *server);
unsigned server_connections(struct server *server); /* accepted */
unsigned server_requests(struct server *server);    /* read whole */
unsigned server_resumptions(struct server *server);
uint64_t server_sent(struct server *server); /* bytes of answers that OpenSSL took */
/* Wait until so many connections have been ended by the server: the client can see it from now on. */
void server_wait_ended(struct server *server, unsigned count);
/* Every request's bytes, one after the other. Caller frees. */
char *server_journal(struct server *server);
/* How often needle occurs in the journal. */
unsigned server_count(struct server *server, const char *needle);
/* Common name of the client certificate last seen; "" when none. Caller frees. */
char *server_client_name(struct server *server);

/* Send bytes. false: the client is gone. */
bool link_send(struct server_link *link, const void *bytes, size_t length);
bool link_text(struct server_link *link, const char *text);
/* "HTTP/1.1 <status>" with extra header lines ("X: y\r\n…") and a body with its length. */
bool link_answer(struct server_link *link, const char *status, const char *headers, const char *body);
bool link_is_for(const struct server_link *link, const char *request_line_start);
/* Ask for the client certificate now: renegotiation or post-handshake authentication. */
bool link_ask_certificate(struct server_link *link);

#endif
