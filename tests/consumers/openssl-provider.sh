#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The loadable provider as other programs use it: openssl storeutl, dgst, pkeyutl, req, s_client, and a program on libcurl (plugins/openssl/examples), with a store of each kind
# (BACKENDS); TLS against a real Apache httpd. Usage: openssl-provider.sh NACCS.SO CURL-EXAMPLE BACKEND.SO…
here=$(dirname "${BASH_SOURCE[0]}")
source "$here/../harness/journey.sh"
source "$here/../harness/apache.bash"
source "$here/../harness/stores.bash"
source "$here/../harness/provider.bash"
plugin=$(realpath "$1") example=$(realpath "$2")
shift 2
host=web-prod.nac.naccs.jp

provider_settle "$plugin" "$@"

env -u OPENSSL_CONF "$MAKE_PKCS12" --server-chain "$scratch/server" --host "$host" --key ec || fail "no server chain"
make_pkcs12 rsa.p12 --key rsa --terminal 11110A --not-before "@$(($(date +%s) - 20 * 86400))"
make_pkcs12 ec.p12 --key ec --terminal 22220B --intermediate
apache_start "$scratch/server" "$scratch/pki/client-ca.pem"
printf 'a message\n' >"$scratch/message"

# signs_and_verifies URI
signs_and_verifies() {
  ossl x509 $with -in "$1" -noout -pubkey >"$scratch/public.pem" || fail "$1: no certificate"
  ossl pkey $with -in "$1" -pubout | cmp -s - "$scratch/public.pem" || fail "$1: the key is not the certificate's"
  for digest in sha256 sha384 sha512; do
    ossl dgst $with "-$digest" -sign "$1" -out "$scratch/signature" "$scratch/message" || fail "$1: dgst -$digest"
    openssl dgst "-$digest" -verify "$scratch/public.pem" -signature "$scratch/signature" "$scratch/message" >/dev/null || fail "$1: a bad $digest signature"
    ossl pkeyutl $with -sign -rawin -digest "$digest" -in "$scratch/message" -inkey "$1" -out "$scratch/signature" || fail "$1: pkeyutl $digest"
    openssl dgst "-$digest" -verify "$scratch/public.pem" -signature "$scratch/signature" "$scratch/message" >/dev/null || fail "$1: a bad $digest signature by pkeyutl"
  done
  ossl req $with -new -key "$1" -subj /CN=test -out "$scratch/request.pem" || fail "$1: req"
  openssl req -in "$scratch/request.pem" -verify -noout 2>/dev/null || fail "$1: a bad request"
}

signs_pss() {
  ossl dgst $with -sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:-1 -sign "$1" -out "$scratch/signature" "$scratch/message" || fail "$1: PSS"
  openssl dgst -sha256 -sigopt rsa_padding_mode:pss -verify "$scratch/public.pem" -signature "$scratch/signature" "$scratch/message" >/dev/null ||
    fail "$1: a bad PSS signature"
}

# handshakes URI TERMINAL
handshakes() {
  for version in 1.2 1.3; do
    for way in whole place; do
      : >"$scratch/apache/access.log"
      # Both orders of providers; a curve that only the default provider can make keys of.
      for order in '-provider naccs -provider default' '-provider default -provider naccs'; do
        printf 'HEAD / HTTP/1.0\r\n\r\n' | ossl s_client $order -quiet -ign_eof -no_ticket -groups P-256 -enable_pha -CAfile "$scratch/server/root.pem" -verify_return_error -cert "$1" \
          -key "$1" -cert_chain "$scratch/chain.pem" -connect "$apache_address:$(apache_port "$way" "$version")" >"$scratch/s_client" 2>&1 || { cat "$scratch/s_client" >&2; fail "$1: s_client TLS $version ($way)"; }
        seen=$(apache_last)
        [ "$seen" = "$(apache_port "$way" "$version") TLSv$version $2 SUCCESS HEAD 200" ] || { cat "$scratch/s_client" >&2; fail "$1: s_client TLS $version ($way, $order): the server saw: $seen"; }
      done
      OPENSSL_CONF=$scratch/openssl.cnf "$example" "$1" "https://$host/" "$scratch/server/root.pem" "$host:443:$apache_address:$(apache_port "$way" "$version")" >/dev/null ||
        fail "$1: libcurl TLS $version ($way)"
      seen=$(apache_last)
      [ "$seen" = "$(apache_port "$way" "$version") TLSv$version $2 SUCCESS GET 200" ] || fail "$1: libcurl TLS $version ($way): the server saw: $seen"
    done
  done
}

