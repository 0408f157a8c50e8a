#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Stores as people name them: browsers by their names, one folder in several spellings, another user's home. Each ends in one canonical URI before anything is opened.
. "$(dirname "$0")/../harness/journey.sh"
command -v certutil >/dev/null || skip "needs certutil (Debian: libnss3-tools)"
unset XDG_DATA_HOME

pw="--password-file $scratch/password"
make_pkcs12 portal.p12
make_pkcs12 renewed.p12 --not-before 2026-11-02T00:00:00Z --not-after 2031-12-02T00:00:00Z

# Profiles as Firefox makes them; the one marked Default=1 is not the one in use.
firefox=$HOME/.mozilla/firefox
make_profiles() { # HOME
  mkdir -p "$1/.mozilla/firefox/used.default-release" "$1/.mozilla/firefox/old.default"
  cat >"$1/.mozilla/firefox/profiles.ini" <<'INI'
[Install4F96D1932A9F858E]
Default=used.default-release
Locked=1

[Profile1]
Name=default
IsRelative=1
Path=old.default
Default=1

[Profile0]
Name=default-release
IsRelative=1
Path=used.default-release
INI
}
uris() { json '[.stores[].uri] | sort | join(" ")'; }

# ---- one store in several spellings is one store
mkdir "$scratch/folder"
ln -s folder "$scratch/link"
# shellcheck disable=SC2086
expect 0 --json install "$scratch/portal.p12" --to "pem:$scratch/folder/a" --to "pem:$scratch//folder/./a/" --to "pem:$scratch/link/a" $pw --trust-client-ca
[ "$(uris)" = "pem:$scratch/folder/a" ] || fail "three spellings: $(uris)"
expect 0 --json verify --store "pem:$scratch/link/a" --store "pem:$scratch/folder/x/../a"
[ "$(uris)" = "pem:$scratch/folder/a" ] || fail "verify of two spellings: $(uris)"

# ---- a browser that is not there: said with where was looked, nothing is made; another store goes on
# shellcheck disable=SC2086
expect_id 73 store.open install "$scratch/portal.p12" --to nss:firefox $pw
json .error.hint | grep -qF "$HOME into .mozilla/firefox, " || fail "where was looked: $(json .error.hint)"
[ -z "$(ls -A "$HOME")" ] || fail "something was made: $(ls -A "$HOME")"
# shellcheck disable=SC2086
expect 20 --json install "$scratch/portal.p12" --to nss:firefox --to "pem:$scratch/b" $pw
[ "$(json '[.stores[] | "\(.uri) \(.result)"] | sort | join(", ")')" = "nss:firefox failed, pem:$scratch/b installed" ] || fail "beside another store: $(cat "$scratch/out")"
# shellcheck disable=SC2086
expect_id 73 store.open install "$scratch/portal.p12" --to nss:firefox --to "pem:$scratch/c" $pw --all-or-nothing
[ ! -e "$scratch/c" ] || fail "--all-or-nothing installed all the same"
# shellcheck disable=SC2086
expect_id 64 usage.invalid install "$scratch/portal.p12" --to nss:firefix $pw

# ---- what is no directory is not made into one below the current folder
for uri in "nss:dbm:$scratch/x" "nss:extern:$scratch/x" nss:rdb:x; do
  # shellcheck disable=SC2086
  (cd "$scratch/folder" && expect_id 73 store.unsupported install "$scratch/portal.p12" --to "$uri" $pw)
done
# shellcheck disable=SC2086,SC2088
(cd "$scratch/folder" && expect_id 64 usage.invalid install "$scratch/portal.p12" --to 'nss:~/.pki/nssdb' $pw)
[ "$(ls -A "$scratch/folder")" = a ] || fail "something was made: $(ls -A "$scratch/folder")"

# ---- Firefox is installed meanwhile: resume finds it by what was said then
make_profiles "$HOME"
expect 0 --json resume
json '.stores[] | "\(.uri) \(.result)"' | grep -qxF "nss:$firefox/used.default-release installed" || fail "resume: $(cat "$scratch/out")"
expect 0 --json verify --store nss:firefox
[ "$(uris)" = "nss:$firefox/used.default-release" ] || fail "nss:firefox is $(uris)"
[ "$(json .result)" = verified ] || fail "nss:firefox: $(json .result)"

