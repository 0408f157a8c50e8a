/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: what every test of the HTTP client begins with: a server that looks like the portal (host portal.test, chain as NACCS's), a client
 * that trusts that root and nothing else, and a wire log to look into.
 */
#ifndef NACCS_TEST_HTTP_FIXTURE_H
#define NACCS_TEST_HTTP_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "http.h"
#include "http_server.h"

#include <openssl/x509.h>

#define HOST "portal.test"
#define OTHER_HOST "other.test" /* allowed too */
#define URL(path) "https://" HOST path

struct fixture {
	int64_t now;
	struct pki *pki;
	struct naccs_crypto *crypto;
	struct pki_server_chain *chain;
	X509 *sent[3];
	STACK_OF(X509) *anchors, *intermediates;
	struct server_options server_options;
	struct server *server;
	char connect_to_text[64];
	const char *connect_to[2];
	struct naccs_http_options options;
	struct naccs_log *log;
	char *log_text;
	size_t log_size;
	FILE *log_stream;
	struct naccs_http *http;
	struct naccs_http_reply *reply;
	struct naccs_error error;
	void *kept[32];
	size_t kept_count;
};

/* cmocka's setup and teardown: everything but server and client, which a test changes the options of first. */
int fixture_setup(void **state);
int fixture_teardown(void **state);

/* Start the server with server_options and this script, make the client with options. A second call stops the former two. context:
 * fixture_keep() or static. */
void fixture_start(struct fixture *f, server_script *script, void *context);
/* The client alone, anew: after a change of options. */
void fixture_connect(struct fixture *f);
/* Same, and say how that went. */
naccs_status fixture_try_connect(struct fixture *f);

/* A copy that lives as long as the fixture, for the context of a script: the server may still run when the test function has returned. */
void *fixture_keep(struct fixture *f, const void *bytes, size_t size);

/* Frees the former reply first. Body of a POST is text. */
naccs_status fixture_get(struct fixture *f, const char *url);
naccs_status fixture_get_file(struct fixture *f, const char *url);
naccs_status fixture_post(struct fixture *f, const char *url, const char *body);
const char *fixture_body(const struct fixture *f);
const char *fixture_log(struct fixture *f);

/* A PEM-free copy of one stack. */
STACK_OF(X509) *stack_of(X509 *certificate);

#define assert_status(call, expected) assert_string_equal(naccs_status_id(call), naccs_status_id(expected))
void assert_contains(const char *text, const char *part);
void assert_lacks(const char *text, const char *part);

/* Scripts. */
enum server_then answer_hello(struct server_link *link, void *context); /* 200, "hello", kept open */

#endif
