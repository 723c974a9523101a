#!/bin/sh
# SPDX-License-Identifier: MIT
# TSP-Modes: v6v4
# TSP-Devices: sit
#
# sit.sh - IPv6 in IPv4 (protocol 41), one sit device per client, on any kernel with sit
#
# Easy to look at: `ip -d link show type sit` lists the clients, `ip -s link show tsp7` shows
# the traffic of lease 7. Meant for hundreds of tunnels; the cost of a device grows with
# their number. fast.sh serves more of them, and clients behind a NAT (v6udpv4).
#
# Called by tsp-handler and tspctl as tsp-template(7) describes: no arguments, everything
# in the environment, exit status 0 is success. It reads:
#
#   TSP_OPERATION             TSP_TUNNEL_CREATION, TSP_TUNNEL_TEARDOWN or TSP_TUNNEL_INFO
#   TSP_TUNNEL_INTERFACE      name of the device
#   TSP_TUNNEL_MODE           v6v4
#   TSP_SERVER_ADDRESS_IPV4   our end of the tunnel; unset: any of our addresses
#   TSP_CLIENT_ADDRESS_IPV4   the client's end
#   TSP_SERVER_ADDRESS_IPV6   our address on the link, TSP_TUNNEL_PREFIXLEN bits (127:
#                             it and the client's, RFC 6164)
#   TSP_PREFIX, TSP_PREFIXLEN delegated prefix, routed to the client; unset: a host
#
# Creation replaces a sit device of the same name, a leftover or an older tunnel of the
# same lease; if a device of another kind has the name, it fails. A creation that fails
# leaves no device behind. Needs CAP_NET_ADMIN, no root.
#
# The server must forward: sysctl net.ipv6.conf.all.forwarding=1.
set -eu

# 1500 less the IPv4 header. Take 1280 where clients sit behind links that drop the
# "packet too big" messages of IPv4.
mtu=1480
ttl=64

dev=${TSP_TUNNEL_INTERFACE:?}

fail() {
	echo "sit.sh: $dev: $*" >&2
	exit 1
}

# Ingress filter: a packet leaves a tunnel only if its source address would be routed into
# the same tunnel (BCP 38, strict mode). One rule serves all tunnels; a device without
# routes passes nothing. tsp0 belongs to fast.sh, which filters by itself.
#
# The first tunnel loads the filter, and any later one if it is missing, for instance after
# `nft flush ruleset`. Two loads at the same time do no harm: each is one transaction that
# replaces the chain.
#
# `nft list table ip6 tsp` shows what was dropped and from which tunnels. Router
# solicitations and other link-local packets are dropped uncounted: every client sends some.
filter() {
	nft -t list chain ip6 tsp ingress >/dev/null 2>&1 && return
	nft -f - <<-'RULES'
		add table ip6 tsp
		add set ip6 tsp dropped { type ifname; size 65535; flags dynamic,timeout; timeout 30d; }
		add chain ip6 tsp ingress { type filter hook prerouting priority raw; policy accept; }
		flush chain ip6 tsp ingress
		add rule ip6 tsp ingress iifname != "tsp*" accept
		add rule ip6 tsp ingress iifname "tsp0" accept
		add rule ip6 tsp ingress ip6 saddr { ::, fe80::/10 } drop
		add rule ip6 tsp ingress fib saddr . iif oif exists accept
		add rule ip6 tsp ingress update @dropped { iifname counter } counter drop
	RULES
}

# is_sit - the device exists and is a sit device, ours to replace or remove
is_sit() {
	[ -n "$(ip -o link show dev "$dev" type sit 2>/dev/null)" ]
}

# build - make the tunnel in one process; stops at the first error
build() {
	ip -batch - <<-COMMANDS
		link add name $dev mtu $mtu type sit mode ip6ip local $ours remote $remote ttl $ttl
		addr add $address dev $dev
		link set dev $dev up
		${prefix:+route add $prefix dev $dev}
	COMMANDS
}

# off - what the host has switched off, for the message of a creation that failed
off() {
	for scope in all default; do
		[ "$(cat "/proc/sys/net/ipv6/conf/$scope/disable_ipv6" 2>/dev/null)" != 1 ] ||
			echo "; IPv6 is off: sysctl net.ipv6.conf.$scope.disable_ipv6 is 1"
	done
}

create() {
	[ "${TSP_TUNNEL_MODE:-v6v4}" = v6v4 ] || fail "unsupported mode: '$TSP_TUNNEL_MODE'; fast.sh has it"
	ours=${TSP_SERVER_ADDRESS_IPV4:-any}
	remote=${TSP_CLIENT_ADDRESS_IPV4:?}
	address=${TSP_SERVER_ADDRESS_IPV6:?}/${TSP_TUNNEL_PREFIXLEN:-127}
	prefix=${TSP_PREFIX:+$TSP_PREFIX/${TSP_PREFIXLEN:?}}

	filter || fail "cannot load the ingress filter"
	error=$(build 2>&1) && return
	if is_sit; then
		ip link del dev "$dev"
		error=$(build 2>&1) && return
	fi
	teardown
	fail "$error$(off)"
}

# teardown - of any mode: an earlier sit.sh built v6udpv4 as well
teardown() {
	! is_sit || ip link del dev "$dev"
}

# info - counters on one line; `ip -s -o` has them behind "RX: names \ " and "TX: names \ ".
# A tunnel with other ends, from before the server's address changed, is not the one asked for.
info() {
	stats=$(ip -s -o link show dev "$dev" type sit)
	[ -n "$stats" ] || fail "no such tunnel"
	ours=${TSP_SERVER_ADDRESS_IPV4:-0.0.0.0}
	case $stats in
	*"link/sit $ours peer ${TSP_CLIENT_ADDRESS_IPV4:?}"[!0-9]*) ;;
	*link/sit*) fail "ends at other addresses than $ours and $TSP_CLIENT_ADDRESS_IPV4" ;;
	esac
	# shellcheck disable=SC2086 # splitting is intended
	set -- ${stats#*RX:*\\}
	rx="rx_bytes=$1" rx_packets=$2
	# shellcheck disable=SC2086
	set -- ${stats#*TX:*\\}
	echo "$rx tx_bytes=$1 rx_packets=$rx_packets tx_packets=$2"
}

case ${TSP_OPERATION:?} in
TSP_TUNNEL_CREATION) create ;;
TSP_TUNNEL_TEARDOWN) teardown ;;
TSP_TUNNEL_INFO) info ;;
*) fail "unknown operation $TSP_OPERATION" ;;
esac
