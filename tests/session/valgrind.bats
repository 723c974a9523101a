#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# valgrind.bats - no leak and no bad access in whole sessions, in either process
#
# Valgrind lives in the processes it watches and cannot be confined like them: this is the
# one test with a handler that has no filters and no limits (tests/tools/valgrind).

# shellcheck disable=SC2154 # logins are in handler.bash
load ../lib/handler

setup() {
	requires valgrind
	HANDLER=$TOOLS/handler-unbounded
	run -0 nm -D "$HANDLER"
	[[ $output != *__asan_* && $output != *__ubsan_* ]] ||
		skip "a build with sanitizers checks this by itself"
	test_begin
	mkdir "$TSP_DIR/valgrind"
	chmod 777 "$TSP_DIR/valgrind"
	server_start "$(command -v valgrind)" --quiet --leak-check=full --show-leak-kinds=definite,indirect,possible \
		--errors-for-leak-kinds=definite,indirect,possible --error-exitcode=99 \
		--vgdb=no --log-file="$TSP_DIR/valgrind/%p"
}

teardown() {
	test_end
}

# clean - both processes of each session ended, and valgrind has nothing to say
clean() {
	wait_until 10 no_handlers
	[[ $(find "$TSP_DIR/valgrind" -type f | wc -l) -ge 1 ]]
	# lines of "==PID==" are findings; those of "--PID--" are of what valgrind does not know
	run grep -h '^==' "$TSP_DIR"/valgrind/*
	[[ -z $output ]] || fail "$(head -n 60 <<<"$output")"
}

@test "valgrind sees a session of each mechanism" {
	offer --timeout $((30 * PATIENCE))
	offer --timeout $((30 * PATIENCE)) "${as_alice[@]}" --prefix 56 --bind 127.0.0.2
	offer --timeout $((30 * PATIENCE)) --mechanism DIGEST-MD5 --user bob --password swordfish --bind 127.0.0.3
	clean
}

@test "valgrind sees sessions that end early" {
	refused 300 --timeout $((30 * PATIENCE)) --mechanism DIGEST-MD5 --user bob --password wrong
	refused 501 --timeout $((30 * PATIENCE)) --address 127.0.0.9
	offer --timeout $((30 * PATIENCE)) --answer reject
	raw 'VERSION=2.0.2\r\nAUTHENTICATE ANONYMOUS\r\nContent-length: 7\r\ngarbage'
	clean
}
