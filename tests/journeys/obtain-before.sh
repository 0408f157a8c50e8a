#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What can fail without the portal fails before the portal hears of us; ways to the portal through proxies; where codes come from; warnings.
source "$(dirname "$0")/../harness/portal.bash"
start_portal
obtain_options

# unheard CODE ID ARGUMENTS…: obtain ends so, and nobody connected to the portal.
unheard() {
  local expected=$1 id=$2
  shift 2
  begin_alone unheard
  expect_id "$expected" "$id" "${to_portal[@]}" obtain "$@"
  [ "$(connections)" = 0 ] || fail "the portal was connected to: obtain $*"
  [ ! -e "$state" ] || no_leftover "$state"
  no_code_in "$scratch/out" "$scratch/err" "$scratch/runs"
}
store=$scratch/runs/unheard/store
usual=(--codes "$codes" --to "pem:$store" --trust-client-ca)

# ---- stores
ln -s / "$scratch/link"
unheard 73 store.unsafe --codes "$codes" --to "pem:$scratch/link" --trust-client-ca
mkdir -m 777 "$scratch/open"
unheard 73 store.unsafe --codes "$codes" --to "pem:$scratch/open" --trust-client-ca
: >"$scratch/file"
unheard 73 store.open --codes "$codes" --to "pem:$scratch/file" --trust-client-ca
unheard 73 store.open --codes "$codes" --to "pem:$store" --to "pem:$scratch/file/below" --trust-client-ca
[ ! -e "$store/live" ] || fail "a store was filled"
if [ "$(id -u)" != 0 ]; then
  mkdir "$scratch/readonly"
  chmod 500 "$scratch/readonly"
  unheard 73 store.open --codes "$codes" --to "pem:$scratch/readonly" --trust-client-ca
else
  unheard 73 store.open --codes "$codes" --to "pem:/proc/naccs-cert" --trust-client-ca
fi
# one that can never take the key, beside a good one
unheard 73 store.unsupported --backend-dir "$KEYLESS_BACKEND_DIR" --codes "$codes" --to "pem:$store" --to "folder:$scratch/keyless" --trust-client-ca
grep -q "folder:$scratch/keyless" "$scratch/out" || fail "the store is not named: $(cat "$scratch/out")"
unheard 64 usage.invalid --codes "$codes" --trust-client-ca
unheard 64 usage.invalid --codes "$codes" --to "nothing:$store" --trust-client-ca

# ---- consent, codes, password
unheard 64 usage.invalid --codes "$codes" --to "pem:$store"
unheard 64 usage.invalid --to "pem:$store" --trust-client-ca # nobody to ask for the codes
cp "$codes" "$scratch/codes"
for mode in 640 604 644 660; do
  chmod $mode "$scratch/codes"
  unheard 78 secrets.permissions --codes "$scratch/codes" --to "pem:$store" --trust-client-ca
done
chmod 600 "$scratch/codes"
sed -i '/^code3/d' "$scratch/codes"
unheard 78 config.invalid --codes "$scratch/codes" --to "pem:$store" --trust-client-ca
unheard 74 file.missing --codes "$scratch/none" --to "pem:$store" --trust-client-ca
for bad in 12345678901234567 'パスワード' 'ab cd' $'ab\tcd' ''; do
  printf '%s\n' "$bad" >"$scratch/bad-password"
  chmod 600 "$scratch/bad-password"
  unheard 64 usage.invalid "${usual[@]}" --password-file "$scratch/bad-password"
done
chmod 644 "$scratch/bad-password"
unheard 78 secrets.permissions "${usual[@]}" --password-file "$scratch/bad-password"

# ---- a description that can't be used; proxies that are not spoken with
printf '[portal]\nhost = cert.nac.naccs.jp\n' >"$scratch/half.ini"
unheard 78 config.invalid "${usual[@]}" --portal "$scratch/half.ini"
unheard 69 net.proxy-refused "${usual[@]}" --proxy "https://127.0.0.1:${portal[port]}"
for name in https_proxy HTTPS_PROXY ALL_PROXY; do
  export $name="https://127.0.0.1:${portal[port]}"
  unheard 69 net.proxy-refused "${usual[@]}"
  unset $name
done

# ---- two at once: the first waits for the portal
begin_alone twice
control "fault?set=stall@login"
"$NACCS_CERT" --state-dir "$state" -n "${to_portal[@]}" obtain "${usual[@]}" >/dev/null 2>"$scratch/first-err" </dev/null &
first=$!
until grep -q '"stall"' "$journal"; do kill -0 $first || fail "the first ended: $(cat "$scratch/first-err")"; done
expect_id 75 run.locked "${to_portal[@]}" obtain "${usual[@]}"
expect_id 75 run.locked "${to_portal[@]}" resume
kill $first
wait $first || true
[ "$(requests)" = 1 ] || fail "$run: more than the first asked the portal"
control reset

