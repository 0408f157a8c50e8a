/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the same journey in every dialect that the portal's pages could be written in: each ends with the file, and in no more requests than
 * a browser makes. */
#include "page_fixture.h"

#include <string.h>

#define ANSWER(line, html)                                                                                                                 \
	{                                                                                                                                  \
		.request = (line), .body = (html)                                                                                          \
	}

struct dialect {
	const char *name;
	struct answer answers[8];
	size_t requests; /* at most; 0: not counted */
};

static const struct dialect logins[] = {
	{"label for",
	 {ANSWER("GET index.jsp", "<form action=login.do method=post><label for=x>認証コード1</label><br><br><input id=x name=a><label "
				  "for=y>認証コード2</label>"
				  "<input id=y name=b><button>Login</button></form>")},
	 9},
	{"label around",
	 {ANSWER("GET index.jsp",
		 "<form action=login.do method=post><label>認証コード1 <input name=a></label><label>認証コード2 <input name=b></label>"
		 "<button type=submit>ログイン</button></form>")},
	 9},
	{"full width, bare text",
	 {ANSWER("GET index.jsp", "<FORM ACTION=login.do METHOD=POST>認証コード１：<INPUT NAME=a><BR>認証コード２：<INPUT "
				  "NAME=b><BR><INPUT TYPE=SUBMIT VALUE=ＬＯＧＩＮ>"
				  "</FORM>")},
	 9},
	{"spaced, half-width katakana",
	 {ANSWER("GET index.jsp",
		 "<form action=login.do method=post>認証ｺｰﾄﾞ 1 <input name=a><p>認証 コード　２<br><input name=b><p><input type=submit "
		 "value='ログイン'></form>")},
	 9},
	{"circled digits",
	 {ANSWER("GET index.jsp", "<form action=login.do method=post><dl><dt>認証コード①<dd><input name=a><dt>認証コード②<dd><input "
				  "name=b></dl><input type=submit "
				  "value='Ｌｏｇｉｎ'></form>")},
	 9},
	{"ordinals",
	 {ANSWER("GET index.jsp", "<form action=login.do method=post>第１認証コード <input name=a><br>第二認証コード <input "
				  "name=b><br><input type=submit value=Login></form>")},
	 9},
	{"cells above",
	 {ANSWER("GET index.jsp", "<form action=login.do method=post><table><tr><th>認証コード1<th>認証コード2<tr><td><input "
				  "name=a><td><input name=b></table>"
				  "<input type=image src=l.gif alt=Login></form>")},
	 9},
	{"column of cells",
	 {ANSWER("GET index.jsp", "<form action=login.do method=post><table><tr><td>認証コード1<tr><td><input "
				  "name=a><tr><td>認証コード2<tr><td><input name=b></table>"
				  "<input type=image src=l.gif></form>")},
	 9},
	{"colon in a cell of its own",
	 {ANSWER("GET index.jsp",
		 "<form action=login.do method=post><table><tr><td>認証コード1<td>：<td><input name=a><tr><td>認証コード2<td>：<td><input "
		 "name=b></table><input type=submit value=Login></form>")},
	 9},
	{"required mark in between",
	 {ANSWER("GET index.jsp", "<form action=login.do method=post><table><tr><td>認証コード1<td>必須<td><input name=a "
				  "required><tr><td>認証コード2<td>必須"
				  "<td><input name=b required></table><input type=submit value=Login></form>")},
	 9},
	{"form inside table, autoclosed",
	 {ANSWER("GET index.jsp", "<table><tr><form action=login.do method=post><td>認証コード1<td><input "
				  "name=a></tr><tr><td>認証コード2<td><input name=b></tr>"
				  "<tr><td><input type=submit value=Login></td></tr></form></table>")},
	 9},
	{"form around rows",
	 {ANSWER("GET index.jsp", "<table><form action=login.do method=post><tr><td>認証コード1<td><input "
				  "name=a><tr><td>認証コード2<td><input name=b><tr><td>"
				  "<input type=submit value=Login></form></table>")},
	 9},
	{"lines side by side in two cells",
	 {ANSWER("GET index.jsp", "<form action=login.do method=post><table><tr><td>認証コード1：<br>認証コード2：</td><td><input "
				  "name=a><br><input name=b></td></tr></table><input type=submit value=Login></form>")},
	 9},
	{"two tables side by side",
	 {ANSWER("GET index.jsp",
		 "<form action=login.do method=post><table><tr><td><table><tr><td>認証コード1<td>：<tr><td>認証コード2<td>：</table>"
		 "<td><table><tr><td><input name=a><tr><td><input name=b></table></table><input type=submit value=Login></form>")},
	 9},
	{"form attribute",
	 {ANSWER("GET index.jsp", "<form id=f action=login.do method=post></form>認証コード1 <input form=f name=a><br>認証コード2 <input "
				  "form=f name=b><button form=f>Login</button>")},
	 9},
	{"placeholders",
	 {ANSWER("GET index.jsp", "<form action=login.do method=post><input name=a placeholder='認証コード1'><input name=b "
				  "placeholder='認証コード2'><button>Login</button></form>")},
	 9},
	{"aria-label",
	 {ANSWER("GET index.jsp", "<form action=login.do method=post><input name=a aria-label='認証コード1'><input name=b "
				  "aria-label='認証コード2'><button>Login</button></form>")},
	 9},
	{"fieldsets",
	 {ANSWER("GET index.jsp", "<form action=login.do method=post><fieldset><legend>認証コード1</legend><input "
				  "name=a></fieldset><fieldset><legend>認証コード2</legend><input name=b>"
				  "</fieldset><button>Login</button></form>")},
	 9},
	{"instructions in labels",
	 {ANSWER("GET index.jsp", "<form action=login.do method=post><p>認証コード1を入力してください。<br><input "
				  "name=a><p>認証コード2を入力してください。<br><input name=b><p>"
				  "<input type=submit value=Login></form>")},
	 9},
	{"other forms around",
	 {ANSWER("GET index.jsp",
		 "<form action=search.do>検索 <input name=q><input type=submit value=検索></form>"
		 "<form action=login.do method=post>認証コード1 <input name=a><br>認証コード2 <input name=b><br><input type=submit "
		 "value=Login></form>"
		 "<form action=lang.do><select name=l><option>日本語<option>English</select><input type=submit value=Login></form>")},
	 9},
	{"hidden decoy with the same labels",
	 {ANSWER("GET index.jsp",
		 "<div style='display:none'><form action=trap.do method=post>認証コード1 <input name=a><br>認証コード2 <input "
		 "name=b><input "
		 "type=submit value=Login></form></div><form action=login.do method=post>認証コード1 <input name=a><br>認証コード2 "
		 "<input name=b><br><input type=submit value=Login></form>")},
	 9},
	{"honeypot field",
	 {ANSWER("GET index.jsp", "<form action=login.do method=post>認証コード1 <input name=a><br><span style='display:none'>認証コード1 "
				  "<input name=trap></span>認証コード2 <input name=b>"
				  "<br><input type=submit value=Login></form>")},
	 9},
	{"reset button first",
	 {ANSWER("GET index.jsp", "<form action=login.do method=post>認証コード1 <input name=a><br>認証コード2 <input name=b><br><input "
				  "type=reset value=Login>"
				  "<input type=submit name=cancel value=キャンセル><input type=submit name=ok value=Login></form>")},
	 9},
	{"javascript link",
	 {ANSWER("GET index.jsp", "<form name=f action=login.do method=post>認証コード1 <input name=a><br>認証コード2 <input "
				  "name=b></form><a href='javascript:document.f.submit()'>Login</a>")},
	 9},
	{"javascript link by number",
	 {ANSWER("GET index.jsp", "<form action=x.do></form><form action=login.do method=post>認証コード1 <input name=a><br>認証コード2 "
				  "<input name=b></form>"
				  "<a href='#' onclick='document.forms[1].submit();return false;'><img src=l.gif alt=Login></a>")},
	 9},
	{"javascript by id, hidden field set",
	 {ANSWER("GET index.jsp", "<form id='the-form' action=login.do method=post><input type=hidden name=act>認証コード1 <input "
				  "name=a><br>認証コード2 <input name=b>"
				  "<input type=button value=Login onclick=\"document.getElementById('the-form').act.value='login'; "
				  "document.getElementById('the-form').submit();\"></form>")},
	 9},
	{"a function of the page",
	 {ANSWER("GET index.jsp",
		 "<script>\nfunction go(what){ if (document.f.a.value == '') { alert('認証コード1を入力してください'); return false; }\n"
		 " document.f.act.value = what; document.f.submit(); return false; }\n</script>"
		 "<form name=f action=login.do method=post><input type=hidden name=act>認証コード1 <input name=a><br>認証コード2 <input "
		 "name=b>"
		 "<input type=button value=Login onclick=\"return go('login')\"></form>")},
	 9},
	{"button with a check that is not read",
	 {ANSWER("GET index.jsp", "<form name=f action=login.do method=post onsubmit='return check(this)'>認証コード1 <input "
				  "name=a><br>認証コード2 <input name=b>"
				  "<input type=submit value=Login onclick='return validate()'></form><script src=check.js></script>")},
	 9},
	{"multipart",
	 {ANSWER("GET index.jsp", "<form action=login.do method=post enctype=multipart/form-data>認証コード1 <input name=a><br>認証コード2 "
				  "<input name=b><input type=submit value=Login></form>")},
	 9},
	{"formaction",
	 {ANSWER("GET index.jsp", "<form action=wrong.do method=get>認証コード1 <input name=a><br>認証コード2 <input name=b><input "
				  "type=submit value=Login formaction=login.do "
				  "formmethod=POST></form>")},
	 9},
	{"in a frame",
	 {ANSWER("GET index.jsp", "<frameset rows='1,*'><frame src=top.html><frame src=in.jsp></frameset>"),
	  ANSWER("GET top.html", "<h1>NACCS</h1>"),
	  ANSWER("GET in.jsp", "<form target=_top action=login.do method=post>認証コード1 <input name=a><br>認証コード2 <input "
			       "name=b><br><input type=submit value=Login></form>")},
	 11},
	{"in an iframe",
	 {ANSWER("GET index.jsp", "<h1>ユーザ認証</h1><iframe src=in.jsp></iframe>"),
	  ANSWER("GET in.jsp", "<base target=_parent><form action=login.do method=post>認証コード1 <input name=a><br>認証コード2 <input "
			       "name=b><br><input type=submit value=Login></form>")},
	 10},
	{"meta refresh first",
	 {ANSWER("GET index.jsp", "<META HTTP-EQUIV=Refresh CONTENT='0; URL=\"in.jsp;jsessionid=AB12?x=1\"'>"),
	  ANSWER("GET in.jsp", "<form action='login.do;jsessionid=AB12' method=post>認証コード1 <input name=a><br>認証コード2 <input "
			       "name=b><br><input type=submit value=Login></form>")},
	 10},
	{"Refresh header first",
	 {{.request = "GET index.jsp", .body = "<p>しばらくお待ちください", .refresh = "1; url=/NACCSClientCA/pages/ee/in.jsp"},
	  ANSWER("GET in.jsp", "<form action='login.do' method=post>認証コード1 <input name=a><br>認証コード2 <input name=b><br><input "
			       "type=submit value=Login></form>")},
	 10},
	{"script navigation first",
	 {ANSWER("GET index.jsp", "<script><!--\nlocation.href = \"in.jsp\";\n//--></script>"),
	  ANSWER("GET in.jsp", "<form action='login.do' method=post>認証コード1 <input name=a><br>認証コード2 <input name=b><br><input "
			       "type=submit value=Login></form>")},
	 10},
	{"framebuster and time-out scripts",
	 {ANSWER("GET index.jsp", "<script>if (top != self) { top.location.href = self.location.href; "
				  "}\nsetTimeout(\"location.href='timeout.jsp'\", 1800000);"
				  "</script><meta http-equiv=refresh content='1800;url=timeout.jsp'>"
				  "<form action='login.do' method=post>認証コード1 <input name=a><br>認証コード2 <input name=b><br><input "
				  "type=submit value=Login></form>")},
	 9},
	{"English",
	 {ANSWER("GET index.jsp", "<form action='login.do' method=post>Authentication Code 1: <input name=a><br>Authentication Code 2: "
				  "<input name=b><br><input type=submit value='Log in'></form>")},
	 9},
	{"maintenance notice beside the form",
	 {ANSWER("GET index.jsp",
		 "<p>【お知らせ】11月17日22:"
		 "00よりメンテナンスのためサービスを停止します。セッションが無効になった場合は再度ログインしてください。</p>"
		 "<form action='login.do' method=post>認証コード1 <input name=a><br>認証コード2 <input name=b><br><input type=submit "
		 "value=Login></form>")},
	 9},
};

