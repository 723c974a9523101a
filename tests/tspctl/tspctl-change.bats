#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# tspctl-change.bats - the operator changes leases: release, expire, idle, restore, resize

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

# history - what the template was run for, sorted, in one line
history_is() {
	local got
	got=$(sort "$TSP_DIR/kernel/history" 2>/dev/null | sed 's/TSP_TUNNEL_//' | paste -sd ,)
	[[ $got == "$1" ]] || fail "the template was run for '$got', not '$1'"
}

forget_history() {
	rm -f "$TSP_DIR/kernel/history"
}

# states POOL - number and state of each lease that has one, as their lines say
states() {
	"$TOOLS/check-leases" "$TSP_DIR/state/$1.leases" | cut -d ' ' -f 2,3 | paste -sd ,
}

sound() {
	run -0 "$CTL" check
	[[ ${lines[-1]} == sound* ]] || fail "$output"
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

# many_template [ANSWER] - one that builds many in one run, and fails when one of them cannot be
# built; it prints counters, and ANSWER for what is not there
many_template() {
	template <<-SCRIPT
		#!/bin/sh
		# TSP-Batch: yes
		set -eu
		cd "$TSP_DIR/kernel"
		case \$TSP_OPERATION in
		TSP_TUNNEL_BATCH*) ;;
		*)
			echo "\$TSP_OPERATION \$TSP_TUNNEL_INTERFACE" >>history
			[ ! -e "fail.\$TSP_TUNNEL_INTERFACE" ] || exit 3
			case \$TSP_OPERATION in
			*INFO) cat "\$TSP_TUNNEL_INTERFACE" >/dev/null && echo rx_packets=5 ;;
			*) echo \$TSP_CLIENT_ADDRESS_IPV4 >"\$TSP_TUNNEL_INTERFACE" ;;
			esac
			exit
			;;
		esac
		lines=0
		while read -r _ _ dev _ ipv4 _; do
			lines=\$((lines + 1))
			[ ! -e "fail.\$dev" ] || { echo "no \$dev"; exit 1; }
			case \$TSP_OPERATION in
			*INFO) [ ! -e "\$dev" ] && ${1-echo -} || echo rx_bytes=\${dev#tsp}00 rx_packets=\${dev#tsp} tx_bytes=0 ;;
			*) echo "\$ipv4" >"\$dev" ;;
			esac
		done
		echo "\$TSP_OPERATION \$lines" >>history
	SCRIPT
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

@test "idle: a file that makes no sense begins anew; off, there is none" {
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
		sleep 0.2
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
	scribble users 0 240 x
	run -2 "$CTL" restore
	[[ ${lines[-1]} == '2 restored' && $output == *users.leases*checksum* ]]
	up tspa0b000001 tspa0b000002
}

@test "resize: larger and smaller, no lease moves" {
	fill users 1 30
	fill users 33 2 expired
	local before
	before=$("$CTL" list --plain)
	run -0 "$CTL" resize users 1000
	[[ ${lines[0]} == *'users.leases: 1000 leases, before 64' ]]
	[[ $output == *"set 'capacity = 1000' in [pool users]"* ]]
	[[ $("$CTL" list --plain) == "$before" ]]
	[[ $(stat -c '%U %a' "$TSP_DIR/state/users.leases") == "$TSP_USER 640" ]]
	sound
	run -0 "$CTL" show user34
	run -0 "$CTL" resize users 30
	[[ $output == *'2 expired leases beyond 30 are forgotten'* ]]
	[[ $("$CTL" list --plain) == "$before" ]]
	[[ $(find "$TSP_DIR/state" -type f | wc -l) -eq 2 ]]
	sound
	config users.capacity=30
	run -0 "$CTL" resize users 30
	[[ $output == *'has 30 leases already' ]]
}

@test "resize is refused when an address would be lost" {
	fill users 7 1
	fill users 60 1
	run -1 "$CTL" resize users 59
	[[ $output == *'lease users/60 is in use'* ]]
	run -1 "$CTL" resize users 6
	[[ $output == *'lease users/7 is in use'* ]]
	fill users 60 1 active 100000 -60
	run -1 "$CTL" resize users 59
	[[ $output == *"'tspctl expire' ends it"* ]]
	scribble users 60 20 x
	run -1 "$CTL" resize users 59
	[[ $output == *'line of lease users/60 is damaged'* ]]
	run -1 "$CTL" resize users 1048576
	[[ $output == *'hold no more than 1048575 leases'* ]]
	config -anonymous
	run -1 "$CTL" resize anonymous 5
	[[ $output == *'no [pool anonymous]'* ]]
	[[ $(head -c 33 "$TSP_DIR/state/users.leases" | tail -c 8) == 00000064 ]]
}

@test "resize waits for sessions, and gives up after session_seconds" {
	fill users 1 1
	config limits.session_seconds=1
	holds users 1
	run -1 "$CTL" resize users 100
	[[ $output == *'sessions held leases for all of 1 s'* ]]
	config limits.session_seconds=30
	"$CTL" resize users 100 >"$TSP_DIR/out" 3>&- {HOLD}>&- &
	local pid=$!
	sleep 0.3
	kill -0 $pid
	let_go
	wait $pid
	grep -q '100 leases, before 64' "$TSP_DIR/out"
	sound
}

@test "resize: one at a time" {
	fill users 1 1
	holds users 0
	run -1 "$CTL" resize users 100
	[[ $output == *'another tspctl is replacing'* ]]
}

@test "while sessions come and go, every command works and nothing is lost" {
	fill users 40 20 active 100000 -60
	fill anonymous 40 20 active 100000 -60
	chown -R "$TSP_USER" "$TSP_DIR/state"
	server_start
	local i pids=() capacity
	for i in 1 2 3 4; do
		for _ in 1 2 3 4 5 6; do
			"$TOOLS/tsp-client" --port "$PORT" --bind "127.0.0.$i" || true
			"$TOOLS/tsp-client" --port "$PORT" --bind "127.0.1.$i" "${as_alice[@]}" --prefix 56 || true
		done >>"$TSP_DIR/clients.$i" 2>&1 3>&- &
		pids+=($!)
	done
	for capacity in 70 500 64 200 100; do
		run -0 "$CTL" list --json
		[[ $(json type) == array ]]
		run "$CTL" resize users $capacity
		[[ $status -le 1 ]] || fail "$output"
		run -0 "$CTL" stats
		run "$CTL" release alice
		[[ $status -le 1 ]] || fail "$output"
		run -0 "$CTL" check
		run -0 "$CTL" restore
		run -0 "$CTL" expire
	done
	wait "${pids[@]}"
	settled
	sound
	[[ $(grep -c STATUS=200 "$TSP_DIR"/clients.* | awk -F: '{ n += $2 } END { print n }') -ge 24 ]] ||
		fail "$(tail -n 5 "$TSP_DIR"/clients.* "$TSP_DIR/log")"
	# every anonymous client was accepted and has its lease still
	for i in 1 2 3 4; do
		run -0 "$CTL" show "127.0.0.$i"
		[[ $output == *active* ]]
	done
}
