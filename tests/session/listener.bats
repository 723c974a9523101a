#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# listener.bats - tsp-handler with a listening socket: a handler for each client that comes

# shellcheck disable=SC2030,SC2031,SC2034,SC2154 # handler.bash has the other half
load ../lib/handler

setup() {
	SERVER_ACCEPT=
	test_begin
}

teardown() {
	test_end
}

# held - a client that keeps its offer open; $CLIENT_PID
held() {
	client_start --hold 30
	client_has_offer
}

@test "sessions, one after the other and at the same time" {
	local i pids=()
	server_start
	offer
	offer "${as_alice[@]}" --bind 127.0.0.2 --prefix 56
	offer --mechanism DIGEST-MD5 --user bob --password swordfish --bind 127.0.0.3
	for i in {10..25}; do
		client --bind "127.0.1.$i" >/dev/null 2>&1 3>&- &
		pids+=($!)
	done
	for i in "${pids[@]}"; do
		wait "$i"
	done
	settled
	[[ $(grep -c ' active ' <<<"$output") -eq 19 ]]
	kill -0 "$SERVER_PID"
}

@test "one address has no more sessions than it may, others are served" {
	config limits.sessions_per_address=1
	server_start
	held
	ask
	[[ $RC -ne 0 && -z ${GOT[STATUS]:-} ]] || fail "it was served" "$(said)"
	offer --bind 127.0.0.2
	kill "$CLIENT_PID"
	wait "$CLIENT_PID" || true
	wait_until 5 no_handlers
	offer
}

@test "when all places are taken, the next client waits for one" {
	config limits.sessions=1
	server_start
	held
	"$TOOLS/tsp-client" --port "$PORT" --bind 127.0.0.2 >"$TSP_DIR/second" 2>&1 3>&- &
	second=$!
	logged 'limit of 1 sessions'
	[[ ! -s $TSP_DIR/second ]]
	kill "$CLIENT_PID"
	wait "$second"
	grep -q CLIENT_IPV6 "$TSP_DIR/second"
}

@test "handlers that are killed do not count" {
	local i
	config limits.sessions=2 limits.sessions_per_address=2
	server_start
	for i in 1 2 3 4; do
		held
		pkill -KILL -P "$SERVER_PID" # its handlers, by their parent
		wait "$CLIENT_PID" || true
		wait_until 5 no_handlers
	done
	offer
}

@test "a changed configuration counts from the next client on" {
	server_start
	offer
	is LIFETIME 1440
	config server.lifetime=60
	offer --bind 127.0.0.2
	is LIFETIME 60
	config server.lifetime=x
	ask --bind 127.0.0.3
	[[ $RC -ne 0 && -z ${GOT[STATUS]:-} ]]
	config
	offer --bind 127.0.0.4
}

@test "asked to stop, it asks its sessions and waits for them" {
	server_start
	held
	up tspa7f000001
	kill "$SERVER_PID"
	wait "$SERVER_PID"
	SERVER_PID=
	[[ -z $(tunnels) ]] || fail "tunnels are left: $(tunnels)" "$(<"$TSP_DIR/log")"
	[[ $(leases) != *" active "* && $(leases) != *" offered "* ]]
}

@test "a mistake in the configuration at the start: it serves nobody and says why" {
	config server.lifetime=x
	server_start
	ask
	[[ $RC -ne 0 ]]
	wait_until 5 gone "$SERVER_PID"
	logged "lifetime: .*'x'"
}