static const struct dialect menus[] = {
	{"no frames",
	 {ANSWER("POST login.do", "<title>NACCS デジタル証明書取得画面</title><a href=logout.jsp>ログアウト</a><a "
				  "href=get.jsp>デジタル証明書の取得</a><p>左メニューより「デジタル証明書の取得」を選択し…")},
	 6},
	{"menu on every page",
	 {ANSWER("POST login.do", "<a href=get.jsp>デジタル証明書の取得</a>"),
	  ANSWER("POST issue.do",
		 "<a href=get.jsp>デジタル証明書の取得</a><p>処理中です。<meta http-equiv=refresh content='1;url=ready.jsp'>"),
	  ANSWER("GET ready.jsp",
		 "<a href=get.jsp>デジタル証明書の取得</a><form action=download.do method=post><input type=submit value=Download></form>")},
	 0},
	{"interstitial with the menu on it",
	 {ANSWER("POST login.do", "<a href=get.jsp>デジタル証明書の取得</a>"),
	  ANSWER("GET get.jsp", "<a href=get.jsp>デジタル証明書の取得</a><script>location.replace('form.jsp')</script>"),
	  ANSWER("GET form.jsp", "<form action=issue.do method=post>認証コード3<input name=a><br>証明書パスワード<input "
				 "name=b><br>証明書パスワードの確認<input name=c>"
				 "<input type=submit value=Submit></form>")},
	 7},
	{"decoy links",
	 {ANSWER("GET menu.jsp",
		 "<a href=how.jsp target=main>デジタル証明書の取得方法</a><br><a href=about.jsp>デジタル証明書の取得について</a><br><a "
		 "href=get.jsp target=main>デジタル証明書の取得</a>")},
	 9},
	{"description in the link",
	 {ANSWER("GET menu.jsp", "<a href=how.jsp>デジタル証明書の取得方法</a><a href=get.jsp "
				 "target=main><b>デジタル証明書の取得</b><br>デジタル証明書を取得します。</a>")},
	 9},
	{"image link", {ANSWER("GET menu.jsp", "<A HREF=get.jsp TARGET=main><IMG SRC=m.gif ALT='デジタル証明書の取得'></A>")}, 9},
	{"image map",
	 {ANSWER("GET menu.jsp",
		 "<img src=m.gif usemap='#m'><map name=m><area href=get.jsp target=main alt='デジタル証明書の取得'></map>")},
	 9},
	{"form button",
	 {ANSWER("GET menu.jsp", "<form action=get.jsp target=main><input type=hidden name=s value=1><input type=submit "
				 "value='デジタル証明書の取得'></form>")},
	 9},
	{"link that submits a hidden form",
	 {ANSWER("GET menu.jsp", "<form name=m action=get.jsp method=post target=main><input type=hidden name=to></form>"
				 "<a href=\"javascript:void(document.m.submit())\">デジタル証明書の取得</a>"),
	  ANSWER("POST get.jsp", "<form action=issue.do method=post>認証コード3<input name=a><br>証明書パスワード<input "
				 "name=b><br>証明書パスワードの確認<input name=c>"
				 "<input type=submit value=Submit></form>")},
	 9},
	{"action set by script",
	 {ANSWER("GET menu.jsp",
		 "<script>function go(url) { var f = document.forms['m']; f.action = url; f.target = 'main'; f.submit(); }</script>"
		 "<form name=m method=get></form><div onclick=\"go('get.jsp')\">デジタル証明書の取得</div>")},
	 9},
	{"parent.main.location",
	 {ANSWER("GET menu.jsp", "<a href='javascript:parent.main.location.href=\"get.jsp\"'>デジタル証明書の取得</a>")},
	 9},
	{"parent.frames location",
	 {ANSWER("GET menu.jsp", "<td onclick=\"parent.frames['main'].location='get.jsp'\">デジタル証明書の取得</td>")},
	 9},
	{"window.open",
	 {ANSWER("GET menu.jsp",
		 "<a href='#' onclick=\"window.open('get.jsp','w','width=800,height=600'); return false\">デジタル証明書の取得</a>")},
	 9},
	{"nested frames",
	 {ANSWER("POST login.do", "<frameset><frame src=outer.jsp name=outer></frameset>"),
	  ANSWER("GET outer.jsp", "<frameset><frame src=head.jsp><frame src=menu.jsp><frame src=main.jsp name=main></frameset>")},
	 10},
	{"iframe for the work",
	 {ANSWER("POST login.do", "<a href=logout.jsp>ログアウト</a><a href=get.jsp target=main>デジタル証明書の取得</a><iframe name=main "
				  "src=main.jsp></iframe>")},
	 7},
	{"a frame of somebody else",
	 {ANSWER("POST login.do",
		 "<frameset><frame src='https://banner.example/'><frame src=menu.jsp><frame src=main.jsp name=main></frameset>")},
	 0},
	{"script after login",
	 {ANSWER("POST login.do", "<html><body onload=\"top.location.href='frame.jsp'\">ログインしました。</body></html>"),
	  ANSWER("GET frame.jsp", "<frameset><frame src=head.jsp><frame src=menu.jsp><frame src=main.jsp name=main></frameset>")},
	 10},
	{"self-submitting form after login",
	 {ANSWER("POST login.do",
		 "<body onload='document.forms[0].submit()'><form action=frame.jsp method=post><input type=hidden name=t value=1></form>"),
	  ANSWER("POST frame.jsp", "<frameset><frame src=head.jsp><frame src=menu.jsp><frame src=main.jsp name=main></frameset>")},
	 10},
	{"sub-menu",
	 {ANSWER("GET menu.jsp", "<a href=sub.jsp target=main>デジタル証明書の取得</a>"),
	  ANSWER("GET sub.jsp", "<a href=get.jsp>デジタル証明書の取得</a>")},
	 10},
	{"straight to the form",
	 {ANSWER("POST login.do", "<form action=issue.do method=post>認証コード3<input name=a><br>証明書パスワード<input "
				  "name=b><br>証明書パスワードの確認<input name=c>"
				  "<input type=submit value=Submit></form>")},
	 4},
	{"hidden menu link first",
	 {ANSWER("GET menu.jsp", "<a style='visibility:hidden' href=trap.jsp>デジタル証明書の取得</a><a href=get.jsp "
				 "target=main>デジタル証明書の取得</a>")},
	 9},
	{"noframes",
	 {ANSWER("POST login.do", "<frameset><frame src=head.jsp><frame src=menu.jsp><frame src=main.jsp name=main><noframes><a "
				  "href=trap.jsp>デジタル証明書の取得</a></noframes></frameset>")},
	 9},
};

