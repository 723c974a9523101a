#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# tspctl-restore.bats - tunnels are built again: restore

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

@test "restore builds every active tunnel again" {
	fill users 1 2
	fill users 5 1 active 100000 -60
	fill users 7 1 expired
	fill users 8 1 offered
	fill users 9 1 update
	fill anonymous 1 1
	run -0 --separate-stderr "$CTL" restore
	[[ $output == '4 restored' && $stderr == *'10.0.0.1 user1: is built again: 2001:db8:ffff::3'* ]]
	up tsp1 tsp2 tsp9 tspa0b000001
	grep -qx TSP_PREFIX=2001:db8:1000:100:: "$TSP_DIR/kernel/tsp1"
	[[ $(states users) == '1 active,2 active,5 active,7 expired,8 offered,9 active' ]]
	sound
	run -0 --separate-stderr "$CTL" restore --json --jobs 1
	[[ $(json '.restored, .held, .failed' | paste -sd ' ') == '4 0 0' ]]
}

@test "restore: a failing tunnel does not stop the rest" {
	fill users 1 20
	: >"$TSP_DIR/kernel/fail.tsp3"
	: >"$TSP_DIR/kernel/fail.tsp17"
	run -1 --separate-stderr "$CTL" restore --jobs 4
	[[ $output == '18 restored, 2 failed' ]]
	[[ $stderr == *'TSP_TUNNEL_CREATION for tsp3'*  && $stderr == *'failed with exit status 3'* ]]
	[[ $(find "$TSP_DIR/kernel" -name 'tsp*' | wc -l) -eq 18 ]]
}

@test "restore leaves alone what sessions hold" {
	fill users 1 2
	holds users 1
	run -0 "$CTL" restore
	[[ ${lines[-1]} == '1 restored, 1 held by sessions' ]]
	up tsp2
}

@test "restore: many at a time, as many as told" {
	template <<-SCRIPT
		#!/bin/sh
		echo + >>"$TSP_DIR/kernel/history"
		sleep 1
		echo - >>"$TSP_DIR/kernel/history"
	SCRIPT
	fill users 1 12
	run -0 "$CTL" restore --jobs 3
	run -0 awk '/\+/ { if (++n > most) most = n } /-/ { n-- } END { print most }' "$TSP_DIR/kernel/history"
	[[ $output == 3 ]]
}

@test "restore: a bar on a terminal, none elsewhere" {
	fill users 1 8
	template <<-SCRIPT
		#!/bin/sh
		sleep 0.1
	SCRIPT
	run -0 script -qec "'$CTL' restore --jobs 2" /dev/null
	[[ $output == *'building ['*'] '*' of 8'* ]] || fail "$output"
	run -0 --separate-stderr "$CTL" restore
	[[ $stderr != *building* ]]
}

@test "restore: a template that can builds many in one run" {
	many_template
	fill users 1 40
	fill anonymous 1 1
	run -0 --separate-stderr "$CTL" restore
	[[ $output == '41 restored' ]]
	[[ $stderr == *'41 tunnels are built again in one run'* && $stderr != *'is built again'* ]]
	history_is 'BATCH 41'
	[[ $(<"$TSP_DIR/kernel/tsp40") == 10.0.0.40 && -e $TSP_DIR/kernel/tspa0b000001 ]]
	run -0 --separate-stderr "$CTL" restore --json
	[[ $(json '.restored, .held, .failed' | paste -sd ' ') == '41 0 0' ]]
	rm "$TSP_DIR/kernel/history"
	run -0 --separate-stderr "$CTL" restore --jobs 4 # each by itself
	[[ $output == '41 restored' && $(grep -c CREATION "$TSP_DIR/kernel/history") -eq 41 ]]
	sound
}

@test "restore: many in one run, and what fails of them stops no others and is told apart" {
	many_template
	fill users 1 64
	: >"$TSP_DIR/kernel/fail.tsp3"
	: >"$TSP_DIR/kernel/fail.tsp60"
	run -1 --separate-stderr "$CTL" restore
	[[ $output == '62 restored, 2 failed' ]]
	[[ $stderr == *'TSP_TUNNEL_CREATION for tsp3 failed with exit status 3'* ]]
	[[ $stderr == *'TSP_TUNNEL_CREATION for tsp60 failed with exit status 3'* ]]
	[[ $stderr == *'TSP_TUNNEL_BATCH for 64 tunnels failed with exit status 1'*'no tsp3'* ]]
	[[ $(grep -c '16 tunnels are built again in one run' <<<"$stderr") -eq 2 ]]
	[[ $(grep -c 'is built again: ' <<<"$stderr") -eq 30 ]]
	[[ $(find "$TSP_DIR/kernel" -name 'tsp*' | wc -l) -eq 62 ]]
	# two halves without a failure in one run each; one by one the rest
	[[ $(grep BATCH "$TSP_DIR/kernel/history" | paste -sd ,) == 'TSP_TUNNEL_BATCH 16,TSP_TUNNEL_BATCH 16' ]]
	[[ $(grep -c CREATION "$TSP_DIR/kernel/history") -eq 32 ]]
	sound
}

