/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: the bytes of the wire between host and worker. A message is a type and a body of numbers (big-endian), byte strings and texts (each behind its 32-bit length). Bodies may
 * hold keys and PINs, so they live in secrets. A reader believes nothing: every length is checked against what is left, and the first thing that does not fit makes
 * the reader bad for good. Not thread-safe.
 */
#ifndef NACCS_WORKER_MESSAGE_H
#define NACCS_WORKER_MESSAGE_H

#include "secret.h"

#include <naccscert/backend.h>

/* The largest body: an installation with its chains is some 50 KiB, a plan's former bytes at most 64 KiB a part. */
#define NACCS_MESSAGE_LIMIT ((size_t)4 * 1024 * 1024)
/* How many things a list in a message may have. */
#define NACCS_MESSAGE_COUNT_LIMIT 1024u

/* ---- writing: failures (memory, limit) are remembered and told by the frame that sends it ---- */

struct naccs_writer {
	struct naccs_secret *body;
	bool is_bad;
};

void naccs_write_u8(struct naccs_writer *writer, uint8_t value);
void naccs_write_u32(struct naccs_writer *writer, uint32_t value);
void naccs_write_u64(struct naccs_writer *writer, uint64_t value);
void naccs_write_i64(struct naccs_writer *writer, int64_t value);
void naccs_write_bytes(struct naccs_writer *writer, const void *bytes, size_t length);
/* NULL is kept apart from "". */
void naccs_write_text(struct naccs_writer *writer, const char *text);

/* ---- reading: what is read is borrowed from the body ---- */

struct naccs_reader {
	const uint8_t *at;
	size_t left;
	bool is_bad;
};

uint8_t naccs_read_u8(struct naccs_reader *reader);
bool naccs_read_bool(struct naccs_reader *reader); /* 0 or 1; anything else is bad */
uint32_t naccs_read_u32(struct naccs_reader *reader);
uint64_t naccs_read_u64(struct naccs_reader *reader);
int64_t naccs_read_i64(struct naccs_reader *reader);
struct naccs_bytes naccs_read_bytes(struct naccs_reader *reader);
/* Exactly `length` bytes into ret; zeros when the reader is bad. */
void naccs_read_exactly(struct naccs_reader *reader, uint8_t *ret, size_t length);
/* NULL as it was written; else NUL-terminated, without a NUL inside. "" when the reader is bad. */
const char *naccs_read_text(struct naccs_reader *reader);
/* A count up to NACCS_MESSAGE_COUNT_LIMIT. */
uint32_t naccs_read_count(struct naccs_reader *reader);
/* Everything was as it should be, and nothing is left over. */
bool naccs_reader_is_done(const struct naccs_reader *reader);

#endif
