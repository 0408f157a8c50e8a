/* SPDX-License-Identifier: Apache-2.0 */
#include "page.h"
#include "markup.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* --- addresses --- */

static char *with_session(const struct visit *visit, const char *target)
{
	int where = visit_dialect(visit, D_SESSION);
	if (visit->session == NULL || where == SESSION_COOKIE)
		return need_text(target);
	size_t path = strcspn(target, "?");
	return need_format("%.*s;jsessionid=%s%s", (int)path, target, visit->session->id, target + path);
}

/* The pages of a renewal lie beside each other; those of obtaining below NACCS/, but for the login. */
static const char *place(const struct visit *visit, const char *target)
{
	bool is_renewal = strcmp(visit->base, PORTAL_RENEW) == 0;
	return is_renewal && strncmp(target, "NACCS/", 6) == 0 ? target + 6 : target;
}

/* From the page that is asked for to target; both below visit->base. */
static char *relative(const struct visit *visit, const char *target)
{
	const char *path = visit->request->path;
	bool is_below = strncmp(path, visit->base, strlen(visit->base)) == 0 && strchr(path + strlen(visit->base), '/') != NULL;
	if (!is_below)
		return need_text(target);
	return strncmp(target, "NACCS/", 6) == 0 ? need_text(target + 6) : need_format("../%s", target);
}

char *page_url(const struct visit *visit, const char *target)
{
	char *full = with_session(visit, place(visit, target)), *url;
	switch (visit_dialect(visit, D_ACTION)) {
	case ACTION_RELATIVE:
		url = relative(visit, full);
		break;
	case ACTION_BASE:
		url = need_text(full);
		break;
	case ACTION_ABSOLUTE:
		url = need_format("https://%s%s%s", visit->request->host, visit->base, full);
		break;
	default:
		url = need_format("%s%s", visit->base, full);
		break;
	}
	free(full);
	return url;
}

char *page_location(const struct visit *visit, const char *target)
{
	char *full = with_session(visit, place(visit, target)), *url;
	switch (visit_dialect(visit, D_LOCATION)) {
	case LOCATION_RELATIVE:
		url = relative(visit, full);
		break;
	case LOCATION_PATH:
		url = need_format("%s%s", visit->base, full);
		break;
	default:
		url = need_format("https://%s%s%s", visit->request->host, visit->base, full);
		break;
	}
	free(full);
	return url;
}

char *page_url_at(const char *origin, const char *target)
{
	return need_format("%s%s%s", origin, PORTAL_EE, target);
}

/* --- a page from beginning to end --- */

static void add_declarations(struct page *page)
{
	const struct dialect *dialect = &page->visit->portal->dialect;
	const char *charset = markup_charset(dialect);
	int declared = dialect->value[D_DECLARED];
	if (declared == DECLARED_META || declared == DECLARED_BOTH || declared == DECLARED_LYING)
		page_add(page, "<meta http-equiv=\"Content-Type\" content=\"text/html; charset=%s\" />\n", charset);
	if (declared == DECLARED_META_SHORT)
		page_add(page, "<meta charset=\"%s\" />\n", charset);
}

void page_begin(struct page *page, struct visit *visit, const char *title, const char *head, const char *body)
{
	*page = (struct page){.visit = visit};
	page->out = open_memstream(&page->text, &page->size);
	if (page->out == NULL)
		die("out of memory");
	const struct dialect *dialect = &visit->portal->dialect;
	bool is_xhtml = dialect->value[D_TAGS] == TAGS_XHTML;
	if (dialect->value[D_DECLARED] == DECLARED_XML)
		page_add(page, "<?xml version=\"1.0\" encoding=\"%s\"?>\n", markup_charset(dialect));
	if (dialect->value[D_TAGS] != TAGS_UNCLOSED)
		page_add(page, "%s",
			 is_xhtml ? "<!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML 1.0 Transitional//EN\" "
				    "\"http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd\">\n"
				  : "<!DOCTYPE HTML PUBLIC \"-//W3C//DTD HTML 4.01 Transitional//EN\">\n");
	page_add(page, is_xhtml ? "<html xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"ja\">\n<head>\n" : "<html lang=\"ja\">\n<head>\n");
	add_declarations(page);
	if (visit_fault(visit, F_BASE_HOST)) {
		page_add(page, "<base href=\"https://foreign.example:%u%s\" />\n", visit->portal->foreign_port, visit->base);
	} else if (dialect->value[D_ACTION] == ACTION_BASE) {
		page_add(page, "<base href=\"https://%s%s\" />\n", visit->request->host, visit->base);
	}
	page_add(page, "<title>%s</title>\n%s</head>\n", title, head);
	if (body != NULL)
		page_add(page, "<body%s>\n", body);
}

void page_add(struct page *page, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	(void)vfprintf(page->out, format, args);
	va_end(args);
}

/* What the header says of the charset. */
static char *content_type(const struct dialect *dialect)
{
	int declared = dialect->value[D_DECLARED];
	if (declared == DECLARED_HEADER || declared == DECLARED_BOTH)
		return need_format("text/html; charset=%s", markup_charset(dialect));
	if (declared == DECLARED_LYING)
		return need_format("text/html; charset=%s", markup_wrong_charset(dialect));
	return need_text("text/html");
}

void page_finish(struct page *page, const char *screen)
{
	const struct dialect *dialect = &page->visit->portal->dialect;
	page_add(page, "</html>\n");
	(void)fclose(page->out);
	char *styled = markup_style(dialect, page->text);
	bool has_mark = dialect->value[D_DECLARED] == DECLARED_BOM;
	char *whole = need_format("%s%s", has_mark ? "\xef\xbb\xbf" : "", styled);
	size_t size;
	char *body = markup_encode(dialect, whole, &size);
	char *type = content_type(dialect);
	answer_body(page->visit->answer, type, body, size);
	page->visit->answer->screen = screen;
	free(type);
	free(whole);
	free(styled);
	free(page->text);
}

