# SPDX-License-Identifier: Apache-2.0
# Fresh stores of every kind, for bash tests that hold over all of them; to be sourced after journey.sh. BACKENDS names the kinds that this build has.
#   store_make KIND NAME   an empty store; its URI, with all that opens it, is in $store
store_make() {
  case $1 in
    pem) store=pem:$scratch/$2 ;;
    nss) store=nss:$scratch/$2 ;;
    pkcs11) store_make_pkcs11 "$2" ;;
    *) fail "no store of the kind $1 is known here" ;;
  esac
}

# A token of SoftHSM's; its PIN lies in a file.
store_make_pkcs11() {
  local module=/usr/lib/softhsm/libsofthsm2.so
  [ -f "$module" ] || skip "SoftHSM (softhsm2) is missing"
  mkdir -p "$scratch/softhsm"
  printf 'directories.tokendir = %s\nobjectstore.backend = file\nlog.level = ERROR\n' "$scratch/softhsm" >"$scratch/softhsm2.conf"
  export SOFTHSM2_CONF="$scratch/softhsm2.conf"
  softhsm2-util --init-token --free --label "$1" --so-pin 12345678 --pin 123456 >/dev/null || fail "softhsm2-util makes no token"
  printf '123456\n' >"$scratch/pin"
  chmod 600 "$scratch/pin"
  store="pkcs11:token=$1?pin-source=file:$scratch/pin&module-path=$module"
}
