/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the renewal as chapter 6 of the manual shows it, in the shapes that its pages may have, and everything that may go differently on
 * the way. */
#include "page_fixture.h"

#include <string.h>

#define CONFIRM "<h1>デジタル証明書更新申請情報の確認</h1>"
#define O "Nippon Automated Cargo And Port Consolidated System, Inc."
#define DATA "<p>Common Name：11110A<br>Organizational Unit：NACCS Client CA<br>Organization：" O "<br>Country：JP</p>"
#define SEND "<form action=apply.do method=post><input type=submit value=Submit></form>"

static void expect_success(struct fake *fake)
{
	naccs_status status = fake_renew(fake);

	if (status != NACCS_OK)
		fail_msg("%s / %s", fake->err.message, fake->err.hint);
	assert_int_equal(fake->receives, 1);
	assert_memory_equal(naccs_secret_data(fake->received), fake_file, sizeof fake_file);
}

static void expect_failure(struct fake *fake, naccs_status wanted, const char *said)
{
	naccs_status status = fake_renew(fake);

	if (status != wanted)
		fail_msg("%s instead of %s: %s", naccs_status_id(status), naccs_status_id(wanted), fake->err.message);
	if (said != NULL && strstr(fake->err.message, said) == NULL)
		fail_msg("“%s” is not in: %s", said, fake->err.message);
	assert_int_equal(fake->receives, 0);
}

static void the_manuals_renewal_ends_with_the_file(void **state)
{
	static const char *const wanted[] = {"GET index.jsp",	 "GET header.jsp", "GET menu.jsp",     "GET top.jsp",
					     "GET apply.jsp",	 "POST apply.do",  "GET status1.jsp",  "GET status2.jsp",
					     "GET password.jsp", "POST obtain.do", "POST download.do", "GET logout.jsp"};
	struct fake *fake = fake_new(NULL);

	(void)state;
	expect_success(fake);
	assert_int_equal(fake->request_count, sizeof wanted / sizeof *wanted);
	for (size_t i = 0; i < fake->request_count; i++)
		assert_string_equal(fake->requests[i].line, wanted[i]);
	assert_int_equal(fake->applies, 1);
	assert_int_equal(fake->submits, 1);
	assert_int_equal(fake->waited, 4);
	assert_true(fake_sent(fake, "POST apply.do", "token=a-1"));
	assert_true(fake_sent(fake, "POST obtain.do", "p1=p8ssw0rdP8SSW0RD&p2=p8ssw0rdP8SSW0RD"));
	assert_int_equal(fake_count_carrying(fake, "p8ssw0rd"), 1);
	assert_non_null(strstr(fake->progress, "鍵生成中\n"));
	assert_non_null(strstr(fake->progress, "発行要求中\n"));
	assert_non_null(strstr(fake->progress, "発行済み\n"));
	assert_string_equal(fake->warnings, "");
	fake_free(fake);
}

/* ---- the confirmation ---- */

