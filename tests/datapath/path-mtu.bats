#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# path-mtu.bats - clients behind a narrow link: far learns what fits, or routers fragment
#
#	home 203.0.113.7 --- narrow --- client 198.51.100.7 --- server --- far
#
# The tunnel ends at home; "client" is a router before it.

load ../lib/datapath

setup() {
	datapath_requires
}

# behind MTU - steps that make home, behind a link of this MTU, and its tunnel
behind() {
	cat <<-END
		ip netns add home
		ip -n home link set lo up
		on home sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0
		cable client down0 home eth0
		ip -n client link set down0 mtu $1
		ip -n home link set eth0 mtu $1
		ip -n client addr add 203.0.113.1/24 dev down0
		ip -n home addr add 203.0.113.7/24 dev eth0
		ip -n home route add default via 203.0.113.1
		ip -n server route add 203.0.113.0/24 via 198.51.100.7
		on client sysctl -qw net.ipv4.conf.all.forwarding=1
		datapath start
		tunnel 7 v6v4 203.0.113.7
		template CREATION
		carry home
		ip -n home link set six mtu 1480 # so that TCP at home offers a large MSS
	END
}

@test "far learns the path MTU of a client's narrow link" {
	in_world <<-END
		$(behind 1400)
		pings far 2001:db8:ffff::f -s 1332 # 1380 bytes
		# the first is lost on the narrow link, then far is told
		on far ping -6 -n -M do -c 5 -i 0.05 -W 1 -s 1333 2001:db8:ffff::f >/run/ping 2>&1 || :
		grep -q 'mtu.*1380' /run/ping || fail "\$(</run/ping)"
		[[ \$(counted path-lowered) -eq 1 && \$(counted too-big-sent) -ge 1 ]]
		tcp far home 2001:db8:ffff::f
		[[ \$(counted path-refused) -eq 0 ]]
	END
}

@test "TCP finds the path MTU by itself, in packets that the stack cuts" {
	in_world <<-END
		$(behind 1400)
		tcp far home 2001:db8:ffff::f
		[[ \$(counted path-lowered) -ge 1 && \$(counted too-big-sent) -ge 1 ]]
		tcp home far 2001:db8:6::2
	END
}

@test "TCP whose sender leaves the checksum to the hardware" {
	in_world <<-END
		$(behind 1400)
		on far ethtool -K eth0 tx on >/dev/null
		on server ethtool -K up0 tx on >/dev/null
		tcp far home 2001:db8:ffff::f
		[[ \$(counted path-lowered) -ge 1 && \$(counted too-big-sent) -ge 1 ]]
	END
}

# packets of 1280 bytes go to home in fragments; what comes back is small and in one piece
@test "a path of 1280 bytes: 1280 inside, in fragments" {
	in_world <<-END
		$(behind 1280)
		tcp far home 2001:db8:ffff::f
		[[ \$(counted path-lowered) -ge 1 && \$(counted fragment-passed) -eq 0 ]]
		on home grep -A1 '^Ip: Forw' /proc/net/snmp | awk '
			NR == 1 { for (i = 1; i <= NF; i++) if (\$i == "ReasmOKs") at = i }
			NR == 2 { exit \$at == 0 }'
	END
}

@test "clients do not share a path MTU" {
	in_world <<-END
		$(behind 1400)
		tcp far home 2001:db8:ffff::f
		tunnel 8 v6v4 198.51.100.7
		template CREATION
		carry client
		ip -n client link set six mtu 1480
		pings far 2001:db8:ffff::11 -M do -s 1432
	END
}

@test "a client learns the path MTU of another client" {
	in_world <<-END
		$(behind 1400)
		tunnel 8 v6v4 198.51.100.7
		template CREATION
		carry client
		ip -n client link set six mtu 1480
		tcp client home 2001:db8:ffff::f
		[[ \$(counted path-lowered) -ge 1 && \$(counted too-big-sent) -ge 1 ]]
	END
}

# the tunnel is wider than far's link: the packet gets as far as the stack, which answers
@test "a client behind jumbo frames learns the MTU of the links behind the server" {
	in_world <<-'END'
		ip -n client link set eth0 mtu 9000
		ip -n server link set wan0 mtu 3500
		datapath start
		up tunnel 7 v6v4 198.51.100.7
		ip -n client link set six mtu 8000
		on client ping -6 -n -M do -c 3 -i 0.05 -W 1 -s 3000 2001:db8:6::2 >/run/ping 2>&1 || :
		grep -q 'mtu.*1500' /run/ping || fail "$(</run/ping)"
	END
}
