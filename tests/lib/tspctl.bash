# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# tspctl.bash - what the tests of tspctl have in common, beside handler.bash
#
# The pretend kernel is one that tells which tunnels are up, has counters, and can be made
# to fail for one tunnel: a file kernel/fail.INTERFACE.

# shellcheck disable=SC2034 # used by the tests
CTL=$BUILD/tspctl

ctl_begin() {
	test_begin
	export TSP_CONFIG=$TSP_DIR/tsp.conf
	template <<-SCRIPT
		#!/bin/sh
		set -eu
		cd "$TSP_DIR/kernel"
		echo "\$TSP_OPERATION \$TSP_TUNNEL_INTERFACE" >>history
		[ ! -e "fail.\$TSP_TUNNEL_INTERFACE" ] || exit 3
		case \$TSP_OPERATION in
		TSP_TUNNEL_CREATION) tr '\\0' '\\n' </proc/\$\$/environ >"\$TSP_TUNNEL_INTERFACE" ;;
		TSP_TUNNEL_TEARDOWN) rm -f "\$TSP_TUNNEL_INTERFACE" ;;
		TSP_TUNNEL_INFO)
			[ -e "\$TSP_TUNNEL_INTERFACE" ]
			cat ../traffic 2>/dev/null || echo rx_bytes=12345 tx_bytes=10 rx_packets=5 tx_packets=1
			;;
		esac
	SCRIPT
}

# fill POOL FIRST COUNT [STATE [GRANTED [EXPIRES [LENGTH]]]] - see tools/fill-leases.c
fill() {
	local pool=$1
	shift
	"$TOOLS/fill-leases" "$TSP_DIR/state/$pool.leases" 64 "$@"
	chown "$TSP_USER" "$TSP_DIR/state/$pool.leases"
}

# line POOL NUMBER - a line of an allocation file
line() {
	dd if="$TSP_DIR/state/$1.leases" bs=256 skip="$2" count=1 status=none
}

# scribble POOL LINE COLUMN TEXT - write into an allocation file as no program would
scribble() {
	printf '%s' "$4" | dd of="$TSP_DIR/state/$1.leases" bs=1 seek=$(($2 * 256 + $3)) \
		conv=notrunc status=none
}

# plain [OPTION...] - "list --plain" with single blanks, times left out
plain() {
	"$CTL" list --plain "$@" | cut -f 1-8 | tr '\t' ' '
}

# json FILTER - what jq makes of the JSON in $output
json() {
	# shellcheck disable=SC2154 # set by run
	jq -r "$1" <<<"$output"
}

# holds POOL NUMBER - hold a lease as a session does, until let_go
holds() {
	mkfifo "$TSP_DIR/hold"
	"$TOOLS/hold-lease" "$TSP_DIR/state/$1.leases" "$2" <"$TSP_DIR/hold" >"$TSP_DIR/holder" 3>&- &
	HOLDER=$!
	exec {HOLD}>"$TSP_DIR/hold"
	wait_until 5 grep -q held "$TSP_DIR/holder" || fail "the lease cannot be held"
}

let_go() {
	exec {HOLD}>&-
	wait "$HOLDER"
	HOLDER=
	rm -f "$TSP_DIR/hold"
}

ctl_end() {
	[[ -z ${HOLDER:-} ]] || let_go
	test_end
}
