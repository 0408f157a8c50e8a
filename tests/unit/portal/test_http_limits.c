/* SPDX-License-Identifier: Apache-2.0 */
/* Why: whatever a server sends, memory and time stay bounded, and what is not whole is not taken for whole. */
#include "http_fixture.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PAGE_LIMIT ((size_t)4 * 1024 * 1024)
#define FILE_LIMIT ((size_t)1024 * 1024)

#if defined(__SANITIZE_ADDRESS__)
#define IS_SANITIZED true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define IS_SANITIZED true
#endif
#endif
#ifndef IS_SANITIZED
#define IS_SANITIZED false
#endif

static void assert_small_process(void)
{
	struct rusage usage;
	assert_int_equal(getrusage(RUSAGE_SELF, &usage), 0);
	if (!IS_SANITIZED && usage.ru_maxrss > 64L * 1024)
		fail_msg("%ld KiB were used", usage.ru_maxrss);
}

/* ---- answers that end early ---- */

struct early {
	const char *bytes;
	enum server_then then;
};

static enum server_then answer_early(struct server_link *link, void *context)
{
	const struct early *early = context;
	(void)link_text(link, early->bytes);
	return early->then;
}

static void takes_no_part_for_the_whole(void **state)
{
	static const struct early cases[] = {
		{"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart", SERVER_CLOSE},
		{"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart", SERVER_CUT},
		{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npart\r\n", SERVER_CLOSE},
		{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\npart", SERVER_CUT},
		{"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\npart", SERVER_CUT}, /* only TLS could tell the end, and did not */
	};
	struct fixture *f = *state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct early early = cases[i];
		fixture_start(f, answer_early, fixture_keep(f, &early, sizeof early));
		assert_status(fixture_get(f, URL("/page")), NACCS_E_PORTAL_TRUNCATED);
		assert_null(f->reply);
		assert_status(fixture_get_file(f, URL("/download")), NACCS_OK);
		assert_true(f->reply->is_cut);
		assert_string_equal(fixture_body(f), "part");
	}
}

static void takes_the_whole_for_the_whole(void **state)
{
	static const struct early cases[] = {
		{"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody", SERVER_KEEP},
		{"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody", SERVER_CUT},
		{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n", SERVER_KEEP},
		{"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nbody", SERVER_CLOSE},
		{"HTTP/1.0 200 OK\r\n\r\nbody", SERVER_CLOSE},
	};
	struct fixture *f = *state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct early early = cases[i];
		fixture_start(f, answer_early, fixture_keep(f, &early, sizeof early));
		assert_status(fixture_get(f, URL("/page")), NACCS_OK);
		assert_false(f->reply->is_cut);
		assert_string_equal(fixture_body(f), "body");
	}
}

static void does_not_understand_what_is_no_http(void **state)
{
	static const char *const cases[] = {"\1\2\3 no HTTP at all\r\n\r\n", "<html>hello</html>", "220 ftp.test ready\r\n",
					    "HTTP/9.9 200 OK\r\n\r\n"};
	struct fixture *f = *state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct early early = {cases[i], SERVER_CLOSE};
		fixture_start(f, answer_early, fixture_keep(f, &early, sizeof early));
		assert_status(fixture_get(f, URL("/page")), NACCS_E_PORTAL_UNKNOWN_PAGE);
	}
}

static void passes_on_what_the_head_says(void **state)
{
	struct fixture *f = *state;
	struct early *early = fixture_keep(
		f,
		&(struct early){"HTTP/1.1 503 Maintenance\r\nContent-Type: text/html; charset=Shift_JIS\r\nRefresh: 3; url=/next\r\n"
				"Content-Disposition: attachment; filename=\"000000000000001.p12\"\r\nContent-Length: 4\r\n\r\nbody",
				SERVER_KEEP},
		sizeof *early);
	fixture_start(f, answer_early, early);
	assert_status(fixture_get(f, URL("/page")), NACCS_OK);
	assert_int_equal(f->reply->status, 503);
	assert_string_equal(f->reply->content_type, "text/html; charset=Shift_JIS");
	assert_string_equal(f->reply->refresh, "3; url=/next");
	assert_string_equal(f->reply->content_disposition, "attachment; filename=\"000000000000001.p12\"");
	early->bytes = "HTTP/1.1 304 Not Modified\r\n\r\n";
	assert_status(fixture_get(f, URL("/page")), NACCS_OK);
	assert_null(f->reply->content_type);
	assert_null(f->reply->refresh);
	assert_null(f->reply->content_disposition);
}

