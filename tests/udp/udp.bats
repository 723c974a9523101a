#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# udp.bats - honest clients that talk UDP: each way of logging in gets its tunnel

# shellcheck disable=SC2154 # logins are in handler.bash
load ../lib/handler
load ../lib/udp

setup() {
	udp_begin
}

teardown() {
	test_end
}

# port_hex - the client's port as it stands in addresses
port_hex() {
	printf %04x "${GOT[PORT]}"
}

@test "an anonymous client behind a NAT gets v6udpv4, with its address and port in the address" {
	udp_start
	offer
	is TYPE v6udpv4
	is CLIENT_IPV4 127.0.0.1
	is SERVER_IPV4 127.0.0.1
	is CLIENT_IPV6 "2001:0db8:000a:0000:7f00:0001:$(port_hex):0003"
	is SERVER_IPV6 "2001:0db8:000a:0000:7f00:0001:$(port_hex):0002"
	is KEEPALIVE_ADDRESS "2001:0db8:000a:0000:7f00:0001:$(port_hex):0002"
	is LIFETIME 1440
	settled
	up "tsp7f000001$(port_hex)"
	[[ $output =~ ^anonymous\ [0-9]+\ active\ 127.0.0.1:${GOT[PORT]}\  ]]
}

@test "a client without a NAT gets v6v4, and an address as it would have over TCP" {
	udp_start
	offer --bind 127.1.2.3 --address 127.1.2.3
	is TYPE v6v4
	is CLIENT_IPV6 2001:0db8:000a:0000:7f01:0203:0000:0003
	settled
	up tspa7f010203
}

@test "v6udpv4 and v6v4 by name" {
	udp_start
	offer --type v6udpv4 --address 127.0.0.1
	is TYPE v6udpv4
	offer --type v6v4 --address 127.0.0.1
	is TYPE v6v4
	refused 501 --type v6v4
	refused 303 --type v4v6
}

@test "PLAIN, DIGEST-MD5 and ANONYMOUS, host and /56, from both first numbers" {
	local first
	udp_start
	for first in f00000f0 f0000000; do
		offer "${as_alice[@]}" --sequence $first
		is TYPE v6udpv4
		is CLIENT_NAME alice.tsp.example
		is PREFIX ""
		offer "${as_alice[@]}" --sequence $first --prefix 56
		is PREFIXLEN 56
		offer --mechanism DIGEST-MD5 --user bob --password swordfish --sequence $first
		is CLIENT_NAME bob.tsp.example
		offer --mechanism DIGEST-MD5 --user bob --password swordfish --sequence $first --prefix 56
		is PREFIXLEN 56
		offer --sequence $first
		refused 507 --sequence $first --prefix 56
	done
	settled
	[[ $(leases | grep -c '^users .* active ') -eq 2 ]]
}

@test "a refused create ends its handler at once, and leaves its place" {
	config limits.sessions_per_address=1
	udp_start
	refused 507 --prefix 56
	wait_until 10 no_handlers || fail "a handler stays"
	refused 507 --prefix 56
	offer
}

@test "AUTHENTICATE as jipv6 ends it" {
	udp_start
	offer "${as_alice[@]}" --backspace --sequence f0000000
	offer --backspace
	offer --mechanism DIGEST-MD5 --user bob --password swordfish --backspace
}

@test "a wrong password is refused, and the client may come again" {
	udp_start
	refused 300 --mechanism PLAIN --user alice --password wrong --from 23654
	refused 300 --mechanism DIGEST-MD5 --user alice --password wrong --from 23654
	offer "${as_alice[@]}" --from 23654 --again 1000
}

@test "a user keeps address and prefix, whatever port he comes from" {
	local address prefix
	udp_start
	offer "${as_alice[@]}" --prefix 56
	address=${GOT[CLIENT_IPV6]} prefix=${GOT[PREFIX]}
	offer "${as_alice[@]}" --prefix 56 --bind 127.9.9.9
	is CLIENT_IPV6 "$address"
	is PREFIX "$prefix"
	settled
	tunnels_count 1
}

