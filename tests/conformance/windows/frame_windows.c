/* SPDX-License-Identifier: Apache-2.0 */
/* Why: core/worker/frame.h over standard input and output, for a worker under Wine. Nothing here ever waits for a deadline: the suite on
 * the other side does. */
#include "frame.h"

#include <windows.h>

#include <string.h>

#define HEADER_SIZE 5

int64_t naccs_monotonic_ms(void)
{
	return (int64_t)GetTickCount64();
}

static void put_header(uint8_t header[HEADER_SIZE], enum naccs_frame_type type, size_t length)
{
	for (int i = 0; i < 4; i++)
		header[i] = (uint8_t)(length >> (24 - 8 * i));
	header[4] = (uint8_t)type;
}

static enum naccs_frame_outcome send_all(const uint8_t *bytes, size_t length)
{
	while (length > 0) {
		DWORD count = 0;

		if (!WriteFile(GetStdHandle(STD_OUTPUT_HANDLE), bytes, (DWORD)length, &count, NULL) || count == 0)
			return NACCS_FRAME_GONE;
		bytes += count;
		length -= count;
	}
	return NACCS_FRAME_DONE;
}

enum naccs_frame_outcome naccs_frame_send(int fd, enum naccs_frame_type type, const struct naccs_writer *body, int64_t deadline)
{
	size_t length = body != NULL ? naccs_secret_length(body->body) : 0;
	uint8_t header[HEADER_SIZE];
	enum naccs_frame_outcome outcome;

	(void)fd;
	(void)deadline;
	if ((body != NULL && body->is_bad) || length > NACCS_MESSAGE_LIMIT)
		return NACCS_FRAME_BAD;
	put_header(header, type, length);
	outcome = send_all(header, sizeof header);
	return outcome == NACCS_FRAME_DONE && length > 0 ? send_all(naccs_secret_data(body->body), length) : outcome;
}

void naccs_frame_append(struct naccs_writer *out, enum naccs_frame_type type, const struct naccs_writer *body)
{
	uint8_t header[HEADER_SIZE];

	put_header(header, type, naccs_secret_length(body->body));
	if (body->is_bad || naccs_secret_append(out->body, header, sizeof header, NULL) != NACCS_OK ||
	    naccs_secret_append(out->body, naccs_secret_data(body->body), naccs_secret_length(body->body), NULL) != NACCS_OK)
		out->is_bad = true;
}

enum naccs_frame_outcome naccs_frame_flush(int fd, struct naccs_writer *out, int64_t deadline)
{
	enum naccs_frame_outcome outcome =
		out->is_bad ? NACCS_FRAME_BAD : send_all(naccs_secret_data(out->body), naccs_secret_length(out->body));

	(void)fd;
	(void)deadline;
	naccs_secret_clear(out->body);
	return outcome;
}

static enum naccs_frame_outcome receive_all(uint8_t *bytes, size_t length)
{
	while (length > 0) {
		DWORD count = 0;

		if (!ReadFile(GetStdHandle(STD_INPUT_HANDLE), bytes, (DWORD)length, &count, NULL) || count == 0)
			return NACCS_FRAME_GONE;
		bytes += count;
		length -= count;
	}
	return NACCS_FRAME_DONE;
}

enum naccs_frame_outcome naccs_frame_receive(struct naccs_frame_source *source, uint8_t *ret_type, struct naccs_secret *body,
					     int64_t deadline, const struct naccs_frame_pause *pause)
{
	uint8_t header[HEADER_SIZE], *room;
	size_t length = 0;
	enum naccs_frame_outcome outcome;

	(void)source;
	(void)deadline;
	(void)pause;
	naccs_secret_clear(body);
	outcome = receive_all(header, sizeof header);
	if (outcome != NACCS_FRAME_DONE)
		return outcome;
	for (int i = 0; i < 4; i++)
		length = length << 8 | header[i];
	if (length > NACCS_MESSAGE_LIMIT || naccs_secret_reserve(body, length, &room, NULL) != NACCS_OK)
		return NACCS_FRAME_BAD;
	outcome = receive_all(room, length);
	if (outcome == NACCS_FRAME_DONE) {
		naccs_secret_added(body, length);
		*ret_type = header[4];
	}
	return outcome;
}

/* The suite cancels nothing. */
bool naccs_frame_is_waiting(const struct naccs_frame_source *source)
{
	(void)source;
	return false;
}
