#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# addresses.bats - a server with two IPv4 addresses, and one whose address changes
#
#	client 198.51.100.7 --- 198.51.100.1, 198.51.100.2 server

load ../lib/datapath

setup() {
	datapath_requires
	command -v systemd-socket-activate >/dev/null || skip "needs systemd-socket-activate"
}

# addressed - steps at a server that takes clients at all of its addresses
addressed() {
	{
		cat <<-'END'
			SERVER=0.0.0.0
			# sign_up ADDRESS USER - the client connects there
			sign_up() {
				SERVER_AT=$1 connect --mechanism PLAIN --user "$2" --password s3cret
			}
		END
		cat
	} | in_world
}

@test "two addresses: each tunnel ends at the one that its client talks to, also after a boot" {
	addressed <<-'END'
		ip -n server addr add 198.51.100.2/24 dev wan0
		ip -n client addr add 198.51.100.8/24 dev eth0
		datapath start
		broker
		sign_up 198.51.100.2 alice
		[[ ${GOT[SERVER_IPV4]} == 198.51.100.2 ]] || fail "$(</run/offer)"
		carry client
		pings client 2001:db8:6::2
		alice=$TSP_CLIENT_ADDRESS_IPV6
		CLIENT_AT=198.51.100.8
		sign_up 198.51.100.1 bob
		[[ ${GOT[SERVER_IPV4]} == 198.51.100.1 ]] || fail "$(</run/offer)"
		ip -n client -6 route add default dev six table 8
		ip -n client -6 rule add from "$alice" lookup 8
		carry client seven
		both_ways
		pings far "$alice"
		tunnels >/run/before
		grep -q ' 198.51.100.7 198.51.100.2$' /run/before || fail "$(</run/before)"
		grep -q ' 198.51.100.8 198.51.100.1$' /run/before || fail "$(</run/before)"
		datapath stop
		datapath start
		bare_in_server tspctl restore
		tunnels >/run/after
		cmp /run/before /run/after || fail "$(</run/after)"
		both_ways
		pings far "$alice"
		bare_in_server tspctl check --tunnels
	END
}

@test "protocol 41, by datagrams: the address that the route chose is kept, whatever it chooses later" {
	addressed <<-'END'
		ip -n server addr add 198.51.100.2/24 dev wan0
		datapath start
		broker_udp
		connect_udp --mechanism PLAIN --user alice --password s3cret --type v6v4 --address 198.51.100.7
		[[ ${GOT[TYPE]} == v6v4 && ${GOT[SERVER_IPV4]} == 198.51.100.1 ]] || fail "$(</run/offer)"
		tunnels >/run/before
		grep -q ' 198.51.100.7 198.51.100.1$' /run/before || fail "$(</run/before)"
		ip -n server route change 198.51.100.0/24 dev wan0 src 198.51.100.2
		bare_in_server tspctl check --tunnels
		datapath stop
		datapath start
		bare_in_server tspctl restore
		tunnels >/run/after
		cmp /run/before /run/after || fail "$(</run/after)"
	END
}

@test "a tunnel at the wrong address is seen by check, and built again by expire" {
	addressed <<-'END'
		ip -n server addr add 198.51.100.2/24 dev wan0
		datapath start
		broker
		sign_up 198.51.100.2 alice
		carry client
		both_ways
		lease=$(tunnels | awk '{ print $2 }')
		TSP_LEASE=$lease TSP_SERVER_ADDRESS_IPV4=198.51.100.1 bare_in_server tsp-tunnel add
		[[ $(tunnels) == *' 198.51.100.1' ]] || fail "$(tunnels)"
		bare_in_server tspctl check --tunnels >/run/said && false || [[ $? -eq 2 ]]
		grep -qx "users/$lease: its tunnel ends at another IPv4 address of this server" /run/said || fail "$(</run/said)"
		bare_in_server tspctl status >/run/said 2>&1 || :
		grep -q '^tunnels *degraded' /run/said || fail "$(</run/said)"
		bare_in_server tspctl expire --json >/run/said
		grep -q '"rebuilt":1,"failed":0' /run/said || fail "$(</run/said)"
		both_ways
		bare_in_server tspctl check --tunnels
	END
}

