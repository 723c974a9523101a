#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# faults.bats - a sample of what "make faults" does in full: system calls that fail, processes
# that are killed, lines that are torn, clocks that jump

load ../lib/handler
load ../faults/machines

setup() {
	# shellcheck disable=SC2034 # machines.bash's
	machines=()
	test_begin
}

teardown() {
	machines_stop
	test_end
}

# faults NAME... - of these stories and commands nothing is lost, and they were tried
faults() {
	local name
	[[ -x $BUILD/tests/faults/faults ]] || skip "needs an x86-64, and no sanitizer"
	for name; do
		run --separate-stderr "$BUILD/tests/faults/faults" -s 8 -t "$name" \
			-j "$BUILD/tests/faults/jump.so" "$HANDLER" "$BUILD/tspctl"
		# shellcheck disable=SC2154
		[[ $status -eq 0 && $output == *"$name "* ]] || fail "$stderr" "$output"
	done
}

@test "sessions: a system call that fails, or is the last, loses no lease and tells no lies" {
	faults "first time" update reject leave info delete
}

@test "tspctl: a system call that fails, or is the last, leaves what can be mended" {
	faults release expire repair resize "user add" "user lock" "user del"
}

# stubborn_template - it builds tunnels, and takes none down
stubborn_template() {
	template <<-SCRIPT
		#!/bin/sh
		[ "\$TSP_OPERATION" != TSP_TUNNEL_TEARDOWN ]
	SCRIPT
}

@test "a tunnel that does not come down keeps its lease: delete is 310" {
	server_start
	# shellcheck disable=SC2154 # logins are in handler.bash
	offer "${as_alice[@]}"
	stubborn_template
	refused 310 "${as_alice[@]}" --action delete
	offer "${as_alice[@]}" --action info
	kernel_template
	offer "${as_alice[@]}" --action delete
	settled
	[[ $output != *" active "* ]]
}

@test "a tunnel that does not come down is in the way: nobody gets another on its address" {
	server_start
	offer --bind 127.0.0.9
	stubborn_template
	refused 310 "${as_alice[@]}" --bind 127.0.0.9
	settled
	[[ $output == *"anonymous "*" active 127.0.0.9 "* && $output != *"active alice"* ]]
}

@test "two machines' worth of handlers on one file" {
	requires root unshare nsenter
	config users.capacity=64 anonymous.capacity=64
	run -0 machines_run 1 8
}
