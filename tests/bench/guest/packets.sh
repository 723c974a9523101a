# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2086,SC2154 # variables of lib.sh
#
# packets.sh - packets per second through the tunnels of sit-shared.sh, at growing numbers
#
# A network namespace is a server with so many tunnels, built once by the template, as for
# leases 1 to N of the users; a round measures each of them in its turn. One processor sends
# more than the other can forward, so what arrives is what forwarding costs. The packets are
# for a station that is not there: the far side counts them and throws them away.
# Beside them servers that forward the same packets to as many routers in place of tunnels:
# what the kernel's own routes and neighbours take, and nothing of ours. plain.sh has those
# alone.
# Figures: mode and direction, tunnels, packets sent and arrived in a second.

# shellcheck source=/dev/null
. ./bench.conf
MODES=${MODES-plain v6v4 v6udpv4} packets=${packets-./packets}
away=02:00:00:00:00:09

# shellcheck disable=SC2016 # a program for awk
#
# six - the low 32 bits as the end of an address, in the short form
six_of='
	function six(x) {
		return x < 65536 ? sprintf("%x", x) : sprintf("%x:%x", x / 65536, x % 65536)
	}'

# lines MODE COUNT - of a batch
lines() {
	awk -v mode="$1" -v n="$2" "$six_of"' BEGIN {
		for (i = 1; i <= n; i++) {
			udp = "- -"
			if (mode == "v6udpv4")
				udp = 40000 + i % 20000 " 100." 64 + int(2 * i / 65536) "." int(2 * i / 256) % 256 "." 2 * i % 256
			printf "%s host tsp%d 192.0.2.1 10.%d.%d.%d %s 2001:db8:ffff::%s 2001:db8:ffff::%s - - user%d - %d 1900000000\n", \
				mode, i, i / 65536, i / 256 % 256, i % 256, udp, six(2 * i), six(2 * i + 1), i, i
		}
	}'
}

# plain COUNT - for `ip -batch`: the same routes, each to a router of its own
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
	# with a /sys of its own
	ip netns exec "$1" sh -c 'echo 2 >/sys/class/net/'"$2"'/queues/rx-0/rps_cpus &&
		cat /sys/class/net/'"$2"'/address' >"/run/mac.$3"
}

# server MODE COUNT - a namespace of that name, with so many tunnels
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
	lines "$1" "$2" | on "$name" env TSP_OPERATION=TSP_TUNNEL_BATCH /etc/tsp/templates/sit-shared.sh
}

# figure MODE COUNT NUMBER FIRST LAST [BESIDE] - both directions, for a second each; BESIDE is
# said where it is not all who send and receive in turn
figure() {
	[[ $1 == plain ]] || printf 'figure\t%s, from clients%s\t%s\t%s\n' "$1" "${6-}" "$2" \
		"$(on far "$packets" "$1" "$4" "$5" 1 "w$3" "$(<"/run/mac.w$3")" far "u$3")"
	printf 'figure\t%s, to clients%s\t%s\t%s\n' "$1" "${6-}" "$2" \
		"$(on far "$packets" v6 "$4" "$5" 1 "u$3" "$(<"/run/mac.u$3")" far "w$3")"
}

# figures MODE COUNT NUMBER - all in turn, and one of them for itself
figures() {
	local one=$((($2 + 1) / 2))
	figure "$@" 1 "$2"
	[[ $2 -eq 1 ]] || figure "$@" $one $one ", one of them"
}

if [[ $MODES != plain ]]; then
	systemctl stop tsp.socket tsp-udp.socket tsp-expire.timer tsp-restore.service
	modprobe fou
	sysctl -qw net.core.netdev_max_backlog=300
fi
ip netns add far
servers=()
for n in "${LEASES[@]}"; do
	for mode in $MODES; do
		[[ $n -le 10000 || $mode != v6udpv4 ]] || continue
		server $mode "$n" ${#servers[@]} && servers+=("$mode $n ${#servers[@]}")
	done
done
echo "servers: ${servers[*]}, up $(cut -d' ' -f1 /proc/uptime) s" >&2
for _ in $(seq "$ROUNDS"); do
	for server in "${servers[@]}"; do
		figures $server
	done
done
