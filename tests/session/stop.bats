#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# stop.bats - a handler that is asked to stop (systemctl stop, shutdown) leaves order behind

# shellcheck disable=SC2154 # logins are in handler.bash
load ../lib/handler

setup() {
	test_begin
}

teardown() {
	test_end
}

@test "SIGTERM while an offer waits: the tunnel comes down, the lease is as before" {
	server_start
	client_start "${as_alice[@]}" --answer none --hold 20
	client_has_offer
	kill -TERM "$(handlers)"
	settled
	up ""
	logged 'alice: .*left without accepting'
	[[ ! $output =~ active|offered ]]
	kill "$CLIENT_PID"
}

@test "SIGTERM while an update waits: the accepted tunnel is up again" {
	server_start
	offer "${as_alice[@]}" --bind 127.0.0.5
	settled
	client_start "${as_alice[@]}" --bind 127.0.0.6 --answer none --hold 20
	client_has_offer
	kill -TERM "$(handlers)"
	settled
	[[ $output =~ active\ alice\ 127.0.0.5 ]]
	grep -q TSP_CLIENT_ADDRESS_IPV4=127.0.0.5 "$TSP_DIR/kernel/$(tunnels)"
	kill "$CLIENT_PID"
}

@test "SIGTERM while the template runs: it is not cut off, and what it built comes down" {
	template <<-SCRIPT
		#!/bin/sh
		cd "$TSP_DIR/kernel"
		echo "begin \$TSP_OPERATION" >>history
		sleep 0.5
		echo "end \$TSP_OPERATION" >>history
	SCRIPT
	server_start
	client_start "${as_alice[@]}" --answer none --hold 20
	wait_until 5 test -e "$TSP_DIR/kernel/history"
	kill -TERM "$(handlers)"
	settled
	[[ $(paste -sd, "$TSP_DIR/kernel/history") == "begin TSP_TUNNEL_CREATION,end TSP_TUNNEL_CREATION,begin TSP_TUNNEL_TEARDOWN,end TSP_TUNNEL_TEARDOWN" ]]
	kill "$CLIENT_PID" 2>/dev/null || true
}

@test "a session that lets go of the broker and does not end is killed" {
	HANDLER=$TOOLS/handler-taken-over server_start
	exec 9<>"/dev/tcp/127.0.0.1/$PORT"
	# until nobody holds the connection any more
	run -0 timeout $((60 * SLOW)) cat <&9
	exec 9>&-
	wait_until 10 no_handlers
	grep -q "session did not end and was killed" "$TSP_DIR/log" || fail "$(<"$TSP_DIR/log")"
}

@test "a broker that is killed takes its session, and so the connection, along" {
	local broker session
	server_start
	client_start "${as_alice[@]}" --answer none --hold 20
	client_has_offer
	broker=$(handlers)
	session=$(session_of "$broker")
	kill -KILL "$broker"
	wait_until 2 gone "$session" || fail "the session lives on"
	kill "$CLIENT_PID" 2>/dev/null || true
}
