#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# bad-input.bats - what each bad input gets, and that nothing of it stays

# shellcheck disable=SC2154 # logins are in handler.bash
load ../lib/handler
load ../lib/bad_input

setup() {
	test_begin
}

teardown() {
	test_end
}

@test "malformed or unknown versions: 302 and close" {
	local version
	server_start
	for version in 'VERSION=1.0.0' 'VERSION=2.0.3' 'VERSION=' 'VERSION' 'HELO x' '' \
		'VERSION=2.0.2x' 'VERSION=-2.0.2' 'GET / HTTP/1.0'; do
		raw "$version\r\nAUTHENTICATE ANONYMOUS\r\n"
		[[ $output == '302 Unsupported client version'$'\n' ]] || fail "$version: $output"
	done
	unchanged
}

@test "unknown mechanism: 300 and close" {
	local mechanism
	server_start
	for mechanism in CRAM-MD5 PLAINX '' 'LOGIN x'; do
		raw "VERSION=2.0.2\r\nAUTHENTICATE $mechanism\r\n\0"
		[[ ${lines[-1]} == '300 Authentication failed' ]] || fail "$mechanism: $output"
	done
	unchanged
}

@test "wrong password and unknown user: 300, in the same words" {
	local mechanism user
	server_start
	for mechanism in PLAIN DIGEST-MD5; do
		for user in alice nobody-of-this-name; do
			refused 300 --mechanism $mechanism --user $user --password wrong
			is TEXT "Authentication failed"
		done
	done
	refused 300 --mechanism PLAIN --user alice --password ''
	refused 300 --mechanism PLAIN --user '' --password s3cret
	unchanged
	logged '127\.0\.0\.1: authentication failed \(PLAIN\), wrong password: alice$'
	logged '127\.0\.0\.1: authentication failed \(DIGEST-MD5\)'
}

@test "a user of another realm: 300" {
	printf 'eve:other.example:%s\n' "$(printf 'eve:other.example:pw' | md5sum | cut -c1-32)" \
		>>"$TSP_DIR/users"
	server_start
	refused 300 --mechanism PLAIN --user eve --password pw
	refused 300 --mechanism DIGEST-MD5 --user eve --password pw
	refused 300 --mechanism DIGEST-MD5 --user eve --password pw --realm other.example
}

@test "broken SASL messages: 300" {
	local message
	server_start
	for message in 'no base64 !' 'AGFsaWNl' '\0\0\0\0\0\0' '====' 'AGFsaWNlAHMzY3JldAAA'; do
		raw "VERSION=2.0.2\r\nAUTHENTICATE PLAIN\r\n\0$message\r\n"
		[[ ${lines[-1]} == '300 Authentication failed' ]] || fail "$message: $output"
	done
	for message in 'no base64 !' 'AGFsaWNl' '' '='; do
		raw "VERSION=2.0.2\r\nAUTHENTICATE DIGEST-MD5\r\n\0$message\r\n"
		[[ ${lines[-1]} == '300 Authentication failed' ]] || fail "$message: $output"
	done
	unchanged
}

