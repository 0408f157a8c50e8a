/* SPDX-License-Identifier: Apache-2.0 */
/* Why: what is sent is what a browser would send, byte for byte. */
#include "page_fixture.h"

#include "form.h"

#include <string.h>

struct sent {
	bool is_post;
	char *url, *content_type, *body, *target;
	naccs_status status;
	char message[sizeof((struct naccs_error *)0)->message];
};

static void clear(struct sent *sent)
{
	free(sent->url);
	free(sent->content_type);
	free(sent->body);
	free(sent->target);
}

/* Press the last control of the page; type the values into the fields of these names. */
static struct sent send_page(struct naccs_page *page, const char *const names_and_values[][2], size_t count)
{
	struct naccs_form_entry entries[4];
	struct naccs_form_request request = {0};
	struct naccs_secret *values[4] = {NULL};
	struct naccs_error err = {0};
	struct naccs_press press;
	struct sent sent = {0};

	naccs_page_press(page, page->controls.count - 1, &press);
	assert_int_equal(press.kind, NACCS_PRESS_SUBMIT);
	for (size_t i = 0; i < count; i++) {
		const struct naccs_form *form = &page->forms.items[press.form];

		values[i] = secret_of(names_and_values[i][1]);
		entries[i].value = values[i];
		for (size_t j = 0; j < form->count; j++)
			if (strcmp(form->items[j].name, names_and_values[i][0]) == 0)
				entries[i].field = j;
	}
	sent.status = naccs_form_serialise(page, &press, entries, count, &request, &err);
	(void)snprintf(sent.message, sizeof sent.message, "%s", err.message);
	if (sent.status == NACCS_OK) {
		sent.is_post = request.is_post;
		sent.url = strdup(request.url);
		sent.content_type = strdup(request.content_type != NULL ? request.content_type : "");
		sent.body = strdup(naccs_secret_text(request.body));
		sent.target = strdup(request.target);
	}
	naccs_form_request_clear(&request);
	for (size_t i = 0; i < count; i++)
		naccs_secret_free(values[i]);
	return sent;
}

static void check_body(const char *html, const char *wanted)
{
	struct naccs_page *page = page_of(html);
	struct sent sent = send_page(page, NULL, 0);

	if (sent.status != NACCS_OK)
		fail_msg("%s: %s", html, sent.message);
	if (strcmp(sent.body, wanted) != 0)
		fail_msg("%s\n sends  %s\n not    %s", html, sent.body, wanted);
	clear(&sent);
	naccs_page_free(page);
}

