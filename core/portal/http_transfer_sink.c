/* SPDX-License-Identifier: Apache-2.0 */
/* Why: what libcurl calls during one request: limits on everything that a server can send, and the rule that a POST is sent once. */
#include "http_private.h"

#include <string.h>
#include <time.h>

static int64_t monotonic_ms(void)
{
	struct timespec now = {0};
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void naccs_http_sign_of_life(struct naccs_http *http)
{
	http->transfer.last_sign_of_life = monotonic_ms();
}

size_t naccs_http_sink_body(char *bytes, size_t size, size_t count, void *context)
{
	struct naccs_http *http = context;
	struct naccs_http_transfer *transfer = &http->transfer;
	size_t length = size * count, room = transfer->limit - naccs_secret_length(transfer->body);
	size_t taken = length < room ? length : room;
	if (taken > 0 && naccs_secret_append(transfer->body, bytes, taken, &transfer->sink_error) != NACCS_OK)
		return 0;
	if (taken == length)
		return length;
	transfer->is_too_large = true;
	return 0;
}

/* Called with each whole line. libcurl bounds one line; their number and sum, over provisional answers and trailers too, are bounded here.
 */
size_t naccs_http_sink_header(char *bytes, size_t size, size_t count, void *context)
{
	static const char cookie[] = "Set-Cookie:";
	struct naccs_http *http = context;
	struct naccs_http_transfer *transfer = &http->transfer;
	size_t length = size * count;
	naccs_http_sign_of_life(http);
	transfer->header_count++;
	transfer->header_bytes += length;
	if (transfer->is_head_complete && length > 5 && memcmp(bytes, "HTTP/", 5) == 0)
		transfer->is_head_complete = false; /* what came before was provisional */
	if (bytes[0] == '\r' || bytes[0] == '\n')
		transfer->is_head_complete = true;
	if (length > strlen(cookie) && strncasecmp(bytes, cookie, strlen(cookie)) == 0)
		http->cookie_bytes += length;
	if (transfer->header_count <= NACCS_HTTP_HEADER_COUNT && transfer->header_bytes <= NACCS_HTTP_HEADER_BYTES &&
	    http->cookie_bytes <= NACCS_HTTP_COOKIE_BYTES)
		return length;
	transfer->is_header_flood = true;
	return 0;
}

/* Called on a connection that is ready, just before a request goes out. libcurl sends again by itself when a kept connection turns out to
 * be dead. */
int naccs_http_before_request(void *context, char *remote_address, char *local_address, int remote_port, int local_port)
{
	(void)local_address, (void)local_port;
	struct naccs_http *http = context;
	struct naccs_http_transfer *transfer = &http->transfer;
	if (!http->connection.is_verified) /* can't be; a request without a proven server must not be */
		return CURL_PREREQFUNC_ABORT;
	if (transfer->is_post && transfer->sends > 0) {
		transfer->was_replay_refused = true;
		return CURL_PREREQFUNC_ABORT;
	}
	naccs_http_sign_of_life(http);
	transfer->sends++;
	http->request_count++;
	naccs_log_line(http->log, NACCS_LOG_WIRE, "request %u by connection %u, %s port %d", http->request_count, http->connection_count,
		       remote_address, remote_port);
	return CURL_PREREQFUNC_OK;
}

/* libcurl's own measure (LOW_SPEED_TIME) is an average over seconds, and knows nothing of a token that takes its time to sign. */
static bool is_idle_too_long(struct naccs_http *http, curl_off_t down, curl_off_t up)
{
	struct naccs_http_transfer *transfer = &http->transfer;
	if (down != transfer->last_down || up != transfer->last_up) {
		transfer->last_down = down;
		transfer->last_up = up;
		naccs_http_sign_of_life(http);
	}
	return monotonic_ms() - transfer->last_sign_of_life >= (int64_t)http->idle_seconds * 1000;
}

/* Called about once a second, and whenever something happens. */
int naccs_http_during_request(void *context, curl_off_t total_down, curl_off_t now_down, curl_off_t total_up, curl_off_t now_up)
{
	(void)total_down, (void)total_up;
	struct naccs_http *http = context;
	struct naccs_http_transfer *transfer = &http->transfer;
	transfer->was_cancelled = transfer->was_cancelled || naccs_http_is_cancelled(http);
	transfer->was_idle = transfer->was_idle || is_idle_too_long(http, now_down, now_up);
	return transfer->was_cancelled || transfer->was_idle ? 1 : 0;
}
