/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: one place where libcurl is told how to behave. Every default that matters is stated, because an unstated one is filled in from the
 * environment or from how libcurl was built.
 */
#include "http_private.h"

#include <string.h>

#define TIMEOUT_DEFAULT 60
#define IDLE_DEFAULT 30
#define TIMEOUT_MAX ((uint32_t)7 * 24 * 60 * 60) /* libcurl counts milliseconds in a long */
#define USER_AGENT "Mozilla/5.0 (compatible; naccs-cert)"

static naccs_status copy_hosts(struct naccs_http *http, const char *const *hosts, struct naccs_error *err)
{
	size_t count = 0;
	while (hosts != NULL && hosts[count] != NULL)
		count++;
	if (count == 0)
		return naccs_fail(err, NACCS_E_USAGE, 0, _("cannot speak to a portal without hosts"));
	http->hosts = calloc(count + 1, sizeof *http->hosts);
	if (http->hosts == NULL)
		return naccs_http_fail_memory(err);
	for (size_t i = 0; i < count; i++) {
		http->hosts[i] = strdup(hosts[i]);
		if (http->hosts[i] == NULL)
			return naccs_http_fail_memory(err);
	}
	return NACCS_OK;
}

/* HOST:PORT:HOST2:PORT2 has three colons outside of the brackets of an IPv6 address. libcurl ignores what it can't read, so it is checked
 * here. */
static bool is_connect_to(const char *text)
{
	bool in_brackets = false;
	unsigned colons = 0;
	for (; *text != '\0'; text++) {
		if (*text == '[' || *text == ']')
			in_brackets = *text == '[';
		else if (*text == ':' && !in_brackets)
			colons++;
	}
	return colons == 3 && !in_brackets;
}

static naccs_status copy_connect_to(struct naccs_http *http, const char *const *entries, struct naccs_error *err)
{
	for (; entries != NULL && *entries != NULL; entries++) {
		if (!is_connect_to(*entries)) {
			(void)naccs_fail(err, NACCS_E_USAGE, 0, _("cannot read the connection target %s"), *entries);
			return naccs_error_hint(err, _("write it as HOST:PORT:HOST2:PORT2; empty parts match all"));
		}
		struct curl_slist *longer = curl_slist_append(http->connect_to, *entries);
		if (longer == NULL)
			return naccs_http_fail_memory(err);
		http->connect_to = longer;
	}
	return NACCS_OK;
}

/* In libcurl's OpenSSL context, which is the default one, not in the private one that the certificate may come from. */
static X509 *copy_certificate(const X509 *certificate)
{
	unsigned char *der = NULL;
	int length = i2d_X509(certificate, &der);
	if (length <= 0)
		return NULL;
	const unsigned char *at = der;
	X509 *copy = d2i_X509(NULL, &at, length);
	OPENSSL_free(der);
	return copy;
}

static STACK_OF(X509) *copy_certificates(STACK_OF(X509) *certificates)
{
	naccs_auto(http_stack) STACK_OF(X509) *copies = sk_X509_new_null();
	for (int i = 0; copies != NULL && i < sk_X509_num(certificates); i++) {
		naccs_auto(http_x509) X509 *copy = copy_certificate(sk_X509_value(certificates, i));
		if (copy == NULL || sk_X509_push(copies, copy) == 0)
			return NULL;
		(void)naccs_take(&copy);
	}
	return naccs_take(&copies);
}

static naccs_status copy_identity(struct naccs_http *http, const struct naccs_http_options *options, struct naccs_error *err)
{
	if ((options->client_key == NULL) != (options->client_certificate == NULL))
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("cannot authenticate to the portal: key and certificate belong together"));
	if (options->client_key == NULL)
		return NACCS_OK;
	http->client_certificate = copy_certificate(options->client_certificate);
	http->client_chain = copy_certificates(options->client_chain);
	if (http->client_certificate == NULL || http->client_chain == NULL)
		return naccs_http_fail_memory(err);
	(void)EVP_PKEY_up_ref(options->client_key);
	http->client_key = options->client_key;
	http->client_key_lacks_pss = options->client_key_lacks_pss;
	return NACCS_OK;
}

static uint32_t seconds_or(uint32_t seconds, uint32_t fallback)
{
	if (seconds == 0)
		return fallback;
	return seconds < TIMEOUT_MAX ? seconds : TIMEOUT_MAX;
}

