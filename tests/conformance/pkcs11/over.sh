#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# over.sh MODULE COMMAND…: run COMMAND where p11-kit knows one module only: softhsm, nss, opencryptoki, tpm2, server (SoftHSM
# behind p11-kit server, as a token on another machine) or remote (SoftHSM behind p11-kit remote), each behind the module that counts calls. All of its state lies in a folder of its own, $TOKEN_HOME, that goes in the end. backends/pkcs11/fixture makes tokens there.
# As root p11-kit reads no user's configuration: then all of it happens in a mount namespace of its own.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
kind=$1

missing() {
  echo "skipped: $1"
  exit 77
}
find_module() { # NAME…: the first that is there
  for name; do
    for folder in /usr/lib/*-linux-gnu /usr/lib64 /usr/lib; do
      [ ! -e "$folder/$name" ] || { readlink -f "$folder/$name"; return; }
    done
  done
  return 1
}

if [ "$(id -u)" = 0 ] && [ "${TOKEN_NAMESPACE:-}" != yes ]; then
  unshare -m true 2>/dev/null || missing "a mount namespace is not allowed here"
  TOKEN_NAMESPACE=yes exec unshare -m --propagation private -- "$here/over.sh" "$@"
fi
shift

case $kind in
softhsm | remote | server) real=$(find_module softhsm/libsofthsm2.so) || missing "SoftHSM is not installed" ;;
nss) real=$(find_module nss/libsoftokn3.so libsoftokn3.so) || missing "NSS is not installed" ;;
opencryptoki)
  real=$(find_module pkcs11/libopencryptoki.so opencryptoki/libopencryptoki.so) || missing "openCryptoki is not installed"
  [ "$(id -u)" = 0 ] || missing "openCryptoki's daemon runs as root only"
  ;;
tpm2)
  real=$(find_module pkcs11/libtpm2_pkcs11.so) || missing "tpm2-pkcs11 is not installed"
  for program in swtpm tpm2_ptool tpm2-abrmd dbus-daemon; do
    command -v "$program" >/dev/null || missing "$program is not installed"
  done
  ;;
*) echo "over.sh: unknown module $kind" >&2; exit 64 ;;
esac

base=/tmp
[ ! -w /dev/shm ] || [ "$kind" = opencryptoki ] || base=/dev/shm # openCryptoki gets a /dev/shm of its own
TOKEN_HOME=$(mktemp -d "$base/naccs-token-XXXXXX")
export TOKEN_HOME
pids=
finish() {
  for pid in $pids; do kill "$pid" 2>/dev/null || :; done
  for pid in $pids; do wait "$pid" 2>/dev/null || :; done
  rm -rf "$TOKEN_HOME"
}
trap finish EXIT
trap 'exit 130' INT TERM
start() { # COMMAND…: until the end, output to a file
  "$@" >>"$TOKEN_HOME/daemons.log" 2>&1 &
  pids="$! $pids"
}
until_there() { # TEST…: what a daemon makes when it is ready
  for _ in $(seq 1500); do
    ! "$@" >/dev/null 2>&1 || return 0
    sleep 0.02
  done
  cat "$TOKEN_HOME/daemons.log" >&2
  return 1
}

cp "$COUNTING" "$TOKEN_HOME/counting.so"
echo "$real" >"$TOKEN_HOME/counting.module"
export TOKEN_KIND=$kind TOKEN_REAL_MODULE=$real SOFTHSM2_CONF=$TOKEN_HOME/softhsm2.conf

if [ "$(id -u)" = 0 ]; then
  TOKEN_MODULES=/usr/share/p11-kit/modules
  mount -t tmpfs -o mode=0755 naccs-test "$TOKEN_MODULES"
  [ ! -d /etc/pkcs11 ] || mount -t tmpfs -o mode=0755 naccs-test /etc/pkcs11
else
  export XDG_CONFIG_HOME=$TOKEN_HOME/config
  TOKEN_MODULES=$XDG_CONFIG_HOME/pkcs11/modules
  mkdir -p "$TOKEN_MODULES"
  echo 'user-config: only' >"$XDG_CONFIG_HOME/pkcs11/pkcs11.conf"
fi
export TOKEN_MODULES

case $kind in
server)
  client=$(find_module pkcs11/p11-kit-client.so) || missing "p11-kit-client.so is not installed"
  start p11-kit server -f --name "$TOKEN_HOME/server" --provider "$real" pkcs11:
  until_there test -S "$TOKEN_HOME/server"
  echo "$client" >"$TOKEN_HOME/counting.module"
  export P11_KIT_SERVER_ADDRESS=unix:path=$TOKEN_HOME/server
  ;;
tpm2)
  # abrmd takes turns for the TPM: without it a handful of processes use up its room for objects.
  mkdir "$TOKEN_HOME/tpm" "$TOKEN_HOME/store"
  cat >"$TOKEN_HOME/bus.conf" <<END
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:path=$TOKEN_HOME/bus</listen><policy context="default"><allow send_destination="*" eavesdrop="true"/>
<allow eavesdrop="true"/><allow own="*"/></policy></busconfig>
END
  start swtpm socket --tpm2 --tpmstate "dir=$TOKEN_HOME/tpm" --server "type=unixio,path=$TOKEN_HOME/swtpm" \
    --ctrl "type=unixio,path=$TOKEN_HOME/swtpm.ctrl" --flags not-need-init,startup-clear
  start dbus-daemon --config-file="$TOKEN_HOME/bus.conf" --nofork
  export DBUS_SESSION_BUS_ADDRESS=unix:path=$TOKEN_HOME/bus
  until_there test -S "$TOKEN_HOME/swtpm" -a -S "$TOKEN_HOME/bus"
  start tpm2-abrmd --session --allow-root --tcti "swtpm:path=$TOKEN_HOME/swtpm"
  export TPM2_PKCS11_STORE=$TOKEN_HOME/store TPM2_PKCS11_TCTI=tabrmd:bus_type=session TPM2TOOLS_TCTI=tabrmd:bus_type=session
  until_there tpm2_getrandom -o /dev/null 4
  tpm2_ptool init --path "$TPM2_PKCS11_STORE" >>"$TOKEN_HOME/daemons.log" 2>&1
  tpm2_ptool addtoken --pid 1 --label tpmtest --userpin 123456 --sopin 12345678 --path "$TPM2_PKCS11_STORE" >>"$TOKEN_HOME/daemons.log" 2>&1
  ;;
opencryptoki)
  mkdir -p "$TOKEN_HOME/etc" "$TOKEN_HOME/var/swtok/TOK_OBJ"
  printf 'version opencryptoki-3.8\nslot 3\n{\nstdll = libpkcs11_sw.so\n}\n' >"$TOKEN_HOME/etc/opencryptoki.conf"
  chgrp -R pkcs11 "$TOKEN_HOME/var"
  chmod -R 0770 "$TOKEN_HOME/var"
  mount --bind "$TOKEN_HOME/etc" /etc/opencryptoki
  mount --bind "$TOKEN_HOME/var" /var/lib/opencryptoki
  mount -t tmpfs -o mode=1777 naccs-test /dev/shm
  mount -t tmpfs -o mode=0755 naccs-test /run
  mkdir -p /run/opencryptoki /run/lock/opencryptoki/swtok
  chgrp -R pkcs11 /run/lock/opencryptoki
  chmod -R 0770 /run/lock/opencryptoki
  pkcsslotd >>"$TOKEN_HOME/daemons.log" 2>&1 # goes into the background by itself
  until_there pgrep --ns $$ --nslist mnt -x pkcsslotd
  pids="$(pgrep --ns $$ --nslist mnt -x pkcsslotd) $pids"
  ;;
esac
"$@"
