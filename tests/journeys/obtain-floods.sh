#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A portal that sends without end, or hardly at all: the run ends, with little memory, and keeps its promises about codes.
source "$(dirname "$0")/../harness/portal.bash"
start_portal --slow-ms 50
obtain_options

# flooded FAULT CODE ID SENT OPTIONS…
flooded() {
  local fault=$1 expected=$2 id=$3 sent=$4
  shift 4
  begin_alone "$fault"
  control "fault?set=$fault"
  code=0
  "$PEAK" "$scratch/peak" "$NACCS_CERT" --state-dir "$state" -n --json "${to_portal[@]}" "$@" obtain --codes "$codes" --to "pem:$store" --trust-client-ca \
    >"$scratch/out" 2>"$scratch/err" </dev/null || code=$?
  [ "$code $(json '.error.id')" = "$expected $id" ] || fail "$run: $code $(cat "$scratch/out" "$scratch/err")"
  [ "$(sent)" = "$sent" ] || fail "$run: codes 1, 2, 3 and the password were sent so often: $(sent)"
  [ -n "${SANITIZED:-}" ] || [ "$(cat "$scratch/peak")" -lt 65536 ] || fail "$run: a resident set of $(cat "$scratch/peak") KiB"
  no_code_in "$scratch/out" "$scratch/err" "$state"
  echo "$fault: $(cat "$scratch/peak") KiB"
}

for step in login login-post form; do
  case $step in login) sent="0 0 0 0" ;; *) sent="1 1 0 0" ;; esac
  for fault in endless-body gzip-bomb nested-tags header-flood cookie-flood; do flooded $fault@$step 75 portal.truncated "$sent"; done
  flooded many-tags@$step 76 portal.unknown-page "$sent"
done
for fault in endless-body gzip-bomb; do
  flooded $fault 75 portal.truncated "1 1 1 1" # what came is kept, and no more than a file may have
  [ "$(find "$state/escrow" -type f -size +1024k | wc -l)" = 0 ] || fail "$run: more than 1 MiB is kept"
  [ "$(ls -A "$state/escrow" | wc -l)" = 1 ] || fail "$run: nothing is kept"
done
for fault in nested-tags many-tags header-flood; do
  begin_alone "$fault@submit"
  control "fault?set=$fault@submit"
  naccs --json "${to_portal[@]}" obtain --codes "$codes" --to "pem:$store" --trust-client-ca
  case $code in 75 | 76) ;; *) fail "$run: $code $(cat "$scratch/out")" ;; esac
  [ "$(sent)" = "1 1 1 1" ] || fail "$run: sent $(sent)"
done

# Slow ones end by --timeout, which bounds a request as a whole, not only its silence.
flooded no-handshake 69 net.unreachable "0 0 0 0" --timeout 3
flooded stall@login 69 net.unreachable "0 0 0 0" --timeout 3
flooded slow-loris@login 69 net.unreachable "0 0 0 0" --timeout 3
flooded stall@login-post 75 net.outcome-unknown "1 1 0 0" --timeout 3
flooded stall@form 69 net.unreachable "1 1 0 0" --timeout 3
flooded stall@submit 75 net.outcome-unknown "1 1 1 1" --timeout 3
[ "$(ls -A "$state/escrow" | wc -l)" = 1 ] || fail "$run: nothing is kept for resume"
flooded garbage 76 portal.unknown-page "1 1 0 0"
stop_portal
