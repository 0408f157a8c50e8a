#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Monitoring and foresight: status --check, status --metrics, and the warnings that each appear when they matter and not before. Every moment is by --at.
. "$(dirname "$0")/../harness/journey.sh"

a=$scratch/a
pw="--password-file $scratch/password"

# The ids of the last --json report's warnings, sorted, in one line.
ids() { json '[.warnings[].id] | unique | join(" ")'; }
# warned AT IDS…: status at that moment gives these warnings, beside those of the TLS root, and no others.
warned() {
  at=$1
  shift
  expect 0 --json --at "$at" status
  found=$(json '[.warnings[].id | select(startswith("anchor.") | not)] | unique | join(" ")')
  [ "$found" = "$*" ] || fail "at $at: warnings \"$found\" instead of \"$*\""
}
# checked AT CODE LINE: status --check at that moment.
checked() {
  expect "$2" --at "$1" status --check
  [ "$(cat "$scratch/out")" = "$3" ] || fail "at $1: $(cat "$scratch/out") instead of $3"
  [ ! -s "$scratch/err" ] || fail "--check said more than its line: $(cat "$scratch/err")"
}

# ---- nothing is installed, or nothing can be told
expect 3 status --check
[ "$(cat "$scratch/out")" = "NACCS UNKNOWN - no certificate is installed" ] || fail "nothing installed: $(cat "$scratch/out")"
for wrong in "--bogus" "--store rubbish" "--config /nonexistent/naccs-cert.conf"; do
  # shellcheck disable=SC2086
  expect 3 status --check $wrong
  case $(cat "$scratch/out") in "NACCS UNKNOWN - "*"]") ;; *) fail "$wrong: $(cat "$scratch/out")" ;; esac
  [ "$(wc -l <"$scratch/out")" = 1 ] || fail "$wrong: more than one line"
done
expect 64 install --check

# ---- a certificate on its way to its end, and beyond
make_pkcs12 old.p12 --not-before 2025-11-01T00:00:00Z --not-after 2027-01-31T03:00:00Z
# shellcheck disable=SC2086
expect 0 install "$scratch/old.p12" --to "pem:$a" $pw --trust-client-ca
warned 2026-12-04T02:59:59Z
warned 2026-12-04T03:00:01Z certificate.renewal-opens
grep -q '2027-01-03 12:00 JST' "$scratch/out" || fail "the day on which renewal opens is not named"
warned 2027-01-03T02:59:59Z certificate.renewal-opens
warned 2027-01-03T03:00:00Z certificate.due
warned 2027-01-31T02:59:59Z certificate.due
warned 2027-01-31T03:00:00Z certificate.expired suspension.not-renewed
grep -q '2027-03-31 12:00 JST' "$scratch/out" || fail "the day of the suspension is not named"
grep -q 'デジタル証明書の再発行' "$scratch/out" || fail "the way to a reissue is not named"
warned 2027-04-01T00:00:00Z certificate.expired suspension.not-renewed
grep -q 'that was on 2027-03-31' "$scratch/out" || fail "a suspension that has passed reads as if it were to come"
checked 2026-12-31T00:00:00Z 0 "NACCS OK - certificates in use: 1; 11110A ends first, on 2027-01-31 12:00 JST, days left: 31 | '11110A'=31;28:;7:"
checked 2027-01-03T03:00:00Z 1 "NACCS WARNING - 11110A is due for renewal, 28 days left | '11110A'=28;28:;7:"
checked 2027-01-24T03:00:00Z 1 "NACCS WARNING - 11110A is due for renewal, 7 days left | '11110A'=7;28:;7:"
checked 2027-01-24T03:00:01Z 2 "NACCS CRITICAL - 11110A ends in 6 days | '11110A'=6;28:;7:"
checked 2027-01-31T03:00:00Z 2 "NACCS CRITICAL - 11110A has expired in pem:$a, suspension.not-renewed | '11110A'=0;28:;7:"

# ---- the TLS root, by its own end and by Mozilla's schedule
make_pkcs12 new.p12 --not-before 2026-11-20T00:00:00Z --not-after 2031-12-20T00:00:00Z
# shellcheck disable=SC2086
expect 0 install "$scratch/new.p12" --to "pem:$a" $pw
anchors() {
  expect 0 --json --at "$1" status
  [ "$(json '[.warnings[].id | select(startswith("anchor."))] | join(" ")')" = "$2" ] || fail "at $1: $(ids) instead of $2"
}
anchors 2026-11-27T00:00:00Z 'anchor.ends-first anchor.mozilla-schedule'
for date in 2029-05-29 2027-04-15; do
  grep -q "$date" "$scratch/out" || fail "$date is not named"
done
anchors 2027-04-15T00:00:00Z 'anchor.ends-first anchor.mozilla-schedule'
grep -q 'took the websites trust' "$scratch/out" || fail "what Mozilla has done reads as if it were to come"
anchors 2028-04-15T00:00:00Z 'anchor.ends anchor.ends-first'
anchors 2029-03-01T00:00:00Z 'anchor.ends-soon anchor.ends-first'
anchors 2029-05-29T06:00:00Z anchor.ended
checked 2029-03-01T00:00:00Z 1 "NACCS WARNING - anchor.ends-soon | '11110A'=1024;28:;7:"
# the ended certificate that is kept beside the new one alarms nobody
warned 2027-02-10T00:00:00Z

