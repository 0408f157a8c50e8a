#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The embedder takes a certificate whose SHA-256 is the one given, and leaves nothing behind for another.
set -u
embed=$1 pem=$2
dir=$(mktemp -d) || exit 99
trap 'rm -rf "$dir"' EXIT
good=513b2cecb810d4cde5dd85391adfc6c2dd60d87bb736d2b521484aa47a0ebef6
bad=513b2cecb810d4cde5dd85391adfc6c2dd60d87bb736d2b521484aa47a0ebef7
failures=0
fail() { echo "FAILED: $*"; failures=1; }

"$embed" "$dir/good.c" anchor "$pem" $good test || fail "the right SHA-256 was refused"
grep -q 'ends 2029-05-29T05:00:39Z' "$dir/good.c" || fail "no end date"
"$embed" "$dir/bad.c" anchor "$pem" $bad test 2>"$dir/message" && fail "a wrong SHA-256 was taken"
grep -q "$good" "$dir/message" || fail "the message does not tell the SHA-256 that was found"
[ ! -e "$dir/bad.c" ] || fail "a file was left for a refused certificate"
cat "$pem" "$pem" >"$dir/two.pem"
"$embed" "$dir/two.c" anchor "$dir/two.pem" $good test 2>/dev/null && fail "two certificates in a file were taken"
"$embed" "$dir/none.c" anchor "$dir/message" $good test 2>/dev/null && fail "a file without a certificate was taken"
"$embed" "$dir/kind.c" root "$pem" $good test 2>/dev/null && fail "an unknown kind was taken"
exit $failures
