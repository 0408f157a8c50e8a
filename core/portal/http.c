/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the handle of the one connection to the portal, its life and what it tells. The work is in the files beside this one, named in
 * http_private.h. */
#include "http_private.h"

naccs_status naccs_http_fail_memory(struct naccs_error *err)
{
	return naccs_fail(err, NACCS_E_INTERNAL, 0, _("cannot speak to the portal: memory is short"));
}

bool naccs_http_is_cancelled(const struct naccs_http *http)
{
	return http->cancelled != NULL && http->cancelled(http->cancelled_context);
}

naccs_status naccs_http_new(const struct naccs_http_options *options, struct naccs_http **ret, struct naccs_error *err)
{
	naccs_auto(http) struct naccs_http *http = calloc(1, sizeof *http);
	if (http == NULL)
		return naccs_http_fail_memory(err);
	http->connection.alert = -1;
	naccs_status status = naccs_http_curl_start(http, err);
	if (status == NACCS_OK)
		status = naccs_http_options_copy(http, options, err);
	if (status == NACCS_OK)
		status = naccs_http_options_apply(http, err);
	if (status == NACCS_OK)
		*ret = naccs_take(&http);
	return status;
}

void naccs_http_free(struct naccs_http *http)
{
	if (http == NULL)
		return;
	curl_easy_cleanup(http->easy); /* first: closing the connection calls back */
	for (size_t i = 0; http->hosts != NULL && http->hosts[i] != NULL; i++)
		free(http->hosts[i]);
	free(http->hosts);
	naccs_http_proxy_clear(&http->proxy);
	curl_slist_free_all(http->connect_to);
	EVP_PKEY_free(http->client_key);
	X509_free(http->client_certificate);
	naccs_http_stack_free(http->client_chain);
	naccs_http_stack_free(http->anchors);
	naccs_http_stack_free(http->intermediates);
	naccs_http_stack_free(http->chain);
	free(http->host);
	if (http->is_curl_initialised)
		curl_global_cleanup();
	free(http);
}

void naccs_http_reply_free(struct naccs_http_reply *reply)
{
	if (reply == NULL)
		return;
	free(reply->url);
	free(reply->content_type);
	free(reply->content_disposition);
	free(reply->refresh);
	naccs_secret_free(reply->body);
	free(reply);
}

static naccs_status run_checked(struct naccs_http *http, struct naccs_http_request *request, const char *url, struct naccs_http_reply **ret,
				struct naccs_error *err)
{
	naccs_auto(heap) char *checked = NULL;
	naccs_status status = naccs_http_url_check(http, NULL, url, &checked, err);
	if (status != NACCS_OK)
		return status;
	request->url = checked;
	return naccs_http_run(http, request, ret, err);
}

naccs_status naccs_http_get(struct naccs_http *http, const char *url, const char *referer, enum naccs_http_expect expect,
			    struct naccs_http_reply **ret, struct naccs_error *err)
{
	struct naccs_http_request request = {.method = NACCS_HTTP_GET, .referer = referer, .expect = expect};
	return run_checked(http, &request, url, ret, err);
}

naccs_status naccs_http_head(struct naccs_http *http, const char *url, struct naccs_http_reply **ret, struct naccs_error *err)
{
	struct naccs_http_request request = {.method = NACCS_HTTP_HEAD, .expect = NACCS_HTTP_PAGE};
	return run_checked(http, &request, url, ret, err);
}

naccs_status naccs_http_post(struct naccs_http *http, const char *url, const char *referer, const struct naccs_secret *body,
			     const char *content_type, enum naccs_http_expect expect, struct naccs_http_reply **ret,
			     struct naccs_error *err)
{
	struct naccs_http_request request = {
		.method = NACCS_HTTP_POST,
		.referer = referer,
		.body = body,
		.content_type = content_type != NULL ? content_type : "application/x-www-form-urlencoded",
		.expect = expect,
	};
	return run_checked(http, &request, url, ret, err);
}

naccs_status naccs_http_check_url(const struct naccs_http *http, const char *url, struct naccs_error *err)
{
	naccs_auto(heap) char *checked = NULL;
	return naccs_http_url_check(http, NULL, url, &checked, err);
}

STACK_OF(X509) *naccs_http_chain(const struct naccs_http *http)
{
	return http->chain;
}

bool naccs_http_client_certificate_asked(const struct naccs_http *http)
{
	return http->client_certificate_asked;
}

int naccs_http_alert(const struct naccs_http *http)
{
	return http->connection.alert;
}

unsigned naccs_http_connection_count(const struct naccs_http *http)
{
	return http->connection_count;
}

unsigned naccs_http_request_count(const struct naccs_http *http)
{
	return http->request_count;
}