# ---- what works
# obtained NAME ARGUMENTS…
obtained() {
  begin_alone "$1"
  shift
  expect 0 --json "$@" --to "pem:$store" --trust-client-ca
  settle
  [ "$(sent)" = "1 1 1 1" ] || fail "$run: sent so often: $(sent)"
  no_leftover "$state"
  no_code_in "$scratch/out" "$scratch/err" "$state"
}
mkdir "$scratch/credentials"
cp "$codes" "$scratch/credentials/codes"
CREDENTIALS_DIRECTORY=$scratch/credentials obtained credentials-directory "${to_portal[@]}" obtain
obtained given-password "${to_portal[@]}" obtain --codes "$codes" --password-file "$scratch/password"
[ "$(journal_of_run 'map(select(.event == "request") | .fields.password | values) | unique | join(" ")')" = "$password" ] || fail "$run: another password"
no_secret_in "$state" "$scratch/out" "$scratch/err"
for password_text in 'a' '\"<>&%+;=#~|' '1234567890123456'; do
  printf '%s\n' "$password_text" >"$scratch/symbols"
  chmod 600 "$scratch/symbols"
  for dialect in plain charset=shift_jis,enctype=multipart charset=euc-jp; do
    control "dialect?set=plain,$dialect"
    obtained "password-$dialect" "${to_portal[@]}" obtain --codes "$codes" --password-file "$scratch/symbols"
  done
done
control "dialect?set=plain"

# A portal whose words changed, and the description that says so.
begin_alone changed
control "fault?set=label-changed"
expect_id 76 portal.unknown-page "${to_portal[@]}" obtain "${usual[@]:0:2}" --to "pem:$store" --trust-client-ca
sed 's/^code3 = 認証コード3$/&\ncode3 = 認証番号3/' "$(dirname "$0")/../../core/portal/portals/naccs.ini" >"$scratch/changed.ini"
begin_alone described
control "fault?set=label-changed"
expect 0 --json "${to_portal[@]}" --portal "$scratch/changed.ini" obtain --codes "$codes" --to "pem:$store" --trust-client-ca
control reset

# Shortly before midnight in Japan, and not at noon.
control "clock?set=2026-11-20T14:45:00Z"
obtained near-midnight --at 2026-11-20T14:45:00Z "${to_portal[@]:2}" obtain --codes "$codes"
[ "$(json '.warnings | map(.id) | join(" ")')" = portal.near-midnight ] || fail "no warning near midnight: $(json .warnings)"
control "clock?set=$now"
obtained noon "${to_portal[@]}" obtain --codes "$codes"
[ "$(json '.warnings | length')" = 0 ] || fail "a warning at noon: $(json .warnings)"

# ---- proxies
proxied=(--at "$now" --anchor "${portal[anchor-with-intermediate]}")
start_proxy
obtained proxy "${proxied[@]}" --proxy "http://127.0.0.1:${proxy[port]}" obtain --codes "$codes"
jq -es 'map(select(.event == "request")) | length == 1 and .[0].target == "cert.nac.naccs.jp:443"' "${proxy[journal]}" >/dev/null || fail "the proxy says: $(cat "${proxy[journal]}")"
for name in https_proxy HTTPS_PROXY ALL_PROXY; do
  export $name="http://127.0.0.1:${proxy[port]}"
  : >"${proxy[journal]}"
  obtained "by-$name" "${proxied[@]}" obtain --codes "$codes"
  grep -q '"request"' "${proxy[journal]}" || fail "$name was not used"
  unset $name
done
stop_proxy

for kind in basic digest digest-sha256; do
  rm -f "$scratch/proxy/proxy-journal.jsonl"
  start_proxy --auth $kind --user proxy-user --password proxy-Secret77
  printf 'proxy-Secret77\n' >"$scratch/more-secrets"
  obtained "proxy-$kind" "${proxied[@]}" -vv --proxy "http://127.0.0.1:${proxy[port]}" --proxy-auth "${proxy[proxy-auth]}" obtain --codes "$codes"
  printf 'proxy-user:wrong-Secret78\n' >"$scratch/wrong-auth"
  printf 'wrong-Secret78\n' >"$scratch/more-secrets"
  chmod 600 "$scratch/wrong-auth"
  begin_alone "wrong-$kind"
  expect_id 69 net.proxy-refused "${proxied[@]}" -vv --proxy "http://127.0.0.1:${proxy[port]}" --proxy-auth "$scratch/wrong-auth" obtain "${usual[@]}"
  [ "$(connections)" = 0 ] || fail "$run: the portal was connected to"
  no_code_in "$scratch/out" "$scratch/err" "$state"
  expect_id 69 net.proxy-refused "${proxied[@]}" --proxy "http://127.0.0.1:${proxy[port]}" obtain "${usual[@]}"
  stop_proxy
done
start_proxy --refuse 403
begin_alone refusing
expect_id 69 net.proxy-refused "${proxied[@]}" --proxy "http://127.0.0.1:${proxy[port]}" obtain "${usual[@]}"
stop_proxy
stop_portal