@test "restore: many in one run, but not those that sessions hold, nor the offers of dead ones" {
	many_template
	fill users 1 20
	fill users 21 1 update
	fill users 22 1 active 100000 -60
	holds users 5
	run -0 --separate-stderr "$CTL" restore
	[[ $output == '20 restored, 1 held by sessions' ]]
	history_is 'BATCH 19,CREATION tsp21,TEARDOWN tsp21'
	[[ ! -e $TSP_DIR/kernel/tsp5 && ! -e $TSP_DIR/kernel/tsp22 ]]
}

@test "restore: many in one run hold their leases meanwhile, and not those between" {
	many_template
	# shellcheck disable=SC2016 # the template expands it
	sed -i 's@^lines=0@lines=0; for n in 255 256 257 263 512 600; do echo "$n $('"$TOOLS"'/hold-lease ../state/users.leases $n </dev/null || echo busy)"; done >tried@' "$TSP_DIR/template.sh"
	rm "$TSP_DIR/state/users.leases" "$TSP_DIR/state-id" # another capacity
	"$TOOLS/fill-leases" "$TSP_DIR/state/users.leases" 600 250 13
	"$TOOLS/fill-leases" "$TSP_DIR/state/users.leases" 600 512 9
	"$TOOLS/fill-leases" "$TSP_DIR/state/users.leases" 600 600 1
	chown "$TSP_USER" "$TSP_DIR/state/users.leases"
	accounts 250 271
	accounts 600 1
	fill anonymous 1 1
	holds users 257
	run -0 --separate-stderr "$CTL" restore
	[[ $output == '23 restored, 1 held by sessions' ]] || fail "$output $stderr"
	history_is 'BATCH 23'
	[[ $(find "$TSP_DIR/kernel" -name 'tsp*' | wc -l) -eq 23 && ! -e $TSP_DIR/kernel/tsp257 ]]
	[[ $(paste -sd , <"$TSP_DIR/kernel/tried") == '255 busy,256 busy,257 busy,263 held,512 busy,600 busy' ]] ||
		fail "$(<"$TSP_DIR/kernel/tried")"
	let_go
	run -0 "$CTL" restore
	[[ ${lines[-1]} == '24 restored' ]]
	sound
}

@test "check --repair: missing tunnels are built in one run, those between stay" {
	many_template
	fill users 1 40
	run -0 "$CTL" restore
	rm "$TSP_DIR"/kernel/tsp{3..12} "$TSP_DIR"/kernel/tsp{20..29} "$TSP_DIR/kernel/history"
	run -0 --separate-stderr "$CTL" check --tunnels --repair --yes
	[[ ${lines[-1]} == '20 repaired, 0 left' ]] || fail "$output"
	[[ $(grep -v INFO "$TSP_DIR/kernel/history") == 'TSP_TUNNEL_BATCH 20' ]] || fail "$(<"$TSP_DIR/kernel/history")"
	[[ $(find "$TSP_DIR/kernel" -name 'tsp*' | wc -l) -eq 40 ]]
}

@test "restore: a signal ends many in one run in good order" {
	many_template
	sed -i "s|^lines=0|lines=0; : >'$TSP_DIR/kernel/begun'; sleep 1|" "$TSP_DIR/template.sh"
	fill users 1 40
	"$CTL" restore >"$TSP_DIR/out" 2>"$TSP_DIR/err" 3>&- &
	wait_until 5 test -e "$TSP_DIR/kernel/begun"
	kill -TERM $!
	status=0
	wait $! || status=$?
	[[ $status -eq 1 && $(<"$TSP_DIR/out") == '40 restored' && $(<"$TSP_DIR/err") == *'stopped by a signal'* ]]
	sound
}

@test "restore: a damaged file does not keep the other pool's tunnels down" {
	fill users 1 2
	fill anonymous 1 2
	scribble users 0 500 x
	run -2 "$CTL" restore
	[[ ${lines[-1]} == '2 restored' && $output == *users.leases*checksum* ]]
	up tspa0b000001 tspa0b000002
}