# ---- all of the user's databases at once, each by its own URI; never the system's
mkdir -p "$HOME/.pki/nssdb"
# shellcheck disable=SC2086
expect 0 --json install "$scratch/portal.p12" --to nss:all --to nss:chromium --to nss:firefox/default $pw
all="nss:$firefox/old.default nss:$firefox/used.default-release nss:$HOME/.pki/nssdb"
[ "$(uris)" = "$all" ] || fail "nss:all: $(uris)"
for database in "$firefox/old.default" "$firefox/used.default-release" "$HOME/.pki/nssdb"; do
  certutil -K -d "sql:$database" 2>&1 | grep -q 'NACCS 11110A' || fail "no key in $database: $(certutil -K -d "sql:$database" 2>&1)"
  certutil -L -d "sql:$database" | grep -q 'NACCS Client CA  *T,,' || fail "the client CA's trust in $database: $(certutil -L -d "sql:$database")"
  certutil -L -d "sql:$database" | grep -q 'RootCA2  *C,,' || fail "the anchor's trust in $database: $(certutil -L -d "sql:$database")"
done
expect 0 --json stores
[ "$(json '[.stores[] | select(.kind == "Firefox profile" or .kind == "Chromium database") | .uri] | sort | join(" ")')" = "$all" ] || fail "stores: $(cat "$scratch/out")"
[ "$(json '.stores[] | select(.label | endswith("in use")) | .uri')" = "nss:$firefox/used.default-release" ] || fail "which is in use: $(cat "$scratch/out")"

# ---- NSS judges too, even where no server was met yet: a G4 marked there as not to be trusted is nothing to us, and everything to its programs
state=$scratch/judging
judged=$scratch/judged
# shellcheck disable=SC2086
expect 0 --json install "$scratch/portal.p12" --to "nss:$judged" $pw --trust-client-ca
[ "$(json '.stores[0].verified.server_chain_basis')" = bundled ] || fail "the basis: $(cat "$scratch/out")"
json '.warnings[].id' | grep -qxF verify.disagreement && fail "they disagree from the first: $(json '.warnings[]')"
certutil -L -d "sql:$judged" | sed -n 's/ *,, *$//p' | grep G4 >"$scratch/g4" # there are several of one name
g4=$(sort -u "$scratch/g4")
while [ "$(certutil -L -d "sql:$judged" | grep -cF "$g4")" -gt 1 ]; do certutil -D -d "sql:$judged" -n "$g4"; done
certutil -M -d "sql:$judged" -n "$g4" -t p,,
expect 0 --json verify --store "nss:$judged"
[ "$(json '[.warnings[] | select(.id == "verify.disagreement")] | length')" = 1 ] || fail "not told that NSS refuses G4: $(cat "$scratch/out")"
state=$scratch/state

# ---- a terminal's section may say it too
printf '[terminal 11110A]\nstore = nss:firefox\nstore = nss:chromium\n' >"$scratch/terminal.conf"
# shellcheck disable=SC2086
expect 0 --json --config "$scratch/terminal.conf" install "$scratch/renewed.p12" --terminal 11110A $pw
[ "$(uris)" = "nss:$firefox/used.default-release nss:$HOME/.pki/nssdb" ] || fail "the terminal's stores: $(uris)"
expect 0 --json --config "$scratch/terminal.conf" remove --terminal 11110A --cert "$(json .certificate.sha256)"
expect 0 --json verify
[ "$(json '.stores | length')" = 5 ] || fail "verify after a removal: $(uris)"
expect 0 remove --from nss:all
[ ! -e "$firefox/used.default-release/cert9.db" ] || fail "a database that we made stayed, empty"
expect_id 73 store.open verify --store nss:firefox

