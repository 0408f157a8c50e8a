/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the journey as the manual shows it, and everything that may go differently on the way: refusals, ends, faults. */
#include "page_fixture.h"

#include <string.h>

#define LOGIN_FORM                                                                                                                           \
	"<form action='login.do' method='post'>認証コード1 <input name='a1'><br>認証コード2 <input type='password' name='a2'><br>" \
	"<input type='submit' value='Login'></form>"
#define CODE_FORM                                                                                                                                \
	"<form action='issue.do' method='post'><p>認証コード3 <input name='b1'><p>証明書パスワード <input type=password name='b2'>" \
	"<p>証明書パスワードの確認 <input type=password name='b3'><p><input type=submit "                                             \
	"value=Submit></form><p>証明書パスワードは1桁以上16桁以下です。"

static void expect_success(struct fake *fake)
{
	naccs_status status = fake_obtain(fake);

	if (status != NACCS_OK)
		fail_msg("%s / %s", fake->err.message, fake->err.hint);
	assert_int_equal(fake->receives, 1);
	assert_false(fake->received_cut);
	assert_memory_equal(naccs_secret_data(fake->received), fake_file, sizeof fake_file);
}

static void expect_failure(struct fake *fake, naccs_status wanted)
{
	naccs_status status = fake_obtain(fake);

	if (status != wanted)
		fail_msg("%s instead of %s: %s", naccs_status_id(status), naccs_status_id(wanted), fake->err.message);
}

static void the_manuals_journey_ends_with_the_file(void **state)
{
	struct fake *fake = fake_new(NULL);

	(void)state;
	expect_success(fake);
	assert_string_equal(fake->received_name, "202501011234567.p12");
	assert_int_equal(fake->submits, 1);
	assert_int_equal(fake->request_count, 9); /* as many as a browser: index, login, 3 frames, form, issue, download, logout */
	assert_string_equal(fake->requests[1].body, "token=t-1&a1=NAC11110A&a2=ABCDE00001&go=Login");
	assert_true(fake_sent(fake, "POST issue.do", "token=t-2&b1=XYZ98765QW&b2=p8ssw0rdP8SSW0RD&b3=p8ssw0rdP8SSW0RD"));
	assert_string_equal(fake->requests[8].line, "GET logout.jsp");
	assert_string_equal(fake->requests[5].referer, FAKE_PAGE "menu.jsp");
	assert_string_equal(fake->warnings, "");
	fake_free(fake);
}

static void logging_out_goes_back_for_a_way_out(void **state)
{
	static const struct answer answers[] = {
		{.request = "POST login.do", .body = "<a href=get.jsp>デジタル証明書の取得</a>"},
		{.request = "POST issue.do", .body = "<a href=logout.jsp>ログアウト</a><a href=wait.jsp>Download</a>"},
		{.request = "GET wait.jsp", .body = "<p>まもなく開始します<meta http-equiv=refresh content='0;url=file.p12'>"},
		{.request = "GET file.p12", .body = fake_file, .length = sizeof fake_file},
		{0}};
	struct fake *fake = fake_new(answers);

	(void)state;
	expect_success(fake);
	assert_int_equal(fake_count(fake, "GET logout.jsp"), 1);
	fake_free(fake);
}

static void each_code_goes_to_one_form_only(void **state)
{
	struct fake *fake = fake_new(NULL);

	(void)state;
	expect_success(fake);
	assert_int_equal(fake_count_carrying(fake, "NAC11110A"), 1);
	assert_int_equal(fake_count_carrying(fake, "ABCDE00001"), 1);
	assert_int_equal(fake_count_carrying(fake, "XYZ98765QW"), 1);
	assert_int_equal(fake_count_carrying(fake, "p8ssw0rd"), 1);
	fake_free(fake);
}

struct refusal {
	const char *request, *body;
	naccs_status status;
	long http_status;
	const char *said; /* must appear in the message */
};

