#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The main job: a PKCS#12 into PEM directories; again; a renewed one beside it; verify, status, rollback, remove. What interface documents promise, literally.
. "$(dirname "$0")/../harness/journey.sh"

a=$scratch/a
make_pkcs12 old.p12 --not-before 2025-11-01T00:00:00Z --not-after 2027-12-01T00:00:00Z --key rsa --cipher legacy --size 43008
make_pkcs12 new.p12 --not-before 2026-11-01T00:00:00Z --not-after 2031-12-01T00:00:00Z
make_pkcs12 stranger.p12 --terminal 22220B

# ---- install
expect 0 --json install "$scratch/old.p12" --to "pem:$a" --password-file "$scratch/password" --trust-client-ca
[ "$(json '.schema, .command, .result' | tr '\n' ' ')" = "1 install installed " ] || fail "the report's head: $(cat "$scratch/out")"
[ "$(json '.stores[0].uri')" = "pem:$a" ] || fail "the store's uri: $(json '.stores[0].uri')"
[ "$(json '.stores[0].verified | "\(.key) \(.client_chain) \(.server_chain) \(.server_chain_basis) \(.online)"')" = "true true true bundled null" ] ||
  fail "verified: $(json '.stores[0].verified')"
[ "$(json '.stores[0].anchor.sha256')" = 513b2cecb810d4cde5dd85391adfc6c2dd60d87bb736d2b521484aa47a0ebef6 ] || fail "the anchor"
[ "$(json '.certificate.not_after')" = 2027-12-01T00:00:00Z ] || fail "not_after"
[ "$(json '.certificate.renew_from')" = 2027-11-03T00:00:00Z ] || fail "renew_from"
[ "$(json '.error')" = null ] || fail "an error in a good report"
fingerprint=$(openssl x509 -in "$a/live/cert.pem" -outform DER | sha256sum | cut -d ' ' -f 1)
[ "$(json '.certificate.sha256')" = "$fingerprint" ] || fail "the fingerprint"
serial=$(openssl x509 -in "$a/live/cert.pem" -noout -serial | cut -d = -f 2 | tr A-F a-f)
[ "$(json '.certificate.serial')" = "$serial" ] || fail "the serial $(json '.certificate.serial') is not $serial"
no_secret_in "$state" "$scratch/out" "$scratch/err"

# ---- the layout
[ "$(readlink "$a/live")" = "archive/20251101-$serial" ] || fail "live -> $(readlink "$a/live")"
for file in privkey credential; do
  [ "$(stat -c %a "$a/live/$file.pem")" = 600 ] || fail "mode of $file.pem"
done
for file in privkey cert chain fullchain credential client-ca server-ca; do
  [ -s "$a/live/$file.pem" ] || fail "$file.pem is missing or empty"
done
head -1 "$a/live/privkey.pem" | grep -q -- '-----BEGIN PRIVATE KEY-----' || fail "privkey.pem is no PKCS#8"
openssl verify -CAfile "$a/live/client-ca.pem" "$a/live/cert.pem" >/dev/null || fail "openssl does not verify the certificate"
[ "$(openssl pkey -in "$a/live/credential.pem" -pubout)" = "$(openssl x509 -in "$a/live/credential.pem" -noout -pubkey)" ] || fail "credential.pem does not fit together"

# ---- twice changes nothing
tree "$a" >"$scratch/before"
expect 0 --json install "$scratch/old.p12" --to "pem:$a" --password-file "$scratch/password"
[ "$(json .result)" = unchanged ] || fail "a second install: $(json .result)"
tree "$a" | cmp -s - "$scratch/before" || fail "a second install changed the store"

# ---- another subject is refused, the store stays
expect_id 73 store.open install "$scratch/stranger.p12" --to "pem:$a" --password-file "$scratch/password"
tree "$a" | cmp -s - "$scratch/before" || fail "a refused subject changed the store"

