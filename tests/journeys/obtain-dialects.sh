#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# However the portal writes its pages: obtain ends in a verified install, over one TLS connection, with the requests that a browser would make, and with
# each code sent once, where it belongs. Every value of every switch of the simulator stands alone once, and meets every value of every other switch at least once.
# obtain-dialects.sh PART PARTS: the parts may run side by side.
source "$(dirname "$0")/../harness/portal.bash"
part=$1 parts=$2
start_portal
obtain_options

"$NACCS_PORTAL_SIMULATOR" --list-dialects >"$scratch/switches"
"$COMBINATIONS" "$scratch/switches" "$(dirname "$0")/obtain-dialects.never" >"$scratch/all" || fail "no mixtures"
awk -v part="$part" -v parts="$parts" 'NR % parts == part % parts' "$scratch/all" >"$scratch/mixtures"

n=0
while read -r dialect; do
  n=$((n + 1))
  begin_run $n
  control "dialect?set=$dialect"
  control status
  [[ $answer == *"\"dialect\":\"$dialect\""* ]] || fail "the simulator does not speak $dialect: amend obtain-dialects.never"
  printf '{"event":"dialect","dialect":"%s"}\n' "$dialect" >>"$journal"
  naccs "${to_portal[@]}" --json -vv obtain --codes "$codes" --to "pem:$store" --trust-client-ca
  printf '{"event":"exit","code":%d}\n' "$code" >>"$journal"
  mv "$scratch/out" "$scratch/runs/$run/out"
  mv "$scratch/err" "$scratch/runs/$run/err"
  [ "$code" = 0 ] || { echo "$dialect" >&2; cat "$scratch/runs/$run/out" "$scratch/runs/$run/err" >&2; fail "exit code $code"; }
done <"$scratch/mixtures"
settle

# What the program said of each.
cat "$scratch"/runs/*/out | jq -es --argjson n $n 'length == $n and all(.[]; .result == "installed" and .error == null and .warnings == [] and (.stores | length) == 1 and
  (.stores[0] | .result == "installed" and .verified.key and .verified.client_chain and .verified.server_chain and .verified.server_chain_basis == "live"))' >/dev/null ||
  { cat "$scratch"/runs/*/out | jq -c 'select(.warnings != [] or .result != "installed" or .stores[0].verified.server_chain_basis != "live")' >&2; fail "not every install is verified"; }

# What the portal saw of each: the requests that a browser makes in that dialect, in number and kind.
jq -nr '
  def dialect: [.[] | select(.event == "dialect") | .dialect][0] | split(",") | map(split("=") | {key: .[0], value: .[1]}) | from_entries;
  def browser($d):
    ["login", "login-post"]
    + (if $d["after-login"] == "direct" then ["frames-at-once"] else ["frame"] end)
    + (if $d.frames == "none" then [] else ["header", "menu", "top"] end)
    + ["form", "submit"]
    + (if $d["after-submit"] == "direct" then [] else ["download-page"] end)
    + ["download"]
    + (if $d["download-via"] == "direct" then [] else ["file"] end)
    + ["logout"] | map(select(. != "frames-at-once"));
  reduce inputs as $line ([]; if $line.event == "run" then . + [[]] elif length > 0 then .[-1] += [$line] else . end)
  | .[] | . as $run | dialect as $d
  | [.[] | select(.event == "request")] as $requests
  | ([.[] | select(.event == "connection")] | length) as $connections
  | (if any($requests[]; .listener != "portal") then "a request left the portal" else empty end),
    (if any($requests[]; .deviation != null) then "not as a browser sends: \([$requests[].deviation | values])" else empty end),
    (if ([$requests[].step]) != browser($d) then "requests: \([$requests[].step] | join(" ")), a browser: \(browser($d) | join(" "))" else empty end),
    (if ([$requests[] | select(.secrets != []) | "\(.step) \(.secrets | join("+"))"]) != ["login-post code1+code2", "submit code3+password"]
     then "codes: \([$requests[] | select(.secrets != []) | "\(.step) \(.secrets | join("+"))"])" else empty end),
    (if $d.connection == "kept" and $d.transfer != "until-close" and $connections != 1 then "\($connections) connections" else empty end),
    (if $connections > ($requests | length) then "\($connections) connections for \($requests | length) requests" else empty end),
    (if any(.[]; .event == "handshake" and ((.done | not) or .resumed)) then "a handshake failed or was resumed" else empty end),
    (if $requests[-1].screen != "logout" then "not logged out" else empty end)
  | "\(.): \($d | to_entries | map("\(.key)=\(.value)") | join(","))"' "$journal" >"$scratch/wrong" || fail "the journal can't be read"
[ ! -s "$scratch/wrong" ] || { cat "$scratch/wrong" >&2; fail "$(wc -l <"$scratch/wrong") mixtures went otherwise than with a browser"; }

no_leftover "$scratch/runs"
no_code_in "$scratch"/runs/*/out "$scratch"/runs/*/err "$scratch"/runs/*/state
if grep -rlaq 'PRIVATE KEY' "$scratch"/runs/*/state "$scratch"/runs/*/out "$scratch"/runs/*/err; then fail "a private key outside the store"; fi
[ ! -e "$SSLKEYLOGFILE" ] || fail "SSLKEYLOGFILE was written"
stop_portal
echo "$n mixtures, each verified"
