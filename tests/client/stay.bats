#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# stay.bats - a tunnel stays: servers that restart, networks that change, machines that sleep

# shellcheck disable=SC2153,SC2154 # variables of the libraries and of bats
load ../lib/handler
load ../lib/tspc
load ../lib/netns

setup() {
	net_begin
	config server.accept=192.0.2.0/24 server.keepalive=5
}

teardown() {
	net_end
}

# said_times TEXT COUNT - the log of tspc has it so often
said_times() {
	[[ $(grep -c -- "$1" "$TSP_DIR/tspc.log") -eq $2 ]]
}

# says TEXT COUNT - now or in a while
says() {
	wait_until 40 said_times "$1" "$2" || fail "not $2 times: $1" "$(<"$TSP_DIR/tspc.log")" \
		"$(cat "$RUNTIME_DIRECTORY"/* 2>/dev/null)"
}

# answered - a keepalive of the tunnel was answered
answered() {
	wait_until 20 test -n "$(tspc_value rtt_ms)" || fail "no keepalive was answered" "$(<"$TSP_DIR/tspc.log")"
}

# kick - a change of the network that changes nothing: tspc looks whether its tunnel lives
kick() {
	in_cli ip addr add 198.51.100.1/32 dev lo
	in_cli ip addr del 198.51.100.1/32 dev lo
}

# move_to ADDRESS - the client's only one
move_to() {
	in_cli ip -4 addr flush dev eth
	in_cli ip addr add "$1/24" dev eth
	in_cli ip route replace default via 192.0.2.1
}

@test "services that stop and start again do not end a tunnel" {
	net_serve
	tspc_start tunnel_mode=v6udpv4 carrier=tspc
	tspc_is up
	kill "$TCP_PID" "$UDP_PID"
	wait "$TCP_PID" "$UDP_PID" || true
	kick
	reaches 2001:db8:99::1
	net_serve
	kick
	reaches 2001:db8:99::1
	tspc_stop
	said_times 'up: ' 1
}

@test "a dead tunnel is taken back, and there is another one when the server is back" {
	local before mode
	net_serve
	before=$(snapshot)
	for mode in v6udpv4 v6v4; do
		: >"$TSP_DIR/tspc.log"
		tspc_start tunnel_mode=$mode carrier=tspc
		tspc_is up
		reaches 2001:db8:99::1
		kill "$END_PID" "$TCP_PID" "$UDP_PID"
		wait "$END_PID" "$TCP_PID" "$UDP_PID" || true
		kick
		says "down: the server does not answer through the tunnel any more" 1
		tspc_is waiting
		run -1 in_cli ip link show dev tspc
		net_end_start
		net_serve
		tspc_is up
		wait_until 5 reaches 2001:db8:99::1
		tspc_stop
		as_before "$before"
	done
}

@test "another IPv4 address, another tunnel, over both transports" {
	local mode
	net_serve
	for mode in v6udpv4 v6v4; do
		: >"$TSP_DIR/tspc.log"
		tspc_start tunnel_mode=$mode carrier=tspc
		tspc_is up
		move_to 192.0.2.3
		says "down: this machine has another IPv4 address" 1
		says 'up: ' 2
		wait_until 5 reaches 2001:db8:99::1
		[[ $(tspc_value client_ipv4) == 192.0.2.3 ]]
		tspc_stop
		move_to 192.0.2.2
	done
}

@test "without a route to the server tspc waits for one, and loses no time then" {
	net_serve
	in_cli ip addr del 192.0.2.2/24 dev eth
	tspc_start tunnel_mode=v6udpv4 carrier=tspc
	tspc_is offline
	in_cli ip addr add 192.0.2.2/24 dev eth
	tspc_is up
	reaches 2001:db8:99::1
	tspc_stop
}

