#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# --prune in a store that can archive: what has expired stays, archived, and known to the ledger; where the store can't after all, it goes.
. "$(dirname "$0")/../harness/journey.sh"

a=$scratch/a
make_pkcs12 old.p12 --not-before 2025-11-01T00:00:00Z --not-after 2027-12-01T00:00:00Z
make_pkcs12 new.p12 --not-before 2026-11-01T00:00:00Z --not-after 2031-12-01T00:00:00Z
set -- --backend-dir "$ARCHIVING_BACKEND_DIR"

expect 0 --json "$@" install "$scratch/old.p12" --to "folder:$a" --password-file "$scratch/password" --trust-client-ca
old=$(json .certificate.sha256)
expect 0 --json "$@" --at 2027-11-15T00:00:00Z install "$scratch/new.p12" --to "folder:$a" --password-file "$scratch/password" --prune
new=$(json .certificate.sha256)
[ ! -e "$a.archived" ] || fail "what is still valid was archived"

# ---- expired: archived, and still ours
for _ in once twice; do
  expect 0 "$@" --at 2028-01-01T00:00:00Z install "$scratch/new.p12" --to "folder:$a" --password-file "$scratch/password" --prune
done
[ "$(sort -u "$a.archived")" = "$old" ] || fail "archived: $(cat "$a.archived"), wanted $old"
if [ ! -d "$a/$old" ] || [ ! -d "$a/$new" ]; then fail "an archived certificate went"; fi
expect 0 "$@" remove --from "folder:$a" --cert "$old"
[ ! -e "$a/$old" ] || fail "an archived certificate can't be removed"

# ---- a store that can't after all
expect 0 "$@" install "$scratch/old.p12" --to "folder:$a" --password-file "$scratch/password"
: >"$a.refuses"
expect 0 "$@" --at 2028-01-01T00:00:00Z install "$scratch/new.p12" --to "folder:$a" --password-file "$scratch/password" --prune
if [ -e "$a/$old" ] || [ ! -d "$a/$new" ]; then fail "--prune left what can't be archived"; fi
