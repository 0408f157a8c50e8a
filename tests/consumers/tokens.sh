#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What naccs-cert has put into a token, used by the programs that people have: pkcs11-tool and p11tool read and sign, gnutls-cli and curl (with the engine of libp11) open a
# page of a real Apache by TLS 1.2 and 1.3. Runs below tests/conformance/pkcs11/over.sh softhsm. Usage: tokens.sh FIXTURE KEY-HOLDER NACCS.SO
# PKCS11.SO; the fixture makes tokens.
. "$(dirname "$0")/../harness/journey.sh"
for program in pkcs11-tool p11tool gnutls-cli curl; do
  command -v "$program" >/dev/null || skip "needs $program"
done
. "$(dirname "$0")/apache.sh"
. "$(dirname "$0")/../harness/provider.bash"
trap 'stop_apache; cleanup' EXIT
# Tools of others get the system's own OpenSSL configuration, as a user's would.
plain() { env -u OPENSSL_CONF -u OPENSSL_MODULES -u SSL_CERT_FILE -u SSL_CERT_DIR -u CURL_CA_BUNDLE -u SSLKEYLOGFILE "$@"; }

mkdir "$scratch/token"
token=$("$1" fresh "$scratch/token" | head -n 1)
printf '123456' >"$scratch/pin"
chmod 600 "$scratch/pin"
make_pkcs12 portal.p12 --key rsa --cipher legacy
start_apache

# ---- installed, verified, listed; nothing asks for a PIN that does not need one
expect 0 --json --anchor "$servers/root.pem" install "$scratch/portal.p12" --to "$token?pin-source=file:$scratch/pin" --password-file "$scratch/password" --trust-client-ca
uri=$(json '.stores[0].uri')
case $uri in pkcs11:*serial=*) ;; *) fail "$uri is no canonical URI" ;; esac
[ "$(json '.stores[0].verified.key')" = true ] || fail "the key is not proven"
expect 0 verify --store "$token?pin-source=file:$scratch/pin"
expect 0 --json status --store "$token"
[ "$(json '.certificates[0].has_key')" = true ] || fail "status shows no key"
expect 0 --json stores
json '.stores[].uri' | grep -qF "$uri" || fail "stores does not show $uri"
expect 0 --json install "$scratch/portal.p12" --to "$token" --pin-file "$scratch/pin" --password-file "$scratch/password" --trust-client-ca --anchor "$servers/root.pem"
[ "$(json .result)" = unchanged ] || fail "the second install: $(json .result)"

# ---- read and signed by others
pkcs11-tool --module "$TOKEN_REAL_MODULE" --list-objects --type cert >"$scratch/objects"
grep -q 'label: *11110A' "$scratch/objects" || fail "pkcs11-tool does not list the certificate"
p11tool --list-all-certs "$token" >"$scratch/p11tool" 2>&1 || fail "p11tool: $(cat "$scratch/p11tool")"
grep -q 'object=11110A' "$scratch/p11tool" || fail "p11tool does not list the certificate"
printf 'to be signed' >"$scratch/text"
id=$(pkcs11-tool --module "$TOKEN_REAL_MODULE" --login --pin 123456 --list-objects --type privkey | sed -n 's/^ *ID: *//p')
pkcs11-tool --module "$TOKEN_REAL_MODULE" --login --pin 123456 --sign --id "$id" --mechanism SHA256-RSA-PKCS --input-file "$scratch/text" --output-file "$scratch/signature" \
  >/dev/null 2>&1 || fail "pkcs11-tool does not sign"
pkcs11-tool --module "$TOKEN_REAL_MODULE" --read-object --type cert --id "$id" --output-file "$scratch/cert.der" >/dev/null 2>&1 || fail "key and certificate have different ids"
plain openssl x509 -inform DER -in "$scratch/cert.der" -noout -pubkey >"$scratch/public.pem"
plain openssl dgst -sha256 -verify "$scratch/public.pem" -signature "$scratch/signature" "$scratch/text" >/dev/null || fail "pkcs11-tool's signature does not verify"

