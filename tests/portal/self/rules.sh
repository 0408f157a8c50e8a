#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The rules of the real portal: same-day repetition, the lock from the next day in Japan, idle sessions, one sequence of pages, codes that belong
# together, the password rule, the regular maintenance.
source "$(dirname "$0")/lib.bash" || exit 1
start_simulator --clock 2026-11-20T14:30:00Z --terminals 2 --idle-limit 600 --regular-maintenance # 23:30 in Japan
dialect=${ready[dialect]}
says() { if grep -q "$2" "$room/page"; then ok "$1"; else not_ok "$1: no '$2' in $(title)"; fi; }

walk First1
is "the first acquisition works" "$(opens_with First1)" "11110A NACCS Client CA"
walk Second2
is "the same day it can be taken again, with another password" "$(opens_with Second2)" "11110A NACCS Client CA"
control "clock?advance=1799" >/dev/null
walk Third3
is "up to the last second of the day in Japan" "$(opens_with Third3)" "11110A NACCS Client CA"
control "clock?advance=1" >/dev/null
walk_login "$code1" "$code2"; walk_to_form; walk_submit "$code3" Fourth4
says "from midnight in Japan it is locked" ロックされているため

other=$(sed -n 's/^code3 = //p' "$room/portal/codes-11110B")
walk_login "$code1" "$code2"; walk_to_form; walk_submit "$other" Fourth4
says "another terminal's code 3 is refused" 認証コード3が正しくありません
walk_login "$code1" wrong
says "a wrong code 2 is refused" 認証コードが正しくありません
read_codes "$room/portal/codes-11110B"
for password in '' 'with space' seventeen-letters 'ｆｕｌｌ'; do
	walk_login "$code1" "$code2"; walk_to_form; walk_submit "$code3" "$password"
	says "the password '$password' is refused" 証明書パスワードに使用できない文字
done
walk_login "$code1" "$code2"; walk_to_form; submit "$code3" one two
says "two different passwords are refused" 証明書パスワードに使用できない文字
for password in 'x' '0123456789abcdef' '`-!"#$%&()*,./:' ';?@[]^_{|}~\+<=>'; do
	control reset >/dev/null
	walk "$password"
	is "the password '$password' is taken" "$(opens_with "$password")" "11110B NACCS Client CA"
done

walk_login "$code1" "$code2"
control "clock?advance=601" >/dev/null
fetch "$base/NACCS/obtain.jsp"
says "an idle session has ended" セッションが無効です
walk_login "$code1" "$code2"; walk_to_form; cp "$room/page" "$room/old"; walk_to_form; cp "$room/old" "$room/page"; walk_submit "$code3" Stale
says "a form of an older page is refused" 不正な画面遷移です
is "and the journal says why" "$(journal | tail -2 | jq -r 'select(.deviation) | .deviation')" "the field token does not have the value that the last page gave it"
walk_login "$code1" "$code2"; fetch "$base/NACCS/download.jsp"
says "Download comes after code 3" 不正な画面遷移です
fetch "$base/login.do" --data-urlencode "code1=$code1"
says "the login form must be shown first" 不正な画面遷移です
fetch "$base/nothing.jsp"
is "other addresses are not found" "$(head -1 "$room/headers" | cut -d' ' -f2)" 404

control "clock?set=2026-11-17T12:59:59Z" >/dev/null
fetch "$start"
is "before the third Tuesday 22:00 in Japan it is open" "$(title)" ユーザ認証
control "clock?set=2026-11-17T13:00:00Z" >/dev/null
fetch "$start"
says "then it is closed" '2026年11月17日 22:00 ～ 2026年11月18日 08:00'
control "clock?set=2026-11-17T23:00:00Z" >/dev/null
fetch "$start"
is "at 8:00 it is open again" "$(title)" ユーザ認証
