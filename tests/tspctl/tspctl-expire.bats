#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# tspctl-expire.bats - leases end: release, expire, idle tunnels

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
	run -0 --separate-stderr "$CTL" release user1 11.0.0.1 2001:db8:1000:300::5
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
	[[ $stderr == *'users/3 is over already'* && $stderr == *"no lease for 'nobody'"* ]]
	history_is ''
	[[ $(sha256sum <"$TSP_DIR/state/users.leases") == "$before" ]]
	up tsp1 tsp2
}

@test "release: one that fails does not stop the others" {
	fill users 1 3
	run -0 "$CTL" restore
	: >"$TSP_DIR/kernel/fail.tsp1"
	run -1 "$CTL" release user1 nobody user3
	[[ $output == *"'user1': lease users/1 was not released"* && $output == *"no lease for 'nobody'"* ]]
	[[ $(states users) == '1 active,2 active,3 expired' ]]
	run -1 "$CTL" release user3
	[[ $output == *"'user3'"*'over already'* ]]
}

@test "release leaves a lease to the session that holds it" {
	fill users 1 1
	holds users 1
	run -1 "$CTL" release user1
	[[ $output == *'a session is at work on lease users/1'* ]]
	[[ ! -e $TSP_DIR/kernel/history ]]
	let_go
	run -0 "$CTL" release user1
}

@test "release of an offer whose session died, and of the tunnel that was to be replaced" {
	fill users 1 1 offered
	fill users 2 1 update
	run -0 "$CTL" release user1 user2
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

# idle_since HOURS - make what is written in the file that many hours older
idle_since() {
	local past
	past=$(date -u -d "-$1 hours" +%FT%TZ)
	sed -i -E "s/^(sampled) .*/\1 $past/; s/ [^ ]*\$/ $past/; s/^sampled .*/sampled $past/" "$TSP_DIR/state/idle"
	chown "$TSP_USER:" "$TSP_DIR/state/idle"
}

@test "idle: a tunnel that receives nothing for the configured time is ended" {
	config server.idle=2
	fill users 1 2 active 100000
	run -0 "$CTL" restore
	run -0 "$CTL" expire
	[[ ${lines[-1]} == '0 ended' ]]
	[[ $(sed -n 2p "$TSP_DIR/state/idle") =~ ^users\ 1\ 20[-0-9]+T[0-9:]+Z\ 5\ 20[-0-9]+T[0-9:]+Z$ ]]

	idle_since 1
	run -0 "$CTL" expire
	[[ ${lines[-1]} == '0 ended' ]]
	idle_since 3
	run -0 --separate-stderr "$CTL" expire
	[[ $output == '2 ended' && $stderr == *'user1: was idle for 2 hours: 2001:db8:ffff::3'* ]] || fail "$output $stderr"
	up
	sound
}

@test "idle: whoever sends, comes back or cannot be asked stays" {
	config server.idle=2
	fill users 1 1 active 100000
	run -0 "$CTL" restore
	run -0 "$CTL" expire
	idle_since 3
	echo rx_bytes=12346 tx_bytes=10 rx_packets=6 tx_packets=1 >"$TSP_DIR/traffic"
	run -0 "$CTL" expire
	[[ ${lines[-1]} == '0 ended' ]]

	idle_since 3
	fill users 1 1 active 100000 90000 # another expiry: its client was here
	run -0 "$CTL" expire
	[[ ${lines[-1]} == '0 ended' ]]

	idle_since 3
	echo nothing >"$TSP_DIR/traffic"
	run -0 "$CTL" expire
	[[ ${lines[-1]} == '0 ended' ]]
	[[ $(wc -l <"$TSP_DIR/state/idle") -eq 1 ]]
}

@test "idle: tunnels are asked eight times in the configured time, not each time" {
	config server.idle=8
	fill users 1 1
	run -0 "$CTL" restore
	run -0 "$CTL" expire
	forget_history
	run -0 "$CTL" expire
	history_is ''
	idle_since 1
	run -0 "$CTL" expire
	history_is 'INFO tsp1'
}

@test "idle: a template that can is asked for many in one run" {
	config server.idle=2
	many_template
	fill users 1 40 active 100000
	holds users 9
	run -0 "$CTL" restore
	forget_history
	run -0 "$CTL" expire
	history_is 'BATCH_INFO 40'
	[[ $(grep -c ^users "$TSP_DIR/state/idle") -eq 39 ]] # that of 9 was not built
	grep -qE '^users 40 [^ ]* 40 ' "$TSP_DIR/state/idle"
	idle_since 3
	rm "$TSP_DIR/kernel/tsp40"
	run -0 "$CTL" expire
	[[ ${lines[-1]} == '38 ended' ]] || fail "$output"
	[[ $(states users | tr , '\n' | grep active | paste -sd ,) == '9 active,40 active' ]]
	sound
}

@test "idle: asked for many in one run, a template that fails or talks nonsense is asked for each" {
	config server.idle=2
	fill users 1 20 active 100000
	many_template
	run -0 "$CTL" restore
	rm "$TSP_DIR/kernel/tsp3"
	local answer
	for answer in 'exit 4' 'echo -; echo -' ':' 'printf -'; do
		many_template "$answer"
		forget_history
		rm -f "$TSP_DIR/state/idle"
		run -0 --separate-stderr "$CTL" expire
		[[ $(grep -c 'INFO tsp' "$TSP_DIR/kernel/history") -eq 20 ]] || fail "$answer: $(<"$TSP_DIR/kernel/history")"
		[[ $(grep -c '^users .* 5 ' "$TSP_DIR/state/idle") -eq 19 ]] || fail "$answer: $(<"$TSP_DIR/state/idle")"
		[[ $stderr == *'BATCH_INFO for 20 tunnels failed'* || $stderr == *'20 tunnels were asked for, and it has no line for each'* ]]
	done
	many_template
	forget_history
	rm -f "$TSP_DIR/state/idle"
	run -0 "$CTL" expire --jobs 4 # each by itself
	[[ $(grep -c 'INFO tsp' "$TSP_DIR/kernel/history") -eq 20 ]]
}

@test "idle: an unreadable file is replaced; no file if switched off" {
	fill users 1 1 active 100000
	run -0 "$CTL" restore
	run -0 "$CTL" expire
	[[ ! -e $TSP_DIR/state/idle ]]
	config server.idle=2
	local text
	for text in '' 'sampled' 'sampled x' "sampled 2020-01-01T00:00:00Z"$'\n''users x' \
		"sampled 2020-01-01T00:00:00Z"$'\n'"users 1 2020-01-01T00:00:00Z 5 2020-01-01T00:00:00Z extra" \
		"sampled 9999-01-01T00:00:00Z"; do
		echo "$text" >"$TSP_DIR/state/idle"
		chown "$TSP_USER:" "$TSP_DIR/state/idle"
		run -0 "$CTL" expire
		[[ ${lines[-1]} == '0 ended' ]]
		[[ $(sed -n 2p "$TSP_DIR/state/idle") =~ ^users\ 1\  ]] || fail "'$text' gives '$(<"$TSP_DIR/state/idle")'"
	done
}
