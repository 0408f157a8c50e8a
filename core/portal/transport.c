/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the transport that the program uses. See transport.h. */
#include "transport.h"

#include <time.h>

static naccs_status get(void *context, const char *url, const char *referer, enum naccs_http_expect expect, struct naccs_http_reply **ret,
			struct naccs_error *err)
{
	return naccs_http_get(context, url, referer, expect, ret, err);
}

static naccs_status post(void *context, const char *url, const char *referer, const struct naccs_secret *body, const char *content_type,
			 enum naccs_http_expect expect, struct naccs_http_reply **ret, struct naccs_error *err)
{
	return naccs_http_post(context, url, referer, body, content_type, expect, ret, err);
}

static naccs_status check_url(void *context, const char *url, struct naccs_error *err)
{
	return naccs_http_check_url(context, url, err);
}

/* A signal ends the waiting early: the next request then notices that the run was cancelled. */
static void wait_seconds(void *context, unsigned seconds)
{
	const struct timespec time = {.tv_sec = (time_t)seconds};

	(void)context;
	(void)nanosleep(&time, NULL);
}

static uint32_t seconds(void *context)
{
	struct timespec now = {0};

	(void)context;
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint32_t)now.tv_sec;
}

static int client_alert(const void *context)
{
	return naccs_http_client_certificate_asked(context) ? naccs_http_alert(context) : -1;
}

void naccs_transport_over_http(struct naccs_http *http, struct naccs_transport *ret)
{
	*ret = (struct naccs_transport){.context = http,
					.get = get,
					.post = post,
					.check_url = check_url,
					.wait = wait_seconds,
					.seconds = seconds,
					.client_alert = client_alert};
}
