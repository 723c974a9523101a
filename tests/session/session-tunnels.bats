#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# session-tunnels.bats - what becomes of tunnels: accept, reject, later sessions, other clients

# shellcheck disable=SC2154 # logins are in handler.bash
load ../lib/handler

setup() {
	test_begin
}

teardown() {
	test_end
}

@test "an offered tunnel is already built, and stays when it is accepted" {
	server_start
	client_start --hold 1
	client_has_offer
	tunnels_are tspa7f000001
	[[ $(leases) == *" offered 127.0.0.1 "* ]]
	wait "$CLIENT_PID"
	settled
	[[ $output == *" active 127.0.0.1 "* ]]
	up tspa7f000001
	logged '127\.0\.0\.1 anonymous: claims 2001:db8:a:0:7f00:1:0:3'
}

@test "reject: tunnel down, lease free again" {
	server_start
	offer --answer reject
	settled
	[[ $output != *" active "* && $output != *" offered "* ]]
	up
	logged 'rejected 2001:db8:a'
	[[ $(<"$TSP_DIR/kernel/history") == $'TSP_TUNNEL_CREATION tspa7f000001\nTSP_TUNNEL_TEARDOWN tspa7f000001' ]]
}

@test "a connection closed without an answer: the same" {
	server_start
	offer --answer close
	settled
	[[ $output != *" active "* && $output != *" offered "* ]]
	up
}

@test "an update that is rejected leaves the old tunnel and lease" {
	local before
	server_start
	offer "${as_alice[@]}"
	settled
	before=$(leases)
	offer "${as_alice[@]}" --bind 127.0.0.9 --prefix 56 --answer reject
	settled
	[[ $output == "$before" ]]
	up "tsp$(number_of alice)"
	grep -qx "TSP_CLIENT_ADDRESS_IPV4=127.0.0.1" "$TSP_DIR/kernel/tsp$(number_of alice)"
}

@test "a user comes back from another address: same addresses, new endpoint" {
	local address prefix
	server_start
	offer "${as_alice[@]}" --prefix 56
	address=${GOT[CLIENT_IPV6]}
	prefix=${GOT[PREFIX]}
	offer --mechanism DIGEST-MD5 --user alice --password s3cret --prefix 56 --bind 127.0.0.77
	is CLIENT_IPV6 "$address"
	is PREFIX "$prefix"
	is CLIENT_IPV4 127.0.0.77
	settled
	up "tsp$(number_of alice)"
	grep -qx "TSP_CLIENT_ADDRESS_IPV4=127.0.0.77" "$TSP_DIR/kernel/tsp$(number_of alice)"
}

@test "an anonymous client comes back: the same lease" {
	server_start
	offer
	offer
	settled
	[[ ${#lines[@]} -eq 1 ]]
	up tspa7f000001
}

@test "info tells what the client has, and nothing is changed" {
	local address
	server_start
	offer "${as_alice[@]}" --prefix 56
	address=${GOT[CLIENT_IPV6]}
	settled
	cp "$TSP_DIR/state/users.leases" "$TSP_DIR/before"
	offer "${as_alice[@]}" --action info
	is CLIENT_IPV6 "$address"
	is PREFIXLEN 56
	settled
	cmp "$TSP_DIR/state/users.leases" "$TSP_DIR/before"
}

@test "info and delete of nothing: 500" {
	server_start
	refused 500 --action info
	refused 500 --action delete
}

@test "delete: the tunnel goes, the lease keeps its owner's name" {
	local address
	server_start
	offer "${as_alice[@]}"
	address=${GOT[CLIENT_IPV6]}
	offer "${as_alice[@]}" --action delete
	settled
	[[ $output == *" expired alice "* ]]
	up
	refused 500 "${as_alice[@]}" --action info
	offer "${as_alice[@]}"
	is CLIENT_IPV6 "$address"
}

@test "anonymous delete" {
	server_start
	offer
	offer --action delete
	up
	settled
	[[ $output != *" active "* ]]
}

@test "two users on one IPv4 address: 506, or the newer one with conflict = replace" {
	server_start
	offer "${as_alice[@]}"
	prove
	refused 506 "${as_bob[@]}"
	settled
	up "tsp$(number_of alice)"
	prove 3 # alice is silent
	offer "${as_bob[@]}" --answer reject
	settled
	up "tsp$(number_of alice)"
	prove
	config server.conflict=replace
	offer "${as_bob[@]}"
	settled
	up "tsp$(number_of bob)"
	[[ $output == *" expired alice "* ]]
}

@test "a replacement that is rejected gives the other one its tunnel back" {
	local before
	config server.conflict=replace
	server_start
	offer "${as_alice[@]}"
	settled
	before=$(number_of alice)
	offer "${as_bob[@]}" --answer reject
	settled
	up "tsp$before"
	[[ $output == *" active alice "* && $output != *" active bob "* ]]
}

@test "an anonymous lease yields to an account on the same address" {
	server_start
	offer
	up tspa7f000001
	offer "${as_alice[@]}"
	settled
	up "tsp$(number_of alice)"
	[[ $output == *"anonymous "*" expired "* ]]
	prove
	refused 506
}

@test "one session per lease at a time: 521" {
	server_start
	client_start "${as_alice[@]}" --answer none --timeout $((20 * PATIENCE))
	client_has_offer
	refused 521 "${as_alice[@]}" --bind 127.0.0.2
	kill "$CLIENT_PID"
	settled
	offer "${as_alice[@]}" --bind 127.0.0.2
}

@test "one account in two places: said once in the log, and by tspctl show" {
	server_start
	offer "${as_alice[@]}" --bind 127.0.0.2
	offer "${as_alice[@]}" --bind 127.0.0.3
	run -1 log_matches 'takes turns'
	offer "${as_alice[@]}" --bind 127.0.0.2
	logged '^tsp-handler.*127\.0\.0\.2 alice: takes turns with a client at 127\.0\.0\.3 for 2001:'
	offer "${as_alice[@]}" --bind 127.0.0.3
	settled
	[[ $(grep -c 'takes turns' "$TSP_DIR/log") -eq 1 ]]
	run -0 "$BUILD/tspctl" -c "$TSP_DIR/tsp.conf" show alice
	[[ $output == *'Two places'*'clients here and at 127.0.0.2 take this tunnel in turn'* ]] || fail "$output"
	run -0 "$BUILD/tspctl" -c "$TSP_DIR/tsp.conf" --json show alice
	[[ $output == *'"two_places"'* ]]
	prove 3
	offer "${as_alice[@]}" --bind 127.0.0.2
	run -0 "$BUILD/tspctl" -c "$TSP_DIR/tsp.conf" show alice
	[[ $output != *'Two places'* ]]
}
