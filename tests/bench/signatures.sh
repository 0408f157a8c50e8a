#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What provider and worker cost per signature, beside SoftHSM called directly. Usage: signatures.sh SIGNATURES NACCS.SO BACKEND.SO; COUNT of signatures by environment (1000).
here=$(dirname "${BASH_SOURCE[0]}")
source "$here/../harness/journey.sh"
source "$here/../harness/stores.bash"
source "$here/../harness/provider.bash"
signatures=$(realpath "$1") plugin=$(realpath "$2") backend=$(realpath "$3")
unset OPENSSL_CONF

make_pkcs12 rsa.p12 --key rsa
store_make pkcs11 bench
expect 0 install "$scratch/rsa.p12" --to "$store" --password-file "$scratch/password" --trust-client-ca
printf '[terminal 11110A]\nstore = %s\n' "$store" >"$scratch/naccs-cert.conf"
provider_settle "$plugin" "$backend"
with_provider "$signatures" /usr/lib/softhsm/libsofthsm2.so bench "$scratch/pin" naccs:11110A "${COUNT:-1000}"
