#!/bin/sh
# SPDX-License-Identifier: MIT
#
# networkd.sh - an example: systemd-networkd makes the sit devices, from files we write
#
# For a server whose network is networkd's: `networkctl` lists the tunnels with everything
# else. There is a device, and there are two files, for each client; whenever one comes or
# goes networkd reads all files again. That is for dozens of tunnels, or a few hundred.
#
# It does what sit.sh does, with the same variables (tsp-template(7)), and needs more:
# networkd and D-Bus, the right to write to /run/systemd/network, and the right to have
# networkd read its files again. docs/templates.md shows how to give them.
#
# The server must forward: sysctl net.ipv6.conf.all.forwarding=1.
set -eu
umask 022 # networkd is another user than we are

# 1500 less the IPv4 header. Take 1280 where clients sit behind links that drop the
# "packet too big" messages of IPv4.
mtu=1480
ttl=64

# Seconds until networkd has made a device, and how often it is asked
patience=2 tries=3

dev=${TSP_TUNNEL_INTERFACE:?}
files=/run/systemd/network/50-$dev

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

# is_sit - there is a device of our name, and it is a tunnel of ours to replace or remove
is_sit() {
	[ -n "$(ip -o link show dev "$dev" type sit 2>/dev/null)" ]
}

# put FILE - make it from standard input; networkd never sees half of it
put() {
	cat >"$1.new" && mv "$1.new" "$1"
}

# describe - the two files. Independent: no other .network file has to know of the tunnel.
# The route to the client itself comes with the address, a /127.
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

# made - networkd is through with the device. A device that we have just removed may still
# be there for networkd when it reads the files: it is asked again then.
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

# clear - neither files nor device
clear() {
	rm -f "$files.netdev" "$files.network" "$files.netdev.new" "$files.network.new"
	! is_sit || ip link del dev "$dev"
}

create() {
	[ "${TSP_TUNNEL_MODE:-v6v4}" = v6v4 ] || fail "mode $TSP_TUNNEL_MODE is none of a sit device"
	[ ! -e "/sys/class/net/$dev" ] || is_sit || fail "there is another device of that name"
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
