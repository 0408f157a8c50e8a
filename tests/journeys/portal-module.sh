#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The portal client is loaded by commands that go out, by no other; one that can't be loaded is named, and nothing was sent.
. "$(dirname "$0")/../harness/journey.sh"

# The program beside a module that is none of its own.
mkdir -p "$scratch/program/core/portal"
cp "$NACCS_CERT" "$scratch/program/naccs-cert"
cp -r "$(dirname "$NACCS_CERT")/backends" "$scratch/program/backends"
cp "$scratch/program/backends/pem/pem.so" "$scratch/program/core/portal/portal.so"
NACCS_CERT=$scratch/program/naccs-cert

make_pkcs12 file.p12
expect 0 install "$scratch/file.p12" --to "pem:$scratch/store" --password-file "$scratch/password" --trust-client-ca
expect 0 verify

printf 'code1 = one\ncode2 = two\ncode3 = three\n' >"$scratch/codes"
chmod 600 "$scratch/codes"
expect_id 70 internal obtain --codes "$scratch/codes" --to "pem:$scratch/other" --connect-to "::127.0.0.1:1"
case $(json .error.message) in *"$scratch/program/core/portal/portal.so"*) ;; *) fail "the module is not named: $(json .error.message)" ;; esac
[ ! -e "$scratch/other" ] || fail "a store was made"

LD_DEBUG=files "$NACCS_CERT" --state-dir "$state" verify >"$scratch/out" 2>"$scratch/loaded" || fail "verify"
if grep 'file=.*\(portal[.]so\|libcurl\|libxml2\)' "$scratch/loaded"; then fail "a command that stays at home loaded the portal client"; fi
echo "the portal client is loaded by commands that go out only"
