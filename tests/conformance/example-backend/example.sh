#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# example.sh BUILD SOURCE: install what authors of backends get into a private folder, build the example with nothing else of ours, run
# the installed suite over it.
set -eu
build=$1
source=$2
for tool in meson pkg-config; do
	command -v $tool >/dev/null || { echo "skipped: $tool is missing"; exit 77; }
done
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

meson install -C "$build" --no-rebuild --quiet --tags devel --destdir "$scratch/root" >"$scratch/log" 2>&1 ||
	{ cat "$scratch/log"; exit 1; }
pc=$(find "$scratch/root" -name naccscert-backend.pc)
conformance=$(find "$scratch/root" -name naccs-conformance)
prefix=$scratch/root$(sed -n 's/^prefix=//p' "$pc")
export PKG_CONFIG_PATH="${pc%/*}"

cp "$source"/tests/conformance/example-backend/folder.c "$scratch/"
cd "$scratch"
# shellcheck disable=SC2046 # flags are words
${CC:-cc} -std=c17 -Wall -Wextra -Werror -shared -fPIC -o folder.so folder.c \
	$(pkg-config --define-variable=prefix="$prefix" --cflags naccscert-backend) $(pkg-config --cflags --libs libcrypto)
"$source"/tests/conformance/exports.sh folder.so
"$conformance" folder.so 'folder:{}'
