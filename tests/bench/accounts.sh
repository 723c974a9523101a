#!/bin/bash
# SPDX-License-Identifier: MIT
#
# accounts.sh - many accounts behind one IPv4 address get their tunnels over UDP
#
# Of 2 * ACCOUNTS accounts (20,000) one half comes from 127.0.0.1, each from another port, the
# other half from an address each, in turns of a tenth, four at a time, by PLAIN. The leases
# of a turn become present before the next one. A line a turn, tab-separated: nat or apart,
# accounts before, served, failed, sessions per second, milliseconds from the first message to
# the offer (median).
set -euo pipefail

# shellcheck source=tests/bench/server.bash
. "$(dirname "$0")/server.bash"
bench_begin "${TMPDIR:-/tmp}"
ACCOUNTS=${ACCOUNTS:-10000} PORT=${PORT:-3993}

bench_users $((2 * ACCOUNTS))
install -m 0755 templates/print.sh "$dir/print.sh"
bench_config "$dir/print.sh" <<-CONF
	[auth]
	users = $dir/users
	[pool users]
	link = 2001:db8:ffff::/64
	capacity = 32767
	[limits]
	per_address = 65535
CONF
systemd-socket-activate -d -l "0.0.0.0:$PORT" -- "$B/tsp-udp" -c "$dir/tsp.conf" \
	--handler "$B/tsp-handler" 2>"${LOG:-/dev/null}" &
pids+=($!)
bench_soon "$B/tests/tools/tsp-udp-client" --port "$PORT" --echo

for ((i = 0; i < ACCOUNTS; i += ACCOUNTS / 10)); do
	for what in nat apart; do
		first=$i
		[[ $what == nat ]] || first=$((ACCOUNTS + i))
		"$B/tests/tools/tsp-bench" "$PORT" $what 4 $((ACCOUNTS / 40)) $first |
			awk -F'\t' -v before="$i" -v OFS='\t' '{ print $1, before, $3, $4, $6, $7 }'
		"$B/tests/tools/prove-leases" "$dir/tsp.conf"
	done
done
