/* SPDX-License-Identifier: Apache-2.0 */
/* Why: idioms are read, everything else is left alone and said. */
#include "page_fixture.h"

#include <string.h>

static struct naccs_arena *arena;

static int make_arena(void **state)
{
	(void)state;
	return naccs_arena_new((size_t)8 * 1024 * 1024, &arena, NULL) == NACCS_OK ? 0 : -1;
}

static int free_arena(void **state)
{
	(void)state;
	naccs_arena_free(arena);
	return 0;
}

static struct naccs_script read_with(const char *page, const char *source)
{
	struct naccs_script_library library = {0};
	struct naccs_script script = {0};

	assert_true(naccs_script_learn(arena, &library, page));
	assert_true(naccs_script_read(arena, &library, source, &script));
	return script;
}

/* "document.forms[0]" as text, for comparing. */
static const char *shown(const struct naccs_script_reference *reference)
{
	char text[256] = "";
	size_t used = 0;

	for (size_t i = 0; i < reference->count; i++) {
		const struct naccs_script_segment *segment = &reference->items[i];

		switch (segment->kind) {
		case NACCS_SEGMENT_NAME:
			used += (size_t)snprintf(text + used, sizeof text - used, ".%s", segment->text);
			break;
		case NACCS_SEGMENT_INDEX:
			used += (size_t)snprintf(text + used, sizeof text - used, "[%zu]", segment->index);
			break;
		case NACCS_SEGMENT_ID:
			used += (size_t)snprintf(text + used, sizeof text - used, "#%s", segment->text);
			break;
		case NACCS_SEGMENT_BY_NAME:
			used += (size_t)snprintf(text + used, sizeof text - used, "@%s", segment->text);
			break;
		}
	}
	return naccs_arena_string(arena, text);
}