static void confirmations_are_read_in_many_shapes(void **state)
{
	static const char *const shapes[] = {
		CONFIRM
		"<table><tr><th>Common Name</th><td>11110A</td></tr><tr><th>Organizational Unit</th><td>NACCS Client CA</td></tr><tr><th>"
		"Organization</th><td>" O "</td></tr><tr><th>Country</th><td>JP</td></tr></table>" SEND,
		CONFIRM "<dl><dt>Common Name<dd>11110A<dt>Organizational Unit<dd>NACCS Client CA<dt>Organization<dd>" O
			"<dt>Country<dd>JP</dl>" SEND,
		CONFIRM "<p>Common Name：11110A<br>Organizational Unit：NACCS Client CA<br>Organization：" O "<br>Country：JP</p>" SEND,
		CONFIRM "<p><b>Common Name</b> 11110A<br><b>Organizational Unit</b> NACCS Client CA<br><b>Organization</b> " O
			"<br><b>Country</b> JP</p>" SEND,
		CONFIRM "<p>CN=11110A, OU=NACCS Client CA, O=" O ", C=JP</p>" SEND,
		CONFIRM
		"<table><tr><th>Common Name<th>Organizational Unit<th>Organization<th>Country<tr><td>11110A<td>NACCS Client CA<td>" O
		"<td>JP</table>" SEND,
		CONFIRM
		"<table><tr><td>コモンネーム<td>：<td>１１１１０Ａ<tr><td>組織単位名<td>：<td>NACCS Client CA<tr><td>組織名<td>：<td>" O
		"<tr><td>国名<td>：<td>JP</table>" SEND,
		CONFIRM "<form action=apply.do method=post>Common Name <input name=a value=11110A readonly><br>Organizational Unit <input "
			"name=b value='NACCS Client CA' "
			"readonly><br>Organization <input name=c value='" O
			"' readonly><br>Country <input name=d value=JP readonly><br><input type=submit value=Submit></form>",
		CONFIRM "<table><tr><td>Common Name<td>11110A<tr><td>Organizational Unit<td>NACCS Client CA<tr><td>Organization<td>Nippon "
			"Automated Cargo And<br>Port "
			"Consolidated System, Inc.<tr><td>Country<td>JP</table>" SEND,
		/* headings with an aside */
		CONFIRM "<table><tr><td>Common Name (CN)<td>11110A<tr><td>Organizational Unit (OU)<td>NACCS Client CA<tr><td>Organization "
			"(O)<td>" O "<tr><td>Country (C)<td>JP</table>" SEND,
		CONFIRM
		"<table><tr><th>コモンネーム（CN）<td>11110A<tr><th>組織単位名（OU）：<td>NACCS Client CA<tr><th>組織名　［O］<td>" O
		"<tr><th>国名（C）<td>JP</table>" SEND,
		CONFIRM "<p>一般名 (CN)：11110A<br>部署（OU）　NACCS Client CA<br>組織 (O) " O "<br>国 (C): JP</p>" SEND,
		CONFIRM
		"<table><tr><th>Common Name (CN)<th>Organizational Unit (OU)<th>Organization (O)<th>Country (C)<tr><td>11110A<td>NACCS "
		"Client CA<td>" O "<td>JP</table>" SEND,
		CONFIRM "<form action=apply.do method=post>Common Name (CN) <input name=a value=11110A readonly><br>Organizational Unit "
			"(OU) <input "
			"name=b value='NACCS Client CA' readonly><br>Organization (O) <input name=c value='" O
			"' readonly><br>Country (C) <input name=d value=JP readonly><br><input type=submit value=Submit></form>",
		/* another form that says Submit, before, between and behind */
		"<form action=other.do method=post>表示言語<select name=lan><option>日本語</select><input type=submit "
		"value=Submit></form>" CONFIRM
		"<table><tr><td>Common Name<td>11110A<tr><td>Organizational Unit<td>NACCS Client CA<tr><td>Organization<td>" O
		"<tr><td>Country<td>JP</table>" SEND,
		CONFIRM "<table><tr><td>Common Name<td>11110A<tr><td>Organizational Unit<td>NACCS Client CA<tr><td>Organization<td>" O
			"<tr><td>Country<td>JP</table><form action=other.do method=post>ご意見<input name=q value=x><input type=submit "
			"value=Submit></form>" SEND,
		CONFIRM "<form action=apply.do method=post><table><tr><td>Common Name<td>11110A<tr><td>Organizational Unit<td>NACCS Client "
			"CA<tr><td>Organization<td>" O "<tr><td>Country<td>JP</table><input type=submit value=Submit></form><form "
			"action=other.do method=post><input type=submit value=Submit></form>",
		/* buttons of other kinds */
		CONFIRM "<p>Common Name：11110A<br>Organizational Unit：NACCS Client CA<br>Organization：" O
			"<br>Country：JP</p><form name=f action=apply.do method=post>"
			"</form><a href='javascript:document.f.submit()'>Submit</a>",
		CONFIRM "<p>Common Name：11110A<br>Organizational Unit：NACCS Client CA<br>Organization：" O
			"<br>Country：JP</p><form action=apply.do method=post>"
			"<input type=image src=s.gif name=s></form>",
		CONFIRM DATA "<form action=apply.do method=post><input type=submit value=申請> <input type=button value=戻る "
			     "onclick='history.back()'></form>",
		CONFIRM "<form action=apply.do method=post>" DATA "<button>更新する</button></form>",
		CONFIRM DATA "<form name=f action=apply.do method=post></form><a href='javascript:document.f.submit()'>ＯＫ</a>",
	};

	(void)state;
	for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
		const struct answer answers[] = {{.request = "GET apply.jsp", .body = shapes[i]}, {0}};
		struct fake *fake = fake_new(answers);

		if (fake_renew(fake) != NACCS_OK)
			fail_msg("shape %zu: %s", i, fake->err.message);
		assert_int_equal(fake->applies, 1);
		assert_int_equal(fake_count(fake, "POST apply.do"), 1);
		fake_free(fake);
	}
}

