/* SPDX-License-Identifier: Apache-2.0 */
/* Why: what the http_*.c files share and nobody else sees. */
#ifndef NACCS_PORTAL_HTTP_PRIVATE_H
#define NACCS_PORTAL_HTTP_PRIVATE_H

#include "http.h"
#include "text.h"

#include <curl/curl.h>
#include <openssl/ssl.h>

#define NACCS_HTTP_PAGE_LIMIT ((size_t)4 * 1024 * 1024)
#define NACCS_HTTP_FILE_LIMIT ((size_t)1024 * 1024)
#define NACCS_HTTP_HEADER_COUNT 256 /* lines of one answer, provisional answers included */
#define NACCS_HTTP_HEADER_BYTES ((size_t)128 * 1024)
#define NACCS_HTTP_COOKIE_BYTES ((size_t)512 * 1024) /* all Set-Cookie lines of a run */
#define NACCS_HTTP_REDIRECTS 10

static inline void naccs_http_stack_free(STACK_OF(X509) *stack)
{
	sk_X509_pop_free(stack, X509_free);
}
static inline void naccs_http_curl_text_free(char *text)
{
	curl_free(text);
}
NACCS_DEFINE_CLEANUP(STACK_OF(X509) *, naccs_http_stack_free, http_stack)
NACCS_DEFINE_CLEANUP(X509 *, X509_free, http_x509)
NACCS_DEFINE_CLEANUP(CURLU *, curl_url_cleanup, http_curlu)
NACCS_DEFINE_CLEANUP(struct curl_slist *, curl_slist_free_all, http_slist)
NACCS_DEFINE_CLEANUP(char *, naccs_http_curl_text_free, curl_text)

/* The proxy as configured. */
struct naccs_http_proxy {
	char *url;			  /* "http://host:port"; NULL: none */
	char *no_proxy;			  /* of the environment; NULL: none */
	struct naccs_secret *credentials; /* "user:password", each part percent-encoded, as CURLOPT_PROXYUSERPWD wants them; NULL: none */
	char *refused;			  /* of the environment, not fit: its scheme; a request that would use it fails */
	bool asks_system;		  /* nothing was said: url and refused come from the system's settings, for the host that they were asked for */
	char *asked_host;
};

/* The TLS connection in use. */
struct naccs_http_connection {
	const SSL *ssl; /* NULL until its handshake begins; only for comparison */
	bool is_verified;
	bool is_reported;
	bool saw_close_notify;
	int alert; /* -1: none */
};

/* What the callbacks noted during one request. */
struct naccs_http_transfer {
	struct naccs_secret *body; /* borrowed */
	size_t limit;
	bool is_post;
	unsigned sends;
	bool was_replay_refused, was_cancelled, was_idle, is_too_large, is_header_flood, is_head_complete;
	size_t header_count, header_bytes;
	int64_t last_sign_of_life; /* milliseconds of the monotonic clock */
	curl_off_t last_down, last_up;
	struct naccs_error sink_error;
};

struct naccs_http {
	bool is_curl_initialised;
	CURL *easy;
	char error_text[CURL_ERROR_SIZE];

	/* options, copied */
	struct naccs_crypto *crypto;
	STACK_OF(X509) *anchors, *intermediates;
	char **hosts;
	struct naccs_http_proxy proxy;
	struct curl_slist *connect_to;
	uint32_t timeout_seconds, idle_seconds;
	EVP_PKEY *client_key;
	bool client_key_lacks_pss;
	X509 *client_certificate;
	STACK_OF(X509) *client_chain;
	struct naccs_log *log;
	bool (*cancelled)(void *context);
	void *cancelled_context;

	/* the run so far */
	STACK_OF(X509) *chain;
	bool client_certificate_asked;
	unsigned connection_count, request_count;
	size_t cookie_bytes;

	/* the request under way */
	char *host; /* without brackets: what the certificate must be for */
	struct naccs_error
		tls_error; /* why our verification, or our client certificate, ended the handshake; status NACCS_OK: it did not */
	struct naccs_http_connection connection;
	struct naccs_http_transfer transfer;
};

enum naccs_http_method { NACCS_HTTP_GET, NACCS_HTTP_HEAD, NACCS_HTTP_POST };

struct naccs_http_request {
	enum naccs_http_method method;
	const char *url; /* as naccs_http_url_check() returns it */
	const char *referer;
	const struct naccs_secret *body;
	const char *content_type;
	enum naccs_http_expect expect;
};

