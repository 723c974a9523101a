#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# inetd.bats - started by openbsd-inetd, as root, with the connection on 0, 1 and 2

# shellcheck disable=SC2154 # logins are in handler.bash
load ../lib/handler

setup() {
	requires root inetd
	test_begin
	template <<-SCRIPT
		#!/bin/sh
		while read -r line; do
			case \$line in Uid:*|Gid:*|Groups:*|Cap*|NoNewPrivs:*) echo \$line ;; esac
		done </proc/\$\$/status >"$TSP_DIR/kernel/\$TSP_TUNNEL_INTERFACE"
	SCRIPT
	inetd_start
}

teardown() {
	test_end
}

port_answers() {
	(: <"/dev/tcp/127.0.0.1/$PORT") 2>/dev/null
}

# inetd_start [wait] - it hands over each connection, or the listening socket
inetd_start() {
	local try wait=${1:-nowait}
	make_files
	for try in 1 2 3 4 5 6 7 8; do
		PORT=$((20000 + RANDOM % 12000))
		! port_answers || continue
		echo "127.0.0.1:$PORT stream tcp $wait root $HANDLER tsp-handler -c $TSP_DIR/tsp.conf" \
			>"$TSP_DIR/inetd.conf"
		inetd -d "$TSP_DIR/inetd.conf" >"$TSP_DIR/log" 2>&1 </dev/null 3>&- &
		# shellcheck disable=SC2034 # handler.bash ends it
		SERVER_PID=$!
		! wait_until 3 port_answers || return 0
		server_stop
	done
	fail "inetd does not listen: $(<"$TSP_DIR/log") ($try tries)"
}

@test "a session under inetd, with each mechanism" {
	offer
	offer "${as_alice[@]}" --bind 127.0.0.2 --prefix 56
	offer --mechanism DIGEST-MD5 --user bob --password swordfish --bind 127.0.0.3
}

@test "the handler becomes the configured user and keeps CAP_NET_ADMIN only" {
	local uid status
	uid=$(id -u "$TSP_USER")
	offer
	status=$(<"$TSP_DIR/kernel/tspa7f000001")
	grep -qx "Uid: $uid $uid $uid $uid" <<<"$status"
	grep -qx "Gid: $(id -g "$TSP_USER") .*" <<<"$status"
	grep -qx "CapEff: 0000000000001000" <<<"$status"
	grep -qx "CapPrm: 0000000000001000" <<<"$status"
	grep -Eqx "CapBnd: 000000000000[01]000" <<<"$status"
	grep -qx "NoNewPrivs: 1" <<<"$status"
	[[ $(stat -c %U "$TSP_DIR/state/anonymous.leases") == "$TSP_USER" ]]
}

@test "no log line gets into the connection" {
	raw 'VERSION=2.0.2\r\nAUTHENTICATE PLAIN\r\n\0\0alice\0wrong\r\n'
	[[ ${#lines[@]} -eq 2 && ${lines[1]} == '300 Authentication failed' ]]
	refused 501 --address 127.0.0.9
	offer
}

@test "not even a mistake in the configuration gets into the connection" {
	config server.lifetime=x
	raw 'VERSION=2.0.2\r\n'
	[[ -z $output ]]
}

@test "inetd hands over the listening socket: handlers have the connection all the same" {
	server_stop
	inetd_start wait
	offer "${as_alice[@]}"
	raw 'VERSION=2.0.2\r\nAUTHENTICATE PLAIN\r\n\0\0alice\0wrong\r\n'
	[[ ${#lines[@]} -eq 2 && ${lines[1]} == '300 Authentication failed' ]]
	grep -qx "CapEff: 0000000000001000" "$TSP_DIR"/kernel/tsp[0-9]*
}
