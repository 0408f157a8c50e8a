/* SPDX-License-Identifier: Apache-2.0 */
/* Why: nothing is sent to, and no key signs for, a server that our anchors do not vouch for; each kind of distrust has its own name. */
#include "http_fixture.h"

#define DAY ((int64_t)24 * 60 * 60)

static const char *const portal_hosts[] = {HOST, NULL};

/* Not one request reached the server. */
static void assert_refused(struct fixture *f, naccs_status expected)
{
	assert_status(fixture_get(f, URL("/?code=secret")), expected);
	assert_null(f->reply);
	assert_status(f->error.status, expected);
	assert_true(f->error.message[0] != '\0');
	assert_int_equal(naccs_http_request_count(f->http), 0);
	assert_int_equal(server_requests(f->server), 0);
	assert_null(naccs_http_chain(f->http));
}

static void keeps_the_proven_chain_as_evidence(void **state)
{
	struct fixture *f = *state;
	fixture_start(f, answer_hello, NULL);
	assert_null(naccs_http_chain(f->http));
	assert_status(fixture_get(f, URL("/")), NACCS_OK);
	assert_int_equal(f->reply->status, 200);
	assert_string_equal(fixture_body(f), "hello");
	STACK_OF(X509) *chain = naccs_http_chain(f->http);
	assert_int_equal(sk_X509_num(chain), 3);
	assert_int_equal(X509_cmp(sk_X509_value(chain, 0), f->chain->leaf->certificate), 0);
	assert_int_equal(X509_cmp(sk_X509_value(chain, 2), f->chain->root->certificate), 0);
}

static void refuses_a_rogue_root_of_the_same_name(void **state)
{
	struct fixture *f = *state;
	struct pki_server_chain *rogue = pki_make_server_chain(f->pki, portal_hosts, PKI_EC, f->now);
	f->server_options.leaf = rogue->leaf;
	f->sent[0] = rogue->intermediate->certificate;
	f->sent[1] = rogue->root->certificate;
	fixture_start(f, answer_hello, NULL);
	assert_refused(f, NACCS_E_TLS_UNTRUSTED);
	pki_server_chain_free(rogue);
}

static void refuses_a_partial_chain(void **state)
{
	struct fixture *f = *state;
	struct pki_identity *unrelated = pki_make_server_root(f->pki, PKI_EC, f->now);
	sk_X509_pop_free(f->anchors, X509_free);
	f->anchors = stack_of(unrelated->certificate);
	assert_int_equal(X509_up_ref(f->chain->intermediate->certificate), 1);
	assert_true(sk_X509_push(f->anchors, f->chain->intermediate->certificate) > 0); /* not self-signed: no end of a chain */
	f->options.anchors = f->anchors;
	fixture_start(f, answer_hello, NULL);
	assert_refused(f, NACCS_E_TLS_UNTRUSTED);
	pki_identity_free(unrelated);
}

static void refuses_a_chain_whose_intermediate_is_unknown(void **state)
{
	struct fixture *f = *state;
	f->sent[0] = NULL;
	fixture_start(f, answer_hello, NULL);
	assert_refused(f, NACCS_E_TLS_UNTRUSTED);
}

static void completes_a_chain_that_the_server_leaves_short(void **state)
{
	struct fixture *f = *state;
	f->sent[0] = NULL;
	assert_int_equal(X509_up_ref(f->chain->intermediate->certificate), 1);
	assert_true(sk_X509_push(f->intermediates, f->chain->intermediate->certificate) > 0);
	fixture_start(f, answer_hello, NULL);
	assert_status(fixture_get(f, URL("/")), NACCS_OK);
	assert_int_equal(sk_X509_num(naccs_http_chain(f->http)), 3);
}

static void refuses_an_expired_leaf(void **state)
{
	struct fixture *f = *state;
	struct pki_identity *leaf =
		pki_make_server_leaf(f->pki, f->chain->intermediate, portal_hosts, PKI_EC, f->now - 90 * DAY, f->now - DAY);
	f->server_options.leaf = leaf;
	fixture_start(f, answer_hello, NULL);
	assert_refused(f, NACCS_E_TLS_EXPIRED);
	pki_identity_free(leaf);
}

static void refuses_another_name_even_by_a_lenient_wildcard(void **state)
{
	static const char *const names[] = {"port*.test", "*.test", NULL};
	struct fixture *f = *state;
	struct pki_identity *leaf = pki_make_server_leaf(f->pki, f->chain->intermediate, names, PKI_EC, f->now - DAY, f->now + DAY);
	f->server_options.leaf = leaf;
	fixture_start(f, answer_hello, NULL);
	assert_status(fixture_get(f, URL("/")), NACCS_E_TLS_NAME);
	assert_int_equal(server_requests(f->server), 0);
	pki_identity_free(leaf);
}

