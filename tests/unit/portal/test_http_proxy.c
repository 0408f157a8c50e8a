/* SPDX-License-Identifier: Apache-2.0 */
/* Why: a proxy carries bytes that it can't read, gets its own credentials and nothing else, and is the one that was configured. */
#include "http_fixture.h"
#include "http_proxy_server.h"

#include <stdlib.h>

#define PASSWORD "p%41 s:s@#/w"

static const char *const variables[] = {"https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY", "all_proxy",
					"ALL_PROXY",   "no_proxy",    "NO_PROXY",   NULL};

struct proxied {
	struct fixture *f;
	struct proxy *proxy;
	char url[64];
	const char *no_connect_to[1];
	struct naccs_secret *auth;
};

/* Clears the variables, starts server and proxy; the client is not connected anywhere else: only the proxy knows the way. */
static struct proxied begin(struct fixture *f, enum proxy_auth auth, int closes)
{
	for (size_t i = 0; variables[i] != NULL; i++)
		assert_int_equal(unsetenv(variables[i]), 0);
	fixture_start(f, answer_hello, NULL);
	struct proxied p = {.f = f, .proxy = proxy_start(auth, "user", PASSWORD, server_port(f->server), closes)};
	(void)snprintf(p.url, sizeof p.url, "http://127.0.0.1:%u", (unsigned)proxy_port(p.proxy));
	assert_status(naccs_secret_new_copy("user:" PASSWORD, strlen("user:" PASSWORD), &p.auth, NULL), NACCS_OK);
	f->options.connect_to = NULL;
	f->options.timeout_seconds = 20;
	return p;
}

static void end(struct proxied *p)
{
	naccs_http_free(p->f->http);
	p->f->http = NULL;
	proxy_stop(p->proxy);
	naccs_secret_free(p->auth);
	for (size_t i = 0; variables[i] != NULL; i++)
		assert_int_equal(unsetenv(variables[i]), 0);
}

/* The request went through the proxy, which saw nothing of it but the name. */
static void assert_through(struct proxied *p, unsigned tunnels)
{
	struct fixture *f = p->f;
	fixture_connect(f);
	assert_status(fixture_post(f, URL("/secret-path"), "code1=SECRETCODE"), NACCS_OK);
	assert_status(fixture_get(f, URL("/secret-path")), NACCS_OK);
	assert_int_equal(proxy_tunnels(p->proxy), tunnels);
	naccs_auto(heap) char *journal = proxy_journal(p->proxy);
	assert_contains(journal, "CONNECT portal.test:443 HTTP/1.1\r\n");
	assert_lacks(journal, "secret-path");
	assert_lacks(journal, "Origin");
	assert_int_equal(server_count(f->server, "Proxy-"), 0);
	assert_int_equal(server_count(f->server, "Cookie"), 0); /* the proxy's "200" set one */
	assert_int_equal(server_count(f->server, "code1=SECRETCODE"), tunnels);
	assert_lacks(fixture_log(f), PASSWORD);
	assert_int_equal(sk_X509_num(naccs_http_chain(f->http)), 3);
}

static void goes_through_an_open_proxy(void **state)
{
	struct proxied p = begin(*state, PROXY_OPEN, 0);
	p.f->options.proxy = p.url;
	assert_through(&p, 1);
	naccs_auto(heap) char *journal = proxy_journal(p.proxy);
	assert_lacks(journal, "Authorization");
	end(&p);
}

static void shows_credentials_as_the_proxy_wants_them(void **state)
{
	static const struct {
		enum proxy_auth auth;
		int closes;
	} cases[] = {{PROXY_BASIC, 0}, {PROXY_BASIC, 1}, {PROXY_DIGEST, 0}, {PROXY_DIGEST, 1}, {PROXY_BOTH, 0}};
	struct fixture *f = *state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		f->options.connect_to = f->connect_to;
		struct proxied p = begin(f, cases[i].auth, cases[i].closes);
		f->options.proxy = p.url;
		f->options.proxy_auth = p.auth;
		assert_through(&p, 1);
		end(&p);
		f->options.proxy = NULL;
	}
}