static void check_refusals(const struct refusal *refusals, size_t count, int submits)
{
	for (size_t i = 0; i < count; i++) {
		const struct answer answers[] = {
			{.request = refusals[i].request, .body = refusals[i].body, .status = refusals[i].http_status}, {0}};
		struct fake *fake = fake_new(answers);

		expect_failure(fake, refusals[i].status);
		assert_int_equal(fake->submits, submits);
		assert_int_equal(fake->receives, 0);
		assert_int_equal(fake_count(fake, "POST login.do") <= 1, 1);
		if (refusals[i].said != NULL && strstr(fake->err.message, refusals[i].said) == NULL)
			fail_msg("“%s” is not in: %s", refusals[i].said, fake->err.message);
		fake_free(fake);
	}
}

static void refused_login_is_told_apart(void **state)
{
	static const struct refusal refusals[] = {
		{"POST login.do", "<p>認証に失敗しました。", NACCS_E_PORTAL_LOGIN_REFUSED, 0, "認証に失敗しました"},
		{"POST login.do", "<p>認証コード1または認証コード2に誤りがあります。</p><a href=index.jsp>戻る</a>",
		 NACCS_E_PORTAL_LOGIN_REFUSED, 0, NULL},
		{"POST login.do", LOGIN_FORM, NACCS_E_PORTAL_LOGIN_REFUSED, 0, NULL},
		{"POST login.do", "<p>入力された認証コードが正しくありません。</p>" LOGIN_FORM, NACCS_E_PORTAL_LOGIN_REFUSED, 0, NULL},
		{"POST login.do", LOGIN_FORM "<script>alert('認証コードが一致しません。');</script>", NACCS_E_PORTAL_LOGIN_REFUSED, 0,
		 "一致しません"},
		{"POST login.do", "<p>認証<b>エラー</b>", NACCS_E_PORTAL_LOGIN_REFUSED, 401, NULL},
		{"POST login.do", "<p>ただいまメンテナンス中です。<p>11月18日 8:00まで", NACCS_E_PORTAL_MAINTENANCE, 0, "8:00まで"},
		{"POST login.do", "<p>認証コードの誤りが続いたため、ロックされています。", NACCS_E_PORTAL_LOCKED, 0, NULL},
		{"POST login.do", "<p>入力内容に誤りがあります。再度ログインしてください。", NACCS_E_PORTAL_LOGIN_REFUSED, 0, NULL},
		{"POST login.do", "<p>該当するユーザが存在しません。", NACCS_E_PORTAL_LOGIN_REFUSED, 0, NULL},
	};

	(void)state;
	check_refusals(refusals, sizeof refusals / sizeof *refusals, 0);
}

static void refused_code_and_password_are_told_apart(void **state)
{
	static const struct refusal refusals[] = {
		{"POST issue.do", "<p>認証コード3が正しくありません。", NACCS_E_PORTAL_CODE_REFUSED, 0, "認証コード3が正しくありません"},
		{"POST issue.do", "<p>認証コード３に誤りがあります。</p>" CODE_FORM, NACCS_E_PORTAL_CODE_REFUSED, 0, NULL},
		{"POST issue.do", "<font color=red>該当する証明書がありません。</font>" CODE_FORM, NACCS_E_PORTAL_CODE_REFUSED, 0, NULL},
		{"POST issue.do", "<p>証明書パスワードが不正です。</p>" CODE_FORM, NACCS_E_PORTAL_PASSWORD_REFUSED, 0, NULL},
		{"POST issue.do", "<p>パスワードに使用できない文字が含まれています。", NACCS_E_PORTAL_PASSWORD_REFUSED, 0, NULL},
		{"POST issue.do", "<p>証明書パスワードと証明書パスワードの確認が一致しません。" CODE_FORM, NACCS_E_PORTAL_PASSWORD_REFUSED,
		 0, NULL},
		{"POST issue.do", "<p>この証明書はロックされています。再取得できません。", NACCS_E_PORTAL_LOCKED, 0, "ロックされています"},
		{"POST issue.do", "<p>最初に取得した日の翌日以降のため、再取得できません。", NACCS_E_PORTAL_LOCKED, 0, NULL},
		{"POST issue.do", "<p>取得可能期間を過ぎています。", NACCS_E_PORTAL_LOCKED, 0, NULL},
		{"POST issue.do", "<p>すでにダウンロードされています。", NACCS_E_PORTAL_LOCKED, 0, NULL},
		{"POST issue.do", "<p>該当する申請が見つかりませんでした。", NACCS_E_PORTAL_CODE_REFUSED, 0, NULL},
		{"POST issue.do", "<p>証明書パスワードは8文字以上16文字以下で入力してください。</p>" CODE_FORM,
		 NACCS_E_PORTAL_PASSWORD_REFUSED, 0, NULL},
		{"POST issue.do", "<p>証明書パスワードと証明書パスワードの確認が異なっています。", NACCS_E_PORTAL_PASSWORD_REFUSED, 0,
		 NULL},
		{"POST issue.do", "<p>サービス提供時間外です。", NACCS_E_PORTAL_MAINTENANCE, 0, NULL},
		{"POST issue.do", "<p>定期メンテナンスのためサービスを停止しています。", NACCS_E_PORTAL_MAINTENANCE, 503, NULL},
		{"POST issue.do", "Service Unavailable", NACCS_E_PORTAL_MAINTENANCE, 503, NULL},
		{"POST issue.do", CODE_FORM, NACCS_E_PORTAL_UNKNOWN_PAGE, 0, NULL},
		{"POST issue.do", "<p>予期しない画面です。", NACCS_E_PORTAL_UNKNOWN_PAGE, 0, ".html"},
		{"POST issue.do", "<h1>HTTP 500</h1>", NACCS_E_PORTAL_UNKNOWN_PAGE, 500, "500"},
	};

	(void)state;
	check_refusals(refusals, sizeof refusals / sizeof *refusals, 1);
}

