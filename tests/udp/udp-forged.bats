#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# udp-forged.bats - who proves nothing takes nothing from others, and is in nobody's way

# shellcheck disable=SC2154 # logins are in handler.bash
load ../lib/handler
load ../lib/udp

# setup - both servers over one state directory; $TCP_PORT is that of TCP
setup() {
	udp_begin
	HOST=127.$((RANDOM % 100 + 100)).$((RANDOM % 250)).$((RANDOM % 250 + 1))
	add_user carol s3cret
	server_start
	TCP_PORT=$PORT TCP_PID=$SERVER_PID
	mv "$TSP_DIR/log" "$TSP_DIR/tcp-log"
	udp_start
}

teardown() {
	kill "$TCP_PID"
	wait_until 5 gone "$TCP_PID"
	test_end
}

# client [tcp] [OPTION...] - over UDP, or over TCP
client() {
	if [[ ${1-} == tcp ]]; then
		shift
		"$TOOLS/tsp-client" --port "$TCP_PORT" --timeout $((10 * PATIENCE)) "$@"
	else
		"$TOOLS/tsp-udp-client" --port "$PORT" --again 300 --tries $((30 * PATIENCE)) "$@"
	fi
}

# here [ADDRESS] - options of a v6v4 client at ADDRESS, else at $HOST
here() {
	HERE=(--type v6v4 --bind "${1-$HOST}" --address "${1-$HOST}")
}

