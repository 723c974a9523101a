# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# netns.bash - a server and clients in network namespaces, beside handler.bash and tspc.bash
#
# $SRV and $CLI are namespaces with a cable between them, 192.0.2.1 on "wan" and 192.0.2.2 on
# "eth". In $SRV tests/tools/tunnel-end is the server's end of all tunnels, on the device
# "srv", and the server's template gives it addresses and routes; 2001:db8:99::1 is a host
# of the internet behind it.

# in_srv, in_cli COMMAND...
in_srv() {
	ip netns exec "$SRV" "$@"
}

in_cli() {
	"${CLIENT[@]}" "$@"
}

# ready_device DEVICE - of the client's namespace: it has a carrier and its link-local address
ready_device() {
	wait_until 5 eval "ip netns exec $CLI ip -6 -o addr show dev $1 scope link | grep -q fe80"
}

# home_network - the device "lan", and a device at its other end that no advertisement changes
home_network() {
	in_cli ip link add lan type veth peer name host
	in_cli sysctl -qw net.ipv6.conf.host.accept_ra=0
	in_cli ip link set lan up
	in_cli ip link set host up
	ready_device lan
	ready_device host
}

# lan_begin NAME - a host in that namespace, $LAN, which hears router advertisements of the client's device "lan"
lan_begin() {
	LAN=$1
	ip netns add "$LAN"
	ip link add name lan netns "$CLI" type veth peer name host netns "$LAN"
	ip -n "$CLI" addr add 10.8.0.1/24 dev lan
	ip -n "$CLI" link set lan up
	ip netns exec "$LAN" sysctl -qw net.ipv6.conf.host.accept_ra=1 net.ipv6.conf.host.accept_dad=0
	ip -n "$LAN" link set host up
	ready_device lan
}

# lan_addressed PREFIX - the host has made itself an address of the first /64
lan_addressed() {
	ip -n "$LAN" -6 addr show dev host scope global | grep -q " ${1%:/56}[0-9a-f]*:[0-9a-f:]*/64 "
}

# lan_works PREFIX - the host has an address of the client's prefix, a /56, and reaches the internet
lan_works() {
	wait_until 20 lan_addressed "$1" || fail "no address" "$(ip -n "$LAN" -6 addr)" "$(ip -n "$CLI" -6 addr)" || return
	ip netns exec "$LAN" ping -6 -c 1 -W 5 -q 2001:db8:99::1 >/dev/null ||
		fail "the host does not reach the internet" "$(ip -n "$LAN" -6 route)" "$(in_cli ip -6 route)"
}

net_template() {
	template <<-'SCRIPT'
		#!/bin/sh
		# TSP-Modes: v6v4 v6udpv4
		set -eu
		case $TSP_OPERATION in
		TSP_TUNNEL_CREATION)
			ip -6 addr replace "$TSP_SERVER_ADDRESS_IPV6/128" dev srv nodad
			ip -6 route replace "$TSP_CLIENT_ADDRESS_IPV6/128" dev srv
			[ -z "${TSP_PREFIX:-}" ] || ip -6 route replace "$TSP_PREFIX/$TSP_PREFIXLEN" dev srv
			;;
		TSP_TUNNEL_TEARDOWN)
			ip -6 addr del "$TSP_SERVER_ADDRESS_IPV6/128" dev srv || :
			ip -6 route del "$TSP_CLIENT_ADDRESS_IPV6/128" dev srv || :
			;;
		TSP_TUNNEL_INFO) echo rx_bytes=0 tx_bytes=0 rx_packets=0 tx_packets=0 ;;
		esac
	SCRIPT
}

# net_begin - namespaces, the server's configuration; both ends without a service
net_begin() {
	requires root ip
	test_begin
	SRV=tsps$$ CLI=tspc$$
	CLIENT=(ip netns exec "$CLI") # what runs a program there
	NET_PIDS=()
	ip netns add "$SRV" || skip "needs network namespaces"
	ip netns add "$CLI"
	# No address is tentative for a while
	in_srv sysctl -qw net.ipv6.conf.all.forwarding=1 net.ipv6.conf.default.accept_dad=0
	in_cli sysctl -qw net.ipv6.conf.default.accept_dad=0
	ip link add name wan netns "$SRV" type veth peer name eth netns "$CLI"
	in_srv ip link set lo up
	in_cli ip link set lo up
	in_srv ip addr add 192.0.2.1/24 dev wan
	in_srv ip link set wan up
	in_cli ip addr add 192.0.2.2/24 dev eth
	# A real cable has packets of its MTU; this one would have those of 64 KB
	in_cli ip link set eth gso_max_segs 1
	in_cli ip link set eth up
	in_cli ip route add default via 192.0.2.1
	ready_device eth
	net_template
	config server.accept=192.0.2.0/24
	export RUNTIME_DIRECTORY=$TSP_DIR/run
	mkdir "$RUNTIME_DIRECTORY"
	STRICT='' net_end_start
}

# background COMMAND... - until net_end; $! is its process id
background() {
	"$@" >>"$TSP_DIR/background" 2>&1 </dev/null 3>&- &
	NET_PIDS+=($!)
}

