#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# unheard.bats - while nobody holds the UDP port, no client in a tunnel is told that it is closed

load ../lib/datapath

setup() {
	datapath_requires
}

@test "a packet that only tsp-udp could use is dropped while nobody holds the port, and heard then" {
	in_world <<-'END'
		# 2001:db8:a:0:c633:6407:9c43:3 is what 198.51.100.7 port 40003 gets without an account
		packet=6000000000103a4020010db8000a0000c63364079c43000320010db8ffff00008000000000000001
		packet+=80000000000100016162636465666768

		# errors - ICMP "unreachable" that the client has got
		errors() {
			on client cat /proc/net/snmp | awk '/^Icmp: [0-9]/ { print $5 }'
		}

		# knock - send it once from there; $came are the errors in return
		knock() {
			local before
			before=$(errors)
			echo "$packet" | on client "$BUILD/tests/tools/tsp-udp-client" --host 198.51.100.1 \
				--bind 198.51.100.7 --from 40003 --hex --again 300 >/run/said
			came=$(($(errors) - before))
		}

		knock
		[[ $came -eq 1 ]] || fail "without the data path the kernel said nothing"
		datapath start
		knock
		[[ $came -eq 0 && $(counted unheard) -eq 1 && $(counted unclaimed) -eq 0 ]]
		nsenter --net=/run/netns/server socat -u UDP4-RECV:3653 OPEN:/run/heard,creat >/run/socat 2>&1 &
		CARRIERS+=" $!"
		soon serves server -u 3653
		knock
		[[ $came -eq 0 && $(counted unheard) -eq 1 && $(counted unclaimed) -eq 1 ]]
		[[ $(od -An -v -tx1 /run/heard | tr -d ' \n') == "$packet" ]]
	END
}
