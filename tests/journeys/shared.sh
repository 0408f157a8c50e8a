#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Stores that others use too, and several of our own in one: somebody else's certificate is listed and never in the way; each install is proven; where the choice is
# open, a person is asked. For each kind of store in BACKENDS that holds other programs' certificates.
. "$(dirname "$0")/../harness/journey.sh"
. "$(dirname "$0")/../harness/stores.bash"

make_pkcs12 hanako.p12 --terminal Hanako --ca-dir "$scratch/elsewhere" --not-before 2025-01-01T00:00:00Z --not-after 2027-01-01T00:00:00Z
make_pkcs12 a.p12 --not-before 2026-11-02T00:00:00Z --not-after 2031-12-02T00:00:00Z
make_pkcs12 a2.p12 --not-before 2026-11-03T00:00:00Z --not-after 2031-12-03T00:00:00Z
make_pkcs12 b.p12 --terminal 22220B --not-before 2026-11-02T00:00:00Z --not-after 2031-12-02T00:00:00Z
later=2027-02-01T00:00:00Z # somebody else's has ended

# install FILE: the certificate's fingerprint is in $installed
install() {
  expect 0 --json install "$scratch/$1" --to "$store" --password-file "$scratch/password" --trust-client-ca
  installed=$(json .certificate.sha256)
}
verified() { json '[.stores[] | "\(.sha256) \(.result) \(.verified.key)"] | sort | join(", ")'; }
is_quiet_on_hanako() {
  expect 0 --at "$later" --json status --store "$store"
  [ "$(json '[.certificates[] | select(.subject | startswith("CN=Hanako")) | "\(.state) \(.ours)"] | join(", ")')" = 'expired false' ] ||
    fail "$kind: somebody else's in status: $(cat "$scratch/out")"
  if json '.warnings[].message' | grep -q Hanako; then fail "$kind: warned of somebody else's: $(json '.warnings[]')"; fi
  expect 0 --at "$later" status --store "$store" --check
  expect 0 --at "$later" status --store "$store" --metrics
  ! grep -q Hanako "$scratch/out" || fail "$kind: somebody else's is measured: $(cat "$scratch/out")"
}
# chosen NUMBER ARGUMENTS…: a person at a terminal answers the list by a number
chosen() {
  local number=$1 got=0
  shift
  "$RUN_AT_TERMINAL" --expect 'Enter its number' --type "$number" -- "$NACCS_CERT" --state-dir "$state" "$@" >"$scratch/shown" 2>&1 || got=$?
  code=$got
}

for kind in $BACKENDS; do
  [ "$kind" != pem ] || continue
  state=$scratch/state-of-hanako
  store_make "$kind" "shared-$kind"
  install hanako.p12
  state=$scratch/state-$kind
  is_quiet_on_hanako # none of ours is there yet

  # ---- one of ours beside somebody else's: it is meant, by every command
  install a.p12
  a=$installed
  is_quiet_on_hanako
  expect 0 --json verify
  [ "$(verified)" = "$a installed true" ] || fail "$kind: verify: $(cat "$scratch/out")"
  expect 0 --json verify --store "$store"
  [ "$(verified)" = "$a installed true" ] || fail "$kind: verify of the store: $(cat "$scratch/out")"
  expect_id 77 portal.not-due --at "$later" renew --from "$store"

  # ---- two generations: the newer one is meant
  install a2.p12
  a2=$installed
  expect 0 --json verify
  [ "$(verified)" = "$a2 installed true" ] || fail "$kind: verify of two generations: $(cat "$scratch/out")"
  expect_id 77 portal.not-due --at "$later" renew --from "$store"
  [ "$(json .certificate.sha256)" = "$a2" ] || fail "$kind: the older generation is renewed: $(cat "$scratch/out")"

  # ---- two terminals: both are proven; where one is to be chosen, the list names ours alone
  install b.p12
  b=$installed
  expect 0 --json verify
  [ "$(verified)" = "$(printf '%s installed true\n' "$a2" "$b" | sort | paste -sd, | sed 's/,/, /')" ] || fail "$kind: verify of two terminals: $(cat "$scratch/out")"
  expect_id 64 usage.invalid verify --store "$store"
  message=$(json .error.message)
  case $message in *"$b"*) ;; *) fail "$kind: the list: $message" ;; esac
  case $message in *Hanako*) fail "$kind: somebody else's in the list: $message" ;; esac
  for number in 1 3; do # in the store's own order
    chosen "$number" --json verify --store "$store"
    listed=$(sed -n "s/^  $number  \([0-9A-Z]*\), .*/\1/p" "$scratch/shown")
    [ -n "$listed" ] && [ "$code" = 0 ] && grep -q "\"subject\": *\"CN=$listed," "$scratch/shown" || fail "$kind: chosen by a person, $number: $code: $(cat "$scratch/shown")"
  done
  for nonsense in 0 4 '' x 1x; do
    chosen "$nonsense" verify --store "$store"
    [ "$code" = 64 ] || fail "$kind: the answer \"$nonsense\": $code: $(cat "$scratch/shown")"
  done

  # ---- a backup holds nobody else's key
  if [ "$kind" = nss ]; then
    expect 0 --at 2026-12-01T00:00:00Z --json backup "$scratch/$kind.bak" --passphrase-file "$scratch/password"
    [ "$(json '[.certificates[].subject | split(",")[0]] | sort | join(" ")')" = 'CN=11110A CN=22220B' ] || fail "$kind: in the backup: $(cat "$scratch/out")"
  fi

  # ---- one of the two was taken away by another hand: that is told, though the other still proves itself
  cp -a "$state" "$scratch/state-of-another"
  (state=$scratch/state-of-another && expect 0 remove --from "$store" --cert "$b")
  rm -r "$scratch/state-of-another"
  expect_id 21 verify.none verify
  [ "$(json '[.stores[] | .result] | sort | join(" ")')" = 'failed installed' ] || fail "$kind: one is gone: $(cat "$scratch/out")"
  expect 0 remove --from "$store" --cert "$b"

  # ---- removed: only what we put there
  expect_id 64 usage.invalid remove --from "$store"
  expect 0 remove --from "$store" --cert "$a"
  expect 0 --json remove --from "$store"
  [ "$(json '.stores[0].sha256')" = "$a2" ] || fail "$kind: what was removed: $(cat "$scratch/out")"
  is_quiet_on_hanako
done
