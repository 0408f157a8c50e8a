#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# TLS client authentication by a key in a token, through each PKCS#11 module: against a real Apache httpd by TLS 1.2 and 1.3, in the first handshake and late (renegotiation,
# post-handshake authentication). Runs below tests/conformance/pkcs11/over.sh, which says in TOKEN_KIND what module it is. Usage: verify-online-token.sh FIXTURE; it makes tokens.
here=$(dirname "${BASH_SOURCE[0]}")
p11_configuration=${XDG_CONFIG_HOME:-}
source "$here/../harness/journey.sh"
source "$here/../harness/apache.bash"
[ "$(id -u)" = 0 ] || export XDG_CONFIG_HOME=$p11_configuration # where over.sh has put p11-kit's
host=web-prod.nac.naccs.jp

# TLS 1.3 wants PSS of RSA keys; where a module has none at all, the program speaks TLS 1.2. These all have it: by a mechanism, or as a raw block (tpm2, other salts).
case $TOKEN_KIND in
softhsm | nss | opencryptoki | server | remote) import=no ;;
tpm2) import=yes ;; # it takes keys by its own tool only
*) fail "nothing is known of $TOKEN_KIND" ;;
esac

env -u OPENSSL_CONF -u OPENSSL_MODULES "$MAKE_PKCS12" --server-chain "$scratch/server" --host "$host" || fail "no server chain"
make_pkcs12 rsa.p12 --key rsa --terminal 11110A
apache_start "$scratch/server" "$scratch/pki/client-ca.pem"

mkdir "$scratch/token"
token=$("$1" fresh "$scratch/token" | head -n 1)
printf '123456' >"$scratch/pin"
chmod 600 "$scratch/pin"
store="$token?pin-source=file:$scratch/pin"
if [ "$TOKEN_KIND" = remote ]; then # as "remote: |ssh HOST p11-kit remote …" finds its agent
  export SSH_AUTH_SOCK=$scratch/agent
  printf '#!/bin/sh\n[ "$SSH_AUTH_SOCK" = "%s" ] && exec "$@"\n' "$SSH_AUTH_SOCK" >"$scratch/with-agent"
  chmod 755 "$scratch/with-agent"
  sed -i "s,|,|$scratch/with-agent ," "$TOKEN_MODULES/token.module"
fi
if [ "$import" = yes ]; then
  (umask 077 && env -u OPENSSL_CONF -u OPENSSL_MODULES openssl pkcs12 -legacy -in "$scratch/rsa.p12" -passin "file:$scratch/password" -nocerts -nodes -out "$scratch/key.pem") || fail "no key in the PKCS#12"
  env -u OPENSSL_CONF -u OPENSSL_MODULES tpm2_ptool import --path "$TPM2_PKCS11_STORE" --label tpmtest --userpin 123456 --privkey "$scratch/key.pem" --algorithm rsa --key-label imported >"$scratch/out" 2>&1 ||
    { cat "$scratch/out" >&2; fail "tpm2_ptool imports no key"; }
  rm "$scratch/key.pem"
fi
expect 0 --json install "$scratch/rsa.p12" --to "$store" --password-file "$scratch/password" --trust-client-ca --anchor "$scratch/server/root.pem"
[ "$(json '.stores[0] | "\(.result) \(.verified.key)"')" = 'installed true' ] || { cat "$scratch/out" >&2; fail "not installed, or the key is not proven"; }
uri=$(json '.stores[0].uri')
expect 0 --json stores
[ "$(jq -r --arg uri "$uri" '.stores[] | select(.uri == $uri) | .can | index("sign-pss") != null' "$scratch/out")" = true ] || fail "$TOKEN_KIND signs no PSS"

for version in 1.2 1.3; do
  for way in whole place; do
    expect 0 --json --anchor "$scratch/server/root.pem" --connect-to "$host:443:$apache_address:$(apache_port "$way" "$version")" verify --online --store "$store"
    [ "$(json '.stores[0].verified | "\(.key) \(.client_chain) \(.server_chain) \(.server_chain_basis) \(.online)"')" = 'true true true live true' ] ||
      { cat "$scratch/out" >&2; fail "$TOKEN_KIND: TLS $version, $way"; }
    seen=$(apache_last)
    [ "$seen" = "$(apache_port "$way" "$version") TLSv$version 11110A SUCCESS HEAD 200" ] || fail "$TOKEN_KIND: TLS $version, $way: the server saw: $seen"
  done
done