static void nothing_is_applied_for_when_the_page_is_about_another(void **state)
{
	static const struct {
		const char *body, *said;
	} wrong[] = {
		{CONFIRM "<table><tr><td>Common Name<td>11110B<tr><td>Organizational Unit<td>NACCS Client CA<tr><td>Organization<td>" O
			 "<tr><td>Country<td>JP</table>" SEND,
		 "11110B"},
		{CONFIRM "<table><tr><td>Common Name<td>11110a<tr><td>Organizational Unit<td>NACCS Client CA<tr><td>Organization<td>" O
			 "<tr><td>Country<td>JP</table>" SEND,
		 "11110a"},
		{CONFIRM "<table><tr><td>Common Name<td>1-1110A<tr><td>Organizational Unit<td>NACCS Client CA<tr><td>Organization<td>" O
			 "<tr><td>Country<td>JP</table>" SEND,
		 "1-1110A"},
		{CONFIRM "<table><tr><td>Common Name<td>11110A<tr><td>Organizational Unit<td>Other CA<tr><td>Organization<td>" O
			 "<tr><td>Country<td>JP</table>" SEND,
		 "Other CA"},
		{CONFIRM "<table><tr><td>Common Name<td>11110A<tr><td>Organizational Unit<td>NACCS Client "
			 "CA<tr><td>Organization<td>Example<tr><td>Country<td>JP</table>" SEND,
		 "Example"},
		{CONFIRM "<table><tr><td>Common Name<td>11110A<tr><td>Organizational Unit<td>NACCS Client CA<tr><td>Organization<td>" O
			 "<tr><td>Country<td>US</table>" SEND,
		 "US"},
		{CONFIRM "<table><tr><td>Common Name<td><tr><td>Organizational Unit<td>NACCS Client CA<tr><td>Organization<td>" O
			 "<tr><td>Country<td>JP</table>" SEND,
		 NULL},
		{CONFIRM
		 "<table><tr><td>Common Name<td>11110A<tr><td>Organizational Unit<td>NACCS Client CA<tr><td>Country<td>JP</table>" SEND,
		 "Organization"},
		{CONFIRM "<p>11110A<p>NACCS Client CA" SEND, NULL},
		{CONFIRM "<table><tr><td>Common Name (CN)<td>11110B<tr><td>Organizational Unit<td>NACCS Client CA<tr><td>Organization<td>" O
			 "<tr><td>Country<td>JP</table>" SEND,
		 "11110B"},
		{CONFIRM "<p>Common Name (11110A)<br>Organizational Unit：NACCS Client CA<br>Organization：" O "<br>Country：JP</p>" SEND,
		 NULL},
		{CONFIRM
		 "<table><tr><th>Common Name<th>Organizational Unit<th>Organization<th>Country<tr><td>NACCS Client CA<td>11110A<td>" O
		 "<td>JP</table>" SEND,
		 NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		const struct answer answers[] = {{.request = "GET apply.jsp", .body = wrong[i].body}, {0}};
		struct fake *fake = fake_new(answers);

		expect_failure(fake, NACCS_E_PORTAL_UNKNOWN_PAGE, wrong[i].said);
		assert_int_equal(fake->applies, 0);
		assert_int_equal(fake_count(fake, "POST apply.do"), 0);
		assert_non_null(strstr(fake->err.hint, "Nothing was applied for"));
		fake_free(fake);
	}
}

static void a_confirmation_that_can_not_be_answered_is_refused(void **state)
{
	static const char *const bodies[] = {
		CONFIRM "<p>Common Name：11110A<br>Organizational Unit：NACCS Client CA<br>Organization：" O
			"<br>Country：JP<form action=apply.do method=post>"
			"理由<input name=why><input type=submit value=Submit></form>",
		CONFIRM "<p>Common Name：11110A<br>Organizational Unit：NACCS Client CA<br>Organization：" O
			"<br>Country：JP<form action=apply.do method=post>"
			"<input type=submit value=Submit onclick='this.form.token.value=hash(1)'></form>",
		CONFIRM "<p>Common Name：11110A<br>Organizational Unit：NACCS Client CA<br>Organization：" O
			"<br>Country：JP<form action=apply.do method=post>"
			"<input type=submit value=次へ></form>",
		/* 申請 and the like say too little above the data, in a link, in a form that asks for something, or twice */
		"<form action=apply.do method=post><input type=submit value=更新></form>" CONFIRM DATA,
		CONFIRM DATA "<a href=apply.do>申請</a>",
		CONFIRM DATA "<form action=apply.do method=post><input name=q value=x><input type=submit value=登録></form>",
		CONFIRM DATA "<form action=apply.do method=post><input type=submit value=更新><input type=submit value=申請></form>",
		CONFIRM "<p>Common Name：11110A<br>Organizational Unit：NACCS Client CA<br>Organization：" O
			"<br>Country：JP<form action=a.do method=post>"
			"<input type=submit value=Submit></form><form action=b.do method=post><input type=submit value=Submit></form>",
		CONFIRM "<p>Common Name：11110A<br>Organizational Unit：NACCS Client CA<br>Organization：" O
			"<br>Country：JP<form action=https://evil.example/ "
			"method=post><input type=submit value=Submit></form>",
	};

	(void)state;
	for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
		const struct answer answers[] = {{.request = "GET apply.jsp", .body = bodies[i]}, {0}};
		struct fake *fake = fake_new(answers);

		assert_int_not_equal(fake_renew(fake), NACCS_OK);
		assert_int_equal(fake->applies, 0);
		for (size_t r = 0; r < fake->request_count; r++)
			assert_int_not_equal(strncmp(fake->requests[r].line, "POST", 4), 0);
		fake_free(fake);
	}
}

