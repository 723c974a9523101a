#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# routes.bats - tsp-datapath mend: routes that went with the device's "down"

load ../lib/datapath

setup() {
	datapath_requires
}

@test "mend sets routes again that went with the device's down, and does nothing else" {
	in_world <<-'END'
		datapath mend
		[[ ! -e /run/tsp0-bpf ]]
		datapath mount
		datapath mend 2>/run/said
		[[ ! -s /run/said ]]
		datapath start
		up tunnel 7 v6v4 198.51.100.7
		both_ways
		was=$(ip -n server -6 route show dev tsp0 | sort; ip -n server -6 -o addr show dev tsp0)
		datapath mend 2>/run/said
		[[ ! -s /run/said ]]
		ip -n server link set tsp0 down
		datapath mend
		[[ $(ip -n server -o link show dev tsp0 up) == "" ]] || fail "what is down on purpose was raised"
		ip -n server link set tsp0 up
		silent far "$TSP_CLIENT_ADDRESS_IPV6"
		datapath mend 2>/run/said
		grep -qx 'tsp-datapath: tsp0: address and routes were gone and are set again' /run/said || fail "$(</run/said)"
		both_ways
		[[ $(ip -n server -6 route show dev tsp0 | sort; ip -n server -6 -o addr show dev tsp0) == "$was" ]]
		[[ $(datapath status | grep '^device') == *' 1  epoch' ]]
		datapath stop --keep-tunnels
		datapath mend
		fails ip -n server link show dev tsp0
	END
}

@test "mend reads all messages of the socket that it was started for, whatever tsp.conf says" {
	command -v perl >/dev/null || skip "needs perl"
	in_world <<-'END'
		# AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, group RTMGRP_LINK; says how many messages are left
		cat >/run/watch.pl <<-'SCRIPT'
			use Socket;
			socket(my $s, 16, SOCK_RAW, 0) or die;
			bind($s, pack("S S L L", 16, 0, 0, 1)) or die;
			system("ip link add one type veth peer name two; ip link del one");
			open(STDIN, "<&", $s) or die;
			my $status = system("LISTEN_FDS=1 exec tsp-datapath @ARGV 3<&0") >> 8;
			my $left = 0;
			$left++ while defined recv($s, my $m, 65536, MSG_DONTWAIT);
			print "status $status, left $left\n";
		SCRIPT
		[[ $(on server perl /run/watch.pl -V) == *' left '[1-9]* ]]
		[[ $(on server perl /run/watch.pl mend) == 'status 0, left 0' ]]
		echo nonsense >>/run/tsp.conf
		[[ $(on server perl /run/watch.pl mend) == 'status 100, left 0' ]]
	END
}
