#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# path.bats - the size of a tunnel's packets, and files that others could have written

# shellcheck disable=SC2030,SC2031,SC2154 # variables of the libraries and of bats
load ../lib/handler
load ../lib/tspc
load ../lib/netns

setup() {
	net_begin
}

teardown() {
	net_end
}

@test "mtu: packets of its size pass and none is longer, in both modes" {
	local mode
	net_serve
	for mode in v6v4 v6udpv4; do
		tspc_start tunnel_mode=$mode carrier=tspc mtu=1400
		tspc_is up
		[[ $(in_cli cat "/proc/sys/net/ipv6/conf/tspc/mtu") == 1400 ]]
		reaches 2001:db8:99::1 -s 1352 -M 'do'
		run -1 in_cli ping -6 -c 1 -W 1 -s 1353 -M 'do' 2001:db8:99::1
		tspc_stop
	done
}

@test "a run directory that others can write is refused, with its path" {
	chmod 777 "$RUNTIME_DIRECTORY"
	tspc_config server=192.0.2.1
	run -111 in_cli "$TSPC" --once -f "$TSP_DIR/tspc.conf"
	[[ $output == *"$RUNTIME_DIRECTORY: others can write it: it must be root's" ]] || fail "$output"
}

@test "what is left to clean up is done only if it is root's" {
	echo "TSP_TEMPLATE=$TSP_DIR/evil.sh" >"$RUNTIME_DIRECTORY/tspc.env"
	printf '#!/bin/sh\ntouch "%s/done"\n' "$TSP_DIR" >"$TSP_DIR/evil.sh"
	chmod 755 "$TSP_DIR/evil.sh"
	tspc_config server=192.0.2.1
	chown nobody "$RUNTIME_DIRECTORY/tspc.env"
	run -111 in_cli "$TSPC" -f "$TSP_DIR/tspc.conf" cleanup
	[[ $output == *"$RUNTIME_DIRECTORY/tspc.env: belongs to user "*": it must be root's" ]] || fail "$output"
	chown root "$RUNTIME_DIRECTORY/tspc.env"
	chown nobody "$TSP_DIR/evil.sh"
	run -111 in_cli "$TSPC" -f "$TSP_DIR/tspc.conf" cleanup
	[[ $output == *"$TSP_DIR/evil.sh: belongs to user "*": it must be root's"* ]] || fail "$output"
	[[ ! -e $TSP_DIR/done ]]
}

@test "a link in place of a file of tspc's is replaced or refused, not followed" {
	local name
	net_serve
	echo mine >"$TSP_DIR/target"
	# tspc reads its own tspc.env of an earlier run
	local -A status_of=([tspc.env]=111 [tspc.env.new]=0 [tspc.status]=0 [tspc.status.new]=0)
	for name in "${!status_of[@]}"; do
		ln -s "$TSP_DIR/target" "$RUNTIME_DIRECTORY/$name"
		tspc_config server=192.0.2.1
		run "-${status_of[$name]}" in_cli timeout $((60 * PATIENCE)) "$TSPC" --once -f "$TSP_DIR/tspc.conf"
		[[ $(<"$TSP_DIR/target") == mine ]] || fail "$name was followed"
		rm -f "$RUNTIME_DIRECTORY"/*
	done
}
