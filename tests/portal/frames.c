/* SPDX-License-Identifier: Apache-2.0 */
/* Why: 「NACCS デジタル証明書取得画面」, manual 3.1 (3): header, menu and first page, in frames or not. */
#include "markup.h"
#include "page.h"
#include "screens.h"

#include <stdlib.h>
#include <string.h>

/* What the two journeys call their frames and their one item. */
static const struct words {
	const char *title, *item, *target, *work, *says;
} all_words[] = {{"NACCS デジタル証明書取得画面", "デジタル証明書の取得", "NACCS/obtain.jsp", "取得作業", "デジタル証明書を取得します。"},
		 {"NACCS デジタル証明書更新画面", "デジタル証明書更新申請", "NACCS/apply.jsp", "更新作業",
		  "現在お使いの証明書の更新申請を送信します。"}};

static const struct words *words_of(const struct visit *visit)
{
	return &all_words[strcmp(visit->base, PORTAL_RENEW) == 0];
}

static void add_header(struct page *page)
{
	char *top = page_url(page->visit, "NACCS/frame.jsp"), *logout = page_url(page->visit, "NACCS/logout.do");
	page_add(page,
		 "<div class=\"header\"><img src=\"logo.gif\" alt=\"NACCS\" />\n"
		 "<a href=\"%s\" target=\"_top\">トップへ</a> <a href=\"%s\" target=\"_top\">ログアウト</a></div>\n",
		 top, logout);
	free(logout);
	free(top);
}

static void add_menu(struct page *page)
{
	page_add(page, "<div class=\"menu\">\n");
	const struct words *words = words_of(page->visit);
	page_menu_item(page, visit_fault(page->visit, F_MENU_CHANGED) ? "証明書ダウンロード" : words->item, words->target);
	page_add(page, "</div>\n");
}

static void add_top(struct page *page)
{
	const struct words *words = words_of(page->visit);
	page_add(page,
		 "<h2>%s</h2>\n<p>左メニューより「%s」を選択し、デジタル証明書の%sを行ってください。</p>\n"
		 "<table border=\"1\"><tr><td>%s</td><td>%s</td></tr></table>\n",
		 words->title, words->item, words->work, words->item, words->says);
}

static char *frame_url(struct visit *visit, const char *target)
{
	if (!visit_fault(visit, F_FRAME_HOST))
		return page_url(visit, target);
	char *origin = need_format("https://foreign.example:%u", visit->portal->foreign_port);
	char *url = page_url_at(origin, target);
	free(origin);
	return url;
}

void frames_screen(struct visit *visit)
{
	int frames = visit_dialect(visit, D_FRAMES);
	struct page page;
	page_begin(&page, visit, words_of(visit)->title, "", frames == FRAMES_SET ? NULL : "");
	if (frames == FRAMES_NONE) {
		add_header(&page);
		add_menu(&page);
		add_top(&page);
		page_add(&page, "</body>\n");
		page_finish(&page, "frame");
		return;
	}
	char *header = page_url(visit, "NACCS/header.jsp"), *menu = frame_url(visit, "NACCS/menu.jsp"),
	     *top = page_url(visit, "NACCS/top.jsp");
	if (frames == FRAMES_SET)
		page_add(&page,
			 "<frameset rows=\"60,*\">\n<frame name=\"header\" src=\"%s\" />\n<frameset cols=\"200,*\">\n"
			 "<frame name=\"menu\" src=\"%s\" />\n<frame name=\"main\" src=\"%s\" />\n</frameset>\n"
			 "<noframes><body>フレーム対応のブラウザをご利用ください。</body></noframes>\n</frameset>\n",
			 header, menu, top);
	else
		page_add(&page,
			 "<iframe name=\"header\" src=\"%s\" width=\"100%%\"></iframe>\n<iframe name=\"menu\" src=\"%s\"></iframe>\n"
			 "<iframe name=\"main\" src=\"%s\"></iframe>\n</body>\n",
			 header, menu, top);
	free(top);
	free(menu);
	free(header);
	page_finish(&page, "frame");
}

void frames_header(struct visit *visit)
{
	struct page page;
	page_begin(&page, visit, "NACCS", "", "");
	add_header(&page);
	page_add(&page, "</body>\n");
	page_finish(&page, "header");
}

void frames_menu(struct visit *visit)
{
	struct page page;
	page_begin(&page, visit, "メニュー", "", "");
	add_menu(&page);
	page_add(&page, "</body>\n");
	page_finish(&page, "menu");
}

void frames_top(struct visit *visit)
{
	struct page page;
	page_begin(&page, visit, words_of(visit)->title, "", "");
	add_top(&page);
	page_add(&page, "</body>\n");
	page_finish(&page, "top");
}

void frames_logout(struct visit *visit)
{
	session_end(visit->portal->sessions, visit->session);
	visit->session = NULL;
	char *url = page_url(visit, strcmp(visit->base, PORTAL_RENEW) == 0 ? "index.jsp?s=Site1&amp;lan=ja"
									: "index.jsp?s=Site1&amp;p=CA1/NACCS&amp;lan=ja");
	struct page page;
	page_begin(&page, visit, "ログアウト", "", "");
	page_add(&page,
		 "<h2>ログアウト</h2>\n<p>ログアウトしました。</p>\n<p><a href=\"%s\" target=\"_top\">ログイン画面へ</a></p>\n</body>\n",
		 url);
	page_finish(&page, "logout");
	free(url);
}
