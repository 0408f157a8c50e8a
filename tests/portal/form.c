/* SPDX-License-Identifier: Apache-2.0 */
#include "form.h"
#include "markup.h"

#include <stdlib.h>
#include <string.h>

/* A field's name in this dialect. */
static char *field_name(const struct visit *visit, const char *plain)
{
	char random[12];
	switch (visit_dialect(visit, D_NAMES)) {
	case NAMES_RANDOM:
		chance_text(&visit->portal->chance, "abcdefghijklmnopqrstuvwxyz", random, 10);
		return need_text(random);
	case NAMES_ODD:
		return need_format("form[0].%s:%u", plain, chance_below(&visit->portal->chance, 1000));
	default:
		return need_text(plain);
	}
}

/* Expect text (UTF-8) back in the page's charset. */
static void expect_text(const struct visit *visit, const char *name, const char *text)
{
	size_t size;
	char *bytes = markup_encode(&visit->portal->dialect, text, &size);
	session_expect(visit->session, EXPECT_VALUE, ROLE_NONE, name, bytes, size);
	free(bytes);
}

/* --- other forms on the page --- */

static void extra_forms(struct page *page)
{
	int extra = visit_dialect(page->visit, D_EXTRA_FORMS);
	char *search = page_url(page->visit, "search.do"), *other = page_url(page->visit, "other.do");
	if (extra == EXTRA_SEARCH || extra == EXTRA_ALL) {
		page_add(page,
			 "<form name=\"searchForm\" method=\"get\" action=\"%s\"><div>サイト内検索 <input type=\"text\" name=\"q\" "
			 "size=\"20\" />"
			 "<input type=\"submit\" value=\"検索\" /></div></form>\n",
			 search);
		page->forms++;
	}
	if (extra == EXTRA_LANGUAGE || extra == EXTRA_ALL) {
		page_add(page,
			 "<form name=\"lan\" method=\"post\" action=\"%s\"><div>表示言語 <select name=\"lan\"><option value=\"ja\" "
			 "selected=\"selected\">"
			 "日本語</option><option value=\"en\">English</option></select><input type=\"submit\" value=\"Submit\" "
			 "/></div></form>\n",
			 other);
		page->forms++;
	}
	if (extra == EXTRA_LOGIN || extra == EXTRA_ALL) {
		page_add(page,
			 "<form name=\"staff\" method=\"post\" action=\"%s\"><div>管理者用 <input type=\"text\" name=\"code1\" /> "
			 "<input type=\"password\" name=\"code2\" /> <input type=\"submit\" value=\"Login\" /></div></form>\n",
			 other);
		page->forms++;
	}
	free(other);
	free(search);
}

/* --- the form itself --- */

static char *form_action(struct visit *visit, const char *target)
{
	char *url;
	if (visit_fault(visit, F_FORM_HOST)) {
		char *origin = need_format("https://foreign.example:%u", visit->portal->foreign_port);
		url = page_url_at(origin, target);
		free(origin);
	} else if (visit_fault(visit, F_FORM_HTTP)) {
		char *origin = need_format("http://" PORTAL_HOST ":%u", visit->portal->http_port);
		url = page_url_at(origin, target);
		free(origin);
	} else if (visit_dialect(visit, D_ACTION) == ACTION_MISSING &&
		   (visit_dialect(visit, D_SESSION) != SESSION_URL || visit->request->session_id[0] != '\0')) {
		return need_text("");
	} else {
		url = page_url(visit, target);
	}
	char *escaped = markup_escape(url);
	char *attribute = need_format(" action=\"%s\"", escaped);
	free(escaped);
	free(url);
	return attribute;
}

/* What opens and closes the fields as the label style needs it. */
static const char *fields_open(int labels)
{
	return labels == LABELS_CELL || labels == LABELS_TH || labels == LABELS_GAP || labels == LABELS_FONT ? "<table border=\"0\">\n"
	       : labels == LABELS_DL									     ? "<dl>\n"
													     : "<div>\n";
}

static const char *fields_close(int labels)
{
	return labels == LABELS_CELL || labels == LABELS_TH || labels == LABELS_GAP || labels == LABELS_FONT ? "</table>\n"
	       : labels == LABELS_DL									     ? "</dl>\n"
													     : "</div>\n";
}

