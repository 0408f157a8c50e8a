#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# bench.sh: what naccs-cert costs beside what a user would run instead, and whether it keeps what docs/performance.md promises. Ends with 1 when a promise
# is missed by more than MARGIN (a noisy machine moves medians by a few percent). BENCH_ROUNDS: rounds of each comparison (100).
set -eu

rounds=${BENCH_ROUNDS:-100}
margin=1.10
unset SSL_CERT_FILE SSL_CERT_DIR CURL_CA_BUNDLE OPENSSL_CONF OPENSSL_MODULES SSLKEYLOGFILE
export LC_ALL=C.UTF-8

if [ -w /dev/shm ]; then memory=$(mktemp -d /dev/shm/naccs-bench-XXXXXX); else memory=; fi
disk=$(mktemp -d "${BENCH_DISK:-/var/tmp}/naccs-bench-XXXXXX")
trap 'rm -rf "$disk" ${memory:+"$memory"}' EXIT
trap 'exit 1' INT TERM
missed=0

# ---- what is measured with

password=Unique-Passw0rd
prepare() { # FOLDER
  printf '%s\n' "$password" >"$1/password"
  chmod 600 "$1/password"
  "$MAKE_PKCS12" --out "$1/portal.p12" --password-file "$1/password" --key rsa --ca-key rsa --cipher legacy --size 43008
  openssl pkcs12 -in "$1/portal.p12" -legacy -nodes -passin "file:$1/password" -out "$1/clear.pem"
  openssl x509 -in "$1/clear.pem" -noout -pubkey -out "$1/public.pem"
  head -c 99 /dev/urandom >"$1/challenge"
  openssl dgst -sha256 -sign "$1/clear.pem" -out "$1/signature" "$1/challenge"
}

# row MEASURED NAME: a case of a result, as people read it.
table_head() { printf '  %-44s %-24s %-24s %s\n' '' 'CPU ms (quartiles)' 'wall ms (quartiles)' 'peak RSS'; }
table() {
  awk -F '\t' '{
    printf "  %-44s %-24s %-24s %.1f MB\n", $1, sprintf("%6.2f (%.2f - %.2f)", $2, $3, $4), sprintf("%6.2f (%.2f - %.2f)", $5, $6, $7), $8 / 1024
  }' "$1"
}

# field FILE CASE COLUMN
field() { awk -F '\t' -v row="$2" -v column="$3" 'NR == row { print $column }' "$1"; }

# judge WHAT VALUE LIMIT UNIT
judge() {
  verdict=$(awk -v value="$2" -v limit="$3" -v margin="$margin" 'BEGIN { print value <= limit ? "kept" : value <= limit * margin ? "kept within the noise" : "MISSED" }')
  echo "  $1: $2$4, at most $3$4: $verdict"
  [ "$verdict" != MISSED ] || missed=$((missed + 1))
}

start() {
  echo "Start"
  table_head
  "$MEASURE" "$rounds" --case 'naccs-cert --version' "$NACCS_CERT" --version --case 'openssl version' openssl version >"$disk/result"
  table "$disk/result"
  LD_DEBUG=files "$NACCS_CERT" --version >"$disk/loaded" 2>&1
  echo "  shared libraries loaded: $(grep -c 'calling init: ' "$disk/loaded")"
  judge "backends opened by --version" "$(grep -c 'file=.*/backends/' "$disk/loaded" || true)" 0 ""
  judge "start in wall time" "$(field "$disk/result" 1 5)" 10 " ms"
  echo
}

