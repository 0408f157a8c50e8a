#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A change of machine: backup in one encrypted file that other programs open, restore as every install goes. What is refused, and that a refusal changes nothing.
# Deriving keys is slow on purpose, and much slower under sanitizers (OpenSSL 3.0 allocates for each iteration): with SANITIZED set each way is gone once.
. "$(dirname "$0")/../harness/journey.sh"

a=$scratch/a
b=$scratch/b
passphrase='correct \horse $battery'
printf '%s\n' "$passphrase" >"$scratch/passphrase"
chmod 600 "$scratch/passphrase"
pw=(--password-file "$scratch/password")
pass=(--passphrase-file "$scratch/passphrase")
make_pkcs12 a.p12 --key rsa --intermediate
make_pkcs12 b.p12 --terminal 22220B
make_pkcs12 old.p12 --not-before 2020-01-01T00:00:00Z --not-after 2026-01-01T00:00:00Z
cat >"$scratch/naccs-cert.conf" <<END
[portal]
proxy = http://proxy.unheard-of.example:8080
[terminal 11110A]
store = pem:$a
[terminal 22220B]
store = pem:$b
group = $(id -gn)
END
conf=(--config "$scratch/naccs-cert.conf")

# ---- before there is anything, and what can't serve
expect_id 21 verify.none backup "$scratch/none.bak" "${pass[@]}"
expect 0 "${conf[@]}" --at 2025-06-01T00:00:00Z install "$scratch/old.p12" --terminal 11110A "${pw[@]}" --trust-client-ca
expect_id 21 verify.none backup "$scratch/none.bak" "${pass[@]}" # it has ended
expect 0 "${conf[@]}" install "$scratch/a.p12" --terminal 11110A "${pw[@]}"
expect 0 "${conf[@]}" install "$scratch/b.p12" --terminal 22220B "${pw[@]}"
tree "$state" >"$scratch/state-before"
expect_id 64 usage.invalid backup "$scratch/none.bak"
grep -q -- '--passphrase-file' "$scratch/out" || fail "no way to give a passphrase is named"
printf 'seven77\n' >"$scratch/short"
chmod 600 "$scratch/short"
expect_id 64 usage.invalid backup "$scratch/none.bak" --passphrase-file "$scratch/short"
chmod 644 "$scratch/short"
expect_id 78 secrets.permissions backup "$scratch/none.bak" --passphrase-file "$scratch/short"
expect_id 74 file.missing backup "$scratch/nowhere/x.bak" "${pass[@]}"
expect_id 21 verify.none backup "$scratch/none.bak" "${pass[@]}" --cert 0123456789
expect_id 64 usage.invalid backup "${pass[@]}"
expect_id 64 usage.invalid install "$scratch/a.p12" --to "pem:$a" "${pw[@]}" "${pass[@]}"
[ -z "$(find "$scratch" -name '*.bak' -o -name '.naccs-tmp*')" ] || fail "a refused backup left something"

# ---- the backup
expect 0 --json "${conf[@]}" backup "$scratch/all.bak" "${pass[@]}"
[ "$(json '.command, .result, .backup.file, .backup.configuration' | tr '\n' ' ')" = "backup ok $scratch/all.bak true " ] || fail "$(cat "$scratch/out")"
[ "$(json '[.certificates[].subject | capture("CN=(?<n>[^,]*)").n] | sort | join(" ")')" = "11110A 22220B" ] || fail "kept: $(json .certificates)"
[ "$(stat -c %a "$scratch/all.bak")" = 600 ] || fail "mode of the backup"
no_secret_in "$scratch/all.bak" "$scratch/out" "$scratch/err"
! grep -qaE 'unheard-of|11110A|pem:' "$scratch/all.bak" || fail "configuration or stores can be read in the backup"
tree "$state" | cmp -s - "$scratch/state-before" || fail "a backup changed the state"
cp "$scratch/all.bak" "$scratch/copy"
expect_id 77 run.refused "${conf[@]}" backup "$scratch/all.bak" "${pass[@]}"
cmp -s "$scratch/all.bak" "$scratch/copy" || fail "a backup was overwritten"
ln -s "$scratch/nothing" "$scratch/link.bak"
expect_id 77 run.refused "${conf[@]}" backup "$scratch/link.bak" "${pass[@]}"

