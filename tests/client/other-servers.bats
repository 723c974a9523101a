#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# other-servers.bats - conversations with servers of others, written down from their wire format
#
# tsps (2011) serves UDP alone, in one process: it drops a conversation at the first message
# that it does not expect, and says so by a status without a length.

# shellcheck disable=SC2153,SC2154 # variables of the libraries and of bats
load ../lib/handler
load ../lib/tspc
load ../lib/netns
load ../lib/false_server

setup() {
	false_begin
}

teardown() {
	net_end
}

# tsps_offer - as tsps lays it out: tabs, compressed addresses, a week of 604800
tsps_offer() {
	framed '200 Success\r\n<tunnel action="info" type="v6udpv4" lifetime="604800">\r\n\x09<server>\r\n\x09\x09<address type="ipv4">192.0.2.1</address>\r\n\x09\x09<address type="ipv6">2001:db8:1::1</address>\r\n\x09</server>\r\n\x09<client>\r\n\x09\x09<address type="ipv4">192.0.2.2</address>\r\n\x09\x09<address type="ipv6">2001:db8:1::c000:202:b2c1</address>\r\n\x09\x09<keepalive interval="30">\r\n\x09\x09\x09<address type="ipv6">2001:db8:1::1</address>\r\n\x09\x09</keepalive>\r\n\x09</client>\r\n</tunnel>\r\n'
}

# heard_in_order WORD... - the server heard one message with each word, and no others
heard_in_order() {
	local -a messages words=("$@")
	local i
	mapfile -t messages < <(grep '^udp ' "$TSP_DIR/heard")
	[[ ${#messages[@]} -eq $# ]] || fail "$(<"$TSP_DIR/heard")"
	for ((i = 0; i < $#; i++)); do
		[[ ${messages[i]} == *"${words[i]}"* ]] || fail "no ${words[i]}" "${messages[i]}"
	done
}

# tsps_gives_a_tunnel WORD... - the tunnel is up, and tsps heard these messages
tsps_gives_a_tunnel() {
	[[ $status -eq 0 && $output == *"up: 2001:db8:1::c000:202:b2c1"*"v6udpv4"* ]] || fail "$output" "$(<"$TSP_DIR/heard")"
	grep -q "TSP_KEEPALIVE_ADDRESS_IPV6='2001:db8:1::1'" "$TSP_DIR/run.log"
	heard_in_order "$@"
}

@test "tsps: an anonymous tunnel, in either mode that it takes" {
	local mode
	for mode in v6udpv4 v6anyv4; do
		says -l -u 'CAPABILITY TUNNEL=V6UDPV4 AUTH=ANONYMOUS\r\n' "$SUCCESS" "$(tsps_offer)" ""
		once tunnel_mode=$mode
		tsps_gives_a_tunnel VERSION=2.0.2 'AUTHENTICATE ANONYMOUS' "type=\"$mode\"" 'action="accept"'
		silence
	done
}

@test "tsps: a login by PLAIN, which it answers with a bare header first" {
	says -l -u 'CAPABILITY TUNNEL=V6UDPV4 AUTH=PLAIN AUTH=DIGEST-MD5\r\n' "" "$SUCCESS" "$(tsps_offer)" ""
	once auth_method=plain userid=alice passwd=s3cret tunnel_mode=v6udpv4
	tsps_gives_a_tunnel VERSION=2.0.2 'AUTHENTICATE PLAIN' '\x00alice\x00s3cret' 'action="create"' 'action="accept"'
}

@test "tsps: what it refuses is told in a line, and the template is not run" {
	says -l -u 'CAPABILITY TUNNEL=V6UDPV4 AUTH=ANONYMOUS\r\n' "$SUCCESS" '310 Unsupported client tunnel\r\n'
	rejected "status 310, Server side error: the server's operator has to look" tunnel_mode=v6udpv4
	silence
	says -l -u 'CAPABILITY TUNNEL=V6UDPV4 AUTH=PLAIN\r\n' "" '300 Authentication failed\r\n'
	rejected "status 300, Authentication failed: check userid, passwd" auth_method=plain userid=alice passwd=wrong tunnel_mode=v6udpv4
	silence
	says -l -u 'CAPABILITY TUNNEL=V6UDPV4 AUTH=ANONYMOUS\r\n'
	rejected "does not serve the tunnel_mode asked for" tunnel_mode=v6v4
}