# ---- TLS client authentication
subject='subject: CN=11110A,OU=NACCS Client CA,'
for version in 1.2 1.3; do
  printf 'GET / HTTP/1.0\r\nHost: localhost\r\n\r\n' |
    plain env GNUTLS_PIN=123456 gnutls-cli --priority "NORMAL:-VERS-ALL:+VERS-TLS$version" --x509cafile "$servers/root.pem" --x509keyfile "$token;object=11110A;type=private" \
      --x509certfile "$token;object=11110A;type=cert" --port "$apache_port" --no-ca-verification --logfile "$scratch/gnutls.log" localhost >"$scratch/page" 2>"$scratch/why" || true
  grep -qF "$subject" "$scratch/page" || { cat "$scratch/page" "$scratch/why" "$scratch/gnutls.log" >&2; fail "gnutls-cli by TLS $version"; }
  plain env PKCS11_MODULE_PATH="$TOKEN_REAL_MODULE" curl -sS --engine pkcs11 --key-type ENG --cert-type ENG --key "$token;object=11110A;type=private?pin-value=123456" \
    --cert "$token;object=11110A;type=cert" --cacert "$servers/root.pem" "--tlsv$version" --tls-max "$version" "https://localhost:$apache_port/" >"$scratch/page" 2>"$scratch/why" || true
  grep -qF "$subject" "$scratch/page" || { cat "$scratch/page" "$scratch/why" >&2; fail "curl by TLS $version"; }
done

# ---- a wrong PIN is one try; then the token is as it was
printf '654321' >"$scratch/wrong"
chmod 600 "$scratch/wrong"
: >"$TOKEN_HOME/counting.calls"
expect_id 77 pin.wrong install "$scratch/portal.p12" --to "$token?pin-source=file:$scratch/wrong" --password-file "$scratch/password" --trust-client-ca --anchor "$servers/root.pem"
[ "$(grep -c '^C_Login ' "$TOKEN_HOME/counting.calls")" = 1 ] || fail "a wrong PIN was tried $(grep -c '^C_Login ' "$TOKEN_HOME/counting.calls") times"
: >"$TOKEN_HOME/counting.calls"
expect_id 77 pin.wrong verify --store "$token?pin-source=file:$scratch/wrong"
[ "$(json '.stores[0].verified.key')" = null ] || fail "a verdict on a key that was not tried: $(cat "$scratch/out")"
[ "$(grep -c '^C_Login ' "$TOKEN_HOME/counting.calls")" = 1 ] || fail "verify tried a wrong PIN $(grep -c '^C_Login ' "$TOKEN_HOME/counting.calls") times"
expect_id 64 usage.invalid verify --store "$token" # nobody can be asked
[ "$(json '.stores[0].verified.key')" = null ] || fail "a verdict on a key that was not tried: $(cat "$scratch/out")"
expect 0 verify --store "$token?pin-source=file:$scratch/pin"

# ---- nor does a program spend more of them that holds the key and goes on signing
provider_settle "$3" "$4"
holds() { # PIN-FILE: four signatures by one key
  : >"$TOKEN_HOME/counting.calls"
  printf '1\n2\n3\n4\n' | with_provider "$2" "naccs:$token?pin-source=file:$1" >"$scratch/answers" || fail "the provider gives no key"
  [ "$(cut -d ' ' -f 1 "$scratch/answers" | uniq -c | tr -s ' ')" = " 4 $3" ] || { cat "$scratch/answers" >&2; fail "four signatures with $1"; }
  [ "$(grep -c '^C_Login ' "$TOKEN_HOME/counting.calls")" = 1 ] || fail "four signatures with $1 logged in $(grep -c '^C_Login ' "$TOKEN_HOME/counting.calls") times"
}
holds "$scratch/pin" "$2" signed
holds "$scratch/wrong" "$2" refused
[ "$(grep -c 'PIN' "$scratch/answers")" = 4 ] || { cat "$scratch/answers" >&2; fail "the wrong PIN is not told each time"; }

# ---- several installs on the token: the wrong PIN of one is not tried again for the next
make_pkcs12 second.p12 --terminal 22220B --key rsa --cipher legacy
expect 0 --json --anchor "$servers/root.pem" install "$scratch/second.p12" --to "$token?pin-source=file:$scratch/pin" --password-file "$scratch/password"
second=$(json .certificate.sha256)
printf '654321' >"$scratch/pin"
: >"$TOKEN_HOME/counting.calls"
expect_id 77 pin.wrong verify
[ "$(json '[.stores[].error.id] | join(" ")')" = 'pin.wrong pin.wrong' ] || fail "a wrong PIN for two installs: $(cat "$scratch/out")"
[ "$(grep -c '^C_Login ' "$TOKEN_HOME/counting.calls")" = 1 ] || fail "for two installs a wrong PIN was tried $(grep -c '^C_Login ' "$TOKEN_HOME/counting.calls") times"
printf '123456' >"$scratch/pin"
expect 0 verify
expect 0 remove --from "$token?pin-source=file:$scratch/pin" --cert "$second"
expect 0 remove --from "$token?pin-source=file:$scratch/pin"
[ -z "$(pkcs11-tool --module "$TOKEN_REAL_MODULE" --login --pin 123456 --list-objects 2>/dev/null | grep Object)" ] || fail "objects stay after the removal"
no_secret_in "$state"
