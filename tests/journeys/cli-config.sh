#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The configuration: checked, shown, and used by --terminal. Arguments: naccs-cert make-pkcs12
. "$(dirname "$0")/cli-lib.sh"
make_pkcs12=$2
conf=$work/naccs-cert.conf

use() {
  "$naccs_cert" --state-dir "$work/state" --config "$conf" "$@" >"$work/out" 2>"$work/err" </dev/null
  code=$?
}

cat >"$conf" <<END
[portal]
proxy = http://proxy.example:8080
anchor = anchor.pem

[terminal 11110A]
codes = 11110A.codes
store = pem:$work/store
renew-before = 14d
END
use config check --json
expect_code 74 'an anchor that is missing'
expect_json '.error.id == "file.missing" and (.error.message | contains("anchor.pem"))' 'an anchor that is missing'
: >"$work/anchor.pem"
use config check --json
expect_code 78 'an anchor file without a certificate'
expect_json '.error.id == "config.invalid"' 'an anchor file without a certificate'
use config show --json
expect_json '.config_file == $conf and .portal.anchor == [$dir + "/anchor.pem"] and .terminals[0]["renew-before-seconds"] == 1209600
  and .terminals[0].codes == $dir + "/11110A.codes" and .terminals[0].group == null' 'config show --json'
use config show
expect_text out 'proxy = http://proxy.example:8080' 'config show'
expect_text out '[terminal 11110A]' 'config show'

sed -i '/^anchor/d' "$conf"
use config check
expect_code 0 'config check'
expect_text out 'terminals: 1' 'config check'

printf 'code1 = hunter2\n' >"$work/11110A.codes"
chmod 644 "$work/11110A.codes"
use config check --json
expect_code 78 'codes that others can read'
expect_json '.error.id == "secrets.permissions" and (.error.hint | contains("chmod"))' 'codes that others can read'
chmod 600 "$work/11110A.codes"
printf 'hunter2\n' >"$work/11110A.codes"
use config check --json
expect_code 78 'codes that are not understood'
expect_json '.error.id == "config.invalid" and (.error.message | contains(".codes:1:"))' 'codes that are not understood'
expect_no_text out hunter2 'codes that are not understood'
rm "$work/11110A.codes"

# --terminal brings the store, and its hooks are not run from a file that others can write.
printf secret1 >"$work/password"
chmod 600 "$work/password"
"$make_pkcs12" --out "$work/client.p12" --password-file "$work/password" --ca-dir "$work/pki" || note 'make-pkcs12 failed'
use install "$work/client.p12" --terminal 11110A --password-file "$work/password" --trust-client-ca --json
expect_code 0 'install --terminal'
expect_json '.result == "installed" and .stores[0].uri == "pem:" + $dir + "/store"' 'install --terminal'
use verify --terminal 11110A --json
expect_json '.result == "verified"' 'verify --terminal'
use status --terminal 99999Z --json
expect_code 78 'an unknown terminal'
expect_json '.error.id == "config.invalid" and (.error.hint | contains("11110A"))' 'an unknown terminal'
printf 'deploy-hook = touch %s/hooked\n' "$work" >>"$conf"
chmod 666 "$conf"
use status --json
expect_code 78 'hooks in a file that others can write'
expect_json '.error.id == "config.invalid" and (.error.hint | contains("chmod go-w"))' 'hooks in a file that others can write'
[ ! -e "$work/hooked" ] || note 'the hook was run'
finish
