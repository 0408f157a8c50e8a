# SPDX-License-Identifier: Apache-2.0
# Completion of naccs-cert for bash: commands, the options that each takes, files, store URIs. It never opens a store or the network.

_naccs_cert_common='--config --state-dir --backend-dir --terminal --json --non-interactive --quiet --verbose --lang --at --timeout --anchor --portal
  --proxy --proxy-auth --connect-to --help --version'

_naccs_cert_options() {
  case $1 in
    install) echo --to --group --pin-file --user --password-file --client-ca-sha256 --trust-client-ca --all-or-nothing --prune --backup --passphrase-file ;;
    obtain) echo --to --codes --group --pin-file --user --password-file --client-ca-sha256 --trust-client-ca --all-or-nothing --prune --backup --passphrase-file ;;
    backup) echo --from --cert --pin-file --user --passphrase-file ;;
    restore) echo --to --cert --group --pin-file --user --client-ca-sha256 --trust-client-ca --all-or-nothing --prune --passphrase-file --config-to ;;
    resume) echo --codes --apply-again --user --client-ca-sha256 --trust-client-ca --backup --passphrase-file ;;
    renew) echo --from --to --cert --due --detailed-exitcode --random-delay --apply-again --group --pin-file --user --password-file --client-ca-sha256 --trust-client-ca --all-or-nothing --prune --backup --passphrase-file ;;
    verify) echo --store --cert --pin-file --online --host --user ;;
    status) echo --store --pin-file --user --check --metrics ;;
    config) echo --user --systemd --scheduled-task --output ;;
    stores) echo --user ;;
    remove | rollback) echo --from --cert --pin-file --user ;;
  esac
}

_naccs_cert() {
  local commands='obtain renew resume install verify status remove rollback backup restore stores config help version'
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} command='' i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD && ${#command} == 0; i++)); do
    [[ " $commands " != *" ${COMP_WORDS[i]} "* ]] || command=${COMP_WORDS[i]}
  done
  case $previous in
    --config | --anchor | --portal | --proxy-auth | --pin-file | --password-file | --codes | --backup | --passphrase-file | --config-to)
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -f -- "$current")
      return ;;
    --state-dir | --backend-dir | --output)
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -d -- "$current")
      return ;;
    --to | --from | --store)
      compopt -o nospace 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -W 'pem: nss: nss:firefox nss:firefox/ nss:thunderbird nss:thunderbird/ nss:chromium nss:all pkcs11:' -- "$current")
      return ;;
    --lang)
      mapfile -t COMPREPLY < <(compgen -W 'ja en' -- "$current")
      return ;;
    --group)
      mapfile -t COMPREPLY < <(compgen -g -- "$current")
      return ;;
    --user)
      mapfile -t COMPREPLY < <(compgen -u -- "$current")
      return ;;
    --terminal | --at | --timeout | --proxy | --connect-to | --cert | --client-ca-sha256 | --random-delay)
      return ;;
  esac
  if [[ $current == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$_naccs_cert_common $(_naccs_cert_options "$command")" -- "$current")
  elif [[ -z $command || $command == help ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$commands" -- "$current")
  elif [[ $command == config ]]; then
    mapfile -t COMPREPLY < <(compgen -W 'check show' -- "$current")
  elif [[ $command == install || $command == backup || $command == restore ]]; then
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -f -- "$current")
  fi
}

complete -F _naccs_cert naccs-cert
