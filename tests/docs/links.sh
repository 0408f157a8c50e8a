#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# links.sh FOLDER: every relative link in the Markdown files below FOLDER leads to a file or folder that is there, and to a heading where it names one.
# Links within code are no links.
set -euo pipefail
export LC_ALL=C
cd "$1"

# Markdown without fenced blocks and `code`.
# shellcheck disable=SC2016
prose() { awk '/^ *```/ { fenced = !fenced; next } !fenced' "$1" | sed 's/`[^`]*`//g'; }

# The anchors of a file's headings, as GitHub and GitLab make them.
anchors() {
  awk '/^ *```/ { fenced = !fenced; next } !fenced && /^#+ /' "$1" | sed -e 's/^#* //' -e 's/\[\([^]]*\)\]([^)]*)/\1/g' |
    tr 'A-Z ' 'a-z-' | tr -d '!"#$%&'"'"'()*+,./:;<=>?@[\\]^`{|}~'
}

count=0
bad=0
complain() {
  echo "$1" >&2
  bad=$((bad + 1))
}

while IFS= read -r file; do
  while IFS= read -r link; do
    count=$((count + 1))
    case $link in
      http:* | https:* | mailto:*) continue ;;
      /*) complain "$file: absolute path: $link" && continue ;;
    esac
    path=${link%%#*}
    target=$file
    [ -z "$path" ] || target=$(dirname "$file")/$path
    if [ ! -e "$target" ]; then
      complain "$file: there is no $link"
    elif [ "$link" != "$path" ] && [ -f "$target" ] && ! anchors "$target" | grep -qxF -e "${link#*#}"; then
      complain "$file: no such heading: $link"
    fi
  done < <(prose "$file" | grep -oE '\]\([^() ]+(\([^()]*\))?[^() ]*\)' | sed -e 's/^](//' -e 's/)$//')
done < <(find . -name '.git' -prune -o -name 'build*' -type d -prune -o -name '*.md' -print | sort)

echo "$count links, $bad of them lead nowhere"
[ "$count" -gt 10 ] && [ "$bad" = 0 ]
