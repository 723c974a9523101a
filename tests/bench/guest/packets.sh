# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2086,SC2154 # variables of lib.sh
#
# packets.sh - packets per second through the tunnels of sit-shared.sh, at growing numbers
#
# A network namespace is a server with the given number of tunnels, built once by the template, as for
# leases 1 to N of the users; a round measures each of them in its turn. One processor sends
# more than the other can forward, so what arrives is what forwarding costs. The packets are
# for a station that is not there: the far side counts them and throws them away.
# Beside them servers that forward the same packets to as many routers in place of tunnels:
# what the kernel's own routes and neighbours take, and nothing of ours. plain.sh has those
# alone.
# Figures: mode and direction, tunnels, packets sent and arrived in a second.

# shellcheck source=/dev/null
. ./bench.conf
# shellcheck source=tests/bench/guest/servers.sh
. "$(dirname "${BASH_SOURCE[0]}")/servers.sh"
MODES=${MODES-plain v6v4 v6udpv4} packets=${packets-./packets}

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
	servers_begin
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
