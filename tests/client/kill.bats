#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# kill.bats - a tspc that is killed anywhere, and processes of it that are

# shellcheck disable=SC2030,SC2031,SC2153,SC2154 # variables of the libraries and of bats
load ../lib/handler
load ../lib/tspc
load ../lib/netns

setup() {
	net_begin
	home_network
	net_serve
	tspc_config server=192.0.2.1 template="$ROOT/templates/client/linux.sh" tunnel_mode=v6udpv4 carrier=tspc \
		host_type=router if_prefix=lan prefixlen=56 auth_method=any userid=alice passwd=s3cret
}

teardown() {
	net_end
}

# killed_at CALL COUNT - the main process gets SIGKILL in this system call, when it makes it for
# the COUNTth time; false: it makes it less often, and has ended when it was asked to
killed_at() {
	local status=0
	rm -f "$RUNTIME_DIRECTORY/tspc.status"
	# leaks cannot be looked for under ptrace
	in_cli timeout 60 env "ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0" strace -qq -o /dev/null -e "inject=$1:signal=KILL:when=$2" "$TSPC" --once \
		-f "$TSP_DIR/tspc.conf" >>"$TSP_DIR/tspc.log" 2>&1 </dev/null 3>&- &
	local pid=$!
	until ! kill -0 "$pid" 2>/dev/null || tspc_state up; do sleep 0.05; done
	! tspc_state up || kill "$(tspc_value pid)" 2>/dev/null || true
	wait "$pid" || status=$?
	[[ $status -eq 137 ]]
}

@test "killed in any kind of system call, cleanup leaves nothing behind" {
	local before call count killed=0
	requires strace
	before=$(snapshot)
	for call in openat write rename unlink ioctl clone vfork socket bind connect sendto recvfrom \
		poll wait4 kill close; do
		for count in 1 2 4 8; do
			killed_at "$call" "$count" || break
			killed=$((killed + 1))
			wait_until 5 eval "! ip netns pids $CLI | xargs -r ps -o comm= -p | grep -qx tspc"
			run -0 in_cli "$TSPC" -f "$TSP_DIR/tspc.conf" cleanup
			rm -f "$RUNTIME_DIRECTORY"/tspc.status "$RUNTIME_DIRECTORY"/*.new
			[[ $(snapshot) == "$before" ]] || fail "left behind by $call $count" \
				"$(diff <(echo "$before") <(snapshot))" "$(tail -n 5 "$TSP_DIR/tspc.log")"
		done
	done
	[[ $killed -gt 25 ]] || fail "killed $killed times"
}

@test "the process that carries packets is killed: another tunnel" {
	net_serve
	tspc_start tunnel_mode=v6udpv4 carrier=tspc
	tspc_is up
	pkill -KILL -P "$TSPC_PID"
	wait_until 20 grep -q 'the process that carries packets has ended' "$TSP_DIR/tspc.log"
	wait_until 20 reaches 2001:db8:99::1
	tspc_stop
}

@test "a template that fails, hangs up or is no script: one line, nothing left, another try" {
	local before text
	before=$(snapshot)
	# shellcheck disable=SC2016 # for the script's shell
	for text in 'exit 3' 'kill -9 $$' 'echo "no such thing" >&2; exit 1'; do
		# shellcheck disable=SC2016 # for the script's shell
		printf '#!/bin/sh\n# TSP-Carriers: tspc\n[ $TSP_OPERATION = TSP_TUNNEL_TEARDOWN ] && exit 0\n%s\n' "$text" >"$TSP_DIR/bad.sh"
		chmod 755 "$TSP_DIR/bad.sh"
		tspc_config server=192.0.2.1 template="$TSP_DIR/bad.sh" tunnel_mode=v6udpv4
		run -111 in_cli timeout 60 "$TSPC" --once -f "$TSP_DIR/tspc.conf"
		[[ $output == *"$TSP_DIR/bad.sh: TSP_TUNNEL_CREATION "* ]] || fail "$output"
		as_before "$before"
	done
}
