#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A renewal as its rules have it: when, by which certificate, what is compared before anything is applied for, what is waited for, what is refused of what comes, and what
# stays for resume.
portal_options=()
source "$(dirname "$0")/../harness/renewal.bash"
obtain_template 'pem:@/store'
first=$(readlink "$scratch/template/store/live")

# --- when ---
fresh too-early
to_portal[1]=$early
expect_id 77 portal.not-due "${to_portal[@]}" renew --from "pem:$store"
[ "$(json .result)" = not-due ] || fail "result $(json .result)"
[ "$(json .certificate.renew_from)" = 2031-11-22T02:59:00Z ] || fail "it opens at $(json .certificate.renew_from)"
json .error.message | grep -q '2031-11-22 11:59 JST' || fail "no date: $(json .error.message)"
expect 0 "${to_portal[@]}" renew --due
expect 11 "${to_portal[@]}" --json renew --due --detailed-exitcode
[ "$(json '.result + " " + .renewals[0].result')" = "not-due not-due" ] || fail "due: $(json .result)"
to_portal[1]=$over
expect_id 77 portal.expired "${to_portal[@]}" renew --from "pem:$store"
json .error.hint | grep -q 再発行 || fail "no way to a reissue"
expect_id 77 portal.expired "${to_portal[@]}" renew --due
[ "$(requests)" = 0 ] || fail "the portal was asked out of time"
is_untouched
to_portal[1]=$later
printf '[terminal 11110A]\nstore = pem:%s\nrenew-before = 14d\n' "$store" >"$base/short.conf"
expect_id 77 portal.not-due --config "$base/short.conf" "${to_portal[@]}" renew --terminal 11110A
expect 0 --config "$base/short.conf" "${to_portal[@]}" renew --due
[ "$(requests)" = 0 ] || fail "renew-before does not shorten the window"

# --- a renewal, and once more ---
fresh plain
expect 0 "${to_portal[@]}" --json renew
[ "$(json '[.command, .result, .stores[0].result, (.certificate.not_after | .[:4])] | join(" ")')" = "renew renewed installed 2036" ] || fail "$(cat "$scratch/out")"
is_renewed
no_leftover "$base"
no_code_in "$scratch/out" "$scratch/err" "$state"
[ "$(applications)" = 1 ] || fail "applications: $(applications)"
expect_id 77 portal.not-due "${to_portal[@]}" renew
expect 0 "${to_portal[@]}" renew --due
expect 0 "${to_portal[@]}" rollback --from "pem:$store"
[ "$(current)" = "$first" ] || fail "no way back"
expect 0 "${to_portal[@]}" renew --due # what has a successor is not renewed again
[ "$(applications)" = 1 ] || fail "it was renewed twice"

fresh detailed
expect 10 "${to_portal[@]}" renew --due --detailed-exitcode
is_renewed

# --- the confirmation is compared before anything is sent ---
for wrong in confirm-other confirm-less extra-field@confirm button-changed@confirm; do
  for confirm in cell columns line fields; do
    fresh "$wrong-$confirm" "confirm=$confirm"
    fault "$wrong"
    expect_id 76 portal.unknown-page "${to_portal[@]}" renew --from "pem:$store"
    [ "$(seen apply)" = 0 ] || fail "$run: the application was sent"
    [ "$(escrow_state)" = none ] || fail "$run: escrow holds $(escrow_state)"
    ls "$state/pages" | grep -q html || fail "$run: the page was not saved"
    is_untouched
  done
done