# ---- a password: by a file for one store, remembered with the install; not for several; a wrong one is tried once
printf 'Secret-1\n' >"$scratch/pin"
printf 'Secret-2\n' >"$scratch/wrong"
chmod 600 "$scratch/pin" "$scratch/wrong"
rm -r "$firefox/used.default-release"
mkdir "$firefox/used.default-release"
certutil -N -d "sql:$firefox/used.default-release" -f "$scratch/pin"
# shellcheck disable=SC2086
expect_id 77 pin.wrong install "$scratch/portal.p12" --to nss:firefox --pin-file "$scratch/wrong" $pw
# shellcheck disable=SC2086
expect 0 --json install "$scratch/portal.p12" --to nss:all --to "pem:$scratch/d" --to "nss:$scratch/plain" --pin-file "$scratch/pin" $pw
[ "$(uris)" = "$all nss:$scratch/plain pem:$scratch/d" ] || fail "one locked database of several: $(uris)"
[ "$(jq -r '[.installs[] | select(.pin_file) | .store] | join(" ")' "$state/ledger.json")" = "nss:$firefox/used.default-release" ] || fail "the ledger: $(jq -c '[.installs[] | {store, pin_file}]' "$state/ledger.json")"
expect 0 --json verify --store "nss:$scratch/plain" --store nss:firefox --pin-file "$scratch/pin"
expect 0 remove --from nss:all --from "pem:$scratch/d" --from "nss:$scratch/plain" --pin-file "$scratch/pin"
mkdir "$scratch/locked"
certutil -N -d "sql:$scratch/locked" -f "$scratch/pin"
# shellcheck disable=SC2086
expect_id 64 usage.invalid install "$scratch/portal.p12" --to nss:firefox --to "nss:$scratch/locked" --pin-file "$scratch/pin" $pw
json .error.message | grep -qF '2 stores may need a PIN' || fail "two locked databases: $(json .error.message)"
# shellcheck disable=SC2086
expect_id 64 usage.invalid install "$scratch/portal.p12" --to "nss:all?pin-source=file:$scratch/pin" $pw
# shellcheck disable=SC2086
expect 0 --json install "$scratch/portal.p12" --to "nss:firefox?pin-source=file:$scratch/pin" $pw
[ "$(uris)" = "nss:$firefox/used.default-release" ] || fail "with pin-source: $(uris)"
expect 0 verify --store nss:firefox --pin-file "$scratch/pin"
expect 0 --json verify # by the ledger, which knows the file
expect_id 77 pin.wrong verify --store nss:firefox --pin-file "$scratch/wrong"
expect_id 64 usage.invalid verify --store nss:firefox # nobody can be asked
[ "$(json '.stores[0].verified.key')" = null ] || fail "a verdict on a key that was not tried: $(cat "$scratch/out")"
mkdir "$scratch/elsewhere"
certutil -N -d "sql:$scratch/elsewhere" -f "$scratch/pin"
# shellcheck disable=SC2086
expect 0 --json install "$scratch/portal.p12" --to "nss:$scratch/elsewhere?pin-source=file:$scratch/pin" $pw

# ---- a listing asks for no password and needs none: what is locked is said, and what others could exchange is none that an install would use
mv "$scratch/pin" "$scratch/kept"
chmod 775 "$firefox/old.default"
listed() { json ".stores[] | select(.uri == \"nss:$1\") | \"\(.kind), locked \(.locked), writable \(.writable), \(.can | index(\"write\") != null)\""; }
expect 0 --json stores
[ "$(listed "$firefox/used.default-release")" = "Firefox profile, locked true, writable true, true" ] || fail "a profile with a password: $(cat "$scratch/out")"
[ "$(listed "$firefox/old.default")" = "Firefox profile, locked false, writable false, false" ] || fail "a profile that others can write: $(cat "$scratch/out")"
[ "$(listed "$scratch/elsewhere")" = "NSS database, locked true, writable true, true" ] || fail "a known store with a password: $(cat "$scratch/out")"
[ "$(json '[.stores[].uri] | length')" = "$(json '[.stores[].uri] | unique | length')" ] || fail "listed twice: $(cat "$scratch/out")"
json '.warnings[].message' | grep -F "$scratch" && fail "a listing warns: $(cat "$scratch/out")"
chmod 755 "$firefox/old.default"
chmod 775 "$firefox"
expect 0 --json stores
[ "$(listed "$firefox/used.default-release")" = "Firefox profile, locked true, writable false, false" ] || fail "a profile below what others can write: $(cat "$scratch/out")"
chmod 755 "$firefox"
mv "$scratch/kept" "$scratch/pin"
expect 0 remove --from "nss:$scratch/elsewhere" --pin-file "$scratch/pin"
expect 0 remove --from nss:firefox --pin-file "$scratch/pin"

