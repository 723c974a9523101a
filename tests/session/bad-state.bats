#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# bad-state.bats - full pools, damaged files, disks that are full

# shellcheck disable=SC2154 # logins are in handler.bash
load ../lib/handler
load ../lib/bad_input

setup() {
	test_begin
}

teardown() {
	test_end
}

@test "a full pool: 301" {
	local i
	config anonymous.capacity=4
	server_start
	for i in 1 2 3 4; do
		offer --bind "127.0.0.$i"
	done
	refused 301 --bind 127.0.0.5
	offer --bind 127.0.0.3
}

@test "a full pool takes over what was given up, and an account without a pool: 301" {
	config anonymous.capacity=1
	server_start
	offer --bind 127.0.0.1
	offer --bind 127.0.0.1 --action delete
	offer --bind 127.0.0.2
	refused 301 --bind 127.0.0.1
}

@test "with redirect, 301, 302 and 303 become 1301, 1302 and 1303 with the list" {
	config server.redirect='192.0.2.7 2001:db8::7 ts2.example.net' anonymous.capacity=1
	server_start
	refused 1303 --type v4v6
	is BROKERS "192.0.2.7 2001:0db8:0000:0000:0000:0000:0000:0007 ts2.example.net"
	refused 1302 --version 9.9.9
	is BROKERS "192.0.2.7 2001:0db8:0000:0000:0000:0000:0000:0007 ts2.example.net"
	offer
	refused 1301 --bind 127.0.0.2
	is BROKERS "192.0.2.7 2001:0db8:0000:0000:0000:0000:0000:0007 ts2.example.net"
	# another broker has the same users: it cannot help with these
	refused 300 --mechanism PLAIN --user alice --password wrong
	refused 501 --address 127.0.0.9
}

@test "with redirect, 530 becomes 1530" {
	config server.redirect=192.0.2.7 server.state="$TSP_DIR/nowhere"
	server_start
	refused 1530
	is BROKERS 192.0.2.7
}

@test "a damaged lease line: out of use and logged, the rest goes on" {
	local number
	server_start
	offer "${as_alice[@]}"
	offer "${as_bob[@]}" --bind 127.0.0.2
	settled
	number=$(awk '$4 == "alice" { print $2 }' <<<"$output")
	# line 0 is the header: lease i is line i
	printf 'X' | dd of="$TSP_DIR/state/users.leases" bs=1 seek=$((number * 512 + 20)) conv=notrunc status=none
	offer "${as_bob[@]}" --bind 127.0.0.2
	is STATUS 200
	offer "${as_alice[@]}" --bind 127.0.0.1
	wait_until 3 no_handlers
	run -1 leases
	[[ $output == *"users lease $number: "* ]]
	[[ $output == *" active bob "* ]]
	logged "users.leases.*lease $number|lease $number.*damaged"
}

@test "a file that is no allocation file: 530 and a log line, and it is left unchanged" {
	echo "something of mine" >"$TSP_DIR/state/anonymous.leases"
	chown "$TSP_USER" "$TSP_DIR/state/anonymous.leases"
	server_start
	refused 530
	[[ $(<"$TSP_DIR/state/anonymous.leases") == "something of mine" ]]
	logged 'anonymous\.leases'
}

@test "a missing allocation file: 530, a log line, and no new file in its place" {
	server_start
	offer "${as_alice[@]}"
	settled
	mv "$TSP_DIR/state/users.leases" "$TSP_DIR/away"
	refused 530 "${as_alice[@]}"
	logged "$TSP_DIR/state/users.leases: no such allocation file: 'tspctl check' says what to restore it from"
	[[ ! -e $TSP_DIR/state/users.leases ]]
	mv "$TSP_DIR/away" "$TSP_DIR/state/users.leases"
	offer "${as_alice[@]}"
}

@test "a disk too full for an allocation file: init says so, and nothing is left" {
	requires root
	config anonymous.capacity=4096
	mount -t tmpfs -o "size=64k,mode=700,uid=$(id -u "$TSP_USER")" tsp-test "$TSP_DIR/state" || skip "cannot mount"
	run -111 "$BUILD/tspctl" -c "$TSP_DIR/tsp.conf" init
	[[ $output == *'.leases: cannot create'*'No space left'* && $output == *'users.leases: made'* ]] || fail "$output"
	[[ $(ls "$TSP_DIR/state") == users.leases ]]
}

@test "a full disk loses no lease and hinders no client" {
	requires root
	mount -t tmpfs -o "size=1m,mode=700,uid=$(id -u "$TSP_USER")" tsp-test "$TSP_DIR/state" || skip "cannot mount"
	server_start
	offer --bind 127.0.0.2
	wait_until 3 no_handlers
	dd if=/dev/zero of="$TSP_DIR/state/rubbish" bs=64k 2>/dev/null || true
	offer
	offer --bind 127.0.0.2
	settled
	[[ ${#lines[@]} -eq 2 ]]
}

@test "a read-only disk: 530 and a log line, no lease lost" {
	requires root
	mount -t tmpfs -o "size=1m,mode=700,uid=$(id -u "$TSP_USER")" tsp-test "$TSP_DIR/state" || skip "cannot mount"
	server_start
	offer
	settled
	mount -o remount,ro "$TSP_DIR/state"
	refused 530 --bind 127.0.0.2
	logged '\.leases.*Read-only'
	mount -o remount,rw "$TSP_DIR/state"
	offer --bind 127.0.0.2
	settled
	[[ ${#lines[@]} -eq 2 ]]
}

@test "a users file that is not there: nobody logs in with a password, others go on" {
	rm "$TSP_DIR/users"
	server_start
	refused 300 "${as_alice[@]}"
	logged "$TSP_DIR/users"
	offer
}