# --- who comes ---
for refusal in alert page; do
  for tls in 1.2 1.3; do
    for auth in late handshake; do
      for wording in 1 2 3; do
        [ $refusal = page ] || [ $wording = 1 ] || continue
        fresh "over-$refusal-$tls-$auth-$wording" "auth-refusal=$refusal,tls=$tls,auth=$auth,wording=$wording"
        control "clock?set=$over" # the portal's clock: ours says that it is time
        naccs "${to_portal[@]}" --json renew --from "pem:$store"
        [ "$code" = 77 ] || fail "$run: exit code $code: $(cat "$scratch/out")"
        [ "$refusal" = page ] || [ "$(json .error.id)" = portal.expired ] || fail "$run: $(json .error.id)"
        [ "$(escrow_state)" = none ] || fail "$run: escrow holds $(escrow_state)"
        control "clock?set=$later"
        fault certificate-refused
        expect_id 77 portal.login-refused "${to_portal[@]}" renew --from "pem:$store"
        is_untouched
      done
    done
  done
done
# a certificate of another authority of the same name, as somebody could make one
fresh rogue
state=$base/rogue-state
mkdir "$base/other-ca"
"$MAKE_PKCS12" --out "$base/rogue.p12" --password-file "$scratch/password" --ca-dir "$base/other-ca" --terminal 11110A --not-before 2026-11-20T00:00:00Z
expect 0 "${to_portal[@]}" install "$base/rogue.p12" --password-file "$scratch/password" --to "pem:$base/rogue" --trust-client-ca
for refusal in alert page; do
  control "dialect?set=plain,auth-refusal=$refusal"
  expect_id 77 portal.login-refused "${to_portal[@]}" renew --from "pem:$base/rogue"
done
[ "$(seen apply)" = 0 ] || fail "a rogue certificate came as far as the application"

# --- the portal says no ---
fresh not-due
fault not-due
expect_id 77 portal.not-due "${to_portal[@]}" renew --from "pem:$store"
[ "$(escrow_state)" = none ] || fail "escrow holds $(escrow_state)"
for wording in 1 2 3; do
  fresh "application-refused-$wording" "wording=$wording"
  fault application-refused
  expect_id 77 portal.not-issued "${to_portal[@]}" renew --from "pem:$store"
  is_untouched
  fresh "maintenance-$wording" "wording=$wording"
  fault maintenance@renew
  expect_id 75 portal.maintenance "${to_portal[@]}" renew --from "pem:$store"
  [ "$(escrow_state)" = none ] || fail "escrow holds $(escrow_state)"
done

# --- maintenance by the calendar: the third Tuesday, 22:00 in Japan ---
fresh calendar
to_portal[1]=2031-12-16T13:30:00Z
control 'clock?set=2031-12-16T13:30:00Z'
expect_id 75 portal.maintenance "${to_portal[@]}" renew --due
[ "$(requests)" = 0 ] || fail "--due did not wait for the end of the maintenance"
expect 0 "${to_portal[@]}" --json renew
json '.warnings[].id' | grep -q portal.maintenance-soon || fail "no warning of the maintenance"
to_portal[1]=$later

# --- waiting ---
for status in meta refresh script reload submit frame next; do
  fresh "stuck-$status" "status=$status"
  fault status-stuck
  expect_id 75 portal.pending "${to_portal[@]}" --timeout 12 renew --from "pem:$store"
  [ "$(escrow_state)" = applied ] || fail "$run: escrow holds $(escrow_state)"
  json .error.message | grep -q 鍵生成中 || fail "$run: $(json .error.message)"
  is_untouched
  fault none
  expect 0 --json "${to_portal[@]}" resume
  is_renewed
  [ "$(applications)" = 1 ] || fail "$run: applications: $(applications)"
done
fresh silent-status # a page that does not ask again by itself, and offers nothing to press
fault status-silent
expect_id 75 portal.pending "${to_portal[@]}" --timeout 12 renew --from "pem:$store"
[ "$(escrow_state)" = applied ] || fail "$run: escrow holds $(escrow_state)"
is_untouched
fault none
expect 0 "${to_portal[@]}" resume
is_renewed
[ "$(applications)" = 1 ] || fail "$run: applications: $(applications)"
fresh new-state
fault status-new:2
expect 0 "${to_portal[@]}" -v renew --from "pem:$store"
grep -q 承認待ち "$scratch/err" || fail "a state that is new is not shown"
is_renewed
fresh failed-state
fault status-failed
expect_id 77 portal.not-issued "${to_portal[@]}" renew --from "pem:$store"
json .error.message | grep -q 発行失敗 || fail "$(json .error.message)"
[ "$(escrow_state)" = applied ] || fail "escrow holds $(escrow_state)"
is_untouched

