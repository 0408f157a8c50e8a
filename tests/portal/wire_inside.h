/* SPDX-License-Identifier: Apache-2.0 */
/* Why: what wire.c (listeners, threads, TLS) and wire_answer.c (how an answer is forwarded) share. */
#ifndef PORTAL_WIRE_INSIDE_H
#define PORTAL_WIRE_INSIDE_H

#include "wire.h"

#include <pthread.h>

struct wire_listener {
	struct wire *wire;
	enum wire_kind kind;
	int fd;
	unsigned port;
	struct MHD_Daemon *daemon;
	pthread_t thread;
};

struct wire_connection {
	struct wire *wire;
	const struct wire_listener *listener;
	struct wire_connection *next;
	unsigned number, references; /* under wire's lock */
	int client_fd, brain_fd, mhd_fd;
	SSL *ssl;
	pthread_mutex_t lock; /* of plan and peer */
	struct wire_plan plan;
	X509 *peer; /* NULL: none was shown */
	bool was_asked; /* for it, late */
	/* where in the answer we are; only the connection's thread looks */
	bool is_status_out, is_body;
	unsigned line_ends;
	size_t body_sent;
};

/* All bytes to the client, or false: the client is gone. */
bool wire_send(struct wire_connection *connection, const void *bytes, size_t size);
/* Wait up to ms for the client's end of the connection; false: it is gone. */
bool wire_wait(struct wire_connection *connection, int ms);
/* Forward bytes of an answer as the plan says. False: close now; *ret_is_silent: how. */
bool wire_forward(struct wire_connection *connection, const char *bytes, size_t size, bool *ret_is_silent);
/* wire_auth.c: ask the client for its certificate, as the protocol version does it late: renegotiation, post-handshake authentication. False: the connection is to be
 * closed. */
bool wire_ask_late(struct wire_connection *connection);
/* Before the handshake: what is wanted of the client. */
void wire_prepare_auth(struct wire_connection *connection, bool asks_first, bool takes_any);
/* After a handshake: keep what the client showed. */
void wire_keep_peer(struct wire_connection *connection);
/* Waits for the socket; false: it is gone. */
bool wire_wait_for(int fd, short events);
void wire_journal(const struct wire_connection *connection, const char *event, json_t *more);
const struct wire_settings *wire_settings_of(const struct wire *wire);
unsigned wire_slow_ms(const struct wire *wire);

#endif