static void an_application_is_never_sent_twice(void **state)
{
	/* an earlier run sent it */
	struct fake *fake = fake_new(NULL);

	(void)state;
	fake->was_applied = true;
	expect_failure(fake, NACCS_E_PORTAL_UNKNOWN_PAGE, NULL);
	assert_int_equal(fake_count(fake, "POST apply.do"), 0);
	assert_non_null(strstr(fake->err.hint, "--apply-again"));
	fake_free(fake);

	fake = fake_new(NULL);
	fake->was_applied = fake->apply_again = true;
	expect_success(fake);
	fake_free(fake);

	/* the session is lost after it was sent, and the new one shows the confirmation again: not even --apply-again helps within one run
	 */
	for (int again = 0; again < 2; again++) {
		static const struct answer answers[] = {
			{.request = "POST apply.do", .body = "<p>セッションが無効です。ログインしなおしてください。"}, {0}};

		fake = fake_new(answers);
		fake->was_applied = fake->apply_again = again == 1;
		expect_failure(fake, NACCS_E_PORTAL_UNKNOWN_PAGE, NULL);
		assert_int_equal(fake->applies, 1);
		assert_int_equal(fake_count(fake, "POST apply.do"), 1);
		fake_free(fake);
	}
}

static void what_was_applied_for_is_taken_up(void **state)
{
	static const char *const pages[] = {
		"<meta http-equiv=refresh content='2;url=status1.jsp'><p>証明書ステータス：鍵生成中",
		"<h1>デジタル証明書の取得</h1><form action=obtain.do method=post>証明書パスワード<input type=password "
		"name=p1><br>証明書パスワードの確認<input type=password "
		"name=p2><br><input type=submit value=Submit></form>",
		"<h1>デジタル証明書の取得</h1><form action=download.do method=post><input type=submit value=Download></form>",
	};

	(void)state;
	for (size_t i = 0; i < sizeof pages / sizeof *pages; i++) {
		const struct answer answers[] = {{.request = "GET apply.jsp", .body = pages[i]}, {0}};
		struct fake *fake = fake_new(answers);

		fake->was_applied = true;
		expect_success(fake);
		assert_int_equal(fake->applies, 0);
		assert_int_equal(fake->submits, 1);
		fake_free(fake);
	}
}

static void labels_without_the_word_certificate_are_known(void **state)
{
	static const char *const rows[][2] = {
		{"パスワード", "パスワード（確認）"}, {"パスワード（16文字以内）", "パスワード再入力"}, {"Password", "Confirm password"}};
	static const char *const others[][2] = {{"現在のパスワード", "パスワード（確認）"},
						{"ログインパスワード", "パスワード（確認）"},
						{"Old password", "Confirm password"}};

	(void)state;
	for (size_t i = 0; i < 6; i++) {
		const char *const *row = i < 3 ? rows[i] : others[i - 3];
		char body[512];
		const struct answer answers[] = {{.request = "GET password.jsp", .body = body}, {0}};
		struct fake *fake = fake_new(answers);

		(void)snprintf(body, sizeof body,
			       "<form action=obtain.do method=post>%s：<input type=password name=p1><br>%s：<input type=password name=p2>"
			       "<input type=submit value=Submit></form>",
			       row[0], row[1]);
		if (i < 3)
			expect_success(fake);
		else
			expect_failure(fake, NACCS_E_PORTAL_UNKNOWN_PAGE, "two passwords");
		assert_int_equal(fake_count_carrying(fake, "p8ssw0rd"), i < 3);
		fake_free(fake);
	}
}

/* ---- where every page carries the menu ---- */