# net_end_start - the server's end of tunnels; with $STRICT and $UPLINK of another kind
net_end_start() {
	: >"$TSP_DIR/end" # not what the one before has said
	ip netns exec "$SRV" "$TOOLS/tunnel-end" ${STRICT:+--strict} srv "${UPLINK:-wan}" 3653 >"$TSP_DIR/end" 2>&1 </dev/null 3>&- &
	NET_PIDS+=($!)
	# shellcheck disable=SC2034 # used by the tests
	END_PID=$!
	wait_until 5 grep -q ready "$TSP_DIR/end"
	in_srv ip link set srv up mtu 1480
	in_srv ip -6 addr replace 2001:db8:99::1/128 dev lo nodad
}

# serves TCP|UDP - the server listens
serves() {
	[[ -n $(in_srv ss -Hln "--${1,,}" sport = :3653) ]]
}

# net_serve [tcp] [udp] - start the services, by default both; $TCP_PID and $UDP_PID
net_serve() {
	requires systemd-socket-activate ss
	make_files
	local what
	TCP_PID='' UDP_PID=''
	[[ $# -gt 0 ]] || set -- tcp udp
	for what; do
		case $what in
		tcp)
			ip netns exec "$SRV" systemd-socket-activate --accept --inetd -l 192.0.2.1:3653 \
				-E TSP_CONFIG="$TSP_DIR/tsp.conf" -- "$HANDLER" >>"$TSP_DIR/log" 2>&1 </dev/null 3>&- &
			TCP_PID=$!
			NET_PIDS+=("$TCP_PID")
			wait_until 5 serves TCP
			;;
		udp)
			ip netns exec "$SRV" systemd-socket-activate -d -l 192.0.2.1:3653 -- "$BUILD/tsp-udp" \
				-c "$TSP_DIR/tsp.conf" --handler "$HANDLER" --idle 0 >>"$TSP_DIR/log" 2>&1 </dev/null 3>&- &
			UDP_PID=$!
			NET_PIDS+=("$UDP_PID")
			wait_until 5 serves UDP
			;;
		esac
	done
}

# tspc_start [KEY=VALUE]... - tspc in the client's namespace: $TSPC_PID
tspc_start() {
	tspc_config server=192.0.2.1 template="$ROOT/templates/client/linux.sh" "$@"
	rm -f "$RUNTIME_DIRECTORY/tspc.status" # of one that was killed
	"${CLIENT[@]}" "$TSPC" -f "$TSP_DIR/tspc.conf" >>"$TSP_DIR/tspc.log" 2>&1 </dev/null 3>&- &
	TSPC_PID=$!
	NET_PIDS+=("$TSPC_PID")
}

# tspc_state STATE - "tspc status" says so
tspc_state() {
	grep -qsx "state=$1" "$RUNTIME_DIRECTORY/tspc.status"
}

# tspc_value KEY - of "tspc status"
tspc_value() {
	sed -n "s/^$1=//p" "$RUNTIME_DIRECTORY/tspc.status"
}

# tspc_is STATE - now or in a while
tspc_is() {
	wait_until 20 tspc_state "$1" || fail "not $1" "$(<"$TSP_DIR/tspc.log")" \
		"$(cat "$RUNTIME_DIRECTORY"/* 2>/dev/null)" "$(tail -n 20 "$TSP_DIR/log")"
}

# tspc_stop - ask it to end, and wait for it
tspc_stop() {
	kill "$TSPC_PID"
	wait "$TSPC_PID" || fail "exit status $?" "$(<"$TSP_DIR/tspc.log")"
	TSPC_PID=
}

# snapshot - everything that a client could leave behind in its namespace
snapshot() {
	{
		in_cli ip -o link | sed 's/ qdisc.*//; s/^[0-9]*: //'
		in_cli ip -o addr | sed 's/^[0-9]*: //'
		in_cli ip -4 route show table all
		in_cli ip -6 route show table all
		in_cli ip -6 rule
		in_cli sh -c 'grep . /proc/sys/net/ipv6/conf/*/forwarding /proc/sys/net/ipv6/conf/*/accept_ra'
		in_cli nft list ruleset 2>/dev/null || :
		ls "$RUNTIME_DIRECTORY"
	} | sort
}

# as_before TEXT - nothing was left behind since this snapshot
as_before() {
	diff <(echo "$1") <(snapshot) || fail "left behind" "$(<"$TSP_DIR/tspc.log")"
}

# is_snapshot TEXT - nothing has changed since this snapshot
is_snapshot() {
	[[ $(snapshot) == "$1" ]]
}

# reaches ADDRESS [OPTION]... - pings from the client are answered
reaches() {
	in_cli ping -6 -c 1 -W 2 -q "${@:2}" "$1" >/dev/null
}

net_end() {
	local pid
	for pid in "${NET_PIDS[@]}"; do
		pkill -P "$pid" 2>/dev/null || true
		kill "$pid" 2>/dev/null || true
	done
	wait "${NET_PIDS[@]}" 2>/dev/null || true
	ip netns del "${SRV:-none}" 2>/dev/null || true
	ip netns del "${CLI:-none}" 2>/dev/null || true
	ip netns del "${NAT:-none}" 2>/dev/null || true
	ip netns del "${LAN:-none}" 2>/dev/null || true
	test_end
}
