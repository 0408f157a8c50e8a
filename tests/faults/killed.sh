#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# killed.sh KIND: SIGKILL before or after each durable system call of an install, of a renewed certificate's install beside the old one, of a
# repair, and of a removal. Whatever the moment, resume (or the same command again, where nothing was promised yet) ends with the verified state, nothing is left over.
. "$(dirname "$0")/../harness/journey.sh"

kind=$1
store=$scratch/store
make_pkcs12 first.p12 --not-before 2026-01-01T00:00:00Z --not-after 2031-02-01T00:00:00Z
make_pkcs12 second.p12 --not-before 2026-02-01T00:00:00Z --not-after 2031-03-01T00:00:00Z --pem "$scratch/second.pem"
second=$(openssl x509 -in "$scratch/second.pem" -outform DER | sha256sum | cut -d " " -f 1)
expect 0 --at 2026-06-01T00:00:00Z install "$scratch/first.p12" --to "pem:$scratch/other" --password-file "$scratch/password" --trust-client-ca
first=$(openssl x509 -in "$scratch/other/live/cert.pem" -noout -serial)
mv "$state" "$scratch/trusting-state"
rm -rf "$scratch/other"

# struck N ARGUMENTS…: run with a fault at the N-th durable call.
struck() {
  at=$1
  shift
  code=0
  NACCS_FAULT_AT=$at NACCS_FAULT_KIND=$kind NACCS_FAULT_PROGRAM=naccs-cert LD_PRELOAD=$NACCS_FAULTS \
    "$NACCS_CERT" --state-dir "$state" -n --at 2026-06-01T00:00:00Z "$@" >"$scratch/out" 2>"$scratch/err" </dev/null || code=$?
}

begin() {
  rm -rf "$store" "$state"
  cp -a "$scratch/trusting-state" "$state"
  rm -f "$state/ledger.json"
}

serial_in_store() { openssl x509 -in "$store/live/cert.pem" -noout -serial; }

check_whole() {
  expect 0 --at 2026-06-01T00:00:00Z verify --store "pem:$store"
  no_secret_in "$state"
  [ -z "$(find "$store" "$state" -name '.naccs-tmp-*' -o -name '.pending-*' -o -name '.new-*' -o -name '.purge-*')" ] ||
    fail "leftovers after $kind $n: $(find "$store" "$state" -name '.*')"
}

# again COMMAND…: after a kill: resume; what escrow did not hold is said again.
finish_install() {
  expect 0 --at 2026-06-01T00:00:00Z resume
  expect 0 --at 2026-06-01T00:00:00Z install "$1" --to "pem:$store" --password-file "$scratch/password"
}

n=1
while :; do # a first install
  begin
  struck $n install "$scratch/first.p12" --to "pem:$store" --password-file "$scratch/password"
  [ "$code" = 137 ] || break
  finish_install "$scratch/first.p12"
  check_whole
  n=$((n + ${NACCS_FAULT_STRIDE:-1}))
done
[ "$code" = 0 ] || { cat "$scratch/err" >&2; fail "the undisturbed install ended with $code"; }
[ $n -gt 20 ] || fail "only $n durable steps were met: is the fault library loaded?"
installs=$n

n=1
while :; do # a renewed certificate beside the old one: at every moment one of the two is live and whole
  begin
  expect 0 --at 2026-06-01T00:00:00Z install "$scratch/first.p12" --to "pem:$store" --password-file "$scratch/password"
  struck $n install "$scratch/second.p12" --to "pem:$store" --password-file "$scratch/password"
  [ "$code" = 137 ] || break
  openssl verify -CAfile "$store/live/client-ca.pem" -no_check_time "$store/live/cert.pem" >/dev/null 2>&1 || fail "no live certificate after $kind $n"
  finish_install "$scratch/second.p12"
  check_whole
  [ "$(serial_in_store)" != "$first" ] || fail "the old certificate is still live after $kind $n"
  [ "$(find "$store/archive" -mindepth 1 -maxdepth 1 | wc -l)" = 2 ] || fail "not two certificates after $kind $n"
  n=$((n + ${NACCS_FAULT_STRIDE:-1}))
done
[ "$code" = 0 ] || fail "the undisturbed renewal ended with $code"
renewals=$n

n=1
while :; do # a repair: another hand took a file out of the set that is live
  begin
  expect 0 --at 2026-06-01T00:00:00Z install "$scratch/first.p12" --to "pem:$store" --password-file "$scratch/password"
  rm "$store/live/server-ca.pem"
  struck $n install "$scratch/first.p12" --to "pem:$store" --password-file "$scratch/password"
  [ "$code" = 137 ] || break
  finish_install "$scratch/first.p12"
  check_whole
  n=$((n + ${NACCS_FAULT_STRIDE:-1}))
done
[ "$code" = 0 ] || fail "the undisturbed repair ended with $code"
[ "$(ls -A "$store/archive" | wc -l)" = 1 ] || fail "the repair left: $(ls -A "$store/archive")"
repairs=$n

n=1
while :; do # a removal: the old certificate is live again, or the removal is finished by saying it again
  begin
  expect 0 --at 2026-06-01T00:00:00Z install "$scratch/first.p12" --to "pem:$store" --password-file "$scratch/password"
  expect 0 --at 2026-06-01T00:00:00Z install "$scratch/second.p12" --to "pem:$store" --password-file "$scratch/password"
  struck $n remove --from "pem:$store" --cert "$second"
  [ "$code" = 137 ] || break
  if [ "$(find "$store/archive" -mindepth 1 -maxdepth 1 | wc -l)" = 2 ] && ! grep -q removing "$state/ledger.json"; then
    expect 0 remove --from "pem:$store" --cert "$second" # nothing was promised yet
  else
    expect 0 --at 2026-06-01T00:00:00Z install "$scratch/first.p12" --to "pem:$store" --password-file "$scratch/password"
  fi
  check_whole
  [ "$(serial_in_store)" = "$first" ] || fail "the first certificate is not live after $kind $n"
  n=$((n + ${NACCS_FAULT_STRIDE:-1}))
done
[ "$code" = 0 ] || fail "the undisturbed removal ended with $code"
echo "$kind: $((installs - 1)) steps of an install, $((renewals - 1)) of a renewal, $((repairs - 1)) of a repair, $((n - 1)) of a removal"
