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
		bare_in_server tspctl release alice
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