/* ---- too much ---- */

/* Head, then block over and over. */
struct flood {
	const char *head;
	const void *block;
	size_t block_length;
	uint64_t total;
};

static enum server_then answer_flood(struct server_link *link, void *context)
{
	const struct flood *flood = context;
	bool is_alive = link_text(link, flood->head);
	for (uint64_t sent = 0; is_alive && sent < flood->total; sent += flood->block_length)
		is_alive = link_send(link, flood->block, flood->block_length);
	return is_alive ? SERVER_KEEP : SERVER_CUT;
}

static char block[16 * 1024];

static void bounds_a_body_of_two_gigabytes(void **state)
{
	struct fixture *f = *state;
	const char *const heads[] = {"HTTP/1.1 200 OK\r\nContent-Length: 2147483648\r\n\r\n",
				     "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"};
	for (size_t i = 0; i < 2; i++) {
		struct flood flood = {heads[i], block, sizeof block, (uint64_t)2 << 30};
		fixture_start(f, answer_flood, fixture_keep(f, &flood, sizeof flood));
		assert_status(fixture_get(f, URL("/page")), NACCS_E_PORTAL_TRUNCATED);
		assert_contains(f->error.message, "4194304");
		assert_status(fixture_get_file(f, URL("/file")), NACCS_OK);
		assert_true(f->reply->is_cut);
		assert_int_equal(naccs_secret_length(f->reply->body), FILE_LIMIT);
		naccs_http_free(f->http);
		f->http = NULL;
		assert_true(server_sent(f->server) < (uint64_t)64 << 20);
	}
	assert_small_process();
}

static enum server_then answer_sized(struct server_link *link, void *context)
{
	const size_t *size = context;
	char head[100];
	(void)snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", *size);
	bool is_alive = link_text(link, head);
	for (size_t sent = 0; is_alive && sent < *size;) {
		size_t length = *size - sent < sizeof block ? *size - sent : sizeof block;
		is_alive = link_send(link, block, length);
		sent += length;
	}
	return is_alive ? SERVER_KEEP : SERVER_CUT;
}

static void takes_what_is_just_within_the_limits(void **state)
{
	struct fixture *f = *state;
	size_t *size = fixture_keep(f, &(size_t){PAGE_LIMIT}, sizeof *size);
	fixture_start(f, answer_sized, size);
	assert_status(fixture_get(f, URL("/page")), NACCS_OK);
	assert_int_equal(naccs_secret_length(f->reply->body), PAGE_LIMIT);
	*size = FILE_LIMIT;
	assert_status(fixture_get_file(f, URL("/file")), NACCS_OK);
	assert_false(f->reply->is_cut);
	*size = FILE_LIMIT + 1;
	assert_status(fixture_get_file(f, URL("/file")), NACCS_OK);
	assert_true(f->reply->is_cut);
	assert_int_equal(naccs_secret_length(f->reply->body), FILE_LIMIT);
}

/* A gzip stream of zeros, about 160 to 1: one literal, then "258 bytes from 1 back" for ever, 13 bits each by the fixed code (RFC
 * 1951 3.2.6). */
struct bits {
	unsigned char *bytes;
	size_t count;
};

static void put_bits(struct bits *bits, unsigned value, unsigned count) /* most significant first, as Huffman codes are packed */
{
	while (count-- > 0) {
		if ((value >> count & 1U) != 0)
			bits->bytes[bits->count / 8] |= (unsigned char)(1U << bits->count % 8);
		bits->count++;
	}
}

static size_t make_bomb(unsigned char *bytes, size_t room)
{
	static const unsigned char head[10] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3};
	(void)memset(bytes, 0, room);
	(void)memcpy(bytes, head, sizeof head);
	struct bits bits = {bytes, 8 * sizeof head};
	put_bits(&bits, 1, 1);	  /* the last block */
	put_bits(&bits, 2, 2);	  /* 01 with its low bit first: fixed codes */
	put_bits(&bits, 0x30, 8); /* literal 0 */
	while (bits.count + 13 <= 8 * room) {
		put_bits(&bits, 0xc5, 8); /* length 258 */
		put_bits(&bits, 0, 5);	  /* distance 1 */
	}
	return bits.count / 8;
}

