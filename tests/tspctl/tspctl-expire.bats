#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# tspctl-expire.bats - expire: leases that ran out end, and nothing else

# shellcheck disable=SC2154 # logins are in handler.bash
load ../lib/handler
load ../lib/tspctl

setup() {
	ctl_begin
	requires jq
}

teardown() {
	ctl_end
}

@test "expire ends what ran out and what sessions left, and nothing else" {
	fill users 1 2
	fill users 5 2 active 100000 -60
	fill users 8 1 offered
	fill users 9 1 update
	fill users 10 1 update 100000 -60
	fill users 12 1 expired 7200 -3600
	fill anonymous 1 1 active 100000 -60
	run -0 --separate-stderr "$CTL" expire
	[[ $output == '5 ended, 1 offers of dead sessions withdrawn' ]] || fail "$output"
	[[ $stderr == *'user5: ran out: 2001:db8:ffff::b'* && $stderr == *'user8: its session died:'* ]]
	[[ $(states users) == '1 active,2 active,5 expired,6 expired,8 expired,9 active,10 expired,12 expired' ]]
	history_is 'CREATION tsp9,TEARDOWN tsp10,TEARDOWN tsp10,TEARDOWN tsp5,TEARDOWN tsp6,TEARDOWN tsp8,TEARDOWN tsp9,TEARDOWN tspa0b000001'
	up tsp9
	grep -qx TSP_CLIENT_ADDRESS_IPV4=10.0.0.9 "$TSP_DIR/kernel/tsp9"
	sound

	forget_history
	run -0 --separate-stderr "$CTL" expire --json
	[[ $(json '.ended, .settled, .held, .failed' | paste -sd ' ') == '0 0 0 0' ]]
	[[ ! -e $TSP_DIR/kernel/history ]]
}

@test "expire keeps the lease whose tunnel does not come down, and says so" {
	fill users 1 3 active 100000 -60
	: >"$TSP_DIR/kernel/fail.tsp2"
	run -1 "$CTL" expire
	[[ ${lines[-1]} == '2 ended, 1 failed' ]]
	[[ $(states users) == '1 expired,2 active,3 expired' ]]
	rm "$TSP_DIR/kernel/fail.tsp2"
	run -0 "$CTL" expire
	[[ ${lines[-1]} == '1 ended' ]]
}

@test "expire --quiet says nothing when nothing happened" {
	fill users 1 1
	run -0 "$CTL" expire --quiet
	[[ -z $output ]] || fail "$output"
	fill users 2 1 active 100000 -60
	run -0 --separate-stderr "$CTL" expire --quiet
	[[ $output == '1 ended' ]]
	fill users 2 1 active 100000 -60
	: >"$TSP_DIR/kernel/fail.tsp2"
	run -1 --separate-stderr "$CTL" expire --quiet
	[[ $output == '0 ended, 1 failed' ]]
}

@test "expire ends silent leases of the /24 with most of them, when the pool is over half full" {
	fill anonymous 1 32 active 0
	prove 10
	run -0 "$CTL" expire # half of it
	[[ $(states anonymous | tr , '\n' | grep -c ' active') -eq 32 ]]
	fill anonymous 1 35 active 0
	run -0 "$CTL" expire # all are present
	[[ $(states anonymous | tr , '\n' | grep -c ' active') -eq 35 ]]
	prove 10
	run -0 --separate-stderr "$CTL" expire
	[[ $(states anonymous | tr , '\n' | grep -c ' active') -eq 32 ]] || fail "$(states anonymous)"
	[[ $(grep -c 'gave way in a crowded network: ' <<<"$stderr") -eq 3 ]]
	sound
}

@test "expire leaves alone what sessions hold" {
	fill users 1 2 offered
	fill users 3 1 active 100000 -60
	holds users 1
	run -0 "$CTL" expire
	[[ $(states users) == '1 offered,2 expired,3 expired' ]]
	let_go
	holds users 2
	let_go
}

@test "expire: a signal ends it in good order" {
	template <<-SCRIPT
		#!/bin/sh
		echo "\$TSP_TUNNEL_INTERFACE" >>"$TSP_DIR/kernel/history"
		sleep 0.5
	SCRIPT
	fill users 1 40 active 100000 -60
	"$CTL" expire --jobs 2 >"$TSP_DIR/out" 2>"$TSP_DIR/err" 3>&- &
	local pid=$! rc=0 begun
	wait_until 5 test -s "$TSP_DIR/kernel/history"
	kill -INT $pid
	wait $pid || rc=$?
	[[ $rc -eq 1 ]] || fail "exit status $rc" "$(<"$TSP_DIR/err")"
	grep -q 'stopped by a signal' "$TSP_DIR/err"
	begun=$(wc -l <"$TSP_DIR/kernel/history")
	[[ $begun -lt 40 && $(<"$TSP_DIR/out") == "$begun ended" ]] || fail "$begun begun" "$(<"$TSP_DIR/out")"
	sound
}

@test "expire: damaged lines are passed over, exit status 2" {
	fill users 1 3 active 100000 -60
	scribble users 2 20 x
	run -2 "$CTL" expire
	[[ $output == *'1 damaged line passed over'* && ${lines[-1]} == '2 ended' ]] || fail "$output"
}
