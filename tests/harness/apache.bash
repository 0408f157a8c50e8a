# SPDX-License-Identifier: Apache-2.0
# A real Apache httpd for bash tests; to be sourced after journey.sh. It asks for a client certificate in every way that servers do. It has an address of
# its own on the loopback network, named after this process, so tests beside each other never meet.
#   apache_start SERVERCHAIN-DIR CLIENT-CA-FILE…   starts it; the ways, as ports: see below
#   apache_port WAY VERSION                        the port of a way: whole, place (one location, after the handshake) or none; 1.2 or 1.3
#   apache_last                                    what it saw of the last request: port, TLS version, the client certificate's CN and whether it was verified, method, status
#   apache_more                                    tests may define it: prints more lines of its configuration, of sites too (apache_site WAY VERSION LINE…)
apache_pid=
apache_address=127.$((64 + ($$ >> 16) % 64)).$((($$ >> 8) % 256)).$((1 + $$ % 254))

apache_end() {
  [ -z "$apache_pid" ] || { kill "$apache_pid" && wait "$apache_pid"; } 2>/dev/null || true
  apache_pid=
}
trap 'apache_end; cleanup' EXIT

apache_port() {
  case $1-$2 in
    whole-1.2) echo 8441 ;;
    whole-1.3) echo 8442 ;;
    place-1.2) echo 8443 ;;
    place-1.3) echo 8444 ;;
    none-1.2) echo 8445 ;;
    none-1.3) echo 8446 ;;
    front-1.2) echo 8447 ;; # sites of apache_more
    front-1.3) echo 8448 ;;
    *) fail "apache_port $1 $2" ;;
  esac
}

apache_site() {
  local port
  port=$(apache_port "$1" "$2")
  echo "Listen $apache_address:$port"
  echo "<VirtualHost $apache_address:$port>"
  echo "  SSLEngine on"
  echo "  SSLProtocol -all +TLSv$2"
  case $1 in
    whole) echo "  SSLVerifyClient require" ;;
    place) echo '  <Location "/">'; echo "    SSLVerifyClient require"; echo "  </Location>" ;;
  esac
  [ $# = 2 ] || printf '  %s\n' "${@:3}"
  echo "</VirtualHost>"
}

apache_more() { :; }

apache_config() {
  local modules=/usr/lib/apache2/modules chain=$1 way version
  cat <<CONFIG
ServerRoot "$scratch/apache"
ServerName localhost
PidFile "$scratch/apache/pid"
ErrorLog "$scratch/apache/error.log"
LogLevel info
LoadModule mpm_prefork_module $modules/mod_mpm_prefork.so
LoadModule authz_core_module $modules/mod_authz_core.so
LoadModule dir_module $modules/mod_dir.so
LoadModule ssl_module $modules/mod_ssl.so
Mutex pthread
DocumentRoot "$scratch/apache/root"
LogFormat "%p %{SSL_PROTOCOL}x %{SSL_CLIENT_S_DN_CN}x %{SSL_CLIENT_VERIFY}x %m %>s" seen
CustomLog "$scratch/apache/access.log" seen
SSLSessionCache none
SSLSessionTickets off
SSLCertificateFile "$chain/server.pem"
SSLCACertificateFile "$scratch/apache/client-ca.pem"
SSLVerifyDepth 3
CONFIG
  [ "$(id -u)" != 0 ] || printf 'User nobody\nGroup nogroup\n'
  for way in whole place none; do
    for version in 1.2 1.3; do apache_site "$way" "$version"; done
  done
  apache_more
}

apache_start() {
  local chain=$1 tries=0
  shift
  [ -x /usr/sbin/apache2 ] && [ -f /usr/lib/apache2/modules/mod_ssl.so ] || skip "Apache httpd (apache2-bin) is missing"
  mkdir -p "$scratch/apache/root"
  chmod 711 "$scratch" "$scratch/apache"
  chmod 755 "$scratch/apache/root"
  echo hello >"$scratch/apache/root/index.html"
  chmod 644 "$scratch/apache/root/index.html"
  cat "$@" >"$scratch/apache/client-ca.pem"
  apache_config "$chain" >"$scratch/apache/httpd.conf"
  # One process, in the foreground: it ends with its signal.
  env -u OPENSSL_CONF -u OPENSSL_MODULES -u SSLKEYLOGFILE -u SSL_CERT_FILE -u SSL_CERT_DIR -u LD_PRELOAD \
    /usr/sbin/apache2 -X -f "$scratch/apache/httpd.conf" >"$scratch/apache/out" 2>&1 &
  apache_pid=$!
  # Its socket is open before it says so in its log; it is asked until it answers or ends.
  until openssl s_client -connect "$apache_address:$(apache_port none 1.2)" </dev/null >/dev/null 2>&1; do
    kill -0 "$apache_pid" 2>/dev/null || { cat "$scratch/apache/out" "$scratch/apache/error.log" >&2; fail "Apache httpd does not start"; }
    tries=$((tries + 1))
    [ "$tries" -lt 600 ] || fail "Apache httpd does not answer"
    sleep 0.1
  done
}

# The request is written down after its answer has gone out.
apache_last() {
  local tries=0
  while [ ! -s "$scratch/apache/access.log" ] && [ "$tries" -lt 100 ]; do
    sleep 0.05
    tries=$((tries + 1))
  done
  tail -n 1 "$scratch/apache/access.log"
  : >"$scratch/apache/access.log"
}
