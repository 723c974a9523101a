#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# udp-amplify.bats - bytes that go to a path for each message there is, by bytes that came from it
#
# With the headers of IPv4 and UDP. With V=1 TSP_SHOW=1 the table of docs/security.md is shown.

# shellcheck disable=SC2154 # run sets lines
load ../lib/handler
load ../lib/udp

setup() {
	udp_begin
}

teardown() {
	test_end
}

# framed XML - as clients send it
framed() {
	printf 'Content-length: %u\\r\\n%s' "${#1}" "$1"
}

# sent NAME TEXT... - a conversation of these messages, the last one sent twice, from a new port;
# a row of the table
sent() {
	local name=$1 text sequence=0 in=0 out=0 line datagram=()
	shift
	port=$((port + 1))
	for text in "$@" "${!#}"; do
		datagram+=("$(message "$(printf 'f%07x' $((0xf0 + sequence)))" 7f000001 "$text")")
		((sequence == $# - 1)) || sequence=$((sequence + 1))
	done
	datagrams --again $((150 * SLOW)) --bind 127.88.$((BASHPID % 250)).9 --from $port < <(printf '%s\n' "${datagram[@]}")
	for line in "${datagram[@]}"; do in=$((in + ${#line} / 2 + 28)); done
	for line in "${lines[@]}"; do out=$((out + ${#line} / 2 + 28)); done
	printf '| %s | %u | %u | %u.%02u |\n' "$name" $in $out $((out / in)) $((100 * out / in % 100)) | tee -a "$TSP_DIR/table"
	[[ $out -le $((3 * in)) ]] || fail "$name: $in bytes in, $out out" "${lines[@]}"
}

@test "every message: at most three times the bytes" {
	local port=23700 version='VERSION=2.0.2\r\n' login='AUTHENTICATE ANONYMOUS\r\n' action
	config server.redirect='192.0.2.7 2001:db8::7 ts2.example.net' limits.per_address=64
	udp_start
	sent 'ECHO REQUEST' 'ECHO REQUEST'
	sent 'VERSION=2.0.2' "$version"
	sent 'VERSION=9' 'VERSION=9\r\n'
	sent 'VERSION=' 'VERSION=\r\n'
	sent 'a bare header' ''
	sent 'nonsense' 'x'
	sent 'AUTHENTICATE without VERSION' "$login"
	sent 'AUTHENTICATE ANONYMOUS' "$version" "$login"
	sent 'AUTHENTICATE PLAIN' "$version" 'AUTHENTICATE PLAIN\r\n'
	sent 'a wrong password' "$version" 'AUTHENTICATE PLAIN\r\n' '\0a\0a\r\n'
	sent 'AUTHENTICATE DIGEST-MD5' "$version" 'AUTHENTICATE DIGEST-MD5\r\n'
	sent 'another mechanism' "$version" 'AUTHENTICATE X\r\n'
	for action in create info delete accept reject x; do
		sent "$action, as short as it can be" "$version" "$login" "$(framed "<tunnel action=\"$action\"/>")"
	done
	sent 'create v6v4' "$version" "$login" "$(framed '<tunnel action="create" type="v6v4"><client/></tunnel>')"
	sent 'create v6udpv4' "$version" "$login" "$(framed '<tunnel action="create" type="v6udpv4"><client/></tunnel>')"
	sent 'create v6anyv4, with an address' "$version" "$login" \
		"$(framed '<tunnel action="create" type="v6anyv4"><client><address type="ipv4">10.0.0.1</address></client></tunnel>')"
	# some of them are answered: the table says something
	[[ $(awk -F'|' '$4 > 0' "$TSP_DIR/table" | wc -l) -ge 12 ]] || fail "$(<"$TSP_DIR/table")"
	[[ -z ${TSP_SHOW:-} ]] || cat "$TSP_DIR/table" >&3
}
