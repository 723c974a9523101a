#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# tspctl-resize.bats - another capacity: resize; and all commands while sessions run

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

@test "resize: larger and smaller, no lease moves" {
	fill users 1 30
	fill users 33 2 expired
	local before
	before=$("$CTL" list --plain)
	run -0 "$CTL" resize --yes users 1000
	[[ ${lines[0]} == *'users.leases: 1000 leases, before 64' ]]
	[[ $output == *"set 'capacity = 1000' in [pool users]"* ]]
	[[ $("$CTL" list --plain) == "$before" ]]
	[[ $(stat -c '%U %a' "$TSP_DIR/state/users.leases") == "$TSP_USER 640" ]]
	sound
	run -0 "$CTL" show user34
	run -0 "$CTL" resize --yes users 30
	[[ $output == *'2 expired leases beyond 30 are forgotten'* ]]
	[[ $("$CTL" list --plain) == "$before" ]]
	[[ $(find "$TSP_DIR/state" -type f ! -name lock | wc -l) -eq 2 ]]
	sound
	config users.capacity=30
	run -0 "$CTL" resize --yes users 30
	[[ $output == *'has 30 leases already' ]]
}

@test "resize is refused when an address would be lost" {
	fill users 7 1
	fill users 60 1
	run -1 "$CTL" resize --yes users 59
	[[ $output == *'lease users/60 is in use'* ]]
	run -1 "$CTL" resize --yes users 6
	[[ $output == *'lease users/7 is in use'* ]]
	fill users 60 1 active 100000 -60
	run -1 "$CTL" resize --yes users 59
	[[ $output == *"'tspctl expire' ends it"* ]]
	scribble users 60 20 x
	run -1 "$CTL" resize --yes users 59
	[[ $output == *'line of lease users/60 is damaged'* ]]
	run -1 "$CTL" resize --yes users 1048576
	[[ $output == *'hold no more than 1048575 leases'* ]]
	config -anonymous
	run -1 "$CTL" resize --yes anonymous 5
	[[ $output == *'no [pool anonymous]'* ]]
	[[ $(head -c 33 "$TSP_DIR/state/users.leases" | tail -c 8) == 00000064 ]]
}

@test "resize --dry-run says what would be done, and does nothing" {
	fill users 1 30
	fill users 33 2 expired
	local before
	before=$(sha256sum <"$TSP_DIR/state/users.leases")
	run -0 "$CTL" resize --dry-run users 1000
	[[ $output == *'users.leases: would have 1000 leases, now 64' ]] || fail "$output"
	run -0 "$CTL" resize --dry-run users 31
	[[ $output == *'2 expired leases beyond 31 would be forgotten'* ]] || fail "$output"
	run -1 "$CTL" resize --dry-run users 29
	[[ $output == *'lease users/30 is in use'* ]]
	[[ $(sha256sum <"$TSP_DIR/state/users.leases") == "$before" ]]
	[[ $(find "$TSP_DIR/state" -name 'users*' | wc -l) -eq 1 ]]
	rm "$TSP_DIR/state/users.leases"
	run -2 "$CTL" resize --dry-run users 100
	[[ $output == *"users.leases: no such allocation file"* && ! -e $TSP_DIR/state/users.leases ]]
}

@test "resize waits for sessions, and gives up after session_seconds" {
	fill users 1 1
	config limits.session_seconds=1
	holds users 1
	run -1 "$CTL" resize --yes users 100
	[[ $output == *'sessions held leases for all of 1 s'* ]]
	config
	"$CTL" resize --yes users 100 >"$TSP_DIR/out" 3>&- {HOLD}>&- &
	local pid=$!
	# it makes the new file before it waits
	wait_until 5 test -e "$TSP_DIR/state/users.leases.new"
	kill -0 $pid
	let_go
	wait $pid
	grep -q '100 leases, before 64' "$TSP_DIR/out"
	sound
}

@test "resize: one at a time" {
	fill users 1 1
	holds users 0
	run -1 "$CTL" resize --yes users 100
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
		run "$CTL" resize --yes users $capacity
		[[ $status -le 1 ]] || fail "$output"
		run -0 "$CTL" stats
		run "$CTL" release --yes alice
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
