#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# However the portal writes its pages and asks for the certificate: renew ends in a verified successor in every store, with the requests that a browser would make, one
# application, and no code. Every value of every switch of the simulator stands alone once, and meets every value of every other switch at least once.
# renew-dialects.sh PART PARTS: the parts may run side by side.
source "$(dirname "$0")/../harness/portal.bash"
part=$1 parts=$2
start_portal --status-delay 0
obtain_options
begin_run template
expect 0 "${to_portal[@]}" obtain --codes "$codes" --to "pem:$store" --trust-client-ca
first=$(readlink "$store/live")
mv "$scratch/runs" "$scratch/template"
later=2031-11-30T03:00:00Z
to_portal[1]=$later

"$NACCS_PORTAL_SIMULATOR" --list-dialects >"$scratch/switches"
"$COMBINATIONS" "$scratch/switches" "$(dirname "$0")/obtain-dialects.never" >"$scratch/all" || fail "no mixtures"
awk -v part="$part" -v parts="$parts" 'NR % parts == part % parts' "$scratch/all" >"$scratch/mixtures"

# The ledger names the store by its path: each run has the same one, and what it left is moved aside.
n=0
mkdir -p "$scratch/done"
while read -r dialect; do
  n=$((n + 1))
  run=$n
  rm -rf "${scratch:?}/runs"
  cp -a "$scratch/template" "$scratch/runs"
  state=$scratch/runs/template/state store=$scratch/runs/template/store
  control reset
  control "clock?set=$later"
  control "dialect?set=$dialect"
  control status
  [[ $answer == *"\"dialect\":\"$dialect\""* ]] || fail "the simulator does not speak $dialect: amend obtain-dialects.never"
  segment $n
  printf '{"event":"dialect","dialect":"%s"}\n' "$dialect" >>"$journal"
  naccs "${to_portal[@]}" --json -vv renew --from "pem:$store"
  mkdir "$scratch/done/$n"
  mv "$scratch/out" "$scratch/done/$n/out"
  mv "$scratch/err" "$scratch/done/$n/err"
  [ "$code" = 0 ] || { echo "$dialect" >&2; cat "$scratch/done/$n/out" "$scratch/done/$n/err" >&2; fail "exit code $code"; }
  [ "$(readlink "$store/live")" != "$first" ] && [ -d "$store/$first" ] || fail "$dialect: the old certificate is gone, or still the current one"
  no_leftover "$scratch/runs"
  mv "$state" "$scratch/done/$n/state"
done <"$scratch/mixtures"
settle

# What the program said of each.
cat "$scratch"/done/*/out | jq -es --argjson n $n 'length == $n and all(.[]; .result == "renewed" and .error == null and .warnings == [] and (.stores | length) == 1 and
  (.stores[0] | .result == "installed" and .verified.key and .verified.client_chain and .verified.server_chain and .verified.server_chain_basis == "live"))' >/dev/null ||
  { cat "$scratch"/done/*/out | jq -c 'select(.warnings != [] or .result != "renewed" or .stores[0].verified.server_chain_basis != "live")' >&2; fail "not every renewal is verified"; }

# What the portal saw of each: the requests that a browser makes in that dialect, in number and kind.
jq -nr '
  def dialect: [.[] | select(.event == "dialect") | .dialect][0] | split(",") | map(split("=") | {key: .[0], value: .[1]}) | from_entries;
  def browser($d):
    ["renew"]
    + (if $d["after-login"] == "direct" then [] else ["frame"] end)
    + (if $d.frames == "none" then [] else ["header", "menu", "top"] end)
    + ["confirm", "apply"]
    + (if $d["after-submit"] == "direct" and $d.status != "frame" then ["status", "status"]
       elif $d["after-submit"] != "direct" and $d.status == "frame" then ["status", "status", "status", "status"]
       else ["status", "status", "status"] end)
    + ["password", "submit"]
    + (if $d["after-submit"] == "direct" then [] else ["download-page"] end)
    + ["download"]
    + (if $d["download-via"] == "direct" then [] else ["file"] end)
    + ["logout"];
  reduce inputs as $line ([]; if $line.event == "run" then . + [[]] elif length > 0 then .[-1] += [$line] else . end)
  | .[] | . as $run | select(any(.[]; .event == "dialect")) | dialect as $d
  | [.[] | select(.event == "request")] as $requests
  | ([.[] | select(.event == "connection")] | length) as $connections
  | (if any($requests[]; .listener != "portal") then "a request left the portal" else empty end),
    (if any($requests[]; .deviation != null) then "not as a browser sends: \([$requests[].deviation | values])" else empty end),
    (if ([$requests[].step]) != browser($d) then "requests: \([$requests[].step] | join(" ")), a browser: \(browser($d) | join(" "))" else empty end),
    (if ([$requests[] | select(.secrets != []) | "\(.step) \(.secrets | join("+"))"]) != ["submit password"]
     then "secrets: \([$requests[] | select(.secrets != []) | "\(.step) \(.secrets | join("+"))"])" else empty end),
    (if $d.connection == "kept" and $d.transfer != "until-close" and $connections != 1 then "\($connections) connections" else empty end),
    (if any(.[]; .event == "handshake" and ((.done | not) or .resumed)) then "a handshake failed or was resumed" else empty end),
    (if any(.[]; .event == "late-authentication" and (.done | not)) then "a late authentication failed" else empty end),
    (if any(.[]; .event == "late-authentication") != ($d.auth == "late") then "authentication came at another time" else empty end),
    (if any(.[]; .event == "late-authentication" and (.way == "renegotiation") != (.version == "TLSv1.2")) then "authentication came in another way" else empty end),
    (if $requests[-1].screen != "logout" then "not logged out" else empty end)
  | "\(.): \($d | to_entries | map("\(.key)=\(.value)") | join(","))"' "$journal" >"$scratch/wrong" || fail "the journal can't be read"
[ ! -s "$scratch/wrong" ] || { head -20 "$scratch/wrong" >&2; fail "$(wc -l <"$scratch/wrong") mixtures went otherwise than with a browser"; }

no_code_in "$scratch"/done/*/out "$scratch"/done/*/err "$scratch"/done/*/state
if grep -rlaq 'PRIVATE KEY' "$scratch"/done; then fail "a private key outside the store"; fi
stop_portal
echo "$n mixtures, each renewed and verified"
