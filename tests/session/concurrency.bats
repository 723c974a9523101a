#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# concurrency.bats - many at once, and processes that are killed at any moment

# shellcheck disable=SC2030,SC2031,SC2154 # run's $output, and logins from handler.bash
load ../lib/handler

setup() {
	test_begin
}

teardown() {
	test_end
}

# crowd COUNT FUNCTION - run the client COUNT times at once, with the options that FUNCTION
# puts into ${options[@]} for the I-th; results are in $TSP_DIR/result.I, OK counts offers
crowd() {
	local count=$1 describe=$2 i options pids=()
	OK=0
	for ((i = 1; i <= count; i++)); do
		"$describe" "$i"
		"$TOOLS/tsp-client" --port "$PORT" --timeout $((30 * PATIENCE)) "${options[@]}" \
			>"$TSP_DIR/result.$i" 2>&1 3>&- &
		pids+=($!)
	done
	for i in "${pids[@]}"; do
		! wait "$i" || OK=$((OK + 1))
	done
}

# results_of WORD - what each client got for it, sorted
results_of() {
	sed -n "s/^$1=//p" "$TSP_DIR"/result.* | sort
}

# shellcheck disable=SC2317,SC2034 # called by crowd(), which has the options
stranger() {
	options=(--bind "127.0.$(($1 / 16 + 1)).$(($1 % 16 + 1))")
}

# shellcheck disable=SC2317,SC2034
subscriber() {
	options=(--bind "127.0.$(($1 / 16 + 1)).$(($1 % 16 + 1))"
		--mechanism PLAIN --user "user$1" --password s3cret --prefix 56)
}

# shellcheck disable=SC2317,SC2034
alice_from_anywhere() {
	options=(--bind "127.0.0.$1" --mechanism PLAIN --user alice --password s3cret)
}

# shellcheck disable=SC2317,SC2034
subscriber_at_one_address() {
	options=(--mechanism PLAIN --user "user$1" --password s3cret)
}

@test "64 anonymous clients at once fill a pool of 64: none refused, no address twice" {
	server_start
	crowd 64 stranger
	[[ $OK -eq 64 ]] || fail "$OK offers" "$(sort "$TSP_DIR"/result.* | uniq -c | sort -rn | head)"
	[[ $(results_of CLIENT_IPV6 | uniq | wc -l) -eq 64 ]]
	settled
	[[ $(grep -c ' active ' <<<"$output") -eq 64 ]]
	[[ $(find "$TSP_DIR/kernel" -name 'tspa*' | wc -l) -eq 64 ]]
	refused 301 --bind 127.0.0.1
}

@test "64 users at once: none refused, no address and no prefix twice" {
	local i
	for i in {1..64}; do
		add_user "user$i" s3cret
	done
	server_start
	crowd 64 subscriber
	[[ $OK -eq 64 ]] || fail "$OK offers" "$(sort "$TSP_DIR"/result.* | uniq -c | sort -rn | head)"
	[[ $(results_of CLIENT_IPV6 | uniq | wc -l) -eq 64 ]]
	[[ $(results_of PREFIX | uniq | wc -l) -eq 64 ]]
	settled
	[[ $(grep -c ' active ' <<<"$output") -eq 64 ]]
}

@test "no more templates than twice the processors run at once, and nobody is refused" {
	local places=$(($(nproc) * 2))
	local clients=$((places * 3 < 64 ? places * 3 : 64))
	mkdir -m 777 "$TSP_DIR/running"
	template <<-SCRIPT
		#!/bin/sh
		cd "$TSP_DIR/running"
		[ \$TSP_OPERATION = TSP_TUNNEL_CREATION ] || exit 0
		: >"\$\$"
		set -- *
		echo \$# >>"$TSP_DIR/kernel/history"
		sleep 0.1
		rm "\$\$"
	SCRIPT
	server_start
	crowd "$clients" stranger
	[[ $OK -eq $clients ]] || fail "$OK offers" "$(sort "$TSP_DIR"/result.* | uniq -c | sort -rn | head)"
	[[ $(wc -l <"$TSP_DIR/kernel/history") -eq $clients ]]
	[[ $(sort -n "$TSP_DIR/kernel/history" | tail -n 1) -le $places ]] ||
		fail "$(sort -n "$TSP_DIR/kernel/history" | uniq -c)"
}

