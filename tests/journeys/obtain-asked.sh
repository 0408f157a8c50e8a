#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# obtain with nothing said asks a person at a terminal for the store, the codes, and whether the CA may be trusted; no secret is shown.
source "$(dirname "$0")/../harness/portal.bash"
start_portal
obtain_options
store=$scratch/store

asked() { # EXPECTED-CODE LAST-ANSWER LAST-TEXT
  local code=0
  "$RUN_AT_TERMINAL" --expect "store's URI" --type "pem:$store" --expect 認証コード1 --type "$code1" --expect 認証コード2 --type "$code2" \
    --expect 認証コード3 --type "$code3" \
    --expect '[y/N]' --type "$2" --expect "$3" -- "$NACCS_CERT" --state-dir "$state" "${to_portal[@]}" obtain >"$scratch/out" 2>&1 || code=$?
  [ "$code" = "$1" ] || { cat "$scratch/out" >&2; fail "answered $2: exit code $code instead of $1"; }
  for secret in "$code1" "$code2" "$code3"; do
    if grep -qF "$secret" "$scratch/out"; then fail "a code is on the screen"; fi
  done
}

# A no keeps the PKCS#12 in escrow: it can be had only once. The yes comes by resume, without the portal.
asked 77 n ca.refused
[ ! -e "$store/live" ] || fail "installed after a no"
stop_portal
expect 0 --at "$now" resume --trust-client-ca
expect 0 --at "$now" verify --store "pem:$store"
no_leftover "$state"

rm -rf "$store" "$state" "$scratch/portal"
start_portal
obtain_options
asked 0 y installed
expect 0 --at "$now" verify --store "pem:$store"
no_leftover "$state"

# Kept when it is obtained, for a store that lets no key out later: the backup is there before the install, and serves another machine.
rm -rf "$store" "$state" "$scratch/portal"
start_portal
obtain_options
printf 'five random words for it\n' >"$scratch/passphrase"
chmod 600 "$scratch/passphrase"
expect 0 "${to_portal[@]}" obtain --codes "$codes" --to "pem:$store" --trust-client-ca --backup "$scratch/kept.p12" --passphrase-file "$scratch/passphrase"
no_leftover "$state"
mv "$store" "$scratch/first-store"
rm -rf "$state"
expect 0 --at "$now" restore "$scratch/kept.p12" --passphrase-file "$scratch/passphrase" --trust-client-ca
cmp -s "$store/live/privkey.pem" "$scratch/first-store/live/privkey.pem" || fail "another key came back"

# The passphrase of a new backup is asked for twice, and a slip is noticed.
backup() { # EXPECTED-CODE SECOND-ANSWER LAST-TEXT
  local code=0
  "$RUN_AT_TERMINAL" --expect "Passphrase for the backup" --type "correct horse" --expect "again" --type "$2" --expect "$3" -- \
    "$NACCS_CERT" --state-dir "$state" --at "$now" backup "$scratch/typed.p12" >"$scratch/out" 2>&1 || code=$?
  [ "$code" = "$1" ] || { cat "$scratch/out" >&2; fail "backup, typed $2: exit code $code instead of $1"; }
  ! grep -q 'correct horse' "$scratch/out" || fail "the passphrase is on the screen"
}
backup 64 "correct hores" differ
[ ! -e "$scratch/typed.p12" ] || fail "a backup under a mistyped passphrase"
backup 0 "correct horse" "read back"
"$RUN_AT_TERMINAL" --expect "Passphrase of" --type "correct horse" --expect unchanged -- \
  "$NACCS_CERT" --state-dir "$state" --at "$now" restore "$scratch/typed.p12" >"$scratch/out" 2>&1 || fail "a restore at a terminal: $(cat "$scratch/out")"