static void what_is_known_before_login_is_told_apart(void **state)
{
	static const struct refusal refusals[] = {
		{"GET index.jsp", "<p>ただいまサービスを停止しています。<br>再開予定: 2026年11月18日 8:00", NACCS_E_PORTAL_MAINTENANCE, 0,
		 "8:00"},
		{"GET index.jsp", "<p>現在ご利用いただけません。", NACCS_E_PORTAL_MAINTENANCE, 0, NULL},
		{"GET index.jsp", "", NACCS_E_PORTAL_MAINTENANCE, 503, NULL},
		{"GET index.jsp", "<p>只今サービスを休止しております。", NACCS_E_PORTAL_MAINTENANCE, 0, NULL},
		{"GET index.jsp", "<p>運用時間外です。", NACCS_E_PORTAL_MAINTENANCE, 0, NULL},
		{"GET index.jsp", "<p>ようこそ", NACCS_E_PORTAL_UNKNOWN_PAGE, 0, NULL},
		{"GET index.jsp", "", NACCS_E_PORTAL_UNKNOWN_PAGE, 0, NULL},
		{"GET index.jsp", "no route", NACCS_E_NET_UNREACHABLE, -NACCS_E_NET_UNREACHABLE, "no route"},
		{"GET index.jsp",
		 "<p>お知らせ：定期メンテナンスは毎月第3火曜日です。</p><form action='https://evil.example/login' "
		 "method=post>認証コード1<input name=a>"
		 "<br>認証コード2<input name=b><input type=submit value=Login></form>",
		 NACCS_E_NET_REDIRECT_REFUSED, 0, NULL},
		{"GET index.jsp", "<base href='https://evil.example/'>" LOGIN_FORM, NACCS_E_NET_REDIRECT_REFUSED, 0, NULL},
		{"GET index.jsp", "<base href='http://cert.nac.naccs.jp/'>" LOGIN_FORM, NACCS_E_NET_REDIRECT_REFUSED, 0, NULL},
		{"GET index.jsp", "<frameset><frame src='https://evil.example/x'></frameset>", NACCS_E_PORTAL_UNKNOWN_PAGE, 0, NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
		const struct answer answers[] = {
			{.request = refusals[i].request, .body = refusals[i].body, .status = refusals[i].http_status}, {0}};
		struct fake *fake = fake_new(answers);

		if (i + 1 == sizeof refusals /
				     sizeof *refusals) { /* a frame elsewhere: which id is a matter of taste, that nothing is sent is not */
			assert_int_not_equal(fake_obtain(fake), NACCS_OK);
		} else {
			expect_failure(fake, refusals[i].status);
		}
		assert_int_equal(fake_count_carrying(fake, "NAC11110A"), 0);
		if (refusals[i].said != NULL && strstr(fake->err.message, refusals[i].said) == NULL)
			fail_msg("“%s” is not in: %s", refusals[i].said, fake->err.message);
		fake_free(fake);
	}
}

static void unusable_login_forms_get_no_code(void **state)
{
	static const char *const forms[] = {
		"<form action='login.do' method='get'>認証コード1<input name=a><br>認証コード2<input name=b><input type=submit "
		"value=Login></form>",
		"<form action='login.do'>認証コード1<input name=a><br>認証コード2<input name=b><input type=submit value=Login></form>",
		"<form action='login.do' method=post>認証コード1<input name=a><br>認証コード2<input name=b><br>認証コード3<input "
		"name=c><input type=submit "
		"value=Login></form>",
		"<form action='login.do' method=post>認証コード1<input name=a><br>認証コード2<input name=b><br>生年月日<input name=c "
		"required><input type=submit "
		"value=Login></form>",
		"<form action='login.do' method=post>認証コード1<input name=a><br>認証コード2<input name=b><br>利用者パスワード<input "
		"type=password name=c><input "
		"type=submit value=Login></form>",
		"<form action='login.do' method=post>認証コード1<input name=a><br>認証コード2<input name=b><br><input type=submit "
		"value=取消></form>",
		"<form action='login.do' method=post>認証コード1<input name=a><br>認証コード1<input name=c><br>認証コード2<input "
		"name=b><br><input type=submit "
		"value=Login></form>",
		"<form action='login.do' method=post>認証コード1<input name=a maxlength=4><br>認証コード2<input name=b><br><input "
		"type=submit value=Login></form>",
		"<form name=f action='login.do' method=post>認証コード1<input name=a><br>認証コード2<input name=b><br></form>"
		"<a href='javascript:document.f.a.value=md5(document.f.a.value);document.f.submit()'>Login</a>",
		"<form name=f action='login.do' method=post>認証コード1<input name=a><br>認証コード2<input name=b><br>"
		"<input type=submit value=Login onclick='this.form.b.value=hash(this.form.b.value)'></form>",
		"<form name=f action='login.do' method=post onsubmit=\"this.action='/x' + y; return true\">認証コード1<input "
		"name=a><br>認証コード2<input name=b>"
		"<input type=submit value=Login></form>",
		"<form action='login.do' method=post>認証コード1<input name=a><br>認証コード2<input name=b><br>利用者ID<input "
		"name=c><input type=submit value=Login></form>",
		LOGIN_FORM LOGIN_FORM,
		"<div style='display: none'>" LOGIN_FORM "</div>",
		"<noscript>" LOGIN_FORM "</noscript>",
		"<!-- " LOGIN_FORM " -->",
		"<form action='login.do' method=post enctype='text/plain'>認証コード1<input name=a><br>認証コード2<input name=b><input "
		"type=submit value=Login></form>",
		"<form action='login.do' method=post>認証コード1<input name=a disabled><br>認証コード2<input name=b><input type=submit "
		"value=Login></form>",
		"<form action='javascript:go()' method=post>認証コード1<input name=a><br>認証コード2<input name=b><input type=submit "
		"value=Login></form>",
	};

	(void)state;
	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
		const struct answer answers[] = {{.request = "GET index.jsp", .body = forms[i]}, {0}};
		struct fake *fake = fake_new(answers);
		naccs_status status = fake_obtain(fake);

		if (status != NACCS_E_PORTAL_UNKNOWN_PAGE)
			fail_msg("form %zu: %s: %s", i, naccs_status_id(status), fake->err.message);
		assert_int_equal(fake->request_count, 1);
		assert_non_null(strstr(fake->err.message, fake->page_dir)); /* the saved page is named */
		assert_non_null(strstr(fake->err.hint, "not sent"));
		fake_free(fake);
	}
}

