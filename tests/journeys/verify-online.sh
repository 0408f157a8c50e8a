#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# verify --online against a real Apache httpd, from a store of each kind (BACKENDS): a client certificate asked for in the first handshake, after it (TLS 1.2: renegotiation; TLS 1.3:
# post-handshake authentication), or not at all; and servers that are not what they say.
here=$(dirname "${BASH_SOURCE[0]}")
source "$here/../harness/journey.sh"
source "$here/../harness/apache.bash"
source "$here/../harness/stores.bash"
host=web-prod.nac.naccs.jp

env -u OPENSSL_CONF -u OPENSSL_MODULES "$MAKE_PKCS12" --server-chain "$scratch/server" --host "$host" --host localhost || fail "no server chain"
env -u OPENSSL_CONF -u OPENSSL_MODULES "$MAKE_PKCS12" --server-chain "$scratch/stranger" --host "$host" || fail "no second server chain"
make_pkcs12 rsa.p12 --key rsa --terminal 11110A
make_pkcs12 ec.p12 --key ec --terminal 22220B --intermediate
apache_start "$scratch/server" "$scratch/pki/client-ca.pem"

# online WAY VERSION EXPECTED-CODE ARGUMENTS…
online() {
  way=$1 version=$2 expected_code=$3
  shift 3
  expect "$expected_code" --json --anchor "$scratch/server/root.pem" --connect-to "$host:443:$apache_address:$(apache_port "$way" "$version")" verify --online "$@"
}

verified() { json '.stores[0].verified | "\(.key) \(.client_chain) \(.server_chain) \(.server_chain_basis) \(.online)"'; }
is_verified() { [ "$(verified)" = "$1" ] || { cat "$scratch/out" >&2; fail "$2: $(verified) instead of $1"; }; }

# every_way URI TERMINAL
every_way() {
  for version in 1.2 1.3; do
    for way in whole place; do
      online "$way" "$version" 0 --store "$1"
      is_verified "true true true live true" "$1 $way TLS $version"
      seen=$(apache_last)
      [ "$seen" = "$(apache_port "$way" "$version") TLSv$version $2 SUCCESS HEAD 200" ] || fail "$1 $way TLS $version: the server saw: $seen"
    done
    online none "$version" 0 --store "$1"
    is_verified "true true true live null" "$1 not asked"
    [ "$(json '.warnings[].id' | grep -c '^online.not-asked$')" = 1 ] || fail "$1: no warning that the certificate was not asked for"
    seen=$(apache_last)
    [ "$seen" = "$(apache_port none "$version") TLSv$version - NONE HEAD 200" ] || fail "$1 not asked: the server saw: $seen"
  done
}

for kind in $BACKENDS; do
  for key in rsa ec; do
    [ "$key" = rsa ] && terminal=11110A || terminal=22220B
    store_make "$kind" "$kind-$key"
    expect 0 install "$scratch/$key.p12" --to "$store" --password-file "$scratch/password" --trust-client-ca --anchor "$scratch/server/root.pem"
    every_way "$store" "$terminal"
  done
done

# ---- the chain that was met is remembered, and serves the next verification without a network
rm -rf "$state"
store_make pem remembered
expect 0 install "$scratch/rsa.p12" --to "$store" --password-file "$scratch/password" --trust-client-ca --anchor "$scratch/server/root.pem"
online whole 1.3 0
jq -e --arg host "$host" '.host == $host' "$state/server-chain.json" >/dev/null || fail "the chain was not recorded"
expect 0 --json --anchor "$scratch/server/root.pem" verify
is_verified "true true true recorded null" "recorded"

# ---- what is said to people
online whole 1.3 0
expect 0 --anchor "$scratch/server/root.pem" --connect-to "$host:443:$apache_address:$(apache_port whole 1.3)" verify --online
grep -q 'a NACCS server accepted the certificate' "$scratch/out" || { cat "$scratch/out" >&2; fail "people are not told"; }

# ---- another server, by name and by short name
apache_last >/dev/null
expect 0 --json --anchor "$scratch/server/root.pem" --connect-to "localhost:443:$apache_address:$(apache_port whole 1.2)" verify --online --host localhost
is_verified "true true true live true" "--host"
expect 0 --json --anchor "$scratch/server/root.pem" --connect-to "$host:443:$apache_address:$(apache_port whole 1.2)" verify --online --host web-prod
is_verified "true true true live true" "--host web-prod"
expect_id 64 usage.invalid verify --host web-prod
expect_id 64 usage.invalid verify --online --host 'web-prod/../x'
expect_id 64 usage.invalid verify --online --host 'user@web-prod'

# ---- servers that must not get the certificate, and one that does not want it
: >"$scratch/apache/access.log"
expect_id 69 tls.untrusted --anchor "$scratch/stranger/root.pem" --connect-to "$host:443:$apache_address:$(apache_port whole 1.3)" verify --online --store "$store"
[ "$(json '.stores[0].verified.online')" = false ] || fail "an untrusted server is online"
expect_id 69 tls.name --anchor "$scratch/server/root.pem" --connect-to "other.nac.naccs.jp:443:$apache_address:$(apache_port whole 1.3)" verify --online --host other.nac.naccs.jp
expect_id 69 net.unreachable --anchor "$scratch/server/root.pem" --connect-to "$host:443:$apache_address:9" verify --online
is_verified "true true true recorded false" "unreachable"
[ ! -s "$scratch/apache/access.log" ] || fail "a server that is not proven got a request: $(cat "$scratch/apache/access.log")"
env -u OPENSSL_CONF -u OPENSSL_MODULES "$MAKE_PKCS12" --out "$scratch/unknown.p12" --password-file "$scratch/password" --ca-dir "$scratch/other-pki" --terminal 33330C || fail "no other CA"
for version in 1.2 1.3; do
  for way in whole place; do
    state=$scratch/state-unknown
    store_make pem "unknown"
    expect 0 install "$scratch/unknown.p12" --to "$store" --password-file "$scratch/password" --trust-client-ca --anchor "$scratch/server/root.pem"
    online "$way" "$version" 69 --store "$store"
    is_verified "true true true live false" "a certificate that the server does not know ($way, TLS $version)"
    [ "$(json .error.id)" = net.unreachable ] || fail "refused: $(json .error.id)"
    [ "$(json '.error.message' | grep -c 'unknown certificate authority')" = 1 ] || fail "the alert is not told: $(json .error.message)"
  done
done

# ---- a key that does not sign: what the store says is told, not what the handshake died of
state=$scratch/state
store=pem:$scratch/remembered
rm "$scratch/remembered/live/privkey.pem"
online whole 1.3 21 --store "$store"
[ "$(json '.stores[0].verified.online')" = false ] || fail "online without a key"
grep -q privkey "$scratch/out" || { cat "$scratch/out" >&2; fail "the missing key is not told"; }
