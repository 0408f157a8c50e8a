#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A certificate's life on Windows, against the simulated portal: obtained by codes into a PEM directory and into Windows' own store, verified, listed, renewed by the key in each of both, removed.
source "$(dirname "$0")/windows.bash"
source "$here/../../harness/portal.bash"
later=2031-11-30T03:00:00Z # 20 days before the end

# --- obtain ---
start_portal --status-delay 0
obtain_options
begin_run life
expect 0 "${to_portal[@]}" --json obtain --codes "$codes" --to "pem:$store" --to windows:user --trust-client-ca
[ "$(json '[.result, (.stores[] | .result, (.verified | .key, .client_chain, .server_chain, .server_chain_basis))] | join(" ")')" = \
  "installed installed true true true live installed true true true live" ] || fail "obtain: $(cat "$scratch/out")"
first=$(live_set "$store")
first_sha256=$(json .certificate.sha256)
[ "$(sent)" = "1 1 1 1" ] || fail "sent: $(sent)"
no_code_in "$scratch/out" "$scratch/err" "$state"
no_leftover "$state"
expect 0 "${to_portal[@]}" --json obtain --codes "$codes" --to "pem:$store" --to windows:user --trust-client-ca
[ "$(json .result)" = unchanged ] || fail "a second time: $(json .result)"

# --- seen by every command ---
expect 0 "${to_portal[@]}" --json verify
[ "$(json '[.stores[] | .verified | .key, .client_chain, .server_chain, .server_chain_basis] | join(" ")')" = "true true true recorded true true true recorded" ] ||
  fail "verify: $(cat "$scratch/out")"
expect 0 "${to_portal[@]}" --json status
[ "$(json '[.certificates[] | .store | split(":")[0]] | sort | join(" ")')" = "pem windows" ] || fail "status: $(cat "$scratch/out")"
[ "$(json '[.certificates[] | .has_key, .sha256] | unique | join(" ")')" = "true $first_sha256" ] || fail "status: $(cat "$scratch/out")"
expect 0 --json stores
json '.stores[].uri' | grep -qx windows:user || fail "stores: $(cat "$scratch/out")"
expect 0 "${to_portal[@]}" status --metrics
grep -q '^naccs_cert_store_up{store="windows:user"} 1$' "$scratch/out" || fail "metrics: $(cat "$scratch/out")"

# --- another program has the key sign ---
under_wine "$NACCS_STORE_READER" "NACCS Client CA" "$(openssl x509 -in "$store/$first/cert.pem" -noout -fingerprint -sha1 | sed 's/.*=//; s/://g' | tr A-F a-f)" user >"$scratch/reader" 2>&1 ||
  fail "another program: $(cat "$scratch/reader")"

# --- online, by the key in Windows' store: CryptoAPI's does not sign RSA-PSS, so TLS 1.2 is spoken; where there is only TLS 1.3, that is said ---
control "dialect?set=plain,tls=1.2,auth=handshake"
expect 0 "${to_portal[@]}" --json verify --store windows:user --online --host cert.nac.naccs.jp
[ "$(json '.stores[0].verified.online')" = true ] || fail "online: $(cat "$scratch/out")"
control "dialect?set=plain,tls=1.3,auth=handshake"
expect 0 "${to_portal[@]}" --json verify --store "pem:$store" --online --host cert.nac.naccs.jp
[ "$(json '.stores[0].verified.online')" = true ] || fail "online with TLS 1.3: $(cat "$scratch/out")"
expect_id 69 net.unreachable "${to_portal[@]}" verify --store windows:user --online --host cert.nac.naccs.jp
json .error.message | grep -q 'RSA-PSS' || fail "why not is not said: $(cat "$scratch/out")"

# --- renewed by the key in each store, as the portal may ask for the certificate ---
to_portal[1]=$later
control "clock?set=$later"
applied=0
for uri in windows:user "pem:$store"; do
  for tls in 1.2 1.3; do
    for auth in late handshake; do
      [ "$uri$tls$auth" = windows:user1.2late ] || [ "$uri$tls$auth" = windows:user1.2handshake ] || [ "$uri$tls$auth" = "pem:${store}1.3late" ] || continue
      run=renew-${uri%%:*}-$tls-$auth
      segment "$run"
      control "dialect?set=plain,tls=$tls,auth=$auth"
      expect 0 "${to_portal[@]}" --json renew --from "$uri"
      applied=$((applied + 1))
      control status
      [ "$(jq -r '.terminals[0].applications' <<<"$answer")" = $applied ] || fail "$run: applications: $answer"
      [ "$(json .result)" = renewed ] || fail "$run: $(cat "$scratch/out")"
      [ "$(json '[.stores[] | .verified.key] | unique | join(" ")')" = true ] || fail "$run: $(cat "$scratch/out")"
      renewed=$(json .certificate.not_after)
      expect 0 "${to_portal[@]}" verify
      later=$(date -u -d "$renewed - 20 days" +%Y-%m-%dT%H:%M:%SZ)
      to_portal[1]=$later
      control "clock?set=$later"
    done
  done
done
expect 0 "${to_portal[@]}" --json renew --due
[ "$(json '.renewals[0].result')" = renewed ] || fail "renew --due: $(cat "$scratch/out")"
no_code_in "$state"

# --- removed: nothing of ours stays ---
expect 0 "${to_portal[@]}" --json status
json '.certificates[] | .store + " " + .sha256' | sort -u >"$scratch/all"
while read -r uri sha256; do
  expect 0 "${to_portal[@]}" remove --from "$uri" --cert "$sha256"
done <"$scratch/all"
expect 0 "${to_portal[@]}" --json status
[ "$(json '.certificates | length')" = 0 ] || fail "left: $(cat "$scratch/out")"
stop_portal
