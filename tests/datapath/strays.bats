#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# strays.bats - the map and the leases are made to agree: tspctl expire and check --tunnels

load ../lib/datapath

setup() {
	datapath_requires
	command -v systemd-socket-activate >/dev/null || skip "needs systemd-socket-activate"
}

@test "a tunnel that no lease explains is shown by check, and taken down by expire" {
	in_world <<-'END'
		datapath start
		broker
		connect --mechanism PLAIN --user alice --password s3cret
		lease=$(bare_in_server tsp-tunnel list | awk '{ print $2 }')
		tunnel 77 v6v4 198.51.100.99
		bare_in_server tsp-tunnel add
		anonymous 5 v6udpv4 198.51.100.98 4444
		bare_in_server tsp-tunnel add
		TSP_LEASE=5000 fails bare_in_server tsp-tunnel add
		bare_in_server tspctl check --tunnels >/run/said && false || [[ $? -eq 2 ]]
		grep -qx 'users/77: no lease explains its tunnel to 198.51.100.99' /run/said || fail "$(</run/said)"
		grep -qx 'anonymous/5: no lease explains its tunnel to 198.51.100.98:4444' /run/said
		bare_in_server tspctl check --tunnels --json >/run/said || :
		grep -q '"kind":"stray","pool":"users","lease":77,' /run/said || fail "$(</run/said)"
		bare_in_server tsp-tunnel list >/run/list
		[[ $(wc -l </run/list) -eq 3 ]]
		bare_in_server tspctl expire --json >/run/said
		grep -q '"strays":2,"rebuilt":0,"failed":0' /run/said || fail "$(</run/said)"
		bare_in_server tsp-tunnel list >/run/list
		[[ $(</run/list) == "users $lease 198.51.100.7 198.51.100.1" ]] || fail "$(</run/list)"
		bare_in_server tspctl check --tunnels
	END
}

@test "a missing tunnel, and one to an endpoint of the past, are built again by expire" {
	in_world <<-'END'
		datapath start
		broker
		connect --mechanism PLAIN --user alice --password s3cret
		carry client
		both_ways
		lease=$(bare_in_server tsp-tunnel list | awk '{ print $2 }')
		(
			tunnel "$lease" v6v4 198.51.100.7
			bare_in_server tsp-tunnel del
		)
		silent client 2001:db8:6::2
		bare_in_server tspctl check --tunnels >/run/said && false || [[ $? -eq 2 ]]
		grep -q "^users/$lease: its tunnel is missing" /run/said || fail "$(</run/said)"
		bare_in_server tspctl expire --json >/run/said
		grep -q '"strays":0,"rebuilt":1,"failed":0' /run/said || fail "$(</run/said)"
		both_ways
		(
			tunnel "$lease" v6v4 198.51.100.55
			bare_in_server tsp-tunnel add
		)
		silent client 2001:db8:6::2
		bare_in_server tspctl expire --json >/run/said
		grep -q '"strays":0,"rebuilt":1,"failed":0' /run/said || fail "$(</run/said)"
		both_ways
		bare_in_server tspctl expire --json >/run/said
		grep -q '"strays":0,"rebuilt":0,"failed":0' /run/said || fail "$(</run/said)"
	END
}

@test "check --repair takes strays down, too" {
	in_world <<-'END'
		datapath start
		broker
		connect
		tunnel 77 v6v4 198.51.100.99
		bare_in_server tsp-tunnel add
		bare_in_server tspctl check --repair --yes >/run/said
		grep -q '^users/77: no lease explains .*: taken down' /run/said || fail "$(</run/said)"
		[[ $(bare_in_server tsp-tunnel list | wc -l) -eq 1 ]]
	END
}

@test "a list that is no list ends no tunnel, and a data path that is not there is named" {
	in_world <<-'END'
		datapath start
		broker
		connect
		tunnel 77 v6v4 198.51.100.99
		bare_in_server tsp-tunnel add
		sed -i 's/exec tsp-tunnel list/tsp-tunnel list; echo users 77 here; exit 0/' /run/fast.sh
		fails bare_in_server tspctl expire
		grep -q "lists 'users 77 here', which is no tunnel" /run/said || fail "$(</run/said)"
		[[ $(bare_in_server tsp-tunnel list | wc -l) -eq 2 ]]
		datapath stop
		fails bare_in_server tspctl check --tunnels
		grep -q '/run/tsp0-bpf: not there: run tsp-datapath start' /run/said || fail "$(</run/said)"
	END
}
