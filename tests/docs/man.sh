#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# man.sh PAGE…: man-db formats each manual page without a warning.
set -eu
export LC_ALL=C.UTF-8 MANWIDTH=100
command -v man >/dev/null || { echo "man-db is not installed"; exit 77; }
for page in "$@"; do
  [ -e "$page" ] || { echo "$page was not built: scdoc is not installed"; exit 77; }
  warnings=$(man --warnings -l "$page" 2>&1 >/dev/null)
  [ -z "$warnings" ] || { echo "$page: $warnings"; exit 1; }
  man -l "$page" 2>/dev/null | grep -q '^NAME$' || { echo "$page has no chapter NAME"; exit 1; }
done
