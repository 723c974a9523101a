#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# client.bats - the test client notices what clients in the field stumble over
#
# A server that is a shell script says one thing wrong at a time. Without these tests a
# client that notices nothing would make all others pass.

# shellcheck disable=SC2030,SC2031 # a test changes its own copy of a reply
load ../lib/handler

# A reply is what printf's %b makes of it, with a pause at each form feed
CAPABILITY='CAPABILITY TUNNEL=V6V4 AUTH=ANONYMOUS AUTH=PLAIN AUTH=DIGEST-MD5\r\n'
SUCCESS='200 Success\r\n'
OFFER='200 Success\r\n<tunnel action="info" type="v6v4" lifetime="1440">\r\n'
OFFER+=' <server>\r\n  <address type="ipv4">127.0.0.1</address>\r\n'
OFFER+='  <address type="ipv6">2001:0db8:0000:0000:0000:0000:0000:0002</address>\r\n </server>\r\n'
OFFER+=' <client>\r\n  <address type="ipv4">127.0.0.1</address>\r\n'
OFFER+='  <address type="ipv6">2001:0db8:0000:0000:0000:0000:0000:0003</address>\r\n'
OFFER+='  <keepalive interval="30">\r\n'
OFFER+='   <address type="ipv6">2001:0db8:0000:0000:0000:0000:0000:0002</address>\r\n'
OFFER+='  </keepalive>\r\n  <router>\r\n'
OFFER+='   <prefix length="56">2001:0db8:1000:0100:0000:0000:0000:0000</prefix>\r\n'
OFFER+='  </router>\r\n </client>\r\n</tunnel>\r\n'

setup() {
	test_begin
	HEADER='Content-length: %d\r\n'
	BODY=$OFFER
	AFTER=
	cat >"$TSP_DIR/server.sh" <<-'SCRIPT'
		#!/bin/bash
		. "${0%/*}/replies"
		# the shell's own printf writes line by line
		say() {
			local rest=$1
			while [[ $rest == *\\f* ]]; do
				env printf '%b' "${rest%%\\f*}"
				sleep 0.1
				rest=${rest#*\\f}
			done
			env printf '%b' "$rest"
		}
		bytes=$(printf '%b.' "${BODY//\\f/}")
		read -r _ && say "$CAPABILITY"
		read -r _ && say "$SUCCESS"
		while read -r line && [[ $line != *'</tunnel>'* ]]; do :; done
		say "${HEADER/\%d/$((${#bytes} - 1))}$BODY"
		read -r _ && read -r _
		say "$AFTER"
	SCRIPT
	chmod 755 "$TSP_DIR/server.sh"
	# shellcheck disable=SC2034 # server_start takes it
	HANDLER=$TSP_DIR/server.sh
	# shellcheck disable=SC2034 # it takes a connection, whatever TSP_FORK says
	SERVER_ACCEPT=--accept
	server_start
}

teardown() {
	test_end
}

serve() {
	declare -p CAPABILITY SUCCESS HEADER BODY AFTER >"$TSP_DIR/replies"
	ask --timeout $((3 * SLOW))
}

# noticed TEXT - the client calls it a violation, in these words
noticed() {
	serve
	[[ $RC -eq 2 && $(<"$TSP_DIR/err") == *"violation: "*"$1"* ]] ||
		fail "not noticed as '$1'" "$(said)"
}

# changed FROM TO - the good offer with this in place of that
changed() {
	[[ $OFFER == *"$1"* ]] || fail "no $1 in the offer"
	BODY=${OFFER/"$1"/"$2"}
}

@test "a good server is good" {
	serve
	[[ $RC -eq 0 ]] || fail "$(said)"
	is STATUS 200
	is TYPE v6v4
	is LIFETIME 1440
	is SERVER_IPV6 2001:0db8:0000:0000:0000:0000:0000:0002
	is CLIENT_IPV6 2001:0db8:0000:0000:0000:0000:0000:0003
	is KEEPALIVE 30
	is PREFIX 2001:0db8:1000:0100:0000:0000:0000:0000
	is PREFIXLEN 56
}

@test "a line in two pieces" {
	CAPABILITY='CAPABILITY TUNNEL=V6V4\f AUTH=ANONYMOUS\r\n'
	noticed "a line came in more than one piece"
}

@test "an offer in two pieces" {
	changed '<client>' '\f<client>'
	noticed "bytes came"
}

@test "two replies in one piece" {
	CAPABILITY="$CAPABILITY$SUCCESS"
	noticed "another reply in the same read"
}

@test "a capability line with another beginning, or with V6ANYV4" {
	CAPABILITY='CAPABILITIES TUNNEL=V6V4 AUTH=ANONYMOUS\r\n'
	noticed "capabilities"
	CAPABILITY='CAPABILITY TUNNEL=V6V4 TUNNEL=V6ANYV4 AUTH=ANONYMOUS\r\n'
	noticed "tunnel tokens"
}

@test "a line that ends in LF" {
	CAPABILITY='CAPABILITY TUNNEL=V6V4 AUTH=ANONYMOUS\n'
	noticed "does not end in CRLF"
}

@test "Content-length in another case, or not exact" {
	HEADER='Content-Length: %d\r\n'
	noticed "not 'Content-length: N'"
	HEADER='Content-length: 1%d\r\n'
	noticed "bytes"
	HEADER='Content-length: 20\r\n'
	noticed "another reply in the same read"
}

@test "an invalid status" {
	changed '200 Success' '200'
	noticed "no status line"
	changed '200 Success' '20 Success'
	noticed "no status line"
}

@test "no CRLF between status and XML" {
	changed 'Success\r\n' 'Success\n'
	noticed "no element"
}

@test "self-closing elements, single quotes, declarations, comments" {
	changed '</keepalive>' '</keepalive><x a="b"/>'
	noticed "self-closing"
	changed '<server>' "<server a='b'>"
	noticed "NAME="
	changed '<tunnel' '<?xml version="1.0"?><tunnel'
	noticed "no element"
	changed '<server>' '<!-- server --><server>'
	noticed "no element"
}

@test "XML that is not closed as it was opened" {
	changed '</server>' '</client>'
	noticed "ends as"
	changed '</tunnel>' ''
	noticed "has no end"
}

@test "v6anyv4 as type of an offer" {
	changed 'type="v6v4"' 'type="v6anyv4"'
	noticed "type 'v6anyv4'"
}

@test "compressed addresses, and blanks around one" {
	changed 2001:0db8:0000:0000:0000:0000:0000:0003 2001:db8::3
	noticed "2001:db8::3"
	changed 2001:0db8:1000:0100:0000:0000:0000:0000 2001:db8:1000:100::
	noticed "2001:db8:1000:100::"
	changed '>127.0.0.1<' '> 127.0.0.1 <'
	noticed "blank or empty"
}

@test "keepalive without an address" {
	changed '   <address type="ipv6">2001:0db8:0000:0000:0000:0000:0000:0002</address>\r\n  </keep' '  </keep'
	noticed "keepalive address"
}

@test "an element twice" {
	changed '<keepalive' '<address type="ipv4">127.0.0.2</address><keepalive'
	noticed "twice"
}

@test "no lifetime, no client address" {
	changed ' lifetime="1440"' ''
	noticed "lifetime"
	changed '  <address type="ipv6">2001:0db8:0000:0000:0000:0000:0000:0003</address>\r\n' ''
	noticed "IPv6"
}

@test "words after the end" {
	AFTER=$SUCCESS
	noticed "after the end of the session"
}
