#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# nss-killed.sh [KILLS]: SIGKILL at random moments of an install into an NSS database, at the program or at the worker that holds the database. One more run ends in a
# verified install: one key, each certificate once, what was there before untouched, nothing left over anywhere. Every other time the database was there before us.
. "$(dirname "$0")/../harness/journey.sh"
command -v certutil >/dev/null || skip "needs certutil (Debian: libnss3-tools)"
kills=${1:-500}
seed=${NACCS_SEED:-$$}
RANDOM=$seed

make_pkcs12 portal.p12
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$scratch/other.key" -out "$scratch/other.pem" -subj '/CN=Somebody else' 2>/dev/null
mkdir "$scratch/before"
certutil -N -d "sql:$scratch/before" --empty-password
certutil -A -d "sql:$scratch/before" -n 'Somebody else' -t 'CT,C,C' -i "$scratch/other.pem"

database=$scratch/database
arguments=(install "$scratch/portal.p12" --to "nss:$database" --password-file "$scratch/password" --trust-client-ca --json)

# Nothing there, or somebody else's database.
begin() {
  rm -rf "$database" "$state"
  [ $(($1 % 2)) = 0 ] || cp -r "$scratch/before" "$database"
}

# Names, trust and keys, as other programs see them.
look() { { certutil -L -d "sql:$database"; certutil -K -d "sql:$database" | sed 's/^< *[0-9]*>//; s/[0-9a-f]\{40\}//'; } 2>&1 | sort; }

# What it should look like, and how long an install takes, in microseconds.
now() { echo $((${EPOCHREALTIME/./})); }
for kind in 0 1; do
  begin $kind
  started=$(now)
  expect 0 "${arguments[@]}"
  duration=$(($(now) - started))
  look >"$scratch/expected-$kind"
  rm -f "$scratch/files-$kind"
  ls -A "$database" >"$scratch/files-$kind"
done

# The worker if there is one now. Only it: a sanitizer's own child, which looks for leaks at the end, would leave its parent waiting for ever.
worker_of() {
  local child name
  for child in $(cat "/proc/$1/task/$1/children" 2>/dev/null); do
    read -r name 2>/dev/null <"/proc/$child/comm" || continue
    [ "$name" != naccs-cert-stor ] || { echo "$child" && return; }
  done
  echo "$1"
}

hits=0 late=0
while [ "$hits" -lt "$kills" ]; do
  i=$hits
  begin "$i"
  "$NACCS_CERT" --state-dir "$state" -n "${arguments[@]}" >"$scratch/killed.out" 2>"$scratch/killed.err" </dev/null &
  program=$!
  delay=$(((RANDOM * 32768 + RANDOM) % duration))
  sleep "$(printf '%d.%06d' $((delay / 1000000)) $((delay % 1000000)))"
  target=$program
  [ $((RANDOM % 2)) = 0 ] || target=$(worker_of "$program")
  kill -KILL "$target" 2>/dev/null || true
  # How long an install takes depends on what else the machine does: a kill that came too late shortens the guess, each other lengthens it a little.
  if wait "$program" 2>/dev/null; then
    late=$((late + 1)) duration=$((delay + 1))
  else
    hits=$((hits + 1)) duration=$((duration + duration / 16))
  fi

  told="kill $i of seed $seed, after $delay us"
  naccs "${arguments[@]}"
  [ "$code" = 0 ] || fail "$told: the next run ended with $code: $(cat "$scratch/out" "$scratch/err")"
  [ "$(json '.stores[0].verified | "\(.key) \(.client_chain) \(.server_chain)"')" = "true true true" ] || fail "$told: not verified: $(cat "$scratch/out")"
  look >"$scratch/looks"
  diff "$scratch/expected-$((i % 2))" "$scratch/looks" >&2 || fail "$told: the database looks otherwise"
  ls -A "$database" | diff "$scratch/files-$((i % 2))" - >&2 || fail "$told: other files than expected"
  jq -e '[.installs[].state] == ["installed"]' "$state/ledger.json" >/dev/null || fail "$told: the ledger holds $(cat "$state/ledger.json")"
  [ -z "$(ls -A "$state/escrow" 2>/dev/null)" ] || fail "$told: escrow holds $(ls -A "$state/escrow")"
done
echo "$kills kills, $late more that came too late"
