/* SPDX-License-Identifier: Apache-2.0 */
/* Why: libcurl's result codes are generic; what was noted during the request tells which of our failures it was, and what a person can do.
 */
#include "http_private.h"

static const char *curl_reason(const struct naccs_http *http, CURLcode code)
{
	return http->error_text[0] != '\0' ? http->error_text : curl_easy_strerror(code);
}

/* OpenSSL has no words for the newer ones. */
static const char *alert_text(int alert)
{
	switch (alert) {
	case SSL_AD_BAD_CERTIFICATE:
		return _("bad certificate");
	case SSL_AD_CERTIFICATE_REVOKED:
		return _("certificate revoked");
	case SSL_AD_CERTIFICATE_EXPIRED:
		return _("certificate expired");
	case SSL_AD_CERTIFICATE_UNKNOWN:
		return _("certificate not accepted");
	case SSL_AD_UNKNOWN_CA:
		return _("unknown certificate authority");
	case SSL_AD_ACCESS_DENIED:
		return _("access denied");
	case SSL_AD_CERTIFICATE_REQUIRED:
		return _("certificate required");
	default:
		return SSL_alert_desc_string_long(alert);
	}
}

static naccs_status fail_unreachable(const struct naccs_http *http, CURLcode code, const char *url, struct naccs_error *err)
{
	if (http->connection.alert == SSL_AD_PROTOCOL_VERSION && http->client_key_lacks_pss) {
		(void)naccs_fail(err, NACCS_E_NET_UNREACHABLE, http->connection.alert,
				 _("cannot speak with %s: it wants TLS 1.3, for which the key in this store does not sign (it lacks RSA-PSS)"), http->host);
		return naccs_error_hint(err, _("Use another store that holds the same certificate, for example: --from pem:DIR"));
	}
	if (http->connection.alert >= 0 && http->client_certificate_asked) {
		(void)naccs_fail(err, NACCS_E_NET_UNREACHABLE, http->connection.alert,
				 _("%s refused the connection after asking for a client certificate: alert %d, %s"), http->host,
				 http->connection.alert, alert_text(http->connection.alert));
		return naccs_error_hint(err, _("the certificate is missing, expired, suspended or not known there"));
	}
	(void)naccs_fail(err, NACCS_E_NET_UNREACHABLE, code, _("cannot reach %s: %s"), url, curl_reason(http, code));
	if (code == CURLE_COULDNT_RESOLVE_HOST || code == CURLE_COULDNT_CONNECT || code == CURLE_COULDNT_RESOLVE_PROXY)
		return naccs_error_hint(err, _("check the network, the name service, and whether a proxy is needed"));
	if (code == CURLE_OPERATION_TIMEDOUT)
		return naccs_error_hint(err, _("try again later, or with a longer --timeout"));
	return NACCS_E_NET_UNREACHABLE;
}

static naccs_status fail_proxy(const struct naccs_http *http, long answer, struct naccs_error *err)
{
	(void)naccs_fail(err, NACCS_E_NET_PROXY_REFUSED, answer, _("the proxy %s refused the way to %s: answer %ld"), http->proxy.url,
			 http->host, answer);
	if (answer == 407)
		return naccs_error_hint(
			err, _("it wants a user name and a password that are right: --proxy-auth FILE, with user:password in it"));
	return naccs_error_hint(err, _("ask its administrator to allow CONNECT to %s"), http->host);
}

/* No answer, or an incomplete head of one. */
naccs_status naccs_http_fail_without_answer(const struct naccs_http *http, CURLcode code, const char *url, struct naccs_error *err)
{
	long proxy_answer = 0;
	const struct naccs_http_transfer *transfer = &http->transfer;
	if (transfer->is_header_flood)
		return naccs_fail(err, NACCS_E_PORTAL_TRUNCATED, code, _("gave up on %s: more headers than any page needs"), url);
	if (transfer->is_post && transfer->sends > 0) {
		(void)naccs_fail(err, NACCS_E_NET_OUTCOME_UNKNOWN, code, _("a form was sent to %s, but no answer came: %s"), url,
				 transfer->was_replay_refused ? _("the connection was closed") : curl_reason(http, code));
		return naccs_error_hint(err, _("whether it took effect is not known; it was not sent again"));
	}
	(void)curl_easy_getinfo(http->easy, CURLINFO_HTTP_CONNECTCODE, &proxy_answer);
	if (transfer->sends == 0 && proxy_answer >= 300 && http->proxy.url != NULL)
		return fail_proxy(http, proxy_answer, err);
	/* libcurl says the same of a server that did not like our certificate. */
	if (http->connection.is_verified && http->connection.alert >= 0 && http->client_certificate_asked)
		return fail_unreachable(http, code, url, err);
	if (code == CURLE_PEER_FAILED_VERIFICATION)
		return naccs_fail(err, http->connection.is_verified ? NACCS_E_TLS_NAME : NACCS_E_TLS_UNTRUSTED, code,
				  _("cannot trust %s: %s"), http->host, curl_reason(http, code));
	if (transfer->sends > 0 && (code == CURLE_WEIRD_SERVER_REPLY || code == CURLE_UNSUPPORTED_PROTOCOL)) /* HTTP/0.9 to libcurl */
		return naccs_fail(err, NACCS_E_PORTAL_UNKNOWN_PAGE, code, _("the answer of %s is not HTTP"), url);
	if (code == CURLE_SETOPT_OPTION_SYNTAX)
		return naccs_fail(err, NACCS_E_USAGE, code, _("cannot read the connection target: %s"), curl_reason(http, code));
	return fail_unreachable(http, code, url, err);
}

naccs_status naccs_http_fail_cut(const struct naccs_http *http, CURLcode code, const char *url, struct naccs_error *err)
{
	if (http->transfer.is_too_large)
		return naccs_fail(err, NACCS_E_PORTAL_TRUNCATED, code, _("gave up on %s: the answer is larger than %zu bytes"), url,
				  http->transfer.limit);
	return naccs_fail(err, NACCS_E_PORTAL_TRUNCATED, code, _("the answer of %s was cut short: %s"), url,
			  code != CURLE_OK ? curl_reason(http, code) : _("the connection ended without a word"));
}

/* What ends the run whatever came. */
naccs_status naccs_http_check_aborted(const struct naccs_http *http, const char *url, struct naccs_error *err)
{
	const struct naccs_http_transfer *transfer = &http->transfer;
	if (transfer->was_cancelled) {
		(void)naccs_fail(err, NACCS_E_CANCELLED, 0, _("cancelled while waiting for %s"), url);
		if (transfer->is_post && transfer->sends > 0)
			return naccs_error_hint(err, _("a form had been sent: whether it took effect is not known"));
		return NACCS_E_CANCELLED;
	}
	const struct naccs_error *cause = http->tls_error.status != NACCS_OK ? &http->tls_error : &transfer->sink_error;
	if (cause->status == NACCS_OK)
		return NACCS_OK;
	if (err != NULL)
		*err = *cause;
	return cause->status;
}
