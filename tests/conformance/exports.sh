#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# exports.sh MODULE: a backend exports its entry and nothing else.
set -eu
exported=$(nm -D --defined-only "$1" | awk '{print $3}' | grep -v '^__asan\|^__odr_asan' || :)
[ "$exported" = naccs_backend_entry ] || { echo "$1 exports: $exported"; exit 1; }
