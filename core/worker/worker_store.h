/* SPDX-License-Identifier: Apache-2.0 */
/* Why: an open store as the host holds it: its worker, and what it takes to start another one. Private to this room. */
#ifndef NACCS_WORKER_STORE_H
#define NACCS_WORKER_STORE_H

#include "call.h"

#include "cleanup.h"

struct naccs_store {
	struct naccs_worker worker;
	struct naccs_open_options options;
	char *uri, *group;
};

void naccs_worker_store_free(struct naccs_store *store);
NACCS_DEFINE_CLEANUP(struct naccs_store *, naccs_worker_store_free, worker_store)

/* Before each call: in a forked child, a worker of its own; to sign in a store that is open for reading, another one for one that has
 * ended. Else why it has ended. */
naccs_status naccs_worker_store_ready(struct naccs_store *store, enum naccs_operation operation, struct naccs_error *err);

#endif