@test "the server's address changes: the data path follows, and old and new tunnels end at the new one" {
	addressed <<-'END'
		ip -n client addr add 198.51.100.8/24 dev eth0
		datapath start
		datapath start --if-moved 2>/run/said
		[[ ! -s /run/said ]] || fail "$(</run/said)"
		broker
		sign_up 198.51.100.1 alice
		alice=$TSP_CLIENT_ADDRESS_IPV6
		ip -n server addr del 198.51.100.1/24 dev wan0
		ip -n server addr add 198.51.100.2/24 dev wan0
		on server tspctl check >/run/said 2>&1 || :
		grep -q "^data path: changed .*this machine's addresses" /run/said || fail "$(</run/said)"

		# a client that comes before anything has looked
		CLIENT_AT=198.51.100.8
		sign_up 198.51.100.2 bob
		[[ ${GOT[SERVER_IPV4]} == 198.51.100.2 ]] || fail "$(</run/offer)"
		tunnels | grep -q ' 198.51.100.8 198.51.100.2$' || fail "$(tunnels)"
		carry client
		silent client 2001:db8:6::2

		# as tsp-expire.service does each minute
		datapath start --if-moved 2>/run/said
		grep -q 'have changed' /run/said || fail "$(</run/said)"
		both_ways
		bare_in_server tspctl check --tunnels >/run/said && false || [[ $? -eq 2 ]]
		bare_in_server tspctl expire --json >/run/said 2>/run/log.expire
		grep -q '"strays":0,"rebuilt":1,"failed":0' /run/said || fail "$(</run/said)"
		grep -q '198.51.100.7 alice: is built again' /run/log.expire || fail "$(</run/log.expire)"
		tunnels | grep -q ' 198.51.100.7 198.51.100.2$' || fail "$(tunnels)"
		bare_in_server tspctl expire --json >/run/said
		grep -q '"strays":0,"rebuilt":0,"failed":0' /run/said || fail "$(</run/said)"
		on server tspctl check --tunnels

		# the old address comes back: a lease still knows its own
		ip -n server addr add 198.51.100.1/24 dev wan0
		datapath start --if-moved
		bare_in_server tspctl expire
		tunnels | grep -q ' 198.51.100.7 198.51.100.1$' || fail "$(tunnels)"
		tunnels | grep -q ' 198.51.100.8 198.51.100.2$' || fail "$(tunnels)"
	END
}

@test "start --if-moved starts nothing that is not there" {
	addressed <<-'END'
		# nothing_starts - nor is there anything to say, each minute
		nothing_starts() {
			datapath start --if-moved >/run/said 2>&1 || fail "$(</run/said)"
			[[ ! -s /run/said ]] || fail "$(</run/said)"
			no_program
			fails ip -n server link show tsp0
		}
		nothing_starts
		datapath mount # and the start that follows has failed
		nothing_starts
		datapath start
		datapath stop --keep-tunnels
		nothing_starts
		datapath start
		ip -n server addr del 198.51.100.1/24 dev wan0
		refused 'no IPv4 address yet' datapath start --if-moved
	END
}

@test "the server's address changes: a template without a list, too" {
	addressed <<-'END'
		broker_config
		cat >/run/files.sh <<-'TEMPLATE'
			#!/bin/sh
			# TSP-Modes: v6v4
			# TSP-Capability: none
			file=/run/state/$TSP_TUNNEL_INTERFACE.end
			case $TSP_OPERATION in
			TSP_TUNNEL_CREATION) echo "$TSP_SERVER_ADDRESS_IPV4" >"$file" ;;
			TSP_TUNNEL_TEARDOWN) rm -f "$file" ;;
			TSP_TUNNEL_INFO) [ "$(cat "$file")" = "$TSP_SERVER_ADDRESS_IPV4" ] && echo rx_packets=0 ;;
			esac
		TEMPLATE
		chmod 755 /run/files.sh
		sed -i 's|^template.*|template = /run/files.sh|' /run/tsp.conf
		listen /run/log --accept --inetd -- tsp-handler
		sign_up 198.51.100.1 alice
		[[ $(cat /run/state/*.end) == 198.51.100.1 ]]
		ip -n server addr del 198.51.100.1/24 dev wan0
		bare_in_server tspctl expire --json >/run/said
		grep -q '"rebuilt":0,"failed":0' /run/said || fail "$(</run/said)"
		ip -n server addr add 198.51.100.2/24 dev wan0
		bare_in_server tspctl check --tunnels >/run/said && false || [[ $? -eq 2 ]]
		bare_in_server tspctl expire --json >/run/said
		grep -q '"rebuilt":1,"failed":0' /run/said || fail "$(</run/said)"
		[[ $(cat /run/state/*.end) == 198.51.100.2 ]]
		bare_in_server tspctl check --tunnels
		bare_in_server tspctl expire --json >/run/said
		grep -q '"rebuilt":0,"failed":0' /run/said || fail "$(</run/said)"
	END
}
