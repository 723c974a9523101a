#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# tspctl-expire.bats - leases end: release, expire; and live on while clients are heard

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

# hearing - the template hears secrets
hearing() {
	sed -i '2i # TSP-Proof: yes' "$TSP_DIR/template.sh"
}

# heard SECONDS - the template says that clients were heard then; "": never
heard() {
	local proof=proof_packets=0
	[[ -z $1 ]] || proof="proof_packets=9 proof_seconds=$1"
	echo "rx_bytes=1000 tx_bytes=10 rx_packets=5 tx_packets=1 $proof" >"$TSP_DIR/traffic"
}

# expire - run it; standard error is in $stderr
expire() {
	run -0 --separate-stderr "$CTL" expire "$@"
}

# seconds_left NUMBER - of a user's lease
seconds_left() {
	local expires
	expires=$(plain_times | awk -v n="$1" '$2 == n { print $NF }')
	echo $(($(date -d "$expires" +%s) - $(date +%s)))
}

# plain_times - all that "list --plain" prints, with blanks
plain_times() {
	"$CTL" list --plain | tr '\t' ' ' | cut -d ' ' -f 1-10
}

# in_file NUMBER - the state of a user's lease in its file
in_file() {
	line users "$1" | grep -oE 'claimed|present|expired'
}

@test "heard: a lease lives on while its client is heard, and says so once a lifetime" {
	hearing
	fill users 1 2 active 100000 60
	run -0 "$CTL" restore
	heard 10
	expire
	[[ $(seconds_left 1) -gt 86000 && $(seconds_left 2) -gt 86000 ]] || fail "$(plain_times)"
	[[ $stderr == *'10.0.0.1 user1: still has 2001:db8:ffff::3 '* ]] || fail "$stderr"
	[[ $(in_file 1) == present ]]
	local before
	before=$(sha256sum <"$TSP_DIR/state/users.leases")
	heard 0
	expire # an eighth of the lifetime has not passed
	[[ $(sha256sum <"$TSP_DIR/state/users.leases") == "$before" && $stderr != *'still has'* ]]
	sound
}

@test "heard: received packets extend nothing" {
	hearing
	fill users 1 1 active 100000 60
	run -0 "$CTL" restore
	heard ''
	expire
	[[ $(seconds_left 1) -le 60 && $(in_file 1) == claimed ]]
	fill users 1 1 active 100000 -60
	expire
	[[ $output == '1 ended' ]]
}

@test "heard: who is silent for two minutes is not present, and keeps the lease" {
	hearing
	fill users 1 1 active 1000
	run -0 "$CTL" restore
	heard 119
	expire
	[[ $(in_file 1) == present ]]
	heard 121
	expire
	[[ $(in_file 1) == claimed && $stderr == *'10.0.0.1 user1: is silent and claims 2001:db8:ffff::3 '* ]] || fail "$stderr"
	[[ $(seconds_left 1) -gt 86000 ]]
	heard 121
	expire
	[[ $stderr != *silent* ]]
	heard 3
	expire
	[[ $(in_file 1) == present && $stderr == *'10.0.0.1 user1: has 2001:db8:ffff::3 '* ]] || fail "$stderr"
	sound
}

@test "heard: a tunnel that was built a moment ago says nothing of the time before" {
	hearing
	fill users 1 1 active 100 # accepted, and nothing of it came back yet
	run -0 "$CTL" restore
	heard ''
	expire
	[[ $(in_file 1) == present ]]
}

@test "heard: what cannot be asked stays" {
	hearing
	fill users 1 2 active 1000 60
	fill users 9 1 update
	holds users 9
	run -0 "$CTL" restore
	heard 5
	: >"$TSP_DIR/kernel/fail.tsp1"
	expire
	[[ $(in_file 1) == present && $(seconds_left 1) -le 60 && $(seconds_left 2) -gt 86000 ]]
	echo rx_packets=5 >"$TSP_DIR/traffic"
	fill users 2 1 active 1000 60
	expire
	[[ $(in_file 2) == present && $(seconds_left 2) -le 60 ]]
	let_go
}