static void bounds_a_compressed_bomb(void **state)
{
	struct fixture *f = *state;
	static unsigned char bomb[1024 * 1024]; /* 160 MiB */
	size_t length = make_bomb(bomb, sizeof bomb);
	struct flood flood = {"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n", bomb, length, length};
	fixture_start(f, answer_flood, fixture_keep(f, &flood, sizeof flood));
	assert_status(fixture_get(f, URL("/page")), NACCS_E_PORTAL_TRUNCATED);
	assert_contains(f->error.message, "4194304");
	assert_status(fixture_get_file(f, URL("/file")), NACCS_OK);
	assert_true(f->reply->is_cut);
	assert_int_equal(naccs_secret_length(f->reply->body), FILE_LIMIT);

	/* Newer versions of libcurl refuse this one outright. */
	flood.head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\nConnection: close\r\n\r\n";
	fixture_start(f, answer_flood, fixture_keep(f, &flood, sizeof flood));
	assert_int_not_equal(fixture_get(f, URL("/page")), NACCS_OK);
	assert_null(f->reply);
	assert_small_process();
}

static enum server_then answer_gzip(struct server_link *link, void *context)
{
	/* printf '<html>hello</html>' | gzip -9n */
	static const unsigned char page[] = {0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xb3, 0xc9,
					     0x28, 0xc9, 0xcd, 0xb1, 0xcb, 0x48, 0xcd, 0xc9, 0xc9, 0xb7, 0xd1, 0x07,
					     0xb3, 0x01, 0x31, 0x6b, 0xb8, 0x98, 0x12, 0x00, 0x00, 0x00};
	size_t left_out = *(const size_t *)context;
	char head[200];
	(void)snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %zu\r\n\r\n", sizeof page);
	(void)link_text(link, head);
	(void)link_send(link, page, sizeof page - left_out);
	return left_out == 0 ? SERVER_KEEP : SERVER_CLOSE;
}

static void reads_a_compressed_page_though_none_was_asked_for(void **state)
{
	struct fixture *f = *state;
	size_t *left_out = fixture_keep(f, &(size_t){0}, sizeof *left_out);
	fixture_start(f, answer_gzip, left_out);
	assert_status(fixture_get(f, URL("/page")), NACCS_OK);
	assert_string_equal(fixture_body(f), "<html>hello</html>");
	assert_int_equal(server_count(f->server, "Accept-Encoding: identity\r\n"), 1);
	assert_int_equal(server_count(f->server, "Accept-Encoding:"), 1);
	*left_out = 12;
	assert_status(fixture_get(f, URL("/page")), NACCS_E_PORTAL_TRUNCATED);
}

