#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A person at a terminal: is asked for the password, without echo, and for the client CA. Arguments: naccs-cert make-pkcs12 run-at-terminal
. "$(dirname "$0")/cli-lib.sh"
make_pkcs12=$2
at_terminal=$3

printf secret1 >"$work/password"
chmod 600 "$work/password"
"$make_pkcs12" --out "$work/client.p12" --password-file "$work/password" --ca-dir "$work/pki" || note 'make-pkcs12 failed'
install=("$naccs_cert" --state-dir "$work/state" --config "$work/empty.conf" install "$work/client.p12" --to "pem:$work/store")

# answered CODE STEPS…: install at a terminal
answered() {
  local expected=$1
  shift
  "$at_terminal" "$@" -- "${install[@]}" >"$work/out" 2>"$work/err"
  code=$?
  expect_code "$expected" "$*"
  expect_no_text out secret1 'the password is not shown'
}

answered 75 --expect '.p12' --type '^C'
[ ! -e "$work/store/live" ] || note 'Ctrl-C at the password: something was installed'
answered 77 --expect '.p12' --type secret1 --expect '[y/N]' --type n
expect_text out 'ca.refused' 'a no to the client CA'
[ ! -e "$work/store/live" ] || note 'a no to the client CA: something was installed'
answered 65 --expect '.p12' --type wrong
expect_text out 'pkcs12.password' 'a wrong password'
answered 0 --expect '.p12' --type secret1 --expect 'SHA-256' --expect 'SHA-1' --expect '[y/N]' --type y --expect 'installed'
[ -e "$work/store/live/cert.pem" ] || note 'yes and yes: nothing was installed'
expect_text out "$(printf '\033[')" 'colours at a terminal'

# Nobody to ask: no terminal at all.
setsid "${install[@]}" >"$work/out" 2>"$work/err" </dev/null
code=$?
expect_code 64 'no terminal'
expect_text err '--password-file' 'no terminal'
finish
