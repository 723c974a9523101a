# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2086,SC2154 # variables of lib.sh
#
# servers.sh - servers with many tunnels, each in its own network namespace; for a scenario
#
# Their tunnels are as for leases 1 to N of the users, built by one run of sit-shared.sh.

away=02:00:00:00:00:09
sit_shared=/etc/tsp/templates/sit-shared.sh

# shellcheck disable=SC2016 # a program for awk
#
# six - the low 32 bits as the end of an address, in the short form
six_of='
	function six(x) {
		return x < 65536 ? sprintf("%x", x) : sprintf("%x:%x", x / 65536, x % 65536)
	}'

# servers_begin - nothing else is at work
servers_begin() {
	systemctl stop tsp.socket tsp-udp.socket tsp-expire.timer tsp-restore.service
	modprobe fou
}

# lines MODE FIRST LAST - of a batch
lines() {
	awk -v mode="$1" -v first="$2" -v last="$3" "$six_of"' BEGIN {
		for (i = first; i <= last; i++) {
			udp = "- -"
			if (mode == "v6udpv4")
				udp = 40000 + i % 20000 " 100." 64 + int(2 * i / 65536) "." int(2 * i / 256) % 256 "." 2 * i % 256
			printf "%s host tsp%d 192.0.2.1 10.%d.%d.%d %s 2001:db8:ffff::%s 2001:db8:ffff::%s - - user%d - %d 1900000000\n", \
				mode, i, i / 65536, i / 256 % 256, i % 256, udp, six(2 * i), six(2 * i + 1), i, i
		}
	}'
}

# plain COUNT - for `ip -batch`: the same routes, each to another router
plain() {
	awk -v n="$1" -v away=$away "$six_of"' BEGIN {
		for (i = 1; i <= n; i++) {
			printf "neigh replace fe80:1::%s lladdr %s dev wan0 nud permanent\n", six(i), away
			printf "route add 2001:db8:ffff::%s via fe80:1::%s dev wan0 onlink\n", six(2 * i + 1), six(i)
		}
	}'
}

# cable SERVER NEAR FAR - between a server and the far side; the server takes what comes
# with its second processor
cable() {
	ip link add "$3" netns far type veth peer name "$2" netns "$1"
	ip -n far link set "$3" up
	ip -n "$1" link set "$2" up
	# with its own /sys
	ip netns exec "$1" sh -c 'echo 2 >/sys/class/net/'"$2"'/queues/rx-0/rps_cpus &&
		cat /sys/class/net/'"$2"'/address' >"/run/mac.$3"
}

# server MODE COUNT NUMBER - a namespace of that name, with COUNT tunnels
server() {
	local name=$1-$2
	ip netns add "$name"
	ip -n "$name" link set lo up
	cable "$name" wan0 "w$3"
	cable "$name" up0 "u$3"
	on "$name" sysctl -qw net.ipv6.conf.all.forwarding=1 net.ipv6.conf.all.accept_dad=0
	ip -n "$name" -batch - <<-END
		addr add 192.0.2.1/24 dev wan0
		route add default via 192.0.2.254
		addr add 2001:db8:6::1/64 dev up0 nodad
		neigh replace 192.0.2.254 lladdr $away dev wan0 nud permanent
		neigh replace $six lladdr $away dev up0 nud permanent
	END
	if [[ $1 == plain ]]; then
		plain "$2" | ip -n "$name" -batch -
		return
	fi
	lines "$1" 1 "$2" | on "$name" env TSP_OPERATION=TSP_TUNNEL_BATCH $sit_shared
}
