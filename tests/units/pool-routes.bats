#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# pool-routes.bats - packets to addresses that no tunnel has end at the server

load ../lib/datapath

setup() {
	datapath_requires
}

# relay_steps - what both tests say of packets that the server sends back
relay_steps() {
	cat <<-'END'
		export TSPCTL=$BUILD/tspctl
		ip -n server route add default via 2001:db8:6::2
		forwarded() { on server awk '$1 == "Ip6OutForwDatagrams" { print $2 }' /proc/net/snmp6; }
		# relays ADDRESS - how often the server forwards a packet to that address
		relays() {
			local before
			before=$(forwarded)
			on far ping -6 -q -n -c 1 -W 1 "$1" >/run/ping || :
			echo $(($(forwarded) - before))
		}
		# ends ADDRESS... - packets to them end at the server
		ends() {
			local address
			for address; do
				[[ $(relays "$address") -eq 0 ]] || fail "$address goes back to the internet"
			done
		}
	END
}

@test "a device that goes down and up: no packet goes back to where it came from" {
	in_world <<-END
		$(relay_steps)
		unused="2001:db8:ffff::1fe 2001:db8:1000:ff00::1 2001:db8:a:0:cb00:7146:0:3"
		# the test sees it: without a route a packet does go back
		[[ \$(relays 2001:db8:ffff::1fe) -gt 0 ]]
		on server "\$ROOT/scripts/pool-routes.sh" add
		ends \$unused

		# a device for each tunnel, as sit.sh makes them
		ip -n server link add tsp7 type veth peer name tsp7x
		ip -n server link set tsp7x up
		ip -n server link set tsp7 up
		ip -n server route add 2001:db8:ffff::f dev tsp7
		ip -n server link set tsp7 down
		ends 2001:db8:ffff::f
		ip -n server link set tsp7 up
		ends 2001:db8:ffff::f

		# one for all, of fast.sh
		datapath start
		up tunnel 7 v6v4 198.51.100.7
		both_ways
		ip -n server link set tsp0 down
		ends \$unused "\$TSP_CLIENT_ADDRESS_IPV6"
		ip -n server link set tsp0 up
		ends \$unused "\$TSP_CLIENT_ADDRESS_IPV6"
		datapath start
		both_ways
		datapath stop
		ends \$unused "\$TSP_CLIENT_ADDRESS_IPV6"
	END
}

@test "routes follow tsp.conf, and remove takes only ours" {
	in_world <<-END
		$(relay_steps)
		routes() { ip -n server -6 route show type unreachable | awk '{ print \$2 }' | sort | paste -sd ' '; }
		ip -n server route add unreachable 2001:db8:77::/48
		on server "\$ROOT/scripts/pool-routes.sh" add
		on server "\$ROOT/scripts/pool-routes.sh" add
		[[ \$(routes) == '2001:db8:1000::/36 2001:db8:77::/48 2001:db8:a::/64 2001:db8:ffff::/64' ]] || fail "\$(routes)"
		sed -i 's/2001:db8:a::/2001:db8:b::/' \$TSP_CONFIG
		on server "\$ROOT/scripts/pool-routes.sh" add
		[[ \$(routes) == '2001:db8:1000::/36 2001:db8:77::/48 2001:db8:b::/64 2001:db8:ffff::/64' ]] || fail "\$(routes)"
		# a tsp.conf with a mistake changes nothing
		cp \$TSP_CONFIG /run/good
		echo nonsense >>\$TSP_CONFIG
		fails on server "\$ROOT/scripts/pool-routes.sh" add
		[[ \$(routes) == *2001:db8:b::/64* ]]
		cp /run/good \$TSP_CONFIG
		on server "\$ROOT/scripts/pool-routes.sh" remove
		[[ \$(routes) == 2001:db8:77::/48 ]] || fail "\$(routes)"
		fails on server "\$ROOT/scripts/pool-routes.sh"
	END
}
