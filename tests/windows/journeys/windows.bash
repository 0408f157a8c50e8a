# SPDX-License-Identifier: Apache-2.0
# What journeys of the program for Windows share; to be sourced before harness/portal.bash or harness/renewal.bash. The program runs under Wine; everything else, the simulated portal
# too, is this system's, from the native build (NACCS_NATIVE_BUILD, else build beside the sources). Each journey's files lie on the drive C: of one Wine prefix; scripts name them as this system does, and
# the program gets "C:/…" (naccs-cert). Journeys run one after the other, for the certificate stores in the prefix are one.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
native=${NACCS_NATIVE_BUILD:-$here/../../../build}
export MAKE_PKCS12=$native/tests/harness/make-pkcs12 NACCS_PORTAL_SIMULATOR=$native/tests/portal/naccs-portal-simulator
export NACCS_PROXY_SIMULATOR=$native/tests/portal/naccs-proxy-simulator
export NACCS_CERT=$here/naccs-cert
: "${NACCS_CERT_EXE:?}" "${NACCS_STORE_READER:?}" "${NACCS_STORE_TOOL:?}" "${WINEPREFIX:?}"
for program in "$MAKE_PKCS12" "$NACCS_PORTAL_SIMULATOR" "$NACCS_PROXY_SIMULATOR"; do
  [ -x "$program" ] || { echo "FAILED: the native build has no $program (ninja -C build, or NACCS_NATIVE_BUILD)" >&2; exit 1; }
done

mkdir -p "$WINEPREFIX"
exec 9>"$WINEPREFIX/journeys.lock"
flock 9
# under_wine PROGRAM ARGUMENT…: without the lock, which Wine's server would keep.
under_wine() { "$here/../wine" "$@" 9>&-; }

"$here/../wine" "$NACCS_STORE_TOOL" clean user 9>&- >/dev/null
export TMPDIR=$WINEPREFIX/drive_c/journeys
rm -rf "$TMPDIR"
mkdir -p "$TMPDIR"

# What the program calls a file of ours.
as_windows() { printf '%s' "C:/${1#"$WINEPREFIX"/drive_c/}"; }

# The set that a PEM directory's "live" names: a link there is a small file.
live_set() { sed -n 's/^naccs-cert link to: //p' "$1/live"; }
