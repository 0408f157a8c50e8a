#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A real Firefox, headless, opens a page of a real Apache that demands a client certificate: not before naccs-cert has installed it, at once after that, while
# Firefox runs, without a click and without a restart. The profile is one that Firefox has made itself, found as nss:firefox.
. "$(dirname "$0")/../harness/journey.sh"
. "$(dirname "$0")/firefox-run.sh"
. "$(dirname "$0")/apache.sh"

trap 'stop_firefox; stop_apache; cleanup' EXIT

make_pkcs12 portal.p12 --key rsa --cipher legacy
mkdir -p "$XDG_CONFIG_HOME"
start_apache
start_firefox
subject='subject: CN=11110A,OU=NACCS Client CA,'

! opens "https://localhost:$apache_port/" || fail "Firefox opens the page before anything is installed: $(cat "$scratch/page")"
expect 0 --json --anchor "$servers/root.pem" install "$scratch/portal.p12" --to nss:firefox --password-file "$scratch/password" --trust-client-ca
profile=$(json '.stores[0].uri')
[ -e "${profile#nss:}/cert9.db" ] || fail "$profile is no profile that Firefox has made"
opens "https://localhost:$apache_port/" || fail "Firefox, which was running, does not open the page: $(cat "$scratch/why")"
grep -qF "$subject" "$scratch/page" || fail "Firefox showed another certificate: $(cat "$scratch/page")"
# Firefox now and then answers a post-handshake request with no certificate at all, before it has looked for one: people reload the page.
opens_in_the_end() {
  for tries in 1 2 3 4 5; do
    ! opens "$1" || return 0
    echo "try $tries: $(cat "$scratch/why")"
  done
  return 1
}
for asking in "$renegotiating_port" "$post_handshake_port"; do
  opens_in_the_end "https://localhost:$asking/closed/" || fail "Firefox does not open the page that asks for the certificate later: $(cat "$scratch/why")"
  grep -qF "$subject" "$scratch/page" || fail "Firefox showed another certificate later: $(cat "$scratch/page")"
done

# ---- the same after a restart, and no more after a removal
quit_firefox
start_firefox
opens "https://localhost:$apache_port/" || fail "Firefox does not open the page after a restart: $(cat "$scratch/why")"
grep -qF "$subject" "$scratch/page" || fail "after a restart: $(cat "$scratch/page")"
quit_firefox
expect 0 verify --store nss:firefox
expect 0 --json remove --from nss:firefox
[ "$(json '.stores[0].uri')" = "$profile" ] || fail "removed from another profile"
start_firefox
! opens "https://localhost:$apache_port/" || fail "Firefox opens the page after the removal: $(cat "$scratch/page")"
