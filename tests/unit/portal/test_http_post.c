/* SPDX-License-Identifier: Apache-2.0 */
/* Why: a form holds a code that works once. It is sent once, and when nobody can say whether it arrived, that is what is said. */
#include "http_fixture.h"

#define SECRET_FORM "code1=SECRETCODE"

static void assert_sent(struct fixture *f, unsigned times)
{
	assert_int_equal(server_count(f->server, SECRET_FORM), times);
	assert_lacks(fixture_log(f), "SECRETCODE");
	assert_lacks(f->error.message, "SECRETCODE");
}

/* The first request is answered; then the connection ends as the test says, at the moment that it says. */
struct ending {
	enum server_then then;
	bool after_first_answer; /* else: when the second request has come */
	bool answers_second_connection;
	const char *parting; /* sent before the end; may be NULL */
};

static enum server_then answer_until(struct server_link *link, void *context)
{
	const struct ending *ending = context;
	if (link->number > 1 && ending->answers_second_connection)
		return answer_hello(link, NULL);
	if (link->request_number == 1 && link->number == 1) {
		(void)answer_hello(link, NULL);
		if (ending->after_first_answer && ending->parting != NULL)
			(void)link_text(link, ending->parting);
		return ending->after_first_answer ? ending->then : SERVER_KEEP;
	}
	if (ending->parting != NULL)
		(void)link_text(link, ending->parting);
	return ending->then;
}

static void sends_a_form_once(void **state)
{
	struct fixture *f = *state;
	fixture_start(f, answer_hello, NULL);
	assert_status(fixture_post(f, URL("/login"), SECRET_FORM), NACCS_OK);
	assert_sent(f, 1);
	assert_int_equal(server_count(f->server, "POST /login HTTP/1.1\r\n"), 1);
	assert_int_equal(server_count(f->server, "Origin: https://portal.test\r\n"), 1);
	assert_int_equal(server_count(f->server, "Referer: https://portal.test/form\r\n"), 1);
	assert_int_equal(server_count(f->server, "Content-Type: application/x-www-form-urlencoded\r\n"), 1);
	assert_int_equal(server_count(f->server, "Expect:"), 0);
	assert_status(fixture_get(f, URL("/after")), NACCS_OK); /* and leaves nothing behind for the next request */
	assert_int_equal(server_count(f->server, "Content-Type:"), 1);
	assert_sent(f, 1);
}

static void takes_a_new_connection_when_the_kept_one_was_closed(void **state)
{
	struct fixture *f = *state;
	const enum server_then ways[] = {SERVER_CLOSE, SERVER_CUT};
	for (size_t i = 0; i < 2; i++) {
		struct ending ending = {.then = ways[i], .after_first_answer = true, .answers_second_connection = true};
		fixture_start(f, answer_until, fixture_keep(f, &ending, sizeof ending));
		assert_status(fixture_get(f, URL("/")), NACCS_OK);
		server_wait_ended(f->server, 1);
		assert_status(fixture_post(f, URL("/login"), SECRET_FORM), NACCS_OK);
		assert_sent(f, 1);
		assert_int_equal(server_connections(f->server), 2);
	}
}

/* Some servers say farewell to an idle connection. That is no answer to what was not asked yet. */
static void takes_a_last_word_for_no_answer(void **state)
{
	struct fixture *f = *state;
	struct ending ending = {.then = SERVER_CLOSE,
				.after_first_answer = true,
				.answers_second_connection = true,
				.parting = "HTTP/1.1 408 Request Timeout\r\nContent-Length: 4\r\nConnection: close\r\n\r\nidle"};
	for (unsigned i = 0; i < 2; i++) {
		fixture_start(f, answer_until, fixture_keep(f, &ending, sizeof ending));
		assert_status(fixture_get(f, URL("/")), NACCS_OK);
		server_wait_ended(f->server, 1);
		assert_status(i == 0 ? fixture_get(f, URL("/next")) : fixture_post(f, URL("/login"), SECRET_FORM), NACCS_OK);
		assert_int_equal(f->reply->status, 200);
		assert_string_equal(fixture_body(f), "hello");
		assert_int_equal(server_requests(f->server), 2);
	}
}

/* The very case in which libcurl sends again: a kept connection ends without a byte of an answer. */
static void does_not_repeat_a_form_on_a_dead_connection(void **state)
{
	struct fixture *f = *state;
	const enum server_then ways[] = {SERVER_CLOSE, SERVER_CUT};
	for (size_t i = 0; i < 2; i++) {
		struct ending ending = {.then = ways[i], .answers_second_connection = true};
		fixture_start(f, answer_until, fixture_keep(f, &ending, sizeof ending));
		assert_status(fixture_get(f, URL("/")), NACCS_OK);
		assert_status(fixture_post(f, URL("/login"), SECRET_FORM), NACCS_E_NET_OUTCOME_UNKNOWN);
		assert_null(f->reply);
		assert_true(f->error.hint[0] != '\0');
		assert_sent(f, 1);
		assert_int_equal(naccs_http_request_count(f->http), 2);
	}
}