# install_cpu FOLDER: beside the openssl commands that open the file, sign by its key, and verify that by its certificate.
install_cpu() {
  echo "Install of a PKCS#12 of $(($(wc -c <"$1/portal.p12") / 1024)) KiB (RSA 2048, RC2-40 and 3DES, 2048 iterations) into a PEM directory, in memory"
  table_head
  "$MEASURE" "$rounds" --clean "$1/store" --clean "$1/state" \
    --case 'naccs-cert install' "$NACCS_CERT" --state-dir "$1/state" -n install "$1/portal.p12" --to "pem:$1/store" --password-file "$1/password" --trust-client-ca \
    --case 'openssl pkcs12, dgst -sign, dgst -verify' openssl pkcs12 -in "$1/portal.p12" -legacy -nodes -passin "file:$1/password" -out "$1/out.pem" \
    --then openssl dgst -sha256 -sign "$1/out.pem" -out "$1/out.signature" "$1/challenge" \
    --then openssl dgst -sha256 -verify "$1/public.pem" -signature "$1/signature" "$1/challenge" >"$disk/result"
  table "$disk/result"
  judge "CPU time beside opening the file and checking a signature" "$(field "$disk/result" 1 9)" 1.000 " times"
  "$MEASURE" "$rounds" --clean "$1/store" --clean "$1/state" \
    --case 'naccs-cert install' "$NACCS_CERT" --state-dir "$1/state" -n install "$1/portal.p12" --to "pem:$1/store" --password-file "$1/password" --trust-client-ca \
    --case 'openssl pkcs12, dgst -verify' openssl pkcs12 -in "$1/portal.p12" -legacy -nodes -passin "file:$1/password" -out "$1/out.pem" \
    --then openssl dgst -sha256 -verify "$1/public.pem" -signature "$1/signature" "$1/challenge" >"$disk/result"
  table "$disk/result"
  echo "  for information: $(field "$disk/result" 1 9) times what opening the file and verifying alone cost, where somebody else made the signature"
  echo
}

# install_wall FOLDER WHERE: beside the three commands by which people split a PKCS#12.
install_wall() {
  echo "Install beside the three openssl commands that split the file, $2"
  table_head
  "$MEASURE" "$rounds" --clean "$1/store" --clean "$1/state" --clean "$1/split" \
    --case 'naccs-cert install' "$NACCS_CERT" --state-dir "$1/state" -n install "$1/portal.p12" --to "pem:$1/store" --password-file "$1/password" --trust-client-ca \
    --case 'openssl pkcs12 -nocerts, -clcerts, -cacerts' \
    openssl pkcs12 -in "$1/portal.p12" -legacy -nodes -nocerts -passin "file:$1/password" -out "$1/key.pem" \
    --then openssl pkcs12 -in "$1/portal.p12" -legacy -nokeys -clcerts -passin "file:$1/password" -out "$1/cert.pem" \
    --then openssl pkcs12 -in "$1/portal.p12" -legacy -nokeys -cacerts -passin "file:$1/password" -out "$1/ca.pem" >"$disk/result"
  table "$disk/result"
}

# install_nss FOLDER WHERE: into a database that is there, beside the commands by which people reach the same state: import, the anchor with its trust, the client CA's
# trust, and a look. (They prove nothing; they leave the intermediates out.)
install_nss() {
  echo "Install into an NSS database beside pk12util and certutil, $2"
  mkdir -p "$1/empty"
  [ -e "$1/empty/cert9.db" ] || certutil -N -d "sql:$1/empty" --empty-password
  cp -r "$1/empty" "$1/probe"
  pk12util -i "$1/portal.p12" -d "sql:$1/probe" -w "$1/password" >/dev/null
  # The name that pk12util gives the CA.
  ca=$(certutil -L -d "sql:$1/probe" | sed -n 's/^\(NACCS Client CA.*[^ ]\)  *,,  *$/\1/p')
  rm -r "$1/probe"
  table_head
  "$MEASURE" "$rounds" --clean "$1/database" --clean "$1/state" --copy "$1/empty" "$1/database" \
    --case 'naccs-cert install' "$NACCS_CERT" --state-dir "$1/state" -n install "$1/portal.p12" --to "nss:$1/database" --password-file "$1/password" --trust-client-ca \
    --case 'pk12util -i, certutil -A, -M, -L' pk12util -i "$1/portal.p12" -d "sql:$1/database" -w "$1/password" \
    --then certutil -A -d "sql:$1/database" -n RootCA2 -t C,, -i "$ANCHOR" \
    --then certutil -M -d "sql:$1/database" -n "$ca" -t T,, \
    --then certutil -L -d "sql:$1/database" >"$disk/result"
  table "$disk/result"
}

