#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every byte sequence of Shift_JIS and EUC-JP, every character in them and in ISO-2022-JP, and what characters are compared by: Windows' functions say what iconv and libunistring say. What they know more or less is named here.
source "$(dirname "$0")/windows.bash"
source "$here/../../harness/journey.sh"
[ -x "$native/tests/unit/portal/charset-dump" ] || fail "the native build has no charset-dump"

"$native/tests/unit/portal/charset-dump" >"$scratch/native"
under_wine "$NACCS_CHARSET_DUMP" | tr -d '\r' >"$scratch/windows"
[ "$(grep -c . "$scratch/native")" -gt 70000 ] || fail "the native dump is short"
diff "$scratch/native" "$scratch/windows" | grep '^[<>]' >"$scratch/differences" || :
# IBM's characters in EUC-JP's second plane are unknown to Windows. ISO-2022-JP is written with Microsoft's names for seven characters too.
grep -vE '^< euc-jp (8f f[34] |.*= 8f f[34] )' "$scratch/differences" | grep -vE '^> iso-2022-jp U\+(2014|2225|FF0D|FF5E|FFE[012]) ' >"$scratch/unexpected" || :
[ ! -s "$scratch/unexpected" ] || fail "the systems differ: $(head -20 "$scratch/unexpected")"
[ "$(grep -c . "$scratch/differences")" -gt 100 ] || fail "it knows more than it should: are these two systems?"
