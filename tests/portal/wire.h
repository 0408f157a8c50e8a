/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: libmicrohttpd understands requests but always answers correctly. So the simulator keeps the sockets and TLS to itself (one thread a
 * connection) and hands libmicrohttpd one end of a socket pair with the plain bytes; what comes back is forwarded as the plan for that
 * answer says: as it is, or cut, slow, flooded, not at all. Every fault thereby happens on the portal's one port, at any step.
 */
#ifndef PORTAL_WIRE_H
#define PORTAL_WIRE_H

#include "faults.h"
#include "journal.h"
#include "pki.h"

#include <microhttpd.h>
#include <stdbool.h>
#include <stddef.h>

enum wire_act {
	WIRE_PLAIN,
	WIRE_CLOSE,   /* drop the answer, close */
	WIRE_CUT,     /* close after `keep` bytes of body */
	WIRE_SLOW,    /* byte by byte */
	WIRE_STALL,   /* drop the answer, keep the connection */
	WIRE_HEADERS, /* a header without end after the status line */
	WIRE_COOKIES, /* `keep` cookies after the status line, then the answer */
	WIRE_GARBAGE, /* bytes that are not HTTP, then close */
};

struct wire_plan {
	enum wire_act act;
	size_t keep;
	bool is_silent;	   /* close without close_notify */
	bool closes_after; /* close as soon as the answer is out, whatever its headers promised */
};

struct wire_settings {
	struct journal *journal;
	struct faults *faults;
	struct pki *pki;
	unsigned slow_ms;
	/* what wire_configure() changes */
	enum chain usual_chain;
	int tls_version; /* 0: any, else TLS1_2_VERSION or TLS1_3_VERSION */
	bool is_silent;	 /* every connection ends without close_notify */
	bool asks_first; /* for a client certificate, in the handshake; else when a path below late_path is asked for */
	bool takes_any;	 /* any client certificate: the portal itself says what is wrong with it */
	const char *late_path; /* NULL: none, somebody in front asks */
	struct sim_clock *clock; /* of who judges client certificates */
};

struct wire;
struct wire_connection;
enum wire_kind { LISTENER_PORTAL, LISTENER_FOREIGN, LISTENER_HTTP, LISTENER_CONTROL };

struct wire *wire_new(const struct wire_settings *settings);
/* Connections go to daemon. Returns the port (port 0: any free one) of 127.0.0.1. */
unsigned wire_listen(struct wire *wire, enum wire_kind kind, unsigned port, struct MHD_Daemon *daemon);
/* For connections that begin later. */
void wire_configure(struct wire *wire, enum chain usual_chain, int tls_version, bool is_silent, bool asks_first, bool takes_any);
/* Close all listeners and connections and wait for their threads. */
void wire_stop(struct wire *wire);
void wire_free(struct wire *wire);

/* The connection behind one of libmicrohttpd's sockets, with a reference for the caller; NULL: gone. */
struct wire_connection *wire_find(struct wire *wire, int mhd_fd);
void wire_release(struct wire_connection *connection);
/* The same by libmicrohttpd's side, just before it closes its socket. */
void wire_forget(struct wire_connection *connection);

/* For the next answer on this connection. Set before the answer is queued. */
void wire_set_plan(struct wire_connection *connection, const struct wire_plan *plan);
/* libmicrohttpd is done with the answer: what is left of it is in the socket pair. */
void wire_answer_done(struct wire_connection *connection);

/* The client's certificate, with a reference for the caller; NULL: none was shown. */
X509 *wire_peer(struct wire_connection *connection);
enum wire_kind wire_kind(const struct wire_connection *connection);
unsigned wire_number(const struct wire_connection *connection);
unsigned wire_local_port(const struct wire_connection *connection);
const char *wire_listener_name(enum wire_kind kind);

#endif