static const struct dialect issues[] = {
	{"unclosed upper case",
	 {ANSWER("GET get.jsp", "<FORM ACTION=issue.do METHOD=POST><TABLE><TR><TH>認証コード３<TD><INPUT "
				"NAME=a><TR><TH>証明書パスワード<TD><INPUT TYPE=PASSWORD NAME=b><TR><TH>"
				"証明書パスワード（確認）<TD><INPUT TYPE=PASSWORD NAME=c></TABLE><INPUT TYPE=SUBMIT VALUE=ＳＵＢＭＩＴ>")},
	 9},
	{"passwords without the word certificate",
	 {ANSWER("GET get.jsp", "<form action=issue.do method=post><table><tr><td>第3認証コード<td><input name=a><tr><td>パスワード"
				"<td><input type=password name=b><tr><td>パスワード（確認）<td><input type=password name=c></table>"
				"<p>※パスワードは16文字以内で入力してください。<input type=submit value=Submit></form>")}},
	{"confirmation by another word",
	 {ANSWER("GET get.jsp", "<form action=issue.do method=post>認証コード3<input name=a><br>証明書パスワード<input "
				"name=b><br>証明書パスワード再入力<input name=c><button>送信</button>"
				"</form>")},
	 9},
	{"readonly and other fields",
	 {ANSWER("GET get.jsp", "<form action=issue.do method=post>認証コード1<input name=x value=REGISTERED readonly><br>備考<input "
				"name=m><br>認証コード3<input name=a><br>証明書パスワード"
				"<input name=b><br>証明書パスワードの確認<input name=c><input type=submit value=Submit></form>")},
	 9},
	{"notes in the cells",
	 {ANSWER("GET get.jsp", "<form action=issue.do method=post><table><tr><td>認証コード3<td><input name=a> "
				"(半角英数字)<tr><td>証明書パスワード<td><input type=password name=b>"
				"<br>※ 8桁以上を推奨します<tr><td>証明書パスワードの確認<td><input type=password name=c></table><input "
				"type=submit value=Submit></form>")},
	 9},
	{"processing page",
	 {ANSWER("POST issue.do", "<p>発行処理中です。しばらくお待ちください。</p><meta http-equiv=refresh content='0;url=ready.jsp'>"),
	  ANSWER("GET ready.jsp", "<form action=download.do method=post><input type=submit value=Download></form>")},
	 10},
};

