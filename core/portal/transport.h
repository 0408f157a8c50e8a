/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: the journeys ask for three things only. So they run over http.h in the program, and over pages from a file or a fuzzer in tests. A
 * transport keeps the rules of http.h: which addresses are allowed, redirects, sizes, a POST never sent twice.
 */
#ifndef NACCS_PORTAL_TRANSPORT_H
#define NACCS_PORTAL_TRANSPORT_H

#include "http.h"

struct naccs_transport {
	void *context;
	/* As naccs_http_get, naccs_http_post, naccs_http_check_url. *ret is freed with naccs_http_reply_free(). */
	naccs_status (*get)(void *context, const char *url, const char *referer, enum naccs_http_expect expect,
			    struct naccs_http_reply **ret, struct naccs_error *err);
	naccs_status (*post)(void *context, const char *url, const char *referer, const struct naccs_secret *body, const char *content_type,
			     enum naccs_http_expect expect, struct naccs_http_reply **ret, struct naccs_error *err);
	naccs_status (*check_url)(void *context, const char *url, struct naccs_error *err);
	/* A page wants to be asked again in so many seconds. May be NULL. */
	void (*wait)(void *context, unsigned seconds);
	/* A clock that only goes forward, in seconds from any beginning. May be NULL. */
	uint32_t (*seconds)(void *context);
	/* As naccs_http_alert(), when the server had asked for a client certificate; -1: none. May be NULL. */
	int (*client_alert)(const void *context);
};

/* Over a connection; http must outlive it. */
void naccs_transport_over_http(struct naccs_http *http, struct naccs_transport *ret);

#endif
