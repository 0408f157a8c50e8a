/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: where a request may go. URLs are read by libcurl's own parser, and what was checked is what is requested, so that no second reading
 * of the same text can lead elsewhere.
 */
#include "http_private.h"

#include <string.h>

/* NULL when memory is short, or the URL has no such part. */
static char *url_part(CURLU *url, CURLUPart part, unsigned int flags)
{
	char *text = NULL;
	return curl_url_get(url, part, &text, flags) == CURLUE_OK ? text : NULL;
}

/* Shows what can be shown of a URL that was refused. */
static naccs_status refuse(struct naccs_error *err, const char *reference, const char *reason)
{
	naccs_auto(heap) char *shown = naccs_http_url_for_people(reference);
	return naccs_fail(err, NACCS_E_NET_REDIRECT_REFUSED, 0, _("refused to go to %s: %s"), shown != NULL ? shown : "?", reason);
}

/* Does entry ("host" or "host:port") name this host and port? An IPv6 address stands in brackets. */
static bool is_entry(const char *entry, const char *host, const char *port)
{
	size_t length = strlen(host);
	if (strncasecmp(entry, host, length) != 0)
		return false;
	if (entry[length] == '\0')
		return strcmp(port, "443") == 0;
	return entry[length] == ':' && strcmp(entry + length + 1, port) == 0;
}

static bool is_allowed(const struct naccs_http *http, const char *host, const char *port)
{
	for (size_t i = 0; http->hosts[i] != NULL; i++) {
		if (is_entry(http->hosts[i], host, port))
			return true;
	}
	return false;
}

static naccs_status check_parts(const struct naccs_http *http, CURLU *url, const char *reference, struct naccs_error *err)
{
	naccs_auto(curl_text) char *scheme = url_part(url, CURLUPART_SCHEME, 0);
	naccs_auto(curl_text) char *host = url_part(url, CURLUPART_HOST, 0);
	naccs_auto(curl_text) char *user = url_part(url, CURLUPART_USER, 0);
	naccs_auto(curl_text) char *password = url_part(url, CURLUPART_PASSWORD, 0);
	naccs_auto(curl_text) char *zone = url_part(url, CURLUPART_ZONEID, 0);
	if (scheme == NULL || strcasecmp(scheme, "https") != 0)
		return refuse(err, reference, _("nothing but https is spoken with the portal"));
	naccs_auto(curl_text) char *port = url_part(url, CURLUPART_PORT, CURLU_DEFAULT_PORT);
	if (host == NULL || port == NULL || zone != NULL)
		return refuse(err, reference, _("it names no host"));
	if (user != NULL || password != NULL)
		return refuse(err, reference, _("it holds a user name"));
	if (is_allowed(http, host, port))
		return NACCS_OK;
	naccs_auto(heap) char *reason = naccs_format(_("%s:%s is not one of the portal's hosts"), host, port);
	(void)refuse(err, reference, reason != NULL ? reason : host);
	return naccs_error_hint(err, _("if the portal has moved, ask its operator, then adapt the portal description"));
}

naccs_status naccs_http_url_check(const struct naccs_http *http, const char *base, const char *reference, char **ret,
				  struct naccs_error *err)
{
	naccs_auto(http_curlu) CURLU *url = curl_url();
	if (url == NULL)
		return naccs_http_fail_memory(err);
	CURLUcode code = base != NULL ? curl_url_set(url, CURLUPART_URL, base, 0) : CURLUE_OK;
	if (code == CURLUE_OK)
		code = curl_url_set(url, CURLUPART_URL, reference, CURLU_NON_SUPPORT_SCHEME | CURLU_URLENCODE);
	if (code != CURLUE_OK)
		return refuse(err, reference, curl_url_strerror(code));
	naccs_status status = check_parts(http, url, reference, err);
	if (status != NACCS_OK)
		return status;
	(void)curl_url_set(url, CURLUPART_FRAGMENT, NULL, 0);
	naccs_auto(curl_text) char *text = url_part(url, CURLUPART_URL, 0);
	char *copy = text != NULL ? strdup(text) : NULL;
	if (copy == NULL)
		return naccs_http_fail_memory(err);
	*ret = copy;
	return NACCS_OK;
}

