#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# session.bats - honest clients: each mechanism, action and habit gets its tunnel

# shellcheck disable=SC2154 # logins are in handler.bash
load ../lib/handler

setup() {
	test_begin
}

teardown() {
	test_end
}

# What alice has, on whichever lease she was put: addresses follow from its number
is_users_lease() {
	local n=$1
	is SERVER_IPV6 "2001:0db8:ffff:0000:0000:0000:0000:$(printf %04x $((2 * n)))"
	is CLIENT_IPV6 "2001:0db8:ffff:0000:0000:0000:0000:$(printf %04x $((2 * n + 1)))"
}

@test "an anonymous client gets an address with its IPv4 address in it" {
	server_start
	offer --bind 127.1.2.3
	is STATUS 200
	is TYPE v6v4
	is LIFETIME 1440
	is SERVER_IPV4 127.0.0.1
	is CLIENT_IPV4 127.1.2.3
	is SERVER_IPV6 2001:0db8:000a:0000:7f01:0203:0000:0002
	is CLIENT_IPV6 2001:0db8:000a:0000:7f01:0203:0000:0003
	is CLIENT_NAME ""
	is PREFIX ""
	is KEEPALIVE 30
	is KEEPALIVE_ADDRESS 2001:0db8:000a:0000:7f01:0203:0000:0002
	is DNS 2001:0db8:ffff:0000:0000:0000:0000:0053
	settled
	up tspa7f010203
	[[ $output =~ ^anonymous\ [0-9]+\ active\ 127.1.2.3\ 127.1.2.3\ 0$ ]]
}

@test "PLAIN as clients in the field send it" {
	server_start
	offer "${as_alice[@]}"
	is CLIENT_NAME alice.tsp.example
	settled
	is_users_lease "$(number_of alice)"
	up "tsp$(number_of alice)"
}

@test "PLAIN in base64" {
	server_start
	offer "${as_alice[@]}" --plain-base64
	is CLIENT_NAME alice.tsp.example
}

@test "DIGEST-MD5, with libgsasl at the client's side" {
	server_start
	offer --mechanism DIGEST-MD5 --user alice --password s3cret
	is CLIENT_NAME alice.tsp.example
	settled
	is_users_lease "$(number_of alice)"
}

@test "a /56: the i-th of the pool" {
	server_start
	offer "${as_alice[@]}" --prefix 56
	settled
	is PREFIXLEN 56
	is PREFIX "2001:0db8:1000:$(printf %02x "$(number_of alice)")00:0000:0000:0000:0000"
	grep -qx "TSP_PREFIXLEN=56" "$TSP_DIR/kernel/tsp$(number_of alice)"
}

@test "a /64 and a /60: the first of the client's own block" {
	local length
	server_start
	for length in 64 60; do
		offer --mechanism DIGEST-MD5 --user alice --password s3cret --prefix "$length"
		is PREFIXLEN "$length"
		is PREFIX "2001:0db8:1000:$(printf %02x "$(number_of alice)")00:0000:0000:0000:0000"
	done
}

@test "v6anyv4 gets v6v4" {
	server_start
	offer --type v6anyv4
	is TYPE v6v4
}

@test "protocol versions 2.0.0, 2.0.1 and 2.0.2" {
	local version
	server_start
	for version in 2.0.0 2.0.1 2.0.2; do
		offer --version "$version"
	done
}

@test "everything pipelined, with each mechanism" {
	local mechanism
	server_start
	for mechanism in ANONYMOUS PLAIN DIGEST-MD5; do
		offer --mechanism "$mechanism" --user alice --password s3cret --pipeline \
			--bind "127.0.0.$((RANDOM % 200 + 10))"
	done
}

@test "even the accept pipelined, before there is an offer" {
	local xml='<tunnel action="create" type="v6v4"><client><address type="ipv4">127.0.0.1</address></client></tunnel>'
	server_start
	raw "VERSION=2.0.2\r\nAUTHENTICATE ANONYMOUS\r\n\0Content-length: ${#xml}\r\n${xml}Content-length: 35\r\n<tunnel action=\"accept\"></tunnel>\r\n"
	[[ $output == *"200 Success"*"Content-length: "* ]]
	settled
	[[ $output == *" active 127.0.0.1 "* ]]
}

@test "input in single bytes" {
	server_start
	offer --chunk 1
	offer --chunk 1 "${as_alice[@]}" --bind 127.0.0.2 --prefix 56
	offer --chunk 1 --pipeline --bind 127.0.0.3
}

