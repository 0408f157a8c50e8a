/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: passwords, codes, PINs, keys and PKCS#12 files live in one type from socket to store. It owns whole pages: locked where the
 * system allows, left out of core files, wiped when freed. It grows by new-copy-wipe up to a cap given at birth.
 * Not thread-safe: one owner at a time.
 */
#ifndef NACCS_BASE_SECRET_H
#define NACCS_BASE_SECRET_H

#include "cleanup.h"
#include "error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct naccs_secret;

/* A new empty secret that will never hold more than limit bytes. Caller frees with naccs_secret_free(). *ret is set on success only.
 * Fails with NACCS_E_INTERNAL when memory is short. */
naccs_status naccs_secret_new(size_t limit, struct naccs_secret **ret, struct naccs_error *err);

/* The same, filled with a copy of bytes. */
naccs_status naccs_secret_new_copy(const void *bytes, size_t length, struct naccs_secret **ret, struct naccs_error *err);

/* Wipe and free; NULL is fine. */
void naccs_secret_free(struct naccs_secret *secret);

/* Append bytes. Over the limit: NACCS_E_INTERNAL with a message, contents unchanged. */
naccs_status naccs_secret_append(struct naccs_secret *secret, const void *bytes, size_t length, struct naccs_error *err);

/* Wipe the contents, keep the limit; length becomes 0. */
void naccs_secret_clear(struct naccs_secret *secret);

/* Cut to a shorter length, wiping what is cut. Longer than now: no effect. */
void naccs_secret_truncate(struct naccs_secret *secret, size_t length);

/* The bytes: valid until the next append or free; always followed by a NUL that does not count, so text may be read as a string.
 * Never NULL for a non-NULL secret. */
const uint8_t *naccs_secret_data(const struct naccs_secret *secret);
const char *naccs_secret_text(const struct naccs_secret *secret);
size_t naccs_secret_length(const struct naccs_secret *secret);

/* For system calls that write into the secret: room for at least `room` more bytes (within the limit), then say how many came. */
naccs_status naccs_secret_reserve(struct naccs_secret *secret, size_t room, uint8_t **ret, struct naccs_error *err);
void naccs_secret_added(struct naccs_secret *secret, size_t length);

/* Constant-time comparison; lengths are not secret. */
bool naccs_secret_equal(const struct naccs_secret *a, const struct naccs_secret *b);

/* Fill with `length` characters drawn evenly from alphabet by the system's random source (getrandom). Replaces the contents.
 * length must be within the limit. */
naccs_status naccs_secret_random_text(struct naccs_secret *secret, size_t length, const char *alphabet, struct naccs_error *err);

/* Wipe memory in a way that the compiler can't drop. */
void naccs_wipe(void *memory, size_t length);

NACCS_DEFINE_CLEANUP(struct naccs_secret *, naccs_secret_free, secret)

#endif
