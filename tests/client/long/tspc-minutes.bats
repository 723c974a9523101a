#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# tspc-minutes.bats - what takes minutes to see of a tunnel that stays (make check-long)

# shellcheck disable=SC2153,SC2154 # variables of the libraries and of bats
load ../../lib/handler
load ../../lib/tspc
load ../../lib/netns

setup() {
	net_begin
	config server.accept=192.0.2.0/24 server.keepalive=30
	net_serve
}

teardown() {
	net_end
}

# up_once - the tunnel is the first one, and no keepalive was missed
up_once() {
	[[ $(grep -c 'up: ' "$TSP_DIR/tspc.log") -eq 1 && $(wc -l <"$TSP_DIR/tspc.log") -eq 1 ]] ||
		fail "$(<"$TSP_DIR/tspc.log")"
}

# loses_nothing MODE - no ping of ten minutes, in either direction
loses_nothing() {
	local out
	tspc_start tunnel_mode="$1" carrier=tspc
	tspc_is up
	in_srv ping -6 -q -c 600 -i 1 -W 30 -I 2001:db8:99::1 "$(tspc_value address)" >"$TSP_DIR/in" 3>&- &
	out=$!
	in_cli ping -6 -q -c 600 -i 1 -W 30 2001:db8:99::1 >"$TSP_DIR/out"
	wait "$out"
	grep -q ' 600 received, 0% packet loss' "$TSP_DIR/in" || fail "$(<"$TSP_DIR/in")"
	grep -q ' 600 received, 0% packet loss' "$TSP_DIR/out" || fail "$(<"$TSP_DIR/out")"
	[[ $(tspc_value keepalive) -eq 30 ]]
	up_once
	tspc_stop
}

@test "v6udpv4: no packet of ten minutes is lost" {
	loses_nothing v6udpv4
}

@test "v6v4: no packet of ten minutes is lost" {
	loses_nothing v6v4
}

@test "a tspc that was stopped for a minute finds its tunnel alive" {
	tspc_start tunnel_mode=v6udpv4 carrier=tspc
	tspc_is up
	kill -STOP "$TSPC_PID"
	pkill -STOP -P "$TSPC_PID"
	sleep 60
	pkill -CONT -P "$TSPC_PID"
	kill -CONT "$TSPC_PID"
	wait_until 5 reaches 2001:db8:99::1
	up_once
	tspc_stop
}