char *naccs_http_url_host(const char *url)
{
	naccs_auto(http_curlu) CURLU *parsed = curl_url();
	if (parsed == NULL || curl_url_set(parsed, CURLUPART_URL, url, 0) != CURLUE_OK)
		return NULL;
	naccs_auto(curl_text) char *host = url_part(parsed, CURLUPART_HOST, 0);
	if (host == NULL)
		return NULL;
	size_t length = strlen(host);
	if (length > 2 && host[0] == '[' && host[length - 1] == ']')
		return strndup(host + 1, length - 2);
	return strdup(host);
}

char *naccs_http_url_origin(const char *url)
{
	naccs_auto(http_curlu) CURLU *parsed = curl_url();
	if (parsed == NULL || curl_url_set(parsed, CURLUPART_URL, url, 0) != CURLUE_OK)
		return NULL;
	naccs_auto(curl_text) char *host = url_part(parsed, CURLUPART_HOST, 0);
	naccs_auto(curl_text) char *port = url_part(parsed, CURLUPART_PORT, CURLU_NO_DEFAULT_PORT);
	if (host == NULL)
		return NULL;
	return naccs_format("https://%s%s%s", host, port != NULL ? ":" : "", port != NULL ? port : "");
}

/* Writes text into target, its parameters as "name=****", or "****" where there is no name. They stand between separators, each after a
 * mark; mark '\0': everywhere. target must hold 5 times strlen(text) + 5. */
static void mask_values(const char *text, const char *separators, char mark, char *target)
{
	bool is_parameter = mark == '\0';
	for (;;) {
		size_t length = strcspn(text, separators);
		const char *equals = memchr(text, '=', length);
		size_t shown = !is_parameter ? length : equals != NULL ? (size_t)(equals - text) + 1 : 0;
		(void)memcpy(target, text, shown);
		target += shown;
		if (is_parameter && length > 0)
			target = (char *)mempcpy(target, "****", 4);
		text += length;
		if (*text == '\0')
			break;
		if (mark != '\0')
			is_parameter = *text == mark;
		*target++ = *text++;
	}
	*target = '\0';
}

static char *masked(const char *text, const char *separators, char mark)
{
	char *target = malloc(5 * strlen(text) + 5);
	if (target != NULL)
		mask_values(text, separators, mark, target);
	return target;
}

char *naccs_http_url_for_people(const char *url)
{
	naccs_auto(http_curlu) CURLU *parsed = curl_url();
	if (parsed == NULL)
		return NULL;
	if (curl_url_set(parsed, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME | CURLU_URLENCODE) != CURLUE_OK)
		return naccs_format("%s", _("an address that can't be read"));
	naccs_auto(curl_text) char *scheme = url_part(parsed, CURLUPART_SCHEME, 0);
	naccs_auto(curl_text) char *host = url_part(parsed, CURLUPART_HOST, 0);
	naccs_auto(curl_text) char *port = url_part(parsed, CURLUPART_PORT, 0);
	naccs_auto(curl_text) char *path = url_part(parsed, CURLUPART_PATH, 0);
	naccs_auto(curl_text) char *query = url_part(parsed, CURLUPART_QUERY, 0);
	naccs_auto(heap) char *shown_path = masked(path != NULL ? path : "", "/;", ';');
	naccs_auto(heap) char *shown_query = masked(query != NULL ? query : "", "&;", '\0');
	if (shown_path == NULL || shown_query == NULL)
		return NULL;
	return naccs_format("%s://%s%s%s%s%s%s", scheme != NULL ? scheme : "?", host != NULL ? host : "", port != NULL ? ":" : "",
			    port != NULL ? port : "", shown_path, query != NULL ? "?" : "", shown_query);
}
