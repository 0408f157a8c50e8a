#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Two hundred terminals in one run: each is renewed by itself, and the last costs as much as the first: the same requests, one connection, the same durable steps.
portal_options=(--terminals 200 --ec-clients)
[ -z "${SANITIZED:-}" ] || portal_options=(--terminals 40 --ec-clients)
count=${portal_options[1]}
source "$(dirname "$0")/../harness/renewal.bash"
start_portal --status-delay 0 "${portal_options[@]}"
obtain_options
begin_run many
base=$scratch/runs/many
names=($(ls "$scratch/portal" | sed -n 's/^codes-//p'))
[ ${#names[@]} = "$count" ] || fail "${#names[@]} terminals"
for name in "${names[@]}"; do
  expect 0 "${to_portal[@]}" obtain --codes "$scratch/portal/codes-$name" --to "pem:$base/$name" --trust-client-ca
  printf '[terminal %s]\nstore = pem:%s\n' "$name" "$base/$name" >>"$base/naccs-cert.conf"
done
control "clock?set=$later"
to_portal[1]=$later
settle
: >"$journal"
segment renew
naccs --config "$base/naccs-cert.conf" "${to_portal[@]}" --json renew --due
[ "$code $(json .result)" = "0 renewed" ] || fail "$code $(head -c 2000 "$scratch/out")"
[ "$(json '[.renewals[] | select(.result == "renewed")] | length')" = "$count" ] || fail "$(json '[.renewals[].result] | unique')"
[ "$(json '.stores | length')" = "$count" ] || fail "$(json '.stores | length') stores"
[ "$(json '[.stores[] | select(.verified.key and .verified.client_chain and .verified.server_chain)] | length')" = "$count" ] || fail "not all are verified"
settle
# one connection each, and the same requests by each
[ "$(connections)" = "$count" ] || fail "$(connections) connections"
journal_of_run '[.[] | select(.event == "request")] | group_by(.connection) | map(map(.step) | join(" ")) | unique | .[]' >"$scratch/kinds"
[ "$(wc -l <"$scratch/kinds")" = 1 ] || { cat "$scratch/kinds" >&2; fail "not every terminal took the same requests"; }
for name in "${names[@]}"; do [ "$(ls "$base/$name/archive" | wc -l)" = 2 ] || fail "$name: $(ls "$base/$name/archive")"; done
no_leftover "$base"
expect 0 --config "$base/naccs-cert.conf" "${to_portal[@]}" renew --due
[ "$(connections)" = "$count" ] || fail "the second run asked the portal"
stop_portal
echo "$count terminals, $(wc -w <"$scratch/kinds") requests each"
