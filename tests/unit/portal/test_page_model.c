/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the model holds what a person sees and can press, and stays within its bounds. */
#include "page_fixture.h"

#include <string.h>

static void title_and_text_are_what_a_person_sees(void **state)
{
	struct naccs_page *page = page_of(
		"<title> NACCS\n デジタル </title><p>一<b>二</b>三<br>四<img alt=五><div>六</div><script>var "
		"x='七';</script><style>八</style>"
		"<noscript>九</noscript><!-- 十 --><p style='DISPLAY : none'>十一</p><p hidden>十二</p><select><option>十三</select>"
		"<template><p>十四</p></template><textarea>十五</textarea><script>alert('十六');</script><ruby>漢<rt>かん</ruby>");

	(void)state;
	assert_string_equal(page->title, "NACCS デジタル");
	assert_string_equal(page->folded_title, "naccsデジタル");
	assert_string_equal(page->blocks.items[0].text, "一二三");
	assert_string_equal(page->blocks.items[1].text, "四五");
	assert_true(shows(page, "六"));
	assert_true(shows(page, "十六"));
	for (const char *const *hidden = (const char *const[]){"七", "八", "九", "十一", "十二", "十三", "十四", "十五", NULL};
	     *hidden != NULL; hidden++)
		if (shows(page, *hidden))
			fail_msg("%s", *hidden);
	naccs_page_free(page);
}

static const struct naccs_control *control_with(const struct naccs_page *page, const char *text)
{
	for (size_t i = 0; i < page->controls.count; i++)
		if (strcmp(page->controls.items[i].text, text) == 0)
			return &page->controls.items[i];
	fail_msg("nothing to press says %s", text);
	return NULL;
}

static void links_lead_where_a_browser_goes(void **state)
{
	struct naccs_page *page = page_of("<base target=side><a href='a.jsp'>a</a><a href='/b?c=d#e'>b</a><a href=''>c</a><a "
					  "href='../x/y'>d</a><a href=' \n?q=1 '>e</a>"
					  "<a href='//other.example/z'>f</a><a href='mailto:x@y'>g</a><a name=h>h</a><a "
					  "href='#top'>i</a><a href='k;jsessionid=1' target=t>"
					  "<img alt='k'></a><map><area alt=l href=m></map>");

	(void)state;
	assert_string_equal(control_with(page, "a")->href, FAKE_PAGE "a.jsp");
	assert_string_equal(control_with(page, "b")->href, FAKE_HOST "/b?c=d");
	assert_string_equal(control_with(page, "c")->href, FAKE_PAGE "index.jsp;jsessionid=0123ABCD?s=Site1");
	assert_string_equal(control_with(page, "d")->href, FAKE_HOST "/NACCSClientCA/pages/x/y");
	assert_string_equal(control_with(page, "e")->href, FAKE_PAGE "index.jsp;jsessionid=0123ABCD?q=1");
	assert_string_equal(control_with(page, "f")->href, "https://other.example/z");
	assert_null(control_with(page, "g")->href);
	assert_null(control_with(page, "i")->href);
	assert_string_equal(control_with(page, "k")->href, FAKE_PAGE "k;jsessionid=1");
	assert_string_equal(control_with(page, "k")->target, "t");
	assert_string_equal(control_with(page, "l")->href, FAKE_PAGE "m");
	assert_string_equal(page->base_target, "side");
	assert_int_equal(page->controls.count, 10);
	naccs_page_free(page);
}

static void a_base_moves_relative_addresses(void **state)
{
	struct naccs_page *page = page_of(
		"<base href='/x/y/z.jsp'><base href='/ignored/'><a href=a>a</a><form action=b></form><form></form><iframe src=c></iframe>");

	(void)state;
	assert_string_equal(control_with(page, "a")->href, FAKE_HOST "/x/y/a");
	assert_string_equal(page->forms.items[0].action, FAKE_HOST "/x/y/b");
	assert_string_equal(page->forms.items[1].action, FAKE_PAGE "index.jsp;jsessionid=0123ABCD?s=Site1"); /* the page itself */
	assert_string_equal(page->frames.items[0].url, FAKE_HOST "/x/y/c");
	naccs_page_free(page);
}