# ---- whose home
expect_id 64 usage.invalid stores --user no-such-user-here
expect 0 stores --user "$(id -un)"
[ "$(id -u)" = 0 ] || { expect_id 64 usage.invalid stores --user root; exit 0; }
mkdir "$scratch/hanako"
unshare -m true 2>/dev/null || skip "the rest needs a mount namespace of its own, for a user made up"
make_profiles "$scratch/hanako"
chmod 711 "$scratch"
chown -R 23456:23456 "$scratch/hanako"
{ cat /etc/passwd; echo "hanako:x:23456:23456::$scratch/hanako:/bin/false"; } >"$scratch/passwd"
# as_hanako ARGUMENTS…: the program where a user hanako is known
known_hanako() {
  # shellcheck disable=SC2016
  unshare -m sh -c 'mount --bind "$0" /etc/passwd && exec "$@"' "$scratch/passwd" "$NACCS_CERT" --state-dir "$state" -n --json "$@" >"$scratch/out" 2>"$scratch/err" </dev/null
}
# shellcheck disable=SC2086
known_hanako install "$scratch/portal.p12" --to nss:firefox --to nss:chromium --user hanako $pw || fail "for hanako: $(cat "$scratch/out" "$scratch/err")"
[ "$(uris)" = "nss:$scratch/hanako/.local/share/pki/nssdb nss:$scratch/hanako/.mozilla/firefox/used.default-release" ] || fail "hanako's: $(uris)"
json '.warnings[].id' | grep -q '^account' && fail "a warning though --user was said: $(json '.warnings[]')"
strangers=$(find "$scratch/hanako" ! -user 23456)
[ -z "$strangers" ] || fail "not hanako's own: $strangers"
known_hanako verify --store nss:firefox --user hanako || fail "verify for hanako: $(cat "$scratch/out")"

# ---- a link of hanako's leads root to nothing that is not hanako's, by whatever name
mkdir -p "$scratch/mine/nssdb"
ln -s "$scratch/mine" "$scratch/hanako/.pki"
chown -h 23456:23456 "$scratch/hanako/.pki"
for uri in nss:chromium "nss:$scratch/hanako/.pki/nssdb" "nss:$scratch/hanako/.pki/new"; do
  # shellcheck disable=SC2086
  known_hanako install "$scratch/portal.p12" --to "$uri" --user hanako $pw && fail "$uri was followed: $(cat "$scratch/out")"
  [ "$(json .error.id)" = store.unsafe ] || fail "$uri: $(cat "$scratch/out")"
  json .error.message | grep -qF "$scratch/hanako/.pki: it is a symbolic link" || fail "$uri: $(json .error.message)"
done
known_hanako stores --user hanako || fail "stores for hanako: $(cat "$scratch/out" "$scratch/err")"
uris | grep -qF -e "$scratch/mine" -e "$scratch/hanako/.pki" && fail "hanako has: $(uris)"
# A folder in the way that is somebody else's.
rm "$scratch/hanako/.pki"
mkdir -p "$scratch/hanako/.pki/nssdb"
# shellcheck disable=SC2086
known_hanako install "$scratch/portal.p12" --to nss:chromium --user hanako $pw && fail "root's folder in hanako's home was used"
[ "$(json .error.id)" = store.unsafe ] || fail "root's folder in hanako's home: $(cat "$scratch/out")"
[ -z "$(ls -A "$scratch/mine/nssdb" "$scratch/hanako/.pki/nssdb" | grep -v :)" ] || fail "root was led astray"
# shellcheck disable=SC2086
known_hanako install "$scratch/portal.p12" --to nss:all --user hanako $pw || fail "nss:all for hanako: $(cat "$scratch/out")"
json '.warnings[].id' | grep -qxF store.unsafe || fail "nothing said of the one that was left out: $(json '.warnings[]')"
rm -r "$scratch/hanako/.pki"

# ---- root, without --user: told whose home it was, and whose store
# shellcheck disable=SC2086
expect 0 --json install "$scratch/portal.p12" --to nss:chromium --to "nss:$scratch/hanako/.mozilla/firefox/old.default" $pw
[ "$(json '[.warnings[].id | select(startswith("account"))] | sort | join(" ")')" = "account.other account.root" ] || fail "warnings: $(json '.warnings[]')"
