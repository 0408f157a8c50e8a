#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Hooks: which run when, what they learn, how long they may take, who may have written them; a failing one undoes no good install.
portal_options=()
source "$(dirname "$0")/../harness/renewal.bash"
obtain_template 'pem:@/store'
first=$(readlink "$scratch/template/store/live")
# The hook folders lie beside the configuration; others must not be able to write there, nor above.
safe=$(mktemp -d /var/tmp/naccs-hooks-XXXXXX)
trap 'end_servers; cleanup; rm -rf "$safe"' EXIT

# hook FOLDER NAME COMMAND: a program that notes that it ran.
hook() {
  mkdir -p "$safe/hooks/$1.d"
  printf '#!/bin/sh\n%s\n' "$3" >"$safe/hooks/$1.d/$2"
  chmod 755 "$safe/hooks/$1.d/$2"
}
fresh_hooks() {
  fresh "$1"
  rm -rf "${safe:?}"/*
  printf '[terminal 11110A]\nstore = pem:%s\ndeploy-hook = echo command >>%s/order\n' "$store" "$safe" >"$safe/naccs-cert.conf"
}
renew() { naccs --config "$safe/naccs-cert.conf" "${to_portal[@]}" "$@" --json renew --terminal 11110A; }
order() { tr '\n' ' ' <"$safe/order"; }

# --- in their order, once, with what they need and no secret ---
fresh_hooks order
for folder in pre deploy post; do
  hook $folder 20-second "echo $folder-20 >>$safe/order"
  hook $folder 10-first "echo $folder-10 >>$safe/order; env >$safe/env-$folder; readlink $store/live >$safe/live-$folder; echo 'out of $folder'; echo 'error of $folder' >&2"
  hook $folder 'copy~' "echo wrong >>$safe/order"
  hook $folder .hidden "echo wrong >>$safe/order"
done
printf 'echo wrong' >"$safe/hooks/deploy.d/not-a-program"
export SECRET_OF_THE_CALLER=1
renew
[ "$code $(json .result)" = "0 renewed" ] || fail "$code $(cat "$scratch/out" "$scratch/err")"
[ "$(order)" = "pre-10 pre-20 command deploy-10 deploy-20 post-10 post-20 " ] || fail "order: $(order)"
[ "$(cat "$safe/live-pre")" = "$first" ] && [ "$(cat "$safe/live-deploy")" = "$(current)" ] || fail "hooks ran at another time than they say"
for folder in pre deploy post; do
  grep -v -E '^(PWD|SHLVL|_|OLDPWD)=' "$safe/env-$folder" | sed 's/=.*//' | sort | tr '\n' ' ' >"$safe/names"
  [ "$(cat "$safe/names")" = "NACCS_CERT_NOT_AFTER NACCS_CERT_SERIAL NACCS_CERT_STORES NACCS_CERT_TERMINAL PATH " ] || fail "$folder: $(cat "$safe/names")"
  grep -q "hook: out of $folder" "$scratch/err" && grep -q "hook: error of $folder" "$scratch/err" || fail "what $folder wrote is not told"
done
serial=$(openssl x509 -in "$store/live/cert.pem" -noout -serial | sed 's/.*=//' | tr 'A-F' 'a-f')
grep -q "NACCS_CERT_SERIAL=$serial" "$safe/env-deploy" || fail "deploy hooks learn another serial"
grep -q "NACCS_CERT_TERMINAL=11110A" "$safe/env-pre" && grep -q "NACCS_CERT_STORES=pem:$store" "$safe/env-pre" || fail "pre hooks learn too little"
is_renewed

# --- not due: no hook runs ---
fresh_hooks early
hook pre 1 "echo pre >>$safe/order"
hook post 1 "echo post >>$safe/order"
to_portal[1]=$early
renew
[ "$code" = 77 ] && [ ! -e "$safe/order" ] || fail "hooks ran although nothing was due"
to_portal[1]=$later

# --- a pre hook that fails: nothing is sent, 22; post hooks run all the same ---
fresh_hooks pre-fails
hook pre 1 'exit 3'
hook pre 2 "echo wrong >>$safe/order"
hook post 1 "echo post >>$safe/order"
renew
[ "$code $(json .error.id)" = "22 hook.failed" ] || fail "$code $(cat "$scratch/out")"
[ "$(requests)" = 0 ] && [ "$(order)" = "post " ] || fail "$(requests) requests, $(order)"
is_untouched

# --- a deploy hook that fails: 22, and the install stays; the others run ---
fresh_hooks deploy-fails
hook deploy 1 'exit 3'
hook deploy 2 "echo deploy-2 >>$safe/order"
renew
[ "$code $(json .result) $(json .error.id)" = "22 renewed hook.failed" ] || fail "$code $(cat "$scratch/out")"
[ "$(order)" = "command deploy-2 " ] || fail "$(order)"
is_renewed
[ "$(escrow_state)" = none ] || fail "escrow holds $(escrow_state)"
expect 0 --config "$safe/naccs-cert.conf" "${to_portal[@]}" renew --due

# --- who may have written them ---
for wrong in folder file above; do
  fresh_hooks "writable-$wrong"
  hook deploy 1 "echo wrong >>$safe/order"
  case $wrong in
    folder) chmod 777 "$safe/hooks/deploy.d" ;;
    file) chmod 666 "$safe/hooks/deploy.d/1" && chmod +x "$safe/hooks/deploy.d/1" ;;
    above) chmod 777 "$safe/hooks" ;;
  esac
  renew
  [ "$code $(json .error.id)" = "22 hook.failed" ] || fail "$run: $code $(cat "$scratch/out")"
  [ "$(order)" = "command " ] || fail "$run: $(order)"
  is_renewed
done

# --- a path with every character, and what stays in the background is not waited for ---
fresh_hooks background
hook deploy 1 'sleep 1000 & echo started'
renew
[ "$code" = 0 ] || fail "$code $(cat "$scratch/out")"
grep -q 'hook: started' "$scratch/err" || fail "not run"
pkill -P 1 -f '^sleep 1000$' 2>/dev/null || true

# --- the other commands that make a certificate current ---
fresh_hooks rollback
renew
hook deploy 1 "echo deploy >>$safe/order"
rm "$safe/order"
expect 0 --config "$safe/naccs-cert.conf" "${to_portal[@]}" rollback --terminal 11110A
[ "$(order)" = "command deploy " ] || fail "rollback: $(order)"

stop_portal
