#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The completion offers exactly what --help lists. Arguments: naccs-cert completion-file
. "$(dirname "$0")/cli-lib.sh"
# shellcheck source=/dev/null
. "$2"

# offered WORDS…: what is offered for the last word, one a line, sorted
offered() {
  COMP_WORDS=(naccs-cert "$@")
  COMP_CWORD=$#
  _naccs_cert
  printf '%s\n' "${COMPREPLY[@]}" | sort
}

listed_options() {
  grep -oE '^ +(-., )?--[a-z0-9-]+' "$work/out" | grep -oE -e '--[a-z0-9-]+'
}

run --help
listed_options | sort >"$work/common"
sed -n '/^Commands:/,/^$/p' "$work/out" | sed -n 's/^  \([a-z]*\) .*/\1/p' | sort >"$work/commands"
offered '' | diff "$work/commands" - || note 'commands differ from --help'
while read -r command; do
  run "$command" --help
  case $command in help | version) : >"$work/own" ;; *) listed_options >"$work/own" ;; esac
  sort -u "$work/own" "$work/common" >"$work/listed"
  offered "$command" -- | diff "$work/listed" - || note "options of $command differ from its --help"
done <"$work/commands"
[ "$(offered config c)" = check ] || note 'config check is not offered'
[ "$(offered status --store pe)" = pem: ] || note 'pem: is not offered'
finish