struct form form_begin(struct page *page, enum step step, const char *name, const char *target, bool is_get)
{
	struct visit *visit = page->visit;
	extra_forms(page);
	session_expect_form(visit->session, step, &visit->portal->chance);
	char *form_name = visit_dialect(visit, D_NAMES) == NAMES_RANDOM ? field_name(visit, name) : need_text(name);
	char *action = form_action(visit, target);
	bool is_multipart = visit_dialect(visit, D_ENCTYPE) == ENCTYPE_MULTIPART && !is_get;
	page_add(page, "<form name=\"%s\" method=\"%s\"%s%s>\n", form_name, is_get ? "get" : "post", action,
		 is_multipart ? " enctype=\"multipart/form-data\"" : "");
	page_add(page, "%s", fields_open(visit_dialect(visit, D_LABELS)));
	struct form form = {.page = page, .name = name, .index = page->forms++, .is_get = is_get};
	(void)snprintf(form.name_text, sizeof form.name_text, "%s", form_name);
	free(action);
	free(form_name);
	return form;
}

static void put_row(struct page *page, const char *id, const char *label, const char *input)
{
	switch (visit_dialect(page->visit, D_LABELS)) {
	case LABELS_FOR:
		page_add(page, "<p><label for=\"%s\">%s</label> %s</p>\n", id, label, input);
		break;
	case LABELS_WRAP:
		page_add(page, "<p><label>%s %s</label></p>\n", label, input);
		break;
	case LABELS_BARE:
		page_add(page, "%s %s<br />\n", label, input);
		break;
	case LABELS_TH:
		page_add(page, "<tr><th>%s</th><td>%s</td></tr>\n", label, input);
		break;
	case LABELS_GAP:
		page_add(page, "<tr><td>%s</td><td>：</td><td>%s</td></tr>\n", label, input);
		break;
	case LABELS_DL:
		page_add(page, "<dt>%s</dt><dd>%s</dd>\n", label, input);
		break;
	case LABELS_FONT:
		page_add(page,
			 "<tr><td nowrap=\"nowrap\"><font size=\"2\"><b>%s</b></font></td><td><div class=\"field\">%s</div></td></tr>\n",
			 label, input);
		break;
	default:
		page_add(page, "<tr><td>%s</td><td>%s</td></tr>\n", label, input);
		break;
	}
}

void form_entry(struct form *form, enum role role, const char *label, unsigned digit, const char *type)
{
	static const char *const plain[ROLE_COUNT] = {"extra", "code1", "code2", "code3", "password", "passwordConfirm"};
	struct visit *visit = form->page->visit;
	char *name = field_name(visit, plain[role]), *text = page_label(visit, label, digit);
	char *input =
		need_format("<input type=\"%s\" name=\"%s\" id=\"id_%u_%d\" value=\"\" size=\"30\" />", type, name, form->index, (int)role);
	char *id = need_format("id_%u_%d", form->index, (int)role);
	put_row(form->page, id, text, input);
	session_expect(visit->session, EXPECT_ENTRY, role, name, NULL, 0);
	free(id);
	free(input);
	free(text);
	free(name);
}

void form_fixed(struct form *form, const char *plain, const char *label, const char *value)
{
	struct visit *visit = form->page->visit;
	char *name = field_name(visit, plain), *id = need_format("fixed_%s", plain);
	char *input = need_format("<input type=\"text\" name=\"%s\" id=\"%s\" value=\"%s\" size=\"60\" readonly=\"readonly\" />", name, id, value);
	put_row(form->page, id, label, input);
	expect_text(visit, name, value);
	free(input);
	free(id);
	free(name);
}

/* Fields that a person would leave alone. */
static void decoys(struct form *form)
{
	struct visit *visit = form->page->visit;
	int which = visit_dialect(visit, D_DECOYS);
	if (form->is_get)
		return;
	if (which == DECOYS_READONLY || which == DECOYS_ALL) {
		put_row(form->page, "decoy_site", "認証局",
			"<input type=\"text\" id=\"decoy_site\" name=\"site\" value=\"NACCS Client CA\" readonly=\"readonly\" />");
		expect_text(visit, "site", "NACCS Client CA");
	}
	if (which == DECOYS_DISABLED || which == DECOYS_ALL)
		put_row(form->page, "decoy_old", "旧認証コード",
			"<input type=\"text\" id=\"decoy_old\" name=\"old\" value=\"x\" disabled=\"disabled\" />");
	if (which == DECOYS_CHOICES || which == DECOYS_ALL) {
		put_row(form->page, "decoy_kind", "種別",
			"<select id=\"decoy_kind\" name=\"kind\"><option value=\"0\">個人</option><option value=\"1\" "
			"selected=\"selected\">端末</option></select>");
		put_row(form->page, "decoy_on", "表示",
			"<input type=\"checkbox\" id=\"decoy_on\" name=\"on\" checked=\"checked\" /> "
			"<input type=\"checkbox\" name=\"off\" value=\"1\" />");
		put_row(form->page, "decoy_r", "形式",
			"<input type=\"radio\" id=\"decoy_r\" name=\"format\" value=\"pem\" /> "
			"<input type=\"radio\" name=\"format\" value=\"p12\" checked=\"checked\" />");
		expect_text(visit, "kind", "1");
		expect_text(visit, "on", "on");
		expect_text(visit, "format", "p12");
	}
}

