/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: which proxy, if any, a request goes through. The environment is read here by name and libcurl is told the answer, so that what
 * libcurl would read by itself plays no part. Only plain http:// proxies are spoken with: to an https:// proxy libcurl would show our
 * client certificate, and check it against the portal's name.
 */
#include "http_private.h"

#include <string.h>

void naccs_http_proxy_clear(struct naccs_http_proxy *proxy)
{
	free(proxy->url);
	free(proxy->no_proxy);
	free(proxy->refused);
	free(proxy->asked_host);
	naccs_secret_free(proxy->credentials);
	*proxy = (struct naccs_http_proxy){0};
}

/* The first of these that is set and not empty; NULL: none. */
static const char *environment(const char *const *names)
{
	for (; *names != NULL; names++) {
		const char *value = getenv(*names);
		if (value != NULL && value[0] != '\0')
			return value;
	}
	return NULL;
}

static naccs_status refuse_scheme(struct naccs_error *err, const char *scheme)
{
	(void)naccs_fail(err, NACCS_E_NET_PROXY_REFUSED, 0, _("refused to use a proxy by %s://"), scheme);
	return naccs_error_hint(err, _("give the proxy as http://HOST:PORT; what goes through it is encrypted all the same"));
}

static naccs_status append_encoded(struct naccs_http *http, struct naccs_secret *credentials, const char *text, size_t length,
				   struct naccs_error *err)
{
	if (length == 0)
		return NACCS_OK;
	char *encoded = length < 4096 ? curl_easy_escape(http->easy, text, (int)length) : NULL;
	if (encoded == NULL)
		return naccs_http_fail_memory(err);
	naccs_status status = naccs_secret_append(credentials, encoded, strlen(encoded), err);
	naccs_wipe(encoded, strlen(encoded));
	curl_free(encoded);
	return status;
}

/* libcurl decodes both parts of CURLOPT_PROXYUSERPWD, so they are encoded. Everything after the first colon is the password. */
static naccs_status set_credentials(struct naccs_http *http, const struct naccs_secret *given, struct naccs_error *err)
{
	naccs_auto(secret) struct naccs_secret *credentials = NULL;
	const char *text = naccs_secret_text(given);
	const char *colon = memchr(text, ':', naccs_secret_length(given));
	if (colon == NULL || colon == text)
		return naccs_fail(err, NACCS_E_USAGE, 0, _("cannot use the proxy's credentials: they are not of the form user:password"));
	size_t user_length = (size_t)(colon - text), password_length = naccs_secret_length(given) - user_length - 1;
	naccs_status status = naccs_secret_new(32 * 1024, &credentials, err);
	if (status == NACCS_OK)
		status = append_encoded(http, credentials, text, user_length, err);
	if (status == NACCS_OK)
		status = naccs_secret_append(credentials, ":", 1, err);
	if (status == NACCS_OK)
		status = append_encoded(http, credentials, colon + 1, password_length, err);
	if (status == NACCS_OK && http->log != NULL)
		status = naccs_log_hide(http->log, colon + 1, password_length, err);
	if (status == NACCS_OK)
		http->proxy.credentials = naccs_take(&credentials);
	return status;
}

/* User information in a proxy of the environment: already encoded there. */
static naccs_status set_credentials_of_url(struct naccs_http *http, CURLU *url, struct naccs_error *err)
{
	naccs_auto(curl_text) char *user = NULL;
	naccs_auto(curl_text) char *password = NULL;
	(void)curl_url_get(url, CURLUPART_USER, &user, 0);
	(void)curl_url_get(url, CURLUPART_PASSWORD, &password, 0);
	if (user == NULL)
		return NACCS_OK;
	if (password == NULL)
		password = curl_easy_escape(http->easy, "", 0);
	naccs_auto(secret) struct naccs_secret *credentials = NULL;
	naccs_status status = naccs_secret_new(32 * 1024, &credentials, err);
	if (status == NACCS_OK)
		status = naccs_secret_append(credentials, user, strlen(user), err);
	if (status == NACCS_OK)
		status = naccs_secret_append(credentials, ":", 1, err);
	if (status == NACCS_OK && password != NULL)
		status = naccs_secret_append(credentials, password, strlen(password), err);
	if (status == NACCS_OK && password != NULL && http->log != NULL)
		status = naccs_log_hide(http->log, password, strlen(password), err);
	if (password != NULL)
		naccs_wipe(password, strlen(password));
	if (status == NACCS_OK)
		http->proxy.credentials = naccs_take(&credentials);
	return status;
}

/* "http://host:port" of what was given, with nothing else. */
static naccs_status set_url(struct naccs_http *http, CURLU *url, struct naccs_error *err)
{
	(void)curl_url_set(url, CURLUPART_USER, NULL, 0);
	(void)curl_url_set(url, CURLUPART_PASSWORD, NULL, 0);
	naccs_auto(curl_text) char *host = NULL;
	naccs_auto(curl_text) char *port = NULL;
	(void)curl_url_get(url, CURLUPART_HOST, &host, 0);
	(void)curl_url_get(url, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT);
	if (host == NULL || port == NULL)
		return naccs_http_fail_memory(err);
	http->proxy.url = naccs_format("http://%s:%s", host, port);
	return http->proxy.url != NULL ? NACCS_OK : naccs_http_fail_memory(err);
}