#define MENU "<a href=apply.jsp>デジタル証明書更新申請</a> <a href=logout.jsp>ログアウト</a><hr>"

static void what_is_half_recognised_is_named(void **state)
{
	static const struct {
		const char *request, *body, *said, *where;
		size_t menu_presses;
	} pages[] = {
		{"GET apply.jsp", MENU CONFIRM DATA "<form action=apply.do method=post><input type=submit value=次へ></form>", "no button",
		 "Nothing was applied for", 3},
		{"GET apply.jsp", MENU "<form action=apply.do method=post>ご意見<input name=a><input type=submit value=次へ></form>",
		 "the menu", "Nothing was applied for", 3},
		{"POST apply.do",
		 MENU "<form action=obtain.do method=post>暗号<input type=password name=a><br>もう一つ<input type=password "
		      "name=b><input type=submit value=Submit></form>",
		 "after the application was sent is not understood: a form asks for two passwords", "takes the application up again", 1},
		{"POST apply.do", MENU "<form action=next.do method=post><input type=submit value=次へ></form>",
		 "after the application was sent", "takes the application up again", 1},
		{"POST apply.do", MENU "<p>予期しない画面です。", "after the application was sent", "--apply-again", 2},
	};

	(void)state;
	for (size_t i = 0; i < sizeof pages / sizeof *pages; i++) {
		const struct answer answers[] = {{.request = "GET index.jsp", .body = MENU "<p>選択してください。"},
						 {.request = pages[i].request, .body = pages[i].body},
						 {0}};
		const struct answer once[] = {{.request = "GET apply.jsp", .body = manual_renewal[4].body}};
		struct fake *fake = fake_new(answers);

		fake->once = once;
		fake->once_count = strcmp(pages[i].request, "POST apply.do") == 0;
		expect_failure(fake, NACCS_E_PORTAL_UNKNOWN_PAGE, pages[i].said);
		assert_non_null(strstr(fake->err.hint, pages[i].where));
		assert_int_equal(fake_count(fake, "GET apply.jsp"), pages[i].menu_presses);
		fake_free(fake);
	}
}

static void the_menu_leads_from_a_receipt_to_the_status(void **state)
{
	static const struct answer answers[] = {
		{.request = "GET index.jsp", .body = MENU "<p>選択してください。"},
		{.request = "POST apply.do", .body = MENU "<p>更新申請を受け付けました。<p>Common Name：11110A"},
		{.request = "GET apply.jsp", .body = "<meta http-equiv=refresh content='2;url=status1.jsp'><p>証明書ステータス：鍵生成中"},
		{0}};
	const struct answer once[] = {{.request = "GET apply.jsp", .body = manual_renewal[4].body}};
	struct fake *fake = fake_new(answers);

	(void)state;
	fake->once = once;
	fake->once_count = 1;
	expect_success(fake);
	assert_int_equal(fake->applies, 1);
	fake_free(fake);
}

/* ---- the status ---- */

static void status_pages_are_followed_as_they_say(void **state)
{
	static const struct answer pages[] = {
		{.body = "<p>証明書ステータス<p>鍵生成中", .refresh = "3; url=status1.jsp"},
		{.body = "<script>setTimeout(\"location.href='status1.jsp'\", "
			 "3000)</script><table><tr><td>証明書ステータス<td>鍵生成中</table>"},
		{.body = "<script>setTimeout(function () { location.replace('status1.jsp'); }, "
			 "3000);</script><table><tr><td>ステータス<td>鍵生成中</table>"},
		{.body = "<body onload=\"setTimeout('document.f.submit()', 3000)\"><form name=f method=get "
			 "action=status1.jsp></form><p>状態：鍵生成中"},
		{.body = "<script>function next() { location.href = 'status1.jsp'; } setTimeout(next, 3000);</script><p>鍵生成中です。"},
		{.body = "<iframe src=inner.jsp></iframe>"},
		{.body = "<p>処理中は証明書ステータスが、鍵生成中→発行要求中→発行済みの順に遷移します。<p>証明書ステータス：鍵生成中<meta "
			 "http-equiv=refresh content='3;url=status1.jsp'>"},
		{.body = "<p>しばらくお待ちください。<meta http-equiv=refresh content='3;url=status1.jsp'>"},
		{.body = "<p>証明書ステータス（鍵生成中）<p>エラーが表示された場合は、ヘルプデスクへご連絡ください。<meta http-equiv=refresh "
			 "content='3;url=status1.jsp'>"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof pages / sizeof *pages; i++) {
		const struct answer answers[] = {
			{.request = "POST apply.do", .body = pages[i].body, .refresh = pages[i].refresh},
			{.request = "GET inner.jsp",
			 .body = "<p>証明書ステータス：鍵生成中<script>setTimeout(\"parent.location.href='status1.jsp'\", 3000)</script>"},
			{0}};
		struct fake *fake = fake_new(answers);

		if (fake_renew(fake) != NACCS_OK)
			fail_msg("page %zu: %s", i, fake->err.message);
		assert_int_equal(fake->waited, 5);
		assert_int_equal(fake_count(fake, "POST apply.do"), 1);
		fake_free(fake);
	}
}

static void a_page_that_reloads_itself_is_asked_for_again(void **state)
{
	static const char *const scripts[] = {"setTimeout(function () { location.reload(); }, 2000)",
					      "setTimeout('window.location.reload(true)', 2000)",
					      "setInterval('history.go(0)', 2000)",
					      "poll()",
					      "setTimeout(() => location.reload(), 2000)",
					      "setTimeout(function () { location.href = location.href; }, 2000)",
					      "setTimeout(function () { location.href = 'status1.jsp?t=' + new Date().getTime(); }, 2000)"};

	(void)state;
	for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++) {
		char body[256];
		const struct answer once[] = {{.request = "GET status1.jsp", .body = body}};
		struct fake *fake = fake_new(NULL);

		(void)snprintf(body, sizeof body, "<p>証明書ステータス：鍵生成中<script>%s</script>", scripts[i]);
		fake->once = once;
		fake->once_count = 1;
		expect_success(fake);
		assert_int_equal(fake_count(fake, "GET status1.jsp"), 2);
		fake_free(fake);
	}
}

