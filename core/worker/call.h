/* SPDX-License-Identifier: Apache-2.0 */
/* Why: one call over the wire, from the host's side: send it, serve what the worker asks meanwhile, take the result. Private to this room. */
#ifndef NACCS_WORKER_CALL_H
#define NACCS_WORKER_CALL_H

#include "worker.h"
#include "contract.h"
#include "frame.h"

/* An open store's worker, or one for a single call. */
struct naccs_worker {
	const struct naccs_worker_kind *kind;
	const struct naccs_host *host;
	struct naccs_worker_process process;
	struct naccs_frame_source source; /* of process.fd */
	struct naccs_secret *in;   /* the frame that was received last */
	struct naccs_secret *out;  /* the frame that is being sent */
	uint32_t patience_ms;      /* how long a call may wait for other programs in silence, beside the deadline */
	struct naccs_error ending; /* why there is no worker any more; status NACCS_OK: there is one */
	char *uri;                 /* for messages */
};

/* What the worker may send before its result: at most one kind of thing, for the caller's sink. */
struct naccs_sinks {
	naccs_place_sink *place;
	naccs_item_sink *item;
	naccs_part_sink *part;
	naccs_bytes_sink *bytes;
	void *context;
};

/* Start the process and let it say who it is. uri is copied. On failure nothing is left. */
naccs_status naccs_worker_start(struct naccs_worker *worker, const struct naccs_worker_kind *kind, const struct naccs_host *host, const char *uri,
				struct naccs_error *err);

/* Begin a message for a call. Write the arguments into *ret. */
void naccs_call_begin(struct naccs_worker *worker, enum naccs_operation operation, struct naccs_writer *ret);

/*
 * Send it, pass what comes to the sinks (NULL: none may come), answer questions, take the result. *ret_rest (may be NULL: nothing may follow) is what follows the
 * result, good until the next call. A sink that stops ends the call with its status, though the worker goes on to its end.
 */
naccs_status naccs_call_make(struct naccs_worker *worker, const struct naccs_writer *call, const struct naccs_sinks *sinks, struct naccs_reader *ret_rest,
			     struct naccs_error *err);

/* End the process: by closing the socket, at once when something was wrong. */
void naccs_worker_end(struct naccs_worker *worker);

/* What came is not what the contract says: the worker is ended. */
naccs_status naccs_worker_distrust(struct naccs_worker *worker, struct naccs_error *err);

#endif