static void bounds_header_floods(void **state)
{
	struct fixture *f = *state;
	static const char line[] = "X-Flood: 0123456789abcdef\r\n", provisional[] = "HTTP/1.1 100 Continue\r\n\r\n", chunk[] = "X: y\r\n";
	static const char cookie[] = "Set-Cookie: a=0123456789\r\n";
	static char long_line[60 * 1024];
	(void)memset(long_line, 'x', sizeof long_line);
	(void)memcpy(long_line, "X-Long: ", 8);
	(void)memcpy(long_line + sizeof long_line - 2, "\r\n", 2);
	const struct flood floods[] = {
		{"HTTP/1.1 200 OK\r\n", line, sizeof line - 1, 64 << 20},
		{"HTTP/1.1 200 OK\r\n", long_line, sizeof long_line, 64 << 20},
		{"HTTP/1.1 200 OK\r\n", cookie, sizeof cookie - 1, 64 << 20},
		{"", provisional, sizeof provisional - 1, 64 << 20},
		{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", chunk, sizeof chunk - 1, 64 << 20}, /* as trailers */
	};
	for (size_t i = 0; i < sizeof floods / sizeof *floods; i++) {
		struct flood flood = floods[i];
		fixture_start(f, answer_flood, fixture_keep(f, &flood, sizeof flood));
		naccs_status status = fixture_get(f, URL("/page"));
		if (status != NACCS_E_PORTAL_TRUNCATED)
			fail_msg("flood %zu: %s %s", i, naccs_status_id(status), f->error.message);
	}
	assert_small_process();
}

static enum server_then answer_with_many_headers(struct server_link *link, void *context)
{
	const unsigned *count = context;
	bool is_alive = link_text(link, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n");
	for (unsigned i = 0; is_alive && i < *count; i++)
		is_alive = link_text(link, "X: y\r\n");
	return is_alive && link_text(link, "\r\nbody") ? SERVER_KEEP : SERVER_CUT;
}

static void bounds_the_number_of_headers(void **state)
{
	struct fixture *f = *state;
	unsigned *count = fixture_keep(f, &(unsigned){250}, sizeof *count);
	fixture_start(f, answer_with_many_headers, count);
	assert_status(fixture_get(f, URL("/page")), NACCS_OK);
	*count = 260;
	assert_status(fixture_get(f, URL("/page")), NACCS_E_PORTAL_TRUNCATED);
}

/* A flood of bytes without a line end. */
static void bounds_an_endless_line(void **state)
{
	struct fixture *f = *state;
	struct flood flood = {"HTTP/1.1 200 OK\r\nX: ", block, sizeof block, (uint64_t)2 << 30};
	(void)memset(block, 'x', sizeof block);
	fixture_start(f, answer_flood, fixture_keep(f, &flood, sizeof flood));
	assert_int_not_equal(fixture_get(f, URL("/page")), NACCS_OK);
	assert_small_process();
}

static enum server_then answer_cookies(struct server_link *link, void *context)
{
	unsigned *number = context;
	char *headers = calloc(1, 64 * 1024);
	assert_non_null(headers);
	size_t length = 0;
	for (unsigned i = 0; i < 16; i++)
		length += (size_t)sprintf(headers + length, "Set-Cookie: c%u=%01024u\r\n", (*number)++, i);
	bool is_sent = link_answer(link, "200 OK", headers, "hello");
	free(headers);
	return is_sent ? SERVER_KEEP : SERVER_CUT;
}

static void bounds_cookies_over_a_whole_run(void **state)
{
	struct fixture *f = *state;
	unsigned number = 0, requests = 0;
	fixture_start(f, answer_cookies, fixture_keep(f, &number, sizeof number));
	while (requests < 1000 && fixture_get(f, URL("/page")) == NACCS_OK)
		requests++;
	assert_true(requests >= 10 && requests < 100);
	assert_status(f->error.status, NACCS_E_PORTAL_TRUNCATED);
}

static enum server_then answer_with_cookie(struct server_link *link, void *context)
{
	(void)context;
	return link_answer(link, "200 OK", "Set-Cookie: JSESSIONID=abc; Path=/; Secure; HttpOnly\r\n", "hello") ? SERVER_KEEP : SERVER_CUT;
}

static void keeps_cookies_within_one_handle(void **state)
{
	struct fixture *f = *state;
	fixture_start(f, answer_with_cookie, NULL);
	assert_status(fixture_get(f, URL("/page")), NACCS_OK);
	assert_int_equal(server_count(f->server, "Cookie:"), 0);
	assert_status(fixture_post(f, URL("/page"), "a=b"), NACCS_OK);
	assert_int_equal(server_count(f->server, "Cookie: JSESSIONID=abc\r\n"), 1);
	fixture_connect(f);
	assert_status(fixture_get(f, URL("/page")), NACCS_OK);
	assert_int_equal(server_count(f->server, "Cookie:"), 1);
}

/* ---- too slow ---- */

static enum server_then answer_never(struct server_link *link, void *context)
{
	const char *start = context;
	(void)link_text(link, start);
	char byte;
	(void)SSL_read(link->ssl, &byte, 1); /* until the client gives up */
	return SERVER_CUT;
}

/* A machine under load may not get as far as the answer within the second: never success, and the expected failure in the end. */
static void assert_gives_up(struct fixture *f, naccs_status expected)
{
	naccs_status status = NACCS_OK;
	for (unsigned tries = 0; tries < 20 && status != expected; tries++) {
		status = fixture_get(f, URL("/page"));
		assert_int_not_equal(status, NACCS_OK);
		assert_true(f->error.message[0] != '\0');
	}
	assert_status(status, expected);
}

static void gives_up_on_silence(void **state)
{
	struct fixture *f = *state;
	static char nothing[] = "", half[] = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf";
	f->options.idle_seconds = 1;
	fixture_start(f, answer_never, nothing);
	assert_gives_up(f, NACCS_E_NET_UNREACHABLE);
	assert_true(f->error.hint[0] != '\0');
	fixture_start(f, answer_never, half);
	assert_gives_up(f, NACCS_E_PORTAL_TRUNCATED);
}

static void keeps_what_came_of_a_file_before_silence(void **state)
{
	struct fixture *f = *state;
	static char half[] = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf";
	f->options.idle_seconds = 1;
	fixture_start(f, answer_never, half);
	for (unsigned tries = 0; tries < 20 && fixture_get_file(f, URL("/file")) != NACCS_OK; tries++)
		;
	assert_non_null(f->reply);
	assert_true(f->reply->is_cut);
	assert_string_equal(fixture_body(f), "half");
}

/* Connected, and then nothing: not even a handshake. */
static void gives_up_on_a_silent_port(void **state)
{
	struct fixture *f = *state;
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof address;
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(listener, (struct sockaddr *)&address, size), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &size), 0);
	(void)snprintf(f->connect_to_text, sizeof f->connect_to_text, "::127.0.0.1:%u", (unsigned)ntohs(address.sin_port));
	f->connect_to[0] = f->connect_to_text;
	f->options.idle_seconds = 1;
	fixture_connect(f);
	assert_status(fixture_post(f, URL("/login"), "code=1"), NACCS_E_NET_UNREACHABLE);
	assert_contains(f->error.message, "nothing came for 1 seconds");
	assert_int_equal(naccs_http_request_count(f->http), 0);
	assert_int_equal(close(listener), 0);
}

