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

# struck SIGNAL CALL COUNT - the main process gets a signal in this system call, when it makes it
# for the COUNTth time; false: it makes it less often, and has ended when it was asked to
struck() {
	rm -f "$RUNTIME_DIRECTORY/tspc.status"
	: >"$TSP_DIR/trace"
	# leaks cannot be looked for under ptrace
	in_cli timeout $((60 * SLOW)) env "ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0" strace -qq -o "$TSP_DIR/trace" -e "trace=$2" \
		-e "inject=$2:signal=$1:when=$3" "$TSPC" --once -f "$TSP_DIR/tspc.conf" >>"$TSP_DIR/tspc.log" 2>&1 </dev/null 3>&- &
	local pid=$!
	until ! kill -0 "$pid" 2>/dev/null || tspc_state up; do sleep 0.05; done
	! tspc_state up || kill "$(tspc_value pid)" 2>/dev/null || true
	wait "$pid" || true
	[[ $(grep -c "^$2(" "$TSP_DIR/trace") -ge $3 ]]
}

# calls - the system calls that the main process makes in its life: all of them, or with $QUICK
# those by which it changes something
calls() {
	if [[ -n $QUICK ]]; then
		echo openat write rename unlink ioctl clone vfork socket bind connect sendto recvfrom poll wait4 kill close
		return
	fi
	in_cli strace -qq -c -o "$TSP_DIR/calls" "$TSPC" --once -f "$TSP_DIR/tspc.conf" >>"$TSP_DIR/tspc.log" 2>&1 </dev/null 3>&- &
	tspc_is up
	kill "$(tspc_value pid)"
	wait $!
	awk '$4 ~ /^[0-9]+$/ && $NF != "total" { print $NF }' "$TSP_DIR/calls"
}

# counts - which of a system call's occurrences
counts() {
	if [[ -n $QUICK ]]; then echo 1 2 4 8; else seq 200; fi
}

# no_tspc - no process of tspc is left
no_tspc() {
	! ip netns pids "$CLI" | xargs -r ps -o comm= -p | grep -qx tspc
}

# at_every_call SIGNAL JUDGE - strike at each system call; JUDGE gives back what may be left, and the
# machine is as it was before. STRIKES says how often it was struck
at_every_call() {
	local before call count all
	requires strace
	# All of them take many minutes: make check-long
	QUICK=yes
	[[ -z ${EVERY_CALL:-} ]] || QUICK=
	STRIKES=0
	before=$(snapshot)
	all=$(calls)
	for call in $all; do
		for count in $(counts); do
			struck "$1" "$call" "$count" || break
			STRIKES=$((STRIKES + 1))
			wait_until 5 no_tspc
			"$2"
			rm -f "$RUNTIME_DIRECTORY"/tspc.status "$RUNTIME_DIRECTORY"/*.new
			[[ $(snapshot) == "$before" ]] || fail "left behind by $call $count" \
				"$(diff <(echo "$before") <(snapshot))" "$(tail -n 5 "$TSP_DIR/tspc.log")"
		done
	done
}

cleaned_up() {
	run -0 in_cli "$TSPC" -f "$TSP_DIR/tspc.conf" cleanup
}

nothing_to_do() {
	[[ ! -e $RUNTIME_DIRECTORY/tspc.env ]] || fail "tspc.env is left" "$(tail -n 5 "$TSP_DIR/tspc.log")"
}

@test "killed in any kind of system call, cleanup leaves nothing behind" {
	at_every_call KILL cleaned_up
	[[ $STRIKES -gt 25 ]] || fail "killed $STRIKES times"
}

@test "asked to end in any kind of system call, it leaves nothing behind by itself" {
	at_every_call TERM nothing_to_do
	[[ $STRIKES -gt 25 ]] || fail "struck $STRIKES times"
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
		run -111 in_cli timeout $((60 * SLOW)) "$TSPC" --once -f "$TSP_DIR/tspc.conf"
		[[ $output == *"$TSP_DIR/bad.sh: TSP_TUNNEL_CREATION "* ]] || fail "$output"
		as_before "$before"
	done
}
