# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # variables of lib.sh
#
# one.sh - cost of one tunnel of sit-shared.sh beside COUNT others
#
# The servers of packets.sh, and on each a few tunnels more: creation, creation again as for a
# client that comes back, counters, teardown, each by a run of the template. And the counters
# of all the others by one run.
# Figures: mode, what, tunnels, microseconds.

# shellcheck source=/dev/null
. ./bench.conf
# shellcheck source=tests/bench/guest/servers.sh
. "$(dirname "${BASH_SOURCE[0]}")/servers.sh"
few=3

# run_for LINE OPERATION - the template for one tunnel, of a line of a batch
run_for() {
	local mode host dev ours theirs port pseudo server client
	read -r mode host dev ours theirs port pseudo server client _ <<<"$1"
	[[ $mode == v6udpv4 ]] || port='' pseudo=''
	env TSP_OPERATION="TSP_TUNNEL_$2" TSP_TUNNEL_MODE="$mode" TSP_HOST_TYPE="$host" TSP_TUNNEL_INTERFACE="$dev" \
		TSP_SERVER_ADDRESS_IPV4="$ours" TSP_CLIENT_ADDRESS_IPV4="$theirs" TSP_SERVER_PORT=3653 TSP_CLIENT_PORT="$port" \
		TSP_PSEUDO_ADDRESS_IPV4="$pseudo" TSP_SERVER_ADDRESS_IPV6="$server" TSP_CLIENT_ADDRESS_IPV6="$client" $sit_shared
}

# each TIMES OPERATION MODE COUNT - run it for TIMES tunnels beside COUNT others
each() {
	lines "$3" $(($4 + 1)) $(($4 + $1)) | while read -r line; do
		run_for "$line" "$2" </dev/null >/dev/null || echo "$* failed" >&2
	done
}

# all MODE COUNT - read the counters of COUNT tunnels
all() {
	local found
	found=$(lines "$1" 1 "$2" | TSP_OPERATION=TSP_TUNNEL_BATCH_INFO $sit_shared | grep -c '^rx_bytes=')
	[[ $found -eq $2 ]] || echo "$found counters of $2" >&2
}

# timed TIMES WHAT COMMAND... MODE COUNT - a figure: time per run of TIMES runs
timed() {
	local begin=${EPOCHREALTIME/./} end times=$1 what=$2
	shift 2
	"$@"
	end=${EPOCHREALTIME/./}
	printf 'figure\t%s\t%s\t%s\t%d\n' "${*: -2:1}" "$what" "${*: -1}" $(((end - begin) / times))
}

# in_server MODE COUNT - all figures, in its namespace
in_server() {
	timed $few creation each $few CREATION "$@"
	timed $few "creation again" each $few CREATION "$@"
	timed 1 counters each 1 INFO "$@"
	timed $few teardown each $few TEARDOWN "$@"
	timed 1 "counters of all" all "$@"
}

servers_begin
ip netns add far
servers=()
for n in "${LEASES[@]}"; do
	for mode in v6v4 v6udpv4; do
		[[ $n -le 10000 || $mode != v6udpv4 ]] || continue
		server $mode "$n" ${#servers[@]} && servers+=("$mode $n")
	done
done
export -f timed each all run_for lines in_server
export few sit_shared
# shellcheck disable=SC2090 # a program for awk
export six_of
for _ in $(seq "$ROUNDS"); do
	for name in "${servers[@]}"; do
		# shellcheck disable=SC2086 # mode and number
		on "${name/ /-}" bash -c 'in_server "$@"' - $name
	done
done
