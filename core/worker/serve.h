/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: the worker's side of the wire: one module, at most one open store, one call after the other until the host closes the socket. It believes nothing that comes over
 * the wire: a message that does not fit ends it.
 */
#ifndef NACCS_WORKER_SERVE_H
#define NACCS_WORKER_SERVE_H

#include <naccscert/backend.h>

/* Say hello as backend, then serve until the host closes (returns 0) or sends something that is no message of ours (returns 1). An open store is closed. */
int naccs_serve(int fd, const struct naccs_backend *backend);

/* Say why there will be no service. */
void naccs_serve_failure(int fd, const struct naccs_error *err);

#endif
