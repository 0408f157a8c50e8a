#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The program as a program of Windows: one file, its arguments and its output in any script of the world, exit codes as everywhere, what does not exist here refused.
source "$(dirname "$0")/windows.bash"
source "$here/../../harness/journey.sh"

# --- one file that loads libraries of Windows only ---
x86_64-w64-mingw32-objdump -p "$NACCS_CERT_EXE" | sed -n 's/^\tDLL Name: //p' | tr 'A-Z' 'a-z' | sort >"$scratch/imports"
[ -s "$scratch/imports" ] || fail "no imports were found"
printf '%s\n' advapi32 bcrypt crypt32 kernel32 msvcrt ncrypt ntdll ole32 shell32 shlwapi user32 winhttp ws2_32 | sed 's/$/.dll/' | sort >"$scratch/of-the-system"
[ -z "$(comm -23 "$scratch/imports" "$scratch/of-the-system")" ] || fail "it loads what is not Windows': $(comm -23 "$scratch/imports" "$scratch/of-the-system")"

# --- what every command line can say ---
make_pkcs12 a.p12 --key rsa --intermediate
expect 0 --version
grep -q '^naccs-cert [0-9]' "$scratch/out" || fail "version: $(cat "$scratch/out")"
for command in obtain renew resume install verify status remove rollback stores backup restore config; do
  expect 0 help "$command"
  grep -q "$command" "$scratch/out" || fail "help $command: $(cat "$scratch/out")"
done
expect_id 64 usage.invalid status --no-such-option
expect_id 64 usage.invalid nonsense
expect_id 64 usage.invalid config --systemd
grep -q -- --scheduled-task "$scratch/out" || fail "no hint: $(cat "$scratch/out")"
expect_id 64 usage.invalid --json status --user somebody
expect_id 64 usage.invalid install "$scratch/a.p12" --to nss:firefox --password-file "$scratch/password"
grep -q 'windows:, pem:' "$scratch/out" || fail "which stores there are is not said: $(cat "$scratch/out")"
! grep -q $'\r' "$scratch/out" || fail "line ends were translated"

# --- file names in Japanese, with blanks, beyond the machine's code page ---
folder="$scratch/証明書 ①𠮷 é"
mkdir "$folder"
cp "$scratch/a.p12" "$folder/申請者 証明書.p12"
cp "$scratch/password" "$folder/パスワード"
expect 0 --json install "$folder/申請者 証明書.p12" --password-file "$folder/パスワード" --to "pem:$folder/格納" --trust-client-ca
[ "$(json '.stores[0].uri')" = "pem:$(as_windows "$folder")/格納" ] || fail "the store's name: $(json '.stores[0].uri')"
[ -s "$folder/格納/$(live_set "$folder/格納")/privkey.pem" ] || fail "nothing lies in $folder"
expect 0 status
grep -q "pem:$(as_windows "$folder")/格納" "$scratch/out" || fail "status: $(cat "$scratch/out")"
expect 0 verify --store "pem:$folder/格納"
expect_id 74 file.missing install "$folder/ない.p12" --password-file "$folder/パスワード" --to "pem:$folder/格納"
json .error.message | grep -q 'ない.p12' || fail "the message does not name the file: $(json .error.message)"
openssl x509 -in "$folder/格納/$(live_set "$folder/格納")/cert.pem" -noout -subject | grep -q 11110A || fail "other programs can't read it"

# --- both separators, a relative path, the same store by any name ---
(cd "$folder" && expect 0 --json verify --store 'pem:.\格納' && [ "$(json .stores[0].verified.key)" = true ]) || fail "a relative path"
naccs --json verify --store "pem:c:\\${folder#"$WINEPREFIX"/drive_c/}\\格納\\"
[ "$code" = 0 ] || fail "backslashes: $(cat "$scratch/out")"

# --- standard input is read as bytes ---
expected=$(sha256sum <"$scratch/a.p12")
code=0
"$NACCS_CERT" --state-dir "$state" -n --json install - --password-file "$scratch/password" --to "pem:$scratch/from-stdin" --trust-client-ca <"$scratch/a.p12" >"$scratch/out" 2>"$scratch/err" || code=$?
[ "$code" = 0 ] || fail "standard input: $(cat "$scratch/out")"
[ "$expected" = "$(sha256sum <"$scratch/a.p12")" ]

# --- others may not read what holds a secret ---
chmod 644 "$scratch/password"
expect_id 78 secrets.permissions install "$scratch/a.p12" --password-file "$scratch/password" --to "pem:$scratch/other"
chmod 600 "$scratch/password"

# --- nobody can be asked where there is no console ---
expect_id 64 usage.invalid install "$scratch/a.p12" --to "pem:$scratch/other" --trust-client-ca
code=0
"$NACCS_CERT" --state-dir "$state" --json install "$scratch/a.p12" --to "pem:$scratch/other" --trust-client-ca </dev/null >"$scratch/out" 2>"$scratch/err" || code=$?
[ "$code" = 64 ] || fail "without a console: $code $(cat "$scratch/out")"

# --- output that can't be written ---
code=0
"$NACCS_CERT" --state-dir "$state" status >/dev/full 2>"$scratch/err" || code=$?
[ "$code" = 74 ] || fail "a full disk behind standard output: $code"

