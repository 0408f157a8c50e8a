# SPDX-License-Identifier: Apache-2.0
# A real Firefox, headless, in the test's home and led by Marionette; sourced after journey.sh. Needs MARIONETTE (the program of marionette.c).
# shellcheck shell=sh disable=SC2154

firefox=$(command -v firefox-esr || command -v firefox) || skip "needs Firefox (Debian: firefox-esr)"

firefox_pid=
stop_firefox() {
  [ -z "$firefox_pid" ] || { kill "$firefox_pid" 2>/dev/null && wait "$firefox_pid" 2>/dev/null; } || true
  firefox_pid=
}

# start_firefox OPTIONS…: start it; its port for tests is in $port.
start_firefox() {
  find "$scratch" -name MarionetteActivePort -delete 2>/dev/null || true
  env -u SSLKEYLOGFILE MOZ_MARIONETTE_PREF_STATE_ACROSS_RESTARTS='{"marionette.port":0}' MOZ_CRASHREPORTER_DISABLE=1 \
    "$firefox" --headless --marionette --remote-allow-system-access --no-remote "$@" >"$scratch/firefox.out" 2>&1 &
  firefox_pid=$!
  port=
  while [ -z "$port" ]; do
    kill -0 "$firefox_pid" 2>/dev/null || { cat "$scratch/firefox.out" >&2; fail "Firefox has ended"; }
    sleep 0.1
    port=$(find "$scratch" -name MarionetteActivePort -exec cat {} + 2>/dev/null || true)
  done
  for preference in 'security.default_personal_cert Select Automatically' 'security.tls.enable_post_handshake_auth true'; do
    "$MARIONETTE" "$port" prefer "${preference%% *}" "${preference#* }" || fail "Firefox does not take a preference"
  done
}

quit_firefox() {
  "$MARIONETTE" "$port" quit || fail "Firefox does not quit"
  wait "$firefox_pid" || true
  firefox_pid=
}

# opens URL: the page's text goes to $scratch/page, or Firefox's reason to $scratch/why.
opens() { "$MARIONETTE" "$port" open "$1" >"$scratch/page" 2>"$scratch/why"; }
