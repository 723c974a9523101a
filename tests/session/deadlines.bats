#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# deadlines.bats - clients that are silent, slow, or endless

# shellcheck disable=SC2154 # logins are in handler.bash
load ../lib/handler
load ../lib/bad_input

setup() {
	test_begin
}

teardown() {
	test_end
}

@test "a silent client is gone at login_seconds" {
	config limits.login_seconds=1
	server_start
	local start=$SECONDS
	stay_raw ''
	gone_since "$start" 3
}

@test "a client that is silent in the middle of a line or of a body: the same" {
	config limits.login_seconds=1 limits.session_seconds=2
	server_start
	local start=$SECONDS
	stay_raw 'VERSION=2.0'
	gone_since "$start" 3
	start=$SECONDS
	stay_raw "${HELLO}Content-length: 200\r\n<tunnel action"
	gone_since "$start" 4
}

@test "a slow client has no more time than a silent one" {
	config limits.login_seconds=1
	server_start
	local start=$SECONDS
	run client --raw < <(
		for _ in {1..40}; do
			printf V || break
			sleep 0.1
		done
	)
	gone_since "$start" 5
}

@test "an endless line is cut off by its budget" {
	server_start
	local start=$SECONDS
	run client --raw --timeout $((5 * PATIENCE)) < <(head -c 4000000 /dev/zero | tr '\0' 'V')
	gone_since "$start" 4
}

@test "endless lines are cut off too" {
	server_start
	local start=$SECONDS
	run client --raw --timeout $((5 * PATIENCE)) < <(yes 'AUTHENTICATE NOTHING' | head -n 200000)
	gone_since "$start" 4
}

@test "empty lines without end, which mean nothing, are cut off by the budget" {
	server_start
	local start=$SECONDS
	# shellcheck disable=SC2059 # the format is the point
	run client --raw --timeout $((5 * PATIENCE)) < <(
		printf "$HELLO"
		yes '' | head -c 4000000
	)
	gone_since "$start" 4
}

@test "silence after the offer: tunnel down at session_seconds, lease as before" {
	config limits.login_seconds=$((2 * SLOW)) limits.session_seconds=$((3 * SLOW))
	server_start
	local start=$SECONDS
	offer --answer none
	gone_since "$start" 5
	logged 'without accepting'
}

@test "silence after an update: the old tunnel and lease are back" {
	local before
	config limits.login_seconds=$((2 * SLOW)) limits.session_seconds=$((3 * SLOW))
	server_start
	offer "${as_alice[@]}"
	settled
	before=$output
	offer "${as_alice[@]}" --bind 127.0.0.2 --answer none
	settled
	[[ $output == "$before" ]]
	grep -qx "TSP_CLIENT_ADDRESS_IPV4=127.0.0.1" "$TSP_DIR"/kernel/tsp*
}
