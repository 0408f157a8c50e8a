/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see frame.h. */
#include "frame.h"

#include <endian.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>

#define HEADER_SIZE 5
#define LOOK_ROUND_MS 200 /* a signal that comes just before poll begins is seen after so long */

int64_t naccs_monotonic_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool is_paused(const struct naccs_frame_pause *pause)
{
	return pause != NULL && pause->interrupted != NULL && pause->interrupted(pause->context);
}

/* Wait until fd is ready for events. */
static enum naccs_frame_outcome wait_for(int fd, short events, int64_t deadline, const struct naccs_frame_pause *pause)
{
	for (;;) {
		struct pollfd poller = {.fd = fd, .events = events};
		int64_t left = deadline == NACCS_FRAME_NO_DEADLINE ? INT64_MAX : deadline - naccs_monotonic_ms();
		int timeout = -1;

		if (left <= 0)
			return NACCS_FRAME_LATE;
		if (left < INT64_MAX || pause != NULL)
			timeout = (int)(left < LOOK_ROUND_MS ? left : LOOK_ROUND_MS);
		int ready = poll(&poller, 1, timeout);
		if (ready > 0)
			return NACCS_FRAME_DONE;
		if (ready < 0 && errno != EINTR)
			return NACCS_FRAME_GONE;
		if (is_paused(pause))
			return NACCS_FRAME_PAUSE;
	}
}

/* The parts in their order, by as few calls as the socket takes. */
static enum naccs_frame_outcome send_parts(int fd, struct iovec *parts, size_t count, int64_t deadline)
{
	while (count > 0) {
		struct msghdr message = {.msg_iov = parts, .msg_iovlen = count};
		ssize_t sent = sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
			enum naccs_frame_outcome outcome = wait_for(fd, POLLOUT, deadline, NULL);

			if (outcome != NACCS_FRAME_DONE)
				return outcome;
		} else if (sent < 0 && errno != EINTR) {
			return NACCS_FRAME_GONE;
		}
		for (size_t left = sent > 0 ? (size_t)sent : 0; count > 0 && (left > 0 || parts->iov_len == 0);) {
			size_t step = left < parts->iov_len ? left : parts->iov_len;

			parts->iov_base = (uint8_t *)parts->iov_base + step;
			parts->iov_len -= step;
			left -= step;
			if (parts->iov_len == 0) {
				parts++;
				count--;
			}
		}
	}
	return NACCS_FRAME_DONE;
}

static void make_header(uint8_t header[HEADER_SIZE], enum naccs_frame_type type, size_t length)
{
	uint32_t wire = htobe32((uint32_t)length);

	memcpy(header, &wire, sizeof wire);
	header[sizeof wire] = (uint8_t)type;
}

/* sendmsg does not write to what it sends. */
static struct iovec part_of(const uint8_t *bytes, size_t length)
{
	return (struct iovec){.iov_base = (void *)(uintptr_t)bytes, .iov_len = length};
}

enum naccs_frame_outcome naccs_frame_send(int fd, enum naccs_frame_type type, const struct naccs_writer *body, int64_t deadline)
{
	size_t length = body != NULL ? naccs_secret_length(body->body) : 0;
	uint8_t header[HEADER_SIZE];
	struct iovec parts[2];

	if ((body != NULL && body->is_bad) || length > NACCS_MESSAGE_LIMIT)
		return NACCS_FRAME_BAD;
	make_header(header, type, length);
	parts[0] = part_of(header, sizeof header);
	parts[1] = part_of(length > 0 ? naccs_secret_data(body->body) : header, length);
	return send_parts(fd, parts, length > 0 ? 2 : 1, deadline);
}

void naccs_frame_append(struct naccs_writer *out, enum naccs_frame_type type, const struct naccs_writer *body)
{
	uint8_t header[HEADER_SIZE];

	make_header(header, type, naccs_secret_length(body->body));
	if (body->is_bad || naccs_secret_append(out->body, header, sizeof header, NULL) != NACCS_OK ||
	    naccs_secret_append(out->body, naccs_secret_data(body->body), naccs_secret_length(body->body), NULL) != NACCS_OK)
		out->is_bad = true;
}

