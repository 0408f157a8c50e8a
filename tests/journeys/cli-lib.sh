# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What the journeys of the command line share; sourced. Each journey works in a folder of its own and ends with the number of its failed assertions.
# Arguments of every journey: the program, then what its line in meson.build adds.
set -u
umask 022
export LC_ALL=C.UTF-8
unset NO_COLOR
export TERM=xterm
# Hostile values that must change nothing.
export SSL_CERT_FILE=/nonexistent/ca.pem CURL_CA_BUNDLE=/nonexistent/ca.pem OPENSSL_CONF=/nonexistent/openssl.cnf OPENSSL_MODULES=/nonexistent
export SSLKEYLOGFILE=/nonexistent/keys

naccs_cert=$1
work=$(mktemp -d "${TMPDIR:-/tmp}/naccs-journey-XXXXXX")
trap 'rm -rf "$work"' EXIT
export HOME=$work/home XDG_CONFIG_HOME=$work/config XDG_STATE_HOME=$work/state-home
mkdir "$HOME"
: >"$work/empty.conf"
failures=0

note() {
  printf 'FAILED %s\n' "$*"
  failures=$((failures + 1))
}

# Run the program with a state and a configuration of this journey's own: exit code in $code, output in $work/out and $work/err.
run() {
  "$naccs_cert" --state-dir "$work/state" --config "$work/empty.conf" "$@" >"$work/out" 2>"$work/err" </dev/null
  code=$?
  expect_no_text err 'runtime error:' "$*"
  expect_no_text err 'Sanitizer' "$*"
}

expect_code() {
  [ "$code" = "$1" ] || note "$2: exit code $code, expected $1: $(cat "$work/err")"
}

# A text stands in a file of $work.
expect_text() {
  grep -qF -e "$2" "$work/$1" || note "$3: \"$2\" is not in $1: $(cat "$work/$1")"
}

expect_no_text() {
  if grep -qF -e "$2" "$work/$1"; then note "$3: \"$2\" is in $1"; fi
}

# The output is one JSON object of which a jq expression is true.
expect_json() {
  [ "$(jq -s length "$work/out" 2>/dev/null)" = 1 ] || note "$2: standard output is not one JSON value: $(cat "$work/out")"
  jq -e --arg dir "$work" --arg conf "$work/naccs-cert.conf" "$1" "$work/out" >/dev/null 2>&1 || note "$2: not true: $1 of $(cat "$work/out")"
}

finish() {
  [ "$failures" = 0 ] || echo "$failures assertions failed"
  exit "$((failures > 0))"
}