for kind in $BACKENDS; do
  for key in rsa ec; do
    [ "$key" = rsa ] && terminal=11110A count=3 || terminal=22220B count=4
    store_make "$kind" "$kind-$key"
    expect 0 install "$scratch/$key.p12" --to "$store" --password-file "$scratch/password" --trust-client-ca
    printf '[terminal %s]\nstore = %s\n' "$terminal" "$store" >"$scratch/naccs-cert.conf"
    by_uri=naccs:${store/&module-path=*/}
    [ "$by_uri" = "naccs:$store" ] || by_uri=naccs:$terminal # what names a module comes by the configuration only
    ossl storeutl $with -noout "$by_uri" >"$scratch/out" || fail "storeutl $by_uri"
    [ "$(sed -n 's/^\([0-9]: \)/\1/p' "$scratch/out" | tr '\n' ' ')" = "$([ "$count" = 3 ] && echo '0: Pkey 1: Certificate 2: Certificate ' || echo '0: Pkey 1: Certificate 2: Certificate 3: Certificate ')" ] ||
      { cat "$scratch/out" >&2; fail "storeutl shows something else than key, certificate and chain in $by_uri"; }
    ossl storeutl $with -certs -noout "naccs:$terminal" | grep -q "Total found: $((count - 1))" || fail "storeutl -certs"
    ossl storeutl $with -certs "naccs:$terminal" | awk '/BEGIN CERT/ { n++ } n > 1' >"$scratch/chain.pem"
    openssl verify -CAfile "$scratch/pki/client-ca.pem" -untrusted "$scratch/chain.pem" <(ossl x509 $with -in "naccs:$terminal") >/dev/null || fail "$by_uri: the chain is not the certificate's"
    signs_and_verifies "$by_uri"
    [ "$key" = ec ] || signs_pss "$by_uri"
    handshakes "naccs:$terminal" "$terminal"
  done
done

# ---- what lies beside the program that loads it is that program's
mkdir -p "$scratch/app/backends"
cp "$example" "$scratch/app/program"
OPENSSL_CONF=$scratch/openssl.cnf "$scratch/app/program" "naccs:$terminal" "https://$host/" "$scratch/server/root.pem" "$host:443:$apache_address:$(apache_port whole 1.3)" >/dev/null ||
  fail "a program with a folder backends beside it"

# ---- of several certificates the current one
store_make pem several
expect 0 install "$scratch/rsa.p12" --to "$store" --password-file "$scratch/password" --trust-client-ca
make_pkcs12 next.p12 --key ec --terminal 11110A --not-before "@$(($(date +%s) - 2 * 86400))"
expect 0 install "$scratch/next.p12" --to "$store" --password-file "$scratch/password"
ossl x509 $with -in "naccs:$store" -noout -fingerprint -sha256 >"$scratch/out"
openssl x509 -in "${store#pem:}/live/cert.pem" -noout -fingerprint -sha256 | cmp -s - "$scratch/out" || fail "not the current certificate"
expect 0 rollback --from "$store"
ossl x509 $with -in "naccs:$store" -noout -fingerprint -sha256 >"$scratch/out"
openssl x509 -in "${store#pem:}/live/cert.pem" -noout -fingerprint -sha256 | cmp -s - "$scratch/out" || fail "not the certificate that was made current again"

# ---- a password is asked for by the program's own means, and a wrong one is not tried twice
case " $BACKENDS " in
  *" nss "*)
    mkdir "$scratch/locked"
    printf 'locked-Passw0rd\n' >"$scratch/pin"
    chmod 600 "$scratch/pin"
    certutil -N -d "sql:$scratch/locked" -f "$scratch/pin" || fail "certutil makes no database"
    expect 0 install "$scratch/rsa.p12" --to "nss:$scratch/locked" --pin-file "$scratch/pin" --password-file "$scratch/password"
    ossl x509 $with -in "naccs:nss:$scratch/locked" -passin file:"$scratch/pin" -noout -pubkey >"$scratch/public.pem" || fail "a locked database's certificate"
    ossl dgst $with -sha256 -sign "naccs:nss:$scratch/locked" -passin file:"$scratch/pin" -out "$scratch/signature" "$scratch/message" || fail "a locked database's key"
    openssl dgst -sha256 -verify "$scratch/public.pem" -signature "$scratch/signature" "$scratch/message" >/dev/null || fail "a locked database's signature"
    ossl dgst $with -sha256 -sign "naccs:nss:$scratch/locked?pin-source=file:$scratch/pin" -out "$scratch/signature" "$scratch/message" || fail "pin-source"
    ossl dgst $with -sha256 -sign "naccs:nss:$scratch/locked" -passin pass:wrong -out "$scratch/signature" "$scratch/message" 2>"$scratch/err" && fail "a wrong password signs"
    grep -qi 'password' "$scratch/err" || { cat "$scratch/err" >&2; fail "a wrong password is not told"; }
    ;;
esac

# ---- refusals, each with its words
refused() {
  ossl pkey $with -in "$1" -pubout -out /dev/null 2>"$scratch/err" && fail "$1 was taken"
  grep -qF "$2" "$scratch/err" || { cat "$scratch/err" >&2; fail "$1: no word of \"$2\""; }
}
refused 'naccs:pkcs11:token=x?module-path=/tmp/evil.so' 'must not name a module'
refused 'naccs:pkcs11:token=x?Modul%65-Path=/tmp/evil.so' 'must not name a module'
refused 'naccs:pkcs11:token=x;module-path=/tmp/evil.so' 'must not name a module'
refused 'naccs:pem:/x?pin-value=1234' 'a PIN must not stand'
refused 'naccs:pem:/x?pin-source=%7Cid' 'PIN'
refused 'naccs:99999Z' '99999Z'
refused "naccs:pem:$scratch/nowhere" "$scratch/nowhere"
refused "naccs:nothing:$scratch" 'nothing'

# ---- the private key stays where it is
ossl pkey $with -in "naccs:$store" -out "$scratch/leaked.pem" 2>/dev/null && fail "the private key came out"
! grep -qs PRIVATE "$scratch/leaked.pem" || fail "the private key came out"

# ---- one symbol
[ "$(nm -D --defined-only "$plugin" | awk '{ print $3 }' | grep -v '^_\(init\|fini\)$' | grep -cv '^OSSL_provider_init$')" = 0 ] || fail "more than OSSL_provider_init is exported"