naccs_status naccs_http_options_copy(struct naccs_http *http, const struct naccs_http_options *options, struct naccs_error *err)
{
	http->crypto = options->crypto;
	http->log = options->log;
	http->cancelled = options->cancelled;
	http->cancelled_context = options->cancelled_context;
	http->timeout_seconds = seconds_or(options->timeout_seconds, TIMEOUT_DEFAULT);
	http->idle_seconds = seconds_or(options->idle_seconds, IDLE_DEFAULT);
	http->anchors = X509_chain_up_ref(options->anchors);
	http->intermediates = options->intermediates != NULL ? X509_chain_up_ref(options->intermediates) : sk_X509_new_null();
	if (http->anchors == NULL || http->intermediates == NULL)
		return naccs_http_fail_memory(err);
	naccs_status status = copy_hosts(http, options->hosts, err);
	if (status == NACCS_OK)
		status = copy_connect_to(http, options->connect_to, err);
	if (status == NACCS_OK)
		status = copy_identity(http, options, err);
	if (status == NACCS_OK)
		status = naccs_http_proxy_configure(http, options, err);
	return status;
}

#define SET(option, value) (curl_easy_setopt(http->easy, option, value) == CURLE_OK)

static bool set_tls(struct naccs_http *http)
{
	/* What is trusted is decided in http_tls.c alone. VERIFYPEER must be on, or libcurl ignores that decision. */
	return SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) && SET(CURLOPT_SSL_VERIFYPEER, 1L) &&
	       SET(CURLOPT_SSL_VERIFYHOST, 2L) && SET(CURLOPT_CAINFO, NULL) && SET(CURLOPT_CAPATH, NULL) &&
	       SET(CURLOPT_SSL_OPTIONS, (long)CURLSSLOPT_NO_PARTIALCHAIN) && SET(CURLOPT_SSL_SESSIONID_CACHE, 0L) &&
	       SET(CURLOPT_SSL_CTX_FUNCTION, naccs_http_tls_setup) && SET(CURLOPT_SSL_CTX_DATA, http);
}

static bool set_http(struct naccs_http *http)
{
	/* ACCEPT_ENCODING lets libcurl decode what was not offered (the header says identity, http_transfer.c): limits hold after that. */
	return SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) && SET(CURLOPT_PROTOCOLS_STR, "https") &&
	       SET(CURLOPT_REDIR_PROTOCOLS_STR, "https") && SET(CURLOPT_FOLLOWLOCATION, 0L) && SET(CURLOPT_MAXCONNECTS, 1L) &&
	       SET(CURLOPT_COOKIEFILE, "") && SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED) && SET(CURLOPT_USERAGENT, USER_AGENT) &&
	       SET(CURLOPT_ACCEPT_ENCODING, "gzip, deflate") && SET(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L) &&
	       SET(CURLOPT_CONNECT_TO, http->connect_to);
}

static bool set_limits_and_callbacks(struct naccs_http *http)
{
	return SET(CURLOPT_TIMEOUT, (long)http->timeout_seconds) && SET(CURLOPT_CONNECTTIMEOUT, (long)http->timeout_seconds) &&
	       SET(CURLOPT_NOPROGRESS, 0L) && SET(CURLOPT_XFERINFOFUNCTION, naccs_http_during_request) && SET(CURLOPT_XFERINFODATA, http) &&
	       SET(CURLOPT_PREREQFUNCTION, naccs_http_before_request) && SET(CURLOPT_PREREQDATA, http) &&
	       SET(CURLOPT_WRITEFUNCTION, naccs_http_sink_body) && SET(CURLOPT_WRITEDATA, http) &&
	       SET(CURLOPT_HEADERFUNCTION, naccs_http_sink_header) && SET(CURLOPT_HEADERDATA, http) &&
	       SET(CURLOPT_ERRORBUFFER, http->error_text);
}

naccs_status naccs_http_options_apply(struct naccs_http *http, struct naccs_error *err)
{
	if (set_tls(http) && set_http(http) && set_limits_and_callbacks(http))
		return NACCS_OK;
	return naccs_fail(err, NACCS_E_INTERNAL, 0, _("cannot use this libcurl (%s): it lacks an option that is needed"), curl_version());
}