@test "one user 16 times at once: one lease, one tunnel, 521 for who came in between" {
	local -a statuses
	server_start
	crowd 16 alice_from_anywhere
	mapfile -t statuses < <(results_of STATUS | uniq)
	[[ ${statuses[*]} == 200 || ${statuses[*]} == "200 521" ]] || fail "${statuses[*]}"
	settled
	[[ ${#lines[@]} -eq 1 && $output == *" active alice "* ]]
	[[ $(tunnels) == "tsp$(awk '{ print $2 }' <<<"$output")" ]]
}

@test "16 users at once on one IPv4 address: one of them has it in the end" {
	local i
	for i in {1..16}; do
		add_user "user$i" s3cret
	done
	server_start
	crowd 16 subscriber_at_one_address
	[[ $OK -ge 1 ]] || fail "$OK offers"
	[[ $(results_of STATUS | uniq | grep -vx '200\|521') == "" ]]
	settled
	[[ $(grep -c ' active ' <<<"$output") -eq 1 ]]
	[[ $(tunnels | wc -w) -eq 1 ]]
}

# slow_writes - serve with handlers that hesitate before each write to an allocation file,
# so that what the locks do not guard is seen. strace starts each of them, so none is forked.
slow_writes() {
	requires strace
	config server.fork=no
	# the handler's environment is not ours
	SERVER_ACCEPT=--accept server_start "$(command -v env)" ASAN_OPTIONS=detect_leaks=0 "$(command -v strace)" \
		-f -qq -o /dev/null -e trace=pwrite64 -e inject=pwrite64:delay_enter=5ms
}

@test "the same with slow writes" {
	local i
	for i in {1..16}; do
		add_user "user$i" s3cret
	done
	slow_writes
	crowd 16 subscriber_at_one_address
	[[ $OK -ge 1 ]] || fail "$OK offers"
	settled
	[[ $(grep -c ' active ' <<<"$output") -eq 1 ]]
	[[ $(tunnels | wc -w) -eq 1 ]]
}

@test "16 clients at once with slow writes: no address twice, none lost" {
	slow_writes
	crowd 16 stranger
	[[ $OK -eq 16 ]] || fail "$OK offers" "$(sort "$TSP_DIR"/result.* | uniq -c | sort -rn | head)"
	settled
	[[ $(grep -c ' active ' <<<"$output") -eq 16 ]]
}

# kill_one VICTIM - SIGKILL for a part of some handler at work, if there is one
kill_one() {
	local broker session
	broker=$(handlers | shuf -n 1)
	[[ -n $broker ]] || return 0
	session=$(session_of "$broker")
	case $1 in
	broker) kill -9 "$broker" ;;
	session) [[ -z $session ]] || kill -9 "$session" ;;
	both) kill -9 "$broker" ${session:+"$session"} ;;
	esac 2>/dev/null || true
}

# massacre VICTIM - rounds of four clients each, and a kill at a random moment of each round
massacre() {
	local victim=$1 round pids i
	for round in {1..15}; do
		pids=()
		for i in 1 2 3; do
			"$TOOLS/tsp-client" --port "$PORT" --bind "127.0.1.$((RANDOM % 40 + 1))" \
				--timeout $((15 * PATIENCE)) >/dev/null 2>&1 3>&- &
			pids+=($!)
		done
		"$TOOLS/tsp-client" --port "$PORT" --bind "127.0.2.$((RANDOM % 3 + 1))" --timeout $((15 * PATIENCE)) \
			--mechanism PLAIN --user alice --password s3cret >/dev/null 2>&1 3>&- &
		pids+=($!)
		sleep "$(printf '0.%03d' $((RANDOM % 50)))"
		kill_one "$victim"
		for i in "${pids[@]}"; do
			wait "$i" || true
		done
		settled || fail "after round $round"
	done
}

