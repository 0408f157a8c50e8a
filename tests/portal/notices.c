/* SPDX-License-Identifier: Apache-2.0 */
#include "page.h"
#include "screens.h"

#include <stdlib.h>
#include <string.h>

const char *notice_text(const struct visit *visit, enum notice notice)
{
	static const char *const texts[NOTICE_COUNT][3] = {
		[NOTICE_LOGIN_REFUSED] = {"認証コードが正しくありません。",
					  "ユーザ認証に失敗しました。認証コード1または認証コード2に誤りがあります。",
					  "入力された認証コードでは認証できませんでした。"},
		[NOTICE_CODE3_REFUSED] = {"認証コード3が正しくありません。",
					  "入力された認証コード3に該当するデジタル証明書が見つかりません。",
					  "認証コード3に誤りがあります。"},
		[NOTICE_PASSWORD_REFUSED] =
			{"証明書パスワードに使用できない文字が含まれています。",
			 "証明書パスワードが正しくありません。1桁以上16桁以下の半角英数字または記号を入力してください。",
			 "証明書パスワードと証明書パスワードの確認が一致しません。"},
		[NOTICE_LOCKED] = {"このデジタル証明書はロックされているため取得できません。",
				   "デジタル証明書は既に取得済みです。最初に取得した日の翌日以降は再取得できません。",
				   "指定されたデジタル証明書はロックされています。"},
		[NOTICE_SESSION_ENDED] = {"セッションが無効です。ログインしなおしてください。",
					  "一定時間操作が行われなかったため、自動的にログアウトしました。",
					  "セッションの有効期限が切れました。再度ログインしてください。"},
		[NOTICE_CERTIFICATE_REFUSED] = {"クライアント認証に失敗しました。", "お使いの証明書は許可されていません。",
						"有効なクライアント証明書が提示されていません。"},
		[NOTICE_NOT_DUE] = {"証明書の更新は、ユーザ証明書の有効期間終了日の28日前から可能です。現在は更新できません。",
				    "更新可能期間ではありません。", "更新期間外のため、更新申請を受け付けられません。"},
		[NOTICE_APPLICATION_REFUSED] = {"更新申請に失敗しました。", "更新申請を受け付けることができませんでした。",
						"デジタル証明書の発行処理でエラーが発生しました。"},
	};
	return texts[notice][visit_dialect(visit, D_WORDING)];
}

static const char *notice_name(enum notice notice)
{
	static const char *const names[NOTICE_COUNT] = {"login-refused", "code3-refused", "password-refused", "locked", "session-ended",
						   "certificate-refused", "not-due", "application-refused"};
	return names[notice];
}

void notice_plain(struct visit *visit, unsigned status, const char *title, const char *text, const char *screen)
{
	struct page page;
	page_begin(&page, visit, title, "", "");
	page_add(&page, "<h2>%s</h2>\n<p>%s</p>\n</body>\n", title, text);
	page_finish(&page, screen);
	visit->answer->status = status;
}

void notice_screen(struct visit *visit, enum notice notice)
{
	static const char *const titles[3] = {"エラー", "NACCS", "エラーが発生しました"};
	char *url = page_url(visit, "index.jsp?s=Site1&amp;p=CA1/NACCS&amp;lan=ja");
	struct page page;
	page_begin(&page, visit, titles[visit_dialect(visit, D_WORDING)], "", "");
	page_add(&page, "<h2>エラー</h2>\n<p><font color=\"red\">%s</font></p>\n", notice_text(visit, notice));
	if (notice == NOTICE_SESSION_ENDED)
		page_add(&page, "<p><a href=\"%s\" target=\"_top\">ログイン画面へ</a></p>\n", url);
	page_add(&page, "</body>\n");
	page_finish(&page, notice_name(notice));
	free(url);
}

void notice_refuse(struct visit *visit, enum notice notice, void (*again)(struct visit *visit, const char *message))
{
	if (visit_dialect(visit, D_REFUSAL) == REFUSAL_FORM && visit->session != NULL) {
		again(visit, notice_text(visit, notice));
		visit->answer->screen = notice_name(notice);
	} else {
		notice_screen(visit, notice);
	}
}

void notice_maintenance(struct visit *visit, unsigned status)
{
	int64_t from, until;
	char from_text[64], until_text[64];
	(void)clock_maintenance(clock_now(&visit->portal->clock), &from, &until);
	clock_format_japan(from, "%Y年%m月%d日 %H:%M", from_text, sizeof from_text);
	clock_format_japan(until, "%Y年%m月%d日 %H:%M", until_text, sizeof until_text);
	char *text;
	switch (visit_dialect(visit, D_WORDING)) {
	case WORDING_2:
		text = need_format("%sまで、システムメンテナンスのためサービスを停止しております。", until_text);
		break;
	case WORDING_3:
		text = need_format("現在、定期メンテナンスのためご利用いただけません。<br />終了予定：%s", until_text);
		break;
	default:
		text = need_format("ただいまサービスメンテナンス中です。<br />メンテナンス期間：%s ～ %s", from_text, until_text);
		break;
	}
	static const char *const titles[3] = {"サービスメンテナンス", "システムメンテナンスのお知らせ", "メンテナンス中"};
	notice_plain(visit, status, titles[visit_dialect(visit, D_WORDING)], text, "maintenance");
	free(text);
}

void notice_deviation(struct visit *visit, char *deviation)
{
	notice_plain(visit, 200, "エラー", "不正な画面遷移です。はじめからやり直してください。", "deviation");
	visit->answer->deviation = deviation;
}