@test "lines that end in LF" {
	server_start
	offer --lf
	offer --lf "${as_alice[@]}" --bind 127.0.0.2
	offer --lf --mechanism DIGEST-MD5 --user bob --password swordfish --bind 127.0.0.3
	offer --lf --pipeline --chunk 3 --bind 127.0.0.4
}

@test "XML on one line, a keepalive without address, blanks where the RFC has them" {
	local xml='<tunnel action="create" type="v6v4"> <client> <address type="ipv4"> 127.0.0.1 </address> <keepalive interval="30"/> </client> </tunnel>'
	server_start
	raw "VERSION=2.0.0\r\nAUTHENTICATE ANONYMOUS\r\nContent-length: ${#xml}\r\n$xml"'Content-length: 35\r\n<tunnel action="accept"></tunnel>\r\n'
	[[ $output == *'<tunnel action="info" type="v6v4"'* ]]
}

@test "a trace string after ANONYMOUS is ignored" {
	server_start
	raw 'VERSION=2.0.0\r\nAUTHENTICATE ANONYMOUS me@example.org\r\nContent-length: 3\r\nbad'
	[[ ${lines[1]} == '200 Success' ]]
}

@test "each reply comes in a separate read" {
	server_start
	# the client fails where one is split, or shares a read with the next
	offer "${as_alice[@]}"
	offer --mechanism DIGEST-MD5 --user alice --password s3cret
	refused 300 --mechanism DIGEST-MD5 --user alice --password wrong
}

@test "keepalive and lifetime are the operator's; keepalive = 0 offers none" {
	config server.keepalive=45 server.lifetime=10
	server_start
	offer
	is KEEPALIVE 45
	is LIFETIME 10
	config server.keepalive=0
	offer --bind 127.0.0.2
	is KEEPALIVE ""
}

@test "server address, several DNS servers, no domain" {
	config server.address=192.0.2.1 server.dns='2001:db8::53 2001:db8::54' server.domain=
	server_start
	offer "${as_alice[@]}"
	is SERVER_IPV4 192.0.2.1
	is DNS "2001:0db8:0000:0000:0000:0000:0000:0053 2001:0db8:0000:0000:0000:0000:0000:0054"
	is CLIENT_NAME ""
}

@test "CAPABILITY tells what is served and no more" {
	config auth.mechanisms=PLAIN
	server_start
	raw 'VERSION=2.0.2\r\nAUTHENTICATE ANONYMOUS\r\n'
	[[ ${lines[0]} == 'CAPABILITY TUNNEL=V6V4 AUTH=PLAIN' ]]
	[[ ${lines[1]} == '300 Authentication failed' ]]
}

@test "static_nat: a private address in the request is replaced by the source" {
	server_start
	refused 501 --address 192.168.1.2
	config server.static_nat=yes
	offer --address 192.168.1.2
	is CLIENT_IPV4 127.0.0.1
}

@test "IPv4-mapped addresses of a dual-stack socket" {
	requires systemd-socket-activate
	make_files
	PORT=$((20000 + RANDOM % 12000))
	# ::ffff:127.0.0.1 is loopback too, reached by IPv4 through an IPv6 socket
	systemd-socket-activate --accept --inetd -l "[::ffff:127.0.0.1]:$PORT" \
		-E TSP_CONFIG="$TSP_DIR/tsp.conf" "$HANDLER" >"$TSP_DIR/log" 2>&1 </dev/null 3>&- &
	SERVER_PID=$!
	wait_until 5 server_listens
	kill -0 "$SERVER_PID" || skip "no IPv6 sockets here: $(<"$TSP_DIR/log")"
	offer --bind 127.1.2.3
	is CLIENT_IPV4 127.1.2.3
	is SERVER_IPV4 127.0.0.1
}

@test "one line in the log for each session, and never a password" {
	server_start
	offer "${as_alice[@]}" --prefix 56
	settled
	refused 300 --mechanism PLAIN --user alice --password hunter2
	settled
	# beside what is said of a kernel without Landlock
	[[ $(grep 'tsp-handler\[' "$TSP_DIR/log" | grep -cv Landlock) -eq 2 ]] ||
		fail "$(<"$TSP_DIR/log")"
	run -1 grep -E 's3cret|hunter2' "$TSP_DIR/log"
}