static void repeats_a_get_on_a_dead_connection(void **state)
{
	struct fixture *f = *state;
	struct ending ending = {.then = SERVER_CUT, .answers_second_connection = true};
	fixture_start(f, answer_until, fixture_keep(f, &ending, sizeof ending));
	assert_status(fixture_get(f, URL("/")), NACCS_OK);
	assert_status(fixture_get(f, URL("/again")), NACCS_OK);
	assert_int_equal(server_connections(f->server), 2);
}

static enum server_then end_with(struct server_link *link, void *context)
{
	const struct ending *ending = context;
	if (ending->parting != NULL)
		(void)link_text(link, ending->parting);
	return ending->then;
}

static void says_that_the_outcome_is_unknown(void **state)
{
	static const struct ending endings[] = {
		{.then = SERVER_CLOSE},
		{.then = SERVER_CUT},
		{.then = SERVER_CUT, .parting = "HTTP/1.1 100 Continue\r\n\r\n"},
		{.then = SERVER_CLOSE, .parting = "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"},
		{.then = SERVER_CLOSE, .parting = "HTTP/1.1 200 OK\r\nContent-Le"},
		{.then = SERVER_CLOSE, .parting = "garbage that is no HTTP\r\n\r\n"},
	};
	struct fixture *f = *state;
	for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
		struct ending ending = endings[i];
		fixture_start(f, end_with, fixture_keep(f, &ending, sizeof ending));
		naccs_status status = fixture_post(f, URL("/login"), SECRET_FORM);
		if (status != NACCS_E_NET_OUTCOME_UNKNOWN)
			fail_msg("case %zu: %s %s", i, naccs_status_id(status), f->error.message);
		assert_sent(f, 1);
	}
}

static enum server_then answer_nothing(struct server_link *link, void *context)
{
	(void)context;
	char byte;
	(void)SSL_read(link->ssl, &byte, 1); /* until the client gives up */
	return SERVER_CUT;
}

static void says_so_too_when_time_is_up(void **state)
{
	struct fixture *f = *state;
	f->options.timeout_seconds = 1;
	fixture_start(f, answer_nothing, NULL);
	/* A machine under load may not get as far as sending within the second. */
	naccs_status status = NACCS_OK;
	for (unsigned tries = 0; tries < 20 && status != NACCS_E_NET_OUTCOME_UNKNOWN; tries++) {
		status = fixture_post(f, URL("/login"), SECRET_FORM);
		assert_int_not_equal(status, NACCS_OK);
	}
	assert_status(status, NACCS_E_NET_OUTCOME_UNKNOWN);
	assert_sent(f, 1);
}

static void an_answer_that_is_cut_is_an_answer(void **state)
{
	struct fixture *f = *state;
	struct ending ending = {.then = SERVER_CUT, .parting = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"};
	fixture_start(f, end_with, fixture_keep(f, &ending, sizeof ending));
	assert_status(fixture_post(f, URL("/login"), SECRET_FORM), NACCS_E_PORTAL_TRUNCATED);
	assert_sent(f, 1);
}

static void a_form_that_never_left_is_no_unknown_outcome(void **state)
{
	struct fixture *f = *state;
	fixture_start(f, answer_hello, NULL);
	server_stop(f->server);
	f->server = NULL;
	assert_status(fixture_post(f, URL("/login"), SECRET_FORM), NACCS_E_NET_UNREACHABLE);
	assert_int_equal(naccs_http_request_count(f->http), 0);
}

static void takes_provisional_answers(void **state)
{
	struct fixture *f = *state;
	struct ending ending = {
		.then = SERVER_KEEP,
		.parting = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nContent-Type: text/plain\r\n\r\n"
			   "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 4\r\n\r\ndone",
	};
	fixture_start(f, end_with, fixture_keep(f, &ending, sizeof ending));
	assert_status(fixture_post(f, URL("/login"), SECRET_FORM), NACCS_OK);
	assert_int_equal(f->reply->status, 200);
	assert_string_equal(f->reply->content_type, "text/html");
	assert_string_equal(fixture_body(f), "done");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST(sends_a_form_once),
		TEST(takes_a_new_connection_when_the_kept_one_was_closed),
		TEST(takes_a_last_word_for_no_answer),
		TEST(does_not_repeat_a_form_on_a_dead_connection),
		TEST(repeats_a_get_on_a_dead_connection),
		TEST(says_that_the_outcome_is_unknown),
		TEST(says_so_too_when_time_is_up),
		TEST(an_answer_that_is_cut_is_an_answer),
		TEST(a_form_that_never_left_is_no_unknown_outcome),
		TEST(takes_provisional_answers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
