#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Bad input gets its exit code and id, says what to do, and leaves everything as it was.
. "$(dirname "$0")/../harness/journey.sh"

a=$scratch/a
make_pkcs12 good.p12
pw="--password-file $scratch/password"

# bad CODE ID ARGUMENTS…: refused, and neither store nor state directory is there afterwards
bad() {
  # shellcheck disable=SC2086
  expect_id "$@"
  [ ! -e "$a" ] || fail "a store was made: $*"
  [ ! -d "$state/escrow" ] || [ -z "$(ls -A "$state/escrow")" ] || fail "escrow was filled: $*"
  [ -n "$(json .error.message)" ] || fail "no message: $*"
}

# ---- the PKCS#12
printf 'wrong\n' >"$scratch/wrong"
chmod 600 "$scratch/wrong"
bad 65 pkcs12.password install "$scratch/good.p12" --to "pem:$a" --password-file "$scratch/wrong" --trust-client-ca
[ ! -e "$state" ] || fail "a bad PKCS#12 left a state directory"
head -c 500 "$scratch/good.p12" >"$scratch/cut.p12"
bad 65 pkcs12.corrupt install "$scratch/cut.p12" --to "pem:$a" $pw --trust-client-ca
echo '<html>' >"$scratch/page.p12"
bad 65 pkcs12.corrupt install "$scratch/page.p12" --to "pem:$a" $pw --trust-client-ca
make_pkcs12 nomac.p12 --no-mac
bad 65 pkcs12.corrupt install "$scratch/nomac.p12" --to "pem:$a" $pw --trust-client-ca
make_pkcs12 slow.p12 --claim-mac-iterations 2000000000
bad 65 pkcs12.corrupt install "$scratch/slow.p12" --to "pem:$a" $pw --trust-client-ca
make_pkcs12 mismatched.p12 --mismatched-key
bad 65 pkcs12.mismatch install "$scratch/mismatched.p12" --to "pem:$a" $pw --trust-client-ca
make_pkcs12 wrongca.p12 --wrong-ca
bad 65 pkcs12.mismatch install "$scratch/wrongca.p12" --to "pem:$a" $pw --trust-client-ca
make_pkcs12 noroot.p12 --no-root
bad 65 pkcs12.mismatch install "$scratch/noroot.p12" --to "pem:$a" $pw --trust-client-ca
make_pkcs12 expired.p12 --not-before 2019-01-01T00:00:00Z --not-after 2024-02-01T00:00:00Z
bad 65 pkcs12.expired install "$scratch/expired.p12" --to "pem:$a" $pw --trust-client-ca
bad 74 file.missing install "$scratch/nothing.p12" --to "pem:$a" $pw --trust-client-ca
head -c 2000000 /dev/zero >"$scratch/huge.p12"
naccs --json install "$scratch/huge.p12" --to "pem:$a" $pw --trust-client-ca
[ "$code" != 0 ] && [ ! -e "$a" ] || fail "a file of 2 MB was taken"

# ---- secrets and words
chmod 640 "$scratch/password"
bad 78 secrets.permissions install "$scratch/good.p12" --to "pem:$a" $pw --trust-client-ca
chmod 600 "$scratch/password"
bad 64 usage.invalid install "$scratch/good.p12" $pw
bad 64 usage.invalid install "$scratch/good.p12" --to "nothing:$a" $pw --trust-client-ca
bad 64 usage.invalid install "$scratch/good.p12" --to "pem:" $pw --trust-client-ca
bad 64 usage.invalid install "$scratch/good.p12" --to "pem:$a" --trust-client-ca                 # nobody to ask for the password
bad 64 usage.invalid install "$scratch/good.p12" --to "pem:$a" $pw                               # nobody to ask about the CA
bad 64 usage.invalid install "$scratch/good.p12" --to "pem:$a" $pw --client-ca-sha256 12345
bad 77 ca.refused install "$scratch/good.p12" --to "pem:$a" $pw --client-ca-sha256 "$(printf '%064d' 0)"

# ---- the store's place
mkdir "$scratch/real" "$scratch/open"
ln -s "$scratch/real" "$a"
expect_id 73 store.unsafe install "$scratch/good.p12" --to "pem:$a" $pw --trust-client-ca
rm "$a"
chmod 777 "$scratch/open"
expect_id 73 store.unsafe install "$scratch/good.p12" --to "pem:$scratch/open/a" $pw --trust-client-ca
mkdir "$scratch/linked"
ln -s /etc "$scratch/linked/archive"
expect_id 73 store.unsafe install "$scratch/good.p12" --to "pem:$scratch/linked" $pw --trust-client-ca
rm "$scratch/linked/archive"
ln -s /etc/passwd "$scratch/linked/live"
tree "$scratch/linked" >"$scratch/before"
expect_id 73 store.unsafe install "$scratch/good.p12" --to "pem:$scratch/linked" $pw --trust-client-ca
tree "$scratch/linked" | cmp -s - "$scratch/before" || fail "a foreign link was touched"
echo file >"$scratch/file"
naccs --json install "$scratch/good.p12" --to "pem:$scratch/file" $pw --trust-client-ca
[ "$code" = 73 ] || fail "a file as a store: $code"
[ -z "$(ls -A "$scratch/real")" ] && [ -z "$(ls -A "$scratch/open")" ] || fail "something was written through"
bad 64 usage.invalid install "$scratch/good.p12" --to 'pem:~/a' $pw --trust-client-ca
json .error.hint | grep -qF './~/a' || fail "a home folder's sign: $(json .error.hint)"

