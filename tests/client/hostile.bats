#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# hostile.bats - servers that lie, and networks that are no better

# shellcheck disable=SC2153,SC2154 # variables of the libraries and of bats
load ../lib/handler
load ../lib/udp
load ../lib/tspc
load ../lib/netns
load ../lib/false_server

setup() {
	false_begin
}

teardown() {
	net_end
}

@test "an honest offer of the false server is taken, over both transports, in pieces and twice" {
	local offer
	offer=$(offer_of)
	says "$CAPABILITY" "$SUCCESS" "$offer" ""
	once
	[[ $status -eq 0 && $output == *"up: 2001:db8:1::2"* ]] || fail "$output"
	silence
	says -t "@bytes $CAPABILITY" "@bytes $SUCCESS" "@bytes $offer"
	once
	[[ $status -eq 0 ]] || fail "$output"
	silence
	says -u "@twice $CAPABILITY" "@twice $SUCCESS" "@twice $offer" "@twice "
	once
	[[ $status -eq 0 ]] || fail "$output"
	[[ $(grep -c 'action="accept"' "$TSP_DIR/heard") -eq 1 ]]
}

@test "offers that would give a server more than a tunnel are rejected, and the server is told" {
	local row
	in_cli ip -6 addr add 2001:db8:7777::5/64 dev eth nodad
	while IFS='|' read -r row message; do
		# shellcheck disable=SC2086 # words
		says "$CAPABILITY" "$SUCCESS" "$(offer_of $row)" ""
		rejected "offer rejected: $message"
		grep -q 'action="reject"' "$TSP_DIR/heard" || fail "$row" "$(<"$TSP_DIR/heard")"
		silence
	done <<-ROWS
		client6=fe80::2|an address of its tunnel is not a global unicast address
		client6=::1|an address of its tunnel is not a global unicast address
		server6=ff02::1|an address of its tunnel is not a global unicast address
		client6=2002:c000:0202::1|an address of its tunnel is not a global unicast address
		client6=2001:db8:7777::6|its addresses are in a network that this machine has another route to
		server6=2001:db8:7777::1|its addresses are in a network that this machine has another route to
		client6=2001:db8:1::1|both ends of its tunnel have the same address
		server4=127.0.0.1|the tunnel would end at another machine than the server
		server4=192.0.2.77|the tunnel would end at another machine than the server
		type=v6anyv4|tspc cannot build a tunnel of its mode
		type=v4v6|tspc cannot build a tunnel of its mode
	ROWS
}

@test "a router's prefix is no shorter than asked for" {
	says "$CAPABILITY" "$SUCCESS" "$(offer_of prefix=2001:db8:: length=32)" ""
	rejected "its prefix is shorter than asked for" host_type=router if_prefix=lo prefixlen=56
	silence
	says "$CAPABILITY" "$SUCCESS" "$(offer_of)" ""
	rejected "it has no prefix for a router" host_type=router if_prefix=lo prefixlen=56
}

@test "names reach the template as names or not at all, keepalives as numbers in bounds" {
	local name
	# shellcheck disable=SC2016 # nothing is to be expanded
	for name in 'x\x0aPATH=/evil' '$(reboot)' '`reboot`' 'a b' '-rf' 'a&#10;b' '../../etc'; do
		rm -f "$TSP_DIR/run.log"
		says "$CAPABILITY" "$SUCCESS" "$(offer_of "name=$name" keepalive=1)" ""
		once
		if [[ $status -eq 0 ]]; then
			run -1 grep -E 'CLIENT_DNS_NAME|reboot|evil' "$TSP_DIR/run.log"
		else
			[[ ! -e $TSP_DIR/run.log ]]
		fi
		silence
	done
}