naccs_status naccs_http_fail_memory(struct naccs_error *err);
bool naccs_http_is_cancelled(const struct naccs_http *http);

/* ---- http_process.c ---- */
naccs_status naccs_http_curl_start(struct naccs_http *http, struct naccs_error *err);

/* ---- http_options.c ---- */
/* Copy what the caller gave, then set what is the same for every request. */
naccs_status naccs_http_options_copy(struct naccs_http *http, const struct naccs_http_options *options, struct naccs_error *err);
naccs_status naccs_http_options_apply(struct naccs_http *http, struct naccs_error *err);

/* ---- http_url.c ---- */
/* reference (relative to base, may be NULL) as an absolute URL without fragment that may be requested: https, an allowed host and port, no
 * user information. net.redirect-refused otherwise. *ret: free(). */
naccs_status naccs_http_url_check(const struct naccs_http *http, const char *base, const char *reference, char **ret,
				  struct naccs_error *err);
/* The host of such a URL, without brackets. NULL when memory is short. Caller frees. */
char *naccs_http_url_host(const char *url);
/* "https://host:port" of such a URL. NULL when memory is short. Caller frees. */
char *naccs_http_url_origin(const char *url);
/* For messages and the log: no user information, no fragment, values of parameters as ****. NULL when memory is short. Caller frees. */
char *naccs_http_url_for_people(const char *url);

/* ---- http_proxy.c ---- */
naccs_status naccs_http_proxy_configure(struct naccs_http *http, const struct naccs_http_options *options, struct naccs_error *err);
naccs_status naccs_http_proxy_apply(struct naccs_http *http, struct naccs_error *err);
void naccs_http_proxy_clear(struct naccs_http_proxy *proxy);

/* ---- http_system_proxy.c ---- */
/* The proxy that the system's own settings name for https://host/, as text to be read like that of the environment. *ret: free(); NULL: none. */
naccs_status naccs_http_system_proxy(const char *host, char **ret, struct naccs_error *err);

/* ---- http_socket.c ---- */
/* Has something come, or has its end been closed, or does that within wait_ms? */
bool naccs_http_socket_has_news(curl_socket_t socket, int wait_ms);

/* ---- http_tls.c, http_tls_client.c ---- */
CURLcode naccs_http_tls_setup(CURL *easy, void *ssl_context, void *context); /* CURLOPT_SSL_CTX_FUNCTION */
int naccs_http_tls_present_certificate(SSL *ssl, void *context);	     /* SSL_CTX_set_cert_cb */
void naccs_http_tls_watch(const SSL *ssl, int where, int value);	     /* SSL_CTX_set_info_callback */

/* ---- http_transfer_sink.c: libcurl's callbacks ---- */
void naccs_http_sign_of_life(struct naccs_http *http); /* something came, went, or was computed: the idle time begins anew */
size_t naccs_http_sink_body(char *bytes, size_t size, size_t count, void *context);
size_t naccs_http_sink_header(char *bytes, size_t size, size_t count, void *context);
int naccs_http_before_request(void *context, char *remote_address, char *local_address, int remote_port, int local_port);
int naccs_http_during_request(void *context, curl_off_t total_down, curl_off_t now_down, curl_off_t total_up, curl_off_t now_up);

/* ---- http_transfer.c ---- */
/* One request, no redirect followed. *ret_location (free()): where a 3xx points, as sent; NULL: not a redirect. */
naccs_status naccs_http_transfer(struct naccs_http *http, const struct naccs_http_request *request, struct naccs_http_reply **ret,
				 char **ret_location, struct naccs_error *err);

/* ---- http_failure.c: url is for people ---- */
/* What ends the run whatever came: cancelled, a server not trusted, memory short. NACCS_OK: nothing of that. */
naccs_status naccs_http_check_aborted(const struct naccs_http *http, const char *url, struct naccs_error *err);
/* No answer, or an incomplete head of one. */
naccs_status naccs_http_fail_without_answer(const struct naccs_http *http, CURLcode code, const char *url, struct naccs_error *err);
/* A page that is too large or not whole. */
naccs_status naccs_http_fail_cut(const struct naccs_http *http, CURLcode code, const char *url, struct naccs_error *err);

/* ---- http_redirect.c ---- */
naccs_status naccs_http_run(struct naccs_http *http, const struct naccs_http_request *request, struct naccs_http_reply **ret,
			    struct naccs_error *err);

#endif
