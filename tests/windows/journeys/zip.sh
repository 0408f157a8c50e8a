#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What `make windows` leaves: unpacked, the program runs by itself; what lies beside it can be read on Windows.
source "$(dirname "$0")/windows.bash"
source "$here/../../harness/journey.sh"

zip=$("$here/../../../scripts/zip-windows" "$(dirname "$NACCS_CERT_EXE")" "$scratch")
unzip -q "$zip" -d "$scratch/unpacked"
folder=$(echo "$scratch"/unpacked/naccs-cert-*-windows-x86_64)
for file in README.txt LICENSE.txt naccs-cert.conf; do
  iconv -f UTF-8 -t UTF-16 "$folder/$file" >/dev/null || fail "$file is no UTF-8"
  ! grep -qv $'\r$' "$folder/$file" || fail "$file has line ends that Notepad of older Windows does not know"
done
grep -q デジタル証明書 "$folder/README.txt" || fail "no Japanese in the README"
for part in curl inih jansson libgcc libxml2 mingw-w64 openssl zlib; do [ -s "$folder/third-party/$part.txt" ] || fail "the licence of $part is missing"; done
[ -z "$(find "$folder" -name '*.xml')" ] || fail "a task that no machine can take: it names neither its user nor its folder"

export NACCS_CERT_EXE=$folder/naccs-cert.exe
expect 0 --version
mkdir "$scratch/設定"
cp "$folder/naccs-cert.conf" "$scratch/設定/naccs-cert.conf"
expect 0 --config "$scratch/設定/naccs-cert.conf" config check
make_pkcs12 a.p12 --key rsa
expect 0 -q install "$scratch/a.p12" --password-file "$scratch/password" --to windows:user --trust-client-ca
grep -q '"NACCS Client CA". Say Yes if it shows this thumbprint (sha1): [0-9A-F ]\{59\}$' "$scratch/err" || fail "Windows' question was not announced: $(cat "$scratch/err")"
expect 0 remove --from windows:user

# the same zip from the same program
"$here/../../../scripts/zip-windows" "$(dirname "$NACCS_CERT_EXE")" "$scratch/unpacked" >/dev/null
"$here/../../../scripts/zip-windows" "$(dirname "$NACCS_CERT_EXE")" "$scratch" >/dev/null
cmp "$zip" "$scratch/unpacked/$(basename "$zip")" || fail "the zip differs from one time to the next"