static void hidden(struct form *form, const char *plain, const char *value)
{
	char *name = field_name(form->page->visit, plain);
	page_add(form->page, "<input type=\"hidden\" name=\"%s\" value=\"%s\" />\n", name, value);
	expect_text(form->page->visit, name, value);
	free(name);
}

static void named_button(struct form *form, const char *format, const char *caption)
{
	struct visit *visit = form->page->visit;
	char *name = field_name(visit, "go");
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	page_add(form->page, format, name, caption, caption);
#pragma GCC diagnostic pop
	expect_text(visit, name, caption);
	free(name);
}

static void image_button(struct form *form, const char *caption)
{
	char *name = field_name(form->page->visit, "go"), *x = need_format("%s.x", name), *y = need_format("%s.y", name);
	page_add(form->page, "<input type=\"image\" src=\"button.gif\" name=\"%s\" alt=\"%s\" />\n", name, caption);
	session_expect(form->page->visit->session, EXPECT_NUMBER, ROLE_NONE, x, NULL, 0);
	session_expect(form->page->visit->session, EXPECT_NUMBER, ROLE_NONE, y, NULL, 0);
	free(y);
	free(x);
	free(name);
}

static void put_submit(struct form *form, const char *caption)
{
	struct page *page = form->page;
	switch (visit_dialect(page->visit, D_SUBMIT)) {
	case SUBMIT_BUTTON:
		named_button(form, "<button type=\"submit\" name=\"%s\" value=\"%s\"><span>%s</span></button>\n", caption);
		break;
	case SUBMIT_IMAGE:
		image_button(form, caption);
		break;
	case SUBMIT_LINK_NAME:
		page_add(page, "<a href=\"javascript:document.%s.submit()\">%s</a>\n", form->name_text, caption);
		break;
	case SUBMIT_LINK_INDEX:
		page_add(page, "<a href=\"javascript:document.forms[%u].submit();\">%s</a>\n", form->index, caption);
		break;
	case SUBMIT_ONCLICK:
		page_add(page, "<input type=\"button\" value=\"%s\" onclick=\"document.%s.submit();\" />\n", caption, form->name_text);
		break;
	case SUBMIT_UNNAMED:
		page_add(page, "<input type=\"submit\" value=\"%s\" />\n", caption);
		break;
	case SUBMIT_TWO:
		page_add(page, "<input type=\"submit\" name=\"clear\" value=\"クリア\" /> <input type=\"reset\" value=\"リセット\" />\n");
		named_button(form, "<input type=\"submit\" name=\"%s\" value=\"%s\" title=\"%s\" />\n", caption);
		break;
	default:
		named_button(form, "<input type=\"submit\" name=\"%s\" value=\"%s\" title=\"%s\" />\n", caption);
		break;
	}
}

void form_end(struct form *form, const char *caption)
{
	struct visit *visit = form->page->visit;
	decoys(form);
	page_add(form->page, "%s<p>\n", fields_close(visit_dialect(visit, D_LABELS)));
	if (visit_dialect(visit, D_TOKEN) != TOKEN_NONE || form->is_get) /* an own page asked for without a field would be just that page */
		hidden(form, "token", visit->session->token);
	if (visit_dialect(visit, D_TOKEN) == TOKEN_JAPANESE && !form->is_get)
		hidden(form, "screen", "取得①画面");
	if (visit_fault(visit, F_SCRIPT_LOGIC))
		page_add(form->page,
			 "<input type=\"button\" value=\"%s\" onclick=\"return checkAndSend(this.form, hash(new Date()));\" />\n", caption);
	else
		put_submit(form, caption);
	page_add(form->page, "</p>\n</form>\n");
}
