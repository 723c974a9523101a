#!/bin/sh
# SPDX-License-Identifier: MIT
# TSP-Modes: v6v4 v6udpv4
#
# sit.sh - IPv6 in IPv4 (protocol 41) or in UDP, one sit device per client
#
# Easy to look at: `ip -d link show type sit` lists the clients, `ip -s link show tsp7` is
# the traffic of lease 7. Meant for hundreds of tunnels; the cost of a device grows with
# their number.
#
# Called by tsp-handler and tspctl as tsp-template(7) describes: no arguments, everything
# in the environment, exit status 0 is success. Uses of it:
#
#   TSP_OPERATION             TSP_TUNNEL_CREATION, TSP_TUNNEL_TEARDOWN or TSP_TUNNEL_INFO
#   TSP_TUNNEL_INTERFACE      name of the device
#   TSP_TUNNEL_MODE           v6v4 or v6udpv4
#   TSP_SERVER_ADDRESS_IPV4   our end of the tunnel; unset: any of our addresses
#   TSP_CLIENT_ADDRESS_IPV4   the client's end
#   TSP_SERVER_PORT           v6udpv4: our port ...
#   TSP_CLIENT_PORT           ... and the client's
#   TSP_PSEUDO_ADDRESS_IPV4   v6udpv4: an address that stands for the client, and ...
#   TSP_PSEUDO_RANGE_IPV4     ... the range that all of them are from
#   TSP_SERVER_ADDRESS_IPV6   our address on the link, TSP_TUNNEL_PREFIXLEN bits (127:
#                             it and the client's, RFC 6164)
#   TSP_PREFIX, TSP_PREFIXLEN delegated prefix, routed to the client; unset: a host
#
# Creation replaces a sit device of the same name, a leftover or an older tunnel of the
# same lease; a device of another kind is not ours and makes it fail. A creation that
# fails leaves no device behind. Needs CAP_NET_ADMIN, no root.
#
# Clients behind a NAT send IPv6 in UDP (mode v6udpv4), from the port they signal from, and
# to the port they signal to. Here is how the kernel does it, see docs/nat.md:
#
#   in    table ip tsp knows the client by its address and port, gives the packet the
#         client's pseudo address as source and port $fou as destination; there a fou
#         socket takes UDP off, and a sit device the rest
#   out   a sit device puts the packet in IPv4 and UDP, to the pseudo address; table ip tsp
#         puts the client's address and port in its place
#
# The server must forward: sysctl net.ipv6.conf.all.forwarding=1.
set -eu

# 1500 less the IPv4 header. Take 1280 where clients sit behind links that drop the
# "packet too big" messages of IPv4.
mtu=1480
ttl=64

# In UDP 1280, which passes everywhere with 28 bytes more: nobody tells a sender in here
# that its UDP packets were too big. The port is one that nothing else here uses.
udp_mtu=1280
fou=3654

dev=${TSP_TUNNEL_INTERFACE:?}

fail() {
	echo "sit.sh: $dev: $*" >&2
	exit 1
}

# udp - this tunnel goes through UDP; its variables are there
udp() {
	case ${TSP_TUNNEL_MODE:-v6v4} in
	v6v4) return 1 ;;
	v6udpv4) ;;
	*) fail "mode $TSP_TUNNEL_MODE is none of a sit device" ;;
	esac
	theirs=${TSP_CLIENT_ADDRESS_IPV4:?} theirs_port=${TSP_CLIENT_PORT:?}
	ours_port=${TSP_SERVER_PORT:-3653}
	pseudo=${TSP_PSEUDO_ADDRESS_IPV4:?} range=${TSP_PSEUDO_RANGE_IPV4:-100.64.0.0/10}
}

# Ingress filter: out of a tunnel come only its client's addresses. What those are, the
# routes say: a source address passes when packets to it would leave by the same device
# (BCP 38, strict mode). So there is one rule for all tunnels, nothing to add or remove
# with each, and a device without routes passes nothing. tsp0 is sit-shared.sh's, which has
# a filter of its own, when tunnels are moved there from here.
#
# It is loaded by the first tunnel and again whenever it is gone, as after `nft flush
# ruleset`. Two that load at the same moment do no harm: a load is one transaction that
# replaces the chain.
#
# `nft list table ip6 tsp` shows what was dropped, and out of which tunnels. Router
# solicitations and other link-local housekeeping of clients are dropped uncounted: they
# are no attempt at anything.
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

