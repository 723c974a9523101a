#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# broker.bats - the real broker and tspctl with fast.sh, without any capability

load ../lib/datapath

setup() {
	datapath_requires
	command -v systemd-socket-activate >/dev/null || skip "needs systemd-socket-activate"
}

@test "a session gives out a tunnel that carries packets, and nobody holds a capability" {
	in_world <<-'END'
		datapath start
		broker
		connect --mechanism PLAIN --user alice --password s3cret --prefix 56
		carry client
		both_ways
		ip -n client addr add "${GOT[PREFIX]%0}1/64" dev six nodad
		pings far "${GOT[PREFIX]%0}1"
		bare_in_server tspctl list --traffic | grep -q 'alice.* 198.51.100.7'
		bare_in_server tspctl release --yes alice
		silent far "$TSP_CLIENT_ADDRESS_IPV6"
	END
}

@test "an anonymous session, too" {
	in_world <<-'END'
		datapath start
		broker
		connect
		[[ $TSP_CLIENT_ADDRESS_IPV6 == 2001:0db8:000a:0000:c633:6407:0000:0003 ]]
		carry client
		both_ways
	END
}

@test "tspctl restore builds the tunnels of all leases again" {
	in_world <<-'END'
		datapath start
		broker
		connect --mechanism PLAIN --user alice --password s3cret
		carry client
		both_ways
		datapath stop
		datapath start
		silent client 2001:db8:6::2
		bare_in_server tspctl restore
		both_ways
		bare_in_server tspctl check --tunnels
	END
}

@test "tspctl move: other ranges, as docs/operating.md has them, and the client comes back" {
	in_world <<-'END'
		datapath start
		broker
		connect --mechanism PLAIN --user alice --password s3cret
		old=$TSP_CLIENT_ADDRESS_IPV6
		sed -i 's/2001:db8:ffff::/2001:db8:fffe::/' /run/tsp.conf
		fails datapath start
		bare_in_server tspctl move --yes >/run/said
		tail -n 1 /run/said | grep -q "^now run 'tsp-datapath stop'" || fail "$(</run/said)"
		datapath stop
		datapath start
		bare_in_server tspctl restore
		bare_in_server tspctl check --tunnels
		[[ $(bare_in_server tsp-tunnel list | wc -l) -eq 1 ]]
		connect --mechanism PLAIN --user alice --password s3cret
		[[ $TSP_CLIENT_ADDRESS_IPV6 == "${old/ffff/fffe}" ]] || fail "$TSP_CLIENT_ADDRESS_IPV6"
		carry client
		both_ways
	END
}

@test "anonymous in UDP: nothing is kept until the client answers a ping from its secret address" {
	in_world <<-'END'
		datapath start
		broker_udp
		connect_udp
		[[ ${GOT[TYPE]} == v6udpv4 && ${GOT[KEEPALIVE_ADDRESS]} != "${GOT[SERVER_IPV6]}" ]]
		[[ -z $(tunnels) ]]
		fails grep -aqE '^[0-9]{8} (offered|claimed|present|expired)' /run/state/anonymous.leases
		carry client
		soon eval '[[ -n $(tunnels) ]]'
		[[ $(tunnels) =~ ^anonymous\ [0-9]+\ 198.51.100.7:${GOT[PORT]}\ 198.51.100.1$ ]] || fail "$(tunnels)"
		both_ways
		pings client "$TSP_KEEPALIVE_ADDRESS_IPV6"
		is_proven
		[[ $(bare_in_server tspctl list --count --state active) == *1* ]]
		[[ $(counted unclaimed) -ge 1 ]]
	END
}

@test "anonymous in UDP: a client that answers no pings proves itself by its own" {
	in_world <<-'END'
		on client sysctl -qw net.ipv6.icmp.echo_ignore_all=1
		datapath start
		broker_udp
		connect_udp
		carry client
		soon on client ping -6 -q -n -c 1 -W 1 "$TSP_KEEPALIVE_ADDRESS_IPV6"
		soon eval '[[ -n $(tunnels) ]]'
		pings client "$TSP_KEEPALIVE_ADDRESS_IPV6"
		is_proven
		pings client 2001:db8:6::2
	END
}

@test "v6v4 over TCP: the client that answers pings is present after the first packets to it" {
	in_world <<-'END'
		datapath start
		broker
		connect --mechanism PLAIN --user alice --password s3cret
		[[ ${GOT[KEEPALIVE_ADDRESS]} == 2001:0db8:ffff:0000:[89abcdef]* ]]
		carry client
		tcp far client "$TSP_CLIENT_ADDRESS_IPV6"
		soon is_proven
		pings client "$TSP_KEEPALIVE_ADDRESS_IPV6"
	END
}

@test "tspctl check and tsp-handler -n see what the data path lacks" {
	in_world <<-'END'
		# lacks TEXT - both say so
		lacks() {
			local status=0
			on server tspctl check >/run/said 2>&1 || status=$?
			[[ $status -eq 2 ]] && grep -q "^data path: $1" /run/said || fail "check: $status: $(</run/said)"
			on server tspctl check --json 2>/dev/null | grep -q "\"kind\":\"datapath\".*\"text\":\"$1" || fail "no JSON: $1"
			on server tsp-handler -n >/run/said 2>&1 || fail "$(</run/said)"
			grep -q "data path: $1" /run/said || fail "$(</run/said)"
		}
		datapath start
		broker
		connect
		on server tspctl check >/run/said 2>&1 || fail "$(</run/said)"
		on server tsp-handler -n >/run/said 2>&1 || fail "$(</run/said)"
		fails grep 'data path' /run/said
		sed -i 's/^capacity = 1000/capacity = 900/' /run/tsp.conf
		lacks 'changed \[pool users\] capacity: run systemctl reload tsp-datapath'
		datapath start
		on server ip link set wan0 xdp off
		lacks 'uplink wan0 not attached'
		datapath stop
		lacks 'device tsp0 not started'
		sed -i '/^# TSP-Datapath/d' /run/fast.sh
		on server tspctl check >/run/said 2>&1 || fail "$(</run/said)"
	END
}
