#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The plain journey shows every screen of the manual with its texts, and ends with a PKCS#12; the journal tells what happened.
source "$(dirname "$0")/lib.bash" || exit 1
start_simulator --clock 2026-11-20T03:00:00Z
dialect=${ready[dialect]}

says() { if grep -q "$2" "$room/page"; then ok "$1"; else not_ok "$1: no '$2'"; fi; }

rm -f "$room/jar"
fetch "$start"
is "login page has its title" "$(title)" ユーザ認証
says "login page has the manual's words" 選択されたポリシでは、証明書の発行にユーザ認証が必要です。
submit "$code1" "$code2"
is "login leads to the frame page" "$(title)" NACCSデジタル証明書取得画面
fetch "$base/NACCS/header.jsp"
says "header has the way to the top" トップへ
says "header has the way out" ログアウト
fetch "$base/NACCS/top.jsp"
says "first page has the manual's words" 左メニューより「デジタル証明書の取得」を選択し
fetch "$base/NACCS/menu.jsp"
fetch "$(leads_to '//a')"
is "menu leads to the form" "$(title)" デジタル証明書の取得
says "form has code 3" 認証コード3
says "form has the confirmation" 証明書パスワードの確認
walk_submit "$code3" 'Pass!word16char$'
says "code 3 leads to Download" 「Download」ボタンをクリックし
walk_download
is "Download gives the certificate and its CA" "$(opens_with 'Pass!word16char$')" "11110A NACCS Client CA"
is "the file has 15 digits" "$(sed -nE 's/^Content-Disposition: attachment; filename=([0-9]{15}\.p12)\r$/\1/p' "$room/headers")" 202611200000295.p12
fetch "$base/NACCS/logout.do"
says "logging out says so" ログアウトしました
fetch "$base/NACCS/obtain.jsp"
says "after that the session has ended" セッションが無効です

is "code 1 and 2 came once" "$(journal | jq -r 'select(.secrets | index("code1")) | "\(.step) \(.listener)"' 2>/dev/null)" "login-post portal"
is "code 3 and the password came once" "$(journal | jq -r 'select(.event == "request" and (.secrets | length) > 0 and .step == "submit") | .secrets | join(" ")')" "code3 password"
is "no request departed from what a browser sends" "$(journal | jq -r 'select(.deviation != null) | .deviation')" ""
is "steps are in the journal" "$(journal | jq -r 'select(.event == "request") | .step' | paste -sd ' ')" \
	"login login-post frame header top menu form submit download-page download logout form"