static void refreshes_are_read_as_browsers_do(void **state)
{
	static const struct {
		const char *content, *url;
		unsigned delay;
	} cases[] = {
		{"0;url=a", FAKE_PAGE "a", 0},
		{"5; URL = 'a b'", FAKE_PAGE "a%20b", 5},
		{"5;URL=\"a\"", FAKE_PAGE "a", 5},
		{"7", FAKE_PAGE "index.jsp;jsessionid=0123ABCD?s=Site1", 7},
		{" 3 , /x", FAKE_HOST "/x", 3},
		{"1.5; url=a", FAKE_PAGE "a", 1},
		{"99999999999; url=a", FAKE_PAGE "a", 1000000},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char html[256];
		struct naccs_page *page;

		(void)snprintf(html, sizeof html, "<meta http-equiv=REFRESH content=\"%s\">", cases[i].content);
		if (strchr(cases[i].content, '"') != NULL)
			(void)snprintf(html, sizeof html, "<meta http-equiv=REFRESH content='%s'>", cases[i].content);
		page = page_of(html);
		assert_int_equal(page->automatics.count, 1);
		assert_string_equal(page->automatics.items[0].url, cases[i].url);
		assert_int_equal(page->automatics.items[0].delay_seconds, cases[i].delay);
		naccs_page_free(page);
	}
}

static void refreshes_that_are_none_are_ignored(void **state)
{
	struct naccs_page *page = page_of("<meta http-equiv=refresh content='url=a'><meta name=refresh content='0;url=b'><noscript><meta "
					  "http-equiv=refresh content='0;url=c'></noscript>"
					  "<meta http-equiv=refresh content='0;url=javascript:x()'>");

	(void)state;
	assert_int_equal(page->automatics.count, 0);
	naccs_page_free(page);
}

static void frames_and_iframes_are_found(void **state)
{
	struct naccs_page *page = page_of("<FRAMESET COLS='1,*'><FRAME SRC=a.jsp NAME=left><FRAMESET><FRAME SRC='b.jsp' ID=right><FRAME "
					  "SRC=about:blank></FRAMESET></FRAMESET>");

	(void)state;
	assert_int_equal(page->frames.count, 3);
	assert_string_equal(page->frames.items[0].url, FAKE_PAGE "a.jsp");
	assert_string_equal(page->frames.items[0].name, "left");
	assert_string_equal(page->frames.items[1].name, "right");
	assert_null(page->frames.items[2].url);
	naccs_page_free(page);
}

/* ---- labels ---- */

static void check_label(const char *html, const char *wanted)
{
	struct naccs_page *page = page_of(html);
	const struct naccs_form *form = &page->forms.items[0];
	const struct naccs_field *field = &form->items[form->count - 1];

	assert_int_equal(page->forms.count, 1);
	if (wanted == NULL)
		assert_int_equal(field->labels.count, 0);
	else if (field->labels.count == 0 || strcmp(field->labels.items[0], wanted) != 0)
		fail_msg("%s instead of %s in %s", field->labels.count > 0 ? field->labels.items[0] : "nothing", wanted, html);
	naccs_page_free(page);
}

