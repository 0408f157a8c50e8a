/* SPDX-License-Identifier: Apache-2.0 */
/* Why: a saved page can be shown to strangers: no value, no session, no code in whatever spelling; and it still tells what the page looks
 * like. */
#include "page_fixture.h"

#include "save_page.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define CODE "XYZ98765QW"
#define PASSWORD "p$w!1234"

static char *saved(const char *html)
{
	struct naccs_page *page = page_of(html);
	struct naccs_secret *secrets[2] = {secret_of(CODE), secret_of(PASSWORD)};
	char *text = NULL;

	assert_int_equal(naccs_sanitise_page(page, (const struct naccs_secret *const *)secrets, 2, &text, NULL), NACCS_OK);
	naccs_secret_free(secrets[0]);
	naccs_secret_free(secrets[1]);
	naccs_page_free(page);
	return text;
}

static void a_secret_is_removed_however_it_is_spelled(void **state)
{
	static const struct {
		const char *html, *rest; /* what must not remain */
	} cases[] = {
		{"<p>" CODE, CODE},
		{"<p>xyz98765qw", "98765"},
		{"<p>XYZ 98765 QW", "98765"},
		{"<p>XYZ-987-65QW", "987-65"},
		{"<p>ＸＹＺ９８７６５ＱＷ", "９８７"},
		{"<p>&#88;YZ9876&#x35;QW", "YZ9876"},
		{"<p>%58%59%5A%39%38%37%36%35%51%57", "%39%38"},
		{"<p>X%595A98765QW X%59Z98765QW", "98765QW"},
		{"<p>WFlaOTg3NjVRVw==", "WFlaOTg3"},
		{"<p>xx:WFlaOTg3NjVR\nVw==", "OTg3NjVR"},
		{"<p>58595a39383736355157", "3938373635"},
		{"<p>58 59 5A 39 38 37 36 35 51 57", "39 38 37"},
		{"<p>XYZ<b>98765</b><i>QW</i>", "98765"},
		{"<p>" PASSWORD, PASSWORD},
		{"<p>p%24w%211234", "1234"},
		{"<title>" CODE "</title>", CODE},
		{"<a href='/a/" CODE "/b'>x</a>", CODE},
		{"<a title='" CODE "'>x</a>", CODE},
		{"<img alt='" CODE "'>", CODE},
		{"<input name='" CODE "'>", CODE},
		{"<script>var a = '" CODE "';</script>", CODE},
		{"<script>var a = '\\x58YZ98765QW';</script>", "YZ98765QW"},
		{"<script>/* " CODE " */</script>", CODE},
		{"<script>broken '" CODE, CODE},
		{"<style>" CODE "</style>", CODE},
		{"<!-- " CODE " -->", CODE},
		{"<textarea>" CODE "</textarea>", CODE},
		{"<button onclick=\"go('" CODE "')\">x</button>", CODE},
		{"<xyz98765qw>", "98765"},
		{"<p data-x='" CODE "'>", CODE},
		{"<!DOCTYPE " CODE "><p>x", CODE},
		{"<?" CODE "?>", CODE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *text = saved(cases[i].html);

		if (strstr(text, cases[i].rest) != NULL)
			fail_msg("%s leaves %s in %s", cases[i].html, cases[i].rest, text);
		free(text);
	}
}

static void values_sessions_and_tokens_are_removed(void **state)
{
	static const struct {
		const char *html, *rest;
	} cases[] = {
		{"<input type=hidden name=t value=hiddenvalue>", "hiddenvalue"},
		{"<input name=t value=typed>", "typed"},
		{"<input type=password value=pw>", "\"pw\""},
		{"<option value=opt>x</option>", "\"opt\""},
		{"<textarea>typed</textarea>", "typed"},
		{"<a href='x.jsp;jsessionid=abcdef?sid=ghijkl&x=mnop#qrst'>x</a>", "abcdef"},
		{"<a href='x.jsp;jsessionid=abcdef?sid=ghijkl&x=mnop#qrst'>x</a>", "ghijkl"},
		{"<a href='x.jsp;jsessionid=abcdef?sid=ghijkl&x=mnop#qrst'>x</a>", "mnop"},
		{"<form action='/a/0123456789abcdef/b'>", "0123456789abcdef"},
		{"<meta http-equiv=refresh content='0;url=a?sid=ghijkl'>", "ghijkl"},
		{"<meta name=csrf-token content=tokenvalue>", "tokenvalue"},
		{"<div data-token=tokenvalue>", "tokenvalue"},
		{"<a href=\"javascript:go('x.jsp?sid=ghijkl')\">x</a>", "ghijkl"},
		{"<script>var sid = 'A1B2C3D4E5';</script>", "A1B2C3D4E5"},
		{"<script>var sid = 1234567890123;</script>", "1234567890123"},
		{"<p>0123456789ABCDEF0123</p>", "0123456789ABCDEF"},
		{"<iframe srcdoc='<input value=typed>'>", "typed"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *text = saved(cases[i].html);

		if (strstr(text, cases[i].rest) != NULL)
			fail_msg("%s leaves %s in %s", cases[i].html, cases[i].rest, text);
		free(text);
	}
}

static void what_a_report_needs_stays(void **state)
{
	char *text = saved("<meta charset=Shift_JIS><title>取得画面</title><form name=login action='login.do;jsessionid=1?x=1' method=post "
			   "onsubmit='return check(this)'>"
			   "<table><tr><td>認証コード1<td><input type=text name=a1 maxlength=10><td>E0012</table><input type=submit "
			   "value=Login></form>"
			   "<a href=\"javascript:document.login.submit()\" target=main>次へ</a><script>function f() { location.href = "
			   "'a/b.jsp'; }</script>");
	static const char *const kept[] = {"取得画面",
					   "name=\"login\"",
					   "login.do",
					   "method=\"post\"",
					   "check",
					   "認証コード1",
					   "name=\"a1\"",
					   "maxlength=\"10\"",
					   "E0012",
					   "value=\"Login\"",
					   "document.login.submit()",
					   "target=\"main\"",
					   "次へ",
					   "location.href = 'a/b.jsp'",
					   "UTF-8"};

	(void)state;
	for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
		if (strstr(text, kept[i]) == NULL)
			fail_msg("%s is missing in %s", kept[i], text);
	assert_null(strstr(text, "Shift_JIS"));
	free(text);
}

static void saved_files_are_private_and_never_overwritten(void **state)
{
	char template[] = "/tmp/naccs-page-XXXXXX";
	struct naccs_page *page = page_of("<p>x");
	const struct naccs_page *pages[2] = {page, page};
	struct naccs_save_options options = {.now = 1795345392};
	char *first = NULL, *second = NULL;
	struct stat facts;
	mode_t mask = umask(0);

	(void)state;
	assert_non_null(mkdtemp(template));
	options.dirfd = open(template, O_RDONLY | O_DIRECTORY);
	assert_int_equal(naccs_save_pages(pages, 2, &options, &first, NULL), NACCS_OK);
	assert_int_equal(naccs_save_pages(pages, 1, &options, &second, NULL), NACCS_OK);
	umask(mask);
	assert_string_equal(first, "page-20261122T110312Z.html");
	assert_string_equal(second, "page-20261122T110312Z-2.html");
	assert_int_equal(fstatat(options.dirfd, first, &facts, 0), 0);
	assert_int_equal(facts.st_mode & 07777, 0600);
	assert_int_equal(unlinkat(options.dirfd, first, 0), 0);
	assert_int_equal(unlinkat(options.dirfd, second, 0), 0);
	close(options.dirfd);
	assert_int_equal(rmdir(template), 0);
	free(first);
	free(second);
	naccs_page_free(page);
}

static void quotes_of_pages_hold_no_secret(void **state)
{
	struct naccs_secret *secret = secret_of(CODE);
	const struct naccs_secret *const secrets[] = {secret};
	char *quote = naccs_quote_page_text("コード " CODE " は誤りです", secrets, 1);

	(void)state;
	assert_null(strstr(quote, "98765"));
	free(quote);
	quote = naccs_quote_page_text("誤り\x1b[31mです 0123456789abcdef01", secrets, 1);
	assert_string_equal(quote, "誤り?[31mです …");
	free(quote);
	naccs_secret_free(secret);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_secret_is_removed_however_it_is_spelled),
		cmocka_unit_test(values_sessions_and_tokens_are_removed),
		cmocka_unit_test(what_a_report_needs_stays),
		cmocka_unit_test(saved_files_are_private_and_never_overwritten),
		cmocka_unit_test(quotes_of_pages_hold_no_secret),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
