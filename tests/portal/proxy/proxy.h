/* SPDX-License-Identifier: Apache-2.0 */
/* Why: naccs-proxy-simulator's parts: who may pass (auth.c), what passes (tunnel.c), and the program around them (main.c). */
#ifndef PORTAL_PROXY_H
#define PORTAL_PROXY_H

#include "journal.h"
#include "pki.h"
#include "util.h"

enum proxy_auth { PROXY_AUTH_NONE, PROXY_AUTH_BASIC, PROXY_AUTH_DIGEST, PROXY_AUTH_DIGEST_SHA256, PROXY_AUTH_COUNT };

struct proxy {
	const char *dir, *pki_dir, *journal_path;
	enum proxy_auth auth;
	const char *user, *password;
	char nonce[33];
	unsigned port, to_port, refusal; /* refusal: the status every CONNECT gets; 0: none */
	bool is_intercepting, dies_with_parent;
	struct sim_clock clock;
	struct journal *journal;
	struct pki *pki;
	SSL_CTX *interceptor; /* made before the first connection */
};

/* Does that Proxy-Authorization (NULL: none) open the way for CONNECT target? */
bool proxy_auth_accepts(const struct proxy *proxy, const char *authorization, const char *target);
/* "Proxy-Authenticate: …\r\n"; malloc'ed. */
char *proxy_auth_challenge(const struct proxy *proxy);

/* Carry bytes between client and target (opened here) until one ends; the answer to CONNECT is sent here too. */
void proxy_tunnel(const struct proxy *proxy, int client, const char *target, int connection);

/* All bytes, or false. */
bool proxy_send(int fd, const char *bytes, size_t size);

#endif
