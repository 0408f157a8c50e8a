/* SPDX-License-Identifier: Apache-2.0 */
/* Why: redirects are followed one at a time, each after the same check as a first request, and never with a POST's body. */
#include "http_private.h"

/* What the next request is, after this answer. */
static naccs_status turn(struct naccs_http_request *request, long status_code, const char *shown, struct naccs_error *err)
{
	if (request->method != NACCS_HTTP_POST)
		return NACCS_OK;
	if (status_code == 307 || status_code == 308)
		return naccs_fail(err, NACCS_E_NET_REDIRECT_REFUSED, status_code,
				  _("refused to send a form once more to %s, as the portal's answer %ld asks"), shown, status_code);
	request->method = NACCS_HTTP_GET;
	request->body = NULL;
	request->content_type = NULL;
	return NACCS_OK;
}

static naccs_status follow(struct naccs_http *http, struct naccs_http_request *request, const struct naccs_http_reply *reply,
			   const char *location, char **url, struct naccs_error *err)
{
	naccs_auto(heap) char *next = NULL;
	naccs_status status = naccs_http_url_check(http, *url, location, &next, err);
	if (status != NACCS_OK)
		return naccs_error_prefix(err, _("redirect by the portal"));
	naccs_auto(heap) char *shown = naccs_http_url_for_people(next);
	status = turn(request, reply->status, shown != NULL ? shown : "?", err);
	if (status != NACCS_OK)
		return status;
	free(*url);
	*url = naccs_take(&next);
	request->url = *url;
	return NACCS_OK;
}

naccs_status naccs_http_run(struct naccs_http *http, const struct naccs_http_request *first, struct naccs_http_reply **ret,
			    struct naccs_error *err)
{
	struct naccs_http_request request = *first;
	naccs_auto(heap) char *url = naccs_format("%s", first->url);
	if (url == NULL)
		return naccs_http_fail_memory(err);
	for (unsigned hop = 0; hop <= NACCS_HTTP_REDIRECTS; hop++) {
		naccs_auto(http_reply) struct naccs_http_reply *reply = NULL;
		naccs_auto(heap) char *location = NULL;
		naccs_status status = naccs_http_transfer(http, &request, &reply, &location, err);
		if (status != NACCS_OK)
			return status;
		if (location == NULL || request.method == NACCS_HTTP_HEAD) {
			*ret = naccs_take(&reply);
			return NACCS_OK;
		}
		status = follow(http, &request, reply, location, &url, err);
		if (status != NACCS_OK)
			return status;
	}
	naccs_auto(heap) char *shown = naccs_http_url_for_people(first->url);
	return naccs_fail(err, NACCS_E_NET_REDIRECT_REFUSED, 0, _("gave up on %s: more than %d redirects"), shown != NULL ? shown : "?",
			  NACCS_HTTP_REDIRECTS);
}
