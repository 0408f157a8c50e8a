/* SPDX-License-Identifier: Apache-2.0 */
/* Why: as http_socket.c, on Windows. See http_private.h. */
#include "http_private.h"

#include <winsock2.h>

bool naccs_http_socket_has_news(curl_socket_t socket, int wait_ms)
{
	WSAPOLLFD probe = {.fd = socket, .events = POLLRDNORM};
	return WSAPoll(&probe, 1, wait_ms) != 0;
}
