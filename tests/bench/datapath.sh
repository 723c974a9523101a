#!/bin/bash
# SPDX-License-Identifier: MIT
#
# datapath.sh - packets through the data path, on the kernel of this machine
#
# Called by run, as root. Lines: WHAT CLIENTS NS LOWEST HIGHEST SHARE: nanoseconds for each
# packet of clients in turn, with the generator's own (WHAT generator, to a program that
# drops) taken off by the report; SHARE is what arrived. WHAT is a direction and a kind, or
# plain: IPv6 forwarding with as many routes (routes), or with one for all (route). If $PEER
# names sit-shared.sh, then also through its tunnels: in41-shared, out41-shared.
set -euo pipefail

[[ -n ${INSIDE-} ]] || INSIDE=1 exec unshare -m --propagation private bash "$0" "$@"

B=$(realpath "${TSP_BUILD:-build}")
ROUNDS=${ROUNDS:-9}
PACKETS=${PACKETS:-200000}
COUNTS=${COUNTS:-1 10000 52760 1000000}
away=02:00:00:00:00:09
PATH=$B:$PATH
export TSP_CONFIG=/run/tsp.conf

mount -t tmpfs tmpfs /run
mkdir /run/netns
ip netns add far

on() {
	nsenter --net="/run/netns/$1" "${@:2}"
}

# cable NAMESPACE DEVICE FAR - to the generator
cable() {
	ip link add "$3" netns far type veth peer name "$2" netns "$1"
	ip -n far link set "$3" up
	ip -n "$1" link set "$2" up
	# frames of the generator are taken by NAPI alone
	on "$1" ethtool -K "$2" gro on >/dev/null
	on far ethtool -K "$3" gro on >/dev/null
}

mac() {
	on "$1" cat "/proc/net/dev" >/dev/null
	ip -n "$1" -o link show "$2" | sed 's/.*link.ether \([0-9a-f:]*\).*/\1/'
}

# server NAME NUMBER - forwards between wan0, which is wNUMBER far away, and up0, uNUMBER
server() {
	ip netns add "$1"
	ip -n "$1" link set lo up
	cable "$1" wan0 "w$2"
	cable "$1" up0 "u$2"
	on "$1" sysctl -qw net.ipv6.conf.all.forwarding=1 net.ipv6.conf.all.accept_dad=0 \
		net.ipv6.route.max_size=2147483647 net.ipv6.neigh.default.gc_thresh3=4000000 \
		net.ipv6.neigh.default.gc_thresh2=4000000 net.ipv6.neigh.default.gc_thresh1=4000000 2>/dev/null || :
	ip -n "$1" -batch - <<-END
		addr add 192.0.2.1/24 dev wan0
		route add default via 192.0.2.254
		addr add 2001:db8:6::1/64 dev up0 nodad
		neigh replace 192.0.2.254 lladdr $away dev wan0 nud permanent
		neigh replace 2001:db8:6::2 lladdr $away dev up0 nud permanent
	END
}

# lines MODE COUNT - a batch of tsp-template(7); MODE anonymous: v6v4 with anonymous addresses
lines() {
	awk -v mode="$1" -v count="$2" '
	function six(x) { return x < 65536 ? sprintf("%x", x) : sprintf("%x:%x", x / 65536, x % 65536) }
	BEGIN { for (i = 1; i <= count; i++) {
		client = "2001:db8:ffff::" six(2 * i + 1)
		if (mode == "anonymous")
			client = sprintf("2001:db8:a:0:%x:%x:0:3", 2560 + i / 65536, i % 65536)
		printf "%s host tsp%d 192.0.2.1 10.%d.%d.%d %s - 2001:db8:ffff::2 %s - - user - %d 1800000000\n",
			mode == "v6udpv4" ? mode : "v6v4", i, i / 65536, i / 256 % 256, i % 256,
			mode == "v6udpv4" ? 40000 + i % 20000 : "-", client, i } }'
}