@test "what is no TSP ends a try with a line, and soon" {
	local reply
	while IFS= read -r reply; do
		says "$reply" "$reply" "$reply" "$reply"
		rejected "(UDP): sent an answer that is not TSP"
		silence
	done <<-'REPLIES'
		HTTP/1.1 400 Bad Request\r\n\r\n
		\x00\x00\x00\x00
		\r\n
		220 mail.example ESMTP\r\n
		Content-length: 99999999\r\n200 Success\r\n
	REPLIES
	says "$CAPABILITY" "$SUCCESS" "$(framed '200 Success\r\n<!DOCTYPE a [<!ENTITY b "c">]><tunnel>&b;</tunnel>')"
	rejected "sent an answer that is not TSP"
	silence
	says "$CAPABILITY" "$SUCCESS" "$(framed "200 Success\\r\\n$(printf '<a>%.0s' {1..400})")"
	rejected "sent an answer that is not TSP"
}

@test "a server that does not know the password gets nothing but a digest" {
	local -a alice=(auth_method=any userid=alice passwd=s3cret)
	says 'CAPABILITY TUNNEL=V6V4 AUTH=ANONYMOUS AUTH=PLAIN\r\n' "$SUCCESS" "$(offer_of)" ""
	rejected "does not offer the login that auth_method allows" "${alice[@]}"
	run -1 grep -E 's3cret|PLAIN|ANONYMOUS' "$TSP_DIR/heard"
	silence
	says "$CAPABILITY" "$SUCCESS" "$(offer_of)" ""
	rejected "did not prove that it knows the password" "${alice[@]}"
	silence
	says "$CAPABILITY" \
		"$(printf 'realm="a",nonce="b",qop="auth",charset=utf-8,algorithm=md5-sess' | base64 -w 0)\\r\\n" \
		"$(printf 'rspauth=00000000000000000000000000000000' | base64 -w 0)\\r\\n" "$SUCCESS" "$(offer_of)" ""
	rejected "did not prove that it knows the password" "${alice[@]}"
	run -1 grep -F s3cret "$TSP_DIR/heard"
}

@test "forged answers are not heard, and a silent server is told of" {
	says -u "@forged $CAPABILITY"
	rejected "does not answer" tunnel_mode=v6udpv4
	[[ $(grep -c VERSION "$TSP_DIR/heard") -eq 3 ]]
}

@test "UDP that is silent is tried three times, then TCP" {
	says -u @silent @silent @silent
	says -t "$CAPABILITY" "$SUCCESS" "$(offer_of)" ""
	once
	[[ $status -eq 0 && $output == *"up: 2001:db8:1::2"* ]] || fail "$output"
	[[ $(grep -c VERSION "$TSP_DIR/heard") -eq 4 ]] || fail "$(<"$TSP_DIR/heard")"
}

@test "redirection: a broker that answers over UDP comes before one that does not" {
	in_srv ip addr add 192.0.2.11/24 dev wan
	in_srv ip addr add 192.0.2.13/24 dev wan
	says 192.0.2.1 "$(sends_on 1302 192.0.2.11 192.0.2.13)"
	says -t 192.0.2.11 '303 No\r\n'
	says 192.0.2.13 "$CAPABILITY" "$SUCCESS" "$(offer_of server4=192.0.2.13)" ""
	once
	[[ $status -eq 0 ]] || fail "$output"
	[[ $(grep -c VERSION "$TSP_DIR/heard") -eq 2 ]] || fail "$(<"$TSP_DIR/heard")"
}

@test "redirection: ranked, followed, and never in a circle" {
	local address
	for address in 192.0.2.11 192.0.2.12 192.0.2.13; do
		in_srv ip addr add "$address/24" dev wan
	done
	# A circle of three
	says 192.0.2.1 "$(sends_on 1302 192.0.2.11 192.0.2.1)"
	says 192.0.2.11 "$(sends_on 1302 192.0.2.12 192.0.2.1)"
	says 192.0.2.12 "$(sends_on 1302 192.0.2.1 192.0.2.11 192.0.2.12)"
	rejected "status 1302"
	[[ $(grep -c 'VERSION=2.0.2' "$TSP_DIR/heard") -eq 3 ]] || fail "$(<"$TSP_DIR/heard")"

	# The nearest one that serves
	kill "${NET_PIDS[-1]}"
	says 192.0.2.13 "$CAPABILITY" "$SUCCESS" "$(offer_of server4=192.0.2.13)" ""
	kill "${NET_PIDS[-4]}"
	says 192.0.2.1 "$(sends_on 1301 192.0.2.11 192.0.2.13)"
	once
	[[ $status -eq 0 && $output == *"sent on to broker 192.0.2.13"* ]] || fail "$output"
}

