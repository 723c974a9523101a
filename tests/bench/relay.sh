#!/bin/bash
# SPDX-License-Identifier: MIT
#
# relay.sh - TCP through two movers of tspc back to back, beside the path between them
#
# Called by run, as root. A line a measurement: what, gigabits per second, and hundredths of
# a second of a processor that both movers took for each gigabit. Up is from the client.
set -euo pipefail

[[ -n ${INSIDE-} ]] || INSIDE=1 exec unshare -m --propagation private bash "$0" "$@"

B=$(realpath "${TSP_BUILD:-build}")
ROUNDS=${ROUNDS:-7} SECONDS_EACH=${SECONDS_EACH:-2}
mount -t tmpfs tmpfs /run
mkdir /run/netns
pids=()
trap '[[ ${#pids[@]} -eq 0 ]] || kill "${pids[@]}" 2>/dev/null || :' EXIT

on() {
	nsenter --net="/run/netns/$1" "${@:2}"
}

# mover NAMESPACE DEVICE OWN PEER ADDRESS [raw]
mover() {
	nsenter --net="/run/netns/$1" "$B/tests/bench/relay" "$2" "$3" "$4" ${6:+"$6"} \
		>"/run/$1.$2" 2>&1 </dev/null &
	pids+=($!)
	until grep -qs ready "/run/$1.$2"; do sleep 0.02; done
	ip -n "$1" link set "$2" up mtu 1280
	ip -n "$1" addr add "$5" dev "$2" nodad
}

world() {
	local name
	for name in client server; do
		ip netns add $name
		ip -n $name link set lo up
		on $name sysctl -qw net.ipv6.conf.default.accept_dad=0
	done
	ip link add eth0 netns client type veth peer name eth0 netns server
	ip -n client link set eth0 up
	ip -n server link set eth0 up
	ip -n client addr add 192.0.2.2/24 dev eth0
	ip -n server addr add 192.0.2.1/24 dev eth0
	ip -n client addr add 2001:db8:1::2/64 dev eth0
	ip -n server addr add 2001:db8:1::1/64 dev eth0
	mover client udp 192.0.2.2 192.0.2.1 2001:db8:2::2/64
	mover server udp 192.0.2.1 192.0.2.2 2001:db8:2::1/64
	mover client raw 192.0.2.2 192.0.2.1 2001:db8:3::2/64 raw
	mover server raw 192.0.2.1 192.0.2.2 2001:db8:3::1/64 raw
	on server iperf3 -s -D --pidfile /run/iperf >/dev/null 2>&1
	sleep 1
}

# ticks - of all movers, user and system, in hundredths of a second
ticks() {
	local pid sum=0
	for pid in "${pids[@]}"; do
		sum=$((sum + $(awk '{ print $14 + $15 }' "/proc/$pid/stat")))
	done
	echo "$sum"
}

# take WHAT ADDRESS [-R]
take() {
	local before bytes bits
	before=$(ticks)
	read -r bits bytes < <(on client iperf3 -c "$2" -t "$SECONDS_EACH" -J ${3:+"$3"} |
		jq -r '"\(.end.sum_received.bits_per_second) \(.end.sum_received.bytes)"')
	awk -v what="$1" -v bits="$bits" -v bytes="$bytes" -v ticks=$(($(ticks) - before)) \
		'BEGIN { printf "%s\t%.3f\t%.2f\n", what, bits / 1e9, ticks / (bytes * 8 / 1e9) }'
}

world
for ((round = 0; round < ROUNDS; round++)); do
	take plain_up 2001:db8:1::1
	take plain_down 2001:db8:1::1 -R
	take udp_up 2001:db8:2::1
	take udp_down 2001:db8:2::1 -R
	take raw_up 2001:db8:3::1
	take raw_down 2001:db8:3::1 -R
done
kill "$(tr -d '\0' </run/iperf)"
