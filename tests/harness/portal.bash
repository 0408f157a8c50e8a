# SPDX-License-Identifier: Apache-2.0
# What bash tests of the portal journeys share; to be sourced. Needs what journey.sh needs, and NACCS_PORTAL_SIMULATOR; some NACCS_PROXY_SIMULATOR.
# One simulated portal serves many runs. Its journal is cut into segments: begin_run starts one, the functions below look at the last.
source "$(dirname "${BASH_SOURCE[0]}")/journey.sh"
set -u -o pipefail

for tool in jq openssl; do
  command -v "$tool" >/dev/null || skip "$tool is missing"
done

# The rules' clock of both sides: noon in Japan. TLS goes by the real one.
now=2026-11-20T03:00:00Z
portal_pid=
proxy_pid=
declare -A portal proxy

end_servers() {
  [ -z "$portal_pid" ] || { kill "$portal_pid" && wait "$portal_pid"; } 2>/dev/null || true
  [ -z "$proxy_pid" ] || { kill "$proxy_pid" && wait "$proxy_pid"; } 2>/dev/null || true
  portal_pid='' proxy_pid=''
}
trap 'end_servers; cleanup' EXIT

# start_server ARRAY PROGRAM ARGUMENTS…: its pid is in $started, its key=value lines are in ARRAY.
start_server() {
  local -n lines=$1
  local line
  shift
  rm -f "$scratch/ready"
  mkfifo "$scratch/ready"
  env -u OPENSSL_CONF -u OPENSSL_MODULES -u SSLKEYLOGFILE "$@" --die-with-parent >"$scratch/ready" 2>>"$scratch/server-errors" &
  started=$!
  lines=()
  while read -r line; do
    lines[${line%%=*}]=${line#*=}
    [ "$line" != ready=yes ] || break
  done <"$scratch/ready"
  [ "${lines[ready]:-}" = yes ] || { cat "$scratch/server-errors" >&2; fail "$1 does not start"; }
}

# start_portal OPTIONS…
start_portal() {
  start_server portal "$NACCS_PORTAL_SIMULATOR" --dir "$scratch/portal" --pki "$scratch/pki" --clock "$now" "$@"
  portal_pid=$started
  journal=${portal[journal]}
  codes=${portal[codes]}
  code1=$(sed -n 's/^code1 = //p' "$codes") code2=$(sed -n 's/^code2 = //p' "$codes") code3=$(sed -n 's/^code3 = //p' "$codes")
}

stop_portal() {
  kill "$portal_pid" && wait "$portal_pid" || fail "the simulated portal ended badly: $(tail -5 "$scratch/server-errors")"
  portal_pid=
}

# start_proxy OPTIONS…
start_proxy() {
  start_server proxy "$NACCS_PROXY_SIMULATOR" --dir "$scratch/proxy" --pki "$scratch/pki" --to "${portal[port]}" "$@"
  proxy_pid=$started
}

stop_proxy() {
  kill "$proxy_pid" && wait "$proxy_pid" || fail "the simulated proxy ended badly"
  proxy_pid=
}

# control COMMAND: by the portal's control port, without a process of its own. The answer's body is in $answer.
control() {
  local method=POST line
  [ "$1" != status ] || method=GET
  exec 8<>"/dev/tcp/127.0.0.1/${portal[control-port]}"
  printf '%s /%s HTTP/1.1\r\nHost: control\r\nConnection: close\r\nContent-Length: 0\r\n\r\n' "$method" "$1" >&8
  read -r line <&8
  [[ $line == *" 200 "* ]] || fail "the portal's control refuses $1"
  while read -r line <&8 && [ "$line" != $'\r' ]; do :; done
  read -r answer <&8 || true
  exec 8<&-
}

# begin_run NAME: a new state, a new store, a new segment of the journal, a portal of which nothing was taken and which has no fault.
begin_run() {
  run=$1
  state=$scratch/runs/$run/state
  store=$scratch/runs/$run/store
  rm -rf "${scratch:?}/runs/$run"
  mkdir -p "$scratch/runs/$run"
  control reset
  segment "$run"
}

segment() { printf '{"event":"run","run":"%s"}\n' "$1" >>"$journal"; }

# The same, and the journal begins anew: for tests that look at each run.
begin_alone() {
  settle
  : >"$journal"
  begin_run "$1"
}

# Every connection is closed, so the journal is complete.
settle() {
  until [ "$(grep -c '^{"event":"connection"' "$journal")" = "$(grep -c '^{"event":"closed"' "$journal")" ]; do :; done
}

# journal_of_run FILTER: jq's answer for the last segment (an array of its lines).
journal_of_run() { jq -rs "(map(.event) | rindex(\"run\")) as \$from | .[\$from:] | $1" "$journal"; }

# How often were code 1, code 2, code 3 and the password sent to the portal? "1 1 0 0", say.
sent() {
  journal_of_run 'map(select(.event == "request" and .listener == "portal") | .secrets) as $all |
    ["code1", "code2", "code3", "password"] | map(. as $name | $all | map(select(index($name))) | length) | join(" ")'
}
requests() { journal_of_run 'map(select(.event == "request")) | length'; }
connections() { journal_of_run 'map(select(.event == "connection")) | length'; }

# The options for the simulated portal.
to_portal=()
obtain_options() {
  to_portal=(--at "$now" --anchor "${portal[anchor-with-intermediate]}" --connect-to "::127.0.0.1:${portal[port]}")
}

# no_code_in FILE…: neither codes nor passwords nor session ids, in any spelling. Escrow keeps the password, while it waits, and nothing else of them.
no_code_in() {
  jq -r 'select(.event == "request") | .session, (.fields | (.password, .passwordConfirm) // empty)' "$journal" | sort -u | grep . >"$scratch/secrets" || true
  printf '%s\n' "$code1" "$code2" "$code3" >>"$scratch/secrets"
  [ ! -s "$scratch/more-secrets" ] || cat "$scratch/more-secrets" >>"$scratch/secrets"
  spell_secrets <"$scratch/secrets" >"$scratch/spelled"
  if LC_ALL=C grep -rlaiF --exclude-dir=escrow -f "$scratch/spelled" "$@" >&2; then
    grep -rnaioF --exclude-dir=escrow -f "$scratch/spelled" "$@" | head -5 >&2
    fail "${run:-}: a code, a password or a session id lies in $*"
  fi
  if LC_ALL=C grep -rlaiF -e "$code1" -e "$code2" -e "$code3" "$@" >&2; then fail "${run:-}: a code lies in $*"; fi
}

# Lines in other spellings: as they are, percent-encoded, hexadecimal, full width, entities, base64 at each offset (what does not depend on the neighbours).
spell_secrets() {
  jq -rR '
    def hex: "0123456789abcdef" as $digits | (. / 16 | floor) as $high | $digits[$high:$high + 1] + $digits[. % 16:. % 16 + 1];
    def base64($before; $from; $less): (length * 4 / 3 | floor) as $length | $before + . | @base64 | .[$from:$from + $length - $less];
    select(length >= 8) | explode as $codes |
    ., ($codes | map("%" + hex) | join("")), ($codes | map(hex) | join("")), (., ascii_upcase, ascii_downcase | explode | map(. + 65248) | implode), ($codes | map("&#\(.);") | join("")),
    base64(""; 0; 1), base64("x"; 2; 2), base64("xx"; 3; 2)'
}

# Nothing is left in the state directory but what stays: no entry in escrow, no page, no temporary file.
no_leftover() {
  local left
  left=$(find "$1" \( -path '*/escrow/*' -o -path '*/pages/*' -o -name '.naccs-tmp-*' -o -name '.pending-*' -o -name '.new-*' -o -name '.purge-*' \) -print)
  [ -z "$left" ] || fail "${run:-}: left over: $left"
}