static void every_idiom_is_read(void **state)
{
	static const struct {
		const char *source;
		enum naccs_script_verb verb;
		const char *reference, *text;
	} cases[] = {
		{"document.f.submit()", NACCS_SCRIPT_SUBMIT, ".document.f", ""},
		{"javascript:document.f.submit();", NACCS_SCRIPT_SUBMIT, ".document.f", ""},
		{" JavaScript:void(document.f.submit())", NACCS_SCRIPT_SUBMIT, ".document.f", ""},
		{"javascript:document.forms%5B'f'%5D.submit()", NACCS_SCRIPT_SUBMIT, ".document.forms.f", ""},
		{"document.forms[1].submit(); return false;", NACCS_SCRIPT_SUBMIT, ".document.forms[1]", ""},
		{"return document.forms[\"f\"].submit()", NACCS_SCRIPT_SUBMIT, ".document.forms.f", ""},
		{"document.getElementById('f').submit()", NACCS_SCRIPT_SUBMIT, ".document#f", ""},
		{"document.getElementsByName('f')[0].submit()", NACCS_SCRIPT_SUBMIT, ".document@f[0]", ""},
		{"this.form.submit()", NACCS_SCRIPT_SUBMIT, ".this.form", ""},
		{"submit()", NACCS_SCRIPT_SUBMIT, "", ""},
		{"f.submit()", NACCS_SCRIPT_SUBMIT, ".f", ""},
		{"var x = document.f; x.submit()", NACCS_SCRIPT_SUBMIT, ".document.f", ""},
		{"if (confirm('よろしいですか')) document.f.submit();", NACCS_SCRIPT_SUBMIT, ".document.f", ""},
		{"if(confirm(\"?\")){document.f.submit()}else{return false}", NACCS_SCRIPT_SUBMIT, ".document.f", ""},
		{"setTimeout('document.f.submit()', 10)", NACCS_SCRIPT_SUBMIT, ".document.f", ""},
		{"setTimeout(function () { document.f.submit(); }, 10)", NACCS_SCRIPT_SUBMIT, ".document.f", ""},
		{"setTimeout(() => document.f.submit(), 10)", NACCS_SCRIPT_SUBMIT, ".document.f", ""},
		{"setTimeout(() => location.reload(), 1000);", NACCS_SCRIPT_NAVIGATE, "", ""},
		{"location.href = location.href", NACCS_SCRIPT_NAVIGATE, "", ""},
		{"window.location = window.location.href;", NACCS_SCRIPT_NAVIGATE, ".window", ""},
		{"location.replace(document.location)", NACCS_SCRIPT_NAVIGATE, "", ""},
		{"location.href = 'a.jsp?t=' + new Date().getTime()", NACCS_SCRIPT_NAVIGATE, "", "a.jsp?t="},
		{"location.replace('a.jsp?' + Math.floor(Math.random() * 1000))", NACCS_SCRIPT_NAVIGATE, "", "a.jsp?"},
		{"location.href = 'a.jsp?t=' + (+new Date);", NACCS_SCRIPT_NAVIGATE, "", "a.jsp?t="},
		{"window.onload = function () { document.f.submit(); };", NACCS_SCRIPT_SUBMIT, ".document.f", ""},
		{"window.addEventListener('load', () => { document.f.submit(); })", NACCS_SCRIPT_SUBMIT, ".document.f", ""},
		{"go()", NACCS_SCRIPT_SUBMIT, ".document.f", ""},
		{"go", NACCS_SCRIPT_SUBMIT, NULL, NULL},
		{"post(this.form)", NACCS_SCRIPT_SUBMIT, ".this.form", ""},
		{"post(document.forms[2])", NACCS_SCRIPT_SUBMIT, ".document.forms[2]", ""},
		{"setTimeout(go, 0)", NACCS_SCRIPT_SUBMIT, ".document.f", ""},
		{"location = 'a.jsp'", NACCS_SCRIPT_NAVIGATE, "", "a.jsp"},
		{"location.href=\"a.jsp\";", NACCS_SCRIPT_NAVIGATE, "", "a.jsp"},
		{"window.location='a.jsp'", NACCS_SCRIPT_NAVIGATE, ".window", "a.jsp"},
		{"document.location.href = 'a.jsp'", NACCS_SCRIPT_NAVIGATE, ".document", "a.jsp"},
		{"top.location.replace('a.jsp')", NACCS_SCRIPT_NAVIGATE, ".top", "a.jsp"},
		{"parent.main.location.href = 'a.jsp'", NACCS_SCRIPT_NAVIGATE, ".parent.main", "a.jsp"},
		{"parent.frames['main'].location = 'a.jsp'", NACCS_SCRIPT_NAVIGATE, ".parent.frames.main", "a.jsp"},
		{"to('a.jsp')", NACCS_SCRIPT_NAVIGATE, "", "a.jsp"},
		{"location.href = 'a\\u002ejsp\\x3Fb\\'c'", NACCS_SCRIPT_NAVIGATE, "", "a.jsp?b'c"},
		{"<!--\nlocation.href = 'a.jsp'\n//-->", NACCS_SCRIPT_NAVIGATE, "", "a.jsp"},
		{"/* x = 'y' */ location.href = 'a.jsp' // z", NACCS_SCRIPT_NAVIGATE, "", "a.jsp"},
		{"window.open('a.jsp')", NACCS_SCRIPT_OPEN, "", "a.jsp"},
		{"window.open('a.jsp', 'w', 'width=1')", NACCS_SCRIPT_OPEN, "", "a.jsp"},
		{"alert('エラー')", NACCS_SCRIPT_NOTICE, "", "エラー"},
		{"document.f.x.value = 'v'", NACCS_SCRIPT_ASSIGN, ".document.f.x", "v"},
		{"document.f.elements['x'].value = 1", NACCS_SCRIPT_ASSIGN, ".document.f.elements.x", "1"},
		{"document.f.action = 'a.do'", NACCS_SCRIPT_ASSIGN, ".document.f", "a.do"},
		{"document.f.b.disabled = true", NACCS_SCRIPT_ASSIGN, ".document.f.b", "true"},
		{"if (sent) { return false; } sent = true; document.f.submit()", NACCS_SCRIPT_SUBMIT, ".document.f", ""},
		{"clicks = 1\nflag = null; document.f.submit()", NACCS_SCRIPT_SUBMIT, ".document.f", ""},
		{"url = 'a.jsp'; location.href = url", NACCS_SCRIPT_NAVIGATE, "", "a.jsp"},
		{"var url = 'a.jsp'; url = 'b.jsp'; location.href = url", NACCS_SCRIPT_NAVIGATE, "", "b.jsp"},
		{"if (document.f.a.value == '') { alert('x'); return false; } document.f.submit()", NACCS_SCRIPT_SUBMIT, ".document.f", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct naccs_script script =
			read_with("function go() { document.f.submit(); return false; }\nfunction post(form) { form.submit() }\n"
				  "function to(url) { location.href = url }",
				  cases[i].source);

		if (cases[i].reference == NULL) {
			assert_int_equal(script.count, 0);
			continue;
		}
		if (!script.is_understood || script.count != 1 || script.items[0].verb != cases[i].verb ||
		    strcmp(script.items[0].text, cases[i].text) != 0 || strcmp(shown(&script.items[0].reference), cases[i].reference) != 0)
			fail_msg("%s: %zu acts, %s, %s", cases[i].source, script.count,
				 script.is_understood ? "understood" : "not understood",
				 script.count > 0 ? shown(&script.items[0].reference) : "");
	}
}

static void what_is_no_idiom_is_not_understood(void **state)
{
	static const char *const sources[] = {
		"location.href = 'a' + b",
		"location.href = url",
		"location.href = 'a?id=' + id + new Date().getTime()",
		"location.href = 'a?x=' + 1",
		"location.href = 'a' + new Date().getTime()",
		"location.href = opener.location.href",
		"parent.location.href = location.href",
		"x.open('GET', 'a')",
		"document.open('a.jsp')",
		"location.href = cond ? 'a' : 'b'",
		"location.href = `a`",
		"eval('document.f.submit()')",
		"document.f.submit",
		"document.f.x.value = md5(document.f.y.value); document.f.submit()",
		"document.f['sub' + 'mit']()",
		"document.write('<form>')",
		"for (var i = 0; i < 3; i++) document.f.submit()",
		"if (ok) document.f.submit()",
		"while (true) location = 'a'",
		"document.f.x.value += 'b'",
		"location.href = 'unterminated",
		"/* unterminated",
		"document.querySelector('form').submit()",
		"with (document) f.submit()",
		"x = function () { document.f.submit() }()",
		"document.f.innerHTML = '<input>'",
		"document.f.x.setAttribute('value', 'y')",
		"var u = 'a'; if (b) { u = 'c'; } location.href = u",
		"var u = 'a'; if (b) u += 'c'; location.href = u",
		"var u = 'a'; u = b(); location.href = u",
		"var u = 'a'; u = 1; location.href = u",
		"u = true; location.href = u",
		"action = 'a'; submit()",
	};

	(void)state;
	for (size_t i = 0; i < sizeof sources / sizeof *sources; i++) {
		struct naccs_script script = read_with("", sources[i]);

		if (script.is_understood)
			fail_msg("%s is said to be understood", sources[i]);
	}
}

static void what_only_checks_or_decorates_is_known_to_change_nothing(void **state)
{
	static const char *const sources[] = {"return check(this)", "return confirm('x')", "var a = 1; b = a; check(a == 2, a <= 3)",
					      "this.style.color = 'red'", "document.f.x.focus()"};
	static const char *const changing[] = {"document.f.x.value = y", "f.action = x", "a[0] = 1",
					       "document.f.x.value++",	 "eval(x)",	 "if (a) { location = 'b' }"};

	(void)state;
	for (size_t i = 0; i < sizeof sources / sizeof *sources; i++)
		if (read_with("", sources[i]).has_unknown_effects)
			fail_msg("%s is said to change something", sources[i]);
	for (size_t i = 0; i < sizeof changing / sizeof *changing; i++)
		if (!read_with("", changing[i]).has_unknown_effects)
			fail_msg("%s is said to change nothing", changing[i]);
}

static void what_a_check_calls_is_looked_into(void **state)
{
	static const char page[] = "function hash(f) { f.h.value = md5(f.c.value); return true }\n"
				   "function outer(f) { if (f.c.value == '') { return false } return hash(f) }\n"
				   "function check(f) { if (f.c.value == '') { f.c.style.color = 'red'; e.innerHTML = 'x'; f.c.focus(); "
				   "return false } return again(f) }\n"
				   "function again(f) { return f.d.value != '' && again(f.d) }";
	static const char *const changing[] = {"if (!hash(this.form)) return false", "var ok = outer(this.form); return ok",
					       "return (hash(f) && true)"};

	(void)state;
	for (size_t i = 0; i < sizeof changing / sizeof *changing; i++)
		if (!read_with(page, changing[i]).has_unknown_effects)
			fail_msg("%s is said to change nothing", changing[i]);
	assert_true(read_with("function check(f) { return f.a.value != '' }", "if (!check(this.form)) return false").is_understood);
	assert_false(read_with("function check(f) { f.a.style.color = 'red'; e.innerHTML = 'x'; return false }",
			       "if (!check(this.form)) return false")
			     .has_unknown_effects);
	(void)read_with(page, "if (!check(this.form)) return false"); /* ends */
}

static void what_stands_below_a_condition_is_left_alone(void **state)
{
	struct naccs_script script = read_with("", "if (top != self) { top.location = 'a' } else location = 'b'; switch (x) { case 1: "
						   "location = 'c' } try { location = 'd' } catch (e) "
						   "{ location = 'e' } finally { } do { location = 'f' } while (x); function g() { "
						   "location = 'h' }\nvar y = 1\nlocation = 'z'");

	(void)state;
	assert_int_equal(script.count, 1);
	assert_string_equal(script.items[0].text, "z");
}

static void delays_and_returns_are_kept(void **state)
{
	struct naccs_script script = read_with("", "setTimeout(\"location.href='a'\", 1800000); setTimeout(\"location.href='b'\", '2500')");

	(void)state;
	assert_int_equal(script.items[0].delay_seconds, 1800);
	assert_int_equal(script.items[1].delay_seconds, 2);
	assert_true(read_with("", "return false").returns_false);
	assert_false(read_with("", "return true").returns_false);
	assert_false(read_with("function a() { return false }", "a()").returns_false);
	assert_true(read_with("function a() { return false }", "return a()").returns_false);
	assert_int_equal(read_with("", "return false; location = 'a'").count, 0);
}

static void endless_recursion_ends(void **state)
{
	struct naccs_script script = read_with("function a() { a(); a(); location = 'x' }", "a()");

	(void)state;
	assert_in_range(script.count, 1, 400);
	(void)read_with("", "{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{");
	(void)read_with("", "if(a)if(a)if(a)if(a)if(a)if(a)else else else");
	(void)read_with("", "((((((((((((((((((((((");
	(void)read_with("function", "function (");
}

static void pressing_does_what_a_browser_does(void **state)
{
	static const struct {
		const char *element;
		enum naccs_press_kind kind;
		const char *url;
	} cases[] = {
		{"<a href=x>p</a>", NACCS_PRESS_NAVIGATE, FAKE_PAGE "x"},
		{"<a href=x onclick='return false'>p</a>", NACCS_PRESS_NOTHING, NULL},
		{"<a href=x onclick='track()'>p</a>", NACCS_PRESS_NAVIGATE, FAKE_PAGE "x"},
		{"<a href=x onclick='this.href = y'>p</a>", NACCS_PRESS_UNKNOWN, NULL},
		{"<a href='#' onclick='go()'>p</a>", NACCS_PRESS_UNKNOWN, NULL},
		{"<a href='#' onclick=\"location.href='y'; return false\">p</a>", NACCS_PRESS_NAVIGATE, FAKE_PAGE "y"},
		{"<a href='javascript:void(0)' onclick=\"location.href='y'\">p</a>", NACCS_PRESS_NAVIGATE, FAKE_PAGE "y"},
		{"<a href='javascript:go()'>p</a>", NACCS_PRESS_UNKNOWN, NULL},
		{"<a href='javascript:document.nobody.submit()'>p</a>", NACCS_PRESS_UNKNOWN, NULL},
		{"<a href='mailto:x'>p</a>", NACCS_PRESS_NOTHING, NULL},
		{"<form name=f><input type=submit value=p></form>", NACCS_PRESS_SUBMIT, NULL},
		{"<form name=f><input type=button value=p></form>", NACCS_PRESS_NOTHING, NULL},
		{"<form name=f><input type=reset value=p></form>", NACCS_PRESS_NOTHING, NULL},
		{"<form name=f><input type=submit value=p disabled></form>", NACCS_PRESS_NOTHING, NULL},
		{"<form name=f><button>p</button></form>", NACCS_PRESS_SUBMIT, NULL},
		{"<form name=f><button type=button onclick='submit()'>p</button></form>", NACCS_PRESS_SUBMIT, NULL},
		{"<form name=f onsubmit='return false'><button>p</button></form>", NACCS_PRESS_NOTHING, NULL},
		{"<form name=f onsubmit='return check()'><button>p</button></form>", NACCS_PRESS_SUBMIT, NULL},
		{"<form name=f onsubmit='this.x.value = y()'><button>p</button></form>", NACCS_PRESS_UNKNOWN, NULL},
		{"<form name=f onsubmit='this.submit(); return false'><button>p</button></form>", NACCS_PRESS_SUBMIT, NULL},
		{"<form name=f><input type=submit value=p onclick='return false'></form>", NACCS_PRESS_NOTHING, NULL},
		{"<input type=submit value=p>", NACCS_PRESS_NOTHING, NULL},
		{"<div onclick=\"location='y'\">p</div>", NACCS_PRESS_NAVIGATE, FAKE_PAGE "y"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct naccs_page *page = page_of(cases[i].element);
		struct naccs_press press;

		naccs_page_press(page, page->controls.count - 1, &press);
		if (press.kind != cases[i].kind)
			fail_msg("%s: %d", cases[i].element, (int)press.kind);
		if (cases[i].url != NULL)
			assert_string_equal(press.url, cases[i].url);
		naccs_page_free(page);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_idiom_is_read),
		cmocka_unit_test(what_is_no_idiom_is_not_understood),
		cmocka_unit_test(what_only_checks_or_decorates_is_known_to_change_nothing),
		cmocka_unit_test(what_a_check_calls_is_looked_into),
		cmocka_unit_test(what_stands_below_a_condition_is_left_alone),
		cmocka_unit_test(delays_and_returns_are_kept),
		cmocka_unit_test(endless_recursion_ends),
		cmocka_unit_test(pressing_does_what_a_browser_does),
	};

	return cmocka_run_group_tests(tests, make_arena, free_arena);
}
