/* SPDX-License-Identifier: Apache-2.0 */
/* Why: a redirect goes to an allowed host by https or nowhere, and never carries a form with it. */
#include "http_fixture.h"

#define FROM URL("/path/from")

/* /path/from answers with the status and Location that the test gives; everything else with its own request line. */
struct redirect {
	const char *status;
	const char *location;
};

static enum server_then answer_redirect(struct server_link *link, void *context)
{
	const struct redirect *redirect = context;
	char headers[512] = "", line[256] = "";
	(void)snprintf(line, sizeof line, "%.*s", (int)strcspn(link->request, "\r"), link->request);
	if (strstr(line, " /path/from HTTP") == NULL)
		return link_answer(link, "200 OK", "Content-Type: text/html\r\n", line) ? SERVER_KEEP : SERVER_CUT;
	(void)snprintf(headers, sizeof headers, "Location: %s\r\n", redirect->location);
	return link_answer(link, redirect->status, headers, "moved") ? SERVER_KEEP : SERVER_CUT;
}

static void follows_allowed_redirects_on_one_connection(void **state)
{
	static const struct {
		const char *location, *line, *url;
	} cases[] = {
		{URL("/a/b?c=d"), "GET /a/b?c=d HTTP/1.1", URL("/a/b?c=d")},
		{"https://portal.test:443/x", "GET /x HTTP/1.1", NULL},
		{"/NACCS/frame.jsp", "GET /NACCS/frame.jsp HTTP/1.1", URL("/NACCS/frame.jsp")},
		{"to#part", "GET /path/to HTTP/1.1", URL("/path/to")},
		{"../up", "GET /up HTTP/1.1", URL("/up")},
		{"//portal.test/y", "GET /y HTTP/1.1", URL("/y")},
		{"?q=1", "GET /path/from?q=1 HTTP/1.1", URL("/path/from?q=1")},
		{"/with space\xe3\x81\x82", "GET /with%20space%e3%81%82 HTTP/1.1", NULL},
	};
	struct fixture *f = *state;
	struct redirect *redirect = fixture_keep(f, &(struct redirect){.status = "302 Found"}, sizeof *redirect);
	fixture_start(f, answer_redirect, redirect);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		redirect->location = cases[i].location;
		assert_status(fixture_get(f, FROM), NACCS_OK);
		assert_string_equal(fixture_body(f), cases[i].line);
		if (cases[i].url != NULL)
			assert_string_equal(f->reply->url, cases[i].url);
	}
	assert_int_equal(naccs_http_connection_count(f->http), 1);
	assert_int_equal(naccs_http_request_count(f->http), 2 * sizeof cases / sizeof *cases);
}

static void follows_to_another_host_of_the_portal(void **state)
{
	struct fixture *f = *state;
	struct redirect *redirect =
		fixture_keep(f, &(struct redirect){.status = "301 Moved", .location = "https://" OTHER_HOST "/there"}, sizeof *redirect);
	fixture_start(f, answer_redirect, redirect);
	assert_status(fixture_get(f, FROM), NACCS_OK);
	assert_string_equal(f->reply->url, "https://" OTHER_HOST "/there");
	assert_int_equal(server_count(f->server, "Host: " OTHER_HOST "\r\n"), 1);
}

static void refuses_to_leave_the_portal(void **state)
{
	static const char *const locations[] = {
		"http://portal.test/x",
		"HTTP://portal.test/x",
		"http://evil.test/",
		"https://evil.test/",
		"//evil.test/x",
		"https://portal.test.evil.test/",
		"https://evilportal.test/",
		"https://portal.test:444/",
		"https://portal.test@evil.test/",
		"https://me:secret@portal.test/",
		"ftp://portal.test/",
		"file:///etc/passwd",
		"javascript:alert(1)",
		"https://",
		"https://portal.test:99999/",
		"https://other.test:8443/",
	};
	struct fixture *f = *state;
	struct redirect *redirect = fixture_keep(f, &(struct redirect){.status = "302 Found"}, sizeof *redirect);
	fixture_start(f, answer_redirect, redirect);
	for (size_t i = 0; i < sizeof locations / sizeof *locations; i++) {
		redirect->location = locations[i];
		naccs_status status = fixture_get(f, FROM);
		if (status != NACCS_E_NET_REDIRECT_REFUSED)
			fail_msg("%s: %s %s", locations[i], naccs_status_id(status), f->error.message);
		assert_null(f->reply);
		assert_lacks(f->error.message, "secret");
		assert_int_equal(server_requests(f->server), i + 1);
	}
	assert_int_equal(server_connections(f->server), 1);
}

static void turns_a_form_into_a_get(void **state)
{
	static const char *const statuses[] = {"301 Moved", "302 Found", "303 See Other"};
	struct fixture *f = *state;
	struct redirect *redirect = fixture_keep(f, &(struct redirect){.location = "/next"}, sizeof *redirect);
	fixture_start(f, answer_redirect, redirect);
	for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
		redirect->status = statuses[i];
		assert_status(fixture_post(f, FROM, "code1=SECRETCODE"), NACCS_OK);
		assert_string_equal(fixture_body(f), "GET /next HTTP/1.1");
		assert_int_equal(server_count(f->server, "code1=SECRETCODE"), i + 1);
	}
	assert_int_equal(server_count(f->server, "Content-Type: application/x-www-form-urlencoded\r\n"), 3);
}