/* The answer to the application shows the status, and only a script that is not understood would ask again. */
static void what_can_not_be_asked_for_again_is_looked_for_in_a_new_session(void **state)
{
	static const char poll[] =
		"<p>証明書ステータス：鍵生成中<script>function poll() { var x = new XMLHttpRequest(); x.open('GET', 'status1.jsp'); "
		"x.onload = function () { document.body.innerHTML = x.responseText; }; x.send(); } setInterval(poll, 1000);</script>";
	static const char reload[] =
		"<p>証明書ステータス：鍵生成中<script>setTimeout('location.reload()', 1000)</script>"; /* the form again */
	static const struct answer polling[] = {
		{.request = "POST apply.do", .body = poll},
		{.request = "GET apply.jsp", .body = "<meta http-equiv=refresh content='2;url=status1.jsp'><p>証明書ステータス：鍵生成中"},
		{0}};
	const struct answer reloading[] = {{.request = "POST apply.do", .body = reload}, polling[1], {0}};
	const struct answer once[] = {{.request = "GET apply.jsp", .body = manual_renewal[4].body}};

	(void)state;
	for (int i = 0; i < 4; i++) {
		struct fake *fake = fake_new(i < 2 ? polling : reloading);
		bool is_impatient = i % 2 == 1;

		fake->once = once;
		fake->once_count = 1;
		fake->patience = is_impatient ? 8 : 60;
		if (is_impatient)
			expect_failure(fake, NACCS_E_PORTAL_PENDING, "鍵生成中");
		else
			expect_success(fake);
		assert_int_equal(fake->applies, 1);
		assert_int_equal(fake_count(fake, "GET index.jsp"), is_impatient ? 1 : 2);
		assert_int_equal(fake_count(fake, "GET logout.jsp"), is_impatient ? 1 : 2);
		assert_int_equal(fake_count(fake, "POST apply.do"), 1);
		assert_int_equal(fake_count(fake, "GET apply.do"), 0);
		fake_free(fake);
	}
}

/* What the menu of a later session says is no answer to the application that was sent: it goes on. */
static void what_a_later_session_says_does_not_end_the_application(void **state)
{
	static const char *const said[] = {"<p>更新期間外です。", "<p>証明書の有効期限が切れています。", "<p>既に申請されています。"};
	const struct answer once[] = {{.request = "GET apply.jsp", .body = manual_renewal[4].body}};

	(void)state;
	for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
		for (int is_direct = 0; is_direct < 2; is_direct++) {
			const struct answer answers[] = {
				{.request = "POST apply.do", .body = is_direct ? said[i] : "<p>証明書ステータス：鍵生成中"},
				{.request = "GET apply.jsp", .body = said[i]},
				{0}};
			struct fake *fake = fake_new(answers);

			fake->once = once;
			fake->once_count = 1;
			(void)fake_renew(fake);
			assert_int_equal(fake->applies, 1);
			assert_int_equal(fake_count(fake, "POST apply.do"), 1);
			if (is_direct)
				assert_int_not_equal(fake->err.status, NACCS_E_PORTAL_PENDING);
			else
				assert_int_equal(fake->err.status, NACCS_E_PORTAL_PENDING);
			fake_free(fake);
		}
	}
}

