#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# tspctl-release.bats - release: a tunnel comes down and its lease ends; and which subcommands ask first

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

@test "release takes the tunnel down, then ends the lease, and says so" {
	fill users 1 3
	fill anonymous 1 1
	run -0 "$CTL" restore
	forget_history
	run -0 --separate-stderr "$CTL" release --yes user1 11.0.0.1 2001:db8:1000:300::5
	[[ ${lines[0]} == 'users/1: released: user1, 2001:db8:ffff::3 and 2001:db8:1000:100::/56' ]]
	[[ ${lines[1]} == 'anonymous/1: released: 11.0.0.1, 2001:db8:a:0:b00:1:0:3' ]]
	[[ $stderr == *'10.0.0.1 user1: was released: 2001:db8:ffff::3 and 2001:db8:1000:100::/56 (users lease 1)'* ]]
	history_is 'TEARDOWN tsp1,TEARDOWN tsp3,TEARDOWN tspa0b000001'
	[[ $(states users) == '1 expired,2 active,3 expired' && $(states anonymous) == '1 expired' ]]
	up tsp2
	sound
}

@test "release --dry-run says what would be done, and does nothing" {
	fill users 1 2
	fill users 3 1 expired
	run -0 "$CTL" restore
	forget_history
	local before
	before=$(sha256sum <"$TSP_DIR/state/users.leases")
	run -1 --separate-stderr "$CTL" release --dry-run user1 users/3 nobody
	[[ $output == 'users/1: would be released: user1, 2001:db8:ffff::3 and 2001:db8:1000:100::/56' ]] || fail "$output"
	[[ $stderr == *'users/3 has ended already'* && $stderr == *"no lease for 'nobody'"* ]]
	history_is ''
	[[ $(sha256sum <"$TSP_DIR/state/users.leases") == "$before" ]]
	up tsp1 tsp2
}

@test "release: one that fails does not stop the others" {
	fill users 1 3
	run -0 "$CTL" restore
	: >"$TSP_DIR/kernel/fail.tsp1"
	run -1 "$CTL" release --yes user1 nobody user3
	[[ $output == *"'user1': lease users/1 was not released"* && $output == *"no lease for 'nobody'"* ]]
	[[ $(states users) == '1 active,2 active,3 expired' ]]
	run -1 "$CTL" release --yes user3
	[[ $output == *"'user3'"*'has ended already'* ]]
}

@test "release leaves a lease to the session that holds it" {
	fill users 1 1
	holds users 1
	run -1 "$CTL" release --yes user1
	[[ $output == *'a session is at work on lease users/1'* ]]
	[[ ! -e $TSP_DIR/kernel/history ]]
	let_go
	run -0 "$CTL" release --yes user1
}

@test "release of an offer whose session died, and of the tunnel that was to be replaced" {
	fill users 1 1 offered
	fill users 2 1 update
	run -0 "$CTL" release --yes user1 user2
	history_is 'TEARDOWN tsp1,TEARDOWN tsp2,TEARDOWN tsp2'
	[[ $(states users) == '1 expired,2 expired' ]]
	sound
}

@test "release, resize, user del and check --repair ask on a terminal, and need --yes without one" {
	local command
	fill users 1 1
	"$CTL" restore
	for command in 'release user1' 'resize users 70' 'user del alice' 'check --repair'; do
		run -1 bash -c "'$CTL' $command </dev/null"
		[[ $output == *'No terminal to ask on: use --yes' ]] || fail "$command: $output"
		run -1 script -qec "'$CTL' $command" /dev/null < <(echo n)
		[[ $output == *'? [y/N]'*'not confirmed: skipped'* ]] || fail "$command: $output"
	done
	up tsp1
	[[ $(stat -c %s "$TSP_DIR/state/users.leases") -eq $((512 * (1 + 64 + 22))) ]]
	grep -q ^alice: "$TSP_DIR/users"
	run -0 script -qec "'$CTL' release user1" /dev/null < <(echo y)
	[[ $output == *'End lease users/1 of user1 and its tunnel? [y/N]'*'released: user1'* ]] || fail "$output"
	up
	run -0 "$CTL" check --repair --dry-run
	run -100 "$CTL" user list --yes
	[[ $output == *'user list: has no --yes'* ]]
}