clean=(env -u OPENSSL_CONF -u OPENSSL_MODULES)
if [ -z "${SANITIZED:-}" ]; then
  # ---- other programs open it
  "${clean[@]}" openssl pkcs12 -in "$scratch/all.bak" -passin "file:$scratch/passphrase" -info -nodes >"$scratch/openssl" 2>"$scratch/openssl-info" ||
  fail "openssl: $(cat "$scratch/openssl-info")"
  [ "$(grep -c 'BEGIN PRIVATE KEY' "$scratch/openssl")" = 2 ] || fail "openssl does not find two keys"
  grep -q 'MAC: sha256, Iteration 600000' "$scratch/openssl-info" || fail "the MAC: $(cat "$scratch/openssl-info")"
  [ "$(grep -c 'PBES2, PBKDF2, AES-256-CBC, Iteration 600000, PRF hmacWithSHA256' "$scratch/openssl-info")" = 3 ] || fail "ciphers: $(cat "$scratch/openssl-info")"
  mkdir "$scratch/nss"
  certutil -N -d "sql:$scratch/nss" --empty-password
  pk12util -i "$scratch/all.bak" -d "sql:$scratch/nss" -w "$scratch/passphrase" >/dev/null 2>&1 || fail "NSS does not open it"
  [ "$(certutil -L -d "sql:$scratch/nss" | grep -c 'u,u,u')" = 2 ] || fail "NSS does not find two certificates with keys"
  keytool -list -keystore "$scratch/all.bak" -storetype PKCS12 -storepass:file "$scratch/passphrase" >"$scratch/java" 2>&1 ||
  fail "Java: $(cat "$scratch/java")"
  [ "$(grep -c PrivateKeyEntry "$scratch/java")" = 2 ] || fail "Java does not find two keys: $(cat "$scratch/java")"
  certtool --p12-info --inder --infile "$scratch/all.bak" --password "$passphrase" >"$scratch/gnutls" 2>&1 || fail "GnuTLS: $(tail -2 "$scratch/gnutls")"
  [ "$(grep -c 'BEGIN.* PRIVATE KEY' "$scratch/gnutls")" = 2 ] || fail "GnuTLS does not find two keys"
fi

# ---- the new machine: other state, empty stores
rm -rf "$scratch/old-machine"
mkdir "$scratch/old-machine"
mv "$state" "$a" "$b" "$scratch/old-machine"
untouched() { [ ! -e "$state" ] && [ ! -e "$a" ] && [ ! -e "$b" ] || fail "a refused restore changed something"; }
expect_id 65 pkcs12.password restore "$scratch/all.bak" --passphrase-file "$scratch/password"
head -c 2000 "$scratch/all.bak" >"$scratch/cut.bak"
expect_id 65 pkcs12.corrupt restore "$scratch/cut.bak" "${pass[@]}"
expect_id 74 file.missing restore "$scratch/nowhere.bak" "${pass[@]}"
expect_id 64 usage.invalid restore "$scratch/all.bak" "${pass[@]}" --to "pem:$a" --trust-client-ca
[ "$(json '.error.message' | grep -oE '[0-9a-f]{64}' | wc -l)" = 2 ] || fail "the certificates to choose from: $(json .error.message)"
expect_id 21 verify.none restore "$scratch/all.bak" "${pass[@]}" --cert 0123456789
expect_id 77 run.refused restore "$scratch/all.bak" "${pass[@]}" --config-to "$scratch/naccs-cert.conf" --trust-client-ca
untouched
expect_id 64 usage.invalid restore "$scratch/all.bak" "${pass[@]}" # nobody trusts the CA on this machine
[ ! -e "$a/live" ] || fail "installed without consent to the CA"
expect 0 --json restore "$scratch/all.bak" "${pass[@]}" --trust-client-ca --config-to "$scratch/new.conf"
[ "$(json '.command, .result' | tr '\n' ' ')" = "restore installed " ] || fail "restore: $(cat "$scratch/out")"
[ "$(json '[.stores[] | .uri + " " + .result] | sort | join(" ")')" = "pem:$a installed pem:$b installed" ] || fail "restore: $(json .stores)"
cmp -s "$scratch/new.conf" "$scratch/naccs-cert.conf" || fail "the configuration differs"
[ "$(stat -c %a "$scratch/new.conf")" = 600 ] || fail "mode of the configuration"
for file in cert privkey chain; do
  cmp -s "$a/live/$file.pem" "$scratch/old-machine/a/live/$file.pem" || fail "$file.pem differs from the old machine's"
