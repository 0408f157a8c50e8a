#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Whoever stands between us and the portal, or wherever its pages point: the run ends with 69, and the journals of the portal, of another host, of plain http and of
# the proxy show that no code was sent, or none after the portal itself had it.
source "$(dirname "$0")/../harness/portal.bash"
start_portal
obtain_options

# Here the environment and its system trust the intercepting CA.
mkdir "$scratch/certs"
cp "${portal[intercepting-ca]}" "$scratch/certs/ca.pem"
cp "${portal[intercepting-ca]}" "$scratch/certs/$(env -u OPENSSL_CONF openssl x509 -in "${portal[intercepting-ca]}" -noout -hash).0"
export SSL_CERT_FILE=$scratch/certs/ca.pem SSL_CERT_DIR=$scratch/certs CURL_CA_BUNDLE=$scratch/certs/ca.pem
curl=$(command -v curl || true)

# nothing_elsewhere: nobody but the portal was even connected to; nothing is kept, nothing was written to the store.
nothing_elsewhere() {
  settle
  [ "$(journal_of_run 'map(select(.event == "connection" and .listener != "portal")) | length')" = 0 ] || fail "$run: another listener was connected to"
  [ ! -e "$store/live" ] || fail "$run: something was installed"
  no_code_in "$scratch/out" "$scratch/err" "$state"
}

# attack FAULT ID CODE1 CODE3: how often the portal itself may have got codes 1 and 2, and code 3.
attack() {
  begin_alone "$1"
  control "fault?set=$1"
  expect_id 69 "$2" "${to_portal[@]}" -vv obtain --codes "$codes" --to "pem:$store" --trust-client-ca
  nothing_elsewhere
  [ "$(sent)" = "$3 $3 $4 $4" ] || fail "$run: codes 1, 2, 3 and the password were sent so often: $(sent)"
  [ -n "$(json .error.message)" ] || fail "$run: no message"
  [ "$4" = 1 ] || no_leftover "$state"
}

# ---- the server's chain
for fault in rogue-root rogue-leaf cross-signed self-signed client-only leaf-signed intercepted; do attack $fault tls.untrusted 0 0; done
for fault in wrong-host common-name; do attack $fault tls.name 0 0; done
for fault in expired-leaf not-yet-leaf; do attack $fault tls.expired 0 0; done
attack no-tls net.unreachable 0 0


# ---- the anchors that we were given
anchored() { # NAME ANCHOR: by the right portal
  begin_alone "$1"
  expect_id 69 tls.untrusted --at "$now" --anchor "$2" --connect-to "::127.0.0.1:${portal[port]}" obtain --codes "$codes" --to "pem:$store" --trust-client-ca
  nothing_elsewhere
  [ "$(requests)" = 0 ] || fail "$run: a request was sent"
}
anchored partial-anchor "${portal[partial-anchor]}" # the intermediate is help, no end of a chain
anchored rogue-anchor "${portal[rogue-anchor]}"
anchored system-anchor "${portal[intercepting-ca]}"
begin_alone built-in-anchor
expect_id 69 tls.untrusted --at "$now" --connect-to "::127.0.0.1:${portal[port]}" obtain --codes "$codes" --to "pem:$store" --trust-client-ca
[ "$(requests)" = 0 ] || fail "$run: a request was sent"

# The intermediate left out works with one from --anchor, and only with it.
begin_alone no-intermediate
control "dialect?set=plain,chain=no-intermediate"
expect 0 --json "${to_portal[@]}" obtain --codes "$codes" --to "pem:$store" --trust-client-ca
[ "$(json '.stores[0].verified.server_chain_basis')" = live ] || fail "$run: not verified live"
anchored no-intermediate-at-all "${portal[anchor]}"
control "dialect?set=plain"

# ---- ways out of the portal, before the login, in the answer to it, and after
for fault in form-host form-http base-host; do attack $fault net.redirect-refused 0 0; done
for fault in redirect-host redirect-http redirect-port redirect-307 refresh-host script-host; do
  attack $fault@login net.redirect-refused 0 0
  attack $fault@login-post net.redirect-refused 1 0
  attack $fault@form net.redirect-refused 1 0
  attack $fault@submit net.redirect-refused 1 1
  attack $fault@download net.redirect-refused 1 1
done
for fault in form-host form-http base-host; do
  attack $fault@form net.redirect-refused 1 0
  attack $fault@download-page net.redirect-refused 1 1
done
attack frame-host net.redirect-refused 1 0
attack redirect-loop net.redirect-refused 1 0

# ---- an intercepting proxy, whose CA the system trusts. It says what it heard when the connection has ended.
start_proxy --intercept
heard() {
  until grep -q '"intercepted"' "${proxy[journal]}"; do :; done
  jq -s 'map(select(.event == "intercepted").bytes) | add' "${proxy[journal]}"
}
if [ -n "$curl" ]; then # it does intercept whoever believes the system
  env -u OPENSSL_CONF -u OPENSSL_MODULES -u SSLKEYLOGFILE curl -s -o /dev/null --max-time 20 --proxy "http://127.0.0.1:${proxy[port]}" --cacert "$SSL_CERT_FILE" \
    "https://cert.nac.naccs.jp/" || fail "curl does not believe the proxy"
  [ "$(heard)" -gt 0 ] || fail "the proxy does not intercept"
  : >"${proxy[journal]}"
fi
begin_alone intercepting-proxy
expect_id 69 tls.untrusted --at "$now" --anchor "${portal[anchor-with-intermediate]}" --proxy "http://127.0.0.1:${proxy[port]}" \
  obtain --codes "$codes" --to "pem:$store" --trust-client-ca
nothing_elsewhere
[ "$(requests)" = 0 ] || fail "$run: a request came through"
[ "$(heard)" = 0 ] || fail "$run: the proxy heard $(cat "${proxy[journal]}")"
stop_proxy

[ ! -e "$SSLKEYLOGFILE" ] || fail "SSLKEYLOGFILE was written"
stop_portal