# --- a session that is lost in the middle ---
for step in menu confirm apply status password submit download-page download; do
  fresh "lost-$step"
  fault "session-ended@$step:1"
  naccs "${to_portal[@]}" --json renew --from "pem:$store"
  if [ $step = apply ]; then # whether it was sent is not known: here it was not
    [ "$code" = 76 ] && [ "$(applications)" = 0 ] || fail "$run: $code, $(cat "$scratch/out")"
    expect_id 76 portal.unknown-page "${to_portal[@]}" resume
    expect 0 "${to_portal[@]}" resume --apply-again
  else
    [ "$code" = 0 ] || fail "$run: $code, $(cat "$scratch/out")"
  fi
  [ "$(applications)" = 1 ] || fail "$run: applications: $(applications)"
  is_renewed
done

# --- a connection that is lost with the application ---
fresh unknown-outcome
fault close-after@apply:1
expect_id 75 net.outcome-unknown "${to_portal[@]}" renew --from "pem:$store"
[ "$(escrow_state)" = applied ] || fail "escrow holds $(escrow_state)"
expect 0 "${to_portal[@]}" renew --due
[ "$(applications)" = 1 ] || fail "applications: $(applications)"
is_renewed
fresh lost-application
fault close-before@apply:1
expect_id 75 net.outcome-unknown "${to_portal[@]}" renew --from "pem:$store"
expect_id 76 portal.unknown-page "${to_portal[@]}" renew --due
[ "$(applications)" = 0 ] || fail "applications: $(applications)"
json '.renewals[0].error.hint' | grep -q apply-again || fail "no word of --apply-again"
expect 0 "${to_portal[@]}" renew --from "pem:$store" --apply-again
[ "$(applications)" = 1 ] || fail "applications: $(applications)"
is_renewed

# --- what comes must be the successor ---
for impostor in issued-other issued-old-key issued-older issued-by-other issued-same; do
  fresh $impostor
  fault $impostor
  naccs "${to_portal[@]}" --json renew --from "pem:$store"
  case $impostor in issued-by-other) wanted="77 ca.refused" ;; *) wanted="65 pkcs12.mismatch" ;; esac
  [ "$code $(json .error.id)" = "$wanted" ] || fail "$run: $code $(json .error.id), $(json .error.message)"
  [ "$(escrow_state)" = received ] || fail "$run: escrow holds $(escrow_state)"
  is_untouched
done

# --- the file ---
for broken in truncated-file truncated-length truncated-tls not-a-pkcs12 html-instead-of-file; do
  fresh $broken
  fault "$broken"
  naccs "${to_portal[@]}" --json renew --from "pem:$store"
  [ "$code" = 75 ] || [ "$code" = 76 ] || fail "$run: $code"
  is_untouched
  fault none
  expect 0 "${to_portal[@]}" resume
  is_renewed
  [ "$(applications)" = 1 ] || fail "$run: applications: $(applications)"
done
# after the day in Japan the portal has locked it
fresh next-day
fault truncated-length
expect_id 75 portal.truncated "${to_portal[@]}" renew --from "pem:$store"
to_portal[1]=2031-11-30T15:00:00Z
control 'clock?set=2031-11-30T15:00:00Z'
segment next-day
expect_id 77 portal.locked "${to_portal[@]}" resume
json .error.hint | grep -q 再発行 || fail "no way to a reissue"
[ "$(requests)" = 0 ] || fail "the portal was asked on the next day"
to_portal[1]=$later

stop_portal
