/* SPDX-License-Identifier: Apache-2.0 */
/* Why: one request and its answer. Here libcurl's result becomes one of ours: an answer, whole or cut, or the reason why there is none. */
#include "http_private.h"

#include <openssl/err.h>
#include <string.h>

#define IDLE_PROBE_MS 20

/* A kept connection that is readable while nothing was asked is being closed by the server: a close_notify, which libcurl does not notice,
 * or a last word such as 408, which it would take for the answer to the next request. A form, above all, must not go into it: nobody could
 * say then whether it arrived. So before a form some time is given to an end that is under way. */
static bool is_connection_stale(CURL *easy, int wait_ms)
{
	curl_socket_t socket = CURL_SOCKET_BAD;
	if (curl_easy_getinfo(easy, CURLINFO_ACTIVESOCKET, &socket) != CURLE_OK || socket == CURL_SOCKET_BAD)
		return false;
	return naccs_http_socket_has_news(socket, wait_ms);
}

static bool append_header(struct curl_slist **list, const char *name, const char *value)
{
	naccs_auto(heap) char *line = naccs_format("%s:%s%s", name, value[0] != '\0' ? " " : "", value);
	struct curl_slist *longer = line != NULL ? curl_slist_append(*list, line) : NULL;
	if (longer != NULL)
		*list = longer;
	return longer != NULL;
}

static naccs_status make_headers(const struct naccs_http_request *request, struct curl_slist **ret, struct naccs_error *err)
{
	naccs_auto(http_slist) struct curl_slist *list = NULL;
	bool is_good = append_header(&list, "Accept", "text/html,application/xhtml+xml,*/*;q=0.8") &&
		       append_header(&list, "Accept-Language", "ja") && append_header(&list, "Accept-Encoding", "identity");
	if (request->method == NACCS_HTTP_POST) {
		if (!naccs_text_is_clean(request->content_type, strlen(request->content_type), NULL))
			return naccs_fail(err, NACCS_E_INTERNAL, 0, _("cannot send a form: its content type holds control characters"));
		naccs_auto(heap) char *origin = naccs_http_url_origin(request->url);
		is_good = is_good && origin != NULL && append_header(&list, "Origin", origin) &&
			  append_header(&list, "Content-Type", request->content_type) && append_header(&list, "Expect", "");
	}
	if (!is_good)
		return naccs_http_fail_memory(err);
	*ret = naccs_take(&list);
	return NACCS_OK;
}

/* As browsers do: the page that led here, unless it was on another host. *ret may be NULL. */
static char *make_referer(const struct naccs_http *http, const struct naccs_http_request *request)
{
	naccs_auto(heap) char *referer = NULL;
	if (request->referer == NULL || naccs_http_url_check(http, NULL, request->referer, &referer, NULL) != NACCS_OK)
		return NULL;
	naccs_auto(heap) char *from = naccs_http_url_origin(referer);
	naccs_auto(heap) char *to = naccs_http_url_origin(request->url);
	return from != NULL && to != NULL && strcmp(from, to) == 0 ? naccs_take(&referer) : NULL;
}

#define SET(option, value) (curl_easy_setopt(http->easy, option, value) == CURLE_OK)

static bool set_method(struct naccs_http *http, const struct naccs_http_request *request)
{
	int wait_ms = request->method == NACCS_HTTP_POST ? IDLE_PROBE_MS : 0;
	if (!SET(CURLOPT_HTTPGET, 1L) || !SET(CURLOPT_FRESH_CONNECT, is_connection_stale(http->easy, wait_ms) ? 1L : 0L))
		return false;
	switch (request->method) {
	case NACCS_HTTP_GET:
		return true;
	case NACCS_HTTP_HEAD:
		return SET(CURLOPT_NOBODY, 1L);
	case NACCS_HTTP_POST:
		return SET(CURLOPT_POST, 1L) && SET(CURLOPT_POSTFIELDS, naccs_secret_text(request->body)) &&
		       SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)naccs_secret_length(request->body));
	}
	return false;
}

/* Sets up one request. What it leaves behind in libcurl is taken back by perform(). */
static naccs_status prepare(struct naccs_http *http, const struct naccs_http_request *request, struct naccs_secret *body, size_t limit,
			    struct naccs_error *err)
{
	free(http->host);
	http->host = naccs_http_url_host(request->url);
	if (http->host == NULL)
		return naccs_http_fail_memory(err);
	http->tls_error = (struct naccs_error){0};
	http->error_text[0] = '\0';
	http->transfer = (struct naccs_http_transfer){.body = body, .limit = limit, .is_post = request->method == NACCS_HTTP_POST};
	naccs_http_sign_of_life(http);
	naccs_auto(heap) char *referer = make_referer(http, request);
	if (!SET(CURLOPT_URL, request->url) || !SET(CURLOPT_REFERER, referer) || !set_method(http, request))
		return naccs_http_fail_memory(err);
	return naccs_http_proxy_apply(http, err);
}

static CURLcode perform(struct naccs_http *http, struct curl_slist *headers)
{
	ERR_clear_error();
	CURLcode code = SET(CURLOPT_HTTPHEADER, headers) ? curl_easy_perform(http->easy) : CURLE_OUT_OF_MEMORY;
	if (http->transfer.was_idle) {
		code = CURLE_OPERATION_TIMEDOUT;
		(void)snprintf(http->error_text, sizeof http->error_text, _("nothing came for %u seconds"), (unsigned)http->idle_seconds);
	}
	ERR_clear_error();
	(void)SET(CURLOPT_HTTPHEADER, NULL);
	(void)SET(CURLOPT_POSTFIELDS, NULL);
	http->transfer.body = NULL;
	return code;
}