static void assert_proxy_refuses(struct proxied *p, const char *answer)
{
	struct fixture *f = p->f;
	fixture_connect(f);
	assert_status(fixture_post(f, URL("/"), "code1=SECRETCODE"), NACCS_E_NET_PROXY_REFUSED);
	assert_contains(f->error.message, answer);
	assert_contains(f->error.message, p->url);
	assert_lacks(f->error.message, PASSWORD);
	assert_true(f->error.hint[0] != '\0');
	assert_int_equal(server_connections(f->server), 0);
	assert_int_equal(naccs_http_request_count(f->http), 0);
}

static void says_that_the_proxy_refused(void **state)
{
	static const enum proxy_auth kinds[] = {PROXY_BASIC, PROXY_DIGEST, PROXY_BOTH};
	struct fixture *f = *state;
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		f->options.connect_to = f->connect_to;
		struct proxied p = begin(f, kinds[i], 0);
		f->options.proxy = p.url;
		assert_proxy_refuses(&p, "407"); /* nothing to show */
		naccs_secret_clear(p.auth);
		assert_status(naccs_secret_append(p.auth, "user:wrong", 10, NULL), NACCS_OK);
		f->options.proxy_auth = p.auth;
		assert_proxy_refuses(&p, "407");
		f->options.proxy_auth = NULL;
		f->options.proxy = NULL;
		end(&p);
	}
	f->options.connect_to = f->connect_to;
	struct proxied p = begin(f, PROXY_FORBIDS, 0);
	f->options.proxy = p.url;
	assert_proxy_refuses(&p, "403");
	end(&p);
}

static void is_silent_about_the_portal_when_the_proxy_is_gone(void **state)
{
	struct proxied p = begin(*state, PROXY_OPEN, 0);
	struct fixture *f = p.f;
	f->options.proxy = "http://127.0.0.1:1";
	fixture_connect(f);
	assert_status(fixture_post(f, URL("/"), "code1=SECRETCODE"), NACCS_E_NET_UNREACHABLE);
	assert_int_equal(server_connections(f->server), 0);
	end(&p);
}

static void refuses_other_kinds_of_proxies(void **state)
{
	static const char *const urls[] = {"https://127.0.0.1:1", "HTTPS://proxy.test", "socks5://127.0.0.1:1",
					   "socks5h://p.test:1",  "ftp://p.test:1",	"http://user:SECRETWORD@127.0.0.1:1"};
	struct proxied p = begin(*state, PROXY_OPEN, 0);
	for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
		p.f->options.proxy = urls[i];
		assert_status(fixture_try_connect(p.f), NACCS_E_NET_PROXY_REFUSED);
		assert_null(p.f->http);
		assert_true(p.f->error.hint[0] != '\0');
		assert_lacks(p.f->error.message, "SECRETWORD");
	}
	p.f->options.proxy = p.url;
	p.f->options.proxy_auth = p.auth;
	naccs_secret_clear(p.auth);
	assert_status(naccs_secret_append(p.auth, "nocolon", 7, NULL), NACCS_OK);
	assert_status(fixture_try_connect(p.f), NACCS_E_USAGE);
	assert_lacks(p.f->error.message, "nocolon");
	end(&p);
}

/* ---- the environment ---- */

static void set(const char *name, const char *value)
{
	assert_int_equal(setenv(name, value, 1), 0);
}

