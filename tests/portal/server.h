/* SPDX-License-Identifier: Apache-2.0 */
/* Why: libmicrohttpd's side: it parses requests that the wire hands it, gives them to one handler, and sends the answers. */
#ifndef PORTAL_SERVER_H
#define PORTAL_SERVER_H

#include "http.h"

struct server;

typedef void (*server_handler)(void *closure, struct request *request, struct answer *answer);

/* handler is called in one thread only. */
struct server *server_start(struct wire *wire, server_handler handler, void *closure);
struct MHD_Daemon *server_daemon(struct server *server);
void server_stop(struct server *server);

#endif