# install_token FOLDER: into a fresh SoftHSM token, beside the pkcs11-tool calls that only write the same objects: the key and as many certificates, which lie
# there ready in DER. (They look for nothing, read nothing back, prove nothing.)
install_token() {
  echo "Install into a SoftHSM token beside pkcs11-tool --write-object, in memory"
  export SOFTHSM2_CONF="$1/softhsm2.conf"
  printf 'directories.tokendir = %s\nobjectstore.backend = file\nlog.level = ERROR\n' "$1/tokens" >"$SOFTHSM2_CONF"
  mkdir -p "$1/tokens" "$1/der"
  softhsm2-util --init-token --free --label bench --so-pin 12345678 --pin 123456 >/dev/null
  printf 123456 >"$1/pin"
  chmod 600 "$1/pin"
  cp -a "$1/tokens" "$1/fresh-tokens"
  store="pkcs11:token=bench?module-path=$softhsm"
  "$NACCS_CERT" --state-dir "$1/state" -n install "$1/portal.p12" --to "$store" --pin-file "$1/pin" --password-file "$1/password" --trust-client-ca >/dev/null 2>&1
  objects=$(pkcs11-tool --module "$softhsm" --login --pin 123456 --list-objects 2>/dev/null | grep -c '^[A-Za-z ]* Object;')
  "$NACCS_CERT" --state-dir "$1/state" -n install "$1/portal.p12" --to "pem:$1/store" --password-file "$1/password" --trust-client-ca >/dev/null 2>&1
  openssl pkey -in "$1/clear.pem" -outform DER -out "$1/der/key"
  cat "$1/store/live/cert.pem" "$1/store/live/client-ca.pem" "$1/store/live/server-ca.pem" "$1/store/live/server-intermediates.pem" |
    awk -v folder="$1/der" '/BEGIN CERTIFICATE/ { count++ } { print | "openssl x509 -outform DER -out " folder "/" count }'
  folder=$1
  set -- --case 'naccs-cert install' "$NACCS_CERT" --state-dir "$folder/state" -n install "$folder/portal.p12" --to "$store" --pin-file "$folder/pin" \
    --password-file "$folder/password" --trust-client-ca --case 'pkcs11-tool --write-object' pkcs11-tool --module "$softhsm" --login --pin 123456 \
    --write-object "$folder/der/key" --type privkey --id 01 --label 11110A
  for certificate in "$folder"/der/[0-9]*; do
    set -- "$@" --then pkcs11-tool --module "$softhsm" --login --pin 123456 --write-object "$certificate" --type cert --id "0${certificate##*/}" --label 11110A
  done
  echo "  objects that naccs-cert makes: $objects, that pkcs11-tool is to make: $(find "$folder/der" -type f | wc -l)"
  [ "$(find "$folder/der" -type f | wc -l)" = "$objects" ] || { echo "  these are not the same objects" >&2; exit 1; }
  table_head
  "$MEASURE" "$rounds" --clean "$folder/tokens" --clean "$folder/state" --copy "$folder/fresh-tokens" "$folder/tokens" "$@" >"$disk/result"
  table "$disk/result"
}

# How much of an install's CPU time the worker takes (it holds NSS; the program has the rest).
worker_share() {
  rm -f "$1/shares"
  for _ in $(seq "$((rounds < 20 ? rounds : 20))"); do
    rm -rf "$1/database" "$1/state"
    cp -a "$1/empty" "$1/database"
    LD_PRELOAD=$SHARE NACCS_SHARE_FILE=$1/shares "$NACCS_CERT" --state-dir "$1/state" -n install "$1/portal.p12" --to "nss:$1/database" --password-file "$1/password" \
      --trust-client-ca >/dev/null 2>&1
  done
  sort -n "$1/shares" | awk '{ own[NR] = $1; worker[NR] = $2 } END { m = int((NR + 1) / 2)
    printf "  CPU time of the program %.2f ms, of its worker %.2f ms: %.0f %% are the worker'"'"'s\n", own[m], worker[m], 100 * worker[m] / (own[m] + worker[m]) }'
}

