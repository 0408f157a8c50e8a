#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A renewal through a real Apache httpd in front of the portal: it ends TLS, asks for the client certificate only where the renewal begins, by TLS 1.2 renegotiation and by
# TLS 1.3 post-handshake authentication, and passes what it verified on to the portal. A portal that knows of no front refuses whoever only a header names.
header=X-Client-Certificate
portal_options=(--front "$header")
source "$(dirname "$0")/../harness/renewal.bash"
source "$(dirname "$0")/../harness/apache.bash"
trap 'apache_end; end_servers; cleanup' EXIT
command -v curl >/dev/null || skip "curl is missing"
[ -f /usr/lib/apache2/modules/mod_proxy_http.so ] && [ -f /usr/lib/apache2/modules/mod_headers.so ] || skip "Apache's mod_proxy_http and mod_headers (apache2-bin) are missing"

# Apache judges client certificates by the real clock, so the certificate is one of yesterday; the portal and naccs-cert are in its last month.
now=$(date -u -d yesterday +%Y-%m-%d)T03:00:00Z
later=$(date -u -d "${now%T*} + 5 years + 10 days" +%Y-%m-%d)T03:00:00Z

# As the portal's own: below the same authorities, for the same host.
make_server() {
  local pki=$scratch/pki chain=$scratch/front
  mkdir "$chain"
  printf '%s\n' 'basicConstraints = critical,CA:FALSE' 'keyUsage = critical,digitalSignature' 'extendedKeyUsage = serverAuth' \
    "subjectAltName = DNS:${portal[host]}" 'authorityKeyIdentifier = keyid' >"$chain/extensions"
  env -u OPENSSL_CONF -u OPENSSL_MODULES openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -keyout "$chain/key.pem" \
    -subj "/CN=${portal[host]}" -out "$chain/request.pem" 2>"$chain/log" &&
    env -u OPENSSL_CONF -u OPENSSL_MODULES openssl x509 -req -in "$chain/request.pem" -CA "$pki/intermediate.pem" -CAkey "$pki/intermediate.key.pem" -days 30 \
      -extfile "$chain/extensions" -out "$chain/leaf.pem" 2>>"$chain/log" || { cat "$chain/log" >&2; fail "no certificate for the front"; }
  cat "$chain/leaf.pem" "$pki/intermediate.pem" "$chain/key.pem" >"$chain/server.pem"
}

# It believes the portal behind it only by its name and its authorities; a header of this name that a client sends never comes through.
apache_more() {
  local module version
  echo 'LogLevel info ssl:debug'
  for module in proxy proxy_http headers; do echo "LoadModule ${module}_module /usr/lib/apache2/modules/mod_$module.so"; done
  for version in 1.2 1.3; do
    apache_site front "$version" \
      "RequestHeader unset $header early" \
      '<Location "/NACCSClientCA/pages/renew">' \
      '  SSLVerifyClient require' \
      "  RequestHeader set $header \"%{SSL_CLIENT_CERT}s\"" \
      '</Location>' \
      'SSLProxyEngine on' \
      'SSLProxyVerify require' \
      "SSLProxyCACertificateFile ${portal[anchor]}" \
      'SSLProxyVerifyDepth 3' \
      'ProxyPreserveHost on' \
      "ProxyPass / https://127.0.0.1:${portal[port]}/ disablereuse=on"
  done
}

# naccs-cert's way leads through the front.
through_front() { to_portal=(--at "$later" --anchor "${portal[anchor-with-intermediate]}" --connect-to "::$apache_address:$(apache_port front "$1")"); }

# How Apache asked for the certificate, by its own log.
ways_of_apache() { grep -oE 'Requesting connection re-negotiation|verify client post handshake' "$scratch/apache/error.log" | sort -u || true; }

obtain_template 'pem:@/store'
make_server
apache_start "$scratch/front" "${portal[client-ca]}"
for tls in 1.2 1.3; do
  fresh "front-$tls"
  first=$(current)
  through_front "$tls"
  : >"$scratch/apache/error.log"
  : >"$scratch/apache/access.log"
  expect 0 "${to_portal[@]}" --json renew --from "pem:$store"
  [ "$(json '[.result, .stores[0].result, .stores[0].verified.key, .stores[0].verified.client_chain, .stores[0].verified.server_chain] | map(tostring) | join(" ")')" = \
    "renewed installed true true true" ] || fail "$run: $(cat "$scratch/out")"
  case $tls in 1.2) wanted='Requesting connection re-negotiation' ;; 1.3) wanted='verify client post handshake' ;; esac
  [ "$(ways_of_apache)" = "$wanted" ] || fail "$run: Apache asked by '$(ways_of_apache)'"
  seen_by_apache=$(cut -d ' ' -f 1-4 "$scratch/apache/access.log" | sort -u)
  [ "$seen_by_apache" = "$(apache_port front "$tls") TLSv$tls ${portal[terminal]} SUCCESS" ] || fail "$run: Apache saw $seen_by_apache"
  # The portal saw the front only: it was named the client in the header, and asked nobody itself.
  settle
  [ "$(journal_of_run 'map(select(.event == "late-authentication")) | length')" = 0 ] || fail "$run: the portal asked too"
  [ "$(journal_of_run "map(select(.event == \"request\" and (.headers | index(\"$header\") | not))) | length")" = 0 ] || fail "$run: a request came past the front"
  [ "$(applications)" = 1 ] || fail "$run: applications: $(applications)"
  is_renewed
  no_leftover "$state"
done

# Where no certificate is asked for, a header of the client's own is dropped; where one is, nobody gets through by a header alone.
by_hand() {
  env -i PATH="$PATH" curl -s -o /dev/null -w '%{http_code}' --cacert "${portal[anchor]}" --tls-max 1.2 -H "$header: $(tr '\n' ' ' <"$store/live/cert.pem")" \
    --connect-to "::$apache_address:$(apache_port front 1.2)" "$1" || true
}
segment forged
[ "$(by_hand "${portal[start-url]}")" = 200 ] || fail "the first page of the portal does not come through Apache"
[ "$(by_hand "${portal[renewal-url]}")" != 200 ] || fail "Apache lets somebody without a certificate in"
settle
[ "$(journal_of_run "map(select(.event == \"request\") | .step, (.headers | index(\"$header\") != null) | tostring) | join(\" \")")" = "login false" ] ||
  fail "what came through Apache: $(journal_of_run 'map(select(.event == "request"))')"
apache_end
stop_portal

# The same front, and a portal that was not told of it: the header makes nobody known, so the client must have shown a certificate to the portal itself.
rm -rf "$scratch/portal"
portal_options=()
rm -rf "$scratch/template" "$scratch/runs"
obtain_template 'pem:@/store'
apache_start "$scratch/front" "${portal[client-ca]}"
fresh untold auth=handshake
first=$(current)
through_front 1.3
naccs "${to_portal[@]}" --json renew --from "pem:$store"
[ "$code" != 0 ] || fail "a portal without --front believes a header"
settle
[ "$(journal_of_run "map(select(.event == \"request\" and .step == \"renew\") | [.screen, (.headers | index(\"$header\") != null)] | map(tostring) | join(\" \")) | unique | join(\",\")")" = \
  "certificate-refused true" ] || fail "$run: $(journal_of_run 'map(select(.event == "request"))')"
[ "$(applications)" = 0 ] || fail "$run: applications: $(applications)"
is_untouched
apache_end
stop_portal
echo "renewed through Apache by renegotiation and by post-handshake authentication; a portal that knows of no front refuses"