@test "a command before the login: 300 and close" {
	server_start
	raw 'VERSION=2.0.2\r\nContent-length: 35\r\n<tunnel action="accept"></tunnel>\r\n'
	[[ ${lines[1]} == '300 Authentication failed' && ${#lines[@]} -eq 2 ]]
}

@test "Content-length missing, negative, no number, too large, with garbage: 500" {
	local header
	server_start
	for header in '<tunnel action="create">' 'Content-length:' 'Content-length: -5' \
		'Content-length: abc' 'Content-length: 8193' 'Content-length: 5x' \
		'Content-length: 99999999999999999999' 'Content-length: 0' \
		'Content-length: +5' 'Content-length: 0x10'; do
		raw "$HELLO$header\r\n<tunnel action=\"info\"></tunnel>\r\n"
		replied 500
	done
	unchanged
}

@test "Content-length that does not fit the XML: 500" {
	local xml='<tunnel action="create" type="v6v4"><client><address type="ipv4">127.0.0.1</address></client></tunnel>'
	config limits.login_seconds=$((2 * SLOW))
	server_start
	raw "${HELLO}Content-length: $((${#xml} - 10))\r\n$xml"
	replied 500
	raw "${HELLO}Content-length: $((${#xml} + 50))\r\n$xml"
	[[ $output != *"action=\"info\""* ]]
	unchanged
}

@test "XML that is not well-formed: 500" {
	local xml
	server_start
	for xml in '<tunnel action="info">' 'garbage' '<tunnel action="info"></tunnell>' \
		'<tunnel action="info"/><tunnel action="info"/>' '<tunnel action=info></tunnel>' \
		'<tunnel action="info"><client></tunnel></client>' '<>' '<tunnel' \
		'<tunnel action="info"></tunnel> and more' '&amp;' \
		'<!DOCTYPE a [<!ENTITY b "c">]><tunnel action="info">&b;</tunnel>'; do
		request "$xml"
		replied 500
	done
	unchanged
}

@test "missing and doubled elements: 500" {
	local client
	server_start
	for client in '' '<address type="ipv4">127.0.0.1</address><address type="ipv4">127.0.0.1</address>' \
		'<address type="ipv4">127.0.0.1</address><router></router><router></router>'; do
		create "$client"
		replied 500
	done
	request '<tunnel action="create" type="v6v4"></tunnel>'
	replied 500
	request '<tunnel action="create" type="v6v4"><client><address type="ipv4">127.0.0.1</address></client><client></client></tunnel>'
	replied 500
	unchanged
}

@test "unknown, missing and misplaced actions: 500" {
	local action
	server_start
	for action in destroy CREATE '' accept reject list; do
		request "<tunnel action=\"$action\" type=\"v6v4\"><client><address type=\"ipv4\">127.0.0.1</address></client></tunnel>"
		replied 500
	done
	request '<tunnel type="v6v4"></tunnel>'
	replied 500
	unchanged
}

@test "something else than accept or reject after the offer: taken back" {
	local xml='<tunnel action="create" type="v6v4"><client><address type="ipv4">127.0.0.1</address></client></tunnel>'
	server_start
	raw "${HELLO}Content-length: ${#xml}\r\n${xml}Content-length: ${#xml}\r\n${xml}"
	unchanged
	raw "${HELLO}Content-length: ${#xml}\r\n${xml}garbage\r\n"
	unchanged
}

@test "types that are unknown or not served, and proxy for another address: 303" {
	local type
	server_start
	for type in v6udpv4 v4v6 v6v6 '' V6V4; do
		refused 303 --type "$type"
	done
	request '<tunnel action="create" type="v6v4" proxy="yes"><client><address type="ipv4">127.0.0.9</address></client></tunnel>'
	replied 303
	unchanged
}

@test "an IPv4 address that is not the connection's: 501, naming the one that was seen" {
	local address
	server_start
	for address in 127.0.0.9 192.168.1.2 10.0.0.1 8.8.8.8; do
		refused 501 --address "$address" --bind 127.0.0.5
		[[ ${GOT[TEXT]} == *127.0.0.5* ]]
	done
	unchanged
}

@test "text that is no IPv4 address: refused" {
	local address
	server_start
	for address in 1.2.3 1.2.3.4.5 256.0.0.1 ::1 localhost 127.1 0x7f000001; do
		ask --address "$address"
		[[ $RC -eq 1 && ${GOT[STATUS]} == 50[01] ]] || fail "$address" "$(said)"
	done
	unchanged
}

@test "a source that is not global unicast and not in accept: 501" {
	config server.accept=
	server_start
	refused 501
	[[ ${GOT[TEXT]} == *127.0.0.1* ]]
	config server.accept=127.0.0.2/32
	refused 501
	offer --bind 127.0.0.2
}

@test "too short or too long a prefix, or one for an anonymous client: 507" {
	local length
	server_start
	refused 507 --prefix 64
	for length in 48 55 1 65 128; do
		refused 507 "${as_alice[@]}" --prefix "$length"
	done
	unchanged
}

@test "a prefix length that is no number: 500" {
	server_start
	create '<address type="ipv4">127.0.0.1</address><router><prefix length="x"/></router>'
	replied 500
	create '<address type="ipv4">127.0.0.1</address><router><prefix length="129"/></router>'
	replied 500
}

@test "no delegated prefixes at this server: 507" {
	config users.prefix= users.delegate=
	server_start
	refused 507 "${as_alice[@]}" --prefix 64
	offer "${as_alice[@]}"
}

@test "bytes that could forge log lines are harmless there" {
	server_start
	raw 'VERSION=2.0.2\r\nAUTHENTICATE PLAIN\r\n\0\0evil\033[2J\ntsp-handler[1]: 192.0.2.1 alice: has\0pw\r\n'
	refused 300 --mechanism PLAIN --user $'evil\n192.0.2.1 alice: has' --password x
	settled
	run ! grep -a '192\.0\.2\.1' "$TSP_DIR/log"
	run ! grep -aP '\x1b' "$TSP_DIR/log"
}

@test "the log says which rule refused a request, and which user a failed login named" {
	server_start
	refused 300 --mechanism PLAIN --user nosuch --password x
	logged 'authentication failed \(PLAIN\), no such user$'
	refused 300 --mechanism DIGEST-MD5 --user bob --password wrong
	logged 'authentication failed \(DIGEST-MD5\), wrong password: bob$'
	refused 501 --address 192.168.1.2
	logged 'create for 192\.168\.1\.2 refused: 501 [^:]*: the address that it claims is not that of its connection: a NAT is on the way'
	config -anonymous server.accept=
	refused 300
	logged 'authentication failed \([a-zA-Z ]*\), mechanism is not offered: no \[pool anonymous\]$'
	refused 501 "${as_alice[@]}"
	logged '127\.0\.0\.1 alice: create refused: 501 [^:]*: its address is not in \[server\] accept$'
}

@test "each refusal of a request has its own words in the log" {
	fill() { # fill N - users' leases 1 to N, as sessions had accepted them
		"$TOOLS/fill-leases" "$TSP_DIR/state/users.leases" 2 1 "$1" active 60 86400 56
		chown "$TSP_USER" "$TSP_DIR/state/users.leases"
	}
	config users.capacity=2
	server_start
	refused 303 "${as_alice[@]}" --type v6udpv4
	logged 'create refused: 303 [^:]*: v6udpv4 needs a request over UDP, and a template that builds it$'
	refused 507 --prefix 56
	logged 'create refused: 507 [^:]*: a prefix is for accounts$'
	refused 507 "${as_alice[@]}" --prefix 48
	logged 'create refused: 507 [^:]*: a prefix is not shorter than \[pool users\] delegate, and not longer than /64$'
	fill 2
	refused 301 "${as_alice[@]}"
	logged 'create refused: 301 [^:]*: the pool is full, or \[limits\] per_address clients are present at its address$'
	rm "$TSP_DIR/state/users.leases"
	refused 530 "${as_alice[@]}"
	logged 'create refused: 530 [^:]*: leases cannot be used, or too many templates run: an error before this says which$'
	make_files
	echo 'exit 1' >"$TSP_DIR/template.sh"
	refused 310 "${as_alice[@]}"
	logged 'create refused: 310 [^:]*: the template failed$'
	config users.prefix=
	refused 507 "${as_alice[@]}" --prefix 56
	logged 'create refused: 507 [^:]*: \[pool users\] has no prefix$'
}
