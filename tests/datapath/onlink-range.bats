#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# onlink-range.bats - a provider that routes nothing: its router only does neighbour discovery
#
#	client 198.51.100.7 --- server 2001:db8:6::1/64 --- 2001:db8:6::2/64 far

load ../lib/datapath

setup() {
	datapath_requires
}

# onlink - steps at a server whose users pool is a part of its own network
onlink() {
	{
		cat <<-'END'
			ip -n far -6 route del default
			# says TEXT - "tsp-handler -n" gives notice of it
			says() {
				on server tsp-handler -n >/run/said 2>&1 || :
				grep -qF "$1" /run/said || fail "$(</run/said)"
			}
			# users RANGE - that part, without prefixes
			users() {
				sed -i "/^prefix\|^delegate/d; s|^link = .*|link = $1|; /^.pool anonymous/,/^capacity/d; s/^capacity.*/capacity = 100/" /run/tsp.conf
			}
			routed() {
				on server tsp-handler -n >/run/said 2>&1 || :
				fails grep "on-link\|tsp.conf:[0-9]" /run/said
			}
		END
		cat
	} | in_world
}

@test "a range that is routed is no case for a notice, nor are the ends of tunnels" {
	onlink <<-'END'
		routed
		datapath start
		ip -n server addr add 2001:db8:ffff::e/64 dev tsp0
		routed
		ip -n server addr add 2001:db8:ffff::c/64 dev lo
		routed
		ip -n server addr add 2001:db8:ffff::2/128 dev up0
		routed
	END
}

@test "a range that is on-link: packets to clients come when the server answers for them" {
	onlink <<-'END'
		users 2001:db8:6:0:8000::/112
		says "[pool users] link: on-link at up0, in 2001:db8:6::/64: unless the provider routes it"
		datapath start
		says "[pool users] link: on-link at up0"
		tunnel 7 v6v4 198.51.100.7
		export TSP_SERVER_ADDRESS_IPV6=2001:db8:6:0:8000::e TSP_CLIENT_ADDRESS_IPV6=2001:db8:6:0:8000::f
		template CREATION
		carry client
		pings client "$TSP_SERVER_ADDRESS_IPV6"
		silent far "$TSP_CLIENT_ADDRESS_IPV6"
		on server sysctl -qw net.ipv6.conf.up0.proxy_ndp=1
		ip -n server -6 neigh add proxy "$TSP_CLIENT_ADDRESS_IPV6" dev up0
		pings far "$TSP_CLIENT_ADDRESS_IPV6"
		pings client 2001:db8:6::2
	END
}

@test "a network that is smaller than a /64" {
	onlink <<-'END'
		ip -n server addr flush dev up0
		ip -n server addr add 2001:db8:6::1/112 dev up0
		users 2001:db8:6::100/120
		says "on-link at up0, in 2001:db8:6::/112, which is smaller than a /64"
		users 2001:db8:6::/64
		routed
	END
}
