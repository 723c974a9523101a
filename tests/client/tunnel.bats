#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# tunnel.bats - tspc's tunnels, with packets, in network namespaces

# shellcheck disable=SC2154 # output and lines are bats'
load ../lib/handler
load ../lib/tspc
load ../lib/netns

setup() {
	net_begin
}

teardown() {
	net_end
}

alice=(auth_method=any userid=alice passwd=s3cret)

@test "v6udpv4 of a host: address, route, packets of every size, and all of it taken back" {
	local before
	net_serve
	before=$(snapshot)
	tspc_start tunnel_mode=v6udpv4 carrier=tspc
	tspc_is up
	[[ $(tspc_value carrier) == tspc && $(tspc_value mode) == v6udpv4 ]]
	in_cli ip -6 addr show dev tspc | grep -q "$(tspc_value address)/128"
	reaches "$(tspc_value server_address)"
	reaches 2001:db8:99::1
	reaches 2001:db8:99::1 -s 1232 -M 'do'
	run -1 in_cli ping -6 -c 1 -W 1 -s 1233 -M 'do' 2001:db8:99::1
	in_srv ping -6 -c 1 -W 2 -q -I 2001:db8:99::1 "$(tspc_value address)"
	[[ $(in_cli sysctl -n net.ipv6.conf.tspc.accept_ra net.ipv6.conf.tspc.accept_redirects) == $'0\n0' ]]
	# A long packet leaves by one call
	[[ $(in_cli ip -d link show dev tspc) == *" gso_max_size 61000 "* ]] || fail "$(in_cli ip -d link show dev tspc)"
	tspc_stop
	as_before "$before"
}

@test "v6v4 of a host, by protocol 41" {
	local before
	net_serve
	before=$(snapshot)
	tspc_start tunnel_mode=v6v4 carrier=tspc
	tspc_is up
	[[ $(tspc_value mode) == v6v4 ]]
	reaches 2001:db8:99::1
	reaches 2001:db8:99::1 -s 1232 -M 'do'
	tspc_stop
	as_before "$before"
}

# flows FROM TO - a file goes from one namespace to the other through the tunnel, unchanged
flows() {
	local pid address=2001:db8:99::1
	[[ $2 == "$SRV" ]] || address=$(tspc_value address)
	rm -f "$TSP_DIR/came"
	ip netns exec "$2" socat -u "TCP6-LISTEN:7777,bind=[$address],reuseaddr" "CREATE:$TSP_DIR/came" 3>&- &
	pid=$!
	NET_PIDS+=("$pid")
	wait_until 5 eval "[[ -n \$(ip netns exec $2 ss -Hltn sport = :7777) ]]"
	ip netns exec "$1" timeout $((60 * PATIENCE)) socat -u "OPEN:$TSP_DIR/sent" "TCP6:[$address]:7777"
	wait "$pid"
	cmp "$TSP_DIR/sent" "$TSP_DIR/came"
}

@test "TCP streams come through unchanged, both ways, by UDP and by protocol 41" {
	local mode
	requires socat ss
	head -c 5000000 /dev/urandom >"$TSP_DIR/sent"
	net_serve
	for mode in v6udpv4 v6v4; do
		tspc_start tunnel_mode=$mode carrier=tspc
		tspc_is up
		flows "$CLI" "$SRV"
		flows "$SRV" "$CLI"
		tspc_stop
	done
}

# received - IPv4 packets that the client has received, as its kernel hands them on
received() {
	in_cli sed -n 's/^Ip: [0-9]* [0-9]* \([0-9]*\).*/\1/p' /proc/net/snmp
}

