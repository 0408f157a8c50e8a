/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see http_fixture.h. */
#include "http_fixture.h"

#include "clock.h"

#include <stdlib.h>

static const char *const server_hosts[] = {HOST, OTHER_HOST, NULL};
static const char *const allowed_hosts[] = {HOST, OTHER_HOST, HOST ":8443", NULL};

STACK_OF(X509) *stack_of(X509 *certificate)
{
	STACK_OF(X509) *stack = sk_X509_new_null();
	assert_non_null(stack);
	if (certificate != NULL) {
		assert_int_equal(X509_up_ref(certificate), 1);
		assert_true(sk_X509_push(stack, certificate) > 0);
	}
	return stack;
}

static void note_line(void *context, enum naccs_log_level level, const char *line)
{
	(void)level;
	struct fixture *f = context;
	(void)fprintf(f->log_stream, "%s\n", line);
	(void)fflush(f->log_stream);
}

int fixture_setup(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);
	assert_non_null(f);
	f->now = naccs_clock_now();
	f->pki = pki_new();
	f->chain = pki_make_server_chain(f->pki, server_hosts, PKI_EC, f->now);
	f->sent[0] = f->chain->intermediate->certificate;
	f->anchors = stack_of(f->chain->root->certificate);
	f->intermediates = stack_of(NULL);
	f->server_options = (struct server_options){.leaf = f->chain->leaf, .chain = f->sent};
	assert_int_equal(naccs_crypto_new(&f->crypto, &f->error), NACCS_OK);
	f->log_stream = open_memstream(&f->log_text, &f->log_size);
	assert_non_null(f->log_stream);
	assert_int_equal(naccs_log_new(note_line, f, NACCS_LOG_WIRE, &f->log, &f->error), NACCS_OK);
	f->options = (struct naccs_http_options){
		.crypto = f->crypto,
		.anchors = f->anchors,
		.intermediates = f->intermediates,
		.hosts = allowed_hosts,
		.connect_to = f->connect_to,
		.log = f->log,
	};
	*state = f;
	return 0;
}

int fixture_teardown(void **state)
{
	struct fixture *f = *state;
	naccs_http_reply_free(f->reply);
	naccs_http_free(f->http);
	server_stop(f->server);
	naccs_log_free(f->log);
	(void)fclose(f->log_stream);
	free(f->log_text);
	sk_X509_pop_free(f->anchors, X509_free);
	sk_X509_pop_free(f->intermediates, X509_free);
	naccs_crypto_free(f->crypto);
	pki_server_chain_free(f->chain);
	pki_free(f->pki);
	while (f->kept_count > 0)
		free(f->kept[--f->kept_count]);
	free(f);
	return 0;
}

naccs_status fixture_try_connect(struct fixture *f)
{
	naccs_http_free(f->http);
	f->http = NULL;
	return naccs_http_new(&f->options, &f->http, &f->error);
}

void fixture_connect(struct fixture *f)
{
	assert_status(fixture_try_connect(f), NACCS_OK);
}

void fixture_start(struct fixture *f, server_script *script, void *context)
{
	naccs_http_free(f->http);
	f->http = NULL;
	server_stop(f->server);
	f->server_options.script = script;
	f->server_options.context = context;
	f->server = server_start(f->pki, &f->server_options);
	(void)snprintf(f->connect_to_text, sizeof f->connect_to_text, "::127.0.0.1:%u", (unsigned)server_port(f->server));
	f->connect_to[0] = f->connect_to_text;
	fixture_connect(f);
}

void *fixture_keep(struct fixture *f, const void *bytes, size_t size)
{
	void *copy = malloc(size);
	assert_non_null(copy);
	assert_true(f->kept_count < sizeof f->kept / sizeof *f->kept);
	(void)memcpy(copy, bytes, size);
	f->kept[f->kept_count++] = copy;
	return copy;
}

static void forget_reply(struct fixture *f)
{
	naccs_http_reply_free(f->reply);
	f->reply = NULL;
	f->error = (struct naccs_error){0};
}

naccs_status fixture_get(struct fixture *f, const char *url)
{
	forget_reply(f);
	return naccs_http_get(f->http, url, NULL, NACCS_HTTP_PAGE, &f->reply, &f->error);
}

naccs_status fixture_get_file(struct fixture *f, const char *url)
{
	forget_reply(f);
	return naccs_http_get(f->http, url, NULL, NACCS_HTTP_FILE, &f->reply, &f->error);
}

naccs_status fixture_post(struct fixture *f, const char *url, const char *body)
{
	naccs_auto(secret) struct naccs_secret *secret = NULL;
	forget_reply(f);
	assert_int_equal(naccs_secret_new_copy(body, strlen(body), &secret, NULL), NACCS_OK);
	return naccs_http_post(f->http, url, URL("/form"), secret, NULL, NACCS_HTTP_PAGE, &f->reply, &f->error);
}

const char *fixture_body(const struct fixture *f)
{
	return naccs_secret_text(f->reply->body);
}

const char *fixture_log(struct fixture *f)
{
	(void)fflush(f->log_stream);
	return f->log_text;
}

void assert_contains(const char *text, const char *part)
{
	if (strstr(text, part) == NULL)
		fail_msg("\"%s\" is not in:\n%s", part, text);
}

void assert_lacks(const char *text, const char *part)
{
	if (strstr(text, part) != NULL)
		fail_msg("\"%s\" is in:\n%s", part, text);
}

enum server_then answer_hello(struct server_link *link, void *context)
{
	(void)context;
	return link_answer(link, "200 OK", "Content-Type: text/html\r\n", "hello") ? SERVER_KEEP : SERVER_CUT;
}
