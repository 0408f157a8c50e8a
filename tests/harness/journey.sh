# SPDX-License-Identifier: Apache-2.0
# What shell tests share; to be sourced. Needs NACCS_CERT (the program), MAKE_PKCS12; optional NACCS_FAULTS (the fault library).
# Gives each test a folder of its own ($scratch, closed to others), removed at the end, and fails with a line that says what.
set -eu

# In memory where there is room: thousands of fsyncs are not what these tests are about.
[ -n "${TMPDIR:-}" ] || { [ -w /dev/shm ] && TMPDIR=/dev/shm; } || TMPDIR=/tmp
scratch=$(mktemp -d "$TMPDIR/naccs-journey-XXXXXX")
cleanup() { chmod -R u+rwX "$scratch" 2>/dev/null || true; rm -rf "$scratch"; }
trap cleanup EXIT
trap 'exit 1' INT TERM
umask 022

# Every run finds hostile values in the environment: they must change nothing.
export SSL_CERT_FILE=/nonexistent/ca.pem SSL_CERT_DIR=/nonexistent CURL_CA_BUNDLE=/nonexistent/ca.pem
export OPENSSL_CONF="$scratch/hostile.cnf" OPENSSL_MODULES=/nonexistent SSLKEYLOGFILE="$scratch/keylog"
printf 'openssl_conf = broken\n[broken]\nproviders = nothing\n[nothing]\nnothing = nowhere\n' >"$scratch/hostile.cnf"
export HOME="$scratch/home" XDG_CONFIG_HOME="$scratch/config" XDG_STATE_HOME="$scratch/xdg-state"
export LC_ALL=C.UTF-8
mkdir -p "$HOME"

state=$scratch/state
password=Unique-Passw0rd
printf '%s\n' "$password" >"$scratch/password"
chmod 600 "$scratch/password"

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

skip() {
  echo "skipped: $*"
  exit 77
}

# naccs ARGUMENTS…: run the program with this test's state directory; its exit code is in $code, its output in $scratch/out and $scratch/err.
naccs() {
  code=0
  "$NACCS_CERT" --state-dir "$state" -n "$@" >"$scratch/out" 2>"$scratch/err" </dev/null || code=$?
  case $code in
    99) cat "$scratch/err" >&2; fail "a sanitizer spoke: naccs-cert $*" ;;
  esac
  if grep -q 'Sanitizer\|runtime error:' "$scratch/err"; then
    cat "$scratch/err" >&2
    fail "a sanitizer spoke: naccs-cert $*"
  fi
}

# expect CODE ARGUMENTS…: the same, and the exit code must be CODE.
expect() {
  expected=$1
  shift
  naccs "$@"
  [ "$code" = "$expected" ] || { cat "$scratch/out" "$scratch/err" >&2; fail "exit code $code instead of $expected: naccs-cert $*"; }
}

# expect_id CODE ID ARGUMENTS…: with --json, the error's id too.
expect_id() {
  expected_code=$1
  expected_id=$2
  shift 2
  expect "$expected_code" --json "$@"
  id=$(jq -r '.error.id' "$scratch/out")
  [ "$id" = "$expected_id" ] || { cat "$scratch/out" >&2; fail "error id $id instead of $expected_id: naccs-cert $*"; }
}

# json FILTER: from the last run's --json output.
json() { jq -r "$1" "$scratch/out"; }

# make_pkcs12 NAME OPTIONS…: $scratch/NAME by the test's CA, with the test's password.
make_pkcs12() {
  name=$1
  shift
  env -u OPENSSL_CONF -u OPENSSL_MODULES "$MAKE_PKCS12" --out "$scratch/$name" --password-file "$scratch/password" --ca-dir "$scratch/pki" "$@" ||
    fail "make-pkcs12 $*"
}

# tree FOLDER: every name, mode, owner, link target and content in it, to be compared.
tree() {
  [ -e "$1" ] || { echo "(nothing)"; return; }
  find "$1" -printf '%P %y %m %U:%G %l\n' | sort
  find "$1" -type f -exec sha256sum {} + | sort
}

# no_secret_in FOLDER…: neither the password nor a private key lies there.
no_secret_in() {
  if grep -rqaE -e "$password" -e 'PRIVATE KEY' "$@" 2>/dev/null; then
    grep -rlaE -e "$password" -e 'PRIVATE KEY' "$@" >&2
    fail "a secret lies in $*"
  fi
  if [ -d "$state/escrow" ] && [ -n "$(ls -A "$state/escrow")" ]; then
    ls -lAR "$state/escrow" >&2
    fail "escrow is not empty"
  fi
}
