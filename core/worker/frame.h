/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: messages over the socket between host and worker, each in a frame: 32-bit length of the body (big-endian), one byte type, body. Sending and receiving end at a
 * deadline; a frame over the limit is refused before memory is taken for it.
 */
#ifndef NACCS_WORKER_FRAME_H
#define NACCS_WORKER_FRAME_H

#include "message.h"

/* Numbers are seen by both sides of one program only: host and worker come from the same build, which HELLO proves. */
enum naccs_frame_type {
	/* worker → host */
	NACCS_FRAME_HELLO = 1,    /* text version, u32 abi, text scheme */
	NACCS_FRAME_RESULT = 2,   /* u32 status, error; what the call gives back */
	NACCS_FRAME_PLACE = 3,    /* one thing for the call's sink */
	NACCS_FRAME_ITEM = 4,
	NACCS_FRAME_PART = 5,
	NACCS_FRAME_BYTES = 6,
	NACCS_FRAME_LOG = 7,      /* text */
	NACCS_FRAME_PROGRESS = 8, /* text */
	NACCS_FRAME_WARN = 9,     /* text id, text message */
	NACCS_FRAME_ASK = 10,     /* text prompt, bool last_try: SECRET answers */
	/* host → worker */
	NACCS_FRAME_CALL = 32,    /* u8 operation, its arguments */
	NACCS_FRAME_SECRET = 33,  /* u32 status, error, bytes */
	NACCS_FRAME_CANCEL = 34,  /* empty; may come at any time during a call */
};

/* For ever, to naccs_frame_receive() and naccs_frame_send(). */
#define NACCS_FRAME_NO_DEADLINE INT64_MAX

/* Milliseconds of the monotonic clock, for deadlines. */
int64_t naccs_monotonic_ms(void);

enum naccs_frame_outcome {
	NACCS_FRAME_DONE,
	NACCS_FRAME_LATE,  /* the deadline passed */
	NACCS_FRAME_GONE,  /* the other side has closed, or the connection failed */
	NACCS_FRAME_BAD,   /* too long, or memory is short */
	NACCS_FRAME_PAUSE, /* interrupted said so, before the first byte of a frame */
};

/* Asked when a wait was interrupted and every 200 ms: true ends the wait for a frame that has not begun. May be NULL. */
struct naccs_frame_pause {
	bool (*interrupted)(void *context);
	void *context;
};

/* Send one frame whole. body may be NULL (empty). */
enum naccs_frame_outcome naccs_frame_send(int fd, enum naccs_frame_type type, const struct naccs_writer *body, int64_t deadline);

/* Put a frame behind others, to be sent with them by naccs_frame_flush(). Failures are remembered in out. */
void naccs_frame_append(struct naccs_writer *out, enum naccs_frame_type type, const struct naccs_writer *body);
/* Send what was appended, and clear it. */
enum naccs_frame_outcome naccs_frame_flush(int fd, struct naccs_writer *out, int64_t deadline);

/* A socket, and what was read of it ahead: small frames that come together cost one system call. Bytes are wiped as they are taken. */
struct naccs_frame_source {
	int fd;
	size_t start, end; /* of what lies in ahead */
	uint8_t ahead[4096];
};

/* Receive one frame into body (cleared first; its limit is the frame's). */
enum naccs_frame_outcome naccs_frame_receive(struct naccs_frame_source *source, uint8_t *ret_type, struct naccs_secret *body, int64_t deadline,
					     const struct naccs_frame_pause *pause);
/* Has something come that was not received yet? Never waits. */
bool naccs_frame_is_waiting(const struct naccs_frame_source *source);

#endif
