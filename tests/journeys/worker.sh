#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# worker.sh TROUBLE.SO: a store's process that crashes or answers rubbish in the middle of an install costs that store and nothing else: the other stores are
# installed, the PKCS#12 stays in escrow, and the next run goes on.
. "$(dirname "$0")/../harness/journey.sh"

make_pkcs12 good.p12
mkdir "$scratch/backends"
cp "$1" "$scratch/backends/trouble.so"
chmod 755 "$scratch/backends/trouble.so"
set -- --backend-dir "$scratch/backends" --password-file "$scratch/password" --trust-client-ca

for trouble in crash rubbish; do
  expect 20 --json install "$scratch/good.p12" --to "trouble:$trouble-in-stage" --to "pem:$scratch/$trouble" "$@"
  [ "$(json .result)" = partial ] || fail "$trouble: $(json .result)"
  [ "$(json '.stores[0].error.id')" = backend.failed ] || fail "$trouble: $(json '.stores[0].error')"
  json '.stores[0].error.message' | grep -q "trouble:$trouble-in-stage" || fail "$trouble: the message does not name the store"
  [ "$(json '.stores[1].result')" = installed ] || fail "$trouble: $(json '.stores[1].result')"
  expect 0 verify --store "pem:$scratch/$trouble"
  [ -n "$(ls -A "$state/escrow")" ] || fail "$trouble: escrow was purged although a store failed"
  # the next run finds the store's process well again, and undoes what was noted
  expect 20 --json --backend-dir "$scratch/backends" resume
  [ "$(json '.stores[] | select(.uri == "trouble:'"$trouble"'-in-stage") | .error.id')" = backend.failed ] || fail "resume: $(json .stores)"
  rm -rf "$state"
done

# ---- all of them failed
expect_id 74 backend.failed install "$scratch/good.p12" --to trouble:crash-in-stage "$@"
expect_id 74 backend.failed install "$scratch/good.p12" --to trouble:crash-at-open "$@"

# ---- a secret in the open, a command instead of a file
expect_id 64 usage.invalid install "$scratch/good.p12" --to 'trouble:pin?pin-value=right' "$@"
expect_id 64 usage.invalid install "$scratch/good.p12" --to 'trouble:pin?pin-source=|echo right' "$@"

# ---- the PIN from a file that only we can read; a wrong one is told
printf 'wrong\n' >"$scratch/pin"
chmod 600 "$scratch/pin"
expect_id 77 pin.wrong install "$scratch/good.p12" --to "trouble:pin?pin-source=file:$scratch/pin" "$@"
chmod 644 "$scratch/pin"
expect_id 78 secrets.permissions install "$scratch/good.p12" --to "trouble:pin?pin-source=file:$scratch/pin" "$@"
chmod 600 "$scratch/pin"
printf 'right\n' >"$scratch/pin"
expect_id 73 store.unsupported install "$scratch/good.p12" --to "trouble:pin?pin-source=file:$scratch/pin" "$@"
expect_id 73 store.unsupported install "$scratch/good.p12" --to trouble:pin --pin-file "$scratch/pin" "$@"
expect_id 64 usage.invalid install "$scratch/good.p12" --to trouble:pin "$@" # nobody can be asked

# ---- no process is left behind
! pgrep -f "naccs-cert-store $scratch/backends" >/dev/null || fail "a worker is left"
