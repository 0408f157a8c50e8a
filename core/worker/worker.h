/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: the host's side of the wire: an isolated backend looks to the host like any other, but each open store is a worker process. A worker that crashes, hangs or answers
 * rubbish costs an error (NACCS_E_BACKEND_FAILED) that says which; it is ended, and every later call on that store fails in the same way, but for a signature: in a store
 * that is open for READ the next one starts another worker. What a killed worker left half done is undone or finished from the ledger by the next run, like after any crash.
 *
 * After a fork the child's first call on a store that is open for READ starts a worker of its own; WRITE stays with the process that opened it.
 */
#ifndef NACCS_WORKER_H
#define NACCS_WORKER_H

#include "process.h"

#include <naccscert/backend.h>

/* A backend that runs in workers. */
struct naccs_worker_kind {
	struct naccs_worker_settings settings;
	const char *module;                 /* path of its module, absolute */
	const struct naccs_backend *backend; /* as the module shows it (its operations are never called here); size has been checked */
};

/*
 * Fill *ret with operations on open stores that go over the wire. An optional operation that the module does not have stays NULL. open, places and resolve are not callable: they
 * need to know the kind, and are the functions below.
 */
void naccs_worker_backend(const struct naccs_worker_kind *kind, struct naccs_backend *ret);

/* As backend.h says of open. kind and host are borrowed until close. *ret belongs to the operations of naccs_worker_backend(). */
naccs_status naccs_worker_open(const struct naccs_worker_kind *kind, const struct naccs_host *host, const char *uri,
			       const struct naccs_open_options *options, struct naccs_store **ret, struct naccs_error *err);

/* As backend.h says of places and resolve; each runs in a worker that ends with the call. */
naccs_status naccs_worker_places(const struct naccs_worker_kind *kind, const struct naccs_host *host, const char *home, naccs_place_sink *sink,
				 void *context, struct naccs_error *err);
naccs_status naccs_worker_resolve(const struct naccs_worker_kind *kind, const struct naccs_host *host, const char *home, const char *uri,
				  naccs_place_sink *sink, void *context, struct naccs_error *err);

#endif
