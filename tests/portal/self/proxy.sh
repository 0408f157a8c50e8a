#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The simulated proxy lets through who knows its password, by Basic and by Digest; refuses as told; and, intercepting, is not believed.
source "$(dirname "$0")/lib.bash" || exit 1
proxy=${NACCS_PROXY_SIMULATOR:?the proxy simulator\'s path}
start_simulator
declare -A proxy_ready
proxy_pid=

start_proxy() { # [OPTION…]
	[ -z "$proxy_pid" ] || { kill "$proxy_pid"; wait "$proxy_pid" || not_ok "the proxy ends well"; }
	rm -rf "$room/proxy"
	mkfifo "$room/proxy-ready"
	"$proxy" --dir "$room/proxy" --pki "$room/pki" --die-with-parent --to "${ready[port]}" "$@" >"$room/proxy-ready" &
	proxy_pid=$!
	while read -r line && [ "$line" != ready=yes ]; do proxy_ready[${line%%=*}]=${line#*=}; done <"$room/proxy-ready"
	rm "$room/proxy-ready"
}
# through [CURL OPTION…]: curl's exit code and the status of the page
through() { curl -s -o "$room/body" -w '%{http_code} %{http_connect} ' --cacert "${ready[anchor]}" -x "http://127.0.0.1:${proxy_ready[port]}" "$@" "$start"; echo $?; }
said() { jq -r "$1" "${proxy_ready[journal]}" | paste -sd ' '; }

start_proxy
is "without authentication it lets through" "$(through)" "200 200 0"
is "the target is in the journal" "$(said .target)" "cert.nac.naccs.jp:443"
start_proxy --auth basic
is "basic: no" "$(through)" "000 407 56"
is "basic: wrong password" "$(through -U proxy-user:x)" "000 407 56"
is "basic: yes" "$(through -U "$(cat "${proxy_ready[proxy-auth]}")")" "200 200 0"
is "the kind is in the journal, the password is not" "$(said .authorization); $(grep -c proxy-password "${proxy_ready[journal]}")" " Basic Basic; 0"
for kind in digest digest-sha256; do
	start_proxy --auth $kind
	is "$kind: wrong password" "$(through --proxy-digest -U proxy-user:x)" "000 407 56"
	is "$kind: yes" "$(through --proxy-digest -U proxy-user:proxy-password)" "200 200 0"
done
start_proxy --refuse 403
is "it refuses as told" "$(through)" "000 403 56"
start_proxy --intercept
is "intercepting, it is not believed" "$(through)" "000 200 60"
is "and heard nothing" "$(said 'select(.event == "intercepted") | .bytes')" 0
is "unless its CA is trusted" "$(through --cacert "${proxy_ready[intercepting-ca]}")" "200 200 0"
is "then it heard all" "$(said 'select(.event == "intercepted" and .handshake) | .text' | grep -c 'GET /NACCSClientCA')" 1
kill "$proxy_pid"
