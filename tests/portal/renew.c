/* SPDX-License-Identifier: Apache-2.0 */
/* Why: 「NACCS デジタル証明書更新画面」, manual 6.1: who comes with which certificate, the confirmation, and the password. The status is in renew_status.c. */
#include "form.h"
#include "markup.h"
#include "renew.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#define CONFIRM_TITLE "デジタル証明書更新申請情報の確認"
#define OBTAIN_TITLE "デジタル証明書の取得"
#define WINDOW (28 * (int64_t)DAY_SECONDS)

/* ---- who comes ---- */

static int64_t end_of(const X509 *certificate)
{
	struct tm tm;
	return ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &tm) == 1 ? (int64_t)timegm(&tm) : 0;
}

/* What a server in front passed on: PEM with spaces for the ends of lines, as Apache puts it into a header. NULL: no certificate. */
static X509 *front_certificate(const struct visit *visit)
{
	static const char begin[] = "-----BEGIN CERTIFICATE-----";
	const char *sent = request_header(visit->request, visit->portal->front_header);
	if (sent == NULL || strncmp(sent, begin, strlen(begin)) != 0)
		return NULL;
	char *text = need_text(sent);
	for (char *at = text + strlen(begin); *at != '\0' && *at != '-'; at++)
		if (*at == ' ')
			*at = '\n';
	BIO *bio = BIO_new_mem_buf(text, -1);
	if (bio == NULL)
		die("out of memory");
	X509 *certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL);
	ERR_clear_error();
	BIO_free(bio);
	free(text);
	return certificate;
}

/* The terminal that a certificate makes known; NULL: none of ours, or not any more. */
static struct terminal *terminal_of(struct visit *visit, X509 *certificate)
{
	struct portal *portal = visit->portal;
	if (certificate == NULL || end_of(certificate) <= clock_now(&portal->clock) || visit_fault(visit, F_CERTIFICATE_REFUSED))
		return NULL;
	struct terminal *terminal = codes_by_certificate(portal->codes, certificate);
	if (terminal != NULL && terminal->next.certificate != NULL && X509_cmp(terminal->next.certificate, certificate) == 0)
		terminal_succeed(terminal);
	return terminal;
}

void renew_begin(struct visit *visit)
{
	struct portal *portal = visit->portal;
	X509 *certificate = portal->front_header != NULL ? front_certificate(visit) : wire_peer(visit->request->wire);
	struct terminal *terminal = terminal_of(visit, certificate);
	X509_free(certificate);
	if (terminal == NULL) {
		notice_screen(visit, NOTICE_CERTIFICATE_REFUSED);
		if (visit_dialect(visit, D_WORDING) == WORDING_3)
			visit->answer->status = 403;
		return;
	}
	visit->session = session_start(portal->sessions, &portal->chance, clock_now(&portal->clock));
	visit->session->is_logged_in = visit->session->is_renewal = true;
	visit->session->terminal = terminal;
	if (visit_dialect(visit, D_AFTER_LOGIN) == NEXT_DIRECT)
		frames_screen(visit);
	else
		page_go(visit, visit_dialect(visit, D_AFTER_LOGIN), "NACCS/frame.jsp");
}

/* ---- data beside headings ---- */

static void put_pair(struct page *page, const char *heading, const char *value)
{
	switch (visit_dialect(page->visit, D_CONFIRM)) {
	case CONFIRM_TH:
		page_add(page, "<tr><th align=\"left\">%s</th><td>%s</td></tr>\n", heading, value);
		break;
	case CONFIRM_DL:
		page_add(page, "<dt>%s</dt><dd>%s</dd>\n", heading, value);
		break;
	case CONFIRM_LINE:
		page_add(page, "%s：%s<br />\n", heading, value);
		break;
	case CONFIRM_FONT:
		page_add(page, "<tr><td><font size=\"2\"><b>%s</b></font></td><td>：</td><td><div><font size=\"2\">%s</font></div></td></tr>\n", heading,
			 value);
		break;
	default:
		page_add(page, "<tr><td>%s</td><td>%s</td></tr>\n", heading, value);
		break;
	}
}

static void put_columns(struct page *page, const struct datum *data, size_t count)
{
	page_add(page, "<table border=\"1\">\n<tr>");
	for (size_t i = 0; i < count; i++)
		page_add(page, "<th>%s</th>", data[i].heading);
	page_add(page, "</tr>\n<tr>");
	for (size_t i = 0; i < count; i++)
		page_add(page, "<td>%s</td>", data[i].value);
	page_add(page, "</tr>\n</table>\n");
}

void renew_put_data(struct page *page, const struct datum *data, size_t count)
{
	int how = visit_dialect(page->visit, D_CONFIRM);
	if (how == CONFIRM_COLUMNS) {
		put_columns(page, data, count);
		return;
	}
	page_add(page, "%s", how == CONFIRM_DL ? "<dl>\n" : how == CONFIRM_LINE ? "<p>\n" : "<table border=\"1\">\n");
	for (size_t i = 0; i < count; i++)
		put_pair(page, data[i].heading, data[i].value);
	page_add(page, "%s", how == CONFIRM_DL ? "</dl>\n" : how == CONFIRM_LINE ? "</p>\n" : "</table>\n");
}

/* ---- the confirmation ---- */

static void put_fields(struct form *form, const struct datum *data, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char *name = need_format("datum%zu", i);
		form_fixed(form, name, data[i].heading, data[i].value);
		free(name);
	}
}