static void honours_the_environment_when_told_to(void **state)
{
	static const char *const names[] = {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"};
	struct proxied p = begin(*state, PROXY_OPEN, 0);
	p.f->options.proxy_from_environment = true;
	for (unsigned i = 0; i < 4; i++) {
		set(names[i], p.url);
		set("http_proxy", "http://127.0.0.1:1"); /* not for https */
		assert_through(&p, i + 1);
		assert_int_equal(unsetenv(names[i]), 0);
	}
	set("https_proxy", p.url); /* the first in order counts */
	set("HTTPS_PROXY", "http://127.0.0.1:1");
	set("ALL_PROXY", "http://127.0.0.1:1");
	assert_through(&p, 5);
	end(&p);
}

static void takes_credentials_from_the_environment(void **state)
{
	struct proxied p = begin(*state, PROXY_BASIC, 0);
	char url[128];
	(void)snprintf(url, sizeof url, "http://user:p%%2541%%20s%%3As%%40%%23%%2Fw@127.0.0.1:%u/", (unsigned)proxy_port(p.proxy));
	set("https_proxy", url);
	p.f->options.proxy_from_environment = true;
	assert_through(&p, 1);
	assert_lacks(fixture_log(p.f), "p%2541");
	end(&p);
}

static void assert_direct(struct proxied *p)
{
	struct fixture *f = p->f;
	unsigned before = server_requests(f->server);
	f->options.connect_to = f->connect_to;
	fixture_connect(f);
	assert_status(fixture_get(f, URL("/")), NACCS_OK);
	assert_int_equal(server_requests(f->server), before + 1);
	assert_int_equal(proxy_tunnels(p->proxy), 0);
	f->options.connect_to = NULL;
}

static void leaves_out_hosts_that_no_proxy_names(void **state)
{
	static const char *const lists[] = {"*",    "portal.test",	   "PORTAL.TEST",	 ".test",
					    "test", "a.test, portal.test", "a.test portal.test", " ,portal.test,"};
	static const char *const others[] = {"al.test", "portal.test.org", "x.portal.test", ".portal.tes", "a,b", "**"};
	struct proxied p = begin(*state, PROXY_FORBIDS, 0);
	p.f->options.proxy_from_environment = true;
	set("https_proxy", p.url);
	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
		set(i % 2 == 0 ? "no_proxy" : "NO_PROXY", lists[i]);
		assert_direct(&p);
		assert_int_equal(unsetenv(i % 2 == 0 ? "no_proxy" : "NO_PROXY"), 0);
	}
	for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
		set("no_proxy", others[i]);
		fixture_connect(p.f);
		assert_status(fixture_get(p.f, URL("/")), NACCS_E_NET_PROXY_REFUSED);
	}
	end(&p);
}

static void refuses_an_https_proxy_of_the_environment_only_when_it_would_be_used(void **state)
{
	struct proxied p = begin(*state, PROXY_OPEN, 0);
	set("https_proxy", "https://127.0.0.1:1");
	p.f->options.proxy_from_environment = true;
	fixture_connect(p.f);
	assert_status(fixture_get(p.f, URL("/")), NACCS_E_NET_PROXY_REFUSED);
	assert_contains(p.f->error.message, "https://");
	set("no_proxy", "portal.test");
	assert_direct(&p);
	end(&p);
}

static void ignores_the_environment_otherwise(void **state)
{
	struct proxied p = begin(*state, PROXY_OPEN, 0);
	for (size_t i = 0; variables[i] != NULL; i++)
		set(variables[i], "http://127.0.0.1:1");
	assert_direct(&p); /* neither given nor asked for */
	set("no_proxy", "*");
	set("NO_PROXY", "*");
	p.f->options.proxy = p.url; /* given: nothing excepts from it */
	p.f->options.proxy_from_environment = true;
	assert_through(&p, 1);
	end(&p);
}

/* ---- --connect-to ---- */

static void connects_to_where_it_is_told(void **state)
{
	static const char *const patterns[] = {"::127.0.0.1:%u", "portal.test:443:127.0.0.1:%u", "portal.test::127.0.0.1:%u",
					       ":443:127.0.0.1:%u"};
	struct fixture *f = *state;
	fixture_start(f, answer_hello, NULL);
	for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
		(void)snprintf(f->connect_to_text, sizeof f->connect_to_text, "%.*s%u", (int)strlen(patterns[i]) - 2, patterns[i],
			       (unsigned)server_port(f->server));
		fixture_connect(f);
		assert_status(fixture_get(f, URL("/")), NACCS_OK);
	}
	static const char *const bad[] = {"", "portal.test", "a:1:b", "a:1:b:2:3", "[::1:443:a:1"};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		f->connect_to[0] = bad[i];
		assert_status(fixture_try_connect(f), NACCS_E_USAGE);
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST(goes_through_an_open_proxy),
		TEST(shows_credentials_as_the_proxy_wants_them),
		TEST(says_that_the_proxy_refused),
		TEST(is_silent_about_the_portal_when_the_proxy_is_gone),
		TEST(refuses_other_kinds_of_proxies),
		TEST(honours_the_environment_when_told_to),
		TEST(takes_credentials_from_the_environment),
		TEST(leaves_out_hosts_that_no_proxy_names),
		TEST(refuses_an_https_proxy_of_the_environment_only_when_it_would_be_used),
		TEST(ignores_the_environment_otherwise),
		TEST(connects_to_where_it_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