# What a disk adds: fsyncs of an install, beside a plain copy of as many fsyncs.
fsyncs() {
  NACCS_FAULT_TRACE=$disk/trace NACCS_FAULT_PROGRAM=naccs-cert LD_PRELOAD=$NACCS_FAULTS \
    "$NACCS_CERT" --state-dir "$disk/state" -n install "$disk/portal.p12" --to "pem:$disk/store" --password-file "$disk/password" --trust-client-ca >/dev/null 2>&1
  echo "  fsyncs of a first install: $(grep -c ' f\(data\)\?sync ' "$disk/trace"); docs/performance.md names what each protects (a test keeps it so)"
}

heap() { # LABEL COMMAND…: how often memory was asked for, by glibc's own counter where it is installed
  label=$1
  shift
  rm -rf "$memory/store" "$memory/state"
  LD_PRELOAD=libmemusage.so "$@" 2>&1 >/dev/null | sed 's/\x1b\[[0-9;]*m//g' |
    awk -v label="$label" '/heap total:/ { for (i = 1; i < NF; i++) if ($i == "peak:" && !peak) peak = $(i + 1) + 0 } $1 == "malloc|" { calls = $2 }
      END { if (calls) printf "  %-44s %d allocations, heap peak %.1f MB\n", label, calls, peak / 1048576 }'
}

echo "$(uname -srm), $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1) ($(nproc) processors), load $(cut -d ' ' -f 1 /proc/loadavg)"
echo "$("$NACCS_CERT" --version | head -n 1), $(openssl version), $rounds rounds, medians"
echo
prepare "$disk"
start
if [ -n "$memory" ]; then
  prepare "$memory"
  install_cpu "$memory"
  install_wall "$memory" "in memory"
  judge "wall time beside the three openssl commands" "$(field "$disk/result" 1 10)" 1.000 " times"
  echo
else
  echo "/dev/shm is not writable: nothing was measured in memory"
  missed=$((missed + 1))
fi
install_wall "$disk" "on disk ($(stat -f -c %T "$disk"); for information: openssl makes nothing durable)"
fsyncs
if [ -n "${SHARE:-}" ] && command -v pk12util >/dev/null; then
  echo
  install_nss "$disk" "on disk ($(stat -f -c %T "$disk"))"
  judge "wall time beside pk12util and certutil, on disk" "$(field "$disk/result" 1 10)" 1.000 " times"
  worker_share "$disk"
fi
softhsm=/usr/lib/softhsm/libsofthsm2.so
if [ -n "$memory" ] && [ -n "${TOKENS:-}" ] && [ -e "$softhsm" ] && command -v softhsm2-util >/dev/null && command -v pkcs11-tool >/dev/null; then
  echo
  install_token "$memory"
  judge "wall time beside pkcs11-tool (about 0.6 is aimed at)" "$(field "$disk/result" 1 10)" 1.000 " times"
fi
if [ -n "$memory" ]; then
  echo
  echo "Memory"
  heap 'naccs-cert install' "$NACCS_CERT" --state-dir "$memory/state" -n install "$memory/portal.p12" --to "pem:$memory/store" --password-file "$memory/password" --trust-client-ca
  heap 'openssl pkcs12' openssl pkcs12 -in "$memory/portal.p12" -legacy -nodes -passin "file:$memory/password" -out "$memory/out.pem"
fi
echo
[ "$missed" = 0 ] && echo "Every promise of docs/performance.md is kept." || echo "$missed promises of docs/performance.md are missed."
[ "$missed" = 0 ]