@test "what a template is told" {
	udp_start
	offer "${as_alice[@]}" --prefix 56
	settled
	local number
	number=$(leases | awk '$4 == "alice" { print $2 }')
	run -0 cat "$TSP_DIR/kernel/tsp$number"
	[[ $output == *"TSP_TUNNEL_MODE=v6udpv4"* ]]
	[[ $output == *"TSP_CLIENT_PORT=${GOT[PORT]}"* ]]
	[[ $output == *"TSP_SERVER_PORT=$PORT"* ]]
	[[ $output != *"TSP_PSEUDO"* ]]
}

@test "info and delete" {
	config limits.session_seconds=$((3 * SLOW))
	udp_start
	offer --from 23655 "${digest_alice[@]}"
	offer --from 23655 "${digest_alice[@]}" --action info --again 4000
	is TYPE v6udpv4
	ask --from 23655 "${digest_alice[@]}" --action delete --again 4000
	[[ $RC -eq 0 ]] || fail "$(said)"
	settled
	up ""
}

@test "reject takes the tunnel down" {
	udp_start
	offer --answer reject
	settled
	up ""
	run -0 leases
	[[ $output != *active* ]]
}

@test "a client that leaves without a word keeps nothing" {
	config limits.login_seconds=$((2 * SLOW)) limits.session_seconds=$((3 * SLOW))
	udp_start
	offer --answer none
	tunnels_count 1
	wait_until 8 no_handlers
	up ""
}

@test "the answer comes from the address that was asked" {
	udp_start
	offer --host 127.4.4.4
	is SERVER_IPV4 127.4.4.4
}

@test "the address that a datagram was sent to is not that of a tunnel of protocol 41" {
	udp_start
	offer --host 127.4.4.4 --bind 127.1.2.3 --address 127.1.2.3
	is TYPE v6v4
	is SERVER_IPV4 127.0.0.1
	config server.address=192.0.2.1
	offer --host 127.4.4.4 --bind 127.1.2.4 --address 127.1.2.4
	is SERVER_IPV4 192.0.2.1
}

@test "a socket for both families serves IPv4" {
	UDP_ADDRESS='[::]' udp_start
	offer --host 127.4.4.4 --bind 127.3.3.3
	is SERVER_IPV4 127.4.4.4
	is CLIENT_IPV4 127.3.3.3
}

@test "ECHO REQUEST is answered without a session" {
	udp_start
	run -0 client --echo
	datagrams <<<"$(message f0000001 00000002 "ECHO REQUEST")"
	[[ $output == "$(message f0000001 00000002 "200 Success\r\n")" ]]
	no_handlers
}

@test "a repeated message is answered from memory, and not executed again" {
	udp_start
	offer --twice
	offer "${as_alice[@]}" --twice --prefix 56
	offer --mechanism DIGEST-MD5 --user bob --password swordfish --twice
	settled
	[[ $(grep -c CREATION "$TSP_DIR/kernel/history") -eq 3 ]]
	[[ $(leases | grep -c ' active ') -eq 3 ]]
}

