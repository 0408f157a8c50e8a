#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# commands.sh PROGRAM FOLDER: the naccs-cert commands that stand in code blocks of the Markdown files below FOLDER exist, and so does every option in them.
set -euo pipefail
program=$(realpath "$1")
cd "$2"
common=$("$program" --lang en --help)

# Command lines of fenced blocks, continued lines joined; what pipes and comments follow is cut off.
commands() {
  awk '/^ *```/ { fenced = !fenced; next } fenced' "$1" | sed -e ':a' -e '/\\$/ { N; s/\\\n */ /; ba' -e '}' |
    sed -nE 's/^ *([$#] )?(sudo )?(\.\\)?naccs-cert ([^|#<>]*).*/\4/p'
}

count=0
bad=0
while IFS= read -r file; do
  while read -ra words; do
    command=
    options=()
    for word in "${words[@]}"; do
      case $word in
        --*) options+=("${word%%=*}") ;;
        -?) options+=("$word") ;;
        [a-z]*) [ -n "$command" ] || ! grep -qE "^  $word " <<<"$common" || command=$word ;;
      esac
    done
    count=$((count + 1))
    help=$common
    if [ -n "$command" ]; then
      help+=$("$program" --lang en "$command" --help)
    elif [ ${#options[@]} = 0 ] || [[ ${options[*]} != *--help* && ${options[*]} != *--version* ]]; then
      echo "$file: no command in: naccs-cert ${words[*]}" >&2
      bad=$((bad + 1))
    fi
    for option in "${options[@]}"; do
      grep -qE -e "(^|[ ,])$option([ ,]|\$)" <<<"$help" || {
        echo "$file: $option is unknown: naccs-cert ${words[*]}" >&2
        bad=$((bad + 1))
      }
    done
  done < <(commands "$file")
done < <(find . -name '.git' -prune -o -name 'build*' -type d -prune -o -name '*.md' -print | sort)
echo "$count commands, $bad faults"
[ "$count" -gt 10 ] && [ "$bad" = 0 ]
