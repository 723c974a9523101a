#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# udp-bad.bats - what the internet sends, and a network that loses, doubles and delays

# shellcheck disable=SC2030,SC2031 # a server is started in a shell with other limits
# shellcheck disable=SC2154 # logins are in handler.bash
load ../lib/handler
load ../lib/udp

setup() {
	udp_begin
	NET=($((RANDOM % 100 + 100)) $((RANDOM % 250))) # other tests may use the same ports
}

teardown() {
	[[ -z ${RELAY_PID:-} ]] || kill "$RELAY_PID" 2>/dev/null || true
	test_end # last: what a teardown ends with decides
}

# source_of NUMBER - one of this test's own addresses
source_of() {
	printf '127.%d.%d.%d' "${NET[@]}" "$1"
}

# zeros COUNT - print COUNT zero bytes
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
	counted "3 without a header" "2 too long" "1 packets of no tunnel" "2 of no conversation"
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
	counted "3 out of order"
}

@test "no answer earns an answer: what belongs to no conversation, and what servers say" {
	udp_start
	datagrams --again $((100 * SLOW)) < <(
		message f00000f5 00000007 "Content-length: 35\r\n<tunnel action=\"accept\"></tunnel>\r\n"
		message f00000f0 00000008
		message f00000f0 00000009 "\000"
		message f00000f0 00000009 "AUTHENTICATE ANONYMOUS\r\n"
		message f00000f0 0000000a "200 Success\r\n"
		message f00000f0 0000000b "1302 Unsupported client version\r\n"
		message f00000f0 0000000c "CAPABILITY TUNNEL=V6V4 AUTH=ANONYMOUS\r\n"
		message f00000f0 0000000d "Content-length: 13\r\n200 Success\r\n"
	)
	[[ -z $output ]]
	no_handlers
	counted "4 of no conversation" "4 answers of servers"
}

@test "two servers do not answer each other, whatever sets them off" {
	local a b pid line
	requires root
	udp_start
	a=$PORT pid=$SERVER_PID
	run -0 client --echo
	mv "$TSP_DIR/log" "$TSP_DIR/log.a"
	udp_start
	b=$PORT
	run -0 client --echo
	PORT=$a udp_forge "$b" < <(
		message f00000f0 00000001
		message f00000f0 00000002 "VERSION=2.0.2\r\n"
		message f00000f1 00000003 "AUTHENTICATE DIGEST-MD5\r\n"
		message f00000f2 00000004 "ECHO REQUEST"
	)
	wait_until 3 handlers_are 0
	udp_stop
	kill "$pid"
	wait_until 10 gone "$pid"
	line=$(grep 'dropped:' "$TSP_DIR/log" | tail -n 1) # what the other one was made to answer
	[[ $line == *" 1 of no conversation, 2 answers of servers"* ]] || fail "$line"
	line=$(grep 'dropped:' "$TSP_DIR/log.a" | tail -n 1)
	[[ $line == *" 1 of no conversation, 0 answers of servers"* ]] || fail "$line"
}

