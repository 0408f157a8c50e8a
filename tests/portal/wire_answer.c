/* SPDX-License-Identifier: Apache-2.0 */
#include "wire_inside.h"

#include <stdio.h>
#include <string.h>

#define FLOOD_LIMIT ((size_t)2 * 1024 * 1024 * 1024)

/* How many of the bytes belong to the head, counting on from earlier calls; the rest is body. */
static size_t head_bytes(struct wire_connection *connection, const char *bytes, size_t size)
{
	size_t i = 0;
	for (; i < size && !connection->is_body; i++) {
		if (bytes[i] == '\n' && ++connection->line_ends == 2)
			connection->is_body = true;
		else if (bytes[i] != '\n' && bytes[i] != '\r')
			connection->line_ends = 0;
	}
	return i;
}

static bool cut(struct wire_connection *connection, const struct wire_plan *plan, const char *bytes, size_t size)
{
	size_t head = head_bytes(connection, bytes, size);
	size_t body = size - head;
	if (body > plan->keep - connection->body_sent)
		body = plan->keep - connection->body_sent;
	connection->body_sent += body;
	return wire_send(connection, bytes, head + body) && connection->body_sent < plan->keep;
}

static bool slowly(struct wire_connection *connection, const char *bytes, size_t size)
{
	int ms = (int)wire_slow_ms(connection->wire);
	for (size_t i = 0; i < size; i++)
		if (!wire_send(connection, bytes + i, 1) || !wire_wait(connection, ms))
			return false;
	return true;
}

static bool flood_headers(struct wire_connection *connection)
{
	char line[1024];
	int length = snprintf(line, sizeof line, "X-Flood: %0900d\r\n", 0);
	for (size_t sent = 0; sent < FLOOD_LIMIT; sent += (size_t)length)
		if (!wire_send(connection, line, (size_t)length))
			return false;
	return false;
}

static bool flood_cookies(struct wire_connection *connection, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char line[256];
		int length = snprintf(line, sizeof line, "Set-Cookie: flood%zu=%0100d; Path=/\r\n", i, 0);
		if (!wire_send(connection, line, (size_t)length))
			return false;
	}
	return true;
}

/* The status line, what is to follow it, and the rest. */
static bool flooded(struct wire_connection *connection, const struct wire_plan *plan, const char *bytes, size_t size)
{
	const char *end = memchr(bytes, '\n', size);
	if (connection->is_status_out || end == NULL)
		return wire_send(connection, bytes, size);
	size_t line = (size_t)(end - bytes) + 1;
	connection->is_status_out = true;
	if (!wire_send(connection, bytes, line))
		return false;
	if (!(plan->act == WIRE_HEADERS ? flood_headers(connection) : flood_cookies(connection, plan->keep)))
		return false;
	return wire_send(connection, bytes + line, size - line);
}

bool wire_forward(struct wire_connection *connection, const char *bytes, size_t size, bool *ret_is_silent)
{
	(void)pthread_mutex_lock(&connection->lock);
	struct wire_plan plan = connection->plan;
	(void)pthread_mutex_unlock(&connection->lock);
	static const char garbage[] = "\0\1\2\3 no HTTP at all\r\n\r\n";
	*ret_is_silent = plan.is_silent;
	switch (plan.act) {
	case WIRE_CLOSE:
		return false;
	case WIRE_CUT:
		return cut(connection, &plan, bytes, size);
	case WIRE_SLOW:
		return slowly(connection, bytes, size);
	case WIRE_STALL:
		return true;
	case WIRE_HEADERS:
	case WIRE_COOKIES:
		return flooded(connection, &plan, bytes, size);
	case WIRE_GARBAGE:
		(void)wire_send(connection, garbage, sizeof garbage - 1);
		return false;
	case WIRE_PLAIN:
		break;
	}
	return wire_send(connection, bytes, size);
}
