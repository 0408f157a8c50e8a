/* SPDX-License-Identifier: Apache-2.0 */
/* Why: 「デジタル証明書の取得」, manual 3.1 (5) and (6): code 3 and the password, and the page with 「Download」. */
#include "form.h"
#include "markup.h"
#include "screens.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define TITLE "デジタル証明書の取得"

/* Without frames the menu stays on every page: not shown here, as the manual's screens show one thing at a time; logging out stays
 * possible. */
void page_add_logout(struct page *page)
{
	if (visit_dialect(page->visit, D_FRAMES) != FRAMES_NONE)
		return;
	char *logout = page_url(page->visit, "NACCS/logout.do");
	page_add(page, "<div class=\"header\"><a href=\"%s\">ログアウト</a></div>\n", logout);
	free(logout);
}

static void add_password(struct form *form)
{
	form_entry(form, ROLE_PASSWORD, "証明書パスワード", 0, "password");
}

static void add_confirmation(struct form *form)
{
	form_entry(form, ROLE_CONFIRM, "証明書パスワードの確認", 0, "password");
}

static void add_code3(struct form *form)
{
	struct visit *visit = form->page->visit;
	const char *type = visit_dialect(visit, D_CODE_TYPE) == CODE_TYPE_PASSWORD ? "password" : "text";
	form_entry(form, ROLE_CODE3, visit_fault(visit, F_LABEL_CHANGED) ? "認証番号" : "認証コード", 3, type);
}

static void add_entries(struct form *form)
{
	static void (*const orders[3][3])(struct form *) = {
		{add_code3, add_password, add_confirmation},
		{add_code3, add_confirmation, add_password},
		{add_password, add_confirmation, add_code3},
	};
	for (int i = 0; i < 3; i++)
		orders[visit_dialect(form->page->visit, D_ORDER)][i](form);
	if (visit_fault(form->page->visit, F_LABEL_TWICE))
		form_entry(form, ROLE_NONE, "認証コード", 3, "text");
	if (visit_fault(form->page->visit, F_EXTRA_FIELD))
		form_entry(form, ROLE_NONE, "利用者ID", 0, "text");
}

void obtain_screen(struct visit *visit, const char *message)
{
	struct page page;
	page_begin(&page, visit, TITLE, "", "");
	page_add_logout(&page);
	page_add(&page,
		 "<h2>" TITLE "</h2>\n<p>ダウンロードしたいデジタル証明書の発行申請時の認証コード3と、デジタル証明書を暗号化する任意の"
		 "証明書パスワードを入力してください。</p>\n");
	if (message != NULL)
		page_add(&page, "<p><font color=\"red\">%s</font></p>\n", message);
	struct form form = form_begin(&page, STEP_SUBMIT, "obtain", "NACCS/obtain.do", false);
	add_entries(&form);
	form_end(&form, visit_fault(visit, F_BUTTON_CHANGED) ? "次の画面へ" : "Submit");
	page_add(&page, "</body>\n");
	page_finish(&page, "form");
}


bool obtain_is_password(const char *password)
{
	size_t length = strlen(password);
	for (size_t i = 0; i < length; i++)
		if (!isgraph((unsigned char)password[i]) || (unsigned char)password[i] > 0x7e)
			return false;
	return length >= 1 && length <= 16;
}

static bool is_locked(const struct visit *visit)
{
	int64_t today = clock_japan_day(clock_now(&visit->portal->clock));
	return visit->session->terminal->first_day >= 0 && today > visit->session->terminal->first_day;
}

void obtain_post(struct visit *visit)
{
	struct request *request = visit->request;
	struct session *session = visit->session;
	const char *code3 = session_entry(session, ROLE_CODE3, request->form, request->form_count);
	const char *password = session_entry(session, ROLE_PASSWORD, request->form, request->form_count);
	const char *again = session_entry(session, ROLE_CONFIRM, request->form, request->form_count);
	if (code3 == NULL || strcmp(code3, session->terminal->code3) != 0 || visit_fault(visit, F_CODE3_REFUSED)) {
		notice_refuse(visit, NOTICE_CODE3_REFUSED, obtain_screen);
		return;
	}
	if (is_locked(visit) || visit_fault(visit, F_LOCKED)) {
		notice_refuse(visit, NOTICE_LOCKED, obtain_screen);
		return;
	}
	if (password == NULL || again == NULL || strcmp(password, again) != 0 || !obtain_is_password(password) ||
	    visit_fault(visit, F_PASSWORD_REFUSED)) {
		notice_refuse(visit, NOTICE_PASSWORD_REFUSED, obtain_screen);
		return;
	}
	(void)snprintf(session->password, sizeof session->password, "%s", password);
	session->is_code3_accepted = true;
	session->form_step = STEP_ANY;
	if (visit_dialect(visit, D_AFTER_SUBMIT) == NEXT_DIRECT)
		obtain_download_page(visit);
	else
		page_go(visit, visit_dialect(visit, D_AFTER_SUBMIT), "NACCS/download.jsp");
}

/* 「Download」 as a link or a script: the token goes into the address. */
static void download_by_address(struct page *page, int how, const char *caption)
{
	struct visit *visit = page->visit;
	session_expect_form(visit->session, STEP_DOWNLOAD, &visit->portal->chance);
	session_expect(visit->session, EXPECT_VALUE, ROLE_NONE, "token", visit->session->token, strlen(visit->session->token));
	char *target = need_format("NACCS/download.do?token=%s", visit->session->token);
	char *plain = page_url(visit, target), *url = markup_escape(plain);
	if (how == DOWNLOAD_LINK)
		page_add(page, "<p><a href=\"%s\">%s</a></p>\n", url, caption);
	else if (how == DOWNLOAD_OPEN)
		page_add(page, "<p><input type=\"button\" value=\"%s\" onclick=\"window.open('%s');\" /></p>\n", caption, url);
	else if (how == DOWNLOAD_LINK_OPEN)
		page_add(page, "<p><a href=\"javascript:window.open('%s', '_blank')\">%s</a></p>\n", url, caption);
	else
		page_add(page, "<p><button type=\"button\" onclick=\"location.href='%s'\">%s</button></p>\n", url, caption);
	free(url);
	free(plain);
	free(target);
}

void obtain_download_page(struct visit *visit)
{
	if (!visit->session->is_code3_accepted) {
		notice_deviation(visit, need_text("the page with Download was asked for before code 3 was accepted"));
		return;
	}
	int how = visit_dialect(visit, D_DOWNLOAD);
	const char *caption = visit_fault(visit, F_BUTTON_CHANGED) ? "保存" : "Download";
	struct page page;
	page_begin(&page, visit, TITLE, "", "");
	page_add_logout(&page);
	page_add(&page,
		 "<h2>" TITLE "</h2>\n<p>「Download」ボタンをクリックしデジタル証明書をダウンロードしてください。ダウンロードした証明書は"
		 "手順書を確認し設定した証明書パスワードを用いてインストール作業を行ってください。</p>\n");
	if (how == DOWNLOAD_FORM_POST || how == DOWNLOAD_FORM_GET) {
		struct form form = form_begin(&page, STEP_DOWNLOAD, "download", "NACCS/download.do", how == DOWNLOAD_FORM_GET);
		form_end(&form, caption);
	} else {
		download_by_address(&page, how, caption);
	}
	page_add(&page, "</body>\n");
	page_finish(&page, "download-page");
}
