/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: the one connection to the portal. libcurl with our anchors alone: one handle, HTTP/1.1, one connection, TLS 1.2 or later, https
 * only, the description's hosts only, host name checked inside the verification (before any key signs), redirects followed one at a time, a
 * POST never sent twice, size and time limits on everything. The process environment (SSL_CERT_FILE, CURL_CA_BUNDLE, SSLKEYLOGFILE,
 * OPENSSL_CONF, …) has no influence, except proxy variables when the caller says so. Not thread-safe.
 */
#ifndef NACCS_PORTAL_HTTP_H
#define NACCS_PORTAL_HTTP_H

#include "log.h"
#include "secret.h"
#include "trust.h"

struct naccs_http_options {
	struct naccs_crypto *crypto;
	STACK_OF(X509) *anchors;       /* the only ends of the server's chain */
	STACK_OF(X509) *intermediates; /* untrusted help */
	const char *const *hosts;      /* NULL-terminated: the only hosts that requests go to, port 443 unless "host:port" */
	const char *proxy;	       /* "http://host:port" without user information; NULL: none */
	bool proxy_from_environment;   /* when proxy is NULL: https_proxy, HTTPS_PROXY, ALL_PROXY, NO_PROXY, else the system's settings; an https:// proxy is refused */
	const struct naccs_secret *proxy_auth; /* "user:password"; NULL: none. Basic and Digest, to the proxy only */
	const char *const *connect_to;	       /* NULL-terminated, as curl's --connect-to */
	uint32_t timeout_seconds;	       /* of one request, 0: 60 */
	uint32_t idle_seconds;		       /* without a byte, 0: 30 */
	EVP_PKEY *client_key;		       /* TLS client authentication (renewal, --online); NULL: none */
	bool client_key_lacks_pss;	       /* an RSA key that signs PKCS#1 only: then TLS 1.2 is spoken */
	X509 *client_certificate;
	STACK_OF(X509) *client_chain;
	struct naccs_log *log; /* may be NULL */
	bool (*cancelled)(void *context);
	void *cancelled_context;
};

/*
 * What libcurl and OpenSSL read from the environment at their first use, taken away: SSLKEYLOGFILE is unset (libcurl would create that file
 * when it is initialised, and write the keys of every connection to it), OpenSSL is told to load no configuration file (OPENSSL_CONF).
 * naccs_http_new() does it too; call it at the start of main(), before other threads exist and before anything else uses OpenSSL or
 * libcurl.
 */
void naccs_http_process_init(void);

struct naccs_http;

/* Everything in options is copied or referenced, except crypto, log and the functions: they must outlive the handle. One handle per
 * identity: a client certificate is never changed in place. Failures: usage.invalid (connect_to, proxy_auth, hosts), net.proxy-refused (a
 * proxy that is not http://, or has user information in its URL), internal. */
naccs_status naccs_http_new(const struct naccs_http_options *options, struct naccs_http **ret, struct naccs_error *err);
void naccs_http_free(struct naccs_http *http);
NACCS_DEFINE_CLEANUP(struct naccs_http *, naccs_http_free, http)

/* What kind of answer is expected: sets the size limit (page 4 MiB, PKCS#12 1 MiB; both after decompression). */
enum naccs_http_expect { NACCS_HTTP_PAGE, NACCS_HTTP_FILE };

struct naccs_http_reply {
	long status;		   /* 200, 503, … never a 3xx with a Location: those are followed */
	char *url;		   /* absolute, after redirects */
	char *content_type;	   /* as sent; NULL: none */
	char *content_disposition; /* as sent; NULL: none */
	char *refresh;		   /* as sent; NULL: none */
	struct naccs_secret *body;
	bool is_cut; /* fewer bytes than announced, chunking or TLS ended early: body holds what came */
};
void naccs_http_reply_free(struct naccs_http_reply *reply);
NACCS_DEFINE_CLEANUP(struct naccs_http_reply *, naccs_http_reply_free, http_reply)

/*
 * One request and the redirects that follow it (at most 10; each is checked: https, an allowed host; 301/302/303 after a POST become a GET,
 * 307/308 after a POST are refused). referer: URL or NULL. Failures: net.unreachable, net.proxy-refused, net.redirect-refused, tls.*,
 * portal.truncated (page too large or cut where no file is expected: reply NULL),
 * portal.unknown-page (a GET was answered with bytes that are not HTTP), net.outcome-unknown (a POST went out, in whole or part,
 * and no answer came: never sent again), run.cancelled. For NACCS_HTTP_FILE a cut or oversize answer is returned with is_cut so that it can
 * be kept.
 */
naccs_status naccs_http_get(struct naccs_http *http, const char *url, const char *referer, enum naccs_http_expect expect,
			    struct naccs_http_reply **ret, struct naccs_error *err);
/* body is application/x-www-form-urlencoded bytes (a secret). */
naccs_status naccs_http_post(struct naccs_http *http, const char *url, const char *referer, const struct naccs_secret *body,
			     const char *content_type, enum naccs_http_expect expect, struct naccs_http_reply **ret,
			     struct naccs_error *err);

/* A HEAD request, for a handshake with its answer and nothing more (verify --online). A redirect is an answer too, and not
 * followed: status may be a 3xx. The body of the reply is empty. */
naccs_status naccs_http_head(struct naccs_http *http, const char *url, struct naccs_http_reply **ret, struct naccs_error *err);

/* Would a request to this URL be allowed (https, allowed host and port)? net.redirect-refused otherwise. For links and form targets, before
 * anything is sent. */
naccs_status naccs_http_check_url(const struct naccs_http *http, const char *url, struct naccs_error *err);

/* The chain that was verified in this run's last handshake, leaf first, anchor last; NULL before the first. Borrowed. */
STACK_OF(X509) *naccs_http_chain(const struct naccs_http *http);
/* Was a client certificate asked for in any handshake of this run? */
bool naccs_http_client_certificate_asked(const struct naccs_http *http);
/* The last alert that the server sent on the connection in use (RFC 8446 chapter 6: 45 certificate expired, 48 unknown CA, 116 certificate
 * required); -1: none. */
int naccs_http_alert(const struct naccs_http *http);
/* Number of TLS connections made and of requests sent. */
unsigned naccs_http_connection_count(const struct naccs_http *http);
unsigned naccs_http_request_count(const struct naccs_http *http);

#endif
