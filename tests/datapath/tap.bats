#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# tap.bats - what a packet socket at the device sees, as tcpdump would

load ../lib/datapath

setup() {
	datapath_requires
}

@test "packets to clients and from clients show at the device" {
	in_world <<-'END'
		datapath start
		up tunnel 7 v6v4 198.51.100.7
		on server timeout $((30 * ${TSP_SLOW:-1})) socat -u INTERFACE:tsp0 CREATE:/run/tap &
		tap=$!
		far=20010db8000600000000000000000002
		client=20010db8ffff0000000000000000000f
		seen() { od -An -v -tx1 /run/tap | tr -d ' \n' | grep -c "$1$2" || :; }
		for try in {1..50}; do
			pings far 2001:db8:ffff::f
			[[ ! -s /run/tap || $(seen $far $client) -eq 0 ]] || break
			sleep 0.1
		done
		[[ $(seen $far $client) -gt 0 && $(seen $client $far) -gt 0 ]]
		kill $tap
	END
}