@test "an address that goes and comes back keeps the tunnel" {
	net_serve
	tspc_start tunnel_mode=v6udpv4 carrier=tspc
	tspc_is up
	in_cli ip addr del 192.0.2.2/24 dev eth
	in_cli ip addr add 192.0.2.2/24 dev eth
	wait_until 5 reaches 2001:db8:99::1
	tspc_stop
	said_times 'up: ' 1
}

@test "a tspc that was stopped for a while finds its tunnel alive" {
	net_serve
	tspc_start tunnel_mode=v6udpv4 carrier=tspc
	tspc_is up
	kill -STOP "$TSPC_PID"
	pkill -STOP -P "$TSPC_PID"
	sleep 4
	pkill -CONT -P "$TSPC_PID"
	kill -CONT "$TSPC_PID"
	wait_until 5 reaches 2001:db8:99::1
	tspc_stop
	said_times 'up: ' 1
}

# behind_nat - the client at 10.9.0.2, its address translated to 192.0.2.9, and no other way
behind_nat() {
	requires nft
	NAT=tspn$$
	ip netns add "$NAT"
	ip link add name out netns "$NAT" type veth peer name port netns "$SRV"
	ip link add name in netns "$NAT" type veth peer name inside netns "$CLI"
	ip -n "$SRV" addr del 192.0.2.1/24 dev wan
	ip -n "$SRV" link set port up
	ip -n "$SRV" addr add 192.0.2.1/24 dev port
	ip -n "$NAT" link set out up
	ip -n "$NAT" link set in up
	ip -n "$NAT" addr add 192.0.2.9/24 dev out
	ip -n "$NAT" addr add 10.9.0.1/24 dev in
	ip -n "$CLI" link set eth down
	ip -n "$CLI" link set inside up
	ip -n "$CLI" addr add 10.9.0.2/24 dev inside
	ip -n "$CLI" route add default via 10.9.0.1
	ip netns exec "$NAT" sysctl -qw net.ipv4.ip_forward=1
	ip netns exec "$NAT" nft -f - <<-'RULES' || skip "this kernel does not translate addresses"
		table ip nat {
			chain out {
				type nat hook postrouting priority srcnat
				oifname "out" masquerade
			}
		}
	RULES
}

@test "behind an address translation, and when that gets another address" {
	behind_nat
	kill "$END_PID"
	wait "$END_PID" || true
	UPLINK=port STRICT=yes net_end_start
	net_serve
	tspc_start tunnel_mode=v6anyv4 carrier=tspc
	tspc_is up
	[[ $(tspc_value mode) == v6udpv4 && $(tspc_value client_ipv4) == 10.9.0.2 ]]
	reaches 2001:db8:99::1
	# The translation forgets its clients with its address
	ip -n "$NAT" addr add 192.0.2.10/24 dev out
	ip -n "$NAT" addr del 192.0.2.9/24 dev out
	ip -n "$NAT" addr replace 192.0.2.10/24 dev out
	kick
	says 'down: the server does not answer' 1
	says 'up: ' 2
	wait_until 5 reaches 2001:db8:99::1
	tspc_stop
}

@test "two clients at one server have two tunnels" {
	local first
	net_serve
	tspc_start tunnel_mode=v6udpv4 carrier=tspc
	tspc_is up
	first=$TSPC_PID
	reaches "$(tspc_value server_address)"
	sed 's/^if_tunnel.*//' "$TSP_DIR/tspc.conf" >"$TSP_DIR/second.conf"
	echo if_tunnel_v6udpv4=second >>"$TSP_DIR/second.conf"
	chmod 600 "$TSP_DIR/second.conf"
	ip netns exec "$CLI" "$TSPC" -f "$TSP_DIR/second.conf" >>"$TSP_DIR/tspc.log" 2>&1 </dev/null 3>&- &
	NET_PIDS+=($!)
	wait_until 20 grep -qsx state=up "$RUNTIME_DIRECTORY/second.status" || fail "$(<"$TSP_DIR/tspc.log")"
	kill $!
	wait $!
	reaches "$(tspc_value server_address)"
	TSPC_PID=$first
	tspc_stop
}