@test "a late copy of the last message gets the same answer under its own header" {
	udp_start
	datagrams < <(
		message f00000f0 00000001 "VERSION=2.0.2\r\n"
		message f00000f1 00000002 "AUTHENTICATE ANONYMOUS\r\n"
		message f00000f1 00000009 "AUTHENTICATE ANONYMOUS\r\n"
	)
	[[ ${#lines[@]} -eq 3 ]]
	[[ ${lines[1]} == "$(message f00000f1 00000002 "200 Success\r\n")" ]]
	[[ ${lines[2]} == "$(message f00000f1 00000009 "200 Success\r\n")" ]]
	no_handlers # there is nothing to do for one yet
}

@test "VERSION again begins again" {
	local capability
	udp_start
	datagrams < <(
		message f00000f0 00000001 "VERSION=2.0.2\r\n"
		message f00000f1 00000002 "AUTHENTICATE ANONYMOUS\r\n"
		message f00000f2 00000003 "VERSION=2.0.2\r\n"
		message f00000f3 00000004 "AUTHENTICATE ANONYMOUS\r\n"
	)
	[[ ${#lines[@]} -eq 4 ]]
	capability=${lines[0]:16}
	[[ ${lines[2]} == "f00000f200000003$capability" ]]
	[[ ${lines[3]} == "$(message f00000f3 00000004 "200 Success\r\n")" ]]
	no_handlers
}

@test "two clients of one port each have their own conversation" {
	udp_start
	offer --from 23656 --bind 127.0.0.2
	offer --from 23656 --bind 127.0.0.3
	settled
	up tsp7f0000025c68 tsp7f0000035c68
}

@test "without v6udpv4 in the template such tunnels are refused" {
	kernel_template
	udp_start
	datagrams <<<"$(message f00000f0 00000001 "VERSION=2.0.2\r\n")"
	[[ $output == f00000f000000001$(hex "CAPABILITY TUNNEL=V6V4 AUTH=ANONYMOUS")* ]]
	refused 303 --type v6udpv4
	refused 501
	offer --address 127.0.0.1
	is TYPE v6v4
}

@test "over TCP there is no v6udpv4" {
	server_start
	run -1 "$TOOLS/tsp-client" --port "$PORT" --type v6udpv4
	[[ $output == *"STATUS=303"* ]]
	run -1 "$TOOLS/tsp-client" --port "$PORT" --type v6anyv4 --address 10.0.0.1
	[[ $output == *"STATUS=501"* ]]
}

@test "an address has its number of present clients, and no more" {
	config limits.per_address=2
	udp_start
	offer
	offer
	offer
	settled
	prove
	refused 301
	offer --bind 127.0.0.2
	prove 3
	offer
}

# minutes_left - of the only lease there is
minutes_left() {
	local expires
	expires=$("$BUILD/tspctl" -c "$TSP_DIR/tsp.conf" list --plain | awk 'NR == 1 { print $10 }')
	echo $((($(date -d "$expires" +%s) - $(date +%s) + 30) / 60))
}

@test "a lease is good for two minutes, and for all of its time once its secret was heard" {
	sed -i '2i # TSP-Proof: yes' "$TSP_DIR/template.sh"
	udp_start
	offer "${as_alice[@]}"
	settled
	[[ $(minutes_left) -le 2 ]]
	run -0 "$BUILD/tspctl" -c "$TSP_DIR/tsp.conf" expire
	[[ $(minutes_left) -le 2 ]]
	echo rx_bytes=100 tx_bytes=0 rx_packets=1 tx_packets=0 proof_packets=0 >"$TSP_DIR/traffic"
	run -0 "$BUILD/tspctl" -c "$TSP_DIR/tsp.conf" expire
	[[ $(minutes_left) -le 2 ]]
	echo rx_packets=1 proof_packets=1 proof_seconds=0 >"$TSP_DIR/traffic"
	run -0 "$BUILD/tspctl" -c "$TSP_DIR/tsp.conf" expire
	[[ $(minutes_left) -ge 1430 ]]
	run -0 leases
}

@test "it leaves when nobody has talked for a while, and takes nobody along" {
	udp_start --idle 1
	offer
	udp_left
	tunnels_count 1
}

@test "a client at work keeps it there" {
	udp_start --idle 1
	offer --answer none
	sleep 2
	kill -0 "$SERVER_PID"
}

@test "the process that reads datagrams has no capability, and no way to get anything" {
	local pid
	udp_start
	run -0 client --echo
	pid=$(receiver)
	run -0 cat "/proc/$pid/status"
	[[ $output == *$'CapPrm:\t0000000000000000'* ]]
	[[ $output == *$'CapEff:\t0000000000000000'* ]]
	[[ $output == *$'CapInh:\t0000000000000000'* ]]
	[[ $output == *$'CapAmb:\t0000000000000000'* ]]
	[[ $output == *$'NoNewPrivs:\t1'* ]]
	[[ $output == *$'Seccomp:\t2'* ]]
	[[ $output == *$'Uid:\t'"$(id -u "$TSP_USER")"* ]]
}

@test "asked to stop, it lets templates finish and leaves nothing half done" {
	udp_start
	offer --answer none
	udp_stop
	[[ -z $(tunnels) ]]
	run -0 leases
	[[ $output != *offered* ]]
}

@test "without sockets, without a configuration, with a wrong option: exit status 100" {
	run -100 "$BUILD/tsp-udp" -c "$TSP_DIR/tsp.conf"
	[[ $output == *"sockets are needed"* ]]
	run -100 "$BUILD/tsp-udp" -c "$TSP_DIR/nothing"
	run -100 "$BUILD/tsp-udp" --idle -1
	run -100 "$BUILD/tsp-udp" more
	run -0 "$BUILD/tsp-udp" -V
}