# state_of OWNER - state of the lease in its file
state_of() {
	sed -n "s/^[0-9]* \([a-z]*\) *$1 .*/\1/p" "$TSP_DIR"/state/*.leases
}

# has OWNER ENDPOINT - the lease is active there
has() {
	run -0 leases
	[[ $output == *" active $1 $2 "* ]] || fail "$1 is not at $2: $output"
}

@test "a forger ends no lease, and reads none" {
	here
	offer tcp "${HERE[@]}"
	refused 500 "${HERE[@]}" --action info
	refused 500 "${HERE[@]}" --action delete
	refused 500 "${HERE[@]}" "${as_alice[@]}" --action delete
	offer tcp "${HERE[@]}" --action info
	has "$HOST" "$HOST"
	tunnels_count 1
}

@test "a forger does not extend a lease, and takes no proof away" {
	local expires
	here
	offer tcp "${HERE[@]}"
	prove
	expires=$(cut -c 139-158 "$TSP_DIR/state/anonymous.leases" | sort | tail -n 1)
	sleep 1.1 # times are in seconds
	offer "${HERE[@]}"
	[[ $(state_of "$HOST") == present ]]
	[[ $(cut -c 139-158 "$TSP_DIR/state/anonymous.leases" | sort | tail -n 1) == "$expires" ]]
}

@test "conflict = replace takes no tunnel for an unproven client, conflict = refuse keeps none" {
	config server.conflict=replace
	here
	offer tcp "${HERE[@]}" "${as_alice[@]}"
	refused 506 "${HERE[@]}" "${as_bob[@]}"
	prove
	refused 506 "${HERE[@]}" "${as_bob[@]}"
	has alice "$HOST"
	offer tcp "${HERE[@]}" --mechanism DIGEST-MD5 --user bob --password swordfish
	settled
	has bob "$HOST"
	# and the other way about
	config server.conflict=refuse
	here 127.0.0.251
	offer "${HERE[@]}" "${as_alice[@]}"
	[[ $(state_of alice) == claimed ]]
	offer tcp "${HERE[@]}" --mechanism PLAIN --user carol --password s3cret
	settled
	has carol 127.0.0.251
	[[ $(state_of alice) == expired ]]
}

@test "a forged create without accept holds nothing: no 521" {
	here
	offer "${HERE[@]}" --answer none
	handlers_are 1 # it waits for an answer
	offer tcp "${HERE[@]}" "${as_alice[@]}"
	handlers_are 1
	has alice "$HOST"
	# one's own account over UDP is in nobody's way either
	offer --bind "$HOST" "${as_bob[@]}" --answer none
	offer tcp --type v6v4 --bind 127.0.0.9 --address 127.0.0.9 "${as_bob[@]}"
	has bob 127.0.0.9
	handlers_are 2
}

@test "while a forged create runs the template, the proven client waits: no 521" {
	here
	sed -i 's/TSP_TUNNEL_CREATION)/& while [ -e ..\/hold ]; do sleep 0.05; done;/' "$TSP_DIR/template.sh"
	: >"$TSP_DIR/hold"
	client_start "${HERE[@]}" --answer none --again 9000
	wait_until 5 grep -qs CREATION "$TSP_DIR/kernel/history"
	client tcp "${HERE[@]}" "${as_alice[@]}" >"$TSP_DIR/tcp-offer" 2>&1 3>&- &
	local pid=$!
	sleep 0.5 # it cannot be seen waiting; if it comes later, it is served as well
	rm "$TSP_DIR/hold"
	wait "$pid" || fail "$(<"$TSP_DIR/tcp-offer")"
	has alice "$HOST"
}

@test "a first packet in the name of a client proves nothing" {
	local expires
	offer --bind "$HOST" "${as_alice[@]}"
	settled
	echo rx_bytes=9000 tx_bytes=0 rx_packets=9 tx_packets=0 >"$TSP_DIR/traffic"
	expires=$(cut -c 140-159 <<<"$(grep -a " alice " "$TSP_DIR/state/users.leases")")
	run -0 "$BUILD/tspctl" -c "$TSP_DIR/tsp.conf" expire
	[[ $(state_of alice) == claimed ]]
	[[ $(cut -c 140-159 <<<"$(grep -a " alice " "$TSP_DIR/state/users.leases")") == "$expires" ]]
	[[ $(($(date -d "$expires" +%s) - $(date +%s))) -le 120 ]]
}

@test "unproven neighbours do not count against an account, the silent do not either" {
	config limits.per_address=4
	for _ in {1..6}; do
		offer --bind "$HOST"
	done
	here
	offer tcp "${HERE[@]}" "${as_alice[@]}"
	settled
	prove 4 # all were there, and fell silent
	for _ in {1..5}; do
		offer --bind "$HOST" # a client that comes back from another port
	done
	offer --bind "$HOST" "${digest_bob[@]}"
}

@test "a NAT gives a port to another client: it gets its tunnel at once" {
	offer --bind "$HOST" --from 23671 "${digest_alice[@]}"
	settled
	prove
	refused 506 --bind "$HOST" --from 23671 "${as_bob[@]}" # nothing shows that it is there
	has alice "$HOST:23671"
	offer --bind "$HOST" --from 23671 "${digest_bob[@]}"
	settled
	has bob "$HOST:23671"
	[[ $(state_of alice) == expired ]]
	tunnels_count 1
}

@test "the endpoint of a client that fell silent is for others with proof, and for nobody without" {
	offer --bind "$HOST" --from 23672 "${digest_alice[@]}"
	settled
	prove 3
	refused 506 --bind "$HOST" --from 23672 "${as_bob[@]}"
	has alice "$HOST:23672"
	offer --bind "$HOST" --from 23672 "${digest_bob[@]}"
	settled
	has bob "$HOST:23672"
	# the same in protocol 41
	here
	offer tcp "${HERE[@]}" "${as_alice[@]}"
	prove 3
	refused 506 "${HERE[@]}" "${as_bob[@]}"
	has alice "$HOST"
	offer tcp "${HERE[@]}" "${as_bob[@]}"
	settled
	has bob "$HOST"
}

# built COUNT - the template has built so many tunnels
built() {
	[[ $(grep -c CREATION "$TSP_DIR/kernel/history") -ge $1 ]]
}

# flooded SECONDS NET - 20 forged clients a second have taken leases of v6v4 over UDP
flooded() {
	local before
	before=$(grep -sc CREATION "$TSP_DIR/kernel/history" || true)
	"$TOOLS/tsp-udp-flood" "$PORT" v6v4 20 "$1" "$2"
	wait_until 20 built $((${before:-0} + 20 * $1)) || fail "$(cat "$TSP_DIR/kernel/history")"
	run -0 leases
}

@test "a pool full of forged leases: clients with proof get theirs, and keep them" {
	requires root
	"$BUILD/tspctl" -c "$TSP_DIR/tsp.conf" resize --yes anonymous 16
	config anonymous.capacity=16
	flooded 2 127.66.0.0
	[[ $(grep -c ' active 127\.66\.' <<<"$output") -eq 16 ]] || fail "$output"
	here
	offer tcp "${HERE[@]}"
	offer tcp --type v6v4 --bind 127.0.0.8 --address 127.0.0.8
	offer --type v6v4 --bind 127.0.0.7 --address 127.0.0.7 # the oldest one without proof gives way
	has 127.0.0.7 127.0.0.7
	offer tcp --type v6v4 --bind 127.0.0.6 --address 127.0.0.6 "${as_alice[@]}"
	flooded 2 127.67.0.0
	has "$HOST" "$HOST"
	has 127.0.0.8 127.0.0.8
	has alice 127.0.0.6
	[[ $(grep -c ' active 127\.67\.' <<<"$output") -eq 14 ]] || fail "$output"
	tunnels_count 17 # those that gave way left no tunnel
}

@test "an account has one lease, however often it is asked for without proof" {
	local i
	for i in 1 2 3; do
		offer --type v6v4 --bind "127.0.1.$i" --address "127.0.1.$i" "${as_alice[@]}"
	done
	settled
	has alice 127.0.1.3
	[[ $(grep -c ' alice ' <<<"$output") -eq 1 ]]
	tunnels_count 1
}

@test "v6anyv4 over UDP becomes v6udpv4 where the address is taken" {
	here
	offer tcp "${HERE[@]}" "${as_alice[@]}"
	prove
	refused 506 tcp "${HERE[@]}" "${as_bob[@]}"
	offer "${HERE[@]}" --type v6anyv4 "${digest_bob[@]}"
	is TYPE v6udpv4
	offer "${HERE[@]}" --type v6anyv4 --mechanism PLAIN --user carol --password s3cret
	is TYPE v6udpv4
	settled
	has alice "$HOST"
	tunnels_count 3
}

@test "the log says claims, and has when the secret was heard" {
	offer --bind "$HOST" "${as_alice[@]}"
	settled
	logged "alice: claims "
	[[ $(state_of alice) == claimed ]]
	refused_to_say_has
}

# refused_to_say_has - the log names nobody who has an address
refused_to_say_has() {
	run -1 grep -F ": has " "$TSP_DIR/log"
}

@test "a reject without proof ends what it began, and nothing else" {
	here
	offer --bind "$HOST" "${as_alice[@]}" --answer reject
	settled
	tunnels_count 0
	[[ $(state_of alice) == expired ]]
	offer tcp "${HERE[@]}"
	offer "${HERE[@]}" --answer reject
	settled
	has "$HOST" "$HOST"
	tunnels_count 1
}
