#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# renew-killed.sh KIND: SIGKILL before or after each durable system call of a renewal (kill-before, kill-after), or while the portal keeps it waiting for each answer, or
# for the rest of one (at-request). Whatever the moment, `renew --due` or `resume`, in turn, ends with one verified successor in the store and one application at the
# portal; only where the application may have been lost on its way somebody is asked (76), and --apply-again goes on. The old certificate stays until then.
portal_options=()
source "$(dirname "$0")/../harness/renewal.bash"
kind=$1
obtain_template 'pem:@/store'
first=$(readlink "$scratch/template/store/live")

declare -A met
n=0
# finish: after the kill, by the timer or by hand of a person.
finish() {
  local before sent_before
  before=$(escrow_state)
  met[$before]=1
  fault none
  sent_before=$(seen apply)
  [ -e "$store/live" ] || fail "$run: no certificate is current"
  segment finished
  if [ $((n % 2)) = 0 ]; then naccs "${to_portal[@]}" --json renew --due; else naccs "${to_portal[@]}" --json resume; fi
  if [ "$code" = 76 ]; then
    [ "$before" = applied ] && [ "$sent_before" = 0 ] && [ "$(applications)" = 0 ] || fail "$run: stopped, although the application had come: $(cat "$scratch/out")"
    [ "$(current)" = "$first" ] || fail "$run: half a renewal"
    rm -r "$state/pages" # the page that it stopped at
    expect 0 "${to_portal[@]}" resume --apply-again
  else
    [ "$code" = 0 ] || fail "$run: $code, $(cat "$scratch/out" "$scratch/err")"
  fi
  settle
  [ "$before" != received ] || [ "$(requests)" = 0 ] || fail "$run: the portal was asked for what is in escrow"
  # a resume with nothing to do (nothing was begun, or all was done) leaves it to the timer
  expect 0 "${to_portal[@]}" renew --due
  [ "$(applications)" = 1 ] || fail "$run: applications: $(applications)"
  [ "$(jq -rs 'map(select(.event == "request" and .step == "submit") | .fields.password | values) | unique | length' "$journal")" -le 1 ] || [ "$before" = none ] || [ "$before" = prepared ] ||
    fail "$run: another password"
  [ "$(ls "$store/archive" | wc -l)" = 2 ] || fail "$run: $(ls "$store/archive")"
  is_renewed
  no_leftover "$base"
  if grep -rlaq 'PRIVATE KEY' "$state"; then fail "$run: a private key lies in the state directory"; fi
}

# fresh, and the journal begins anew: for tests that look at each run.
fresh_alone() {
  settle
  : >"$journal"
  fresh "$@"
}

if [ "$kind" = at-request ]; then
  for fault in stall slow-loris; do
    for step in renew frame header menu top confirm apply status password submit download-page download logout; do
      n=$((n + 1))
      fresh_alone "$fault@$step"
      fault "$fault@$step"
      "$NACCS_CERT" --state-dir "$state" -n "${to_portal[@]}" renew --from "pem:$store" >"$scratch/out" 2>"$scratch/err" </dev/null &
      pid=$!
      until grep -q "\"fault\":\"$fault\"" "$journal"; do kill -0 $pid 2>/dev/null || fail "$run: it ended: $(cat "$scratch/err")"; done
      kill -KILL $pid
      wait $pid 2>/dev/null || true
      finish
    done
  done
else
  while :; do
    n=$((n + ${NACCS_FAULT_STRIDE:-1}))
    fresh_alone "$kind-$n"
    code=0
    NACCS_FAULT_AT=$n NACCS_FAULT_KIND=$kind NACCS_FAULT_PROGRAM=naccs-cert LD_PRELOAD=$NACCS_FAULTS \
      "$NACCS_CERT" --state-dir "$state" -n "${to_portal[@]}" renew --from "pem:$store" >"$scratch/out" 2>"$scratch/err" </dev/null || code=$?
    [ "$code" = 137 ] || break
    finish
  done
  [ "$code" = 0 ] || { cat "$scratch/err" >&2; fail "the undisturbed renewal ended with $code"; }
  [ $n -gt 40 ] || fail "only $n durable steps were met: is the fault library loaded?"
  echo "$kind: $((n - 1)) steps of a renewal"
fi
for state_met in prepared applied submitted received; do [ "${NACCS_FAULT_STRIDE:-1}" != 1 ] || [ -n "${met[$state_met]:-}" ] || fail "escrow was never found $state_met"; done
stop_portal
