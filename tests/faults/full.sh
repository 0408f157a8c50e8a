#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# full.sh KIND: each durable system call of an install fails in its turn (disk full, I/O error). The error has the right exit code and id, the store is as it was, the next
# run succeeds.
. "$(dirname "$0")/../harness/journey.sh"

kind=$1
store=$scratch/store
make_pkcs12 first.p12
make_pkcs12 second.p12
expect 0 install "$scratch/first.p12" --to "pem:$store" --password-file "$scratch/password" --trust-client-ca
cp -a "$store" "$scratch/store-before"
cp -a "$state" "$scratch/state-before"
tree "$store" >"$scratch/tree-before"
live_before=$(readlink "$store/live")

n=1
failures=0
while :; do
  rm -rf "$store" "$state"
  cp -a "$scratch/store-before" "$store"
  cp -a "$scratch/state-before" "$state"
  code=0
  rm -f "$scratch/trace"
  NACCS_FAULT_AT=$n NACCS_FAULT_KIND=$kind NACCS_FAULT_PROGRAM=naccs-cert NACCS_FAULT_TRACE="$scratch/trace" LD_PRELOAD=$NACCS_FAULTS \
    "$NACCS_CERT" --state-dir "$state" -n --json install "$scratch/second.p12" --to "pem:$store" --password-file "$scratch/password" \
    >"$scratch/out" 2>"$scratch/err" </dev/null || code=$?
  calls=$(wc -l <"$scratch/trace")
  [ "$n" -le "$calls" ] || break
  if [ "$code" != 0 ]; then
    failures=$((failures + 1))
    call=$(sed -n "${n}p" "$scratch/trace" | cut -d ' ' -f 2)
    id=$(json .error.id)
    case $(sed -n "${n}p" "$scratch/trace") in *" $scratch/out" | *" $scratch/err") id=output ;; esac # nobody could be told
    case $kind:$code:$id in
      enospc:74:store.full | *:74:output) ;;
      enospc:74:store.io | enospc:74:file.io) # a disk that is full answers so to calls that need room; the others have no better word
        case $call in fchmod* | chmod* | fchown* | unlink*) ;; *) fail "$kind at call $n ($call): $id" ;; esac ;;
      eio:74:store.io | eio:74:file.io | eio:73:store.open) ;;
      *) cat "$scratch/out" >&2; sed -n "${n}p" "$scratch/trace" >&2; fail "$kind at call $n: exit code $code, id $id" ;;
    esac
    # The store is as it was; or, after the commit, the new certificate is whole and live. While the ledger says "planned" the undoing is the next run's.
    if ! grep -q '"state": "planned"' "$state/ledger.json" && [ "$(readlink "$store/live")" = "$live_before" ]; then
      tree "$store" >"$scratch/tree-after"
      grep -q '"state": "judged"' "$state/ledger.json" || cmp -s "$scratch/tree-before" "$scratch/tree-after" ||
        { diff "$scratch/tree-before" "$scratch/tree-after" >&2; sed -n "${n}p" "$scratch/trace" >&2; fail "$kind at call $n changed the store"; }
    fi
    expect 0 verify --store "pem:$store"
  fi
  expect 0 resume
  expect 0 install "$scratch/second.p12" --to "pem:$store" --password-file "$scratch/password"
  expect 0 verify --store "pem:$store"
  no_secret_in "$state"
  n=$((n + ${NACCS_FAULT_STRIDE:-1}))
done
[ "$code" = 0 ] || fail "the undisturbed install ended with $code"
[ $((failures * ${NACCS_FAULT_STRIDE:-1})) -gt 15 ] || fail "only $failures of $n calls failed: is the fault library loaded?"
echo "$kind: $((n - 1)) calls, $failures of them end the run, each with its id"