static void refuses_tls_1_1(void **state)
{
	struct fixture *f = *state;
	f->server_options.tls_version = TLS1_1_VERSION;
	fixture_start(f, answer_hello, NULL);
	assert_refused(f, NACCS_E_NET_UNREACHABLE);
}

/* ---- sessions ---- */

static enum server_then answer_and_close(struct server_link *link, void *context)
{
	(void)context;
	(void)link_answer(link, "200 OK", "Connection: close\r\n", "hello");
	return SERVER_CLOSE;
}

static void verifies_every_connection_anew(void **state)
{
	struct fixture *f = *state;
	fixture_start(f, answer_and_close, NULL);
	assert_status(fixture_get(f, URL("/")), NACCS_OK);
	assert_status(fixture_get(f, URL("/")), NACCS_OK);
	assert_int_equal(naccs_http_connection_count(f->http), 2);
	assert_int_equal(server_resumptions(f->server), 0);
}

static void refuses_a_rogue_that_takes_over_later(void **state)
{
	struct fixture *f = *state;
	struct pki_server_chain *rogue = pki_make_server_chain(f->pki, portal_hosts, PKI_EC, f->now);
	f->server_options.second_leaf = rogue->leaf;
	fixture_start(f, answer_and_close, NULL);
	assert_status(fixture_get(f, URL("/")), NACCS_OK);
	server_wait_ended(f->server, 1);
	assert_status(fixture_post(f, URL("/"), "code=1"), NACCS_E_TLS_UNTRUSTED);
	assert_int_equal(server_requests(f->server), 1);
	pki_server_chain_free(rogue);
}

static void keeps_one_connection_for_many_requests(void **state)
{
	struct fixture *f = *state;
	fixture_start(f, answer_hello, NULL);
	for (int i = 0; i < 10; i++) {
		assert_status(fixture_get(f, URL("/page")), NACCS_OK);
		assert_status(fixture_post(f, URL("/form"), "a=b"), NACCS_OK);
	}
	assert_int_equal(naccs_http_connection_count(f->http), 1);
	assert_int_equal(naccs_http_request_count(f->http), 20);
	assert_int_equal(server_connections(f->server), 1);
	assert_int_equal(server_requests(f->server), 20);
}

static enum server_then answer_head(struct server_link *link, void *context)
{
	(void)context;
	return link_text(link, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n") ? SERVER_KEEP : SERVER_CUT;
}

static void asks_for_the_head_only(void **state)
{
	struct fixture *f = *state;
	fixture_start(f, answer_head, NULL);
	for (unsigned i = 1; i <= 2; i++) {
		naccs_auto(http_reply) struct naccs_http_reply *reply = NULL;
		assert_status(naccs_http_head(f->http, URL("/"), &reply, &f->error), NACCS_OK);
		assert_int_equal(reply->status, 200);
		assert_int_equal(naccs_secret_length(reply->body), 0);
		assert_int_equal(server_count(f->server, "HEAD / HTTP/1.1\r\n"), i);
	}
	assert_int_equal(naccs_http_connection_count(f->http), 1);
}

static void tells_the_connection_in_the_wire_log_without_values(void **state)
{
	struct fixture *f = *state;
	fixture_start(f, answer_hello, NULL);
	assert_status(fixture_get(f, URL("/a;jsessionid=0123456789/b?s=Site1&p=CA1/SECRET=X&SECRETTOKEN&sid=SECRETVALUE#SECRETFRAGMENT")),
		      NACCS_OK);
	assert_contains(fixture_log(f), "TLSv1.");
	assert_contains(fixture_log(f), "CN=");
	assert_contains(fixture_log(f), "GET https://" HOST "/a;jsessionid=****/b?s=****&p=****&****&sid=****: 200, 5 bytes, text/html");
	assert_lacks(fixture_log(f), "SECRET");
	assert_lacks(fixture_log(f), "0123456789");
	assert_int_equal(
		server_count(f->server, "GET /a;jsessionid=0123456789/b?s=Site1&p=CA1/SECRET=X&SECRETTOKEN&sid=SECRETVALUE HTTP/1.1\r\n"),
		1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST(keeps_the_proven_chain_as_evidence),
		TEST(refuses_a_rogue_root_of_the_same_name),
		TEST(refuses_a_partial_chain),
		TEST(refuses_a_chain_whose_intermediate_is_unknown),
		TEST(completes_a_chain_that_the_server_leaves_short),
		TEST(refuses_an_expired_leaf),
		TEST(refuses_another_name_even_by_a_lenient_wildcard),
		TEST(refuses_tls_1_1),
		TEST(verifies_every_connection_anew),
		TEST(refuses_a_rogue_that_takes_over_later),
		TEST(keeps_one_connection_for_many_requests),
		TEST(asks_for_the_head_only),
		TEST(tells_the_connection_in_the_wire_log_without_values),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
