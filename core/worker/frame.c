/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see frame.h. */
#include "frame.h"

#include <endian.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
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

static enum naccs_frame_outcome send_all(int fd, const uint8_t *bytes, size_t length, int64_t deadline)
{
	while (length > 0) {
		ssize_t sent = send(fd, bytes, length, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (sent >= 0) {
			bytes += sent;
			length -= (size_t)sent;
		} else if (errno == EAGAIN || errno == EWOULDBLOCK) {
			enum naccs_frame_outcome outcome = wait_for(fd, POLLOUT, deadline, NULL);

			if (outcome != NACCS_FRAME_DONE)
				return outcome;
		} else if (errno != EINTR) {
			return NACCS_FRAME_GONE;
		}
	}
	return NACCS_FRAME_DONE;
}

enum naccs_frame_outcome naccs_frame_send(int fd, enum naccs_frame_type type, const struct naccs_writer *body, int64_t deadline)
{
	size_t length = body != NULL ? naccs_secret_length(body->body) : 0;
	uint8_t header[HEADER_SIZE];
	uint32_t wire = htobe32((uint32_t)length);
	enum naccs_frame_outcome outcome;

	if ((body != NULL && body->is_bad) || length > NACCS_MESSAGE_LIMIT)
		return NACCS_FRAME_BAD;
	memcpy(header, &wire, sizeof wire);
	header[sizeof wire] = (uint8_t)type;
	outcome = send_all(fd, header, sizeof header, deadline);
	return outcome == NACCS_FRAME_DONE && length > 0 ? send_all(fd, naccs_secret_data(body->body), length, deadline) : outcome;
}

/* pause only counts before the first byte: half a frame is never left lying in the socket. */
static enum naccs_frame_outcome receive_all(int fd, uint8_t *bytes, size_t length, int64_t deadline, const struct naccs_frame_pause *pause)
{
	while (length > 0) {
		ssize_t count = recv(fd, bytes, length, MSG_DONTWAIT);

		if (count > 0) {
			bytes += count;
			length -= (size_t)count;
			pause = NULL;
		} else if (count == 0) {
			return NACCS_FRAME_GONE;
		} else if (errno == EAGAIN || errno == EWOULDBLOCK) {
			enum naccs_frame_outcome outcome = wait_for(fd, POLLIN, deadline, pause);

			if (outcome != NACCS_FRAME_DONE)
				return outcome;
		} else if (errno != EINTR) {
			return NACCS_FRAME_GONE;
		}
	}
	return NACCS_FRAME_DONE;
}

enum naccs_frame_outcome naccs_frame_receive(int fd, uint8_t *ret_type, struct naccs_secret *body, int64_t deadline, const struct naccs_frame_pause *pause)
{
	uint8_t header[HEADER_SIZE], *room;
	uint32_t length;
	enum naccs_frame_outcome outcome;

	naccs_secret_clear(body);
	outcome = receive_all(fd, header, sizeof header, deadline, pause);
	if (outcome != NACCS_FRAME_DONE)
		return outcome;
	memcpy(&length, header, sizeof length);
	length = be32toh(length);
	if (length > NACCS_MESSAGE_LIMIT || naccs_secret_reserve(body, length, &room, NULL) != NACCS_OK)
		return NACCS_FRAME_BAD;
	outcome = receive_all(fd, room, length, deadline, NULL);
	if (outcome != NACCS_FRAME_DONE)
		return outcome;
	naccs_secret_added(body, length);
	*ret_type = header[4];
	return NACCS_FRAME_DONE;
}