@test "redirection: not to addresses that are nobody's, five lists at most, no password" {
	local i
	in_cli ip addr add 8.8.8.2/24 dev eth
	in_srv ip addr add 8.8.8.1/24 dev wan
	for i in 1 2 3 4 5 6 7; do
		in_srv ip addr add "8.8.9.$i/32" dev wan
	done
	in_cli ip route add 8.8.9.0/24 dev eth
	says 8.8.8.1 "$(sends_on 1302 127.0.0.1 10.0.0.1 192.0.2.1 169.254.1.1 224.0.0.1)"
	rejected "no broker of the list that 8.8.8.1 sent can be asked" server=8.8.8.1
	run -1 grep -v -e ready -e VERSION=2.0.2 "$TSP_DIR/heard"
	silence

	says 8.8.8.1 "$(sends_on 1302 8.8.9.1)"
	for i in 1 2 3 4 5 6; do
		says 8.8.9.$i "$(sends_on 1302 8.8.9.$((i + 1)))"
	done
	rejected "status 1302" server=8.8.8.1 auth_method=plain userid=alice passwd=s3cret
	[[ $(grep -c 'VERSION=2.0.2' "$TSP_DIR/heard") -eq 6 ]] || fail "$(<"$TSP_DIR/heard")"
	run -1 grep -F s3cret "$TSP_DIR/heard"
}

@test "an older server: 2.0.2, 2.0.1, 2.0.0" {
	says '302 Unsupported client version\r\n'
	rejected "status 302, Unsupported client version: the server is too old"
	[[ $(grep -o 'VERSION=2.0.[0-9]' "$TSP_DIR/heard" | paste -sd ' ') == "VERSION=2.0.2 VERSION=2.0.1 VERSION=2.0.0" ]] ||
		fail "$(<"$TSP_DIR/heard")"
}

@test "a router advertisement through the tunnel is not believed" {
	net_serve
	tspc_start tunnel_mode=v6udpv4 carrier=tspc
	tspc_is up
	local before
	before=$(in_cli ip -6 route; in_cli ip -6 addr)
	# From the server's end, by hand: ICMPv6 134 with a prefix, from a link-local address
	in_srv ip -6 addr add fe80::1/64 dev srv nodad
	in_srv ping -6 -c 1 -W 1 -I fe80::1%srv ff02::1%srv >/dev/null 2>&1 || true
	reaches 2001:db8:99::1
	[[ $(in_cli ip -6 route; in_cli ip -6 addr) == "$before" ]]
	tspc_stop
}

@test "a network that loses, doubles and delays one in ten: every try comes to a tunnel" {
	local seed
	udp_begin
	udp_start
	for seed in 1 2 3 4; do
		local relay=$((PORT + seed))
		coproc RELAY { "$TOOLS/tsp-udp-relay" "$relay" "$PORT" 10 "$seed"; }
		read -r -u "${RELAY[0]}" _
		tspc_config server=127.0.0.1:"$relay" tunnel_mode=v6udpv4 auth_method=digest-md5 userid=alice passwd=s3cret \
			template="$ROOT/templates/client/print.sh"
		run timeout $((100 * SLOW)) "$TSPC" --once -f "$TSP_DIR/tspc.conf"
		[[ $status -eq 0 ]] || fail "seed $seed" "$output"
		kill "$RELAY_PID" 2>/dev/null || true
	done
	server_stop
}