# udp_rules - table ip tsp: from client to pseudo address and back
#
# Only what is for this server is looked at. Nobody but we send to the fou socket, and no
# pseudo address comes by wire. What begins with another nibble than IPv6's is signalling.
# The checksum is not used: nft would make a wrong one of none.
udp_rules() {
	cat <<-RULES
		add table ip tsp
		add map ip tsp udp_client { type ipv4_addr . inet_service : ipv4_addr; }
		add map ip tsp udp_address { type ipv4_addr : ipv4_addr; }
		add map ip tsp udp_port { type ipv4_addr : inet_service; counter; }
		add chain ip tsp udp_in { type filter hook prerouting priority raw; policy accept; }
		add chain ip tsp udp_out { type route hook output priority raw; policy accept; }
		flush chain ip tsp udp_in
		flush chain ip tsp udp_out
		add rule ip tsp udp_in fib daddr type != local accept
		add rule ip tsp udp_in udp dport $fou drop
		add rule ip tsp udp_in ip protocol 41 ip saddr $range drop
		add rule ip tsp udp_in udp dport $ours_port @th,64,4 6 notrack ip saddr set ip saddr . udp sport map @udp_client udp dport set $fou udp checksum set 0 accept
		add rule ip tsp udp_in udp dport $ours_port @th,64,4 6 counter drop
		add rule ip tsp udp_out udp sport $ours_port ip daddr $range notrack udp dport set ip daddr map @udp_port ip daddr set ip daddr map @udp_address udp checksum set 0 accept
		add rule ip tsp udp_out udp sport $ours_port ip daddr $range counter drop
	RULES
}

# udp_entries - nft commands: this client has this pseudo address
udp_entries() {
	cat <<-ENTRIES
		add element ip tsp udp_client { $theirs . $theirs_port : $pseudo }
		add element ip tsp udp_address { $pseudo : $theirs }
		add element ip tsp udp_port { $pseudo : $theirs_port }
	ENTRIES
}

# udp_forget - our entries go, and what stands in their way; entries of others stay: they cannot be
# added, and then nothing is deleted
udp_forget() {
	{
		echo "add element ip tsp udp_client { $theirs . $theirs_port : $pseudo }"
		echo "delete element ip tsp udp_client { $theirs . $theirs_port }"
	} | nft -f - 2>/dev/null || :
	nft delete element ip tsp udp_address "{ $pseudo }" 2>/dev/null || :
	nft delete element ip tsp udp_port "{ $pseudo }" 2>/dev/null || :
}

# udp_allow - table and fou socket are there, and know this client
udp_allow() {
	ip fou add port $fou ipproto 41 2>/dev/null || ip fou show | grep -qw "port $fou" || return
	# what has no way out cannot be changed on its way out
	ip -4 route get "$pseudo" >/dev/null 2>&1 || ip -4 route replace "$range" dev lo
	udp_entries | nft -f - 2>/dev/null && return
	udp_forget
	udp_rules | nft -f - && udp_entries | nft -f -
}

# is_sit - there is a device of our name, and it is a tunnel of ours to replace or remove
is_sit() {
	[ -n "$(ip -o link show dev "$dev" type sit 2>/dev/null)" ]
}

# build - everything that makes a tunnel, by one process; stops at the first error
build() {
	ip -batch - <<-COMMANDS
		link add name $dev mtu $mtu type sit mode ip6ip local $ours remote $remote ttl $ttl$encap
		addr add $address dev $dev
		link set dev $dev up
		${prefix:+route add $prefix dev $dev}
	COMMANDS
}

create() {
	ours=${TSP_SERVER_ADDRESS_IPV4:-any}
	remote=${TSP_CLIENT_ADDRESS_IPV4:?} encap=
	address=${TSP_SERVER_ADDRESS_IPV6:?}/${TSP_TUNNEL_PREFIXLEN:-127}
	prefix=${TSP_PREFIX:+$TSP_PREFIX/${TSP_PREFIXLEN:?}}

	filter || fail "cannot load the ingress filter"
	if udp; then
		error=$(udp_allow 2>&1) || fail "$error"
		mtu=$udp_mtu remote=$pseudo
		encap=" encap fou encap-sport $ours_port encap-dport $theirs_port noencap-csum"
	fi
	error=$(build 2>&1) && return
	if is_sit; then
		ip link del dev "$dev"
		error=$(build 2>&1) && return
	fi
	teardown
	fail "$error"
}

teardown() {
	! is_sit || ip link del dev "$dev"
	! udp || udp_forget
}

# info - counters on one line; `ip -s -o` has them behind "RX: names \ " and "TX: names \ "
info() {
	stats=$(ip -s -o link show dev "$dev" type sit)
	[ -n "$stats" ] || fail "no such tunnel"
	# shellcheck disable=SC2086 # splitting is what is wanted
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
