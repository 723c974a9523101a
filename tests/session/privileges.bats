#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# privileges.bats - what each process of a handler that root started still may do

load ../lib/handler

NET_ADMIN=0000000000001000
NOTHING=0000000000000000

setup() {
	requires root
	test_begin
}

teardown() {
	test_end
}

# status_is FILE FIELD VALUE - a line of /proc/PID/status
status_is() {
	local got
	got=$(awk -v field="$2:" '$1 == field { $1 = ""; print substr($0, 2) }' "$1")
	[[ $got == "$3" ]] || fail "$1: $2 is '$got', not '$3'"
}

# bounded FILE - no execution can add a capability but CAP_NET_ADMIN, if that
bounded() {
	grep -Eqx 'CapBnd:.000000000000[01]000' "$1" || fail "$(grep CapBnd "$1")"
}

# held - a client has an offer and keeps silent: $BROKER and $SESSION stand still
held() {
	server_start
	client_start --answer none --timeout $((20 * PATIENCE))
	client_has_offer
	BROKER=$(handlers)
	SESSION=$(session_of "$BROKER")
}


@test "the template has CAP_NET_ADMIN, can never get more, and is not root" {
	local uid
	uid=$(id -u "$TSP_USER")
	template <<-SCRIPT
		#!/bin/sh
		cat /proc/self/status >"$TSP_DIR/kernel/status"
	SCRIPT
	server_start
	offer
	status_is "$TSP_DIR/kernel/status" Uid "$uid $uid $uid $uid"
	status_is "$TSP_DIR/kernel/status" CapEff $NET_ADMIN
	status_is "$TSP_DIR/kernel/status" CapPrm $NET_ADMIN
	bounded "$TSP_DIR/kernel/status"
	status_is "$TSP_DIR/kernel/status" NoNewPrivs 1
}

@test "the broker has CAP_NET_ADMIN only, and does not hold the connection" {
	local uid
	uid=$(id -u "$TSP_USER")
	held
	status_is "/proc/$BROKER/status" Uid "$uid $uid $uid $uid"
	status_is "/proc/$BROKER/status" Groups "$(id -G "$TSP_USER")"
	status_is "/proc/$BROKER/status" CapEff $NET_ADMIN
	status_is "/proc/$BROKER/status" CapPrm $NET_ADMIN
	bounded "/proc/$BROKER/status"
	status_is "/proc/$BROKER/status" NoNewPrivs 1
	# one socket: that to the session
	[[ $(find "/proc/$BROKER/fd" -type l -printf '%l\n' | grep -c '^socket:') -eq 1 ]]
}

@test "the session has no capability, is not root, and has no file open" {
	local uid field
	uid=$(id -u "$TSP_USER")
	held
	status_is "/proc/$SESSION/status" Uid "$uid $uid $uid $uid"
	status_is "/proc/$SESSION/status" Groups "$(id -G "$TSP_USER")"
	for field in CapInh CapPrm CapEff CapBnd CapAmb; do
		status_is "/proc/$SESSION/status" $field $NOTHING
	done
	status_is "/proc/$SESSION/status" NoNewPrivs 1
	# standard error goes to the log; the rest are the connection and the way to the broker
	[[ $(find "/proc/$SESSION/fd" -type l ! -name 2 -printf '%l\n' | sed 's/:.*//' | sort -u) == socket ]]
}

@test "with a template that needs no capability neither broker nor template has one" {
	local pid field
	template <<-SCRIPT
		#!/bin/sh
		# TSP-Capability: none
		cat /proc/self/status >"$TSP_DIR/kernel/status"
	SCRIPT
	held
	for pid in "/proc/$BROKER/status" "$TSP_DIR/kernel/status" "/proc/$SESSION/status"; do
		for field in CapInh CapPrm CapEff CapBnd CapAmb; do
			status_is "$pid" $field $NOTHING
		done
	done
}
