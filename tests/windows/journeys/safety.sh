#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What must not be lost on Windows either: a program that is ended in the middle, hooks that fail or hang, a change of machine, the system's proxy.
source "$(dirname "$0")/windows.bash"
source "$here/../../harness/portal.bash"

start_portal --status-delay 0
obtain_options

# --- ended (TerminateProcess) while the file comes: resume finishes with the same password, and code 3 is not sent again ---
begin_run ended
control "fault?set=stall@file:1"
"$NACCS_CERT" --state-dir "$state" -n "${to_portal[@]}" obtain --codes "$codes" --to "pem:$store" --to windows:user --trust-client-ca >"$scratch/out" 2>"$scratch/err" 9>&- &
until grep -q '"stall"' "$journal"; do kill -0 $! 2>/dev/null || fail "it ended by itself: $(cat "$scratch/out" "$scratch/err")"; done
kill -9 $!
wait $! 2>/dev/null || :
expect 0 "${to_portal[@]}" --json resume --codes "$codes" --trust-client-ca
[ "$(json '[.stores[] | .result, .verified.key] | join(" ")')" = "installed true installed true" ] || fail "resume: $(cat "$scratch/out")"
no_leftover "$state"
no_code_in "$scratch/out" "$scratch/err" "$state"

# --- hooks: what they get, what they say, what they end with ---
hooks=$scratch/設定
mkdir -p "$hooks/hooks/deploy.d" "$hooks/hooks/pre.d" "$hooks/hooks/post.d"
cat >"$hooks/naccs-cert.conf" <<END
[terminal 11110A]
codes = $(as_windows "$codes")
store = pem:$(as_windows "$hooks/store")
deploy-hook = echo %NACCS_CERT_TERMINAL% %NACCS_CERT_NOT_AFTER%>"%TEMP%\\naccs-deploy.txt"&& set > "%TEMP%\\naccs-environment.txt"
END
printf '@echo from a file: %%NACCS_CERT_SERIAL%% & exit /b 7\r\n' >"$hooks/hooks/deploy.d/10-fails.cmd"
printf '@echo ran> "%%TEMP%%\\naccs-second.txt"\r\n' >"$hooks/hooks/deploy.d/20 not a hook.cmd"
printf '@echo ran> "%%TEMP%%\\naccs-second.txt"\r\n' >"$hooks/hooks/deploy.d/20-runs.bat"
chmod -R go-w "$hooks"
temp=$WINEPREFIX/drive_c/users/$(id -un)/AppData/Local/Temp
mkdir -p "$temp"
rm -f "$temp"/naccs-*
state=$scratch/hook-state
make_pkcs12 a.p12 --key rsa
expect 22 --config "$hooks/naccs-cert.conf" install "$scratch/a.p12" --terminal 11110A --password-file "$scratch/password" --trust-client-ca
grep -q 'hook: from a file: [0-9a-f]' "$scratch/err" || fail "what the hook said: $(cat "$scratch/err")"
grep -q 'exit code 7' "$scratch/err" || fail "what the hook ended with: $(cat "$scratch/err")"
grep -q '^11110A 2031-' "$temp/naccs-deploy.txt" || fail "the deploy hook: $(cat "$temp/naccs-deploy.txt")"
grep -q ran "$temp/naccs-second.txt" || fail "the second hook did not run"
grep -qi '^PATH=.*system32' "$temp/naccs-environment.txt" || fail "no PATH: $(cat "$temp/naccs-environment.txt")"
! grep -qE 'SSL_CERT_FILE|XDG_|OPENSSL|WINEPREFIX' "$temp/naccs-environment.txt" || fail "the environment was handed on: $(cat "$temp/naccs-environment.txt")"
expect 0 --config "$hooks/naccs-cert.conf" verify --terminal 11110A
rm -f "$temp"/naccs-*

# --- a backup, and restored on a machine that knows nothing ---
printf 'correct horse battery\n' >"$scratch/passphrase"
chmod 600 "$scratch/passphrase"
expect 0 --config "$hooks/naccs-cert.conf" backup "$scratch/控え.bak" --passphrase-file "$scratch/passphrase"
no_secret_in "$scratch/控え.bak"
openssl pkcs12 -in "$scratch/控え.bak" -passin "file:$scratch/passphrase" -nokeys -noout || fail "other programs can't open the backup"
expect_id 77 run.refused --config "$hooks/naccs-cert.conf" backup "$scratch/控え.bak" --passphrase-file "$scratch/passphrase"
state=$scratch/restored-state
expect 0 --json restore "$scratch/控え.bak" --passphrase-file "$scratch/passphrase" --to "pem:$scratch/restored" --trust-client-ca
[ "$(json '.stores[0].verified.key')" = true ] || fail "restore: $(cat "$scratch/out")"

# --- the system's proxy is asked, the environment and --proxy go before it, exceptions are kept ---
start_proxy
begin_run proxy
to_proxy=(--at "$now" --anchor "${portal[anchor-with-intermediate]}")
settings='HKCU\Software\Microsoft\Windows\CurrentVersion\Internet Settings\Connections'
le32() { printf '%02x000000' "$1"; }
text() { le32 "${#1}"; printf '%s' "$1" | od -An -v -tx1 | tr -d ' \n'; }
# system_proxy PROXY EXCEPTIONS: as the dialog of Windows writes it.
system_proxy() {
  under_wine reg add "$settings" /v DefaultConnectionSettings /t REG_BINARY /d "$(le32 70)$(le32 1)$(le32 3)$(text "$1")$(text "$2")$(le32 0)" /f >/dev/null
}
system_proxy "http=unheard-of.example:1;https=127.0.0.1:${proxy[port]}" '*.other.example;<local>'
unset http_proxy https_proxy HTTPS_PROXY ALL_PROXY all_proxy NO_PROXY no_proxy
expect 0 "${to_proxy[@]}" obtain --codes "$codes" --to "pem:$store" --trust-client-ca
grep -q '"request"' "${proxy[journal]}" || fail "the system's proxy was not asked"
expect_id 69 net.unreachable "${to_proxy[@]}" --proxy http://127.0.0.1:9 verify --online --host cert.nac.naccs.jp
system_proxy "127.0.0.1:${proxy[port]}" '*.naccs.jp'
expect_id 69 net.unreachable "${to_proxy[@]}" verify --online --host cert.nac.naccs.jp
under_wine reg delete "$settings" /v DefaultConnectionSettings /f >/dev/null
stop_proxy
stop_portal
