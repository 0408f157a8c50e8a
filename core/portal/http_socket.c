/* SPDX-License-Identifier: Apache-2.0 */
/* Why: looking at a socket is the one thing beside libcurl that differs by system. See http_private.h. */
#include "http_private.h"

#include <poll.h>

bool naccs_http_socket_has_news(curl_socket_t socket, int wait_ms)
{
	struct pollfd probe = {.fd = socket, .events = POLLIN};
	return poll(&probe, 1, wait_ms) != 0;
}