static void confirm_screen(struct visit *visit)
{
	static const char *const headings[2][4] = {{"Common Name", "Organizational Unit", "Organization", "Country"},
						   {"コモンネーム", "組織単位名", "組織名", "国名"}};
	const char *const *heading = headings[visit_dialect(visit, D_CONFIRM) == CONFIRM_JAPANESE];
	const char *name = visit_fault(visit, F_CONFIRM_OTHER) ? "99999Z" : visit->session->terminal->name;
	const struct datum data[] = {{heading[0], name},
				     {heading[1], "NACCS Client CA"},
				     {heading[2], "Nippon Automated Cargo And Port Consolidated System, Inc."},
				     {heading[3], "JP"}};
	size_t count = visit_fault(visit, F_CONFIRM_LESS) ? 2 : 4;
	bool has_fields = visit_dialect(visit, D_CONFIRM) == CONFIRM_FIELDS;
	struct page page;
	page_begin(&page, visit, CONFIRM_TITLE, "", "");
	page_add_logout(&page);
	page_add(&page, "<h2>" CONFIRM_TITLE "</h2>\n<p>以下の内容で証明書更新申請を送信します。<br />\n"
			"よろしければ「Submit」ボタンをクリックしてください。</p>\n");
	if (!has_fields)
		renew_put_data(&page, data, count);
	struct form form = form_begin(&page, STEP_APPLY, "apply", "NACCS/apply.do", false);
	if (has_fields)
		put_fields(&form, data, count);
	if (visit_fault(visit, F_EXTRA_FIELD))
		form_entry(&form, ROLE_NONE, "利用者ID", 0, "text");
	form_end(&form, visit_fault(visit, F_BUTTON_CHANGED) ? "次の画面へ" : "Submit");
	page_add(&page, "</body>\n");
	page_finish(&page, "confirm");
}

static bool is_locked(const struct visit *visit)
{
	const struct terminal *terminal = visit->session->terminal;
	return terminal->renewed_day >= 0 && clock_japan_day(clock_now(&visit->portal->clock)) > terminal->renewed_day;
}

void renew_confirm(struct visit *visit)
{
	const struct terminal *terminal = visit->session->terminal;
	bool is_early = end_of(terminal->client.certificate) - WINDOW > clock_now(&visit->portal->clock);
	if (is_early || visit_fault(visit, F_NOT_DUE))
		notice_screen(visit, NOTICE_NOT_DUE);
	else if (is_locked(visit) || visit_fault(visit, F_LOCKED))
		notice_screen(visit, NOTICE_LOCKED);
	else if (terminal->next.certificate == NULL)
		confirm_screen(visit);
	else if (!renew_is_issued(visit))
		renew_status_screen(visit);
	else
		renew_password(visit, NULL);
}

void renew_apply(struct visit *visit)
{
	struct session *session = visit->session;
	session->form_step = STEP_ANY;
	if (visit_fault(visit, F_APPLICATION_REFUSED)) {
		notice_screen(visit, NOTICE_APPLICATION_REFUSED);
		return;
	}
	terminal_renew(session->terminal, visit->portal->pki, clock_now(&visit->portal->clock));
	if (visit_dialect(visit, D_AFTER_SUBMIT) == NEXT_DIRECT)
		renew_status_screen(visit);
	else
		page_go(visit, visit_dialect(visit, D_AFTER_SUBMIT), "NACCS/status.jsp");
}

/* ---- the password ---- */

void renew_password(struct visit *visit, const char *message)
{
	struct page page;
	page_begin(&page, visit, OBTAIN_TITLE, "", "");
	page_add_logout(&page);
	page_add(&page, "<h2>" OBTAIN_TITLE "</h2>\n<p>デジタル証明書を暗号化する任意の証明書パスワードを入力してください。</p>\n");
	if (message != NULL)
		page_add(&page, "<p><font color=\"red\">%s</font></p>\n", message);
	struct form form = form_begin(&page, STEP_SUBMIT, "obtain", "NACCS/obtain.do", false);
	bool is_first = visit_dialect(visit, D_ORDER) != ORDER_CONFIRM_FIRST;
	if (is_first)
		form_entry(&form, ROLE_PASSWORD, "証明書パスワード", 0, "password");
	form_entry(&form, ROLE_CONFIRM, "証明書パスワードの確認", 0, "password");
	if (!is_first)
		form_entry(&form, ROLE_PASSWORD, "証明書パスワード", 0, "password");
	if (visit_fault(visit, F_EXTRA_FIELD))
		form_entry(&form, ROLE_NONE, "利用者ID", 0, "text");
	form_end(&form, visit_fault(visit, F_BUTTON_CHANGED) ? "次の画面へ" : "Submit");
	page_add(&page, "</body>\n");
	page_finish(&page, "password");
}

void renew_password_screen(struct visit *visit)
{
	if (renew_is_issued(visit))
		renew_password(visit, NULL);
	else
		notice_deviation(visit, need_text("the password was to be given before the certificate is issued"));
}

void renew_password_post(struct visit *visit)
{
	struct request *request = visit->request;
	struct session *session = visit->session;
	const char *password = session_entry(session, ROLE_PASSWORD, request->form, request->form_count);
	const char *again = session_entry(session, ROLE_CONFIRM, request->form, request->form_count);
	if (is_locked(visit) || visit_fault(visit, F_LOCKED)) {
		notice_refuse(visit, NOTICE_LOCKED, renew_password);
		return;
	}
	if (password == NULL || again == NULL || strcmp(password, again) != 0 || !obtain_is_password(password) ||
	    visit_fault(visit, F_PASSWORD_REFUSED)) {
		notice_refuse(visit, NOTICE_PASSWORD_REFUSED, renew_password);
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
