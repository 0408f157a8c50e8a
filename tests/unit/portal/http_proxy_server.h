/* SPDX-License-Identifier: Apache-2.0 */
/* Why: a proxy that knows CONNECT, Basic and Digest, and keeps what it was told, in a thread of the test process. */
#ifndef NACCS_TEST_HTTP_PROXY_SERVER_H
#define NACCS_TEST_HTTP_PROXY_SERVER_H

#include <stdint.h>

enum proxy_auth { PROXY_OPEN, PROXY_BASIC, PROXY_DIGEST, PROXY_BOTH, PROXY_FORBIDS /* 403 whatever is shown */ };

struct proxy;
/* Whoever shows user and password (in the way that auth says) is connected to 127.0.0.1:port, whatever CONNECT names. closes: the
 * connection ends after each 407, as some proxies do. */
struct proxy *proxy_start(enum proxy_auth auth, const char *user, const char *password, uint16_t port, int closes);
void proxy_stop(struct proxy *proxy);
uint16_t proxy_port(const struct proxy *proxy);
/* Every head of a request. Caller frees. */
char *proxy_journal(struct proxy *proxy);
unsigned proxy_tunnels(struct proxy *proxy);

#endif