static void successful_controls_are_sent_in_order(void **state)
{
	static const struct {
		const char *html, *body;
	} cases[] = {
		{"<form method=post><input name=a value=1><input type=hidden name=b value=2><input value=3><input name=c><input "
		 "type=submit>",
		 "a=1&b=2&c="},
		{"<form method=post><input name=a value=1><input type=submit name=x value=X><input type=submit name=y value=Y>", "a=1&y=Y"},
		{"<form method=post><input type=submit name=n value='送信'>", "n=%E9%80%81%E4%BF%A1"},
		{"<form method=post><button name=b value=v>text</button>", "b=v"},
		{"<form method=post><button name=b>text</button>", "b="},
		{"<form method=post><input name=a value=1><input type=image name=i>", "a=1&i.x=0&i.y=0"},
		{"<form method=post><input type=image>", "x=0&y=0"},
		{"<form method=post><input type=checkbox name=a><input type=checkbox name=b checked><input type=checkbox name=c value=d "
		 "checked><button>x</button>",
		 "b=on&c=d"},
		{"<form method=post><input type=radio name=a value=1><input type=radio name=a value=2 checked><button>x</button>", "a=2"},
		{"<form method=post><select name=a><option>x<option value=y>z</select><button>x</button>", "a=x"},
		{"<form method=post><select name=a><option>x<option value=y selected>z</select><button>x</button>", "a=y"},
		{"<form method=post><select name=a><option disabled>x<option>y</select><button>x</button>", "a=y"},
		{"<form method=post><select name=a multiple><option selected>x<option>y<option selected>z</select><button>x</button>",
		 "a=x&a=z"},
		{"<form method=post><select name=a multiple><option>x</select><button>x</button>", ""},
		{"<form method=post><textarea name=a>\nx\ny</textarea><button>x</button>", "a=x%0D%0Ay"},
		{"<form method=post><input name=a value=1 disabled><input name=b value=2 readonly><button>x</button>", "b=2"},
		{"<form method=post><fieldset disabled><input name=a value=1></fieldset><button>x</button>", ""},
		{"<form method=post><input type=reset name=r value=1><input type=button name=b value=2><button>x</button>", ""},
		{"<form method=post><input type=hidden name=_charset_><button>x</button>", "_charset_=UTF-8"},
		{"<form method=post><input name=a value=\"a b&c=d+e%~*-._é\"><button>x</button>", "a=a+b%26c%3Dd%2Be%25%7E*-._%C3%A9"},
		{"<form method=post><input type=file name=f><button>x</button>", "f="},
		{"<form method=post name=f><input name=a value=1><button name=b value=2 type=button "
		 "onclick='document.f.submit()'>x</button>",
		 "a=1"},
		{"<form method=post name=f><input name=a value=1><input name=b><button name=c onclick=\"document.f.a.value='9'; "
		 "this.form.b.value='8'; return true\">x</button>",
		 "a=9&b=8&c="},
		{"<form method=post name=f><input name=a><input type=button onclick=\"this.form.a.value='6'; this.form.submit()\">", "a=6"},
		{"<form method=post name=f onsubmit=\"this.a.value='7'\"><input name=a value=1><button>x</button>", "a=7"},
		{"<form method=post name=f><input name=a value=1><input type=button name=b value=x onclick=\"this.disabled=true; "
		 "this.value='y'; "
		 "document.f.b.disabled=true; this.form.submit()\">",
		 "a=1"},
		{"<form method=post name=f><input type=hidden name=a><button>x</button></form><script>document.f.a.value = 'js';</script>",
		 "a=js"},
		{"<body onload=\"document.f.a.value='js'\"><form method=post name=f><input type=hidden name=a><button>x</button></form>",
		 "a=js"},
		{"<input form=f name=z value=1><form method=post id=f><input name=a value=2><button>x</button>", "a=2"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		check_body(cases[i].html, cases[i].body);
}

static void the_pages_character_set_is_used(void **state)
{
	static const struct {
		const char *charset, *iconv, *attributes, *body;
	} cases[] = {
		{"Shift_JIS", "CP932", "", "%96%BC=%94F%8F%D8%87%40%81%60&n=%91%97%90M"},
		{"EUC-JP", "EUC-JP-MS", "", "%CC%BE=%C7%A7%BE%DA%AD%A1%A1%C1&n=%C1%F7%BF%AE"},
		{"Shift_JIS", "CP932", "accept-charset='unknown, UTF-8'",
		 "%E5%90%8D=%E8%AA%8D%E8%A8%BC%E2%91%A0%EF%BD%9E&n=%E9%80%81%E4%BF%A1"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char text[512];
		char *bytes;
		size_t length;
		struct naccs_page *page;
		struct sent sent;

		(void)snprintf(
			text, sizeof text,
			"<meta charset=%s><form method=post %s><input name=名 value='認証①～'><input type=submit name=n value=送信></form>",
			cases[i].charset, cases[i].attributes);
		bytes = encoded(text, cases[i].iconv, &length);
		page = page_of_bytes(bytes, length, "text/html");
		sent = send_page(page, NULL, 0);
		assert_int_equal(sent.status, NACCS_OK);
		assert_string_equal(sent.body, cases[i].body);
		clear(&sent);
		naccs_page_free(page);
		free(bytes);
	}
}

static void what_cant_be_written_is_refused_before_sending(void **state)
{
	struct naccs_page *page = page_of("<form method=post accept-charset=Shift_JIS><input name=a value='한국'><button>x</button>");
	struct sent sent = send_page(page, NULL, 0);

	(void)state;
	assert_int_equal(sent.status, NACCS_E_PORTAL_UNKNOWN_PAGE);
	assert_non_null(strstr(sent.message, "Shift_JIS"));
	clear(&sent);
	naccs_page_free(page);
}

static void typed_values_take_the_place_of_the_pages(void **state)
{
	static const char *const typed[][2] = {{"a", "NAC 11110A+&"}, {"b", "p\\w"}};
	struct naccs_page *page = page_of("<form method=post><input name=a value=old maxlength=12><input type=password name=b><input "
					  "name=c value=3><button>x</button>");
	struct sent sent = send_page(page, typed, 2);

	(void)state;
	assert_int_equal(sent.status, NACCS_OK);
	assert_string_equal(sent.body, "a=NAC+11110A%2B%26&b=p%5Cw&c=3");
	assert_string_equal(sent.content_type, "application/x-www-form-urlencoded");
	clear(&sent);
	naccs_page_free(page);
}

static void typed_values_never_go_into_an_address(void **state)
{
	static const char *const pages[] = {
		"<form><input name=a><button>x</button>",
		"<form method=get><input name=a><button>x</button>",
		"<form method=post><input name=a><button formmethod=get>x</button>",
		"<form method=post><input name=a maxlength=3><button>x</button>",
		"<form method=post><input id=a><button>x</button>",
		"<form method=post enctype=text/plain><input name=a><button>x</button>",
		"<form method=post action='ftp://x/'><input name=a><button formaction='javascript:x'>x</button>"};
	static const char *const typed[][2] = {{"a", "secret"}};

	(void)state;
	for (size_t i = 0; i < sizeof pages / sizeof *pages; i++) {
		struct naccs_page *page = page_of(pages[i]);
		struct sent sent;

		if (i == 4) { /* a field without a name: chosen by its place */
			struct naccs_secret *value = secret_of("secret");
			struct naccs_form_entry entry = {0, value};
			struct naccs_form_request request = {0};
			struct naccs_press press;

			naccs_page_press(page, page->controls.count - 1, &press);
			assert_int_equal(naccs_form_serialise(page, &press, &entry, 1, &request, NULL), NACCS_E_PORTAL_UNKNOWN_PAGE);
			naccs_secret_free(value);
			naccs_page_free(page);
			continue;
		}
		sent = send_page(page, typed, 1);
		if (sent.status != NACCS_E_PORTAL_UNKNOWN_PAGE)
			fail_msg("%s is sent", pages[i]);
		assert_null(strstr(sent.message, "secret"));
		clear(&sent);
		naccs_page_free(page);
	}
}

static void a_get_form_replaces_the_query(void **state)
{
	struct naccs_page *page =
		page_of("<form action='/x;jsessionid=1?old=1'><input name=a value='b c'><input type=submit name=s value=t></form>");
	struct sent sent = send_page(page, NULL, 0);

	(void)state;
	assert_int_equal(sent.status, NACCS_OK);
	assert_false(sent.is_post);
	assert_string_equal(sent.url, FAKE_HOST "/x;jsessionid=1?a=b+c&s=t");
	clear(&sent);
	naccs_page_free(page);
}

static void overrides_of_buttons_and_scripts_count(void **state)
{
	struct naccs_page *page =
		page_of("<form action=a method=get target=t><button formaction=b formmethod=post formtarget=u>x</button></form>");
	struct sent sent = send_page(page, NULL, 0);

	(void)state;
	assert_true(sent.is_post);
	assert_string_equal(sent.url, FAKE_PAGE "b");
	assert_string_equal(sent.target, "u");
	clear(&sent);
	naccs_page_free(page);
	page = page_of(
		"<form name=f action=a target=t></form><a "
		"href=\"javascript:document.f.action='c';document.f.method='POST';document.f.target='v';document.f.submit()\">x</a>");
	sent = send_page(page, NULL, 0);
	assert_true(sent.is_post);
	assert_string_equal(sent.url, FAKE_PAGE "c");
	assert_string_equal(sent.target, "v");
	clear(&sent);
	naccs_page_free(page);
}

static void an_assignment_to_something_unknown_is_refused(void **state)
{
	struct naccs_page *page =
		page_of("<form name=f method=post><button onclick=\"document.f.nobody.value='1'; return true\">x</button></form>");
	struct sent sent = send_page(page, NULL, 0);

	(void)state;
	assert_int_equal(sent.status, NACCS_E_PORTAL_UNKNOWN_PAGE);
	clear(&sent);
	naccs_page_free(page);
}

static void a_script_that_switches_a_field_off_is_refused(void **state)
{
	struct naccs_page *page =
		page_of("<form name=f method=post><input name=a value=1><button onclick=\"document.f.a.disabled=true\">x</button></form>");
	struct sent sent = send_page(page, NULL, 0);

	(void)state;
	assert_int_equal(sent.status, NACCS_E_PORTAL_UNKNOWN_PAGE);
	clear(&sent);
	naccs_page_free(page);
}

static void multipart_is_written_as_browsers_do(void **state)
{
	struct naccs_page *page = page_of("<form method=post enctype=multipart/form-data><input name='a\"b' value='認'><input type=file "
					  "name=f><button name=c value=d>x</button></form>");
	struct sent sent = send_page(page, NULL, 0);
	char wanted[1024], boundary[128] = "";

	(void)state;
	assert_int_equal(sent.status, NACCS_OK);
	assert_int_equal(sscanf(sent.content_type, "multipart/form-data; boundary=%127s", boundary), 1);
	(void)snprintf(
		wanted, sizeof wanted,
		"--%s\r\nContent-Disposition: form-data; name=\"a%%22b\"\r\n\r\n認\r\n"
		"--%s\r\nContent-Disposition: form-data; name=\"f\"; filename=\"\"\r\nContent-Type: application/octet-stream\r\n\r\n\r\n"
		"--%s\r\nContent-Disposition: form-data; name=\"c\"\r\n\r\nd\r\n--%s--\r\n",
		boundary, boundary, boundary, boundary);
	assert_string_equal(sent.body, wanted);
	clear(&sent);
	naccs_page_free(page);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(successful_controls_are_sent_in_order),
		cmocka_unit_test(the_pages_character_set_is_used),
		cmocka_unit_test(what_cant_be_written_is_refused_before_sending),
		cmocka_unit_test(typed_values_take_the_place_of_the_pages),
		cmocka_unit_test(typed_values_never_go_into_an_address),
		cmocka_unit_test(a_get_form_replaces_the_query),
		cmocka_unit_test(overrides_of_buttons_and_scripts_count),
		cmocka_unit_test(an_assignment_to_something_unknown_is_refused),
		cmocka_unit_test(a_script_that_switches_a_field_off_is_refused),
		cmocka_unit_test(multipart_is_written_as_browsers_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
