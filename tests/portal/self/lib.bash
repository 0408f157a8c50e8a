# SPDX-License-Identifier: Apache-2.0
# Why: start a simulator of one's own, and walk through its screens with curl and xmllint as a person with a browser would: an independent
# reader of its pages, slow but simple. Sourced by the tests of this folder.

set -u
unset SSL_CERT_FILE SSL_CERT_DIR CURL_CA_BUNDLE SSLKEYLOGFILE OPENSSL_CONF OPENSSL_MODULES http_proxy https_proxy HTTPS_PROXY ALL_PROXY all_proxy
export LC_ALL=C.UTF-8

simulator=${NACCS_PORTAL_SIMULATOR:?the simulator\'s path}
for tool in curl jq xmllint openssl iconv; do
	command -v "$tool" >/dev/null || { echo "skipped: $tool is missing"; exit 77; }
done
room=$(mktemp -d)
simulator_pid=
failures=0

finish() {
	local status=$?
	[ -z "$simulator_pid" ] || { kill "$simulator_pid" 2>/dev/null; wait "$simulator_pid" || { echo "not ok - the simulator ended badly"; cat "$room/stderr"; status=1; }; }
	rm -rf "$room"
	[ "$failures" = 0 ] || status=1
	exit "$status"
}
trap finish EXIT

ok() { echo "ok - $1"; }
not_ok() { echo "not ok - $1"; failures=$((failures + 1)); }
# is NAME ACTUAL EXPECTED
is() { if [ "$2" = "$3" ]; then ok "$1"; else not_ok "$1: got '$2', expected '$3'"; fi; }

# start_simulator [OPTION…]: fills the array ready.
declare -A ready
start_simulator() {
	mkfifo "$room/ready"
	"$simulator" --dir "$room/portal" --pki "$room/pki" --die-with-parent "$@" >"$room/ready" 2>"$room/stderr" &
	simulator_pid=$!
	local line
	while read -r line; do
		ready[${line%%=*}]=${line#*=}
		[ "$line" != ready=yes ] || break
	done <"$room/ready"
	rm "$room/ready"
	[ "${ready[ready]:-}" = yes ] || { not_ok "the simulator starts"; cat "$room/stderr"; exit 1; }
	read_codes "${ready[codes]}"
}

read_codes() {
	code1=$(sed -n 's/^code1 = //p' "$1")
	code2=$(sed -n 's/^code2 = //p' "$1")
	code3=$(sed -n 's/^code3 = //p' "$1")
}

control() { curl -s -X POST -o /dev/null -w '%{http_code}' "http://127.0.0.1:${ready[control-port]}/$1"; }
journal() { curl -s "http://127.0.0.1:${ready[control-port]}/journal"; }

# --- a browser of few words ---

base=https://cert.nac.naccs.jp/NACCSClientCA/pages/ee
start="$base/index.jsp?s=Site1&p=CA1/NACCS&lan=ja"

# fetch URL [CURL OPTION…]: body (as it came), page (UTF-8), url (where we are), headers
fetch() {
	local target=$1
	shift
	url=$(curl -sS -L --compressed --max-time 20 -b "$room/jar" -c "$room/jar" --cacert "${anchor:-${ready[anchor]}}" --connect-to "::127.0.0.1:${ready[port]}" \
		-D "$room/headers" -o "$room/body" -w '%{url_effective}' "$@" "$target" 2>"$room/curl-error") || return
	decode >"$room/page"
	follow
}

charset_name() { case $dialect in *charset=shift_jis*) echo CP932 ;; *charset=euc-jp*) echo EUC-JP-MS ;; *) echo UTF-8 ;; esac; }

# To UTF-8, without what would tell xmllint otherwise.
decode() {
	iconv -f "$(charset_name)" -t UTF-8 "$room/body" 2>/dev/null |
		sed -E '1s/^\xef\xbb\xbf//; s/<\?xml[^>]*>//; s/<meta[^>]*charset=[^>]*>//I'
}

# xpath EXPRESSION: a string, of the current page
xpath() { xmllint --html --encode UTF-8 --xpath "$1" <(printf '<meta charset="utf-8">'; cat "$room/page") 2>/dev/null; }
text_of() { printf '%s' "$1" | tr -d ' \n\t\r\302\240' | sed 's/　//g'; }

# xpaths EXPRESSION…: their strings in the array found, by one call
xpaths() {
	local expression joined='' separator=$'\x7f'
	for expression in "$@"; do joined+="$expression,'$separator',"; done
	mapfile -d "$separator" -t found < <(xpath "concat(${joined}'')")
}

