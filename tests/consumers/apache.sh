# SPDX-License-Identifier: Apache-2.0
# A real Apache for consumers' tests; sourced after journey.sh. Its certificate hangs below a root of the test's own ($servers/root.pem); it demands a certificate below
# the test's client CA and shows its subject. Three ways to ask for it, on three ports: in the first handshake ($apache_port), by TLS 1.2 renegotiation for one
# location ($renegotiating_port), by TLS 1.3 post-handshake authentication for one location ($post_handshake_port).
# shellcheck shell=sh disable=SC2154

apache=$(command -v apache2 || echo /usr/sbin/apache2)
modules=/usr/lib/apache2/modules
[ -x "$apache" ] && [ -f "$modules/mod_ssl.so" ] || skip "needs Apache with mod_ssl (Debian: apache2-bin)"

apache_pid=
stop_apache() {
  [ -z "$apache_pid" ] || { kill "$apache_pid" 2>/dev/null && wait "$apache_pid" 2>/dev/null; } || true
  apache_pid=
}

# A virtual host on $1, with $2 beside what all share.
apache_host() {
  cat <<CONF
Listen 127.0.0.1:$1
<VirtualHost 127.0.0.1:$1>
  SSLEngine on
  SSLCertificateFile $servers/server.pem
  SSLCACertificateFile $scratch/pki/client-ca.pem
  SSLOptions +StdEnvVars
  $2
</VirtualHost>
CONF
}

apache_configuration() {
  cat <<CONF
ServerRoot $scratch/apache
ServerName localhost
PidFile $scratch/apache/pid
ErrorLog $scratch/apache/errors
Mutex file:$scratch/apache
LoadModule mpm_event_module $modules/mod_mpm_event.so
LoadModule authz_core_module $modules/mod_authz_core.so
LoadModule dir_module $modules/mod_dir.so
LoadModule mime_module $modules/mod_mime.so
LoadModule include_module $modules/mod_include.so
LoadModule filter_module $modules/mod_filter.so
LoadModule ssl_module $modules/mod_ssl.so
StartServers 1
ThreadsPerChild 8
MaxRequestWorkers 16
ServerLimit 2
DocumentRoot $scratch/apache/pages
DirectoryIndex index.html
TypesConfig /dev/null
AddType text/html .html
AddOutputFilter INCLUDES .html
<Directory $scratch/apache/pages>
  Options +Includes
  Require all granted
</Directory>
SSLSessionCache none
SSLProtocol -all +TLSv1.2 +TLSv1.3
CONF
  [ "$(id -u)" != 0 ] || printf 'User www-data\nGroup www-data\n'
  apache_host "$1" 'SSLVerifyClient require'
  apache_host "$2" 'SSLProtocol TLSv1.2
  <Location /closed>
    SSLVerifyClient require
  </Location>'
  apache_host "$3" 'SSLProtocol TLSv1.3
  <Location /closed>
    SSLVerifyClient require
  </Location>'
}

# Start it on ports that are free: another one is tried while somebody else has one of them.
start_apache() {
  servers=$scratch/servers
  env -u OPENSSL_CONF -u OPENSSL_MODULES "$MAKE_PKCS12" --server-chain "$servers" --host localhost --host 127.0.0.1 >/dev/null || fail "make-pkcs12 --server-chain"
  mkdir -p "$scratch/apache/pages/closed"
  chmod 711 "$scratch"
  chmod 755 "$scratch/apache" "$scratch/apache/pages" "$scratch/apache/pages/closed"
  printf '<html><body>subject: <!--#echo var="SSL_CLIENT_S_DN" --></body></html>\n' >"$scratch/apache/pages/index.html"
  cp "$scratch/apache/pages/index.html" "$scratch/apache/pages/closed/index.html"
  tries=0
  while [ "$tries" -lt 20 ]; do
    tries=$((tries + 1))
    apache_port=$(shuf -i 20000-32000 -n 1)
    renegotiating_port=$((apache_port + 1))
    post_handshake_port=$((apache_port + 2))
    apache_configuration "$apache_port" "$renegotiating_port" "$post_handshake_port" >"$scratch/apache/conf"
    rm -f "$scratch/apache/pid"
    env -i PATH="$PATH" "$apache" -X -f "$scratch/apache/conf" >"$scratch/apache/out" 2>&1 &
    apache_pid=$!
    while kill -0 "$apache_pid" 2>/dev/null; do
      [ ! -s "$scratch/apache/pid" ] || return 0 # written once it listens
      sleep 0.05
    done
    wait "$apache_pid" || true
    grep -q 'Address already in use' "$scratch/apache/out" "$scratch/apache/errors" 2>/dev/null || break
    : >"$scratch/apache/errors"
  done
  cat "$scratch/apache/out" "$scratch/apache/errors" >&2
  fail "Apache does not start"
}
