#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# bad-input.bats - what each bad input gets, and that nothing of it stays

# shellcheck disable=SC2154 # logins are in handler.bash
load ../lib/handler

HELLO='VERSION=2.0.2\r\nAUTHENTICATE ANONYMOUS\r\n\0'

setup() {
	test_begin
}

teardown() {
	test_end
}

# request XML - in $output the reply to this request of an anonymous client
request() {
	raw "${HELLO}Content-length: ${#1}\r\n${1//%/%%}"
}

# create XML - the same for what is in <client> of a create
create() {
	request "<tunnel action=\"create\" type=\"v6v4\"><client>$1</client></tunnel>"
}

# replied STATUS - the last reply is this status, after a line with its length
replied() {
	[[ ${#lines[@]} -ge 2 && ${lines[-2]} == "Content-length: $((${#lines[-1]} + 2))" &&
		${lines[-1]} == "$1 "* ]] || fail "not $1: $output" "$(tail -n 5 "$TSP_DIR/log")"
}

# unchanged - no tunnel is up, nobody has a lease, the handlers are gone
unchanged() {
	settled
	[[ $output != *" active "* && $output != *" offered "* ]] || fail "$output"
	up
}

# gone_since START LIMIT - the server ended it by itself, LIMIT seconds after $SECONDS was START
gone_since() {
	[[ $((SECONDS - $1)) -le $2 ]] || fail "it took $((SECONDS - $1)) s"
	unchanged
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
	logged '127\.0\.0\.1: authentication failed \(PLAIN\)'
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
	config limits.login_seconds=2
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

@test "types that are unknown or not served, and proxy: 303" {
	local type
	server_start
	for type in v6udpv4 v4v6 v6v6 '' V6V4; do
		refused 303 --type "$type"
	done
	request '<tunnel action="create" type="v6v4" proxy="yes"><client><address type="ipv4">127.0.0.1</address></client></tunnel>'
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

@test "a full pool: 301" {
	local i
	config anonymous.capacity=4
	server_start
	for i in 1 2 3 4; do
		offer --bind "127.0.0.$i"
	done
	refused 301 --bind 127.0.0.5
	offer --bind 127.0.0.3
}

@test "a full pool takes over what was given up, and an account without a pool: 301" {
	config anonymous.capacity=1
	server_start
	offer --bind 127.0.0.1
	offer --bind 127.0.0.1 --action delete
	offer --bind 127.0.0.2
	refused 301 --bind 127.0.0.1
}

@test "with redirect, 301, 302 and 303 become 1301, 1302 and 1303 with the list" {
	config server.redirect='192.0.2.7 2001:db8::7 ts2.example.net' anonymous.capacity=1
	server_start
	refused 1303 --type v4v6
	is BROKERS "192.0.2.7 2001:0db8:0000:0000:0000:0000:0000:0007 ts2.example.net"
	refused 1302 --version 9.9.9
	is BROKERS "192.0.2.7 2001:0db8:0000:0000:0000:0000:0000:0007 ts2.example.net"
	offer
	refused 1301 --bind 127.0.0.2
	is BROKERS "192.0.2.7 2001:0db8:0000:0000:0000:0000:0000:0007 ts2.example.net"
	# another broker has the same users: it cannot help with these
	refused 300 --mechanism PLAIN --user alice --password wrong
	refused 501 --address 127.0.0.9
}

@test "with redirect, 530 becomes 1530" {
	config server.redirect=192.0.2.7 server.state="$TSP_DIR/nowhere"
	server_start
	refused 1530
	is BROKERS 192.0.2.7
}

@test "a template that fails: 310, rolled back, its last lines in the log" {
	template <<-SCRIPT
		#!/bin/sh
		echo "\$TSP_OPERATION" >>"$TSP_DIR/kernel/history"
		[ "\$TSP_OPERATION" = TSP_TUNNEL_CREATION ] || exit 0
		echo first line
		echo "RTNETLINK answers: no such luck" >&2
		exit 3
	SCRIPT
	server_start
	refused 310 "${as_alice[@]}"
	unchanged
	logged 'template.*exit status 3'
	logged 'RTNETLINK answers: no such luck'
	[[ $(<"$TSP_DIR/kernel/history") == $'TSP_TUNNEL_CREATION\nTSP_TUNNEL_TEARDOWN' ]]
	[[ $(leases) != *active* ]]
}

@test "a template that fails for an update leaves tunnel and lease as they were" {
	local before
	server_start
	offer "${as_alice[@]}"
	settled
	before=$output
	# from now on creation works for the old address only
	# shellcheck disable=SC2016 # the template's own variables
	sed -i '4i [ "$TSP_OPERATION $TSP_CLIENT_ADDRESS_IPV4" != "TSP_TUNNEL_CREATION 127.0.0.2" ]' \
		"$TSP_DIR/template.sh"
	refused 310 "${as_alice[@]}" --bind 127.0.0.2
	settled
	[[ $output == "$before" ]]
	up "tsp$(leases | awk '$4 == "alice" { print $2 }')"
}

@test "a template that hangs: 310 when its time is up, with its children" {
	config limits.template_seconds=1
	template <<-SCRIPT
		#!/bin/sh
		[ "\$TSP_OPERATION" = TSP_TUNNEL_CREATION ] || exit 0
		sh -c 'echo \$\$ >"$TSP_DIR/kernel/history"; exec sleep 300' &
		sleep 300
	SCRIPT
	server_start
	refused 310
	unchanged
	logged 'template.*in time'
	wait_until 3 gone "$(<"$TSP_DIR/kernel/history")"
}

@test "a template that prints a megabyte: 310, and not a megabyte in the log" {
	template <<-'SCRIPT'
		#!/bin/sh
		[ "$TSP_OPERATION" = TSP_TUNNEL_CREATION ] || exit 0
		head -c 1000000 /dev/zero | tr '\0' 'x'
		echo
	SCRIPT
	server_start
	refused 310
	unchanged
	logged 'template.*too much'
	[[ $(stat -c %s "$TSP_DIR/log") -lt 20000 ]]
}

@test "a template that cannot be started: 310" {
	config server.template="$TSP_DIR/missing.sh"
	server_start
	refused 310
	unchanged
	logged 'missing\.sh'
}

@test "a damaged lease line: out of use and logged, the rest goes on" {
	local number
	server_start
	offer "${as_alice[@]}"
	offer "${as_bob[@]}" --bind 127.0.0.2
	settled
	number=$(awk '$4 == "alice" { print $2 }' <<<"$output")
	# line 0 is the header: lease i is line i
	printf 'X' | dd of="$TSP_DIR/state/users.leases" bs=1 seek=$((number * 256 + 20)) conv=notrunc status=none
	offer "${as_bob[@]}" --bind 127.0.0.2
	is STATUS 200
	offer "${as_alice[@]}" --bind 127.0.0.1
	wait_until 3 no_handlers
	run -1 leases
	[[ $output == *"users lease $number: "* ]]
	[[ $output == *" active bob "* ]]
	logged "users.leases.*lease $number|lease $number.*damaged"
}

@test "a file that is no allocation file: 530 and a log line, and it stays as it is" {
	echo "something of mine" >"$TSP_DIR/state/anonymous.leases"
	chown "$TSP_USER" "$TSP_DIR/state/anonymous.leases"
	server_start
	refused 530
	[[ $(<"$TSP_DIR/state/anonymous.leases") == "something of mine" ]]
	logged 'anonymous\.leases'
}

@test "a disk too full for an allocation file: 530 and a log line; room again, and it goes on" {
	requires root
	config anonymous.capacity=4096
	mount -t tmpfs -o size=64k,mode=1777 tsp-test "$TSP_DIR/state" || skip "cannot mount"
	server_start
	refused 530
	logged '\.leases.*No space left'
	umount "$TSP_DIR/state"
	offer
}

@test "a full disk loses no lease and hinders no client" {
	requires root
	mount -t tmpfs -o size=1m,mode=1777 tsp-test "$TSP_DIR/state" || skip "cannot mount"
	server_start
	offer --bind 127.0.0.2
	wait_until 3 no_handlers
	dd if=/dev/zero of="$TSP_DIR/state/rubbish" bs=64k 2>/dev/null || true
	offer
	offer --bind 127.0.0.2
	settled
	[[ ${#lines[@]} -eq 2 ]]
}

@test "a read-only disk: 530 and a log line, no lease lost" {
	requires root
	mount -t tmpfs -o size=1m,mode=1777 tsp-test "$TSP_DIR/state" || skip "cannot mount"
	server_start
	offer
	settled
	mount -o remount,ro "$TSP_DIR/state"
	refused 530 --bind 127.0.0.2
	logged '\.leases.*Read-only'
	mount -o remount,rw "$TSP_DIR/state"
	offer --bind 127.0.0.2
	settled
	[[ ${#lines[@]} -eq 2 ]]
}

@test "a users file that is not there: nobody logs in with a password, others go on" {
	rm "$TSP_DIR/users"
	server_start
	refused 300 "${as_alice[@]}"
	logged "$TSP_DIR/users"
	offer
}

@test "a silent client is gone at login_seconds" {
	config limits.login_seconds=1
	server_start
	local start=$SECONDS
	stay_raw ''
	gone_since "$start" 3
}

@test "a client that is silent in the middle of a line or of a body: the same" {
	config limits.login_seconds=1 limits.session_seconds=2
	server_start
	local start=$SECONDS
	stay_raw 'VERSION=2.0'
	gone_since "$start" 3
	start=$SECONDS
	stay_raw "${HELLO}Content-length: 200\r\n<tunnel action"
	gone_since "$start" 4
}

@test "a slow client has no more time than a silent one" {
	config limits.login_seconds=1
	server_start
	local start=$SECONDS
	run client --raw < <(
		for _ in {1..40}; do
			printf V || break
			sleep 0.1
		done
	)
	gone_since "$start" 5
}

@test "an endless line is cut off by its budget" {
	server_start
	local start=$SECONDS
	run client --raw --timeout 5 < <(head -c 4000000 /dev/zero | tr '\0' 'V')
	gone_since "$start" 4
}

@test "endless lines are cut off too" {
	server_start
	local start=$SECONDS
	run client --raw --timeout 5 < <(yes 'AUTHENTICATE NOTHING' | head -n 200000)
	gone_since "$start" 4
}

@test "empty lines without end, which mean nothing, are cut off by the budget" {
	server_start
	local start=$SECONDS
	# shellcheck disable=SC2059 # the format is the point
	run client --raw --timeout 10 < <(
		printf "$HELLO"
		yes '' | head -c 4000000
	)
	gone_since "$start" 4
}

@test "silence after the offer: tunnel down at session_seconds, lease as before" {
	config limits.login_seconds=1 limits.session_seconds=2
	server_start
	local start=$SECONDS
	offer --answer none --timeout 6
	gone_since "$start" 5
	logged 'without accepting'
}

@test "silence after an update: the old tunnel and lease are back" {
	local before
	config limits.login_seconds=1 limits.session_seconds=2
	server_start
	offer "${as_alice[@]}"
	settled
	before=$output
	offer "${as_alice[@]}" --bind 127.0.0.2 --answer none --timeout 6
	settled
	[[ $output == "$before" ]]
	grep -qx "TSP_CLIENT_ADDRESS_IPV4=127.0.0.1" "$TSP_DIR"/kernel/tsp*
}

@test "bytes that could forge log lines are harmless there" {
	server_start
	raw 'VERSION=2.0.2\r\nAUTHENTICATE PLAIN\r\n\0\0evil\033[2J\ntsp-handler[1]: 192.0.2.1 alice: has\0pw\r\n'
	refused 300 --mechanism PLAIN --user $'evil\n192.0.2.1 alice: has' --password x
	settled
	run ! grep -a '192\.0\.2\.1' "$TSP_DIR/log"
	run ! grep -aP '\x1b' "$TSP_DIR/log"
}