# The address that something relative means here, given the page's base tag.
resolve() { # ADDRESS BASE
	local path=${url%%\?*}
	[ -z "$2" ] || path=$2
	case $1 in
	http*) printf '%s' "$1" ;;
	/*) printf 'https://cert.nac.naccs.jp%s' "$1" ;;
	\?*) printf '%s%s' "${url%%\?*}" "$1" ;;
	../*) path=${path%/*}; printf '%s/%s' "${path%/*}" "${1#../}" ;;
	'') printf '%s' "$url" ;;
	*) printf '%s/%s' "${path%/*}" "$1" ;;
	esac
}

# Ways on that need no click: refreshes and scripts that only navigate.
follow() {
	local to
	grep -qi '^content-disposition\|^content-type: *application' "$room/headers" && return 0
	xpaths 'string(//meta[@http-equiv="refresh"]/@content)' 'string(//script)' 'string(//iframe[@width="0"]/@src)' 'string(//base/@href)'
	to=$(sed -n 's/\r$//; s/^[Rr]efresh: .*[Uu][Rr][Ll]=//p' "$room/headers" | tail -1)
	[ -n "$to" ] || to=$(sed -n 's/^[^;]*;url=//p' <<<"${found[0]}")
	[ -n "$to" ] || to=$(sed -nE "s/.*(location(\.href)? ?= ?|location\.replace\(|window\.open\()[\"']([^\"']*)[\"'].*/\3/p" <<<"${found[1]}")
	[ -n "$to" ] || to=${found[2]}
	[ -z "$to" ] || fetch "$(resolve "$to" "${found[3]}")"
}

to_charset() { printf '%s' "$1" | iconv -f UTF-8 -t "$(charset_name)"; }

# submit VALUE…: fill the text fields of the last form in order, and press its last button.
submit() {
	local form='//form[last()]' options=() action i type name value how=--data-urlencode get=() field count button select
	xpaths "$form/@action" "$form/@method" "$form/@enctype" "count($form//input)" "$form//button/@name" "$form//button/@value" \
		"$form//select/@name" "$form//option[@selected]/@value" '//base/@href'
	[ -n "${found[1]}" ] || return 1 # no form
	action=$(resolve "${found[0]}" "${found[8]}")
	[ "${found[2]}" != multipart/form-data ] || how=--form-string
	[ "${found[1]}" != get ] || get=(-G)
	count=${found[3]}
	button=(${found[4]:+$how "${found[4]}=$(to_charset "${found[5]}")"})
	select=(${found[6]:+$how "${found[6]}=${found[7]}"})
	for ((i = 1; i <= count; i++)); do
		field="($form//input)[$i]"
		xpaths "$field/@type" "$field/@name" "$field/@value" "count($field/@value)" "count($field[@disabled])" "count($field[@readonly])" "count($field[@checked])"
		type=${found[0]} name=${found[1]} value=${found[2]}
		[ "${found[4]}" = 0 ] || continue
		case $type in
		text | password)
			if [ "${found[5]}" = 0 ]; then value=$1; shift; fi ;;
		checkbox | radio)
			[ "${found[6]}" = 1 ] || continue
			[ "${found[3]}" = 1 ] || value=on ;;
		submit)
			[ -n "$name" ] && [ "$name" != clear ] || continue ;;
		image)
			options+=($how "$name.x=3" $how "$name.y=4")
			continue ;;
		button | reset) continue ;;
		esac
		options+=($how "$name=$(to_charset "$value")")
	done
	[ "${#get[@]}${#options[@]}${#button[@]}${#select[@]}" != 0000 ] || options=(-d '')
	fetch "$action" "${get[@]}" "${options[@]}" "${button[@]}" "${select[@]}"
}

# The address that the first of these elements leads to: href, or what its script names.
leads_to() {
	local href
	xpaths "$1/@href" "$1/@onclick" '//base/@href'
	href=${found[0]}
	case $href in '#' | '' | javascript:*) href=$(printf '%s' "${found[1]}$href" | sed -E "s/[^']*'([^']*)'.*/\1/") ;; esac
	resolve "$href" "${found[2]}"
}

title() { text_of "$(xpath 'string(//title)')"; }

# --- the journey, in steps; each leaves the page it led to ---

walk_login() {
	rm -f "$room/jar"
	fetch "$start" && submit "$1" "$2"
}

walk_to_form() {
	xpaths '(//frame|//iframe)[@name="menu"]/@src' '//base/@href'
	[ -z "${found[0]}" ] || fetch "$(resolve "${found[0]}" "${found[1]}")"
	fetch "$(leads_to '//a[contains(translate(normalize-space(string(.)), " 　", ""), "証明書の取得") or img[contains(@alt, "取得")]]')"
}

# walk_submit CODE3 PASSWORD
walk_submit() {
	case $dialect in *order=code-last*) submit "$2" "$2" "$1" ;; *) submit "$1" "$2" "$2" ;; esac
}

walk_download() {
	if [[ $dialect == *download=form* ]]; then
		submit
	else
		fetch "$(leads_to '(//*[contains(@onclick, "download.do") or contains(@href, "download.do")])[1]')"
	fi
}

# The whole of it, in the dialect that the simulator speaks now.
walk() {
	walk_login "$code1" "$code2" && walk_to_form && walk_submit "$code3" "$1" && walk_download
}

# Is the body a PKCS#12 with that password? Prints its certificates' subjects.
opens_with() { openssl pkcs12 -legacy -in "$room/body" -passin "pass:$1" -nokeys 2>/dev/null | sed -n 's/.*CN *= *//p' | sort -u | paste -sd ' '; }