static naccs_status configure(struct naccs_http *http, const char *given, bool is_from_environment, struct naccs_error *err)
{
	naccs_auto(http_curlu) CURLU *url = curl_url();
	naccs_auto(heap) char *text = naccs_format("%s%s", strstr(given, "://") != NULL ? "" : "http://", given);
	if (url == NULL || text == NULL)
		return naccs_http_fail_memory(err);
	CURLUcode code = curl_url_set(url, CURLUPART_URL, text, CURLU_NON_SUPPORT_SCHEME);
	if (code != CURLUE_OK) /* not shown: it may hold a password */
		return naccs_fail(err, NACCS_E_NET_PROXY_REFUSED, code, _("cannot read the proxy's address: %s"), curl_url_strerror(code));
	naccs_auto(curl_text) char *scheme = NULL;
	(void)curl_url_get(url, CURLUPART_SCHEME, &scheme, 0);
	if (scheme == NULL || strcasecmp(scheme, "http") != 0) {
		if (!is_from_environment)
			return refuse_scheme(err, scheme != NULL ? scheme : "?");
		http->proxy.refused = strdup(scheme != NULL ? scheme : "?");
		return http->proxy.refused != NULL ? NACCS_OK : naccs_http_fail_memory(err);
	}
	naccs_auto(curl_text) char *user = NULL;
	if (curl_url_get(url, CURLUPART_USER, &user, 0) == CURLUE_OK && !is_from_environment) {
		(void)naccs_fail(err, NACCS_E_NET_PROXY_REFUSED, 0, _("refused a proxy address that holds a user name"));
		return naccs_error_hint(err, _("put user:password into a file that only you can read, and name it with --proxy-auth"));
	}
	naccs_status status = NACCS_OK;
	if (http->proxy.credentials == NULL)
		status = set_credentials_of_url(http, url, err);
	return status == NACCS_OK ? set_url(http, url, err) : status;
}

naccs_status naccs_http_proxy_configure(struct naccs_http *http, const struct naccs_http_options *options, struct naccs_error *err)
{
	const char *given = options->proxy;
	bool is_from_environment = given == NULL && options->proxy_from_environment;
	if (is_from_environment) {
		given = environment((const char *const[]){"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", NULL});
		const char *no_proxy = environment((const char *const[]){"no_proxy", "NO_PROXY", NULL});
		http->proxy.no_proxy = strdup(no_proxy != NULL ? no_proxy : "");
		if (http->proxy.no_proxy == NULL)
			return naccs_http_fail_memory(err);
	}
	http->proxy.asks_system = is_from_environment && given == NULL;
	naccs_status status = NACCS_OK;
	if (given == NULL ? !http->proxy.asks_system : given[0] == '\0')
		return NACCS_OK;
	if (options->proxy_auth != NULL)
		status = set_credentials(http, options->proxy_auth, err);
	return status == NACCS_OK && given != NULL ? configure(http, given, is_from_environment, err) : status;
}

/* "*", or a host, or a domain that it lies in (with or without a leading dot), separated by commas or blanks. */
static bool is_excepted(const char *no_proxy, const char *host)
{
	size_t host_length = strlen(host);
	while (no_proxy != NULL && *(no_proxy += strspn(no_proxy, ", \t")) != '\0') {
		size_t length = strcspn(no_proxy, ", \t");
		const char *entry = no_proxy;
		no_proxy += length;
		if (length == 1 && entry[0] == '*')
			return true;
		if (entry[0] == '.') {
			entry++;
			length--;
		}
		if (length == 0 || length > host_length || strncasecmp(host + host_length - length, entry, length) != 0)
			continue;
		if (length == host_length || host[host_length - length - 1] == '.')
			return true;
	}
	return false;
}

/* Nothing was said here: then the system's settings hold, which may differ by host. */
static naccs_status ask_system(struct naccs_http *http, struct naccs_error *err)
{
	struct naccs_http_proxy *proxy = &http->proxy;
	naccs_auto(heap) char *given = NULL;
	if (!proxy->asks_system || (proxy->asked_host != NULL && strcmp(proxy->asked_host, http->host) == 0))
		return NACCS_OK;
	free(naccs_take(&proxy->asked_host));
	free(naccs_take(&proxy->url));
	free(naccs_take(&proxy->refused));
	naccs_status status = naccs_http_system_proxy(http->host, &given, err);
	if (status == NACCS_OK && given != NULL)
		status = configure(http, given, true, err);
	if (status != NACCS_OK)
		return status;
	proxy->asked_host = strdup(http->host);
	return proxy->asked_host != NULL ? NACCS_OK : naccs_http_fail_memory(err);
}

naccs_status naccs_http_proxy_apply(struct naccs_http *http, struct naccs_error *err)
{
	const struct naccs_http_proxy *proxy = &http->proxy;
	naccs_status asked = ask_system(http, err);
	if (asked != NACCS_OK)
		return asked;
	bool is_used = (proxy->url != NULL || proxy->refused != NULL) && !is_excepted(proxy->no_proxy, http->host);
	if (is_used && proxy->url == NULL)
		return refuse_scheme(err, proxy->refused);
	const char *credentials = is_used && proxy->credentials != NULL ? naccs_secret_text(proxy->credentials) : NULL;
	/* "": no proxy, and none of the environment's either. */
	if (curl_easy_setopt(http->easy, CURLOPT_PROXY, is_used ? proxy->url : "") != CURLE_OK ||
	    curl_easy_setopt(http->easy, CURLOPT_PROXYTYPE, (long)CURLPROXY_HTTP) != CURLE_OK ||
	    curl_easy_setopt(http->easy, CURLOPT_NOPROXY, is_used ? "" : "*") != CURLE_OK ||
	    curl_easy_setopt(http->easy, CURLOPT_PROXYAUTH, (long)(CURLAUTH_BASIC | CURLAUTH_DIGEST)) != CURLE_OK ||
	    curl_easy_setopt(http->easy, CURLOPT_PROXYUSERPWD, credentials) != CURLE_OK)
		return naccs_http_fail_memory(err);
	return NACCS_OK;
}