# ---- an ended certificate in use here, a valid one elsewhere
# shellcheck disable=SC2086
expect 0 --at 2026-12-01T00:00:00Z install "$scratch/old.p12" --to "pem:$scratch/b" $pw
warned 2027-02-10T00:00:00Z certificate.expired
grep -q "a valid one lies in pem:$a" "$scratch/out" || fail "the valid certificate is not pointed to"
expect 0 remove --from "pem:$scratch/b"

# ---- terminals of the configuration: what has not been obtained, and what seems to be reissued
cat >"$scratch/naccs-cert.conf" <<END
[terminal 11110A]
codes = 11110A.codes
store = pem:$a
[terminal 22220B]
codes = 22220B.codes
store = pem:$scratch/22220B
[terminal 33330C]
store = pem:$scratch/33330C
END
conf="--config $scratch/naccs-cert.conf"
printf 'code1 = a\n' >"$scratch/11110A.codes"
printf 'code1 = a\n' >"$scratch/22220B.codes"
chmod 600 "$scratch/11110A.codes" "$scratch/22220B.codes"
touch -d 2026-01-10T00:00:00Z "$scratch/11110A.codes"
touch -d 2026-12-01T00:00:00Z "$scratch/22220B.codes"
# shellcheck disable=SC2086
expect 0 --json --at 2026-12-10T00:00:00Z $conf status
[ "$(json '[.warnings[] | select(.id == "suspension.not-obtained")] | length')" = 2 ] || fail "terminals without a certificate: $(ids)"
json '.warnings[].message' | grep 22220B | grep -q '2027-02-01 09:00 JST' || fail "22220B: no day by which it has to be obtained"
json '.warnings[].message' | grep -q 33330C || fail "33330C is not spoken of"
[ "$(json '[.warnings[] | select(.id == "suspension.reissue")] | length')" = 0 ] || fail "codes that were used long ago are taken for a reissue's"
# shellcheck disable=SC2086
expect 1 --at 2026-12-10T00:00:00Z $conf status --check
# shellcheck disable=SC2086
expect 0 --json --at 2026-12-10T00:00:00Z $conf status --terminal 11110A
[ "$(json '[.warnings[].id | select(startswith("suspension"))] | length')" = 0 ] || fail "another terminal is spoken of"
touch -d 2099-06-30T00:00:00Z "$scratch/11110A.codes"
# shellcheck disable=SC2086
expect 0 --json --at 2026-12-10T00:00:00Z $conf status --terminal 11110A
json '.warnings[] | select(.id == "suspension.reissue") | .message' | grep -q '2099-08-30' || fail "newer codes are not spoken of: $(ids)"

# ---- metrics: on standard output, and whole into a file that others read
expect 0 --at 2026-12-10T00:00:00Z status --metrics
grep -q "^naccs_cert_not_after_timestamp_seconds{terminal=\"11110A\",store=\"pem:$a\",serial=\"[0-9a-f]*\",in_use=\"true\"} 1955491200\$" "$scratch/out" ||
  fail "metrics: $(cat "$scratch/out")"
cp "$scratch/out" "$scratch/printed"
mkdir "$scratch/collector"
expect 0 -q --at 2026-12-10T00:00:00Z status --metrics "$scratch/collector/naccs.prom"
[ ! -s "$scratch/out" ] || fail "metrics went to a file and to standard output"
cmp -s "$scratch/printed" "$scratch/collector/naccs.prom" || fail "the file differs from what is printed"
[ "$(stat -c %a "$scratch/collector/naccs.prom")" = 644 ] || fail "mode of the metrics"
[ "$(ls -A "$scratch/collector")" = naccs.prom ] || fail "left beside the metrics: $(ls -A "$scratch/collector")"
expect_id 74 file.missing status --metrics "$scratch/nowhere/naccs.prom"
expect_id 64 usage.invalid status --metrics
expect 3 status --metrics --check
expect_id 64 usage.invalid status "$scratch/collector/naccs.prom"
grep -vE '^(# (HELP|TYPE) naccs_cert_[a-z_]+ .+|naccs_cert_[a-z_]+(\{[a-z_]+="([^"\\]|\\.)*"(,[a-z_]+="([^"\\]|\\.)*")*\})? -?[0-9]+)$' "$scratch/printed" &&
  fail "a line that is no metric"

# ---- a broken store
chmod 000 "$a/live/privkey.pem" "$a/live/credential.pem"
if [ "$(id -u)" != 0 ]; then
  naccs status --check
  [ "$code" = 2 ] || fail "a key that can't be read: $code $(cat "$scratch/out")"
fi
rm "$a/live"
expect 2 status --check
case $(cat "$scratch/out") in "NACCS CRITICAL - pem:$a holds no current certificate"*) ;; *) fail "without live: $(cat "$scratch/out")" ;; esac
rm -rf "$a"
expect 2 status --check
case $(cat "$scratch/out") in "NACCS CRITICAL - pem:$a [store.open]"*) ;; *) fail "a store that is gone: $(cat "$scratch/out")" ;; esac
expect 73 status --metrics
grep -q "^naccs_cert_store_up{store=\"pem:$a\"} 0\$" "$scratch/out" || fail "store_up of a store that is gone"