static long answer_code(const struct naccs_http *http)
{
	long code = 0;
	if (!http->transfer.is_head_complete || curl_easy_getinfo(http->easy, CURLINFO_RESPONSE_CODE, &code) != CURLE_OK)
		return 0;
	return code >= 200 ? code : 0;
}

/* Value of a header of the final answer; NULL: none. Borrowed, until the next request. */
static const char *answer_header(const struct naccs_http *http, const char *name)
{
	struct curl_header *header = NULL;
	return curl_easy_header(http->easy, name, 0, CURLH_HEADER, -1, &header) == CURLHE_OK ? header->value : NULL;
}

/* Neither a length nor chunks told where the body ends, and the server closed without saying so. */
static bool is_end_unproven(const struct naccs_http *http, const struct naccs_http_request *request, long code)
{
	if (request->method == NACCS_HTTP_HEAD || code == 204 || code == 304)
		return false;
	return answer_header(http, "Content-Length") == NULL && answer_header(http, "Transfer-Encoding") == NULL &&
	       !http->connection.saw_close_notify;
}

static bool copy_header(const struct naccs_http *http, const char *name, char **ret)
{
	const char *value = answer_header(http, name);
	if (value != NULL)
		*ret = strdup(value);
	return value == NULL || *ret != NULL;
}

static naccs_status make_reply(const struct naccs_http *http, const struct naccs_http_request *request, long code,
			       struct naccs_http_reply *reply, char **ret_location, struct naccs_error *err)
{
	reply->status = code;
	reply->url = strdup(request->url);
	if (reply->url == NULL || !copy_header(http, "Content-Type", &reply->content_type) ||
	    !copy_header(http, "Content-Disposition", &reply->content_disposition) || !copy_header(http, "Refresh", &reply->refresh))
		return naccs_http_fail_memory(err);
	const char *location = answer_header(http, "Location");
	if (code >= 300 && code < 400 && location != NULL && location[0] != '\0') {
		*ret_location = strdup(location);
		return *ret_location != NULL ? NACCS_OK : naccs_http_fail_memory(err);
	}
	return NACCS_OK;
}

static void report(const struct naccs_http *http, const struct naccs_http_request *request, const char *url,
		   const struct naccs_http_reply *reply, bool is_redirect)
{
	static const char *const methods[] = {[NACCS_HTTP_GET] = "GET", [NACCS_HTTP_HEAD] = "HEAD", [NACCS_HTTP_POST] = "POST"};
	naccs_log_line(http->log, NACCS_LOG_WIRE, "%s %s: %ld, %zu bytes%s%s%s%s", methods[request->method], url, reply->status,
		       naccs_secret_length(reply->body), reply->content_type != NULL ? ", " : "",
		       reply->content_type != NULL ? reply->content_type : "", is_redirect ? ", a redirect" : "",
		       reply->is_cut ? ", cut" : "");
}

/* libcurl has done its part; reply holds the body. */
static naccs_status conclude(struct naccs_http *http, const struct naccs_http_request *request, CURLcode result, const char *url,
			     struct naccs_http_reply *reply, char **ret_location, struct naccs_error *err)
{
	naccs_status status = naccs_http_check_aborted(http, url, err);
	if (status != NACCS_OK)
		return status;
	long code = answer_code(http);
	if (code == 0)
		return naccs_http_fail_without_answer(http, result, url, err);
	status = make_reply(http, request, code, reply, ret_location, err);
	if (status != NACCS_OK)
		return status;
	bool is_redirect = *ret_location != NULL; /* its body is of no interest */
	reply->is_cut = !is_redirect && (result != CURLE_OK || is_end_unproven(http, request, code));
	report(http, request, url, reply, is_redirect);
	if (reply->is_cut && request->expect != NACCS_HTTP_FILE)
		return naccs_http_fail_cut(http, result, url, err);
	return NACCS_OK;
}

naccs_status naccs_http_transfer(struct naccs_http *http, const struct naccs_http_request *request, struct naccs_http_reply **ret,
				 char **ret_location, struct naccs_error *err)
{
	naccs_auto(http_slist) struct curl_slist *headers = NULL;
	naccs_auto(heap) char *location = NULL;
	naccs_auto(heap) char *url = naccs_http_url_for_people(request->url);
	naccs_auto(http_reply) struct naccs_http_reply *reply = calloc(1, sizeof *reply);
	size_t limit = request->expect == NACCS_HTTP_FILE ? NACCS_HTTP_FILE_LIMIT : NACCS_HTTP_PAGE_LIMIT;
	if (url == NULL || reply == NULL)
		return naccs_http_fail_memory(err);
	if (naccs_http_is_cancelled(http))
		return naccs_fail(err, NACCS_E_CANCELLED, 0, _("cancelled before a request to %s"), url);
	naccs_status status = naccs_secret_new(limit, &reply->body, err);
	if (status == NACCS_OK)
		status = make_headers(request, &headers, err);
	if (status == NACCS_OK)
		status = prepare(http, request, reply->body, limit, err);
	if (status != NACCS_OK)
		return status;
	CURLcode result = perform(http, headers);
	status = conclude(http, request, result, url, reply, &location, err);
	if (status != NACCS_OK)
		return status;
	*ret = naccs_take(&reply);
	*ret_location = naccs_take(&location);
	return NACCS_OK;
}
