#!/bin/bash
# SPDX-License-Identifier: MIT
#
# net.sh - the hosts of the tests, as network namespaces; this system itself is the server
#
#   c1 203.0.113.10, .11 ---+
#   c2 203.0.113.70 --------+
#   crowd 198.51.100.0/24 --+-- net --- 192.0.2.1 server 2001:db8:6::1 --- six 2001:db8:6::2
#   c3 192.168.7.2 --- nat -+
#                      203.0.113.130, statically mapped
#   c1 --- lan: a host behind c1 as a router
#
# The server has no other route to the pools than those of the template.
set -euo pipefail

/opt/tsp-test/clock.sh >/run/tsp-booting

echo 0 >/proc/sys/net/ipv6/conf/default/accept_dad

# For the client ends of tunnels in UDP
modprobe -qa sit fou || : # a container has no modules

# wire NAMESPACE INTERFACE NAMESPACE INTERFACE - a cable; namespace - is the server
wire() {
	local args=()
	[[ $1 == - ]] || args=(netns "$1")
	ip link add name "$2" "${args[@]}" type veth peer name "$4" netns "$3"
	ip ${args[0]:+-n $1} link set "$2" up
	ip -n "$3" link set "$4" up
}

for host in net nat c1 c2 c3 crowd lan six; do
	ip netns add $host
	ip -n $host link set lo up
	ip netns exec $host sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0
done

wire - wan0 net server
wire c1 eth0 net c1
wire c2 eth0 net c2
wire crowd eth0 net crowd
wire nat out net nat
wire c3 eth0 nat in
wire c1 lan0 lan eth0
wire - up0 six eth0

ip -batch - <<-END
	addr add 192.0.2.1/24 dev wan0
	route add default via 192.0.2.254
	addr add 2001:db8:6::1/64 dev up0 nodad
END
ip -n net -batch - <<-END
	addr add 192.0.2.254/24 dev server
	addr add 203.0.113.62/26 dev c1
	addr add 203.0.113.126/26 dev c2
	addr add 10.255.1.1/30 dev crowd
	route add 198.51.100.0/24 via 10.255.1.2
	addr add 10.255.0.1/30 dev nat
	route add 203.0.113.128/25 via 10.255.0.2
END
ip -n c1 -batch - <<-END
	addr add 203.0.113.10/26 dev eth0
	addr add 203.0.113.11/26 dev eth0
	route add default via 203.0.113.62
END
ip -n c2 -batch - <<-END
	addr add 203.0.113.70/26 dev eth0
	route add default via 203.0.113.126
END
ip -n crowd -batch - <<-END
	addr add 10.255.1.2/30 dev eth0
	route add local 198.51.100.0/24 dev lo
	route add default via 10.255.1.1
END
ip -n nat -batch - <<-END
	addr add 10.255.0.2/30 dev out
	addr add 192.168.7.1/24 dev in
	route add default via 10.255.0.1
END
ip -n c3 -batch - <<-END
	addr add 192.168.7.2/24 dev eth0
	route add default via 192.168.7.1
END
ip -n six -batch - <<-END
	addr add 2001:db8:6::2/64 dev eth0 nodad
	route add default via 2001:db8:6::1
END

ip netns exec net sysctl -qw net.ipv4.ip_forward=1
ip netns exec nat sysctl -qw net.ipv4.ip_forward=1
ip netns exec nat nft -f - <<-END
	table ip nat {
		chain in { type nat hook prerouting priority dstnat; ip daddr 203.0.113.130 dnat to 192.168.7.2
		}
		chain out { type nat hook postrouting priority srcnat; ip saddr 192.168.7.2 snat to 203.0.113.130
		}
	}
END

# A client behind nat that the boot finds in the middle of its life
! grep -q ' restore' /opt/tsp-test/plan || /opt/tsp-test/knock.sh </dev/null >/run/tsp-knock 2>&1 &