# --- the daily renewal, by a program in a folder that is safe wherever the build lies ---
mkdir -m 755 "$scratch/program"
cp "$NACCS_CERT_EXE" "$scratch/program/naccs-cert.exe"
export NACCS_CERT_EXE=$scratch/program/naccs-cert.exe
cat >"$folder/naccs-cert.conf" <<END
[terminal 11110A]
store = pem:格納
END
expect 0 --config "$folder/naccs-cert.conf" config --scheduled-task
xmllint --noout "$scratch/out" || fail "the task is no XML: $(cat "$scratch/out")"
value() { xmllint --xpath "string(//*[local-name() = '$1'])" "$2"; }
[[ $(value Command "$scratch/out") == [A-Z]:*\\naccs-cert.exe ]] || fail "the program: $(value Command "$scratch/out")"
[[ $(value Arguments "$scratch/out") == *'\証明書 ①𠮷 é\naccs-cert.conf" --state-dir "C:\journeys\'*' -n renew --due' ]] || fail "the arguments: $(value Arguments "$scratch/out")"
[[ $(value UserId "$scratch/out") == S-1-5-21-* ]] || fail "the user: $(value UserId "$scratch/out")"
[ "$(value StartWhenAvailable "$scratch/out") $(value RunLevel "$scratch/out") $(value RandomDelay "$scratch/out")" = 'true LeastPrivilege PT3H' ] || fail "$(cat "$scratch/out")"
expect 0 --config "$folder/naccs-cert.conf" config --scheduled-task --output "$folder/task"
[ "$(head -c 2 "$folder/task/naccs-cert-renew.xml" | od -An -tx1)" = ' ff fe' ] || fail "no byte order mark"
xmllint --noout "$folder/task/naccs-cert-renew.xml" || fail "the file is no XML"
grep -q 'schtasks /Create' "$scratch/out" || fail "how it is taken is not said: $(cat "$scratch/out")"
echo '[terminal 22220B]
store = windows:machine' >>"$folder/naccs-cert.conf"
expect 0 --config "$folder/naccs-cert.conf" config --scheduled-task
[ "$(value RunLevel "$scratch/out")" = HighestAvailable ] || fail "the machine's store needs an administrator"
# What is installed counts as what is configured does: renew --due renews both.
echo >"$scratch/no.conf"
task_of() {
  expect 0 --config "$scratch/no.conf" config --scheduled-task
  [ "$(value RunLevel "$scratch/out") $(value LogonType "$scratch/out")" = "$1" ] || fail "$2: $(cat "$scratch/out")"
}
installs=$state
state=$scratch/task-state
task_of 'LeastPrivilege InteractiveToken' "nothing is installed"
expect 0 install "$scratch/a.p12" --password-file "$scratch/password" --to "pem:$scratch/task-store" --trust-client-ca
task_of 'LeastPrivilege S4U' "files need nobody who is logged on"
expect 0 install "$scratch/a.p12" --password-file "$scratch/password" --to windows:machine --trust-client-ca
task_of 'HighestAvailable S4U' "the machine's store is installed into"
expect 0 install "$scratch/a.p12" --password-file "$scratch/password" --to windows:user --trust-client-ca
task_of 'HighestAvailable InteractiveToken' "the user's keys need him"
chmod 777 "$scratch/program"
expect_id 73 store.unsafe --config "$scratch/no.conf" config --scheduled-task
json .error.hint | grep -q icacls || fail "no way to mend it: $(cat "$scratch/out")"
chmod 755 "$scratch/program"
expect 0 remove --from windows:machine
expect 0 remove --from windows:user
state=$installs

# --- before the renewal opens: what is to be seen to is called by its name here ---
expect 0 --json install "$scratch/a.p12" --password-file "$scratch/password" --to "pem:$scratch/task-store" --trust-client-ca
expect 0 --at "$(date -u -d "$(json .certificate.renew_from) 2 days ago" +%Y-%m-%dT%H:%M:%SZ)" --json status --store "pem:$scratch/task-store"
json '.warnings[].message' | grep -q 'the task naccs-cert-renew' || fail "the warning before the renewal opens: $(cat "$scratch/out")"

# --- Ctrl-C is heard while renew --due waits for its turn ---
"$NACCS_CERT" --state-dir "$state" -n -v --json --at "$(date -u -d "$(jq -r .certificates[0].renew_from "$scratch/out") 2 days" +%Y-%m-%dT%H:%M:%SZ)" renew --due --random-delay 86400 \
  >"$scratch/out" 2>"$scratch/err" &
until grep -q Waiting "$scratch/err"; do
  kill -0 $! 2>/dev/null || fail "it ended by itself: $(cat "$scratch/out" "$scratch/err")"
  sleep 0.1
done
kill -INT $!
wait $! && code=0 || code=$?
[ "$code $(json .error.id)" = '75 run.cancelled' ] || fail "Ctrl-C while it waits: $code $(cat "$scratch/out" "$scratch/err")"

# --- where things lie when nothing is said ---
code=0
"$NACCS_CERT" config show --json >"$scratch/out" 2>"$scratch/err" || code=$?
[ "$code" = 0 ] || fail "config show: $(cat "$scratch/out" "$scratch/err")"
[[ $(json .state_dir) == C:/users/*/AppData/Local/naccs-cert ]] || fail "the state: $(json .state_dir)"
no_secret_in "$scratch/out" "$scratch/err"
