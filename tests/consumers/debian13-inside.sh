#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What debian13.sh runs in the chroot: compile the provider's unit tests and the loadable module by hand, without the libraries that they do not need; run them.
set -eu
src=/source run=/run
cd "$run"
fail() {
  echo "FAILED: $*" >&2
  exit 1
}
openssl version
case $(openssl version) in
  'OpenSSL 3.'[5-9]*) ;;
  *) fail "this is not OpenSSL 3.5 or later" ;;
esac

flags='-std=gnu17 -O1 -g -Wall -Werror -D_GNU_SOURCE -fPIC -fvisibility=hidden'
core="-I$src/core/include -I$src/core/base"
cc_all() { # NAME OF THE ARCHIVE, INCLUDES, SOURCES…
  local name=$1 includes=$2 file objects=
  shift 2
  for file; do
    # shellcheck disable=SC2086
    gcc $flags $includes -c "$file" -o "$name-$(basename "$file" .c).o" &
    objects="$objects $name-$(basename "$file" .c).o"
    [ "$(jobs -r | wc -l)" -lt 2 ] || wait -n
  done
  wait
  # shellcheck disable=SC2086
  ar rc "lib$name.a" $objects
}
cc_all base "$core" "$src"/core/base/*.c
cc_all provider "$core -I$src/core/provider" "$src"/core/provider/*.c
cc_all harness "-I$src/tests/harness" "$src"/tests/harness/pki*.c

# ---- the unit tests: every padding and hash, TLS 1.2 and 1.3, early and late
for test in key sign tls; do
  # shellcheck disable=SC2086
  gcc $flags $core -I"$src/core/provider" -I"$src/tests/harness" "$src/tests/unit/provider/test_$test.c" "$src/tests/unit/provider/fixture.c" -o "test-$test" \
    -L. -lprovider -lharness -lbase -lcmocka -lssl -lcrypto
  "./test-$test" 2>&1 | grep -E 'PASSED|FAILED|ERROR' || true
  "./test-$test" >/dev/null 2>&1 || fail "test-$test"
done

# ---- the loadable module and a backend
includes="$core -I$src/core/provider -I$src/core/install -I$src/core/config -I$src/core/worker -I$src/core/credential -I$src/core/trust -I$run"
cc_all credential "$includes" "$src"/core/credential/*.c
cc_all config "$includes" "$src"/core/config/*.c
cc_all worker "$includes" $(ls "$src"/core/worker/*.c | grep -v naccs_cert_store)
cc_all install "$includes" "$src"/core/install/*.c
cc_all plugin "$includes -DNACCS_VERSION=\"13\" -DNACCS_BACKEND_DIR=\"$run/backends\" -DNACCS_WORKER_PROGRAM=\"/nonexistent\"" "$src"/plugins/openssl/*.c
mkdir -p backends modules
gcc -shared -o modules/naccs.so -Wl,--version-script="$src/plugins/openssl/naccs.map" -Wl,--no-undefined -Wl,--whole-archive libplugin.a -Wl,--no-whole-archive \
  -L. -linstall -lprovider -lconfig -lworker -lcredential -lbase -lcrypto -linih -ljansson
cc_all pem "$core" "$src"/backends/pem/*.c
gcc -shared -o backends/pem.so -Wl,--version-script="$src/backends/pem/pem.map" -Wl,--no-undefined -Wl,--whole-archive libpem.a -Wl,--no-whole-archive -L. -lbase -lcrypto

with="-provider-path $run/modules -provider naccs -provider default"
echo message >message
for key in rsa ec; do
  uri=naccs:pem:$run/store/$key
  # shellcheck disable=SC2086
  {
    openssl storeutl $with -noout "$uri" | grep -q '^Total found: 3$' || fail "storeutl $uri"
    openssl x509 $with -in "$uri" -noout -pubkey >public.pem
    openssl dgst $with -sha384 -sign "$uri" -out signature message || fail "dgst $uri"
    openssl dgst -sha384 -verify public.pem -signature signature message >/dev/null || fail "a bad signature by $uri"
    openssl pkeyutl $with -sign -rawin -digest sha256 -in message -inkey "$uri" -out signature || fail "pkeyutl $uri"
    openssl dgst -sha256 -verify public.pem -signature signature message >/dev/null || fail "a bad signature of pkeyutl by $uri"
  }
  # The server takes what OpenSSL 3.5 offers first, ML-KEM among it, and then a curve that only the default provider can make keys of.
  for version in -tls1_2 -tls1_3; do
    for groups in '' '-groups P-256'; do
      for order in "$with" "-provider default -provider-path $run/modules -provider naccs"; do
        rm -f ready
        mkfifo ready
        # shellcheck disable=SC2086
        openssl s_server -accept 127.0.0.1:0 -naccept 1 -cert server/server.pem -Verify 3 -verify_return_error -CAfile pki/client-ca.pem $version $groups -www >ready 2>server-err &
        server=$!
        exec 3<ready
        while read -r line <&3; do
          case $line in ACCEPT*) break ;; esac
        done
        port=${line##*:}
        # shellcheck disable=SC2086
        printf 'GET / HTTP/1.0\r\n\r\n' | openssl s_client $order $version -quiet -ign_eof -CAfile server/root.pem -cert "$uri" -key "$uri" -connect "127.0.0.1:$port" >client-out 2>client-err ||
          { cat client-err server-err >&2; fail "s_client $uri $version $groups"; }
        cat <&3 >/dev/null
        exec 3<&-
        wait "$server" || true
        grep -q 'HTTP/1.0 200' client-out || { cat client-out client-err server-err >&2; fail "no page: $uri $version $groups"; }
      done
    done
  done
done
echo "debian13: unit tests, storeutl, dgst, pkeyutl and s_client passed with $(openssl version)"
