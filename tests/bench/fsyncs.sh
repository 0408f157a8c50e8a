#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# fsyncs.sh: every fsync of an install, in its order, is named in docs/performance.md with what it protects; and every one that is named there is made.
# An install that changes nothing makes none.
. "$(dirname "$0")/../harness/journey.sh"

page=$(dirname "$0")/../../docs/performance.md
store=$scratch/store
trace=$scratch/trace
make_pkcs12 first.p12 --not-before 2026-01-01T00:00:00Z --not-after 2031-02-01T00:00:00Z
make_pkcs12 second.p12 --not-before 2026-02-01T00:00:00Z --not-after 2031-03-01T00:00:00Z

# traced_install FILE: an install; what it synced, by name, in order, in $scratch/fsyncs. A temporary file has the name that it will get.
traced_install() {
  rm -f "$trace"
  NACCS_FAULT_TRACE=$trace NACCS_FAULT_PROGRAM=naccs-cert LD_PRELOAD=$NACCS_FAULTS \
    "$NACCS_CERT" --state-dir "$state" -n --at 2026-06-01T00:00:00Z install "$scratch/$1" --to "pem:$store" --password-file "$scratch/password" \
    --trust-client-ca >"$scratch/out" 2>"$scratch/err" </dev/null || { cat "$scratch/err" >&2; fail "install $1"; }
  touch "$trace"
  awk -v state="$state" -v store="$store" -v parent="$scratch" '
    function named(path) {
      if (index(path, state) == 1) path = "STATE" substr(path, length(state) + 1)
      else if (index(path, store) == 1) path = "STORE" substr(path, length(store) + 1)
      else if (path == parent) path = "PARENT"
      gsub(/\/[.](pending|new|purge)-[^\/]*/, "/SET", path)
      gsub(/\/[0-9a-f]+[.]pem$/, "/SHA256.pem", path)
      return path
    }
    $2 ~ /^f(data)?sync$/ && $3 ~ /[.]naccs-tmp-[0-9a-f]*$/ { waiting = 1; next }
    $2 ~ /^f(data)?sync$/ { print named($3) }
    $2 ~ /^rename/ && waiting { print named($3); waiting = 0 }
  ' "$trace" >"$scratch/fsyncs"
}

# The table: | number | `name` | what it protects | when |; "first" rows are of a first install only.
named_on_page() { sed -n 's/^| [0-9][0-9]* | `\([^`]*\)` |.*| \([a-z]*\) |$/\1 \2/p' "$page"; }

traced_install first.p12
named_on_page | cut -d ' ' -f 1 >"$scratch/named"
diff "$scratch/named" "$scratch/fsyncs" >&2 || fail "a first install makes other fsyncs (>) than docs/performance.md names (<)"
first=$(wc -l <"$scratch/fsyncs")

traced_install second.p12
named_on_page | sed -n 's/ always$//p' >"$scratch/named"
diff "$scratch/named" "$scratch/fsyncs" >&2 || fail "a renewed certificate's install makes other fsyncs (>) than docs/performance.md names (<)"
second=$(wc -l <"$scratch/fsyncs")

traced_install second.p12
[ ! -s "$scratch/fsyncs" ] || { cat "$scratch/fsyncs" >&2; fail "an install that changes nothing makes fsyncs"; }
echo "fsyncs: $first in a first install, $second beside an older certificate, none when nothing changes; each is named in docs/performance.md"
