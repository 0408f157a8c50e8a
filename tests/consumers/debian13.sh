#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The provider, built in and loadable, with Debian 13's OpenSSL (3.5 or later), in a chroot that mmdebstrap makes. The chroot is kept below the user's cache folder, named after what is in it, so it
# is made once. Needs root, and a Debian mirror the first time; skipped, by name, without either. Not part of the tests that run by themselves: make check-debian13.
# Usage: debian13.sh SOURCE BUILD. BUILD is a build folder of this machine: its PEM backend's store is what is read; all code that is tested is compiled anew in the chroot.
set -eu
source_tree=$(realpath "$1") build=$(realpath "$2")
packages=gcc,libc6-dev,libssl-dev,openssl,libcmocka-dev,libinih-dev,libjansson-dev

skip() {
  echo "skipped: debian13: $*"
  exit 77
}
fail() {
  echo "FAILED: debian13: $*" >&2
  exit 1
}
[ "$(id -u)" = 0 ] || skip "a chroot needs root"
command -v mmdebstrap >/dev/null || skip "mmdebstrap is missing"
unshare -m true 2>/dev/null || skip "no mount namespace can be made here"

root=${XDG_CACHE_HOME:-$HOME/.cache}/naccs-cert/debian13-$(printf %s "$packages" | sha256sum | cut -c 1-12)
if [ ! -f "$root/complete" ]; then
  rm -rf "$root"
  mkdir -p "${root%/*}"
  # shellcheck disable=SC2016 # for apt-get
  mirror=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' | grep -m 1 '/debian$') || mirror=http://deb.debian.org/debian
  mmdebstrap --quiet --variant=apt --include="$packages" --aptopt='APT::Install-Recommends "false"' trixie "$root" "deb $mirror trixie main" 2>"${root%/*}/debian13.log" ||
    { rm -rf "$root"; skip "mmdebstrap made no Debian 13: $(tail -n 1 "${root%/*}/debian13.log")"; }
  touch "$root/complete"
fi

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir "$scratch/store"
echo debian13-Passw0rd >"$scratch/password"
chmod 600 "$scratch/password"
for key in rsa ec; do
  "$build/tests/harness/make-pkcs12" --out "$scratch/$key.p12" --password-file "$scratch/password" --ca-dir "$scratch/pki" --key "$key" --terminal "$key"
  "$build/naccs-cert" --state-dir "$scratch/state" -nq install "$scratch/$key.p12" --to "pem:$scratch/store/$key" --password-file "$scratch/password" --trust-client-ca >/dev/null 2>&1 ||
    fail "no store"
done
"$build/tests/harness/make-pkcs12" --server-chain "$scratch/server" --host localhost
cp "$build/core/worker/build_version.h" "$scratch"
cp "$source_tree/tests/consumers/debian13-inside.sh" "$scratch"

# The tree and the folder of this run appear in a mount namespace of its own, and nowhere else.
unshare -m sh -eu -c '
  mkdir -p "$1/source" "$1/run"
  mount --bind "$2" "$1/source"
  mount --bind "$3" "$1/run"
  mount -t proc proc "$1/proc"
  exec chroot "$1" /usr/bin/env -i PATH=/usr/bin:/bin LC_ALL=C.UTF-8 bash /run/debian13-inside.sh
' sh "$root" "$source_tree" "$scratch" || fail "see above"
