#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# datapath.bats - packets of clients, by the programs in the kernel of this machine

load ../lib/datapath

setup() {
	datapath_requires
}

@test "protocol 41: packets of a user, both ways" {
	in_world <<-'END'
		datapath start
		up tunnel 7 v6v4 198.51.100.7
		both_ways
	END
}

@test "UDP: packets of a user, both ways; signalling passes" {
	in_world <<-'END'
		datapath start
		up tunnel 8 v6udpv4 198.51.100.7 40000
		both_ways
		on server timeout $((20 * ${TSP_SLOW:-1})) socat -u UDP4-RECVFROM:3653 CREATE:/run/got &
		for try in {1..50}; do
			on client bash -c 'printf TSP >/dev/udp/198.51.100.1/3653'
			[[ ! -s /run/got ]] || break
			sleep 0.1
		done
		[[ $(</run/got) == TSP ]]
	END
}

@test "anonymous clients, by address and by address and port" {
	in_world <<-'END'
		datapath start
		up anonymous 5 v6v4 198.51.100.7
		both_ways
		anonymous 6 v6udpv4 198.51.100.7 40001
		template CREATION
		carry client udp
		both_ways
		# the first one is still what it was
		ip -n client -6 route replace default dev six
		anonymous 5 v6v4 198.51.100.7
		pings far "$TSP_CLIENT_ADDRESS_IPV6"
		[[ $(template INFO) != *rx_packets=0* ]]
	END
}

@test "a router gets its prefix, and nothing beyond what was delegated" {
	in_world <<-'END'
		datapath start
		up tunnel 7 v6v4 198.51.100.7 '' 60
		ip -n client addr add 2001:db8:1000:700::1/64 dev six nodad
		ip -n client addr add 2001:db8:1000:710::1/64 dev six nodad
		pings far 2001:db8:1000:700::1
		pings client 2001:db8:6::2 -I 2001:db8:1000:700::1
		silent client 2001:db8:6::2 -I 2001:db8:1000:710::1
		silent far 2001:db8:1000:710::1
		[[ $(counted undelegated) -ge 2 && $(counted absent) -ge 2 ]]
		# a host has no prefix
		tunnel 7 v6v4 198.51.100.7
		template CREATION
		silent far 2001:db8:1000:700::1
		pings far "$TSP_CLIENT_ADDRESS_IPV6"
	END
}

@test "sources of others are dropped" {
	in_world <<-'END'
		datapath start
		tunnel 9 v6v4 198.51.100.99
		template CREATION
		up tunnel 7 v6v4 198.51.100.7
		for source in 2001:db8:ffff::13 2001:db8:1000:900::1; do
			ip -n client addr add $source/128 dev six nodad
			silent client 2001:db8:6::2 -I $source
		done
		[[ $(counted spoofed) -ge 4 ]]
		ip -n client addr add 2001:db8:77::1/128 dev six nodad
		silent client 2001:db8:6::2 -I 2001:db8:77::1
		[[ $(counted foreign) -ge 2 ]]
		pings client 2001:db8:6::2 -I "$TSP_CLIENT_ADDRESS_IPV6"
	END
}

@test "no tunnel, no packets; a teardown ends them" {
	in_world <<-'END'
		datapath start
		up tunnel 7 v6v4 198.51.100.7
		both_ways
		template TEARDOWN
		silent client 2001:db8:6::2
		silent far "$TSP_CLIENT_ADDRESS_IPV6"
		[[ $(counted absent) -ge 2 && $(counted spoofed) -ge 2 ]]
		template TEARDOWN
		fails template INFO
	END
}

@test "a client at a new address: the tunnel follows, its counters begin anew" {
	in_world <<-'END'
		datapath start
		up tunnel 7 v6v4 198.51.100.7
		both_ways
		before=$(template INFO)
		[[ $before =~ rx_packets=[1-9].*tx_packets=[1-9] ]]
		template CREATION
		[[ $(template INFO) == "$before" ]]
		tunnel 7 v6v4 198.51.100.8
		template CREATION
		[[ $(template INFO) == *"rx_packets=0 tx_packets=0 proof_packets=0" ]]
		silent client 2001:db8:6::2
	END
}

@test "a packet that the kernel cuts later counts as the packets that are made of it" {
	in_world <<-'END'
		datapath start
		up tunnel 7 v6v4 198.51.100.7
		tcp server client "$TSP_CLIENT_ADDRESS_IPV6"
		# a megabyte in parts of at most 1280 bytes, 60 of each are headers
		[[ $(template INFO) =~ tx_packets=([0-9]+) && ${BASH_REMATCH[1]} -ge $((1000000 / 1220)) ]]
		packets=${BASH_REMATCH[1]}
		[[ $(template INFO) =~ tx_bytes=([0-9]+) && ${BASH_REMATCH[1]} -ge $((1000000 + 60 * packets)) ]]
	END
}

@test "the list has a line for each tunnel, and none after its teardown" {
	in_world <<-'END'
		datapath start
		[[ -z $(bare tsp-tunnel list) ]]
		tunnel 7 v6v4 198.51.100.7
		template CREATION
		anonymous 3 v6udpv4 198.51.100.8 40000
		template CREATION
		[[ $(bare tsp-tunnel list) == "users 7 198.51.100.7 198.51.100.1
		anonymous 3 198.51.100.8:40000 198.51.100.1" ]] || fail "$(bare tsp-tunnel list)"
		template TEARDOWN
		[[ $(bare tsp-tunnel list) == "users 7 198.51.100.7 198.51.100.1" ]]
	END
}

@test "the list with counters says what each tunnel says, also far apart and at the last lease" {
	in_world <<-'END'
		datapath start
		for lease in 300 7 8 263 264 1000; do
			tunnel "$lease" v6v4 "198.51.100.$((lease % 100))"
			template CREATION
			wanted[lease]=$(template INFO)
		done
		up tunnel 7 v6v4 198.51.100.7
		both_ways
		wanted[7]=$(template INFO)
		[[ ${wanted[7]} =~ rx_packets=[1-9] && ${wanted[8]} =~ rx_packets=0 ]]
		for lease in "${!wanted[@]}"; do
			echo "users $lease 198.51.100.$((lease % 100)) 198.51.100.1 ${wanted[lease]}"
		done >/run/wanted
		bare tsp-tunnel list --traffic | diff - /run/wanted
		fails bare tsp-tunnel list traffic
	END
}
