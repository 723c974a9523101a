#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# forks.bats - sessions that are forked: layout, memory, replacement, and what a kill leaves behind

# shellcheck disable=SC2030,SC2031,SC2034,SC2154 # handler.bash has the other half
TSP_FORK=yes
load ../lib/handler

setup() {
	SERVER_ACCEPT=
	test_begin
}

teardown() {
	test_end
}

# held [OPTION...] - a client that keeps its offer open: $CLIENT_PID, $BROKER, $SESSION
held() {
	client_start --answer none --timeout $((20 * PATIENCE)) "$@"
	client_has_offer
	BROKER=$(handlers | tail -n 1)
	SESSION=$(named tsp-session | tail -n 1)
}

# released - the held client leaves
released() {
	kill "$CLIENT_PID"
	wait "$CLIENT_PID" || true
	wait_until 10 no_handlers
}

# layout PID - where its program is in memory
layout() {
	awk '/ r-xp .*tsp-handler/ { print $1; exit }' "/proc/$1/maps"
}

# pair_of - process ids of the two that fork
pair_of() {
	echo "$(named tsp-brokers) $(named tsp-sessions)"
}

# no_sanitizer - skip the test in a build that has other memory and another environment
no_sanitizer() {
	! nm -D "$HANDLER" | grep -q __asan_init || skip "a build with sanitizers"
}