/* 更新 on a page that shows how far the certificate is sends nothing; before the menu nothing vague is pressed. */
static void a_vague_button_is_no_application(void **state)
{
	static const char status[] = DATA "<p>証明書ステータス：鍵生成中<meta http-equiv=refresh content='2;url=status1.jsp'>"
					  "<form action=again.do method=post><input type=submit value=更新></form>";
	static const struct answer waiting[] = {{.request = "POST apply.do", .body = status}, {0}};
	static const struct answer before[] = {
		{.request = "GET index.jsp", .body = DATA "<form action=menu.do method=post><input type=submit value=更新申請></form>"}, {0}};
	struct fake *fake = fake_new(waiting);

	(void)state;
	expect_success(fake);
	assert_int_equal(fake->applies, 1);
	assert_int_equal(fake_count(fake, "POST again.do"), 0);
	fake_free(fake);

	fake = fake_new(before);
	expect_failure(fake, NACCS_E_PORTAL_UNKNOWN_PAGE, NULL);
	assert_int_equal(fake->applies, 0);
	assert_int_equal(fake_count(fake, "POST menu.do"), 0);
	fake_free(fake);
}

static void waiting_has_an_end(void **state)
{
	static const char *const stuck[] = {"<meta http-equiv=refresh content='7;url=status1.jsp'><p>証明書ステータス：鍵生成中",
					    "<meta http-equiv=refresh content='0;url=status1.jsp'><p>証明書ステータス：鍵生成中",
					    "<p>証明書ステータス：鍵生成中"};

	(void)state;
	for (size_t i = 0; i < sizeof stuck / sizeof *stuck; i++) {
		const struct answer answers[] = {{.request = "GET status1.jsp", .body = stuck[i]}, {0}};
		struct fake *fake = fake_new(answers);

		fake->patience = 40;
		expect_failure(fake, NACCS_E_PORTAL_PENDING, "鍵生成中");
		assert_in_range(fake->waited, 1, 40);
		assert_int_equal(fake->submits, 0);
		fake_free(fake);
	}
}

static void states_that_are_new_are_told_and_failures_end_it(void **state)
{
	static const struct {
		const char *body;
		naccs_status status;
		const char *said;
	} pages[] = {
		{"<p>証明書ステータス：発行失敗", NACCS_E_PORTAL_NOT_ISSUED, "発行失敗"},
		{"<meta http-equiv=refresh content='2;url=status2.jsp'><p>証明書ステータス：エラー", NACCS_E_PORTAL_NOT_ISSUED, "エラー"},
		{"<table><tr><td>証明書ステータス<td>却下</table>", NACCS_E_PORTAL_NOT_ISSUED, "却下"},
		{"<p>鍵生成に失敗しました。", NACCS_E_PORTAL_NOT_ISSUED, "失敗しました"},
		{"<p>更新申請を受け付けることができませんでした。", NACCS_E_PORTAL_NOT_ISSUED, NULL},
		{"<p>更新可能期間ではありません。", NACCS_E_PORTAL_NOT_DUE, NULL},
		{"<p>ただいまメンテナンス中です。", NACCS_E_PORTAL_MAINTENANCE, NULL},
		{"<p>予期しない画面です。", NACCS_E_PORTAL_UNKNOWN_PAGE, ".html"},
	};
	static const struct answer new_state[] = {
		{.request = "POST apply.do", .body = "<meta http-equiv=refresh content='2;url=status1.jsp'><p>証明書ステータス：承認待ち"},
		{0}};
	struct fake *fake = fake_new(new_state);

	(void)state;
	expect_success(fake);
	assert_non_null(strstr(fake->progress, "承認待ち\n"));
	fake_free(fake);
	for (size_t i = 0; i < sizeof pages / sizeof *pages; i++) {
		const struct answer answers[] = {{.request = "POST apply.do", .body = pages[i].body}, {0}};

		fake = fake_new(answers);
		expect_failure(fake, pages[i].status, pages[i].said);
		assert_int_equal(fake->applies, 1);
		assert_int_equal(fake->submits, 0);
		fake_free(fake);
	}
}

/* ---- who comes ---- */