# sound_again - every lease can be had, and exactly the active ones have a tunnel
sound_again() {
	local i
	for i in {1..40}; do
		ask --bind "127.0.1.$i"
		[[ $RC -eq 0 ]] || fail "127.0.1.$i" "$(said)"
	done
	ask --mechanism PLAIN --user alice --password s3cret --bind 127.0.2.1
	[[ $RC -eq 0 ]] || fail "alice" "$(said)"
	settled
	[[ $(grep -c ' active ' <<<"$output") -eq 41 ]] || fail "$output"
	[[ $(tunnels | wc -w) -eq 41 ]] || fail "$(tunnels)"
}

@test "SIGKILL of brokers at random moments loses no lease" {
	server_start
	massacre broker
	sound_again
}

@test "SIGKILL of sessions at random moments loses no lease" {
	server_start
	massacre session
	sound_again
}

@test "SIGKILL of whole handlers at random moments loses no lease" {
	server_start
	massacre both
	sound_again
}

@test "an offer whose session is killed is taken back by the broker" {
	server_start
	client_start --answer none --timeout $((20 * PATIENCE))
	client_has_offer
	kill -9 "$(session_of "$(handlers)")"
	wait "$CLIENT_PID" || true
	settled
	[[ $output != *" active "* && $output != *" offered "* ]]
	up
}

@test "an offer whose broker is killed is free for the next one" {
	server_start
	client_start --answer none --timeout $((20 * PATIENCE)) --bind 127.0.0.9
	client_has_offer
	kill -9 "$(handlers)"
	kill "$CLIENT_PID" 2>/dev/null || true # it may have seen the end by itself
	settled
	offer --bind 127.0.0.9
	settled
	[[ $(grep -c ' active ' <<<"$output") -eq 1 ]]
	up tspa7f000009
}

@test "an update whose broker is killed leaves the user the lease it had" {
	server_start
	offer "${as_alice[@]}"
	local address=${GOT[CLIENT_IPV6]}
	client_start "${as_alice[@]}" --answer none --timeout $((20 * PATIENCE)) --bind 127.0.0.9
	client_has_offer
	kill -9 "$(handlers)"
	kill "$CLIENT_PID" 2>/dev/null || true # it may have seen the end by itself
	wait_until 3 no_handlers
	offer "${as_alice[@]}" --action info
	is CLIENT_IPV6 "$address"
	is CLIENT_IPV4 127.0.0.1
}

# stuck_template - the template of all tests; teardown fails while $TSP_DIR/stuck is there
stuck_template() {
	sed -i "s|TEARDOWN) rm|TEARDOWN) [ ! -e $TSP_DIR/stuck ] \\&\\& rm|" "$TSP_DIR/template.sh"
	touch "$TSP_DIR/stuck"
}

@test "a withdrawn offer whose tunnel does not come down is nobody's lease" {
	config users.capacity=1
	stuck_template
	server_start
	ask "${as_alice[@]}" --answer reject
	settled
	up tsp1
	[[ $output == *" offered alice "* ]] || fail "$output"

	# bob would be the next holder: not while alice's tunnel is there, however often he asks
	refused 310 "${as_bob[@]}" --bind 127.0.0.9
	settled
	refused 310 "${as_bob[@]}" --bind 127.0.0.9
	settled
	up tsp1
	[[ $output == *" offered alice "* ]] || fail "$output"

	rm "$TSP_DIR/stuck"
	offer "${as_bob[@]}" --bind 127.0.0.9
	settled
	[[ $output == *" active bob "* ]] || fail "$output"
	[[ $(tail -n 2 "$TSP_DIR/kernel/history" | paste -sd,) == "TSP_TUNNEL_TEARDOWN tsp1,TSP_TUNNEL_CREATION tsp1" ]]
}

@test "tspctl expire takes down the tunnel of a withdrawn offer that did not come down" {
	stuck_template
	server_start
	ask --answer reject --bind 127.0.0.9
	settled
	up tspa7f000009
	rm "$TSP_DIR/stuck"
	run -0 "$BUILD/tspctl" -c "$TSP_DIR/tsp.conf" expire
	up ""
	settled
	[[ $output == *" expired 127.0.0.9 "* ]] || fail "$output"
}
