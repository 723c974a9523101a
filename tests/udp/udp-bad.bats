#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# udp-bad.bats - what the internet sends, and a network that loses, doubles and delays

# shellcheck disable=SC2154 # logins are in handler.bash
load ../lib/handler
load ../lib/udp

setup() {
	udp_begin
}

teardown() {
	[[ -z ${RELAY_PID:-} ]] || kill "$RELAY_PID" 2>/dev/null || true
	test_end # last: what a teardown ends with decides
}

# zeros COUNT - so many bytes
zeros() {
	printf "%0$((2 * $1))d" 0
}

# counts - the server's last line about what it dropped; it is written when it stops
counts() {
	udp_stop
	grep 'dropped:' "$TSP_DIR/log" | tail -n 1
}

# counted TEXT... - it says so
counted() {
	local line text
	line=$(counts)
	for text; do
		[[ $line == *"$text"* ]] || fail "not in '$line': $text"
	done
}

@test "no header, no nibble, too long, packets of no tunnel: dropped, counted, unanswered" {
	udp_start
	datagrams --again $((50 * SLOW)) < <(
		echo
		echo f0
		echo f0000000000000
		echo 4500001400000000400000007f0000017f000001
		echo 00000000000000000000
		echo "6000000000083a40$(zeros 40)"
		echo "f00000f000000001$(zeros 4089)"
		echo "f00000f000000001$(zeros 60000)"
	)
	[[ -z $output ]]
	no_handlers
	run -0 client --echo
	counted "3 without a header" "2 too long" "2 of something else" "1 packets of no tunnel"
}

@test "the longest message there can be reaches the handler" {
	udp_start
	datagrams < <(
		message f00000f0 00000001 "VERSION=2.0.2\r\n"
		message f00000f1 00000002 "AUTHENTICATE ANONYMOUS\r\n"
		echo "f00000f200000003$(hex "Content-length: 4066\r\n<")$(printf 'x%.0s' {1..4064} | od -An -v -tx1 | tr -d ' \n')3e"
	)
	[[ ${#lines[@]} -eq 3 ]]
	[[ ${lines[2]} == f00000f200000003*$(hex "\r\n500 ")* ]]
}

@test "a sequence from the past is dropped and counted" {
	udp_start
	datagrams < <(
		message f00000f0 00000001 "VERSION=2.0.2\r\n"
		message f00000f1 00000002 "AUTHENTICATE ANONYMOUS\r\n"
		message f00000f0 00000001 "VERSION=2.0.2\r\n"
		message f00000ef 00000003 "AUTHENTICATE ANONYMOUS\r\n"
		message ffffffff 00000003 "AUTHENTICATE ANONYMOUS\r\n"
	)
	[[ ${#lines[@]} -eq 2 ]]
	counted "3 from the past"
}

@test "messages without a conversation get a bare header" {
	udp_start
	datagrams < <(
		message f00000f5 00000007 "Content-length: 35\r\n<tunnel action=\"accept\"></tunnel>\r\n"
		message f00000f0 00000008
		message f00000f0 00000009 "\000"
	)
	[[ ${#lines[@]} -eq 3 ]]
	[[ ${lines[0]} == f00000f500000007 ]]
	[[ ${lines[1]} == f00000f000000008 ]]
	[[ ${lines[2]} == f00000f000000009 ]]
	no_handlers
}

@test "nothing that can be forged fetches much more than it brings" {
	udp_start
	datagrams < <(
		message f00000f0 00000001 "VERSION=2.0.2\r\n"
		message f00000f0 00000002
		message f00000f0 00000003 "V"
	)
	[[ ${#lines[@]} -eq 1 ]] # the others are no repetition
}

@test "an old version is refused, with numbers that go on or begin again" {
	udp_start
	refused 302 --version 1.0 --from 23657
	offer --sequence f00000f1 --from 23657
	datagrams < <(
		message f00000f0 00000001 "VERSION=1.0\r\n"
		message f00000f1 00000002 "VERSION=2.0.0\r\n"
	)
	[[ ${lines[0]} == "$(message f00000f0 00000001 "302 Unsupported client version\r\n")" ]]
	[[ ${lines[1]} == f00000f100000002$(hex "CAPABILITY ")* ]]
}

@test "one source has its share of conversations, and others still have theirs" {
	local port count=0
	udp_start
	for ((port = 24001; port <= 24020; port++)); do
		datagrams --again $((150 * SLOW)) --from $port --bind 127.0.0.9 \
			<<<"$(message f00000f0 00000001 "VERSION=2.0.2\r\n")"
		[[ $output != f00000f000000001$(hex "530 ")* ]] || count=$((count + 1))
	done
	[[ $count -eq 4 ]] || fail "$count were refused"
	offer --bind 127.0.0.10
}

@test "1,000 forged sources fill nothing for good, and harm nobody who is at work" {
	config limits.login_seconds=$((6 * SLOW))
	udp_start
	mkfifo "$TSP_DIR/go"
	exec 9<>"$TSP_DIR/go"
	client_start "${as_alice[@]}" --pause <"$TSP_DIR/go" 9>&-
	client_has_offer
	client --forge 1000
	refused 530 --bind 127.0.0.10
	exec 9>&- # alice accepts
	wait "$CLIENT_PID"
	wait_until 10 no_handlers
	offer --bind 127.0.0.10
	settled
	[[ $(leases | grep -c ' active ') -eq 2 ]]
	tunnels_count 2
	counted "newcomers found no room"
}

@test "a handler that cannot be started: 530" {
	local sequence
	# shellcheck disable=SC2034
	HANDLER=/nonexistent/handler
	udp_start
	datagrams <<<"$(message f00000f0 00000001 "VERSION=2.0.2\r\n")"
	sequence=$(message f00000f0 00000001 "530 Server too busy\r\n")
	[[ $output == "$sequence" ]]
}

@test "a handler that dies ends its conversation only" {
	local pid
	udp_start
	datagrams <<<"$(message f00000f0 00000001 "VERSION=2.0.2\r\n")"
	pid=$(handlers)
	kill -KILL "$pid"
	wait_until 3 no_handlers
	offer
}

# relay_start PERCENT SEED - a bad network before the server; $PORT is its end
relay_start() {
	# shellcheck disable=SC2153 # udp_start has set it
	local server=$PORT
	until [[ $(sockets) -eq 0 ]]; do
		random_port
	done
	exec 9> >(exec "$TOOLS/tsp-udp-relay" "$PORT" "$server" "$1" "$2" >"$TSP_DIR/relay" 2>&1 3>&-)
	# shellcheck disable=SC2034
	RELAY_PID=$!
	wait_until 5 grep -q ready "$TSP_DIR/relay"
}

@test "10 % lost, 10 % doubled, 10 % late: everybody has one tunnel in the end" {
	local round
	config limits.per_address=16 # all come from the relay's
	udp_start
	relay_start 10 42
	for round in 1 2 3 4 5 6; do
		echo "round $round"
		offer --sequence f0000000
		offer "${as_alice[@]}" --prefix 56
		offer --mechanism DIGEST-MD5 --user bob --password swordfish
	done
	exec 9>&-
	wait_until 20 no_handlers
	[[ $(leases | grep -c '^users .* active ') -eq 2 ]]
	[[ $(tunnels | wc -w) -eq $(leases | grep -c ' active ') ]]
	[[ $(grep -c CREATION "$TSP_DIR/kernel/history") -eq 18 ]]
}
