#!/bin/bash
# SPDX-License-Identifier: MIT
#
# tspctl.sh - restore, expire and list of many leases, and their indispensable parts alone
#
# The template is a static no-op. Beside restore and expire the same program is started as
# often by itself, by xargs, as many at a time as tspctl does; beside list stands `wc -l` on
# the allocation file. A line a measurement, tab-separated: what, seconds. Standard error
# has the ratios of the medians.
set -euo pipefail

# shellcheck source=tests/bench/server.bash
. "$(dirname "$0")/server.bash"
bench_begin "" # below $BENCH_DIR
ROUNDS=${ROUNDS:-7} LEASES=${LEASES:-65536}
mkdir "$dir/state"
${CC:-cc} -O2 -static -o "$dir/noop" tests/bench/noop.c
cat >"$dir/tsp.conf" <<-CONF
	[server]
	template = $dir/noop
	address = 192.0.2.1
	state = $dir/state
	[pool users]
	link = 2001:db8:ffff::/64
	prefix = 2001:db8:1000::/36
	capacity = $LEASES
CONF
export TSP_CONFIG=$dir/tsp.conf
JOBS=$((2 * $(nproc)))

# fill [STATE GRANTED EXPIRES] - a new file, all leases in use
fill() {
	rm -f "$dir"/state/*
	"$B/tests/tools/fill-leases" "$dir/state/users.leases" "$LEASES" 1 "$LEASES" "$@"
}

# measure WHAT COMMAND... - seconds
measure() {
	local what=$1 start=$EPOCHREALTIME end
	shift
	"$@" >/dev/null 2>&1
	end=$EPOCHREALTIME
	printf '%s\t%s\n' "$what" "$(awk -v a="$start" -v b="$end" 'BEGIN { print b - a }')" |
		tee -a "$dir/all"
}

by_itself() {
	seq "$LEASES" | xargs -P "$JOBS" -n 1 "$dir/noop"
}

for _ in $(seq "$ROUNDS"); do
	fill
	measure "the template $LEASES times by itself" by_itself
	measure "tspctl restore" "$B/tspctl" restore
	measure "wc -l" wc -l "$dir/state/users.leases"
	measure "tspctl list --json" "$B/tspctl" list --json
	fill active 100000 -60
	measure "tspctl expire" "$B/tspctl" expire
done

sort -t $'\t' -k 1,1 -k 2,2g "$dir/all" | awk -F'\t' -v n="$ROUNDS" '
	{ if (++seen[$1] == int((n + 1) / 2)) median[$1] = $2; if ($1 ~ /by itself/) self = $1 }
	END {
		printf "restore: %.2f times, expire: %.2f times the template by itself\n", \
			median["tspctl restore"] / median[self], median["tspctl expire"] / median[self]
		printf "list --json: %.3f s; twice wc -l and 0.3 s are %.3f s\n", \
			median["tspctl list --json"], 2 * median["wc -l"] + 0.3
	}' >&2