static const struct dialect downloads[] = {
	{"link",
	 {ANSWER("POST issue.do", "<a href='file.p12'>Download</a>"), {.request = "GET file.p12", .body = fake_file, .length = 8}},
	 9},
	{"link of several words",
	 {ANSWER("POST issue.do", "<a href=m.pdf>手順書ダウンロード</a><a href='file.p12'>デジタル証明書をダウンロードする</a>"),
	  {.request = "GET file.p12", .body = fake_file, .length = 8}},
	 9},
	{"script link",
	 {ANSWER("POST issue.do", "<input type=button value=ダウンロード onclick=\"location.href='file.p12'\">"),
	  {.request = "GET file.p12", .body = fake_file, .length = 8}},
	 9},
	{"window.open",
	 {ANSWER("POST issue.do", "<a href=\"javascript:window.open('file.p12')\">Download</a>"),
	  {.request = "GET file.p12", .body = fake_file, .length = 8}},
	 9},
	{"new window by target",
	 {ANSWER("POST issue.do", "<form target=_blank action=download.do method=post><input type=image src=d.gif alt=Download></form>")},
	 9},
	{"hidden iframe",
	 {ANSWER("POST issue.do", "<form target=dl action=download.do method=post><button type=submit>Download</button></form><iframe "
				  "name=dl style='display:none'></iframe>")},
	 9},
	{"by itself, in an iframe",
	 {ANSWER("POST issue.do", "<p>ダウンロードを開始します。<iframe src=file.p12></iframe>"),
	  {.request = "GET file.p12", .body = fake_file, .length = 8}},
	 9},
	{"by itself, by refresh",
	 {ANSWER("POST issue.do", "<p>ダウンロードを開始します。<meta http-equiv=refresh content='3;url=file.p12'>"),
	  {.request = "GET file.p12", .body = fake_file, .length = 8}},
	 9},
	{"by itself, in a new window",
	 {ANSWER("POST issue.do", "<script>window.open('file.p12');</script>"),
	  {.request = "GET file.p12", .body = fake_file, .length = 8}},
	 9},
	{"page between",
	 {ANSWER("POST download.do",
		 "<p>まもなく開始します<script>setTimeout(function () { location.href = 'file.p12'; }, 1000);</script>"),
	  {.request = "GET file.p12", .body = fake_file, .length = 8}},
	 10},
	{"straight from Submit", {{.request = "POST issue.do", .body = fake_file, .length = 8, .content_type = "application/x-pkcs12"}}, 8},
	{"message that Download is there",
	 {ANSWER("POST issue.do", "<p>認証コード3が正しくない場合は…ロックされています…</p><form action=download.do method=post><input "
				  "type=submit value=Download></form>")},
	 9},
};

