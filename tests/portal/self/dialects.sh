#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Each value of each dialect switch, and mixtures by chance, lead a browser to the PKCS#12 without a deviation.
# usage: dialects.sh each | chance SEED COUNT
source "$(dirname "$0")/lib.bash" || exit 1
start_simulator --seed "${2:-1}"

try() { # DIALECT
	[ "$(control reset)" = 200 ] && [ "$(control "dialect?set=$1")" = 200 ] || { not_ok "$1 is a dialect"; return; }
	dialect=$(curl -s "http://127.0.0.1:${ready[control-port]}/status" | jq -r .dialect)
	anchor=${ready[anchor]}
	[[ $dialect != *chain=no-intermediate* ]] || anchor=${ready[anchor-with-intermediate]}
	local before subjects
	before=$(journal | wc -l)
	walk Secret123 2>"$room/walk-error"
	subjects=$(opens_with Secret123)
	if [ "$subjects" = "11110A NACCS Client CA" ]; then
		ok "$1"
	else
		not_ok "$1: $dialect"
		cat "$room/walk-error" "$room/curl-error" 2>/dev/null
		journal | tail -n +$((before + 1)) | jq -r 'select(.event == "request") | "# \(.method) \(.path) \(.step) -> \(.status) \(.screen) \(.deviation // "")"'
	fi
}

case $1 in
each) # in as few walks as the switch with the most values needs
	mapfile -t switches < <("$simulator" --list-dialects)
	[ "${#switches[@]}" -gt 0 ] || not_ok "there are dialects"
	rounds=1
	for ((i = 0; i < rounds; i++)); do
		mixture=plain
		for switch in "${switches[@]}"; do
			read -ra values <<<"${switch#*=}"
			[ "${#values[@]}" -le "$rounds" ] || rounds=${#values[@]}
			mixture+=,${switch%%=*}=${values[i % ${#values[@]}]}
		done
		try "$mixture"
	done
	;;
chance)
	for ((i = 0; i < $3; i++)); do try "plain,random"; done
	;;
esac
