#!/bin/bash
# SPDX-License-Identifier: MIT
#
# client.sh - how long people wait for tspc
#
# Called by run, as root. A line a measurement: what, milliseconds to the first answer of a
# ping through the tunnel. From the start of tspc, by mode and transport; from a change of
# the IPv4 address; from the moment when a server that was gone serves again; from the end
# of five seconds in which tspc was stopped.
set -euo pipefail

# The namespaces are those of the tests
bats_require_minimum_version() { :; }
skip() { echo "client.sh: $*" >&2 && exit 1; }
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."
# shellcheck source=tests/lib/handler.bash
. tests/lib/handler.bash
# shellcheck source=tests/lib/tspc.bash
. tests/lib/tspc.bash
# shellcheck source=tests/lib/netns.bash
. tests/lib/netns.bash
ROUNDS=${ROUNDS:-7}

now() {
	echo "${EPOCHREALTIME/./}"
}

# since WHAT START - until a ping is answered
since() {
	local end=$((SECONDS + 60))
	until in_cli ping -6 -c 1 -W 1 -q 2001:db8:99::1 >/dev/null 2>&1; do
		[[ $SECONDS -lt $end ]] || { echo "client.sh: $1: no answer" >&2 && exit 1; }
		sleep 0.01
	done
	printf '%s\t%s\n' "$1" $((($(now) - $2) / 1000))
}

# start WHAT MODE [SERVICE]...
start() {
	local at
	net_serve "${@:3}"
	at=$(now)
	tspc_start tunnel_mode="$2" carrier=tspc
	since "$1" "$at"
}

stop() {
	tspc_stop
	kill ${TCP_PID:+"$TCP_PID"} ${UDP_PID:+"$UDP_PID"}
	wait ${TCP_PID:+"$TCP_PID"} ${UDP_PID:+"$UDP_PID"} 2>/dev/null || :
}

# moves - another address for the client
moves() {
	local at
	at=$(now)
	in_cli ip -4 addr flush dev eth
	in_cli ip addr add 192.0.2.3/24 dev eth
	in_cli ip route replace default via 192.0.2.1
	since address "$at"
	in_cli ip -4 addr flush dev eth
	in_cli ip addr add 192.0.2.2/24 dev eth
	in_cli ip route replace default via 192.0.2.1
	since back "$at" >/dev/null
}

# restarts - the server goes, tspc finds out, and the server comes back
restarts() {
	local at
	kill "$END_PID" "$TCP_PID" "$UDP_PID"
	wait "$END_PID" "$TCP_PID" "$UDP_PID" 2>/dev/null || :
	in_cli ip addr add 198.51.100.1/32 dev lo
	in_cli ip addr del 198.51.100.1/32 dev lo
	tspc_is waiting
	sleep 3
	net_end_start
	net_serve
	at=$(now)
	since restart "$at"
}

sleeps() {
	local at
	kill -STOP "$TSPC_PID"
	pkill -STOP -P "$TSPC_PID"
	sleep 5
	at=$(now)
	pkill -CONT -P "$TSPC_PID"
	kill -CONT "$TSPC_PID"
	since resume "$at"
}

net_begin
trap net_end EXIT
config server.accept=192.0.2.0/24 server.keepalive=5
for ((round = 0; round < ROUNDS; round++)); do
	start v6v4_tcp v6v4 tcp
	stop
	start v6v4_udp v6v4 tcp udp
	stop
	start v6udpv4_udp v6udpv4 tcp udp
	moves
	restarts
	sleeps
	stop
done