static void expect_file(const struct dialect *dialect)
{
	struct fake *fake = fake_new(dialect->answers);
	naccs_status status = fake_obtain(fake);

	if (status != NACCS_OK)
		fail_msg("%s: %s", dialect->name, fake->err.message);
	assert_int_equal(fake->receives, 1);
	if (dialect->requests > 0 && fake->request_count > dialect->requests)
		fail_msg("%s: %zu requests", dialect->name, fake->request_count);
	assert_int_equal(fake_count_carrying(fake, "NAC11110A"), 1);
	assert_int_equal(fake_count_carrying(fake, "XYZ98765QW"), 1);
	assert_int_equal(fake_count(fake, "GET trap.jsp") + fake_count(fake, "POST trap.do"), 0);
	fake_free(fake);
}

#define EACH(list)                                                                                                                         \
	do {                                                                                                                               \
		for (size_t i = 0; i < sizeof(list) / sizeof *(list); i++)                                                                 \
			expect_file(&(list)[i]);                                                                                           \
	} while (0)

static void every_way_to_write_the_login_form_is_understood(void **state)
{
	(void)state;
	EACH(logins);
}

static void every_way_to_write_the_menu_is_understood(void **state)
{
	(void)state;
	EACH(menus);
}

static void every_way_to_write_the_form_for_code3_is_understood(void **state)
{
	(void)state;
	EACH(issues);
}