done
[ "$(stat -c %a "$b/live/privkey.pem")" = 640 ] || fail "the group was not restored: mode $(stat -c %a "$b/live/privkey.pem")"
no_secret_in "$state" "$scratch/out" "$scratch/err"
! grep -rqaF "$passphrase" "$state" "$a" "$b" "$scratch/err" || fail "the passphrase lies somewhere"
expect 0 --json verify
[ "$(json '.stores | length')" = 2 ] || fail "the ledger does not know both installs"
expect 0 --json status
[ "$(json '[.certificates[].terminal] | sort | join(" ")')" = "11110A 22220B" ] || fail "the terminals were not restored: $(json .certificates)"
if [ -z "${SANITIZED:-}" ]; then
  expect 0 --json restore "$scratch/all.bak" "${pass[@]}"
  [ "$(json .result)" = unchanged ] || fail "a second restore: $(json .result)"

  # ---- one of several, elsewhere; by terminal
  sha256=$(openssl x509 -in "$b/live/cert.pem" -outform DER | sha256sum | cut -c 1-64)
  expect 0 restore "$scratch/all.bak" "${pass[@]}" --to "pem:$scratch/c" --cert "${sha256:0:12}"
  cmp -s "$scratch/c/live/cert.pem" "$b/live/cert.pem" || fail "--cert chose another"
  sed "s|pem:$b|pem:$scratch/d|" "$scratch/naccs-cert.conf" >"$scratch/moved.conf"
  expect 0 --config "$scratch/moved.conf" restore "$scratch/all.bak" "${pass[@]}" --terminal 22220B
  cmp -s "$scratch/d/live/cert.pem" "$b/live/cert.pem" || fail "--terminal chose another"

  # ---- one certificate, from one store, without a configuration; restored when it has ended
  expect 0 --json backup "$scratch/b.bak" "${pass[@]}" --from "pem:$b"
  [ "$(json '.certificates | length') $(json .backup.configuration)" = "1 false" ] || fail "--from: $(cat "$scratch/out")"
  expect_id 65 pkcs12.expired --at 2040-01-01T00:00:00Z restore "$scratch/b.bak" "${pass[@]}" --to "pem:$scratch/e"
  expect_id 21 verify.none restore "$scratch/b.bak" "${pass[@]}" --to "pem:$scratch/e" --config-to "$scratch/none.conf"
  [ ! -e "$scratch/e" ] || fail "installed without the configuration that was asked for"
  # a passphrase in Japanese
  printf '正しい馬電池ホチキス\n' >"$scratch/japanese"
  chmod 600 "$scratch/japanese"
  expect 0 backup "$scratch/japanese.bak" --from "pem:$b" --passphrase-file "$scratch/japanese"
  expect 0 restore "$scratch/japanese.bak" --passphrase-file "$scratch/japanese"
  "${clean[@]}" openssl pkcs12 -in "$scratch/japanese.bak" -passin "file:$scratch/japanese" -noout || fail "openssl does not take a passphrase in Japanese"
  # a PKCS#12 that naccs-cert has not made
  expect 0 restore "$scratch/b.p12" --passphrase-file "$scratch/password" --to "pem:$scratch/e"
  expect_id 64 usage.invalid restore "$scratch/b.p12" --passphrase-file "$scratch/password"
fi

# ---- kept when it is installed, before it is installed
rm -rf "$state" "$a"
expect_id 77 run.refused install "$scratch/a.p12" --to "pem:$a" "${pw[@]}" "${pass[@]}" --trust-client-ca --backup "$scratch/copy"
[ ! -e "$a" ] || fail "installed though its backup was refused"
expect 0 install "$scratch/a.p12" --to "pem:$a" "${pw[@]}" "${pass[@]}" --trust-client-ca --backup "$scratch/at-install.bak"
rm -rf "$state" "$a"
expect 0 restore "$scratch/at-install.bak" "${pass[@]}" --trust-client-ca
openssl verify -CAfile "$a/live/client-ca.pem" -untrusted "$a/live/chain.pem" "$a/live/cert.pem" >/dev/null || fail "the chain was not restored whole"

if [ -z "${SANITIZED:-}" ]; then
  # ---- what waits in escrow is kept, too
  : >"$scratch/file"
  expect 20 install "$scratch/b.p12" --to "pem:$scratch/g" --to "pem:$scratch/file" "${pw[@]}"
  rm -rf "$scratch/g" "$a" "$b"
  expect 20 --json backup "$scratch/escrow.bak" "${pass[@]}"
  [ "$(json '[.certificates[] | .store] | map(split("/")[0]) | join(" ")')" = escrow ] || fail "escrow was not kept: $(cat "$scratch/out")"
  "${clean[@]}" openssl pkcs12 -in "$scratch/escrow.bak" -passin "file:$scratch/passphrase" -nokeys 2>/dev/null | grep -q 'CN = 22220B' || fail "not the one in escrow"
fi

# ---- a store that lets no key out
rm -rf "$state"
sealed=(--backend-dir "$SEALED_BACKEND_DIR")
expect 0 "${sealed[@]}" install "$scratch/a.p12" --to "folder:$scratch/sealed" "${pw[@]}" --trust-client-ca
expect_id 73 store.unsupported "${sealed[@]}" backup "$scratch/sealed.bak" "${pass[@]}"
json .error.hint | grep -q 'pem:' || fail "no store that can is named: $(json .error.hint)"
[ ! -e "$scratch/sealed.bak" ] || fail "an empty backup was made"
expect 0 "${sealed[@]}" install "$scratch/b.p12" --to "pem:$b" "${pw[@]}"
expect 20 --json "${sealed[@]}" backup "$scratch/half.bak" "${pass[@]}"
[ "$(json '.result, (.certificates | length), .error.id' | tr '\n' ' ')" = "partial 1 store.unsupported " ] || fail "half: $(cat "$scratch/out")"
if [ -z "${SANITIZED:-}" ]; then
  # the same certificate in a store that lets it out serves both
  expect 0 "${sealed[@]}" install "$scratch/a.p12" --to "pem:$scratch/open" "${pw[@]}"
  expect 0 "${sealed[@]}" backup "$scratch/both.bak" "${pass[@]}"
fi
