/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: the state directory: where it is, how it is opened, and its two locks. It holds escrow, ledger, remembered CAs and the recorded server
 * chain; only its owner may look inside.
 */
#ifndef NACCS_INSTALL_STATE_H
#define NACCS_INSTALL_STATE_H

#include "cleanup.h"
#include "error.h"

#include <stdbool.h>
#include <stdint.h>

/* Open the state directory. make: create it (0700) when missing. Without make, a missing one gives *ret_fd = -1 and NACCS_OK.
 * One that others can write, or that belongs to somebody else: NACCS_E_STORE_UNSAFE. */
naccs_status naccs_state_open(const char *path, bool make, int *ret_fd, struct naccs_error *err);

/* Held by obtain, renew and resume for the whole run: a second run ends at once with run.locked. */
naccs_status naccs_state_lock_run(int state_dirfd, int *ret_lock, struct naccs_error *err);

/* Held while stores or the ledger change; waits up to timeout_ms, then run.locked. */
naccs_status naccs_state_lock_ledger(int state_dirfd, uint32_t timeout_ms, int *ret_lock, struct naccs_error *err);

/* Take away the temporary files that a crash left in the state directory and in its folder client-ca. Only under the ledger lock, which everything that writes
 * there holds. */
naccs_status naccs_state_sweep(int state_dirfd, struct naccs_error *err);

/* Open (make when missing, 0700, durable) a folder of the state directory. */
naccs_status naccs_state_folder(int state_dirfd, const char *name, int *ret_fd, struct naccs_error *err);

#endif
