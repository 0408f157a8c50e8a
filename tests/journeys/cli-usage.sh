#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Wrong command lines: 64, usage.invalid, a hint; nothing is made, and no value is repeated.
. "$(dirname "$0")/cli-lib.sh"

# refused WORDS-IN-MESSAGE-OR-HINT ARGUMENTS…: as text and as JSON
refused() {
  local words=$1
  shift
  run "$@"
  expect_code 64 "$*"
  expect_text err "usage.invalid" "$*"
  expect_text err "$words" "$*"
  expect_no_text err hunter2 "$*"
  [ ! -s "$work/out" ] || note "$*: standard output is not empty"
  run --json "$@"
  expect_code 64 "--json $*"
  expect_json '.schema == 1 and .result == "failed" and .error.id == "usage.invalid" and (.error.message | length > 0) and (.error.hint | length > 0)
    and .stores == [] and .certificate == null and .warnings == []' "--json $*"
  expect_no_text out hunter2 "--json $*"
}

refused 'no command' -n
refused 'unknown command' frobnicate
refused 'Did you mean install?' instal x.p12
refused 'unknown option' verify --frobnicate
refused 'Did you mean --store?' verify --stroe pem:/x
refused 'Did you mean --state-dir?' verify --state x
refused 'Did you mean --password-file?' install x.p12 --password=hunter2
refused 'unknown option -x' verify -x
refused 'needs a value' verify --store
refused 'takes no value' verify --prune=hunter2
refused 'empty value' verify --store ''
refused 'given twice' verify --timeout 1 --timeout 2

for command in install resume verify status remove rollback stores config help version; do
  refused 'unknown option' $command --frobnicate
done
for option in --to --from --group --password-file --cert; do
  refused "stores takes no $option" stores $option pem:hunter2
done
for option in --prune --all-or-nothing --trust-client-ca; do
  refused "status takes no $option" status $option
done

refused 'resume takes no --store' resume --store pem:hunter2
refused 'install needs FILE' install --to pem:"$work/x"
refused '2 were given' install a.p12 hunter2 --to pem:"$work/x"
refused '--to URI' install a.p12
refused '--from URI' remove
refused '--from URI' rollback
refused 'takes no argument' status hunter2
refused 'check or show' config frobnicate
refused 'config needs check|show' config
refused 'no such command' help frobnicate
refused "Did you mean pem:$work/x?" install a.p12 --to "$work/x"
refused 'PIN must not stand' verify --store 'pkcs11:token=x?pin-value=hunter2'
refused 'not taken from a command' verify --store 'pkcs11:token=x?pin-source=|hunter2'
refused '--pin-file' verify --pin-file "$work/pin"
refused 'none of the stores needs a PIN' verify --store pem:"$work/x" --pin-file "$work/pin"
refused '2 stores may need a PIN' verify --store nss:"$work/x" --store nss:"$work/y" --pin-file "$work/pin"
refused 'ja or en' status --lang fr
refused '--at' status --at tomorrow
refused '--timeout' status --timeout soon
refused '--proxy-auth' status --proxy http://user:hunter2@proxy.example
refused '64 hexadecimal digits' install a.p12 --to pem:"$work/x" --client-ca-sha256 zz
refused 'choose one' install a.p12 --to pem:"$work/x" --trust-client-ca --client-ca-sha256 "$(printf '0%.0s' {1..64})"

[ ! -e "$work/state" ] || note 'a wrong command line made a state directory'
[ ! -e "$work/x" ] || note 'a wrong command line made a store'

# --json counts wherever it stands, but not after "--".
run --frobnicate verify --json
expect_json '.error.id == "usage.invalid"' 'late --json'
run verify -- --json
expect_code 64 'an argument --json'
[ ! -s "$work/out" ] || note '--json after -- was taken for an option'

# Without arguments: short help on stderr.
"$naccs_cert" >"$work/out" 2>"$work/err"
[ $? = 64 ] || note 'bare call: not 64'
expect_text err 'naccs-cert COMMAND --help' 'bare call'
[ ! -s "$work/out" ] || note 'bare call: standard output is not empty'

# Configuration that is asked for must be there and right.
run --terminal 11110A status
expect_code 78 'a terminal that no section describes'
printf '[terminal 22220B]\nstroe = pem:/x\n' >"$work/bad.conf"
"$naccs_cert" --json --config "$work/bad.conf" status >"$work/out"
[ $? = 78 ] || note 'bad configuration: not 78'
expect_json '.error.id == "config.invalid" and (.error.message | contains("bad.conf:2:")) and .error.hint == "Did you mean store?"' 'bad configuration'
"$naccs_cert" --json --config "$work/none.conf" status >"$work/out"
[ $? = 74 ] || note 'missing configuration: not 74'
expect_json '.error.id == "file.missing"' 'missing configuration'
finish