@test "TCP segments that the client's kernel has merged in protocol 41 come through" {
	local before
	requires socat ss ethtool
	in_cli ethtool -K eth gro on
	in_srv ethtool -K wan tso off
	# As a card that interrupts once for many packets
	in_cli sh -c 'echo 1000000 >/sys/class/net/eth/gro_flush_timeout'
	head -c 5000000 /dev/urandom >"$TSP_DIR/sent"
	net_serve
	tspc_start tunnel_mode=v6v4 carrier=tspc
	tspc_is up
	before=$(received)
	flows "$SRV" "$CLI"
	[[ $(($(received) - before)) -lt $((5000000 / 1480)) ]] || fail "nothing was merged"
	flows "$CLI" "$SRV"
	tspc_stop
}

@test "v6v4 by the kernel where it has sit, and by tspc where it has not" {
	local before carrier=kernel
	in_cli ip link add probe type sit 2>/dev/null && in_cli ip link del probe || carrier=tspc
	net_serve
	before=$(snapshot)
	tspc_start tunnel_mode=v6v4
	tspc_is up
	[[ $(tspc_value carrier) == "$carrier" ]]
	reaches 2001:db8:99::1
	tspc_stop
	as_before "$before"
}

@test "a router: prefix on if_prefix, the rest unreachable, forwarding, all of it taken back" {
	local before prefix
	home_network
	net_serve
	before=$(snapshot)
	tspc_start "${alice[@]}" tunnel_mode=v6udpv4 carrier=tspc host_type=router if_prefix=lan prefixlen=56
	tspc_is up
	prefix=$(tspc_value prefix)
	[[ $prefix == 2001:db8:1*::/56 ]] || fail "$prefix"
	in_cli ip -6 addr show dev lan | grep -q "${prefix%/56}1/64"
	[[ $(in_cli ip -6 route get "${prefix%::/56}::ff:0:0:0:1" 2>&1 || true) != *"dev tspc"* ]]
	[[ $(in_cli sysctl -n net.ipv6.conf.all.forwarding) == 1 ]]
	in_srv ping -6 -c 1 -W 2 -q -I 2001:db8:99::1 "${prefix%/56}1"
	tspc_stop
	as_before "$before"
}

@test "a native default route stays in use" {
	in_cli ip -6 addr add 2001:db8:77::2/64 dev eth nodad
	in_cli ip -6 route add default via 2001:db8:77::1 dev eth metric 1024
	net_serve
	tspc_start tunnel_mode=v6udpv4 carrier=tspc
	tspc_is up
	[[ $(in_cli ip -6 route get 2001:db8:99::1) == *" dev eth "* ]]
	tspc_stop
}

@test "a foreign device with the tunnel's name is left unchanged" {
	local before carrier
	in_cli ip link add tspc type veth peer name other
	net_serve
	for carrier in tspc auto kernel; do
		before=$(snapshot)
		tspc_config server=192.0.2.1 template="$ROOT/templates/client/linux.sh" carrier=$carrier tunnel_mode=v6v4
		run -111 in_cli "$TSPC" --once -f "$TSP_DIR/tspc.conf"
		[[ $output == *"a device of this name is there and was not made by tspc"* ]] || fail "$output"
		as_before "$before"
	done
}

@test "a tspc that was killed is cleaned up after, by the next one or by cleanup" {
	local before way
	in_cli ip link add lan type veth peer name host
	net_serve
	before=$(snapshot)
	for way in cleanup start; do
		tspc_start "${alice[@]}" tunnel_mode=v6udpv4 carrier=tspc host_type=router if_prefix=lan prefixlen=56
		tspc_is up
		kill -KILL "$TSPC_PID"
		wait "$TSPC_PID" || true
		# Its other processes end with it, and the device with them
		wait_until 5 eval "! ip -n $CLI link show dev tspc 2>/dev/null"
		[[ -e $RUNTIME_DIRECTORY/tspc.env ]]
		if [[ $way == cleanup ]]; then
			in_cli "$TSPC" -f "$TSP_DIR/tspc.conf" cleanup
			rm -f "$RUNTIME_DIRECTORY/tspc.status"
			as_before "$before"
		else
			tspc_start tunnel_mode=v6udpv4 carrier=tspc
			tspc_is up
			tspc_stop
			as_before "$before"
		fi
	done
}