static void unusable_code_forms_get_no_code(void **state)
{
	static const char *const forms[] = {
		"<form action='issue.do' method=get><p>認証コード3<input name=a><p>証明書パスワード<input "
		"name=b><p>証明書パスワードの確認<input name=c><input type=submit "
		"value=Submit></form>",
		"<form action='issue.do' method=post><p>認証コード3<input name=a><p>証明書パスワード<input name=b><input type=submit "
		"value=Submit></form>",
		"<form action='issue.do' method=post><p>認証コード3<input name=a><p>証明書パスワード<input "
		"name=b><p>証明書パスワードの確認<input name=c>"
		"<p>認証コード1<input name=d><input type=submit value=Submit></form>",
		"<form action='issue.do' method=post><p>認証コード3<input name=a><p>証明書パスワード<input "
		"name=b><p>証明書パスワードの確認<input name=c>"
		"<p>連絡先(必須)<input name=d><input type=submit value=Submit></form>",
		"<form action='issue.do' method=post><p>認証コード3<input name=a><p>証明書パスワード<input "
		"name=b><p>証明書パスワードの確認<input name=c></form>",
	};

	(void)state;
	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
		const struct answer answers[] = {{.request = "GET get.jsp", .body = forms[i]}, {0}};
		struct fake *fake = fake_new(answers);
		naccs_status status = fake_obtain(fake);

		if (status != NACCS_E_PORTAL_UNKNOWN_PAGE)
			fail_msg("form %zu: %s: %s", i, naccs_status_id(status), fake->err.message);
		assert_int_equal(fake->submits, 0);
		assert_int_equal(fake_count_carrying(fake, "XYZ98765QW"), 0);
		assert_int_equal(fake_count(fake, "GET logout.jsp"), 1); /* still polite */
		fake_free(fake);
	}
}