# ---- renewed: both there, the new one live
expect 0 install "$scratch/new.p12" --to "pem:$a" --password-file "$scratch/password"
[ "$(find "$a/archive" -mindepth 1 -maxdepth 1 | wc -l)" = 2 ] || fail "the old certificate is gone"
case $(readlink "$a/live") in archive/20261101-*) ;; *) fail "the new certificate is not live" ;; esac
expect 0 --json status
[ "$(json '.certificates | length')" = 2 ] || fail "status lists $(json '.certificates | length')"
[ "$(json '[.certificates[] | select(.has_key)] | length')" = 2 ] || fail "has_key"
expect 0 --json --at 2027-11-20T00:00:00Z status --store "pem:$a"
[ "$(json '[.certificates[] | .state] | sort | join(" ")')" = "due valid" ] || fail "states: $(json '[.certificates[].state]')"
[ "$(json '[.certificates[] | select(.state == "due") | .days_left] | .[0]')" = 11 ] || fail "days left"

# ---- verify: by the ledger, by store, by certificate
expect 0 --json verify
[ "$(json .result)" = verified ] || fail "verify: $(json .result)"
expect 0 verify --store "pem:$a" --cert "$fingerprint"
expect_id 21 verify.failed --at 2028-01-01T00:00:00Z verify --store "pem:$a" --cert "$fingerprint"
expect_id 21 verify.none verify --store "pem:$a" --cert 0123456789abcdef

# ---- rollback while it is valid, and back again
expect 0 --json rollback --from "pem:$a"
[ "$(json .result)" = rolled-back ] || fail "rollback: $(json .result)"
[ "$(readlink "$a/live")" = "archive/20251101-$serial" ] || fail "rollback did not switch"
expect 0 install "$scratch/new.p12" --to "pem:$a" --password-file "$scratch/password"
case $(readlink "$a/live") in archive/20261101-*) ;; *) fail "the new certificate is not live again" ;; esac
naccs --at 2028-01-01T00:00:00Z rollback --from "pem:$a"
[ "$code" = 77 ] || fail "rolled back to an expired certificate ($code)"

# ---- prune takes the expired one away
expect 0 --at 2028-01-01T00:00:00Z install "$scratch/new.p12" --to "pem:$a" --password-file "$scratch/password" --prune
[ "$(find "$a/archive" -mindepth 1 -maxdepth 1 | wc -l)" = 1 ] || fail "--prune left the expired certificate"

# ---- remove: nothing of ours stays, a stranger's file does
echo mine >"$a/notes.txt"
expect 0 --json remove --from "pem:$a"
[ "$(json .result)" = removed ] || fail "remove: $(json .result)"
[ "$(ls -A "$a")" = notes.txt ] || fail "remove left: $(ls -A "$a")"
expect_id 21 verify.none verify --store "pem:$a"
expect 0 install "$scratch/new.p12" --to "pem:$scratch/deep/er/b" --password-file "$scratch/password"
expect 0 remove --from "pem:$scratch/deep/er/b"
[ ! -e "$scratch/deep/er/b" ] || fail "a folder of ours stayed"

# ---- from standard input, into two stores, with a group
code=0
"$NACCS_CERT" --state-dir "$state" -n --json install - --to "pem:$scratch/c" --to "pem:$scratch/d" --group "$(id -gn)" \
  --password-file "$scratch/password" <"$scratch/new.p12" >"$scratch/out" 2>"$scratch/err" || code=$?
[ "$code" = 0 ] || { cat "$scratch/err" >&2; fail "install from standard input: $code"; }
[ "$(json '.stores | length')" = 2 ] || fail "two stores"
[ "$(stat -c %a "$scratch/c/live/privkey.pem")" = 640 ] || fail "--group: mode $(stat -c %a "$scratch/c/live/privkey.pem")"
[ "$(stat -c %a "$scratch/c")" = 750 ] || fail "--group: mode of the folder"
no_secret_in "$state" "$scratch/out" "$scratch/err"
