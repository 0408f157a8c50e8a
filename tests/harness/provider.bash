# SPDX-License-Identifier: Apache-2.0
# The loadable provider (plugins/openssl) in the system's openssl, for bash tests; to be sourced after journey.sh.
#   provider_settle NACCS.SO BACKEND.SO…   where it finds its backends and its worker (WORKER)
#   with_provider PROGRAM ARGUMENTS…       the program with the provider known by that configuration
#   ossl ARGUMENTS…                        openssl so; it loads the provider where the arguments say so ($with)
with='-provider naccs -provider default'

provider_settle() {
  local plugin
  plugin=$(realpath "$1")
  shift
  preload=
  # A module with sanitizers in it needs them in the program that loads it.
  if [ -n "${SANITIZED:-}" ]; then
    preload=$(ldd "$plugin" | sed -n 's/.*=> \(.*lib[a]san[^ ]*\) .*/\1/p')
    [ -n "$preload" ] || skip "the sanitizers' libraries are not shared ones"
  fi
  mkdir "$scratch/backends"
  for backend; do ln -s "$(realpath "$backend")" "$scratch/backends"; done
  unset OPENSSL_MODULES
  cat >"$scratch/openssl.cnf" <<CONFIG
openssl_conf = settings
[settings]
providers = providers
[providers]
default = default_settings
naccs = naccs_settings
[default_settings]
activate = 1
[naccs_settings]
module = $plugin
backend-dir = $scratch/backends
worker = $WORKER
configuration = $scratch/naccs-cert.conf
CONFIG
}

with_provider() { OPENSSL_CONF=$scratch/openssl.cnf LD_PRELOAD=${preload:-} ASAN_OPTIONS=detect_leaks=0 "$@"; }
ossl() { with_provider openssl "$@"; }
