# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# tspctl.bash - shared by the tests of tspctl, beside handler.bash
#
# The pretend kernel of handler.bash, with counters of the tunnels that are up.

# shellcheck disable=SC2034 # used by the tests
CTL=$BUILD/tspctl

ctl_begin() {
	test_begin
	export TSP_CONFIG=$TSP_DIR/tsp.conf
	# shellcheck disable=SC2016 # the template's
	kernel_template '' '[ -e "$TSP_TUNNEL_INTERFACE" ]
		cat ../traffic 2>/dev/null || echo rx_bytes=12345 tx_bytes=10 rx_packets=5 tx_packets=1'
	make_files
}

# accounts FIRST COUNT - users userFIRST and so on, unless they are there; nobody knows their passwords
accounts() {
	local known i
	known=" $(cut -d : -f 1 "$TSP_DIR/users" | paste -sd ' ') "
	for ((i = $1; i < $1 + $2; i++)); do
		[[ $known == *" user$i "* ]] || printf 'user%d:%s:%032d\n' "$i" "$REALM" "$i"
	done >>"$TSP_DIR/users"
}

# fill POOL FIRST COUNT [STATE [GRANTED [EXPIRES [LENGTH [USER [IPV4]]]]]] - see
# tools/fill-leases.c; its users get accounts, except USER
fill() {
	local pool=$1
	shift
	[[ $pool != users || -n ${7-} ]] || accounts "$1" "$2"
	"$TOOLS/fill-leases" "$TSP_DIR/state/$pool.leases" 64 "$@"
	chown "$TSP_USER" "$TSP_DIR/state/$pool.leases"
}

# line POOL NUMBER - a line of an allocation file
line() {
	dd if="$TSP_DIR/state/$1.leases" bs=512 skip="$2" count=1 status=none
}

# scribble POOL LINE COLUMN TEXT - damage an allocation file
scribble() {
	printf '%s' "$4" | dd of="$TSP_DIR/state/$1.leases" bs=1 seek=$(($2 * 512 + $3)) \
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
	: >"$TSP_DIR/holder" # not what the one before has said
	"$TOOLS/hold-lease" "$TSP_DIR/state/$1.leases" "$2" <"$TSP_DIR/hold" >"$TSP_DIR/holder" 3>&- &
	HOLDER=$!
	exec {HOLD}>"$TSP_DIR/hold"
	wait_until 5 grep -q held "$TSP_DIR/holder" || fail "the lease cannot be held"
}

let_go() {
	exec {HOLD}>&-
	wait "$HOLDER"
	HOLDER=
	rm -f "$TSP_DIR/hold" "$TSP_DIR/holder"
}

ctl_end() {
	[[ -z ${HOLDER:-} ]] || let_go
	test_end
}

# history_is RUNS - the runs of the template, sorted, in one line
history_is() {
	local got
	got=$(sort "$TSP_DIR/kernel/history" 2>/dev/null | sed 's/TSP_TUNNEL_//' | paste -sd ,)
	[[ $got == "$1" ]] || fail "the template was run for '$got', not '$1'"
}

# forget_history - start over
forget_history() {
	rm -f "$TSP_DIR/kernel/history"
}

# states POOL - number and state of each lease that is not free
states() {
	"$TOOLS/check-leases" "$TSP_DIR/state/$1.leases" | cut -d ' ' -f 2,3 | paste -sd ,
}

# sound - check finds nothing that is not harmless
sound() {
	run -0 "$CTL" check
	# shellcheck disable=SC2154 # set by run
	[[ ${lines[-1]} == sound* ]] || fail "$output"
}

# many_template [ANSWER] - a template that builds many tunnels in one run, and fails if one of
# them cannot be built; it prints counters, and runs ANSWER for a missing tunnel
many_template() {
	template <<-SCRIPT
		#!/bin/sh
		# TSP-Batch: yes
		set -eu
		cd "$TSP_DIR/kernel"
		case \$TSP_OPERATION in
		TSP_TUNNEL_BATCH*) ;;
		*)
			echo "\$TSP_OPERATION \$TSP_TUNNEL_INTERFACE" >>history
			[ ! -e "fail.\$TSP_TUNNEL_INTERFACE" ] || exit 3
			case \$TSP_OPERATION in
			*INFO) cat "\$TSP_TUNNEL_INTERFACE" >/dev/null && echo rx_packets=5 proof_packets=1 proof_seconds=1 ;;
			*) echo \$TSP_CLIENT_ADDRESS_IPV4 >"\$TSP_TUNNEL_INTERFACE" ;;
			esac
			exit
			;;
		esac
		lines=0
		while read -r _ _ dev _ ipv4 _; do
			lines=\$((lines + 1))
			[ ! -e "fail.\$dev" ] || { echo "no \$dev"; exit 1; }
			case \$TSP_OPERATION in
			*INFO) [ ! -e "\$dev" ] && ${1-echo -} || echo rx_bytes=\${dev#tsp}00 rx_packets=\${dev#tsp} tx_bytes=0 proof_packets=1 proof_seconds=1 ;;
			*) echo "\$ipv4" >"\$dev" ;;
			esac
		done
		echo "\$TSP_OPERATION \$lines" >>history
	SCRIPT
}
