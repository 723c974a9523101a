#!/bin/sh
# SPDX-License-Identifier: MIT
# TSP-Devices: sit
#
# networkd.sh - an example: systemd-networkd makes the sit devices, from files we write
#
# For a server whose network is networkd's: `networkctl` lists the tunnels with everything
# else. Each client has a device and two files; whenever a client comes or goes networkd
# reads all files again. That suits dozens of tunnels, or a few hundred.
#
# It does what sit.sh does, with the same variables (tsp-template(7)), and needs more:
# networkd and D-Bus, the right to write to /run/systemd/network, and the right to have
# networkd read its files again. docs/templates.md shows how to give them.
#
# The server must forward: sysctl net.ipv6.conf.all.forwarding=1.
set -eu
umask 022 # networkd runs as another user and reads the files

# 1500 less the IPv4 header. Take 1280 where clients sit behind links that drop the
# "packet too big" messages of IPv4.
mtu=1480
ttl=64

# Seconds to wait for networkd to make a device, and how often to ask it
patience=2 tries=3

dev=${TSP_TUNNEL_INTERFACE:?}
files=/run/systemd/network/05-$dev # before 10-tsp.network, which leaves devices alone

fail() {
	echo "networkd.sh: $dev: $*" >&2
	exit 1
}

# Ingress filter, the same as in sit.sh, where it is explained
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

# is_sit - true if the device of our name is a sit device, which may be replaced or removed
is_sit() {
	[ -n "$(ip -o link show dev "$dev" type sit 2>/dev/null)" ]
}

# put FILE - write standard input to it, so that networkd never reads half of it
put() {
	cat >"$1.new" && mv "$1.new" "$1"
}

# describe - write the two files. Independent=yes: no other .network file has to name the
# tunnel. The route to the client itself comes with the address, a /127.
describe() {
	put "$files.netdev" <<-NETDEV &&
		[NetDev]
		Name=$dev
		Kind=sit
		MTUBytes=$mtu
		[Tunnel]
		Independent=yes
		Local=${TSP_SERVER_ADDRESS_IPV4:-any}
		Remote=${TSP_CLIENT_ADDRESS_IPV4:?}
		TTL=$ttl
	NETDEV
		put "$files.network" <<-NETWORK
			[Match]
			Name=$dev
			[Link]
			RequiredForOnline=no
			[Network]
			ConfigureWithoutCarrier=yes
			IPv6AcceptRA=no
			LinkLocalAddressing=no
			Address=${TSP_SERVER_ADDRESS_IPV6:?}/${TSP_TUNNEL_PREFIXLEN:-127}
			${TSP_PREFIX:+[Route]
			Destination=$TSP_PREFIX/${TSP_PREFIXLEN:?}}
		NETWORK
}

# made - wait until networkd has set the device up. When it reads the files it may not know
# yet that we have just removed a device: then it is asked again.
made() {
	while [ $tries -gt 0 ]; do
		tries=$((tries - 1))
		networkctl reload || return
		! /lib/systemd/systemd-networkd-wait-online -q -i "$dev:routable" --timeout=$patience ||
			return 0
	done
	echo "systemd-networkd has not made it"
	return 1
}

# clear - remove files and device
clear() {
	rm -f "$files.netdev" "$files.network" "$files.netdev.new" "$files.network.new"
	! is_sit || ip link del dev "$dev"
}

create() {
	[ "${TSP_TUNNEL_MODE:-v6v4}" = v6v4 ] || fail "mode $TSP_TUNNEL_MODE is unsupported"
	[ ! -e "/sys/class/net/$dev" ] || is_sit || fail "the name belongs to another device"
	filter || fail "cannot load the ingress filter"
	error=$({ clear && describe && made; } 2>&1) && return
	clear
	networkctl reload 2>/dev/null || :
	fail "$error"
}

teardown() {
	[ -e "$files.netdev" ] || is_sit || return 0
	clear
	networkctl reload
}

info() {
	is_sit || fail "no such tunnel"
	for counter in rx_bytes tx_bytes rx_packets tx_packets; do
		read -r value <"/sys/class/net/$dev/statistics/$counter"
		echo "$counter=$value"
	done
}

case ${TSP_OPERATION:?} in
TSP_TUNNEL_CREATION) create ;;
TSP_TUNNEL_TEARDOWN) teardown ;;
TSP_TUNNEL_INFO) info ;;
*) fail "unknown operation $TSP_OPERATION" ;;
esac
