# SPDX-License-Identifier: Apache-2.0
# What bash tests of renewals share; to be sourced after the options of start_portal are in $portal_options. One certificate is obtained; each run begins with a copy of
# that state and store, at the same paths, and with a portal that knows of no application.
source "$(dirname "${BASH_SOURCE[0]}")/portal.bash"

later=2031-11-30T03:00:00Z # 20 days before the end
early=2031-11-20T03:00:00Z # two days before the window opens
over=2031-12-21T03:00:00Z  # a day after the end

# What a store needs before anything is obtained into it, below $base; tests define their own.
prepare_template() { :; }

# obtain_template STORE…: the URIs; "@" stands for the folder of the run.
obtain_template() {
  local to=() uri
  start_portal --status-delay 0 "${portal_options[@]}"
  obtain_options
  begin_run template
  base=$scratch/runs/template
  prepare_template
  for uri in "$@"; do to+=(--to "${uri//@/$base}"); done
  expect 0 "${to_portal[@]}" obtain --codes "$codes" "${to[@]}" --trust-client-ca
  mv "$base" "$scratch/template"
  rmdir "$scratch/runs"
  to_portal[1]=$later
}

# fresh NAME [DIALECT]: as if just obtained; five years later.
fresh() {
  run=$1
  base=$scratch/runs/template
  rm -rf "${scratch:?}/runs"
  mkdir -p "$scratch/runs"
  cp -a "$scratch/template" "$base"
  state=$base/state store=$base/store
  control reset
  control "clock?set=$later"
  control "dialect?set=plain${2:+,$2}"
  segment "$run"
}

fault() { control "fault?set=$1"; }

# How often did the portal see this step since the last segment?
seen() { settle; journal_of_run "map(select(.event == \"request\" and .step == \"$1\")) | length"; }
# Of all segments of a run: applications as the portal counts them.
applications() { control status; jq -r '.terminals[0].applications' <<<"$answer"; }

current() { readlink "$store/live"; }
escrow_state() { cat "$state"/escrow/*/state.json 2>/dev/null | jq -r .state 2>/dev/null || echo none; }

# The PEM store holds a successor as its current certificate, and it proves itself.
is_renewed() {
  [ "$(current)" != "$first" ] || fail "$run: the old certificate is still the current one"
  [ -d "$store/$first" ] || fail "$run: the old certificate is gone"
  expect 0 --at "$later" verify --store "pem:$store"
}
is_untouched() {
  [ "$(current)" = "$first" ] || fail "$run: another certificate is the current one"
  [ "$(ls "$store/archive" | wc -l)" = 1 ] || fail "$run: something lies beside the old certificate"
  expect 0 --at "$later" verify --store "pem:$store"
}
