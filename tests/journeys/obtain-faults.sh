#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every way in which the portal can fail has its exit code and id, costs one attempt of a code at most, and leaves what resume needs, or nothing.
source "$(dirname "$0")/../harness/portal.bash"
start_portal --terminals 2
obtain_options
later=2026-11-21T03:00:00Z

# obtains FAULTS CODE ID SENT: "-" as ID: success. SENT as sent() says.
obtains() {
  local fault
  begin_alone "$1"
  for fault in $1; do control "fault?set=$fault"; done
  if [ "$3" = - ]; then
    expect "$2" --json "${to_portal[@]}" -vv obtain --codes "$codes" --to "pem:$store" --trust-client-ca
  else
    expect_id "$2" "$3" "${to_portal[@]}" -vv obtain --codes "$codes" --to "pem:$store" --trust-client-ca
    [ ! -e "$store/live" ] || fail "$run: something was installed"
    [ -n "$(json .error.message)" ] || fail "$run: no message"
  fi
  settle
  [ "$(sent)" = "$4" ] || fail "$run: codes 1, 2, 3 and the password were sent so often: $(sent)"
  jq -r 'select(.event == "request") | .fields[] | select(length > 11)' "$journal" >"$scratch/more-secrets"
  no_code_in "$scratch/out" "$scratch/err" "$state"
}

nothing_held() { [ -z "$(ls -A "$state/escrow")" ] || fail "$run: escrow holds $(ls -R "$state/escrow")"; }
something_held() { [ "$(ls -A "$state/escrow" | wc -l)" = 1 ] || fail "$run: escrow holds not one entry: $(ls -A "$state/escrow")"; }
answer_held() { # FILE: this came, byte by byte
  find "$state/escrow" -type f -size "$(stat -c %s "$1")c" -exec cmp -s "$1" {} \; -print | grep -q . || fail "$run: the answer is not in escrow as it came"
}
page_saved() {
  local pages
  pages=$(find "$state/pages" -type f)
  [ "$(wc -l <<<"$pages")" = 1 ] && [ -n "$pages" ] || fail "$run: not one page was saved: $pages"
  [ "$(stat -c %a "$pages")" = 600 ] && [ "$(stat -c %a "$state/pages")" = 700 ] || fail "$run: others may read the saved page"
  [[ $(json .error.message) == *"$(basename "$pages")"* ]] || fail "$run: the message does not name the saved page"
}

# ---- what the portal says of the codes, the password and itself, in its three wordings, on a page of its own or above the form
for wording in 1 2 3; do
  for refusal in page form; do
    control "dialect?set=plain,wording=$wording,refusal=$refusal"
    obtains login-refused 77 portal.login-refused "1 1 0 0"
    nothing_held
    obtains code3-refused 77 portal.code-refused "1 1 1 1"
    nothing_held
    obtains password-refused 77 portal.password-refused "1 1 1 1"
    nothing_held
    obtains locked 77 portal.locked "1 1 1 1"
    nothing_held
  done
  obtains session-ended 75 portal.session-ended "2 2 0 0"
  nothing_held
  obtains session-ended:1 0 - "2 2 1 1"
  nothing_held
  for fault in maintenance maintenance-503; do
    obtains $fault 75 portal.maintenance "0 0 0 0"
    [[ $(json .error.message) == *"8:00"* || $(json .error.message) == *"8時"* ]] || fail "$run: until when? $(json .error.message)"
    nothing_held
  done
done
control "dialect?set=plain"
obtains maintenance@submit 75 portal.maintenance "1 1 1 1"
obtains session-ended@submit:1 0 - "2 2 2 2" # the first one was not taken
obtains session-ended@download:1 0 - "2 2 2 2"

# ---- pages that are not understood: before code 3 is spent, saved without what is secret
for dialect in plain session=url,token=japanese,names=random session=both,charset=shift_jis,frames=none; do
  control "dialect?set=plain,$dialect"
  obtains unknown-page@login 76 portal.unknown-page "0 0 0 0"
  page_saved
  for fault in unknown-page@login-post unknown-page@frame unknown-page error-500 not-found empty-page label-changed button-changed label-twice script-logic extra-field menu-changed; do
    obtains $fault 76 portal.unknown-page "1 1 0 0"
    nothing_held
    page_saved
  done
  for fault in not-html many-tags; do
    obtains $fault 76 portal.unknown-page "1 1 0 0"
    nothing_held
  done
done
control "dialect?set=plain"
obtains unknown-page@submit 76 portal.unknown-page "1 1 1 1"
page_saved
something_held