@test "an answer that comes back within a conversation earns none" {
	udp_start
	datagrams --again $((100 * SLOW)) < <(
		message f00000f0 00000001 "VERSION=2.0.2\r\n"
		message f00000f0 00000001 "CAPABILITY TUNNEL=V6V4 AUTH=ANONYMOUS\r\n"
		message f00000f1 00000002
		message f00000f1 00000002 "AUTHENTICATE ANONYMOUS\r\n"
		message f00000f1 00000002 "200 Success\r\n"
		message f00000f2 00000003 "200 Success\r\n"
	)
	[[ ${#lines[@]} -eq 2 ]]
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

# bytes_in, bytes_out - what a conversation of tsp-udp-client -v costs, in IPv4 packets
bytes() {
	awk -v sign="$1" '$1 == sign' "$TSP_DIR/err" | sed 's/^. //; s/\\x../x/g; s/\\r/x/g; s/\\n/x/g' |
		awk '{ n += length($0) + 28 } END { print n }'
}

@test "a path gets at most three times what came from it: stock sign-up, info, refusals" {
	local in out
	config server.redirect='192.0.2.7 2001:db8::7 ts2.example.net' limits.session_seconds=$((3 * PATIENCE))
	udp_start
	offer -v --bind "$(source_of 9)" --from 23661 --again $((2000 * PATIENCE))
	in=$(bytes '>') out=$(bytes '<')
	echo "sign-up: $in in, $out out"
	[[ $in -gt 300 && $out -gt 600 && $out -le $((3 * in)) ]]
	[[ $(grep -c '^> ' "$TSP_DIR/err") -eq 4 ]] # nothing had to be repeated
	refused 500 -v --bind "$(source_of 9)" --from 23661 --action info
	[[ $(bytes '<') -le $((3 * $(bytes '>'))) ]]
	refused 302 -v --version 9
	[[ $(bytes '<') -le $((3 * $(bytes '>'))) ]]
	refused 303 -v --type v4v6
	[[ $(bytes '<') -le $((3 * $(bytes '>'))) ]]
}

@test "an answer that is too long for what came waits until the client has sent more" {
	udp_start
	datagrams --again $((200 * SLOW)) --bind "$(source_of 9)" --from 23662 < <(
		message f00000f0 7f000001 "VERSION=2.0.2\r\n"
		message f00000f1 7f000002 "AUTHENTICATE ANONYMOUS\r\n"
		message f00000f2 7f000003 "Content-length: 105\r\n<tunnel action=\"create\" type=\"v6udpv4\"><client><address type=\"ipv4\">10.0.0.1</address></client></tunnel>\r\n"
		message f00000f2 7f000004 "Content-length: 105\r\n<tunnel action=\"create\" type=\"v6udpv4\"><client><address type=\"ipv4\">10.0.0.1</address></client></tunnel>\r\n"
		message f00000f2 7f000005 "Content-length: 105\r\n<tunnel action=\"create\" type=\"v6udpv4\"><client><address type=\"ipv4\">10.0.0.1</address></client></tunnel>\r\n"
		message f00000f2 7f000006 "Content-length: 105\r\n<tunnel action=\"create\" type=\"v6udpv4\"><client><address type=\"ipv4\">10.0.0.1</address></client></tunnel>\r\n"
		message f00000f2 7f000007 "Content-length: 105\r\n<tunnel action=\"create\" type=\"v6udpv4\"><client><address type=\"ipv4\">10.0.0.1</address></client></tunnel>\r\n"
	)
	[[ ${#lines[@]} -ge 3 && ${#lines[@]} -lt 7 ]]
	[[ ${lines[2]} == f00000f27f00000[34567]$(hex "Content-length: ")* ]]
}

@test "the list of other brokers is only for a path that is proven" {
	config server.redirect='192.0.2.7 2001:db8::7 ts2.example.net' -anonymous
	udp_start
	refused 302 --version 9
	refused 303 "${as_alice[@]}" --type v4v6
	refused 1303 --mechanism DIGEST-MD5 --user bob --password swordfish --type v4v6
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

# log_in_from ADDRESS PORT - say so much of DIGEST-MD5 that a handler waits for the rest
log_in_from() {
	datagrams --again $((150 * SLOW)) --bind "$1" --from "$2" < <(
		message f00000f0 00000001 "VERSION=2.0.2\r\n"
		message f00000f1 00000002 "AUTHENTICATE DIGEST-MD5\r\n"
	)
}

@test "greetings start no handler, and nobody behind their address is kept out" {
	local port
	config limits.sessions=4 limits.sessions_per_address=2
	udp_start
	for ((port = 24001; port <= 24020; port++)); do
		datagrams --again $((20 * SLOW)) --from $port --bind "$(source_of 9)" < <(
			message f00000f0 00000001 "VERSION=2.0.2\r\n"
			message f00000f1 00000002 "AUTHENTICATE ANONYMOUS\r\n"
		)
	done
	no_handlers
	offer --bind "$(source_of 9)"
	offer --bind "$(source_of 10)"
}

@test "logins that are begun hold half of the places, and give way" {
	local port
	config limits.sessions=4 limits.session_seconds=$((30 * PATIENCE))
	udp_start
	for ((port = 24001; port <= 24006; port++)); do
		log_in_from "$(source_of 9)" $port
	done
	handlers_are 2
	sleep 1.1 # so long each of them is safe
	offer --bind "$(source_of 9)" --mechanism DIGEST-MD5 --user bob --password swordfish
	offer --bind "$(source_of 10)"
}

@test "a refused password leaves nothing behind, however many there are" {
	local try
	config limits.login_delay=5 limits.sessions=4
	udp_start
	for try in 1 2 3 4 5 6; do
		refused 300 --mechanism PLAIN --user alice --password "wrong$try"
	done
	wait_until 10 no_handlers
	offer "${as_alice[@]}"
}

@test "1,000 forged sources fill nothing, and harm nobody who is at work" {
	config limits.login_seconds=$((6 * SLOW))
	udp_start
	mkfifo "$TSP_DIR/go"
	exec 9<>"$TSP_DIR/go"
	client_start "${as_alice[@]}" --pause <"$TSP_DIR/go" 9>&-
	client_has_offer
	client --forge 1000
	offer --bind "$(source_of 10)"
	exec 9>&- # alice accepts
	wait "$CLIENT_PID"
	settled
	[[ $(leases | grep -c ' active ') -eq 2 ]]
	tunnels_count 2
}

@test "VERSION ends no conversation that holds an offer" {
	udp_start
	mkfifo "$TSP_DIR/go"
	exec 9<>"$TSP_DIR/go"
	client_start "${as_alice[@]}" --from 23658 --bind 127.0.0.1 --pause <"$TSP_DIR/go" 9>&-
	client_has_offer
	udp_forge 23658 < <(message f00000ff 7fffffff "VERSION=2.0.2\r\n")
	exec 9>&-
	wait "$CLIENT_PID"
	settled
	tunnels_count 1
	counted "1 out of order"
}

@test "a later number than the next is not executed" {
	udp_start
	datagrams --again $((300 * SLOW)) < <(
		message f00000f0 00000001 "VERSION=2.0.2\r\n"
		message f00000f1 00000002 "AUTHENTICATE ANONYMOUS\r\n"
		message f00000f9 00000003 "Content-length: 26\r\n<tunnel action=\"delete\"/>\r\n"
	)
	[[ ${#lines[@]} -eq 2 ]]
	no_handlers
	counted "1 out of order"
}

@test "a datagram to a broadcast address is nobody's" {
	udp_start
	run -0 client --echo # it is at work
	run -3 client --host 127.255.255.255 --tries 2
	no_handlers
	counted "2 from or to a foreign address"
}

@test "more sessions than a process has descriptors for" {
	config limits.sessions=200
	(ulimit -Sn 64 && udp_start && echo "$PORT $SERVER_PID" >"$TSP_DIR/server")
	read -r PORT SERVER_PID <"$TSP_DIR/server"
	offer
	run -0 cat "/proc/$(receiver)/limits"
	[[ $output == *"Max open files            240 "* ]]
}

@test "fewer descriptors than sessions: said, and served" {
	config limits.sessions=4096
	(ulimit -n 64 && udp_start && echo "$PORT $SERVER_PID" >"$TSP_DIR/server")
	read -r PORT SERVER_PID <"$TSP_DIR/server"
	offer
	logged 'sessions: 24 instead of 4096'
}

@test "a handler that cannot be started: 530" {
	# shellcheck disable=SC2034
	HANDLER=/nonexistent/handler
	udp_start
	datagrams < <(
		message f00000f0 00000001 "VERSION=2.0.2\r\n"
		message f00000f1 00000002 "AUTHENTICATE DIGEST-MD5\r\n"
	)
	[[ ${lines[1]} == "$(message f00000f1 00000002 "530 Server too busy\r\n")" ]]
}

@test "a handler that dies ends its conversation only" {
	local pid
	udp_start
	log_in_from "$(source_of 9)" 24001
	pid=$(handlers)
	kill -KILL "$pid"
	wait_until 3 no_handlers
	offer
}

@test "over UDP fail2ban finds only failures of who has answered with the nonce" {
	requires fail2ban-regex
	udp_start
	refused 300 --bind "$(source_of 66)" --mechanism PLAIN --user alice --password wrong
	refused 300 --bind "$(source_of 67)" --mechanism DIGEST-MD5 --user alice --password wrong
	offer --bind "$(source_of 68)"
	datagrams --again $((200 * SLOW)) --bind "$(source_of 69)" < <(
		message f00000f0 00000001 "VERSION=2.0.2\r\n"
		message f00000f1 00000002 "AUTHENTICATE DIGEST-MD5\r\n"
		message f00000f2 00000003 "$(base64 -w 0 <<<'username="alice",nonce="x",response=x')\r\n"
	)
	[[ ${#lines[@]} -eq 3 && ${lines[2]} == f00000f200000003$(hex "300 ")* ]]
	settled
	run -0 fail2ban-regex -o ip "$TSP_DIR/log" "$ROOT/units/fail2ban/filter.conf"
	[[ $output == "$(source_of 67)" ]] || fail "$output" "$(<"$TSP_DIR/log")"
}

@test "forged clients by the hundred: honest ones are served" {
	requires root
	TSP_BUILD=$BUILD run -0 "$ROOT/tests/abuse/udp" -q
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
