#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# udp-presence.bats - anonymous v6udpv4 takes no state until the secret comes back

# shellcheck disable=SC2154 # logins are in handler.bash
load ../lib/handler
load ../lib/udp

setup() {
	udp_begin
	sed -i '2i # TSP-Proof: yes' "$TSP_DIR/template.sh"
	HOST=127.$((RANDOM % 100 + 100)).$((RANDOM % 250)).$((RANDOM % 250 + 1))
	udp_start
}

teardown() {
	test_end
}

# answered SOURCE DESTINATION [OPTION...] - $output is the reply to that ping, from the last
# offer's port of $HOST
answered() {
	datagrams --bind "$HOST" --from "${GOT[PORT]}" --again $((200 * SLOW)) "${@:3}" \
		<<<"$(ping_packet "$1" "$2")"
}

# nothing_kept - no lease, no tunnel, no handler, and no word about it
nothing_kept() {
	no_handlers
	[[ -z $(tunnels) && ! -e $TSP_DIR/kernel/history ]]
	run -0 leases
	[[ $output != *anonymous* ]]
	run -1 grep -F "tsp-handler[" "$TSP_DIR/log"
}

@test "an offer takes no state; a ping to its secret gets an answer, lease and tunnel" {
	local port
	offer --bind "$HOST"
	is TYPE v6udpv4
	[[ ${GOT[KEEPALIVE_ADDRESS]} =~ ^2001:0db8:ffff:0000:[89abcdef] ]]
	wait_until 3 no_handlers
	nothing_kept
	offer --bind "$HOST" --answer none
	wait_until 3 no_handlers # nobody waits for the answer
	nothing_kept
	answered "${GOT[CLIENT_IPV6]}" "${GOT[KEEPALIVE_ADDRESS]}"
	[[ $output == 60000000*"${GOT[KEEPALIVE_ADDRESS]//:/}${GOT[CLIENT_IPV6]//:/}8100"*6162636465666768 ]]
	logged "$HOST:${GOT[PORT]} anonymous: has "
	settled
	tunnels_count 1
	[[ $output =~ ^anonymous\ [0-9]+\ active\ $HOST:${GOT[PORT]}\  ]] || fail "$output"
	port=$(printf %04x "${GOT[PORT]}")
	run -0 cat "$TSP_DIR"/kernel/tsp*"$port"
	[[ ${GOT[KEEPALIVE_ADDRESS]//:/} == *"$(sed -n 's/^TSP_KEEPALIVE_ADDRESS_IPV6=.*://p' <<<"$output")" ]]
	# and again: it is there already
	answered "${GOT[CLIENT_IPV6]}" "${GOT[KEEPALIVE_ADDRESS]}"
	[[ -n $output ]]
	settled
	[[ $(grep -c CREATION "$TSP_DIR/kernel/history") -eq 1 ]]
}

@test "a client is pinged from its secret address after accept, and a reply proves it" {
	local ping
	offer --bind "$HOST"
	datagrams --bind "$HOST" --from "${GOT[PORT]}" --again $((2500 * SLOW)) <<<00
	ping=${lines[0]}
	[[ $ping == 60000000*"${GOT[KEEPALIVE_ADDRESS]//:/}${GOT[CLIENT_IPV6]//:/}8000"* ]]
	no_handlers
	datagrams --bind "$HOST" --from "${GOT[PORT]}" --again $((500 * SLOW)) \
		<<<"$(ping_packet "${GOT[CLIENT_IPV6]}" "${GOT[KEEPALIVE_ADDRESS]}" 6162636465666768 81)"
	[[ $output != *8100*6162636465666768 ]] # a reply has no answer
	logged "$HOST:${GOT[PORT]} anonymous: has "
	settled
	tunnels_count 1
}

@test "another secret, another port, another packet: nothing" {
	local secret
	offer --bind "$HOST"
	secret=${GOT[KEEPALIVE_ADDRESS]}
	answered "${GOT[CLIENT_IPV6]}" "${secret%?}$(printf %x $(((16#${secret: -1} + 1) % 16)))"
	[[ $output != *61626364656667* ]] # there may be pings
	answered "${GOT[CLIENT_IPV6]}" "${GOT[SERVER_IPV6]}"
	[[ $output != *61626364656667* ]] # there may be pings
	datagrams --bind "$HOST" --again $((200 * SLOW)) <<<"$(ping_packet "${GOT[CLIENT_IPV6]}" "$secret")"
	[[ $output != *61626364656667* ]] # there may be pings
	datagrams --bind "$HOST" --from "${GOT[PORT]}" --again $((200 * SLOW)) \
		<<<"$(ping_packet "${GOT[CLIENT_IPV6]}" "$secret" | sed 's/68$/69/')"
	[[ $output != *61626364656667* ]] # there may be pings
	nothing_kept
}

@test "a secret outlives tsp-udp" {
	local port=$PORT
	offer --bind "$HOST"
	udp_stop
	random_port() { PORT=$port; }
	udp_start
	answered "${GOT[CLIENT_IPV6]}" "${GOT[KEEPALIVE_ADDRESS]}"
	[[ -n $output ]]
	logged "anonymous: has "
}

@test "a thousand forged creates take nothing" {
	client --forge 200 --blind 200 --again 50 --type v6udpv4 --bind "$HOST"
	wait_until 10 no_handlers
	nothing_kept
	offer
}

@test "an account and a tunnel of protocol 41 have a lease at once" {
	offer --bind "$HOST" "${as_alice[@]}"
	is TYPE v6udpv4
	[[ ${GOT[KEEPALIVE_ADDRESS]} =~ ^2001:0db8:ffff:0000:[89abcdef] ]]
	offer --bind "$HOST" --address "$HOST"
	is TYPE v6v4
	settled
	tunnels_count 2
}

@test "the key is the service's alone" {
	run -0 client --echo
	[[ $(stat -c %a "$TSP_DIR/state/presence.key") == 600 ]]
}