# ---- a stranger's link, who could turn it elsewhere: nowhere on the way, whatever it leads to now
if [ "$(id -u)" = 0 ]; then
  mkdir "$scratch/theirs"
  ln -s "$scratch/real" "$scratch/theirs/link"
  chown -hR 65534 "$scratch/theirs"
  bad 73 store.unsafe install "$scratch/good.p12" --to "pem:$scratch/theirs/link/pem" $pw --trust-client-ca
  json .error.message | grep -qF "$scratch/theirs/link: it is a symbolic link of user 65534" || fail "which link: $(json .error.message)"
  state=$scratch/theirs/link/state
  expect_id 73 store.unsafe install "$scratch/good.p12" --to "pem:$a" $pw --trust-client-ca
  state=$scratch/state
  printf '[terminal 11110A]\nstore = pem:x\n' >"$scratch/real/its.conf"
  expect_id 78 config.invalid --config "$scratch/theirs/link/its.conf" status
  rm "$scratch/real/its.conf"
  [ -z "$(ls -A "$scratch/real")" ] && [ ! -e "$a" ] || fail "a stranger's link was followed"
else
  echo "left out, as only root can give links away: a stranger's link"
fi

# ---- one store of two fails: 20, and with --all-or-nothing neither is touched
expect_id 73 store.unsafe install "$scratch/good.p12" --to "pem:$a" --to "pem:$scratch/linked" $pw --trust-client-ca --all-or-nothing
[ ! -e "$a" ] || fail "--all-or-nothing left a store"
expect 20 --json install "$scratch/good.p12" --to "pem:$a" --to "pem:$scratch/linked" $pw --trust-client-ca
[ "$(json .result)" = partial ] && [ "$(json .error.id)" = store.unsafe ] || fail "one of two: $(json .result) $(json .error.id)"
expect 0 verify --store "pem:$a"
rm "$scratch/linked/live"
printf 'five random words for it\n' >"$scratch/passphrase"
chmod 600 "$scratch/passphrase"
expect_id 77 run.refused resume --backup "$scratch/passphrase" --passphrase-file "$scratch/passphrase"
expect 0 resume --backup "$scratch/kept.p12" --passphrase-file "$scratch/passphrase" # the other one, from escrow
openssl pkcs12 -in "$scratch/kept.p12" -passin "file:$scratch/passphrase" -nokeys -clcerts 2>/dev/null | openssl x509 -pubkey -noout >"$scratch/kept"
openssl x509 -in "$a/live/cert.pem" -pubkey -noout | cmp -s - "$scratch/kept" || fail "the backup holds another certificate"
expect 0 verify --store "pem:$scratch/linked"
no_secret_in "$state"

# ---- what failed in part and is simply installed again leaves no secret in escrow
ln -s /etc/passwd "$scratch/third"
expect 20 install "$scratch/good.p12" --to "pem:$scratch/second" --to "pem:$scratch/third" $pw
rm "$scratch/third"
expect 0 install "$scratch/good.p12" --to "pem:$scratch/second" $pw
[ -n "$(ls -A "$state/escrow")" ] || fail "escrow was purged although one of its stores does not hold the certificate"
expect 0 install "$scratch/good.p12" --to "pem:$scratch/third" $pw
no_secret_in "$state"

# ---- a different CA of the same name, remembered by now
rm -rf "$scratch/pki"
make_pkcs12 other-ca.p12
tree "$a" >"$scratch/before"
expect_id 77 ca.refused install "$scratch/other-ca.p12" --to "pem:$a" $pw --trust-client-ca
tree "$a" | cmp -s - "$scratch/before" || fail "a refused CA changed the store"

# ---- an install that does not verify: a key, an anchor, a certificate changed by another hand
cp -a "$a" "$scratch/copy"
expect 0 verify --store "pem:$scratch/copy"
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$scratch/copy/live/privkey.pem" 2>/dev/null
expect_id 21 verify.failed verify --store "pem:$scratch/copy"
rm -rf "$scratch/copy"
cp -a "$a" "$scratch/copy"
cp "$scratch/copy/live/client-ca.pem" "$scratch/copy/live/server-ca.pem"
expect_id 21 verify.failed verify --store "pem:$scratch/copy"
[ "$(json '.stores[0].verified.server_chain')" = false ] || fail "another anchor is not false"
rm -rf "$scratch/copy"
mkdir "$scratch/copy"
expect_id 21 verify.none verify --store "pem:$scratch/copy"

# ---- locks
exec 9>"$state/run.lock"
flock 9
expect_id 75 run.locked resume
exec 9>&-
exec 9>"$state/ledger.lock"
flock 9
expect_id 75 run.locked --timeout 1 install "$scratch/good.p12" --to "pem:$a" $pw
exec 9>&-

# ---- not ours is not removed
state=$scratch/fresh
expect_id 77 run.refused remove --from "pem:$a"
expect 0 verify --store "pem:$a"

# ---- a damaged recording of the servers' chain is no reason to stop
state=$scratch/state
echo '{' >"$state/server-chain.json"
expect 0 --json verify --store "pem:$a"
[ "$(json '.stores[0].verified.server_chain_basis')" = bundled ] || fail "a damaged recording is a basis"
