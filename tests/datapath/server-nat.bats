#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# server-nat.bats - the server is behind a one-to-one translation, as in most clouds
#
#	client 198.51.100.7 --- 198.51.100.1 nat 10.0.0.1 --- 10.0.0.5, 10.0.0.6 server

load ../lib/datapath

setup() {
	datapath_requires
	unshare -n nft add table ip nat '{ chain c { type nat hook prerouting priority dstnat; }; }' 2>/dev/null ||
		skip "needs nft with nat"
}

# translated STEPS - behind a translation to $INSIDE, by tsp.conf with "address"
translated() {
	{
		cat <<-'END'
			INSIDE=${INSIDE:-10.0.0.5} SERVER=0.0.0.0
			ip -n client link del eth0
			ip netns add nat
			cable client eth0 nat out0
			cable nat in0 server wan0
			ip -n client addr add 198.51.100.7/24 dev eth0
			ip -n nat addr add 198.51.100.1/24 dev out0
			ip -n nat addr add 10.0.0.1/24 dev in0
			ip -n server addr add 10.0.0.5/24 dev wan0
			ip -n server addr add 10.0.0.6/24 dev wan0
			ip -n server route add default via 10.0.0.1
			on nat sysctl -qw net.ipv4.ip_forward=1
			on nat nft -f - <<-RULES
				table ip nat {
					chain in {
						type nat hook prerouting priority dstnat
						iifname "out0" ip daddr 198.51.100.1 dnat to $INSIDE
					}
					chain out {
						type nat hook postrouting priority srcnat
						oifname "out0" ip saddr $INSIDE snat to 198.51.100.1
					}
				}
			RULES
			# set KEY VALUE - a key of [server]
			set_key() {
				sed -i "s/^\[server\]/&\n$1 = $2/" /run/tsp.conf
			}
			broker_config_here() {
				broker_config
				set_key address 198.51.100.1
			}
			eval "$(declare -f broker broker_udp | sed 's/broker_config;/:;/')"
		END
		cat
	} | in_world
}

@test "a client is told the public address, and the tunnel ends at the server's own" {
	translated <<-'END'
		broker_config_here
		on server tsp-handler -n >/run/said 2>&1 || fail "$(</run/said)"
		grep -q "address: not an address of this machine.*tunnels end at '10.0.0.5' (by the route): '198.51.100.1'" /run/said ||
			fail "$(</run/said)"
		datapath start
		broker
		sed -i 's/^set -eu/&\n[ "${TSP_SERVER_ADDRESS_IPV4-10.0.0.5}" = 10.0.0.5 ]/' /run/fast.sh
		connect --mechanism PLAIN --user alice --password s3cret
		[[ ${GOT[SERVER_IPV4]} == 198.51.100.1 ]] || fail "$(</run/offer)"
		[[ $(tunnels) == "users "*" 198.51.100.7 10.0.0.5" ]] || fail "$(tunnels)"
		carry client
		both_ways
		datapath stop
		datapath start
		bare_in_server tspctl restore
		[[ $(tunnels) == "users "*" 198.51.100.7 10.0.0.5" ]] || fail "$(tunnels)"
		both_ways
	END
}

@test "local says which address, if the route has another" {
	INSIDE=10.0.0.6 translated <<-'END'
		broker_config_here
		set_key local 10.0.0.6
		on server tsp-handler -n >/run/said 2>&1 || fail "$(</run/said)"
		grep -q "tunnels end at '10.0.0.6' (local): '198.51.100.1'" /run/said || fail "$(</run/said)"
		datapath start
		broker
		connect --mechanism PLAIN --user alice --password s3cret
		carry client
		both_ways
		datapath stop
		datapath start
		bare_in_server tspctl restore
		[[ $(tunnels) == "users "*" 198.51.100.7 10.0.0.6" ]] || fail "$(tunnels)"
		both_ways
		set_key local 10.0.0.7
		sed -i '0,/^local = 10.0.0.6/{/^local = 10.0.0.6/d}' /run/tsp.conf
		refused "[server] local: this machine does not have 10.0.0.7" datapath start
		both_ways
	END
}

@test "tunnels in UDP, too" {
	translated <<-'END'
		broker_config_here
		datapath start
		broker_udp
		connect_udp --mechanism PLAIN --user alice --password s3cret --address 10.9.9.9
		[[ ${GOT[TYPE]} == v6udpv4 && ${GOT[SERVER_IPV4]} == 198.51.100.1 ]] || fail "$(</run/offer)"
		[[ $(tunnels) == "users "*" 198.51.100.7:"*" 10.0.0.5" ]] || fail "$(tunnels)"
		carry client
		both_ways
	END
}