# ---- no whole PKCS#12 came: what came is kept; asked for again the same day, with the same password; never on the next
fetched_again() { # CODE ID FAULT: fails so first, then resume succeeds
  obtains "$3:1" "$1" "$2" "1 1 1 1"
  something_held
  expect 0 --json "${to_portal[@]}" -vv resume --codes "$codes"
  [ "$(json .result)" = installed ] || fail "$run: resume says $(json .result)"
  expect 0 --at "$now" verify --store "pem:$store"
  settle
  [ "$(sent)" = "2 2 2 2" ] || fail "$run: sent so often: $(sent)"
  [ "$(journal_of_run 'map(select(.event == "request") | .fields.password | values) | unique | length')" = 1 ] || fail "$run: not the same password"
  nothing_held
}
for fault in html-instead-of-file empty-file not-a-pkcs12; do fetched_again 76 portal.not-pkcs12 $fault; done
for fault in truncated-file truncated-length truncated-chunk truncated-tls oversize-pkcs12; do fetched_again 75 portal.truncated $fault; done
fetched_again 75 net.outcome-unknown close-before
fetched_again 75 net.outcome-unknown close-after
fetched_again 69 net.redirect-refused redirect-host@download

obtains not-a-pkcs12 76 portal.not-pkcs12 "1 1 1 1"
printf '%%PDF-1.4\n%% whatever this is, it is no PKCS#12, neither whole nor cut\n' >"$scratch/answer"
answer_held "$scratch/answer"
obtains html-instead-of-file 76 portal.not-pkcs12 "1 1 1 1"
page_saved
grep -rqa 'エラー' "$state/escrow" || fail "$run: the answer is not in escrow"

obtains truncated-length 75 portal.truncated "1 1 1 1"
sed "s/^code3 = .*/code3 = $(sed -n 's/^code3 = //p' "${portal[dir]}/codes-11110B" 2>/dev/null || true)/" "$codes" >"$scratch/other-codes"
sed -i "s/^code3 = \$/code3 = AAAABBBBCCCC/" "$scratch/other-codes"
chmod 600 "$scratch/other-codes"
segment another-code
expect 77 --json "${to_portal[@]}" resume --codes "$scratch/other-codes"
[ "$(sent)" = "0 0 0 0" ] || fail "another code was sent"
segment next-day
control "clock?set=$later"
to_portal[1]=$later
expect_id 77 portal.locked "${to_portal[@]}" resume --codes "$codes"
settle
[ "$(requests)" = 0 ] || fail "the portal was asked on the next day"
something_held
control "clock?set=$now"
to_portal[1]=$now

# ---- all of it came, however the connection ended: the file itself says so
obtains bare-end 0 - "1 1 1 1"
nothing_held

# ---- a PKCS#12 that can't be used: 65, and kept; while it is in escrow the portal is not asked for another by its code
for fault in corrupt-pkcs12 wrong-password; do
  obtains $fault 65 pkcs12.password "1 1 1 1"
  something_held
  cp "$state"/escrow/*/answer "$scratch/answer"
  control "fault?set=none"
  segment again
  expect_id 65 pkcs12.password "${to_portal[@]}" resume --codes "$codes"
  settle
  [ "$(requests)" = 0 ] || fail "the portal was asked again"
  answer_held "$scratch/answer"
done
obtains mismatch 65 pkcs12.mismatch "1 1 1 1"
something_held

# ---- a PKCS#12 in escrow: its code is never submitted again; resume needs neither portal nor codes, on any later day
held() {
  begin_alone "$1"
  expect_id 77 ca.refused "${to_portal[@]}" obtain --codes "$codes" --to "pem:$store" --client-ca-sha256 "$(printf '%064d' 0)"
  something_held
  [ "$(sent)" = "1 1 1 1" ] || fail "$run: sent so often: $(sent)"
}
client_ca=$(env -u OPENSSL_CONF openssl x509 -in "${portal[client-ca]}" -noout -fingerprint -sha256 | sed 's/.*=//; s/://g' | tr A-F a-f)
held obtained-again
segment again
expect 0 --json "${to_portal[@]}" obtain --codes "$codes" --to "pem:$store" --client-ca-sha256 "$client_ca"
settle
[ "$(requests)" = 0 ] || fail "obtain asked the portal for what is in escrow"
expect 0 --at "$now" verify --store "pem:$store"
no_leftover "$state"

held resumed-offline
stop_portal
expect 0 --json --at 2027-02-03T04:05:06Z resume --client-ca-sha256 "$client_ca"
[ "$(json .result)" = installed ] || fail "resume says $(json .result)"
expect 0 --at 2027-02-03T04:05:06Z verify --store "pem:$store"
no_leftover "$state"
