#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# block.bats - tspctl block and unblock: the map, the file, and what they do to packets

load ../lib/datapath

setup() {
	datapath_requires
}

@test "a blocked address is silent both ways and counted, also after a stop; unblocked it is not" {
	in_world <<-'END'
		datapath start
		tunnel 7 v6v4 198.51.100.7
		up true
		both_ways
		on server tspctl block 198.51.100.7
		silent client 2001:db8:6::2
		[[ $(counted blocked) -ge 2 ]]
		before=$(counted blocked)
		silent far "$TSP_CLIENT_ADDRESS_IPV6"
		[[ $(counted blocked) -ge $((before + 2)) ]]
		datapath stop
		datapath start
		template CREATION
		silent client 2001:db8:6::2
		on server tspctl unblock 198.51.100.7
		both_ways
		[[ -z $(on server tspctl block) ]]
	END
}

@test "ranges, comments in the file and edits by hand; the list is printed" {
	in_world <<-'END'
		printf '%s\n' '# of the abuse desk' '203.0.113.9  # until spring' >/run/blocked
		datapath start
		tunnel 7 v6v4 198.51.100.7
		up true
		on server tspctl block 198.51.100.0/29
		on server tspctl block 198.51.100.0/29
		silent client 2001:db8:6::2
		[[ $(on server tspctl block | sort | xargs) == '198.51.100.0/29 203.0.113.9' ]] || fail "$(</run/blocked)"
		grep -qx '# of the abuse desk' /run/blocked
		[[ $(grep -c 198.51.100.0/29 /run/blocked) -eq 1 ]]
		sed -i '/198/d' /run/blocked
		datapath start
		both_ways
		[[ $(on server bpftool map dump pinned /run/tsp0-bpf/tsp_blocked | grep -c key) -eq 1 ]]
	END
}

@test "what cannot be blocked is refused and changes nothing; the broker's user blocks nobody" {
	in_world <<-'END'
		on server tspctl block 198.51.100.8 2>/run/said
		grep -q 'tsp0: not started' /run/said
		datapath mount
		on server tspctl block 198.51.100.8 2>/run/said
		grep -q 'tsp0: not started' /run/said
		datapath start
		for text in 198.51.100.7/24 198.51.100.256 2001:db8::1 '' 198.51.100.7/33 -; do
			status=0
			on server tspctl block "$text" 2>/run/said || status=$?
			[[ $status -eq 100 ]] || fail "$text: $status" "$(</run/said)"
		done
		fails on server tspctl unblock 198.51.100.7
		grep -q "not blocked: '198.51.100.7'" /run/said
		fails bare_in_server tspctl block 198.51.100.7
		fails bare_in_server tspctl unblock 198.51.100.8
		[[ $(on server tspctl block) == 198.51.100.8 ]]
		tunnel 7 v6v4 198.51.100.7
		up true
		echo nonsense >>/run/blocked
		fails datapath start
		grep -q "/run/blocked:2: 'nonsense'" /run/said || fail "$(</run/said)"
		both_ways
	END
}
