#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# bad-template.bats - templates that fail, hang, or print too much

# shellcheck disable=SC2154 # logins are in handler.bash
load ../lib/handler
load ../lib/bad_input

setup() {
	test_begin
}

teardown() {
	test_end
}

@test "a template that fails: 310, rolled back, its last lines in the log" {
	template <<-SCRIPT
		#!/bin/sh
		echo "\$TSP_OPERATION" >>"$TSP_DIR/kernel/history"
		[ "\$TSP_OPERATION" = TSP_TUNNEL_CREATION ] || exit 0
		echo first line
		echo "RTNETLINK answers: no such luck" >&2
		exit 3
	SCRIPT
	server_start
	refused 310 "${as_alice[@]}"
	unchanged
	logged 'template.*exit status 3'
	logged 'RTNETLINK answers: no such luck'
	[[ $(<"$TSP_DIR/kernel/history") == $'TSP_TUNNEL_CREATION\nTSP_TUNNEL_TEARDOWN' ]]
	[[ $(leases) != *active* ]]
}

@test "a template that fails for an update leaves tunnel and lease as they were" {
	local before
	server_start
	offer "${as_alice[@]}"
	settled
	before=$output
	# from now on creation works for the old address only
	# shellcheck disable=SC2016 # the template's own variables
	sed -i '4i [ "$TSP_OPERATION $TSP_CLIENT_ADDRESS_IPV4" != "TSP_TUNNEL_CREATION 127.0.0.2" ]' \
		"$TSP_DIR/template.sh"
	refused 310 "${as_alice[@]}" --bind 127.0.0.2
	settled
	[[ $output == "$before" ]]
	up "tsp$(leases | awk '$4 == "alice" { print $2 }')"
}

@test "a template that hangs: 310 when its time is up, with its children" {
	config limits.template_seconds=$((2 * SLOW))
	template <<-SCRIPT
		#!/bin/sh
		[ "\$TSP_OPERATION" = TSP_TUNNEL_CREATION ] || exit 0
		sh -c 'echo \$\$ >"$TSP_DIR/kernel/history"; exec sleep 300' &
		sleep 300
	SCRIPT
	server_start
	refused 310
	unchanged
	logged 'template.*in time'
	wait_until 3 gone "$(<"$TSP_DIR/kernel/history")"
}

@test "a template that prints a megabyte: 310, and not a megabyte in the log" {
	template <<-'SCRIPT'
		#!/bin/sh
		[ "$TSP_OPERATION" = TSP_TUNNEL_CREATION ] || exit 0
		head -c 1000000 /dev/zero | tr '\0' 'x'
		echo
	SCRIPT
	server_start
	refused 310
	unchanged
	logged 'template.*too much'
	[[ $(stat -c %s "$TSP_DIR/log") -lt 20000 ]]
}

@test "a template that cannot be started: 310" {
	config server.template="$TSP_DIR/missing.sh"
	server_start
	refused 310
	unchanged
	logged 'missing\.sh'
}