enum naccs_frame_outcome naccs_frame_flush(int fd, struct naccs_writer *out, int64_t deadline)
{
	size_t length = naccs_secret_length(out->body);
	struct iovec part = part_of(naccs_secret_data(out->body), length);
	enum naccs_frame_outcome outcome = out->is_bad ? NACCS_FRAME_BAD : length > 0 ? send_parts(fd, &part, 1, deadline) : NACCS_FRAME_DONE;

	naccs_secret_clear(out->body);
	return outcome;
}

/* What was read ahead, up to length; wiped where it lay. */
static size_t take_ahead(struct naccs_frame_source *source, uint8_t *bytes, size_t length)
{
	size_t there = source->end - source->start;
	size_t count = length < there ? length : there;

	memcpy(bytes, source->ahead + source->start, count);
	naccs_wipe(source->ahead + source->start, count);
	source->start += count;
	if (source->start == source->end)
		source->start = source->end = 0;
	return count;
}

/* Read once: a small piece with whatever comes behind it, a large one straight to where it belongs. Without a deadline and a pause the call itself waits. */
static ssize_t read_once(struct naccs_frame_source *source, uint8_t *bytes, size_t length, bool may_wait)
{
	bool is_small = length < sizeof source->ahead;
	ssize_t count = recv(source->fd, is_small ? source->ahead : bytes, is_small ? sizeof source->ahead : length, may_wait ? 0 : MSG_DONTWAIT);

	if (count <= 0 || !is_small)
		return count;
	source->start = 0;
	source->end = (size_t)count;
	return (ssize_t)take_ahead(source, bytes, length);
}

/* pause only counts before the first byte: half a frame is never left lying in the socket. */
static enum naccs_frame_outcome receive_all(struct naccs_frame_source *source, uint8_t *bytes, size_t length, int64_t deadline,
					    const struct naccs_frame_pause *pause)
{
	size_t done = take_ahead(source, bytes, length);
	bool may_wait = deadline == NACCS_FRAME_NO_DEADLINE && pause == NULL;

	while (done < length) {
		enum naccs_frame_outcome outcome = may_wait ? NACCS_FRAME_DONE : wait_for(source->fd, POLLIN, deadline, done == 0 ? pause : NULL);
		ssize_t count = outcome == NACCS_FRAME_DONE ? read_once(source, bytes + done, length - done, may_wait) : 0;

		if (outcome != NACCS_FRAME_DONE)
			return outcome;
		if (count == 0 || (count < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR))
			return NACCS_FRAME_GONE;
		if (count > 0)
			done += (size_t)count;
	}
	return NACCS_FRAME_DONE;
}

enum naccs_frame_outcome naccs_frame_receive(struct naccs_frame_source *source, uint8_t *ret_type, struct naccs_secret *body, int64_t deadline,
					     const struct naccs_frame_pause *pause)
{
	uint8_t header[HEADER_SIZE], *room;
	uint32_t length;
	enum naccs_frame_outcome outcome;

	naccs_secret_clear(body);
	outcome = receive_all(source, header, sizeof header, deadline, pause);
	if (outcome != NACCS_FRAME_DONE)
		return outcome;
	memcpy(&length, header, sizeof length);
	length = be32toh(length);
	if (length > NACCS_MESSAGE_LIMIT || naccs_secret_reserve(body, length, &room, NULL) != NACCS_OK)
		return NACCS_FRAME_BAD;
	outcome = receive_all(source, room, length, deadline, NULL);
	if (outcome != NACCS_FRAME_DONE)
		return outcome;
	naccs_secret_added(body, length);
	*ret_type = header[4];
	return NACCS_FRAME_DONE;
}

bool naccs_frame_is_waiting(const struct naccs_frame_source *source)
{
	struct pollfd poller = {.fd = source->fd, .events = POLLIN};

	return source->end > source->start || poll(&poller, 1, 0) > 0;
}