static void a_menu_that_changed_is_not_guessed_at(void **state)
{
	static const char *const menus[] = {
		"<a href=x.jsp target=main>証明書ダウンロード</a>", "<a href=x.jsp target=main>ダウンロード</a>",
		"<a href=x.jsp target=main>デジタル証明書の取得方法</a>", "<a href=x.jsp target=main>証明書取得</a>"};

	(void)state;
	for (size_t i = 0; i < sizeof menus / sizeof *menus; i++) {
		const struct answer answers[] = {{.request = "GET menu.jsp", .body = menus[i]}, {0}};
		struct fake *fake = fake_new(answers);

		expect_failure(fake, NACCS_E_PORTAL_UNKNOWN_PAGE);
		assert_int_equal(fake->submits, 0);
		assert_int_equal(fake_count(fake, "GET x.jsp"), 0);
		fake_free(fake);
	}
}

static void a_form_that_points_elsewhere_gets_no_code3(void **state)
{
	static const struct answer answers[] = {{.request = "GET get.jsp",
						 .body = "<form action='https://evil.example/issue.do' method=post><p>認証コード3<input "
							 "name=a><p>証明書パスワード<input name=b>"
							 "<p>証明書パスワードの確認<input name=c><input type=submit value=Submit></form>"},
						{0}};
	struct fake *fake = fake_new(answers);

	(void)state;
	expect_failure(fake, NACCS_E_NET_REDIRECT_REFUSED);
	assert_int_equal(fake->submits, 0);
	fake_free(fake);
}

static void nothing_is_sent_when_submitted_cant_be_made_durable(void **state)
{
	struct fake *fake = fake_new(NULL);

	(void)state;
	fake->refuse_submit = NACCS_E_STORE_FULL;
	expect_failure(fake, NACCS_E_STORE_FULL);
	assert_int_equal(fake_count(fake, "POST issue.do"), 0);
	fake_free(fake);
}

/* ---- sessions ---- */

