#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What happens to a store between two runs: another hand damages or deletes it, other anchors are in use, the choice among several certificates
# is open, the same store is named twice, readers come by while it changes.
. "$(dirname "$0")/../harness/journey.sh"

a=$scratch/a
pw="--password-file $scratch/password"
make_pkcs12 old.p12 --not-before 2025-11-01T00:00:00Z --not-after 2027-12-01T00:00:00Z
make_pkcs12 new.p12 --not-before 2026-11-01T00:00:00Z --not-after 2031-12-01T00:00:00Z
env -u OPENSSL_CONF -u OPENSSL_MODULES "$MAKE_PKCS12" --server-chain "$scratch/servers" --host localhost >/dev/null || fail "make-pkcs12 --server-chain"
cat "$scratch/servers/root.pem" "$scratch/servers/intermediate.pem" >"$scratch/other-anchor.pem"
fingerprint() { openssl x509 -in "$1" -outform DER | sha256sum | cut -d ' ' -f 1; }

# ---- another hand was here: verify tells, installing again mends, and nothing (a key, say) is left aside
# shellcheck disable=SC2086
expect 0 install "$scratch/old.p12" --to "pem:$a" $pw --trust-client-ca
for damage in 'rm privkey.pem' 'rm cert.pem' 'rm server-ca.pem' 'rm client-ca.pem' 'rm credential.pem' ': >fullchain.pem' \
  'cp client-ca.pem server-ca.pem' 'cp server-ca.pem client-ca.pem' 'cp fullchain.pem credential.pem' 'rm ../../live'; do
  (cd "$a/live/" && cd "$(pwd -P)" && sh -c "$damage")
  naccs --json verify
  [ "$code" = 21 ] || fail "verify after \"$damage\": $code"
  # shellcheck disable=SC2086
  expect 0 --json install "$scratch/old.p12" --to "pem:$a" $pw
  [ "$(json .result)" = installed ] || fail "install after \"$damage\": $(json .result)"
  expect 0 verify
  [ "$(ls -A "$a/archive" | wc -l)" = 1 ] || fail "after \"$damage\" there is left: $(ls -A "$a/archive")"
done

# ---- other anchors take the place of the former ones; rollback and verify go by those that were installed
# shellcheck disable=SC2086
expect 0 --json --anchor "$scratch/servers/root.pem" install "$scratch/old.p12" --to "pem:$a" $pw
[ "$(json '.stores[0].verified | "\(.server_chain) \(.server_chain_basis)"')" = "null null" ] || fail "no intermediate is signed by the anchor: $(json '.stores[0].verified')"
# shellcheck disable=SC2086
expect 0 --json --anchor "$scratch/other-anchor.pem" install "$scratch/old.p12" --to "pem:$a" $pw
[ "$(json '.stores[0].verified | "\(.server_chain) \(.server_chain_basis)"')" = "true bundled" ] || fail "other anchors: $(json '.stores[0].verified')"
# shellcheck disable=SC2086
expect 0 install "$scratch/new.p12" --to "pem:$a" $pw
expect 0 rollback --from "pem:$a"
expect 0 verify
[ "$(fingerprint "$a/live/server-ca.pem")" = "$(fingerprint "$scratch/servers/root.pem")" ] || fail "rollback: another anchor"

# ---- a repair that is refused leaves store and ledger as they were
printf 'x' >"$a/live/notes"
chmod 666 "$a/live/cert.pem"
cp "$state/ledger.json" "$scratch/ledger"
# shellcheck disable=SC2086
expect_id 73 store.unsafe install "$scratch/old.p12" --to "pem:$a" $pw
chmod 644 "$a/live/cert.pem"
cmp -s "$state/ledger.json" "$scratch/ledger" || fail "a refused repair changed the ledger"
expect 0 verify
rm "$a/live/notes"

# ---- rollback: to what is current already, to what has ended
old=$(fingerprint "$a/live/cert.pem")
expect 0 --json rollback --from "pem:$a" --cert "$old"
[ "$(json .result)" = unchanged ] || fail "rollback to the current one: $(json .result)"
expect_id 77 run.refused --at 2028-01-01T00:00:00Z rollback --from "pem:$a" --cert "$old"

# ---- remove does not guess among several
expect_id 64 usage.invalid remove --from "pem:$a"
json .error.message | grep -q "$old" || fail "the list lacks $old"
expect 0 remove --from "pem:$a" --cert "$old"
case $(readlink "$a/live") in archive/20261101-*) ;; *) fail "the other certificate is not live" ;; esac
expect 0 verify

# ---- somebody deleted the store: remove makes the ledger forget it
rm -rf "$a"
expect_id 73 store.open verify
expect 0 --json remove --from "pem:$a"
[ "$(json '.warnings[].id')" = store.vanished ] || fail "no warning: $(json .warnings)"
[ ! -e "$a" ] || fail "remove made a store"
expect 0 status
expect_id 21 verify.none remove --from "pem:$a"

# ---- one store under two spellings is one store
# shellcheck disable=SC2086
expect 0 --json install "$scratch/old.p12" --to "pem:$a" --to "pem:$scratch/./a/" $pw
[ "$(json '.stores | length')" = 1 ] || fail "one store counts twice"
no_secret_in "$state"

# ---- a state directory that was made wider is closed
chmod 755 "$state"
# shellcheck disable=SC2086
expect 0 install "$scratch/old.p12" --to "pem:$a" $pw
[ "$(stat -c %a "$state")" = 700 ] || fail "the state directory stayed open"

# ---- readers beside a run: what comes and goes is no damage
mkdir "$a/archive/.pending-20261101-00ff"
expect 0 verify
expect 0 status
rmdir "$a/archive/.pending-20261101-00ff"