# memory PID - all that it can write, and so all that it was told
memory() {
	local range rights _ start end
	while read -r range rights _; do
		[[ $rights == rw* ]] || continue
		start=$((16#${range%-*})) end=$((16#${range#*-}))
		dd if="/proc/$1/mem" bs=4096 skip=$((start / 4096)) count=$(((end - start) / 4096)) status=none
	done <"/proc/$1/maps"
}

@test "sessions and brokers are children of the listener, and two processes fork them" {
	server_start
	held
	[[ $(layout "$BROKER") == "$(layout "$(named tsp-brokers)")" ]]
	[[ $(layout "$SESSION") == "$(layout "$(named tsp-sessions)")" ]]
	[[ $(layout "$SESSION") != "$(layout "$BROKER")" ]]
	released
	[[ $(pair_of) =~ ^[0-9]+\ [0-9]+$ ]]
}

@test "the next session after a crash has another layout" {
	local first second third signal
	no_sanitizer # it makes an exit of a crash
	for signal in SEGV BUS ILL FPE ABRT SYS; do
		server_start
		held
		first=$(layout "$SESSION")
		released
		held
		second=$(layout "$SESSION")
		[[ $first == "$second" ]] || fail "without a crash, too"
		kill -$signal "$SESSION"
		wait "$CLIENT_PID" || true
		wait_until 10 no_handlers
		logged "127.0.0.1: session was ended by signal"
		held
		third=$(layout "$SESSION")
		[[ $third != "$second" ]] || fail "$signal: the same layout"
		released
		server_stop
	done
	: >"$TSP_DIR/log" # these signals are no defect
}

@test "after many crashes in a second sessions are executed" {
	local i
	no_sanitizer
	server_start
	for i in {1..40}; do
		held --bind "127.0.1.$i"
		kill -SEGV "$BROKER"
		kill "$CLIENT_PID" 2>/dev/null || true
		wait "$CLIENT_PID" || true
	done
	settled
	offer
	: >"$TSP_DIR/log"
}

@test "the memory of a session has nothing of users, of others, or of the configuration" {
	local digest word
	requires root
	no_sanitizer
	server_start
	offer "${as_bob[@]}" --bind 127.0.0.9
	held "${as_alice[@]}"
	memory "$SESSION" >"$TSP_DIR/memory"
	memory "$BROKER" >"$TSP_DIR/memory.broker"
	digest=$(sed -n 's/^alice:[^:]*:\(.\{16\}\).*/\1/p' "$TSP_DIR/users")
	grep -qaF "$TSP_DIR" "$TSP_DIR/memory.broker" || fail "the test sees nothing"
	# the prefix of accounts, as the configuration has it
	LC_ALL=C grep -qaP '\x20\x01\x0d\xb8\x10\x00' "$TSP_DIR/memory.broker"
	grep -qaF 'action="create"' "$TSP_DIR/memory" || fail "the test sees nothing of the session"
	for word in "$TSP_DIR" "$digest" bob swordfish 127.0.0.9; do
		run -1 grep -caF -- "$word" "$TSP_DIR/memory"
	done
	LC_ALL=C run -1 grep -caP '\x20\x01\x0d\xb8\x10\x00\x00' "$TSP_DIR/memory"
	released
}

@test "nonces of DIGEST-MD5 differ between forks of one process" {
	local i
	server_start
	for i in {1..100}; do
		raw 'VERSION=2.0.0\r\nAUTHENTICATE DIGEST-MD5\r\n' --bind "127.0.2.$((i % 200 + 1))"
		[[ ${lines[1]} =~ ^[A-Za-z0-9+/=]+$ ]] || fail "no challenge: $output"
		base64 -d <<<"${lines[1]}" | grep -o 'nonce="[^"]*"'
	done >"$TSP_DIR/nonces"
	[[ $(wc -l <"$TSP_DIR/nonces") -eq 100 ]]
	[[ -z $(sort "$TSP_DIR/nonces" | uniq -d) ]]
	[[ $(pair_of) =~ ^[0-9]+\ [0-9]+$ ]]
}

# forks_again - a session is forked, not executed
forks_again() {
	offer --bind 127.0.0.2
	[[ $(pair_of) =~ ^[0-9]+\ [0-9]+$ ]]
}

@test "a process that forks is killed between clients: the next client is served" {
	local name
	server_start
	for name in tsp-brokers tsp-sessions; do
		wait_until 5 forks_again
		kill -KILL "$(named $name)"
		offer --bind 127.0.0.3
	done
	wait_until 5 forks_again
	kill -SEGV "$(named tsp-sessions)"
	offer --bind 127.0.0.4
	: >"$TSP_DIR/log"
}

@test "a process that forks is stopped: the next client is served, and the one after it" {
	local name
	server_start
	for name in tsp-brokers tsp-sessions; do
		wait_until 5 forks_again
		kill -STOP "$(named $name)"
		offer --bind 127.0.0.3
		offer --bind 127.0.0.4
		settled
		[[ -z $(named tsp-session) ]]
	done
	[[ $(grep -c 'forking a session' "$TSP_DIR/log") -ge 2 ]]
}

@test "processes that fork are killed at any moment: each client is served once, nobody is left" {
	local round i pids=()
	server_start
	for round in {1..8}; do
		pids=()
		for i in 1 2 3 4; do
			client --bind "127.0.3.$((round * 4 + i))" >"$TSP_DIR/result.$i" 2>&1 3>&- &
			pids+=($!)
		done
		sleep "0.0$((RANDOM % 60 + 10))"
		pkill -KILL -P "$SERVER_PID" -x "$([[ $((round % 2)) -eq 0 ]] && echo tsp-brokers || echo tsp-sessions)" || true
		for i in 1 2 3 4; do
			wait "${pids[i - 1]}" || fail "round $round, client $i" "$(<"$TSP_DIR/result.$i")" "$(tail -n 20 "$TSP_DIR/log")"
		done
	done
	settled
	[[ -z $(named tsp-session) ]]
	[[ $(grep -c ' active ' <<<"$output") -eq 32 ]]
	# one line of the log for each, whatever was killed
	[[ $(grep -c 'anonymous: claims ' "$TSP_DIR/log") -eq 32 ]] || fail "$(<"$TSP_DIR/log")"
}

# ended PID... - all of them
ended() {
	local pid
	for pid; do
		gone "$pid" || return 1
	done
}

@test "the listener is killed: those that fork exit, a session goes on to its end" {
	local both
	server_start
	held
	both=$(pair_of)
	kill -KILL "$SERVER_PID"
	wait "$SERVER_PID" || true
	# shellcheck disable=SC2086 # one id each
	wait_until 5 ended $both || fail "they stay"
	kill -0 "$SESSION"
	up tspa7f000001
	kill "$CLIENT_PID"
	wait "$CLIENT_PID" || true
	wait_until 10 ended "$BROKER" "$SESSION" || fail "the session stays"
	up ""
	SERVER_PID=
}

@test "a changed template counts from the next client on, and so does fork = no" {
	local both
	server_start
	offer
	both=$(pair_of)
	offer --bind 127.0.0.2
	[[ $(pair_of) == "$both" ]]
	echo '# changed' >>"$TSP_DIR/template.sh"
	offer --bind 127.0.0.3
	[[ $(pair_of) != "$both" && $(pair_of) =~ ^[0-9]+\ [0-9]+$ ]]
	config server.fork=no
	held --bind 127.0.0.4
	[[ $(pair_of) == " " ]] || fail "they stay: $(pair_of)"
	[[ -n $(pgrep -P "$(handlers)") ]]
	released
}

@test "a replaced program counts from the next client on" {
	local both
	cp "$HANDLER" "$TSP_DIR/tsp-handler"
	HANDLER=$TSP_DIR/tsp-handler server_start
	offer
	both=$(pair_of)
	cp "$HANDLER" "$TSP_DIR/tsp-handler.new"
	mv "$TSP_DIR/tsp-handler.new" "$TSP_DIR/tsp-handler"
	offer --bind 127.0.0.2
	[[ $(pair_of) != "$both" && $(pair_of) =~ ^[0-9]+\ [0-9]+$ ]]
}

# open_files - the number of descriptors of the listener and of those that fork
open_files() {
	local pid
	for pid in "$SERVER_PID" $(pair_of); do
		find "/proc/$pid/fd" -type l -printf x | wc -c
	done | paste -sd ' '
}

@test "many sessions leave no descriptor and no zombie behind" {
	local before i
	requires root
	server_start
	offer
	before=$(open_files)
	for i in {1..30}; do
		offer --bind "127.0.4.$i"
	done
	raw 'VERSION=2.0.0\r\n'
	settled
	[[ $(open_files) == "$before" ]] || fail "before: $before" "after: $(open_files)"
	[[ $(pgrep -P "$SERVER_PID" | wc -l) -eq 2 ]] || fail "$(ps --ppid "$SERVER_PID")"
}

@test "a session has its connection, its way to the broker, and a limit on its life" {
	requires root
	no_sanitizer
	server_start
	held
	[[ $(find "/proc/$SESSION/fd" -type l -printf '%f %l\n' | sed 's/:.*//' | sort | paste -sd,) == "0 socket,1 socket,2 /dev/null" ]]
	[[ $(find "/proc/$(named tsp-sessions)/fd" -type l -printf '%f %l\n' | sed 's/:.*//' | sort | paste -sd,) == "0 socket,2 /dev/null" ]]
	grep -qE '^Max processes +0 +0 ' "/proc/$SESSION/limits"
	grep -qE '^Max open files +2 +2 ' "/proc/$SESSION/limits"
	[[ $(awk '/^Seccomp_filters:/ { print $2 }' "/proc/$SESSION/status") -ge 2 ]]
	[[ $(tr "\0" " " <"/proc/$SESSION/environ") == "LD_BIND_NOW=1 " ]]
	released
}
