#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A real Chromium, headless, opens a page of a real Apache that demands a client certificate: not before naccs-cert has installed it, and from the next start on. The
# database lies where this Chromium looks for it, found as nss:chromium. Which certificate it presents is told by a policy, as an administrator would: in a mount
# namespace of its own.
. "$(dirname "$0")/../harness/journey.sh"
chromium=$(command -v chromium) || skip "needs Chromium (Debian: chromium)"
. "$(dirname "$0")/apache.sh"
trap 'stop_apache; cleanup' EXIT
unshare=-m
[ "$(id -u)" = 0 ] || unshare=-rm
unshare $unshare mount -t tmpfs tmpfs /etc/chromium 2>/dev/null || skip "Chromium's policy needs a mount namespace of its own, which this machine does not allow"

make_pkcs12 portal.p12 --key rsa --cipher legacy
mkdir -p "$XDG_CONFIG_HOME"
start_apache
printf '{"AutoSelectCertificateForUrls": ["{\\"pattern\\":\\"https://localhost\\",\\"filter\\":{\\"ISSUER\\":{\\"CN\\":\\"NACCS Client CA\\"}}}"]}\n' \
  >"$scratch/policy.json"

# opens PATH: what a new Chromium shows of the page goes to $scratch/page.
opens() {
  rm -rf "$scratch/data"
  # shellcheck disable=SC2016
  env -u SSLKEYLOGFILE unshare $unshare sh -c 'mount -t tmpfs tmpfs /etc/chromium && mkdir -p /etc/chromium/policies/managed &&
    cp "$0" /etc/chromium/policies/managed/naccs.json && exec "$@"' "$scratch/policy.json" "$chromium" --headless --no-sandbox \
    --disable-gpu --disable-dev-shm-usage --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync --user-data-dir="$scratch/data" --dump-dom "https://localhost:$1" >"$scratch/page" 2>"$scratch/why" || return 1
  grep -q 'subject: ' "$scratch/page"
}
subject='subject: CN=11110A,OU=NACCS Client CA,'

! opens "$apache_port/" || fail "Chromium opens the page before anything is installed: $(cat "$scratch/page")"
expect 0 --json --anchor "$servers/root.pem" install "$scratch/portal.p12" --to nss:chromium --password-file "$scratch/password" --trust-client-ca
database=$(json '.stores[0].uri')
opens "$apache_port/" || { cat "$scratch/why" >&2; fail "Chromium does not open the page with $database: $(cat "$scratch/page")"; }
grep -qF "$subject" "$scratch/page" || fail "Chromium showed another certificate: $(cat "$scratch/page")"
opens "$renegotiating_port/closed/" || { cat "$scratch/why" >&2; fail "Chromium does not open the page that asks for the certificate later: $(cat "$scratch/page")"; }
grep -qF "$subject" "$scratch/page" || fail "Chromium showed another certificate later: $(cat "$scratch/page")"

# ---- the other place: ~/.pki/nssdb goes before, where it is there
expect 0 remove --from nss:chromium
! opens "$apache_port/" || fail "Chromium opens the page after the removal: $(cat "$scratch/page")"
mkdir -p "$HOME/.pki/nssdb"
expect 0 --json --anchor "$servers/root.pem" install "$scratch/portal.p12" --to nss:chromium --password-file "$scratch/password" --trust-client-ca
[ "$(json '.stores[0].uri')" = "nss:$HOME/.pki/nssdb" ] || fail "installed into $(json '.stores[0].uri')"
opens "$apache_port/" || fail "Chromium does not look into ~/.pki/nssdb: $(cat "$scratch/page")"