@test "heard: a template that hears no secrets, no pings: nothing is known" {
	fill users 1 1 active 1000 60
	run -0 "$CTL" restore
	heard 5
	forget_history
	expire
	history_is ''
	[[ $(in_file 1) == present && $(seconds_left 1) -le 60 ]]
}

@test "heard: a template that can is asked for many in one run" {
	many_template
	hearing
	fill users 1 40 active 1000 60
	holds users 9
	run -0 "$CTL" restore
	forget_history
	expire
	history_is 'BATCH_INFO 40'
	[[ $(seconds_left 40) -gt 86000 && $(seconds_left 9) -le 60 ]]
	let_go
	sound
}

@test "heard: asked for many in one run, a template that fails or talks nonsense is asked for each" {
	fill users 1 20 active 1000
	many_template
	run -0 "$CTL" restore
	rm "$TSP_DIR/kernel/tsp3"
	local answer
	for answer in 'exit 4' 'echo -; echo -' ':' 'printf -'; do
		many_template "$answer"
		hearing
		forget_history
		fill users 1 20 active 1000 60
		expire
		[[ $(grep -c 'INFO tsp' "$TSP_DIR/kernel/history") -eq 20 ]] || fail "$answer: $(<"$TSP_DIR/kernel/history")"
		[[ $(seconds_left 20) -gt 86000 && $(seconds_left 3) -le 60 ]] || fail "$answer: $(plain_times)"
		[[ $stderr == *'BATCH_INFO for 20 tunnels failed'* || $stderr == *'20 tunnels were asked for, and it has no line for each'* ]]
	done
	many_template
	hearing
	forget_history
	expire --jobs 4 # each by itself
	[[ $(grep -c 'INFO tsp' "$TSP_DIR/kernel/history") -eq 20 ]]
}

# in_namespace COMMAND... - with a network of its own, where the host has these addresses
in_namespace() {
	# shellcheck disable=SC2016 # for bash
	run -0 --separate-stderr unshare -n bash -euc '
		ip link set lo up
		for address in '"$ADDRESSES"'; do ip addr add $address/128 dev lo nodad; done
		"$@"' - "$@"
}

@test "heard: without TSP-Proof clients are pinged from the server's end, and their replies prove" {
	requires root
	unshare -n true || skip "needs network namespaces"
	fill users 1 3 active 1000 60
	run -0 "$CTL" restore
	# users 1 and 2 answer
	ADDRESSES="2001:db8:ffff::2 2001:db8:ffff::3 2001:db8:ffff::4 2001:db8:ffff::5 2001:db8:ffff::6"
	in_namespace "$CTL" expire --ping
	[[ $(seconds_left 1) -gt 86000 && $(seconds_left 2) -gt 86000 && $(in_file 2) == present ]] || fail "$stderr"
	[[ $(seconds_left 3) -le 60 ]]
}

@test "heard: with TSP-Proof clients are pinged that were not heard for a minute, then asked for again" {
	requires root
	unshare -n true || skip "needs network namespaces"
	hearing
	fill users 1 1 active 1000 60
	run -0 "$CTL" restore
	forget_history
	ADDRESSES="2001:db8:ffff::3"
	heard 50
	in_namespace "$CTL" expire --ping
	history_is 'INFO tsp1'
	forget_history
	heard 70
	in_namespace "$CTL" expire --ping
	history_is 'INFO tsp1,INFO tsp1'
}

@test "expire --ping without the right to send pings does all else, and says so" {
	requires root
	hearing
	fill users 1 1 active 1000 60
	run -0 "$CTL" restore
	heard 5
	run -0 --separate-stderr setpriv --bounding-set=-net_raw --inh-caps=-net_raw "$CTL" expire --ping
	[[ $stderr == *'no pings can be sent'* && $(seconds_left 1) -gt 86000 ]] || fail "$stderr"
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
