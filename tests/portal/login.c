/* SPDX-License-Identifier: Apache-2.0 */
/* Why: 「ユーザ認証」, manual 3.1 (1) and (2). */
#include "form.h"
#include "screens.h"

#include <stdlib.h>
#include <string.h>

static const char *code_type(const struct visit *visit)
{
	return visit_dialect(visit, D_CODE_TYPE) == CODE_TYPE_PASSWORD ? "password" : "text";
}

void login_screen(struct visit *visit, const char *message)
{
	struct portal *portal = visit->portal;
	if (visit->session == NULL)
		visit->session = session_start(portal->sessions, &portal->chance, clock_now(&portal->clock));
	const char *label = visit_fault(visit, F_LABEL_CHANGED) ? "認証番号" : "認証コード";
	struct page page;
	page_begin(&page, visit, "ユーザ認証", "", "");
	page_add(&page, "<h1>NACCS</h1>\n<h2>ユーザ認証</h2>\n");
	page_add(&page, "<p>選択されたポリシでは、証明書の発行にユーザ認証が必要です。<br />\n"
			"認証コード1と認証コード2を入力してください。</p>\n");
	if (message != NULL)
		page_add(&page, "<p><font color=\"red\">%s</font></p>\n", message);
	struct form form = form_begin(&page, STEP_LOGIN_POST, "login", "login.do", false);
	form_entry(&form, ROLE_CODE1, label, 1, code_type(visit));
	form_entry(&form, ROLE_CODE2, label, 2, code_type(visit));
	if (visit_fault(visit, F_LABEL_TWICE))
		form_entry(&form, ROLE_NONE, label, 2, "text");
	if (visit_fault(visit, F_EXTRA_FIELD))
		form_entry(&form, ROLE_NONE, "利用者ID", 0, "text");
	form_end(&form, visit_fault(visit, F_BUTTON_CHANGED) ? "次の画面へ" : "Login");
	page_add(&page, "</body>\n");
	page_finish(&page, "login");
}

void login_post(struct visit *visit)
{
	struct portal *portal = visit->portal;
	struct request *request = visit->request;
	struct session *session = visit->session;
	const char *code1 = session_entry(session, ROLE_CODE1, request->form, request->form_count);
	const char *code2 = session_entry(session, ROLE_CODE2, request->form, request->form_count);
	struct terminal *terminal = codes_by_login(portal->codes, code1 != NULL ? code1 : "", code2 != NULL ? code2 : "");
	if (terminal == NULL || visit_fault(visit, F_LOGIN_REFUSED)) {
		notice_refuse(visit, NOTICE_LOGIN_REFUSED, login_screen);
		return;
	}
	session->is_logged_in = true;
	session->terminal = terminal;
	session->form_step = STEP_ANY;
	if (visit_dialect(visit, D_SESSION_ID) == SESSION_ID_NEW)
		session_renew_id(session, &portal->chance);
	if (visit_dialect(visit, D_AFTER_LOGIN) == NEXT_DIRECT)
		frames_screen(visit);
	else
		page_go(visit, visit_dialect(visit, D_AFTER_LOGIN), "NACCS/frame.jsp");
}