# datapath NAME NUMBER MODE COUNT - a server with COUNT tunnels
datapath() {
	server "$1" "$2"
	printf '%s\n' '[server]' 'template = /bin/true' 'user = nobody' 'uplink = wan0' "device = tsp$2" \
		'[pool users]' 'link = 2001:db8:ffff::/64' 'capacity = 1048575' \
		'[pool anonymous]' 'link = 2001:db8:a::/64' 'capacity = 1048575' >$TSP_CONFIG
	on "$1" tsp-datapath start
	lines "$3" "$4" | tsp-tunnel -d "tsp$2" batch
}

# shared NAME NUMBER MODE COUNT - the same by the template $PEER, which is sit-shared.sh
shared() {
	server "$1" "$2"
	lines "$3" "$4" | on "$1" env TSP_OPERATION=TSP_TUNNEL_BATCH TSP_DEVICE=tsp "$PEER"
}

# plain NAME NUMBER COUNT - a server with COUNT routes, or one for all
plain() {
	server "$1" "$2"
	if [[ $3 = one ]]; then
		ip -n "$1" -batch - <<-END
			neigh replace fe80:1::1 lladdr $away dev wan0 nud permanent
			route add 2001:db8:ffff::/64 via fe80:1::1 dev wan0 onlink
		END
	else
		awk -v n="$3" -v away=$away '
		function six(x) { return x < 65536 ? sprintf("%x", x) : sprintf("%x:%x", x / 65536, x % 65536) }
		BEGIN { for (i = 1; i <= n; i++) {
			printf "neigh replace fe80:1::%s lladdr %s dev wan0 nud permanent\n", six(i), away
			printf "route add 2001:db8:ffff::%s via fe80:1::%s dev wan0 onlink\n", six(2 * i + 1), six(i) } }' |
			ip -n "$1" -batch -
	fi
}

# take WHAT COUNT KIND NAME NUMBER DEVICE SINK - one figure
take() {
	local device=wan0
	[[ $6 != u* ]] || device=up0
	printf '%s\t%s\t' "$1" "$2"
	on far "$B/tests/bench/xgen" "$B/tests/bench/xgen.bpf.o" "$3" "$2" "$ROUNDS" "$PACKETS" \
		"$6" "$(mac "$4" $device)" "$7"
}

generator() {
	server none 9
	ip -n none link set wan0 xdp obj "$B/tests/bench/discard.bpf.o" sec xdp
	take generator 1 41 none 9 w9 w9
}

# gone - the wires of deleted servers are, too; that may take a moment
gone() {
	local try
	for try in {1..100}; do
		ip -n far -o link show | grep -qE ': [wu][1-6]@' || return 0
		sleep 0.1
	done
	echo "wires of servers stay after $try tries" >&2
	return 1
}

main() {
	local count
	for count in $COUNTS; do
		datapath a 1 v6v4 "$count"
		datapath b 2 v6udpv4 "$count"
		datapath f 6 anonymous "$count"
		plain c 3 "$count"
		plain d 4 one
		take in41 "$count" 41 a 1 w1 u1
		take out41 "$count" six a 1 u1 w1
		take inudp "$count" udp b 2 w2 u2
		take outudp "$count" six b 2 u2 w2
		take in41-anonymous "$count" anon41 f 6 w6 u6
		take out41-anonymous "$count" anonsix f 6 u6 w6
		take routes "$count" six c 3 u3 w3
		take route "$count" six d 4 u4 w4
		if [[ ${PEER-} ]]; then
			shared e 5 v6v4 "$count"
			take in41-shared "$count" 41 e 5 w5 u5
			take out41-shared "$count" six e 5 u5 w5
			ip netns del e
		fi
		for name in a b c d f; do
			ip netns del $name
		done
		umount /run/tsp{1,2,6}-bpf
		gone
	done
}

generator
main