# ---- what is damaged in escrow is told, and hinders nothing else
mkdir "$state/escrow/broken"
echo '{}' >"$state/escrow/broken/state.json"
expect_id 74 escrow.damaged status
[ "$(json '.certificates | length')" = 1 ] || fail "a damaged escrow entry hides the certificates"
expect_id 74 escrow.damaged resume
# shellcheck disable=SC2086
expect 0 install "$scratch/new.p12" --to "pem:$a" $pw
ln -s /etc/passwd "$scratch/b"
# shellcheck disable=SC2086
expect 20 install "$scratch/new.p12" --to "pem:$scratch/b/c" --to "pem:$scratch/c" $pw
rm "$scratch/b"
naccs --json resume # the other entry is finished all the same
[ "$code" = 74 ] && [ "$(json '[.stores[].result] | sort | join(" ")')" = "installed unchanged" ] || fail "resume beside a damaged entry: $code $(cat "$scratch/out")"
expect 0 verify --store "pem:$scratch/b/c"
[ "$(ls -A "$state/escrow")" = broken ] || fail "escrow holds: $(ls -A "$state/escrow")"
rm -r "$state/escrow/broken"

# ---- what a crash left half-made or half-purged in escrow goes with the next install, not only with resume
mkdir "$state/escrow/.new-1" "$state/escrow/.purge-2"
cp "$scratch/password" "$state/escrow/.new-1/password"
cp "$scratch/password" "$state/escrow/.purge-2/password"
# shellcheck disable=SC2086
expect 0 install "$scratch/new.p12" --to "pem:$a" $pw
no_secret_in "$state"

# ---- hooks: once, after every store; a failing one is 22, and the certificate stays installed
cat >"$scratch/hooks.conf" <<CONF
[terminal 11110A]
store = pem:$scratch/d
store = pem:$scratch/e
deploy-hook = env | grep ^NACCS_CERT_ >>$scratch/hook.out
deploy-hook = exit 3
deploy-hook = exit 4
CONF
# shellcheck disable=SC2086
expect_id 22 hook.failed --config "$scratch/hooks.conf" install "$scratch/old.p12" --terminal 11110A $pw
[ "$(json .result)" = installed ] || fail "a failed hook: $(json .result)"
[ "$(json '.warnings[] | select(.id == "hook.failed") | .id')" = hook.failed ] || fail "the second failure is not told"
[ "$(grep -c ^NACCS_CERT_ "$scratch/hook.out")" = 4 ] && grep -q "^NACCS_CERT_STORES=pem:$scratch/d$" "$scratch/hook.out" || fail "what the hook got: $(cat "$scratch/hook.out")"
no_secret_in "$state"
# shellcheck disable=SC2086
expect 0 --config "$scratch/hooks.conf" install "$scratch/old.p12" --terminal 11110A $pw # nothing new: no hook
# shellcheck disable=SC2086
expect 22 --config "$scratch/hooks.conf" install "$scratch/new.p12" --terminal 11110A $pw
expect_id 22 hook.failed --config "$scratch/hooks.conf" rollback --terminal 11110A
[ "$(grep -c '^NACCS_CERT_TERMINAL=11110A$' "$scratch/hook.out")" = 3 ] || fail "the terminal is not told: $(cat "$scratch/hook.out")"
[ "$(grep -c '^NACCS_CERT_STORES=' "$scratch/hook.out")" = 3 ] || fail "hooks ran $(grep -c '^NACCS_CERT_STORES=' "$scratch/hook.out") times, not 3"
# a second time changes nothing, and tells nobody
expect 0 --json --config "$scratch/hooks.conf" rollback --terminal 11110A
[ "$(json '.result + " " + .stores[0].result')" = "unchanged unchanged" ] || fail "rollback again: $(cat "$scratch/out")"
[ "$(grep -c '^NACCS_CERT_STORES=' "$scratch/hook.out")" = 3 ] || fail "nothing was changed, and a hook ran"
# one store goes back, another fails: the programs of the first are told all the same, and of no other store
# shellcheck disable=SC2086
expect 22 --config "$scratch/hooks.conf" install "$scratch/new.p12" --terminal 11110A $pw
printf '[terminal 11110A]\nstore = pem:%s\nstore = pem:%s\ndeploy-hook = printf "%%s" "$NACCS_CERT_STORES" >%s\n' "$scratch/none" "$scratch/d" "$scratch/hook.part" >"$scratch/part.conf"
chmod 600 "$scratch/part.conf"
expect 21 --json --config "$scratch/part.conf" rollback --terminal 11110A
[ "$(json '.result + " " + .stores[0].result + " " + .stores[1].result')" = "partial failed rolled-back" ] || fail "in part: $(cat "$scratch/out")"
[ "$(cat "$scratch/hook.part")" = "pem:$scratch/d" ] || fail "in part: $(cat "$scratch/hook.part")"

# ---- several accounts' runs, each with its own state directory, make the same new store at once: they wait for each other
i=0
while [ $i -lt 8 ]; do
  i=$((i + 1))
  {
    code=0
    "$NACCS_CERT" --state-dir "$scratch/state-$i" -n install "$scratch/old.p12" --to "pem:$scratch/new/store" --password-file "$scratch/password" \
      --trust-client-ca >"$scratch/out-$i" 2>&1 </dev/null || code=$?
    echo $code >"$scratch/code-$i"
  } &
done
wait
[ "$(cat "$scratch"/code-* | sort -u)" = 0 ] || fail "runs at once: $(cat "$scratch"/code-* "$scratch"/out-*)"
expect 0 verify --store "pem:$scratch/new/store"
