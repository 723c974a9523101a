#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# tspctl-parallel.bats - runs of the template for many tunnels: some at a time, and each has its result
#
# list --traffic, check --tunnels and restore, with a template that knows nothing of many in one run.

# shellcheck disable=SC2154 # set by run
load ../lib/handler
load ../lib/tspctl

setup() {
	ctl_begin
	requires jq nproc
	# the run for lease 3 waits until 30 others have ended, so that runs end in another order than they begin
	template <<-SCRIPT
		#!/bin/sh
		echo + >>"$TSP_DIR/kernel/history"
		tries=0
		while [ \$TSP_LEASE = 3 ] && [ \$(grep -c - "$TSP_DIR/kernel/history") -lt 30 ] && [ \$tries -lt 100 ]; do
			sleep 0.05
			tries=\$((tries + 1))
		done
		echo - >>"$TSP_DIR/kernel/history"
		[ ! -e "$TSP_DIR/kernel/fail.\$TSP_TUNNEL_INTERFACE" ] || exit \$TSP_LEASE
		echo rx_bytes=\$TSP_LEASE tx_bytes=0
	SCRIPT
	fill users 1 40
	: >"$TSP_DIR/kernel/fail.tsp3"
	: >"$TSP_DIR/kernel/fail.tsp17"
}

teardown() {
	ctl_end
}

# at_a_time - the largest number of runs at once: more than one, and at most two for each processor
at_a_time() {
	local most
	most=$(awk '/\+/ { if (++n > most) most = n } /-/ { n-- } END { print most }' "$TSP_DIR/kernel/history")
	[[ $most -gt 1 && $most -le $((2 * $(nproc --all))) ]] || fail "$most at a time"
	[[ $(grep -c + "$TSP_DIR/kernel/history") -eq 40 ]]
	forget_history
}

@test "list --traffic: rows stay in their order, each with its counters; those that fail have none" {
	run -0 --separate-stderr "$CTL" list --traffic --plain -o lease,rx_bytes
	[[ $output == "$(seq 40 | sed 's/.*/&\t&/; s/^3\t.*/3\t-/; s/^17\t.*/17\t-/')" ]] || fail "$output"
	at_a_time
}

@test "check --tunnels: what is missing is named in order" {
	run -2 --separate-stderr "$CTL" check --tunnels
	[[ $(grep -c 'its tunnel is missing' <<<"$output") -eq 2 ]] || fail "$output"
	[[ $output == *'users/3: its tunnel is missing'*'users/17: its tunnel is missing'* ]] || fail "$output"
	at_a_time
}

@test "restore: the error of each is kept" {
	run -1 --separate-stderr "$CTL" restore
	[[ $output == '38 restored, 2 failed' ]] || fail "$output"
	[[ $stderr == *'TSP_TUNNEL_CREATION for tsp3 failed with exit status 3'* &&
		$stderr == *'TSP_TUNNEL_CREATION for tsp17 failed with exit status 17'* ]] || fail "$stderr"
	at_a_time
}
