#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# renew --due: every terminal of the configuration and every certificate of the ledger, one after the other; one failure does not stop the next; never two runs at once.
portal_options=(--terminals 4)
source "$(dirname "$0")/../harness/renewal.bash"
start_portal --status-delay 0 --terminals 4
obtain_options
begin_run template
base=$scratch/runs/template
names=($(ls "$scratch/portal" | sed -n 's/^codes-//p'))
[ ${#names[@]} = 4 ] || fail "terminals: ${names[*]}"
# the first two are in the configuration, the third only in the ledger, the fourth is a section that has nothing yet
for i in 0 1 2; do
  expect 0 "${to_portal[@]}" obtain --codes "$scratch/portal/codes-${names[i]}" --to "pem:$base/${names[i]}" --to "pem:$base/${names[i]}-too" --trust-client-ca
done
for i in 0 1 3; do printf '[terminal %s]\nstore = pem:%s\nstore = pem:%s-too\n' "${names[i]}" "$base/${names[i]}" "$base/${names[i]}"; done >"$base/naccs-cert.conf"
mv "$base" "$scratch/template"
rmdir "$scratch/runs"
due() { naccs --config "$base/naccs-cert.conf" "${to_portal[@]}" "$@" --json renew --due; }
is_current() { [ "$(readlink "$base/$1/live")" != "$(readlink "$scratch/template/$1/live")" ]; }

# --- nothing is due: no request, exit code 0 ---
fresh early
to_portal[1]=$early
due
[ "$code $(json .result)" = "0 not-due" ] || fail "$code $(cat "$scratch/out")"
[ "$(json '.renewals | map(.result) | unique | join(" ")')" = not-due ] || fail "$(cat "$scratch/out")"
[ "$(json '.renewals | length')" = 3 ] || fail "looked at $(json '.renewals | length') certificates"
json '.warnings[] | select(.id == "renewal.none") | .message' | grep -q "${names[3]}" || fail "nothing is said of the terminal without a certificate"
[ "$(requests)" = 0 ] || fail "the portal was asked"
expect 11 --config "$base/naccs-cert.conf" "${to_portal[@]}" renew --due --detailed-exitcode

# --- all of them ---
fresh all
to_portal[1]=$later
due
[ "$code $(json .result)" = "0 renewed" ] || fail "$code $(cat "$scratch/out")"
[ "$(json '.renewals | map(.terminal + ":" + .result) | join(" ")')" = "${names[0]}:renewed ${names[1]}:renewed null:renewed" ] ||
  [ "$(json '[.renewals[].result] | join(" ")')" = "renewed renewed renewed" ] || fail "$(cat "$scratch/out")"
[ "$(json '.stores | length')" = 6 ] || fail "$(json '.stores | length') stores were told of"
for i in 0 1 2; do is_current "${names[i]}" && is_current "${names[i]}-too" || fail "${names[i]} was not renewed in both stores"; done
settle
[ "$(journal_of_run 'map(select(.event == "request" and .step == "apply")) | length')" = 3 ] || fail "not one application each"
due
[ "$code $(json .result)" = "0 not-due" ] || fail "the second run: $code $(cat "$scratch/out")"
no_leftover "$base"

# --- one failure, the next goes on; its code is the run's ---
fresh one-fails
fault status-failed:1
due
[ "$code $(json .result) $(json .error.id)" = "77 partial portal.not-issued" ] || fail "$code $(cat "$scratch/out")"
[ "$(json '[.renewals[].result] | sort | join(" ")')" = "failed renewed renewed" ] || fail "$(cat "$scratch/out")"
fresh one-waits
fault maintenance@renew:1
due
[ "$code $(json .error.id)" = "75 portal.maintenance" ] || fail "$code $(cat "$scratch/out")"
[ "$(json '[.renewals[].result] | sort | join(" ")')" = "failed renewed renewed" ] || fail "$(cat "$scratch/out")"
# the worst of two: a store that can't be written (73) is worse than a portal that says later (75)
fresh two-fail
fault maintenance@renew:1
mv "$base/${names[1]}-too" "$base/aside" && ln -s "$base/aside" "$base/${names[1]}-too"
chmod 777 "$base/aside"
due
[ "$code" = 73 ] || fail "the worst failure is not the exit code: $code $(cat "$scratch/out")"
expect 73 --config "$base/naccs-cert.conf" "${to_portal[@]}" renew --due --detailed-exitcode

# --- a section with a store that can't be had: its certificate fails, whose time has come; the others are renewed; early it is a word of warning ---
fresh unusable-store
sed "0,/^store/s//store = pem:${base//\//\\/}\/more?pin-source=pin\nstore/" "$base/naccs-cert.conf" >"$base/changed" && mv "$base/changed" "$base/naccs-cert.conf"
due
[ "$(json '[.renewals[].result] | sort | join(" ")')" = "failed renewed renewed" ] || fail "$code $(cat "$scratch/out")"
[ "$(json '.renewals[] | select(.result == "failed") | "\(.terminal) \(.exit_code) \(.error.id) \(.certificate.sha256 != null)"')" = "${names[0]} $code $(json .error.id) true" ] ||
  fail "$code $(cat "$scratch/out")"
[ "$code $(json .result)" = "64 partial" ] || fail "$code $(cat "$scratch/out")"
is_current "${names[0]}" && fail "renewed in part of its stores"
to_portal[1]=$early
due
[ "$code $(json '[.renewals[] | select(.terminal == "'"${names[0]}"'").result] | join(" ")')" = "0 not-due" ] || fail "early: $code $(cat "$scratch/out")"
json '.warnings[].message' | grep -q "PIN of pem:$base/more" || fail "early, nothing is said of the store: $(json .warnings)"
to_portal[1]=$later

# --- no ledger any more: a store that can't be opened may hold a certificate that ends; one that is not made yet, or empty, holds none ---
fresh unreadable
mv "$state/client-ca" "$base/client-ca" && rm -r "$state" && mkdir -m 700 "$state" && mv "$base/client-ca" "$state"
rm -r "${base:?}/${names[0]}-too"
mv "$base/${names[0]}" "$base/aside" && touch "$base/${names[0]}"
due
[ "$code $(json .result) $(json .error.id)" = "73 partial store.open" ] || fail "$code $(cat "$scratch/out")"
json .error.message | grep -q "^terminal ${names[0]}: " || fail "which terminal? $(json .error.message)"
[ "$(json '.renewals | map("\(.terminal) \(.result) \(.renewable_from == null)") | join(", ")')" = "${names[0]} failed true, ${names[1]} renewed false" ] || fail "$(cat "$scratch/out")"
[ "$(json '[.warnings[] | select(.id == "renewal.none").message] | length')" = 1 ] || fail "$(json .warnings)"
expect 73 --config "$base/naccs-cert.conf" "${to_portal[@]}" renew --due --detailed-exitcode

# --- renewed into another store, or taken out of one of two: once is enough; the store that was left behind is named ---
fresh elsewhere
expect 0 --config "$base/naccs-cert.conf" "${to_portal[@]}" renew --from "pem:$base/${names[0]}" --to "pem:$base/new"
expect 0 --config "$base/naccs-cert.conf" "${to_portal[@]}" renew --terminal "${names[1]}"
expect 0 "${to_portal[@]}" remove --from "pem:$base/${names[1]}-too" --cert "$(openssl x509 -in "$base/${names[1]}-too/live/cert.pem" -noout -fingerprint -sha256 | sed 's/.*=//')"
settle
: >"$journal"
segment elsewhere-due
due
[ "$(json '[.renewals[].result] | sort | join(" ")')" = "not-due not-due renewed" ] || fail "$code $(cat "$scratch/out")"
[ "$code" = 0 ] || fail "$code $(cat "$scratch/out")"
[ "$(seen apply)" = 1 ] || fail "a second application"
for left in "${names[0]}" "${names[0]}-too" "${names[1]}-too"; do
  [ "$(json '[.warnings[] | select(.id == "renewal.left-behind" and (.message | startswith("pem:'"$base/$left"' "))).message] | length')" = 1 ] || fail "$left: $(json .warnings)"
  is_current "$left" && fail "$left was renewed after all"
done
due
[ "$code $(json .result)" = "0 not-due" ] || fail "again: $code $(cat "$scratch/out")"
rm -r "$base/new" # by another hand: the ledger does not know, and the old one must not lapse for it
due
[ "$(json '[.renewals[] | select(.result == "renewed")] | length')" = 1 ] || fail "the successor is gone: $code $(cat "$scratch/out")"
is_current "${names[0]}" || fail "not renewed, though its successor is gone"

# --- a store that takes no key from outside: alone it is refused before the portal is asked; beside another it keeps that one from lapsing no more ---
settle
: >"$journal"
fresh keyless
keyless=(--backend-dir "$KEYLESS_BACKEND_DIR" "${to_portal[@]}")
expect_id 73 store.unsupported "${keyless[@]}" renew --from "pem:$base/${names[0]}" --to "folder:$base/keyless"
[ "$(requests)" = 0 ] || fail "the portal was asked"
expect 0 "${keyless[@]}" renew --from "pem:$base/${names[0]}" --to "pem:$base/${names[0]}" --to "folder:$base/keyless"
is_current "${names[0]}" || fail "not renewed"

# --- a store that fails after the PKCS#12 came: 20, and the next run ends it without the portal ---
settle
: >"$journal"
fresh late-failure
fault status-stuck
"$NACCS_CERT" --state-dir "$state" -n --config "$base/naccs-cert.conf" "${to_portal[@]}" --json renew --terminal "${names[0]}" >"$scratch/out" 2>"$scratch/err" </dev/null &
pid=$!
until grep -q '"step":"status"' "$journal"; do kill -0 $pid || fail "it ended early: $(cat "$scratch/err")"; done
chmod 777 "$base/${names[0]}-too" # on its way, somebody opens a store to others
fault none
wait $pid && code=0 || code=$?
[ $code = 20 ] || fail "exit code $code: $(cat "$scratch/out")"
is_current "${names[0]}" || fail "the good store was left alone"
[ "$(escrow_state)" = received ] || fail "escrow holds $(escrow_state)"
due # the others are renewed; what escrow will bring is no store left behind
[ "$code $(json '[.warnings[] | select(.id == "renewal.left-behind")] | length')" = "20 0" ] || fail "$code $(cat "$scratch/out")"
chmod 700 "$base/${names[0]}-too"
segment again
expect 0 --config "$base/naccs-cert.conf" "${to_portal[@]}" renew --terminal "${names[0]}"
[ "$(requests)" = 0 ] || fail "the portal was asked for what is in escrow"
is_current "${names[0]}-too" || fail "the other store was forgotten"

# --- never two runs at once ---
fresh locked
fault stall@menu
"$NACCS_CERT" --state-dir "$state" -n --config "$base/naccs-cert.conf" "${to_portal[@]}" renew --due >"$scratch/first" 2>&1 </dev/null &
pid=$!
until grep -q '"fault":"stall"' "$journal"; do kill -0 $pid || fail "it ended early"; done
expect_id 75 run.locked --config "$base/naccs-cert.conf" "${to_portal[@]}" renew --due
expect_id 75 run.locked --config "$base/naccs-cert.conf" "${to_portal[@]}" renew --terminal "${names[0]}"
expect 0 --at "$later" status # looking is possible
kill -TERM $pid
wait $pid && code=0 || code=$?
[ $code = 75 ] || fail "interrupted: exit code $code"
fault none
due
[ "$code $(json .result)" = "0 renewed" ] || fail "after the interruption: $code $(cat "$scratch/out")"

# --- a random delay is for who has something to do; what goes with what ---
fresh delay
to_portal[1]=$early
expect 0 --config "$base/naccs-cert.conf" "${to_portal[@]}" renew --due --random-delay 86400
to_portal[1]=$later
expect 0 --config "$base/naccs-cert.conf" "${to_portal[@]}" renew --due --random-delay 1
for other in "--from pem:$base/x" "--to pem:$base/x" "--cert 0011223344" "--terminal ${names[0]}" "--backup $scratch/kept.p12"; do
  expect_id 64 usage.invalid --config "$base/naccs-cert.conf" "${to_portal[@]}" renew --due $other
done
expect_id 64 usage.invalid "${to_portal[@]}" renew --random-delay 3

# --- which one is meant ---
fresh choice
expect_id 64 usage.invalid "${to_portal[@]}" renew
json .error.message | grep -q "${names[2]}" || fail "no list: $(json .error.message)"
sha256=$(openssl x509 -in "$base/${names[2]}/live/cert.pem" -noout -fingerprint -sha256 | sed 's/.*=//; s/://g')
printf 'five random words for it\n' >"$scratch/passphrase"
chmod 600 "$scratch/passphrase"
expect_id 77 run.refused "${to_portal[@]}" renew --cert "${sha256:0:16}" --backup "$scratch/passphrase" --passphrase-file "$scratch/passphrase"
[ "$(seen apply)" = 0 ] || fail "applied though its backup was refused"
expect 0 "${to_portal[@]}" --json renew --cert "${sha256:0:16}" --backup "$scratch/kept.p12" --passphrase-file "$scratch/passphrase"
is_current "${names[2]}" && is_current "${names[2]}-too" || fail "not every store that has it was renewed"
openssl pkcs12 -in "$scratch/kept.p12" -passin "file:$scratch/passphrase" -nokeys -clcerts 2>/dev/null | openssl x509 -outform DER | cmp -s - <(openssl x509 -in "$base/${names[2]}/live/cert.pem" -outform DER) ||
  fail "the backup holds another certificate than the new one"
is_current "${names[0]}" && fail "another one was renewed"
expect 0 "${to_portal[@]}" renew --from "pem:$base/${names[0]}" --to "pem:$base/${names[0]}"
is_current "${names[0]}" || fail "not renewed"
is_current "${names[0]}-too" && fail "--to does not limit"
# a store that another program made, which no ledger knows
fresh unknown-store
rm -r "$state"
expect_id 64 usage.invalid "${to_portal[@]}" renew --from "pem:$base/${names[0]}"
expect 0 "${to_portal[@]}" renew --from "pem:$base/${names[0]}" --client-ca-sha256 "$(openssl x509 -in "${portal[client-ca]}" -noout -fingerprint -sha256 | sed 's/.*=//')"
is_current "${names[0]}" || fail "not renewed"

stop_portal
