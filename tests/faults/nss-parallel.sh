#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# nss-parallel.sh [RUNS]: so many installs at once into one NSS database that does not exist yet, each with a state directory of its own, then all with the same one. Each waits
# for its turn and succeeds; the database holds one key and each certificate once.
. "$(dirname "$0")/../harness/journey.sh"
command -v certutil >/dev/null || skip "needs certutil (Debian: libnss3-tools)"
runs=${1:-50}

make_pkcs12 portal.p12

# all_at_once DATABASE STATE…: as many runs as there are state directories.
all_at_once() {
  local database=$1 i=0 own
  shift
  rm -f "$scratch"/code-*
  for own in "$@"; do
    i=$((i + 1))
    {
      code=0
      "$NACCS_CERT" --state-dir "$own" -n --json --timeout 600 install "$scratch/portal.p12" --to "nss:$database" --password-file "$scratch/password" \
        --trust-client-ca >"$scratch/out-$i" 2>"$scratch/err-$i" </dev/null || code=$?
      echo "$code" >"$scratch/code-$i"
    } &
  done
  wait
  for i in $(seq "$#"); do
    [ "$(cat "$scratch/code-$i")" = 0 ] || fail "run $i of $#: $(cat "$scratch/code-$i" "$scratch/out-$i" "$scratch/err-$i")"
  done
  [ "$(cat "$scratch"/out-* | jq -r .result | sort | uniq -c | sort -n | tail -n 1 | awk '{ print $2 }')" = unchanged ] || fail "most should have found it installed"
  [ "$(certutil -K -d "sql:$database" | grep -c '^<')" = 1 ] || fail "not one key: $(certutil -K -d "sql:$database")"
  [ "$(certutil -L -d "sql:$database" | grep -c 'NACCS 11110A')" = 1 ] || fail "not one certificate: $(certutil -L -d "sql:$database")"
  "$NACCS_CERT" --state-dir "$1" -n -q verify --store "nss:$database" >/dev/null 2>&1 || fail "it does not verify"
  [ -z "$(find "$database" -name '.naccs*')" ] || fail "left over: $(ls -A "$database")"
}

own=()
shared=()
for i in $(seq "$runs"); do
  own+=("$scratch/state-$i")
  shared+=("$scratch/state")
done
all_at_once "$scratch/own" "${own[@]}"
all_at_once "$scratch/shared" "${shared[@]}"