static void an_ended_session_is_begun_again_once(void **state)
{
	static const char ended[] = "<p>セッションが無効です。ログインしなおしてください。";
	static const char *const places[] = {"POST login.do", "GET get.jsp", "POST issue.do", "POST download.do"};
	static const char *const texts[] = {ended,
					    "<p>セッションがタイムアウトしました。</p>" LOGIN_FORM,
					    "<title>セッション切れ</title><body><p>一定時間操作がなかったためログアウトしました。",
					    "<p>長時間操作が行われなかったため、ログアウトしました。",
					    "<p>セッションが切断されました。",
					    "<p>不正な画面遷移です。ログインし直してください。"};

	(void)state;
	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		for (size_t j = 0; j < sizeof texts / sizeof *texts; j++) {
			const struct answer once[] = {{.request = places[i], .body = texts[j]}};
			const struct answer always[] = {{.request = places[i], .body = texts[j]}, {0}};
			struct fake *fake = fake_new(NULL);

			fake->once = once;
			fake->once_count = 1;
			expect_success(fake);
			assert_int_equal(fake_count(fake, "POST login.do"), 2);
			assert_int_equal(fake->submits, i >= 2 ? 2 : 1);
			fake_free(fake);

			fake = fake_new(always);
			expect_failure(fake, NACCS_E_PORTAL_SESSION_ENDED);
			assert_int_equal(fake_count(fake, "POST login.do"), 2);
			assert_int_equal(fake->receives, 0);
			fake_free(fake);
		}
	}
}

static void a_login_form_without_a_word_later_on_means_an_ended_session(void **state)
{
	static const struct answer once[] = {{.request = "GET get.jsp", .body = LOGIN_FORM}};
	struct fake *fake = fake_new(NULL);

	(void)state;
	fake->once = once;
	fake->once_count = 1;
	expect_success(fake);
	assert_int_equal(fake_count(fake, "POST login.do"), 2);
	fake_free(fake);
}

/* ---- the file ---- */

static void a_file_that_breaks_off_is_kept_and_said(void **state)
{
	static const struct answer announced[] = {
		{.request = "POST download.do", .body = fake_file, .content_type = "application/x-pkcs12", .length = 6, .is_cut = true},
		{0}};
	static const struct answer silent[] = {
		{.request = "POST download.do", .body = fake_file, .content_type = "application/x-pkcs12", .length = 6}, {0}};
	const struct answer *const both[] = {announced, silent};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct fake *fake = fake_new(both[i]);

		expect_failure(fake, NACCS_E_PORTAL_TRUNCATED);
		assert_int_equal(fake->receives, 1);
		assert_true(fake->received_cut);
		assert_int_equal(naccs_secret_length(fake->received), 6);
		assert_int_equal(fake_count(fake, "GET logout.jsp"), 1);
		fake_free(fake);
	}
}

static void what_is_no_file_is_kept_and_said(void **state)
{
	static const struct answer html[] = {{.request = "POST download.do", .body = "<h1>お探しのものはありません"}, {0}};
	static const struct answer other[] = {{.request = "POST download.do", .body = "%PDF-1.4", .content_type = "application/pdf"}, {0}};
	const struct answer *const both[] = {html, other};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct fake *fake = fake_new(both[i]);

		expect_failure(fake, NACCS_E_PORTAL_NOT_PKCS12);
		assert_int_equal(fake->receives, 1);
		assert_int_equal(naccs_secret_length(fake->received), strlen(both[i]->body));
		fake_free(fake);
	}
}

static void a_page_on_the_way_to_the_file_is_pressed_on(void **state)
{
	static const char *const pages[] = {
		"<p>確認<form action=file.do method=post><button>Download</button></form>",
		"<p>開始しない場合は下を押してください。<a href=file.do>証明書をダウンロード</a>",
		"<p>ダウンロードが始まらない場合は、<a href=file.do>こちら</a>をクリックしてください。",
		"<p>If the download does not start, <a href=file.do>click here</a>.",
		"<object data=nothing></object><a href=file.do>Download</a>",
	};

	(void)state;
	for (size_t i = 0; i < sizeof pages / sizeof *pages; i++) {
		const struct answer answers[] = {{.request = "POST download.do", .body = pages[i]},
						 {.request = "GET file.do", .body = fake_file, .length = sizeof fake_file},
						 {.request = "POST file.do", .body = fake_file, .length = sizeof fake_file},
						 {0}};
		struct fake *fake = fake_new(answers);

		expect_success(fake);
		assert_int_equal(fake->submits, 1);
		fake_free(fake);
	}
}

