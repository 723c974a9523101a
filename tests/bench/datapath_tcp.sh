#!/bin/bash
# SPDX-License-Identifier: MIT
#
# datapath_tcp.sh - TCP through a tunnel of the data path, beside plain IPv6 on the same wires
#
# Called by run, as root. The client's end is a data path, too: its one "client" is the
# server. A line a measurement: what, gigabits per second. Up is from the client.
set -euo pipefail

[[ -n ${INSIDE-} ]] || INSIDE=1 exec unshare -m --propagation private bash "$0" "$@"

B=$(realpath "${TSP_BUILD:-build}")
ROUNDS=${ROUNDS:-9} SECONDS_EACH=${SECONDS_EACH:-2}
PATH=$B:$PATH

mount -t tmpfs tmpfs /run
mkdir /run/netns

on() {
	nsenter --net="/run/netns/$1" "${@:2}"
}

cable() {
	ip link add "$2" netns "$1" type veth peer name "$4" netns "$3"
	ip -n "$1" link set "$2" up
	ip -n "$3" link set "$4" up
	# XDP on a veth does not know of checksums that are left to the hardware
	on "$1" ethtool -K "$2" tx off gro on >/dev/null
	on "$3" ethtool -K "$4" tx off gro on >/dev/null
}

# datapath NAMESPACE DEVICE UPLINK LINK - a data path there
datapath() {
	printf '%s\n' '[server]' 'template = /bin/true' 'user = nobody' "uplink = $3" "device = $2" \
		'[pool users]' "link = $4" 'capacity = 100' >"/run/$1.conf"
	on "$1" tsp-datapath -c "/run/$1.conf" start
}

# tunnel DEVICE MODE IPV4 ADDRESS LEASE - an entry
tunnel() {
	TSP_TUNNEL_MODE=$2 TSP_CLIENT_PORT=3653 TSP_CLIENT_ADDRESS_IPV4=$3 TSP_CLIENT_ADDRESS_IPV6=$4 \
		TSP_LEASE=$5 tsp-tunnel -d "$1" add
}

world() {
	local name
	for name in client server far; do
		ip netns add $name
		ip -n $name link set lo up
		on $name sysctl -qw net.ipv6.conf.all.forwarding=1 net.ipv6.conf.all.accept_dad=0 \
			net.ipv6.conf.default.accept_dad=0
	done
	cable client eth0 server wan0
	cable server up0 far eth0
	ip -n client addr add 198.51.100.7/24 dev eth0
	ip -n server addr add 198.51.100.1/24 dev wan0
	ip -n client addr add 2001:db8:7::7/64 dev eth0
	ip -n server addr add 2001:db8:7::1/64 dev wan0
	ip -n server addr add 2001:db8:6::2/64 dev up0
	ip -n far addr add 2001:db8:6::3/64 dev eth0
	# plain has addresses that are in no pool
	ip -n server addr add 2001:db8:5::1/64 dev up0
	ip -n far addr add 2001:db8:5::5/64 dev eth0
	ip -n far route add default via 2001:db8:6::2
	ip -n client route add 2001:db8:5::/64 via 2001:db8:7::1
	datapath server tsp0 wan0 2001:db8:ffff::/64
	datapath client six0 eth0 2001:db8:6::/64
	ip -n client addr add 2001:db8:ffff::f/128 dev six0
}

# take WHAT MODE ADDRESS OURS - both directions
take() {
	local way
	local -a reverse=()
	tunnel tsp0 "$2" 198.51.100.7 2001:db8:ffff::f 7
	tunnel six0 "$2" 198.51.100.1 2001:db8:6::3 1
	for way in up down; do
		printf '%s %s\t' "$1" $way
		on client iperf3 -J -c "$3" -B "$4" -t "$SECONDS_EACH" "${reverse[@]}" |
			jq '.end.sum_received.bits_per_second / 1e9'
		reverse=(-R)
	done
}

world
nsenter --net=/run/netns/far iperf3 -s >/run/iperf 2>&1 & # by itself: $! of a function is a shell
trap 'kill $!' EXIT
sleep 1
for _ in $(seq "$ROUNDS"); do
	take plain v6v4 2001:db8:5::5 2001:db8:7::7
	take 41 v6v4 2001:db8:6::3 2001:db8:ffff::f
	take udp v6udpv4 2001:db8:6::3 2001:db8:ffff::f
done