static void what_is_known_before_the_menu_is_told_apart(void **state)
{
	static const struct {
		const char *body;
		naccs_status status;
		long http_status;
		int alert;
	} answers[] = {
		{"<p>クライアント認証に失敗しました。", NACCS_E_PORTAL_LOGIN_REFUSED, 0, -1},
		{"<p>お使いの証明書は許可されていません。", NACCS_E_PORTAL_LOGIN_REFUSED, 0, -1},
		{"<h1>Forbidden</h1>", NACCS_E_PORTAL_LOGIN_REFUSED, 403, -1},
		{"<h1>だめ</h1>", NACCS_E_PORTAL_LOGIN_REFUSED, 403, -1},
		{"<p>証明書の有効期限が切れています。", NACCS_E_PORTAL_EXPIRED, 0, -1},
		{"<p>ただいまメンテナンス中です。", NACCS_E_PORTAL_MAINTENANCE, 0, -1},
		{"<form action=login.do method=post>認証コード1<input name=a><br>認証コード2<input name=b><br><input type=submit "
		 "value=Login></form>",
		 NACCS_E_PORTAL_LOGIN_REFUSED, 0, -1},
		{"<p>ようこそ", NACCS_E_PORTAL_UNKNOWN_PAGE, 0, -1},
		{"alert", NACCS_E_PORTAL_EXPIRED, -NACCS_E_NET_UNREACHABLE, 45},
		{"alert", NACCS_E_PORTAL_LOGIN_REFUSED, -NACCS_E_NET_UNREACHABLE, 48},
		{"alert", NACCS_E_PORTAL_LOGIN_REFUSED, -NACCS_E_NET_UNREACHABLE, 116},
		{"no route", NACCS_E_NET_UNREACHABLE, -NACCS_E_NET_UNREACHABLE, -1},
		{"untrusted", NACCS_E_TLS_UNTRUSTED, -NACCS_E_TLS_UNTRUSTED, 48},
	};

	(void)state;
	for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
		const struct answer table[] = {{.request = "GET index.jsp", .body = answers[i].body, .status = answers[i].http_status},
					       {0}};
		struct fake *fake = fake_new(table);

		fake->alert = answers[i].alert;
		expect_failure(fake, answers[i].status, NULL);
		assert_int_equal(fake->applies, 0);
		fake_free(fake);
	}
}

static void a_session_that_ends_is_begun_again_once(void **state)
{
	static const char *const steps[] = {"GET apply.jsp", "GET status1.jsp", "GET password.jsp", "POST obtain.do"};
	static const struct answer later[] = {
		{.request = "GET apply.jsp", .body = "<meta http-equiv=refresh content='0;url=password.jsp'><p>証明書ステータス：発行済み"},
		{0}};

	(void)state;
	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
		const struct answer once[] = {
			{.request = "GET apply.jsp", .body = manual_renewal[4].body},
			{.request = steps[i], .body = "<p>一定時間操作が行われなかったため、自動的にログアウトしました。"}};
		struct fake *fake = fake_new(i == 0 ? NULL : later);

		fake->once = i == 0 ? once + 1 : once;
		fake->once_count = i == 0 ? 1 : 2;
		expect_success(fake);
		assert_int_equal(fake->applies, 1);
		assert_int_equal(fake_count(fake, "GET index.jsp"), 2);
		assert_int_equal(fake_count(fake, "POST apply.do"), 1);
		fake_free(fake);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_manuals_renewal_ends_with_the_file),
		cmocka_unit_test(confirmations_are_read_in_many_shapes),
		cmocka_unit_test(nothing_is_applied_for_when_the_page_is_about_another),
		cmocka_unit_test(a_confirmation_that_can_not_be_answered_is_refused),
		cmocka_unit_test(an_application_is_never_sent_twice),
		cmocka_unit_test(what_was_applied_for_is_taken_up),
		cmocka_unit_test(labels_without_the_word_certificate_are_known),
		cmocka_unit_test(what_is_half_recognised_is_named),
		cmocka_unit_test(the_menu_leads_from_a_receipt_to_the_status),
		cmocka_unit_test(status_pages_are_followed_as_they_say),
		cmocka_unit_test(a_page_that_reloads_itself_is_asked_for_again),
		cmocka_unit_test(what_can_not_be_asked_for_again_is_looked_for_in_a_new_session),
		cmocka_unit_test(what_a_later_session_says_does_not_end_the_application),
		cmocka_unit_test(a_vague_button_is_no_application),
		cmocka_unit_test(waiting_has_an_end),
		cmocka_unit_test(states_that_are_new_are_told_and_failures_end_it),
		cmocka_unit_test(what_is_known_before_the_menu_is_told_apart),
		cmocka_unit_test(a_session_that_ends_is_begun_again_once),
	};

	return cmocka_run_group_tests_name("renew", tests, NULL, NULL);
}
