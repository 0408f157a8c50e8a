#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A certificate is renewed from each kind of store by its key there, without a person: asked for in the first handshake, by TLS 1.2 renegotiation, by TLS 1.3
# post-handshake authentication. The old one stays until the new one is proven. A store that the ledger, the configuration and the command line name in words of their own is
# one store, opened once; what was asked of it when the old one was installed (a label on the token) holds for the new one.
portal_options=()
source "$(dirname "$0")/../harness/renewal.bash"
softhsm=/usr/lib/softhsm/libsofthsm2.so
kinds=()
for backend in ${BACKENDS:-pem}; do
  case $backend in
    pem) kinds+=('pem:@/store') ;;
    nss) kinds+=('nss:@/database') ;;
    pkcs11) kinds+=("pkcs11:token=renewal;object=netapi?pin-source=file:$scratch/pin&module-path=$softhsm") ;;
  esac
done

# The token lies in the folder of the run too, so that each run begins with the same one.
prepare_template() {
  case $kind in pkcs11:*) ;; *) return ;; esac
  printf 'directories.tokendir = %s\nobjectstore.backend = file\nlog.level = ERROR\n' "$base/tokens" >"$scratch/softhsm2.conf"
  export SOFTHSM2_CONF="$scratch/softhsm2.conf"
  mkdir "$base/tokens"
  softhsm2-util --init-token --free --label renewal --so-pin 12345678 --pin 123456 >/dev/null || fail "softhsm2-util makes no token"
  printf '123456\n' >"$scratch/pin"
  chmod 600 "$scratch/pin"
}

# The same store in other words; a token asked for nothing.
other_words() {
  case $kind in
    pkcs11:*) echo "pkcs11:model=SoftHSM%20v2;token=renewal?pin-source=file:$scratch/pin&module-path=$softhsm" ;;
    *) echo "${uri%/*}/../template/${uri##*/}" ;;
  esac
}
# renewed_once: in one store, whatever it is called, as what was asked of it says.
renewed_once() {
  [ "$(json '[.result, (.stores | length), .stores[0].result] | map(tostring) | join(" ")')" = "renewed 1 installed" ] || fail "$run: $(cat "$scratch/out")"
  [ "$(applications)" = 1 ] || fail "$run: applications: $(applications)"
  expect 0 --at "$later" --json status --store "$uri"
  [ "$(json '.certificates | length')" = 2 ] || fail "$run: $(json '.certificates | length') certificates in the store"
}

for kind in "${kinds[@]}"; do
  rm -rf "$scratch/template" "$scratch/runs"
  obtain_template "$kind"
  for auth in late handshake; do
    for tls in 1.2 1.3; do
      fresh "${kind%%:*}-$auth-$tls" "auth=$auth,tls=$tls"
      uri=${kind//@/$base}
      expect 0 "${to_portal[@]}" --json renew --from "$uri"
      [ "$(json '[.result, .stores[0].result, .stores[0].verified.key, .stores[0].verified.client_chain, .stores[0].verified.server_chain] | map(tostring) | join(" ")')" = \
        "renewed installed true true true" ] || fail "$run: $(cat "$scratch/out")"
      settle
      journal_of_run 'map(select(.event == "late-authentication" or .event == "handshake") | .way // .version) | join(" ")' >"$scratch/ways"
      case $auth-$tls in
        late-1.2) wanted='TLSv1.2 renegotiation' ;;
        late-1.3) wanted='TLSv1.3 post-handshake' ;;
        *) wanted="TLSv$tls" ;;
      esac
      [ "$(cat "$scratch/ways")" = "$wanted" ] || fail "$run: $(cat "$scratch/ways")"
      [ "$(applications)" = 1 ] || fail "$run: applications: $(applications)"
      expect 0 --at "$later" --json status --store "$uri"
      [ "$(json '.certificates | length')" = 2 ] || fail "$run: $(json '.certificates | length') certificates in the store"
      replaced=$(json '.certificates | sort_by(.not_after)[0].sha256')
      expect 0 "${to_portal[@]}" renew --due
      expect_id 77 portal.not-due "${to_portal[@]}" renew --from "$uri" --cert "$replaced"
      [ "$(applications)" = 1 ] || fail "$run: what was renewed was applied for again"
      no_leftover "$state"
    done
  done
  fresh "${kind%%:*}-section"
  printf '[terminal 11110A]\nstore = %s\n' "$(other_words)" >"$base/naccs-cert.conf"
  expect 0 --config "$base/naccs-cert.conf" "${to_portal[@]}" --json renew --due
  renewed_once
  fresh "${kind%%:*}-twice"
  expect 0 "${to_portal[@]}" --json renew --from "$uri" --to "$uri" --to "$(other_words)"
  renewed_once
  stop_portal
  rm -rf "$scratch/portal"
done
echo "${#kinds[@]} kinds of stores, each renewed in four ways"
