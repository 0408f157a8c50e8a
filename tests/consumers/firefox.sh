#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A real Firefox, headless, opens a page of a real Apache that demands a client certificate: not before naccs-cert has installed it, at once after that, while
# Firefox runs, without a click and without a restart. The profile is one that Firefox has made itself, found as nss:firefox.
. "$(dirname "$0")/../harness/journey.sh"
firefox=$(command -v firefox-esr || command -v firefox) || skip "needs Firefox (Debian: firefox-esr)"
. "$(dirname "$0")/apache.sh"

firefox_pid=
stop_all() {
  [ -z "$firefox_pid" ] || { kill "$firefox_pid" 2>/dev/null && wait "$firefox_pid" 2>/dev/null; } || true
  stop_apache
  cleanup
}
trap stop_all EXIT

# Start Firefox in the test's home; its port for tests is in $port.
start_firefox() {
  find "$HOME" "$XDG_CONFIG_HOME" -name MarionetteActivePort -delete 2>/dev/null || true
  env -u SSLKEYLOGFILE MOZ_MARIONETTE_PREF_STATE_ACROSS_RESTARTS='{"marionette.port":0}' MOZ_CRASHREPORTER_DISABLE=1 \
    "$firefox" --headless --marionette --remote-allow-system-access --no-remote >"$scratch/firefox.out" 2>&1 &
  firefox_pid=$!
  port=
  while [ -z "$port" ]; do
    kill -0 "$firefox_pid" 2>/dev/null || { cat "$scratch/firefox.out" >&2; fail "Firefox has ended"; }
    sleep 0.1
    port=$(find "$HOME" "$XDG_CONFIG_HOME" -name MarionetteActivePort -exec cat {} + 2>/dev/null || true)
  done
  for preference in 'security.default_personal_cert Select Automatically' 'security.tls.enable_post_handshake_auth true'; do
    "$MARIONETTE" "$port" prefer "${preference%% *}" "${preference#* }" || fail "Firefox does not take a preference"
  done
}

opens() { "$MARIONETTE" "$port" open "https://localhost:$1" >"$scratch/page" 2>"$scratch/why"; }

make_pkcs12 portal.p12 --key rsa --cipher legacy
mkdir -p "$XDG_CONFIG_HOME"
start_apache
start_firefox
subject='subject: CN=11110A,OU=NACCS Client CA,'

! opens "$apache_port/" || fail "Firefox opens the page before anything is installed: $(cat "$scratch/page")"
expect 0 --json --anchor "$servers/root.pem" install "$scratch/portal.p12" --to nss:firefox --password-file "$scratch/password" --trust-client-ca
profile=$(json '.stores[0].uri')
[ -e "${profile#nss:}/cert9.db" ] || fail "$profile is no profile that Firefox has made"
opens "$apache_port/" || fail "Firefox, which was running, does not open the page: $(cat "$scratch/why")"
grep -qF "$subject" "$scratch/page" || fail "Firefox showed another certificate: $(cat "$scratch/page")"
for asking in "$renegotiating_port" "$post_handshake_port"; do
  opens "$asking/closed/" || fail "Firefox does not open the page that asks for the certificate later: $(cat "$scratch/why")"
  grep -qF "$subject" "$scratch/page" || fail "Firefox showed another certificate later: $(cat "$scratch/page")"
done

# ---- the same after a restart, and no more after a removal
"$MARIONETTE" "$port" quit || fail "Firefox does not quit"
wait "$firefox_pid" || true
start_firefox
opens "$apache_port/" || fail "Firefox does not open the page after a restart: $(cat "$scratch/why")"
grep -qF "$subject" "$scratch/page" || fail "after a restart: $(cat "$scratch/page")"
"$MARIONETTE" "$port" quit || fail "Firefox does not quit"
wait "$firefox_pid" || true
expect 0 verify --store nss:firefox
expect 0 --json remove --from nss:firefox
[ "$(json '.stores[0].uri')" = "$profile" ] || fail "removed from another profile"
start_firefox
! opens "$apache_port/" || fail "Firefox opens the page after the removal: $(cat "$scratch/page")"
