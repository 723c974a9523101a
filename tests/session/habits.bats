#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# habits.bats - clients that stay for months, with the habits of those in the field

# shellcheck disable=SC2154 # logins are in handler.bash
load ../lib/handler
load ../lib/udp

setup() {
	udp_begin
	CLAIM=$TSP_DIR/claim
	UDP_CLIENT=1
}

teardown() {
	test_end
}

# client [OPTION...] - over TCP, or over UDP
client() {
	if [[ -n $UDP_CLIENT ]]; then
		"$TOOLS/tsp-udp-client" --port "$PORT" --again 300 --tries $((30 * PATIENCE)) "$@"
	else
		"$TOOLS/tsp-client" --port "$PORT" --timeout $((10 * PATIENCE)) "$@"
	fi
}

tcp_start() {
	UDP_CLIENT=
	server_start
}

# wander - an account comes from five addresses and claims the first one from each: it has v6v4 at
# each of them, with the same IPv6 address and prefix
wander() {
	local type=$1 host prefix client
	for host in 1 2 3 2 4; do
		offer "${as_alice[@]}" --type "$type" --claim "$CLAIM" --bind "127.1.0.$host" --prefix 56
		is TYPE v6v4
		is CLIENT_IPV4 "127.1.0.$host"
		: "${client:=${GOT[CLIENT_IPV6]}}" "${prefix:=${GOT[PREFIX]}}"
		is CLIENT_IPV6 "$client"
		is PREFIX "$prefix"
	done
	settled
	[[ $(<"$CLAIM") == 127.1.0.1 ]]
	[[ $(leases | grep -c ' active ') -eq 1 ]]
	[[ $(leases) == *127.1.0.4* ]]
}

@test "v6v4: an account that claims its first address for ever moves" {
	tcp_start
	wander v6v4
}

@test "v6anyv4 over TCP: the same" {
	tcp_start
	wander v6anyv4
}

@test "v6anyv4 over UDP: the same, and it stays v6v4" {
	udp_start
	wander v6anyv4
}

@test "a private address is a sign of a NAT, whatever the account had before" {
	udp_start
	offer "${as_alice[@]}" --type v6anyv4 --address 127.0.0.1
	is TYPE v6v4
	offer "${as_alice[@]}" --type v6anyv4 --address 192.168.1.2
	is TYPE v6udpv4
	refused 501 "${as_alice[@]}" --type v6v4 --address 192.168.1.2
}

@test "without an account the first address is believed only with stale_address = yes" {
	tcp_start
	offer --claim "$CLAIM" --bind 127.1.0.1
	refused 501 --claim "$CLAIM" --bind 127.1.0.2
	config server.stale_address=yes
	offer --claim "$CLAIM" --bind 127.1.0.2
	is CLIENT_IPV4 127.1.0.2
}

@test "VERSION without a line end, over TCP and UDP, header in host byte order" {
	tcp_start
	offer --unended
	offer "${as_bob[@]}" --unended --chunk 1
	settled
	server_stop
	UDP_CLIENT=1
	udp_start
	offer --unended --host-order --sequence f0000000 # as tspc 2.1.1 begins
	offer "${as_alice[@]}" --unended --host-order --sequence f0000000
}

@test "a client that never renews keeps its addresses, from whichever port it comes back" {
	local first
	udp_start
	for _ in 1 2 3 4 5 6; do
		offer "${as_alice[@]}"
		is TYPE v6udpv4
		: "${first:=${GOT[CLIENT_IPV6]}}"
		is CLIENT_IPV6 "$first"
	done
	settled
	[[ $(leases | grep -c ' active ') -eq 1 ]]
}

@test "proxy for the client's own address needs no permission" {
	tcp_start
	offer --proxy --bind 127.1.0.1
	is CLIENT_IPV4 127.1.0.1
	refused 303 --proxy --bind 127.1.0.1 --address 127.1.0.2
	refused 303 "${as_alice[@]}" --proxy --bind 127.1.0.1 --address 127.1.0.2
}

@test "proxy for another address: accounts, with proxy = yes, and it takes nobody's place" {
	config server.proxy=yes
	tcp_start
	refused 303 "${as_alice[@]}" --proxy --bind 127.1.0.1 --address 127.1.0.2 # nothing proves it
	sed -i '2i# TSP-Proof: yes' "$TSP_DIR/template.sh"
	refused 303 --proxy --bind 127.1.0.1 --address 127.1.0.2
	offer --bind 127.1.0.3
	refused 506 "${as_alice[@]}" --proxy --bind 127.1.0.1 --address 127.1.0.3
	offer "${as_alice[@]}" --proxy --bind 127.1.0.1 --address 127.1.0.2
	is CLIENT_IPV4 127.1.0.2
	settled
	# it has not been heard from there: two minutes
	grep -q ' claimed *alice ' "$TSP_DIR/state/users.leases"
}
