#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# presence.bats - keepalive addresses: who is at the end of a tunnel, and what others get

load ../lib/datapath

setup() {
	datapath_requires
}

@test "a ping of the tunnel's own keepalive address is answered and counted" {
	in_world <<-'END'
		datapath start
		tunnel 9 v6v4 198.51.100.99
		secret bad
		template CREATION
		tunnel 7 v6v4 198.51.100.7
		secret beef
		up :
		[[ $(template INFO) == *"proof_packets=0" ]]
		pings client "$TSP_KEEPALIVE_ADDRESS_IPV6"
		[[ $(proofs) -ge 3 && $(template INFO) == *" proof_seconds="[0-9]* ]]
		[[ $(counted proven) -ge 3 ]]
		# nobody else's, nor from elsewhere
		silent client 2001:db8:ffff:0:8000::bad
		[[ $(counted secret) -ge 2 ]]
		silent far "$TSP_KEEPALIVE_ADDRESS_IPV6"
		silent server "$TSP_KEEPALIVE_ADDRESS_IPV6"
		both_ways
	END
}

@test "the secret is in no output" {
	in_world <<-'END'
		datapath start
		tunnel 7 v6v4 198.51.100.7
		secret beef
		up :
		pings client "$TSP_KEEPALIVE_ADDRESS_IPV6"
		{
			template INFO
			bare tsp-tunnel list
			datapath status
			echo "v6v4 host tsp7 - 198.51.100.7 - - - $TSP_CLIENT_ADDRESS_IPV6 - - a - 7 1 2001:db8::beef" >/run/lines
			bare tsp-tunnel batch info </run/lines
			fails bare tsp-tunnel batch add </run/lines
			cat /run/said
		} >/run/outputs 2>&1
		grep -q 'keepalive address is not in the network' /run/outputs
		fails grep -i beef /run/outputs
		[[ $(stat -c %a /run/tsp0-bpf/tsp_users) == 660 ]]
	END
}

@test "a client in UDP, another network for keepalive addresses" {
	in_world <<-'END'
		config "keepalive_prefix = 2001:db8:5ec::/64"
		datapath start
		tunnel 8 v6udpv4 198.51.100.7 40000
		export TSP_KEEPALIVE_ADDRESS_IPV6=2001:db8:5ec::beef
		up :
		pings client "$TSP_KEEPALIVE_ADDRESS_IPV6"
		[[ $(proofs) -ge 3 ]]
		silent client 2001:db8:5ec::bad
	END
}

@test "a proof is over with its tunnel" {
	in_world <<-'END'
		datapath start
		tunnel 7 v6v4 198.51.100.7
		secret beef
		up :
		pings client "$TSP_KEEPALIVE_ADDRESS_IPV6"
		template CREATION
		[[ $(proofs) -ge 3 ]]
		secret f00d
		template CREATION
		[[ $(template INFO) == *"proof_packets=0" ]]
		silent client 2001:db8:ffff:0:8000::beef
		pings client "$TSP_KEEPALIVE_ADDRESS_IPV6"
	END
}

@test "TCP to a client that is not present yet: its first packets make it present" {
	in_world <<-'END'
		ethtool_off() { :; }
		datapath start
		tunnel 7 v6v4 198.51.100.7
		secret beef
		up :
		tcp server client "$TSP_CLIENT_ADDRESS_IPV6"
		[[ $(counted pinged) -ge 1 && $(proofs) -ge 1 ]]
	END
}

@test "a client that is not present gets little more than three times what it sent" {
	in_world <<-'END'
		datapath start
		tunnel 7 v6v4 198.51.100.7
		secret beef
		template CREATION
		on far ping -6 -q -n -c 200 -i 0.002 -W 1 -s 1200 "$TSP_CLIENT_ADDRESS_IPV6" >/dev/null || :
		# nobody is at the endpoint: a packet or a ping each half a second
		[[ $(counted unproven) -ge 150 ]]
		[[ $(template INFO) =~ tx_packets=([0-9]+) && ${BASH_REMATCH[1]} -le $((2 * SECONDS + 2)) ]]
	END
}

@test "a firewall that drops what is invalid needs the rule of docs/datapath.md for answers" {
	in_world <<-'END'
		datapath start
		tunnel 7 v6v4 198.51.100.7
		secret beef
		up :
		rule=$(grep '^iifname "tsp0" oifname "tsp0"' "$ROOT/docs/datapath.md")
		on server nft -f - <<-RULES
			table inet filter {
				chain forward {
					type filter hook forward priority 0
					$rule
					ct state invalid counter drop
				}
			}
		RULES
		both_ways
		pings client "$TSP_KEEPALIVE_ADDRESS_IPV6"
		on server nft flush chain inet filter forward
		on server nft add rule inet filter forward ct state invalid drop
		silent client "$TSP_KEEPALIVE_ADDRESS_IPV6"
	END
}