static void labels_are_found_wherever_they_stand(void **state)
{
	static const struct {
		const char *html, *label;
	} cases[] = {
		{"<form><label for=i>甲</label>乙<input id=i>", "甲"},
		{"<form><label>甲<input></label>", "甲"},
		{"<form><span id=s>甲</span>乙<input aria-labelledby=s>", "甲"},
		{"<form>乙<input aria-label=甲>", "甲"},
		{"<form>甲 <input>", "甲"},
		{"<form>甲<br><input>", "甲"},
		{"<form><p>甲</p><p><input>", "甲"},
		{"<form><b>甲</b>：<span><input></span>", "甲"},
		{"<form>乙<br>甲<input>", "甲"},
		{"<form>乙<input>甲<input>", "甲"},
		{"<form><dl><dt>甲<dd><input></dl>", "甲"},
		{"<form><img alt=甲><input>", "甲"},
		{"<form><table><tr><td>甲<td><input></table>", "甲"},
		{"<form><table><tr><td>甲<td>:<td><input></table>", "甲"},
		{"<form><table><tr><td>乙<td>甲<input></table>", "甲"},
		{"<form><table><tr><th>乙<th>甲<tr><td><input><td><input></table>", "甲"},
		{"<form><table><thead><tr><th>乙<th>甲<tbody><tr><td><input><td><input></table>", "甲"},
		{"<form><table><tr><th colspan=2>乙<th>甲<tr><td><input><td><input><td><input></table>", "甲"},
		{"<form><table><tr><td>甲<td><table><tr><td><input></table></table>", "甲"},
		{"<form><input placeholder=甲>", "甲"},
		{"<form><input title=甲>", "甲"},
		{"<form><fieldset><legend>甲</legend><input></fieldset>", "甲"},
		{"<form><input>", NULL},
		{"<form><span style='display:none'>乙</span><input>", NULL},
		{"<form><script>乙</script><input>", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		check_label(cases[i].html, cases[i].label);
}

static void fields_belong_to_the_form_that_a_browser_says(void **state)
{
	struct naccs_page *page = page_of(
		"<input name=stray><table><tr><form id=one action=a><td><input name=a></td></tr><tr><td><input name=b></td></tr></table>"
		"<div><form id=two action=b><input name=c></div><input name=d></form><input name=e><form id=three></form><input name=f "
		"form=three>"
		"<input name=g form=nobody>");

	(void)state;
	assert_int_equal(page->forms.count, 3);
	assert_int_equal(page->forms.items[0].count, 2);
	assert_string_equal(page->forms.items[0].items[1].name, "b");
	assert_string_equal(page->forms.items[1].items[0].name, "c");
	assert_string_equal(page->forms.items[1].items[1].name, "d");
	assert_int_equal(page->forms.items[2].count, 1);
	assert_string_equal(page->forms.items[2].items[0].name, "f");
	naccs_page_free(page);
}

static void a_form_that_was_closed_takes_nothing_more(void **state)
{
	struct naccs_page *page = page_of("<form><input name=a></form><input name=b>");

	(void)state;
	assert_int_equal(page->forms.items[0].count, 1);
	naccs_page_free(page);
}

/* ---- bounds ---- */

static naccs_status parse_repeated(const char *before, const char *text, size_t count, struct naccs_error *err)
{
	size_t length = strlen(text), first = strlen(before), total = first + length * count;
	char *html = malloc(total + 1);
	struct naccs_page_source source = {.bytes = html, .length = total, .url = FAKE_PAGE "x", .status = 200};
	struct naccs_page *page = NULL;
	naccs_status status;

	assert_non_null(html);
	for (size_t i = 0; i < count; i++)
		memcpy(html + first + i * length, text, length);
	memcpy(html, before, first);
	status = naccs_page_parse(&source, &page, err);
	naccs_page_free(page);
	free(html);
	return status;
}

static void what_is_too_much_is_refused_in_time(void **state)
{
	static const struct {
		const char *text;
		size_t count;
	} cases[] = {
		{"<p>", 1000000},	  {"<b>", 1000000},
		{"<div>", 800000},	  {"x<br>", 500000},
		{"<input name=a>", 3000}, {"<a href=b>c</a>", 9000},
		{"<form>", 9000},	  {"<iframe src=a></iframe>", 100},
		{"<!-- x -->", 300000},	  {"<label for=a>b</label>", 9000},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct naccs_error err = {0};

		if (parse_repeated("<form>", cases[i].text, cases[i].count, &err) != NACCS_E_PORTAL_UNKNOWN_PAGE)
			fail_msg("%s × %zu is not refused", cases[i].text, cases[i].count);
	}
}

static void an_endless_tag_is_refused_in_time(void **state)
{
	static const char *const beginnings[] = {"<p ", "<p a=\">\" ", "<input value='"};

	(void)state;
	for (size_t i = 0; i < sizeof beginnings / sizeof *beginnings; i++) {
		size_t size = (size_t)4 * 1024 * 1024, used = strlen(beginnings[i]);
		char *html = malloc(size);
		struct naccs_page_source source = {.bytes = html, .url = FAKE_PAGE "x", .status = 200};
		struct naccs_page *page = NULL;
		unsigned number = 0;

		assert_non_null(html);
		memcpy(html, beginnings[i], used);
		while (used < size - 16)
			used += (size_t)snprintf(html + used, size - used, "a%x ", number++);
		source.length = used;
		assert_int_equal(naccs_page_parse(&source, &page, NULL), NACCS_E_PORTAL_UNKNOWN_PAGE);
		free(html);
	}
}

static void large_but_ordinary_pages_pass(void **state)
{
	(void)state;
	assert_int_equal(parse_repeated("", "<p>認証コード", 40000, NULL), NACCS_OK);
	assert_int_equal(parse_repeated("", "認証コード", 200000, NULL), NACCS_OK);
	assert_int_equal(parse_repeated("", "<script>var a = 'b';</script>", 2000, NULL), NACCS_OK);
	assert_int_equal(parse_repeated("", "", 0, NULL), NACCS_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(title_and_text_are_what_a_person_sees),
		cmocka_unit_test(links_lead_where_a_browser_goes),
		cmocka_unit_test(a_base_moves_relative_addresses),
		cmocka_unit_test(refreshes_are_read_as_browsers_do),
		cmocka_unit_test(refreshes_that_are_none_are_ignored),
		cmocka_unit_test(frames_and_iframes_are_found),
		cmocka_unit_test(labels_are_found_wherever_they_stand),
		cmocka_unit_test(fields_belong_to_the_form_that_a_browser_says),
		cmocka_unit_test(a_form_that_was_closed_takes_nothing_more),
		cmocka_unit_test(what_is_too_much_is_refused_in_time),
		cmocka_unit_test(an_endless_tag_is_refused_in_time),
		cmocka_unit_test(large_but_ordinary_pages_pass),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
