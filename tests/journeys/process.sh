#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The process itself: no core file, not to be traced, no secret in its arguments or environment; one JSON object even when the output can't be written.
. "$(dirname "$0")/../harness/journey.sh"

make_pkcs12 good.p12
mkfifo "$scratch/input"
"$NACCS_CERT" --state-dir "$state" -n install - --to "pem:$scratch/a" --password-file "$scratch/password" --trust-client-ca \
  <"$scratch/input" >"$scratch/out" 2>"$scratch/err" &
pid=$!
exec 9>"$scratch/input" # the program has opened its end and waits for the PKCS#12
until grep -q '^naccs-cert' "/proc/$pid/comm" 2>/dev/null && grep -qE '^Max core file size +0 +0' "/proc/$pid/limits"; do
  kill -0 $pid 2>/dev/null || fail "the program ended before it was fed: $(cat "$scratch/err")"
done
if tr '\0' '\n' <"/proc/$pid/cmdline" | grep -q "$password"; then fail "the password is in the arguments"; fi
cat "$scratch/good.p12" >&9
exec 9>&-
wait $pid || fail "install from a slow pipe: $(cat "$scratch/err")"
no_secret_in "$state" "$scratch/out" "$scratch/err"
[ ! -e "$SSLKEYLOGFILE" ] || fail "SSLKEYLOGFILE was written"

code=0
"$NACCS_CERT" --state-dir "$state" --json status >/dev/full 2>"$scratch/err" || code=$?
[ "$code" = 74 ] || fail "output that can't be written: $code"
