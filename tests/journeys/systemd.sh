#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The units hold against systemd's own judgement, and what config --systemd writes lets the program do its work in the unit's sandbox, and no more. There is no
# service manager in a test: bubblewrap makes the file system, the capabilities and the home folders that the unit and its drop-in describe.
# Arguments: the unit, the timer
service=$1
timer=$2
TMPDIR=/var/tmp
. "$(dirname "$0")/../harness/journey.sh"

# ---- a configuration with a store that is there, one that is to be made, a name that needs quoting, a token, credentials
mkdir -m 0755 "$scratch/etc" "$scratch/etc/a b%c\$d" "$scratch/units"
cat >"$scratch/etc/naccs-cert.conf" <<END
[terminal 11110A]
codes = /run/credentials/naccs-cert-renew.service/codes-11110A
store = pem:$scratch/etc/11110A
[terminal 22220B]
store = pem:$scratch/etc/a b%c\$d/22220B
store = pkcs11:token=Office?pin-source=file:/run/credentials/naccs-cert-renew.service/office-pin
[terminal 33330C]
store = pem:/etc/naccs-cert-test-nowhere/33330C
store = nss:firefox/of-nobody
END
make_pkcs12 a.p12
make_pkcs12 b.p12 --terminal 22220B
make_pkcs12 c.p12 --terminal 33330C
expect 0 install "$scratch/a.p12" --to "pem:$scratch/etc/11110A" --password-file "$scratch/password" --trust-client-ca
conf="--config $scratch/etc/naccs-cert.conf"
drop_in=$scratch/units/naccs-cert-renew.service.d
# shellcheck disable=SC2086
expect 0 $conf config --systemd
cp "$scratch/out" "$scratch/printed"
# shellcheck disable=SC2086
expect 0 $conf config --systemd --output "$drop_in"
cmp -s "$scratch/printed" "$drop_in/stores.conf" || fail "what is written differs from what is printed"
[ "$(stat -c %a "$drop_in/stores.conf")" = 644 ] || fail "mode of the drop-in"
has() { grep -qxF -- "$1" "$drop_in/stores.conf" || fail "the drop-in lacks: $1
$(cat "$drop_in/stores.conf")"; }
has "ReadWritePaths=-$scratch/etc/11110A"
has "ReadWritePaths=\"-$scratch/etc/a b%%c\$d\""
has "ReadWritePaths=$state"
has 'LoadCredentialEncrypted=codes-11110A'
has 'LoadCredentialEncrypted=office-pin'
has 'PrivateDevices=no'
has '# nss:firefox/of-nobody: what it writes is not known here; add ReadWritePaths= in a drop-in of your own'
has '# MISSING: make this folder, then write this file anew: /etc/naccs-cert-test-nowhere/33330C'
has "ExecStart=$NACCS_CERT --config $scratch/etc/naccs-cert.conf --state-dir $state -n renew --due"
! grep -q 'ReadWritePaths=.*/etc$\|ProtectHome' "$drop_in/stores.conf" || fail "the drop-in opens too much"
# shellcheck disable=SC2086
expect 0 --json $conf config --systemd
[ "$(json '.systemd.writable | length')" = 2 ] || fail "writable: $(json .systemd.writable)"
# the usual places need no command of their own, and no token no devices
grep -v pkcs11: "$scratch/etc/naccs-cert.conf" >"$scratch/plain.conf"
expect 0 --config "$scratch/plain.conf" config --systemd
! grep -q 'PrivateDevices\|MemoryDenyWriteExecute' "$scratch/out" || fail "devices without a token"
expect_id 64 usage.invalid config --output "$drop_in"
expect_id 64 usage.invalid config --systemd check
expect_id 64 usage.invalid config

# ---- in the journal each line has its priority, and errors and warnings their id; elsewhere, or when the variable means another stream, nothing changes
: >"$scratch/journal"
code=0
stream=$(stat -c %d:%i "$scratch/journal")
JOURNAL_STREAM=$stream "$NACCS_CERT" --state-dir "$state" -n --at 2026-12-01T00:00:00Z verify --store "pem:$scratch/etc/11110A" \
  --store "pem:$scratch/nowhere" >/dev/null 2>"$scratch/journal" || code=$?
[ "$code" = 73 ] || fail "verify of a missing store: $code"
grep -qxF "<6>Verifying pem:$scratch/etc/11110A" "$scratch/journal" || fail "progress in the journal: $(cat "$scratch/journal")"
grep -qE '^<4>The certificate .*\[anchor\.ends-first\]$' "$scratch/journal" || fail "a warning in the journal: $(cat "$scratch/journal")"
grep -qE "^<3>.*$scratch/nowhere.*\\[store\\.open\\]" "$scratch/journal" || fail "an error in the journal: $(cat "$scratch/journal")"
! grep -qvE '^<[3467]>' "$scratch/journal" || fail "a line without a priority: $(cat "$scratch/journal")"
code=0
JOURNAL_STREAM=1:1 "$NACCS_CERT" --state-dir "$state" -n verify --store "pem:$scratch/nowhere" >/dev/null 2>"$scratch/err" || code=$?
! grep -q '^<' "$scratch/err" || fail "a priority outside of the journal"

# ---- systemd's own judgement
sed "s|^ExecStart=.*/naccs-cert |ExecStart=$NACCS_CERT |" "$service" >"$scratch/units/naccs-cert-renew.service"
grep -q "^ExecStart=$NACCS_CERT -n renew --due\$" "$scratch/units/naccs-cert-renew.service" || fail "the unit's command"
cp "$timer" "$scratch/units/naccs-cert-renew.timer"
command -v systemd-analyze >/dev/null || skip "systemd-analyze is missing (Debian: systemd)"
judge() {
  (cd "$scratch/units" && systemd-analyze verify --man=no ./naccs-cert-renew.service ./naccs-cert-renew.timer) >"$scratch/verify" 2>&1 ||
    fail "systemd-analyze verify: $(cat "$scratch/verify")"
  # what is said of these files, not of others on this machine
  ! grep -q 'naccs-cert' "$scratch/verify" || fail "systemd-analyze verify: $(cat "$scratch/verify")"
  (cd "$scratch/units" && systemd-analyze security --no-pager --offline=true "--threshold=$1" ./naccs-cert-renew.service) >"$scratch/security" 2>&1 ||
    fail "systemd-analyze security: $(tail -1 "$scratch/security")"
}
judge 40 # a token's module is others' code
mv "$drop_in" "$scratch/with-token"
judge 30
mv "$scratch/with-token" "$drop_in"

# ---- the sandbox, emulated
[ "$(id -u)" = 0 ] || skip "only root can make the sandbox that systemd makes for root"
bwrap --ro-bind / / true 2>/dev/null || skip "bubblewrap can't make a sandbox here"
setting() { sed -n "s/^$1=//p" "$scratch/units/naccs-cert-renew.service"; }
[ "$(setting ProtectSystem) $(setting ProtectHome)" = 'strict yes' ] || fail "the unit's file system is not what is emulated here"
box=(--ro-bind / / --dev /dev --proc /proc --tmpfs /home --tmpfs /root --unshare-ipc --unshare-uts --new-session --die-with-parent)
while read -r path; do
  path=${path#\"}
  path=${path%\"}
  path=${path#-}
  path=${path//%%/%}
  [ ! -e "$path" ] || box+=(--bind "$path" "$path")
done < <(sed -n 's/^ReadWritePaths=//p' "$drop_in/stores.conf")
box+=(--cap-drop ALL)
for capability in $(setting CapabilityBoundingSet); do
  box+=(--cap-add "$capability")
done
case $NACCS_CERT in /root/* | /home/*) box+=(--ro-bind "$(dirname "$NACCS_CERT")" "$(dirname "$NACCS_CERT")") ;; esac
boxed() {
  expected=$1
  shift
  code=0
  # A folder of the state and the stores may be written; everything else may not.
  bwrap "${box[@]}" -- "$NACCS_CERT" --config "$scratch/etc/naccs-cert.conf" --state-dir "$state" -n "$@" >"$scratch/out" 2>"$scratch/err" </dev/null || code=$?
  [ "$code" = "$expected" ] || { cat "$scratch/out" "$scratch/err" >&2; fail "in the sandbox: exit code $code instead of $expected: naccs-cert $*"; }
}
! bwrap "${box[@]}" -- touch "$scratch/etc/x" 2>/dev/null || fail "the sandbox is none: $scratch/etc is writable"
boxed 0 status
boxed 0 verify
make_pkcs12 renewed.p12 --not-before 2026-11-01T00:00:00Z
boxed 0 install "$scratch/renewed.p12" --to "pem:$scratch/etc/11110A" --password-file "$scratch/password"
boxed 0 install "$scratch/b.p12" --to "pem:$scratch/etc/a b%c\$d/22220B" --password-file "$scratch/password"
boxed 73 install "$scratch/c.p12" --to "pem:$scratch/etc/33330C" --password-file "$scratch/password"
boxed 0 --json verify
[ "$(jq -r '[.stores[].result] | unique | join(" ")' "$scratch/out")" = installed ] || fail "verify in the sandbox: $(cat "$scratch/out")"
# the unit's own command, as the drop-in has it; nothing is due
command=$(sed -n 's/^ExecStart=\(..*\)/\1/p' "$drop_in/stores.conf")
# shellcheck disable=SC2086
bwrap "${box[@]}" -- $command >"$scratch/out" 2>"$scratch/err" </dev/null || fail "in the sandbox, $command: $(cat "$scratch/out" "$scratch/err")"
boxed 0 remove --from "pem:$scratch/etc/11110A" --cert "$(openssl x509 -in "$scratch/etc/11110A/live/cert.pem" -outform DER | sha256sum | cut -c 1-64)"
