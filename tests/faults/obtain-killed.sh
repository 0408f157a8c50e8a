#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# obtain-killed.sh KIND: SIGKILL before or after each durable system call of an obtain (kill-before, kill-after), or while the portal keeps it waiting for each answer,
# or for the rest of one (at-request). Whatever the moment, resume ends with what was obtained, or holds nothing, and obtain works again; a code whose PKCS#12 is in
# escrow is not sent again; no secret, no temporary file is left.
source "$(dirname "$0")/../harness/portal.bash"
kind=$1
start_portal
obtain_options

declare -A met
# finish: after the kill, by hand of a person: resume, and obtain where resume had nothing.
finish() {
  local before=none
  settle
  [ -z "$(ls -A "$state/escrow" 2>/dev/null)" ] || before=$(cat "$state"/escrow/*/state.json 2>/dev/null | jq -r .state 2>/dev/null || true)
  met[${before:-none}]=1
  control "fault?set=none"
  segment resumed
  expect 0 --json "${to_portal[@]}" resume --codes "$codes"
  settle
  if [ "$before" = received ]; then
    [ "$(requests)" = 0 ] || fail "$run: the portal was asked for what is in escrow"
    [ -e "$store/live" ] || fail "$run: nothing was installed from escrow"
  elif [ "$before" = submitted ]; then
    [ "$(sent)" = "1 1 1 1" ] || fail "$run: resume sent $(sent)"
    [ -e "$store/live" ] || fail "$run: resume from “submitted” installed nothing"
  fi
  [ "$(jq -rs 'map(select(.event == "request") | .fields.password | values) | unique | length' "$journal")" -le 1 ] || [ "$before" = none ] || [ "$before" = prepared ] ||
    fail "$run: another password"
  if [ ! -e "$store/live" ]; then
    segment obtained
    expect 0 "${to_portal[@]}" obtain --codes "$codes" --to "pem:$store" --trust-client-ca
    [ "$(sent)" = "1 1 1 1" ] || fail "$run: the second obtain sent $(sent)"
  fi
  expect 0 --at "$now" verify --store "pem:$store"
  no_leftover "$state"
  no_leftover "$store"
  no_code_in "$state"
  if grep -rlaq 'PRIVATE KEY' "$state"; then fail "$run: a private key lies in the state directory"; fi
}

if [ "$kind" = at-request ]; then
  for fault in stall slow-loris; do
    for step in login login-post frame header menu top form submit download-page download logout; do
      begin_alone "$fault@$step"
      control "fault?set=$fault@$step"
      "$NACCS_CERT" --state-dir "$state" -n "${to_portal[@]}" obtain --codes "$codes" --to "pem:$store" --trust-client-ca >"$scratch/out" 2>"$scratch/err" </dev/null &
      pid=$!
      until grep -q "\"fault\":\"$fault\"" "$journal"; do kill -0 $pid 2>/dev/null || fail "$run: it ended: $(cat "$scratch/err")"; done
      kill -KILL $pid
      wait $pid 2>/dev/null || true
      finish
    done
  done
  for state_met in prepared submitted received; do [ -n "${met[$state_met]:-}" ] || fail "escrow was never found $state_met"; done
  stop_portal
  exit 0
fi

n=1
while :; do
  begin_alone "$kind-$n"
  code=0
  NACCS_FAULT_AT=$n NACCS_FAULT_KIND=$kind NACCS_FAULT_PROGRAM=naccs-cert LD_PRELOAD=$NACCS_FAULTS \
    "$NACCS_CERT" --state-dir "$state" -n "${to_portal[@]}" obtain --codes "$codes" --to "pem:$store" --trust-client-ca >"$scratch/out" 2>"$scratch/err" </dev/null || code=$?
  [ "$code" = 137 ] || break
  finish
  n=$((n + ${NACCS_FAULT_STRIDE:-1}))
done
[ "$code" = 0 ] || { cat "$scratch/err" >&2; fail "the undisturbed obtain ended with $code"; }
[ $n -gt 40 ] || fail "only $n durable steps were met: is the fault library loaded?"
for state_met in prepared submitted received; do [ "${NACCS_FAULT_STRIDE:-1}" != 1 ] || [ -n "${met[$state_met]:-}" ] || fail "escrow was never found $state_met"; done
stop_portal
echo "$kind: $((n - 1)) steps of an obtain"
