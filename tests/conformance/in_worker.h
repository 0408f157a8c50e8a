/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the same tests over a backend that runs in worker processes, as the program runs isolated ones. */
#ifndef NACCS_CONFORMANCE_IN_WORKER_H
#define NACCS_CONFORMANCE_IN_WORKER_H

#include <naccscert/backend.h>

/*
 * A backend whose every store is a worker process: program (naccs-conformance-worker: the worker with the code that strikes at durable calls) loads module. A worker that a
 * fault kills takes the calling process with it by SIGKILL, as if it had been struck itself; one that ends badly fails the test. Strings are borrowed for ever.
 */
const struct naccs_backend *backend_in_worker(const char *program, const char *module, const struct naccs_backend *backend);

/* In the process of each test: workers count their calls in this folder. */
void in_worker_begin_test(const char *work);

/* A worker that this process starts from now on may be killed by the store's own library: then this process dies as it would without a worker. */
void in_worker_expect_kill(bool is_expected);

#endif