static void refuses_to_send_a_form_once_more(void **state)
{
	static const char *const statuses[] = {"307 Temporary Redirect", "308 Permanent Redirect"};
	struct fixture *f = *state;
	struct redirect *redirect = fixture_keep(f, &(struct redirect){.location = "/next"}, sizeof *redirect);
	fixture_start(f, answer_redirect, redirect);
	for (unsigned i = 0; i < 2; i++) {
		redirect->status = statuses[i];
		assert_status(fixture_post(f, FROM, "code1=SECRETCODE"), NACCS_E_NET_REDIRECT_REFUSED);
		assert_int_equal(server_count(f->server, "code1=SECRETCODE"), i + 1);
		assert_int_equal(server_requests(f->server), i + 1);
	}
	assert_status(fixture_get(f, FROM), NACCS_OK); /* for a GET it is like any other */
}

static void gives_up_on_a_loop(void **state)
{
	struct fixture *f = *state;
	struct redirect *redirect = fixture_keep(f, &(struct redirect){.status = "302 Found", .location = "/path/from"}, sizeof *redirect);
	fixture_start(f, answer_redirect, redirect);
	assert_status(fixture_get(f, FROM), NACCS_E_NET_REDIRECT_REFUSED);
	assert_int_equal(server_requests(f->server), 11);
	assert_int_equal(server_connections(f->server), 1);
}

static enum server_then answer_cut_redirect(struct server_link *link, void *context)
{
	(void)context;
	if (link_is_for(link, "GET /next"))
		return answer_hello(link, NULL);
	(void)link_text(link, "HTTP/1.1 302 Found\r\nLocation: /next\r\nContent-Length: 100\r\n\r\nmov");
	return SERVER_CUT;
}

static void follows_a_redirect_whose_body_is_cut(void **state)
{
	struct fixture *f = *state;
	fixture_start(f, answer_cut_redirect, NULL);
	assert_status(fixture_post(f, URL("/form"), "a=b"), NACCS_OK);
	assert_string_equal(fixture_body(f), "hello");
	assert_int_equal(server_requests(f->server), 2);
}

static void checks_links_before_anything_is_sent(void **state)
{
	struct fixture *f = *state;
	fixture_start(f, answer_hello, NULL);
	assert_status(naccs_http_check_url(f->http, URL("/x?y"), &f->error), NACCS_OK);
	assert_status(naccs_http_check_url(f->http, "https://portal.test:8443/", &f->error), NACCS_OK);
	assert_status(naccs_http_check_url(f->http, "https://portal.test:444/", &f->error), NACCS_E_NET_REDIRECT_REFUSED);
	assert_status(naccs_http_check_url(f->http, "http://portal.test/", &f->error), NACCS_E_NET_REDIRECT_REFUSED);
	assert_status(naccs_http_check_url(f->http, "/relative", &f->error), NACCS_E_NET_REDIRECT_REFUSED);
	assert_status(naccs_http_check_url(f->http, "https://evil.test/?code=SECRETCODE", &f->error), NACCS_E_NET_REDIRECT_REFUSED);
	assert_contains(f->error.message, "https://evil.test/?code=****");
	assert_contains(f->error.message, "evil.test:443");
	assert_true(f->error.hint[0] != '\0');
	assert_status(fixture_post(f, "https://evil.test/", "code1=SECRETCODE"), NACCS_E_NET_REDIRECT_REFUSED);
	assert_int_equal(server_connections(f->server), 0);
}

static naccs_status get_with_referer(struct fixture *f, const char *url, const char *referer)
{
	naccs_auto(http_reply) struct naccs_http_reply *reply = NULL;
	return naccs_http_get(f->http, url, referer, NACCS_HTTP_PAGE, &reply, &f->error);
}

static void tells_the_referer_to_its_own_host_only(void **state)
{
	struct fixture *f = *state;
	fixture_start(f, answer_hello, NULL);
	assert_status(get_with_referer(f, URL("/one"), URL("/from?session=1#top")), NACCS_OK);
	assert_int_equal(server_count(f->server, "Referer: https://portal.test/from?session=1\r\n"), 1);
	assert_status(get_with_referer(f, "https://" OTHER_HOST "/two", URL("/from?session=1")), NACCS_OK);
	assert_status(get_with_referer(f, URL("/three"), NULL), NACCS_OK);
	assert_int_equal(server_count(f->server, "Referer:"), 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST(follows_allowed_redirects_on_one_connection),
		TEST(follows_to_another_host_of_the_portal),
		TEST(refuses_to_leave_the_portal),
		TEST(turns_a_form_into_a_get),
		TEST(refuses_to_send_a_form_once_more),
		TEST(gives_up_on_a_loop),
		TEST(follows_a_redirect_whose_body_is_cut),
		TEST(checks_links_before_anything_is_sent),
		TEST(tells_the_referer_to_its_own_host_only),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
