#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What is printed where: help, JSON, languages, colours; and an output that does not arrive is a failure.
# Arguments: naccs-cert make-pkcs12
. "$(dirname "$0")/cli-lib.sh"
make_pkcs12=$2

for command in install resume verify status remove rollback stores config; do
  run $command --help
  expect_code 0 "$command --help"
  expect_text out "naccs-cert $command" "$command --help"
  expect_text out 'Examples:' "$command --help"
  [ ! -s "$work/err" ] || note "$command --help writes to stderr"
  cp "$work/out" "$work/by-option"
  run help $command
  cmp -s "$work/out" "$work/by-option" || note "help $command differs from $command --help"
  run --help
  expect_text out "  $command " '--help lists every command'
done
run --help --json
expect_json '.command == "help" and .result == "ok" and (.help | contains("Usage:"))' '--help --json'
run --version
expect_text out 'naccs-cert ' '--version'
run --version --json
expect_json '.command == "version" and (.version | test("^[0-9]+[.]"))' '--version --json'

# A whole life in a PEM directory: results on stdout, warnings and errors on stderr.
printf secret1 >"$work/password"
chmod 600 "$work/password"
"$make_pkcs12" --out "$work/client.p12" --password-file "$work/password" --ca-dir "$work/pki" || note 'make-pkcs12 failed'
run install "$work/client.p12" --to pem:"$work/store" --password-file "$work/password" -n
expect_code 64 'a client CA that nobody may trust'
expect_text err '--client-ca-sha256' 'a client CA that nobody may trust'
run install "$work/client.p12" --to pem:"$work/store" --password-file "$work/password" --trust-client-ca
expect_code 0 install
expect_text out 'installed: 11110A' install
expect_text out "pem:$work/store" install
expect_no_text out "$(printf '\033')" 'no colours in a file'
run install "$work/client.p12" --to pem:"$work/store" --password-file "$work/password" -n --json
expect_code 0 'install again'
expect_json '.command == "install" and .result == "unchanged" and .stores[0].verified.key == true and .stores[0].verified.client_chain == true
  and .stores[0].verified.server_chain == true and .stores[0].anchor.name == "Security Communication RootCA2" and .error == null
  and (keys_unsorted == ["schema", "command", "result", "certificate", "stores", "warnings", "error"])
  and (.certificate | keys_unsorted == ["subject", "issuer", "serial", "sha256", "not_before", "not_after", "renew_from"])
  and (.stores[0] | keys_unsorted == ["uri", "result", "sha256", "verified", "anchor", "error"])
  and ((.certificate.not_after | fromdate) - (.certificate.renew_from | fromdate) == 28 * 86400)
  and (.certificate.serial | length % 2 == 0)' 'install again'
run install "$work/client.p12" --to pem:"$work/store" --password-file "$work/password" -q
expect_code 0 'install -q'
[ ! -s "$work/err" ] || note 'install -q is not quiet'
run status --json
expect_json '.certificates[0].has_key == true and .certificates[0].state == "valid" and .certificates[0].days_left > 1800 and .escrow == []' status
run status --json --at "$(jq -r '.certificates[0].renew_from' "$work/out")"
expect_json '.certificates[0].state == "due" and .certificates[0].days_left == 28' 'status --at the renewal window'
run status
expect_text out "pem:$work/store" status
run verify
expect_code 0 verify
expect_text out 'verified: 11110A' verify
run stores --json
expect_code 0 stores
expect_json '.command == "stores" and (.stores | type == "array")' stores
run verify --store pem:"$work/empty" --json
expect_json '.error != null and (.stores[0].error.id == .error.id)' 'verify nothing'
run install "$work/client.p12" --to pem:/proc/naccs --password-file "$work/password" -n
expect_code 73 'a store that cannot be made'
expect_text err 'store.' 'a store that cannot be made'
expect_text out '/proc/naccs' 'a store that cannot be made'
chmod 644 "$work/password"
run install "$work/client.p12" --to pem:"$work/store" --password-file "$work/password" -n --json
expect_code 78 'a password that others can read'
expect_json '.error.id == "secrets.permissions"' 'a password that others can read'
chmod 600 "$work/password"

# Output that does not arrive.
if [ -w /dev/full ]; then
  "$naccs_cert" --help >/dev/full 2>"$work/err"
  [ $? = 74 ] || note 'full disk: not 74'
  expect_text err 'file.io' 'full disk'
fi
"$naccs_cert" --help >&- 2>"$work/err"
[ $? = 74 ] || note 'closed stdout: not 74'
# A reader that is gone before we write: the pipe's other end is opened, then closed, while we hold ours.
mkfifo "$work/fifo"
exec 3<>"$work/fifo"
exec 4>"$work/fifo"
exec 3<&-
"$naccs_cert" --help >&4 2>"$work/err"
[ $? = 74 ] || note 'a reader that went away: not 74'
exec 4>&-
"$naccs_cert" status --state-dir "$work/state" --config "$work/empty.conf" 2>&- >"$work/out" || note 'closed stderr breaks status'
expect_text out "pem:$work/store" 'closed stderr'
finish
