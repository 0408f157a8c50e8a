/* SPDX-License-Identifier: Apache-2.0 */
/* Why: what a backend may call during a call, from inside the worker: everything goes to the host over the wire. Private to this room. */
#ifndef NACCS_WORKER_SERVE_HOST_H
#define NACCS_WORKER_SERVE_HOST_H

#include "contract.h"
#include "frame.h"

struct naccs_server {
	int fd;
	struct naccs_frame_source source;   /* of fd */
	const struct naccs_backend *backend;
	struct naccs_host host;     /* handed to the backend; its context is this struct */
	struct naccs_store *store;  /* NULL: none is open */
	struct naccs_secret *in, *out, *event;
	struct naccs_writer behind; /* frames for the host that go out with the next one that it waits for */
	bool is_cancelled;          /* the host said so during this call */
	bool is_broken;             /* the connection is gone or made no sense: end after this call */
};

/* Fill server->host. */
void naccs_server_host_init(struct naccs_server *server);

/* Sinks that send what they get; context is the server. */
naccs_place_sink naccs_server_send_place;
naccs_item_sink naccs_server_send_item;
naccs_part_sink naccs_server_send_part;
naccs_bytes_sink naccs_server_send_bytes;

#endif