static void every_way_to_download_is_understood(void **state)
{
	(void)state;
	EACH(downloads);
}

/* All parts in all character sets, told by header, by meta tag, by nothing, or wrongly. */
static void the_dialects_are_understood_in_every_character_set(void **state)
{
	static const char *const iconv_names[] = {"UTF-8", "CP932", "EUC-JP-MS", "ISO-2022-JP"};
	static const char *const types[] = {"text/html; charset=UTF-8", "text/html; charset=Shift_JIS", "text/html;charset=\"EUC-JP\"",
					    "text/html", "text/html; charset=ISO-8859-1"};
	static const char index[] = "<form action=login.do method=post>認証コード１ <input name=a><br>認証コード２ <input "
				    "name=b><br><input type=submit name=go value=ログイン></form>";
	static const char menu[] = "<title>取得画面</title><a href=get.jsp>デジタル証明書の取得</a>";

	(void)state;
	for (size_t i = 0; i < sizeof iconv_names / sizeof *iconv_names; i++) {
		for (size_t j = 0; j < sizeof types / sizeof *types; j++) {
			size_t index_length, menu_length;
			char *index_bytes = encoded(index, iconv_names[i], &index_length),
			     *menu_bytes = encoded(menu, iconv_names[i], &menu_length);
			const struct dialect dialect = {
				iconv_names[i],
				{{.request = "GET index.jsp", .body = index_bytes, .length = index_length, .content_type = types[j]},
				 {.request = "POST login.do", .body = menu_bytes, .length = menu_length, .content_type = types[j]}},
				0};

			expect_file(&dialect);
			free(index_bytes);
			free(menu_bytes);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_way_to_write_the_login_form_is_understood),
		cmocka_unit_test(every_way_to_write_the_menu_is_understood),
		cmocka_unit_test(every_way_to_write_the_form_for_code3_is_understood),
		cmocka_unit_test(every_way_to_download_is_understood),
		cmocka_unit_test(the_dialects_are_understood_in_every_character_set),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