/* One header line a moment, without end: never silent, never done. */
static enum server_then answer_slowly(struct server_link *link, void *context)
{
	(void)context;
	bool is_alive = link_text(link, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
	while (is_alive) {
		struct timespec moment = {.tv_nsec = 50 * 1000 * 1000};
		(void)nanosleep(&moment, NULL);
		is_alive = link_text(link, "x");
	}
	return SERVER_CUT;
}

static void gives_up_on_a_slow_loris(void **state)
{
	struct fixture *f = *state;
	f->options.timeout_seconds = 1;
	fixture_start(f, answer_slowly, NULL);
	assert_gives_up(f, NACCS_E_PORTAL_TRUNCATED);
}

static bool is_request_there(void *context)
{
	struct fixture *f = context;
	return server_requests(f->server) > 0;
}

static bool always(void *context)
{
	(void)context;
	return true;
}

static void can_be_cancelled(void **state)
{
	struct fixture *f = *state;
	static char nothing[] = "";
	f->options.cancelled = is_request_there;
	f->options.cancelled_context = f;
	fixture_start(f, answer_never, nothing);
	assert_status(fixture_post(f, URL("/login"), "code=1"), NACCS_E_CANCELLED);
	assert_true(f->error.hint[0] != '\0'); /* it was sent */
	f->options.cancelled = always;
	fixture_start(f, answer_hello, NULL);
	assert_status(fixture_post(f, URL("/login"), "code=1"), NACCS_E_CANCELLED);
	assert_int_equal(server_connections(f->server), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST(takes_no_part_for_the_whole),
		TEST(takes_the_whole_for_the_whole),
		TEST(does_not_understand_what_is_no_http),
		TEST(passes_on_what_the_head_says),
		TEST(bounds_a_body_of_two_gigabytes),
		TEST(takes_what_is_just_within_the_limits),
		TEST(bounds_a_compressed_bomb),
		TEST(reads_a_compressed_page_though_none_was_asked_for),
		TEST(bounds_header_floods),
		TEST(bounds_the_number_of_headers),
		TEST(bounds_an_endless_line),
		TEST(bounds_cookies_over_a_whole_run),
		TEST(keeps_cookies_within_one_handle),
		TEST(gives_up_on_silence),
		TEST(keeps_what_came_of_a_file_before_silence),
		TEST(gives_up_on_a_silent_port),
		TEST(gives_up_on_a_slow_loris),
		TEST(can_be_cancelled),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