/* --- texts --- */

static const char *gap(const struct visit *visit)
{
	static const char *const gaps[] = {"", "&nbsp;", "\n\t\t", "\xe3\x80\x80"};
	return gaps[visit_dialect(visit, D_SPACES)];
}

static char *replaced(const char *text, const char *from, const char *to)
{
	const char *at = strstr(text, from);
	if (at == NULL)
		return need_text(text);
	return need_format("%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
}

/* The gap goes where a line break would be put by hand. */
static char *with_gap(const struct visit *visit, const char *text)
{
	static const char *const places[] = {"コード", "ｺｰﾄﾞ", "パスワード", "ﾊﾟｽﾜｰﾄﾞ", "証明書の", "番号"};
	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		const char *at = strstr(text, places[i]);
		if (at != NULL && at != text)
			return need_format("%.*s%s%s", (int)(at - text), text, gap(visit), at);
	}
	return need_format("%s%s%s", gap(visit), text, gap(visit));
}

char *page_caption(const struct visit *visit, const char *text)
{
	return with_gap(visit, text);
}

char *page_label(const struct visit *visit, const char *text, unsigned digit)
{
	static const char *const digits[4][4] = {{"", "1", "2", "3"}, {"", "１", "２", "３"}, {"", " 1", " 2", " 3"}, {"", "①", "②", "③"}};
	static const char *const marks[] = {"", ":", "：", "※"};
	char *code = replaced(text, "コード", visit_dialect(visit, D_KATAKANA) == KATAKANA_HALF ? "ｺｰﾄﾞ" : "コード");
	char *password = replaced(code, "パスワード", visit_dialect(visit, D_KATAKANA) == KATAKANA_HALF ? "ﾊﾟｽﾜｰﾄﾞ" : "パスワード");
	char *spaced = with_gap(visit, password);
	char *label = need_format("%s%s%s", spaced, digits[visit_dialect(visit, D_DIGITS)][digit], marks[visit_dialect(visit, D_MARK)]);
	free(spaced);
	free(password);
	free(code);
	return label;
}

void page_menu_item(struct page *page, const char *caption, const char *target)
{
	bool has_frames = visit_dialect(page->visit, D_FRAMES) != FRAMES_NONE;
	char *plain = page_url(page->visit, target), *url = markup_escape(plain), *text = page_caption(page->visit, caption);
	const char *place = has_frames ? "parent.main.location.href" : "location.href";
	switch (visit_dialect(page->visit, D_MENU)) {
	case MENU_SCRIPT:
		page_add(page, "<a href=\"javascript:%s='%s'\">%s</a>\n", place, url, text);
		break;
	case MENU_ONCLICK:
		page_add(page, "<a href=\"#\" onclick=\"%s='%s'; return false;\">%s</a>\n", place, url, text);
		break;
	case MENU_IMAGE:
		page_add(page, "<a href=\"%s\"%s><img src=\"menu.gif\" alt=\"%s\" border=\"0\" /></a>\n", url,
			 has_frames ? " target=\"main\"" : "", caption);
		break;
	default:
		page_add(page, "<a href=\"%s\"%s>%s</a>\n", url, has_frames ? " target=\"main\"" : "", text);
		break;
	}
	free(text);
	free(url);
	free(plain);
}

/* --- on to the next page --- */

static void waiting_page(struct visit *visit, const char *head, const char *screen)
{
	struct page page;
	page_begin(&page, visit, "NACCS", head, "");
	page_add(&page, "<p>しばらくお待ちください。</p>\n</body>\n");
	page_finish(&page, screen);
}

void page_go_url(struct visit *visit, int how, const char *url)
{
	char *escaped = markup_escape(url), *text = NULL;
	switch (how) {
	case NEXT_META:
		text = need_format("<meta http-equiv=\"refresh\" content=\"0;url=%s\" />\n", escaped);
		waiting_page(visit, text, "meta-refresh");
		break;
	case NEXT_REFRESH:
		text = need_format("0; URL=%s", url);
		answer_header(visit->answer, "Refresh", text);
		waiting_page(visit, "", "refresh-header");
		break;
	case NEXT_HREF:
		text = need_format("<script type=\"text/javascript\">\n<!--\nwindow.location.href = \"%s\";\n//-->\n</script>\n", url);
		waiting_page(visit, text, "script");
		break;
	case NEXT_REPLACE:
		text = need_format("<script>location.replace('%s');</script>\n", url);
		waiting_page(visit, text, "script");
		break;
	case NEXT_LOCATION:
		text = need_format("<script language=\"JavaScript\">location='%s'</script>\n", url);
		waiting_page(visit, text, "script");
		break;
	default:
		visit->answer->status = how == NEXT_SEE_OTHER ? 303 : 302;
		answer_header(visit->answer, "Location", url);
		visit->answer->screen = "redirect";
		break;
	}
	free(text);
	free(escaped);
}

/* A header's address is relative to the page asked for, one inside a page to its base tag. */
void page_go(struct visit *visit, int how, const char *target)
{
	bool is_header =
		how == NEXT_FOUND || how == NEXT_SEE_OTHER || (how == NEXT_REFRESH && visit_dialect(visit, D_ACTION) != ACTION_BASE);
	char *url = is_header ? page_location(visit, target) : page_url(visit, target);
	if (how == NEXT_REFRESH && !is_header) {
		free(url);
		char *full = with_session(visit, place(visit, target));
		url = need_format("%s%s", visit->base, full);
		free(full);
	}
	page_go_url(visit, how, url);
	free(url);
}
