#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What provider and worker cost per signature, beside SoftHSM called directly. Usage: signatures.sh SIGNATURES NACCS.SO BACKEND.SO; COUNT of signatures by environment (1000).
here=$(dirname "${BASH_SOURCE[0]}")
source "$here/../harness/journey.sh"
source "$here/../harness/stores.bash"
signatures=$(realpath "$1") plugin=$(realpath "$2") backend=$(realpath "$3")
unset OPENSSL_MODULES OPENSSL_CONF

make_pkcs12 rsa.p12 --key rsa
store_make pkcs11 bench
expect 0 install "$scratch/rsa.p12" --to "$store" --password-file "$scratch/password" --trust-client-ca
mkdir "$scratch/backends"
ln -s "$backend" "$scratch/backends"
printf '[terminal 11110A]\nstore = %s\n' "$store" >"$scratch/naccs-cert.conf"
cat >"$scratch/openssl.cnf" <<CONFIG
openssl_conf = settings
[settings]
providers = providers
[providers]
default = default_settings
naccs = naccs_settings
[default_settings]
activate = 1
[naccs_settings]
module = $plugin
backend-dir = $scratch/backends
worker = $WORKER
configuration = $scratch/naccs-cert.conf
CONFIG
OPENSSL_CONF=$scratch/openssl.cnf "$signatures" /usr/lib/softhsm/libsofthsm2.so bench "$scratch/pin" naccs:11110A "${COUNT:-1000}"