static void download_is_pressed_neither_twice_alike_nor_for_ever_nor_vaguely(void **state)
{
	static const struct {
		const char *body;
		int downloads, others;
	} cases[] = {
		{"<form action=download.do method=post><button>Download</button></form>", 1, 0},
		{"<form action=other.do method=post><button>Download</button></form>", 1, 2},
		{"<a href='https://evil.example/'>Download</a>", 1, 0},
		{"<p>お問い合わせは<a href=other.do>こちら</a>", 1, 0},
		{"<p>ダウンロードは<a href=other.do>こちら</a><p>ヘルプは<a href=help.do>こちら</a>", 1, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		/* each answer asks for another request than the one that led to it */
		const char *back = "<form action=other.do method=post><input type=hidden name=t value=2><button>Download</button></form>";
		const struct answer once[] = {{.request = "POST other.do", .body = back}};
		const struct answer answers[] = {
			{.request = "POST download.do", .body = cases[i].body}, {.request = "POST other.do", .body = cases[i].body}, {0}};
		struct fake *fake = fake_new(answers);

		fake->once = once;
		fake->once_count = 1;
		expect_failure(fake, NACCS_E_PORTAL_NOT_PKCS12);
		assert_int_equal(fake->receives, 1);
		assert_int_equal(fake_count(fake, "POST download.do"), cases[i].downloads);
		assert_int_equal(fake_count(fake, "POST other.do"), cases[i].others);
		assert_int_equal(fake_count(fake, "GET other.do"), 0);
		fake_free(fake);
	}
}

static void a_file_is_known_by_its_bytes_whatever_the_headers_say(void **state)
{
	static const char *const types[] = {
		"text/html; charset=Shift_JIS", "application/octet-stream", "text/plain", "image/png", "application/x-pkcs12", ""};

	(void)state;
	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		const struct answer answers[] = {
			{.request = "POST download.do", .body = fake_file, .content_type = types[i], .length = sizeof fake_file}, {0}};
		struct fake *fake = fake_new(answers);

		expect_success(fake);
		assert_null(fake->received_name);
		fake_free(fake);
	}
}

static void a_suggested_name_loses_its_folders(void **state)
{
	static const struct {
		const char *header, *name;
	} cases[] = {
		{"attachment; filename=\"../../etc/passwd\"", "passwd"},
		{"attachment; filename=C:\\x\\a.p12", "a.p12"},
		{"attachment; filename=a.p12; size=3", "a.p12"},
		{"inline", NULL},
		{"attachment; filename=\"\"", NULL},
		{"attachment; filename=\"a\x1b[2J.p12\"", "a?[2J.p12"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct answer answers[] = {
			{.request = "POST download.do", .body = fake_file, .length = sizeof fake_file, .disposition = cases[i].header},
			{0}};
		struct fake *fake = fake_new(answers);

		expect_success(fake);
		if (cases[i].name == NULL)
			assert_null(fake->received_name);
		else
			assert_string_equal(fake->received_name, cases[i].name);
		fake_free(fake);
	}
}

static void a_file_that_cant_be_kept_ends_the_run(void **state)
{
	struct fake *fake = fake_new(NULL);

	(void)state;
	fake->refuse_receive = NACCS_E_STORE_FULL;
	expect_failure(fake, NACCS_E_STORE_FULL);
	fake_free(fake);
}

static void a_certificate_that_is_ready_is_downloaded_without_code3(void **state)
{
	static const struct answer answers[] = {
		{.request = "GET get.jsp",
		 .body = "<p>取得の準備ができています。<form action=download.do method=post><button>Download</button></form>"},
		{0}};
	struct fake *fake = fake_new(answers);

	(void)state;
	expect_success(fake);
	assert_int_equal(fake->submits, 1); /* durable before Download */
	assert_int_equal(fake_count_carrying(fake, "XYZ98765QW"), 0);
	fake_free(fake);
}

/* ---- rules of time, circles ---- */

static void midnight_and_maintenance_are_foretold(void **state)
{
	struct fake *fake = fake_new(NULL);

	(void)state;
	fake->now = 1795358700; /* 23:45 in Japan */
	expect_success(fake);
	assert_non_null(strstr(fake->warnings, "portal.near-midnight"));
	assert_null(strstr(fake->warnings, "maintenance"));
	fake_free(fake);

	fake = fake_new(NULL);
	/* 21:51 in Japan; the maintenance begins at 22:00, on the third Tuesday */
	fake->now = 1794920400 - 9 * 60;
	expect_success(fake);
	assert_non_null(strstr(fake->warnings, "portal.maintenance-soon"));
	fake_free(fake);
}

static void a_portal_that_leads_in_circles_is_left(void **state)
{
	static const struct answer answers[] = {
		{.request = "GET index.jsp", .body = "<meta http-equiv=refresh content='0; url=index.jsp?x=1'>"}, {0}};
	struct fake *fake = fake_new(answers);

	(void)state;
	expect_failure(fake, NACCS_E_PORTAL_UNKNOWN_PAGE);
	assert_in_range(fake->request_count, 20, 70);
	fake_free(fake);
}

static void a_page_that_is_not_understood_is_saved_without_secrets(void **state)
{
	static const struct answer answers[] = {
		{.request = "POST issue.do",
		 .body = "<title>謎</title><p>XYZ98765QW を受け付けました<p>ＸＹＺ９８７６５ＱＷ<a "
			 "href='next.jsp;jsessionid=DEADBEEF01?code=XYZ98765QW'>次</a>"
			 "<input type=hidden name=h value=secretvalue><p>p8ssw0rdP8SSW0RD<p>NAC<b>11110A</b>"},
		{0}};
	struct fake *fake = fake_new(answers);
	char *saved;

	(void)state;
	expect_failure(fake, NACCS_E_PORTAL_UNKNOWN_PAGE);
	saved = fake_saved_page(fake);
	assert_non_null(saved);
	assert_null(strstr(saved, "XYZ98765QW"));
	assert_null(strstr(saved, "ＸＹＺ"));
	assert_null(strstr(saved, "p8ssw0rd"));
	assert_null(strstr(saved, "DEADBEEF01"));
	assert_null(strstr(saved, "secretvalue"));
	assert_null(strstr(saved, "11110A"));
	assert_non_null(strstr(saved, "謎"));
	assert_null(strstr(fake->err.message, "XYZ98765QW"));
	free(saved);
	fake_free(fake);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_manuals_journey_ends_with_the_file),
		cmocka_unit_test(logging_out_goes_back_for_a_way_out),
		cmocka_unit_test(each_code_goes_to_one_form_only),
		cmocka_unit_test(refused_login_is_told_apart),
		cmocka_unit_test(refused_code_and_password_are_told_apart),
		cmocka_unit_test(what_is_known_before_login_is_told_apart),
		cmocka_unit_test(unusable_login_forms_get_no_code),
		cmocka_unit_test(unusable_code_forms_get_no_code),
		cmocka_unit_test(a_menu_that_changed_is_not_guessed_at),
		cmocka_unit_test(a_form_that_points_elsewhere_gets_no_code3),
		cmocka_unit_test(nothing_is_sent_when_submitted_cant_be_made_durable),
		cmocka_unit_test(an_ended_session_is_begun_again_once),
		cmocka_unit_test(a_login_form_without_a_word_later_on_means_an_ended_session),
		cmocka_unit_test(a_file_that_breaks_off_is_kept_and_said),
		cmocka_unit_test(what_is_no_file_is_kept_and_said),
		cmocka_unit_test(a_page_on_the_way_to_the_file_is_pressed_on),
		cmocka_unit_test(download_is_pressed_neither_twice_alike_nor_for_ever_nor_vaguely),
		cmocka_unit_test(a_file_is_known_by_its_bytes_whatever_the_headers_say),
		cmocka_unit_test(a_suggested_name_loses_its_folders),
		cmocka_unit_test(a_file_that_cant_be_kept_ends_the_run),
		cmocka_unit_test(a_certificate_that_is_ready_is_downloaded_without_code3),
		cmocka_unit_test(midnight_and_maintenance_are_foretold),
		cmocka_unit_test(a_portal_that_leads_in_circles_is_left),
		cmocka_unit_test(a_page_that_is_not_understood_is_saved_without_secrets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
