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

cd "$(dirname "$0")/../.."
B=$(realpath "${TSP_BUILD:-build}")
ACCOUNTS=${ACCOUNTS:-10000} PORT=${PORT:-3993}
dir=$(mktemp -d)
server=
trap '[[ -z $server ]] || kill "$server" || :; rm -rf "$dir"' EXIT
chmod 755 "$dir"
install -d -m 0750 -o nobody "$dir/state"
install -m 0755 templates/print.sh "$dir/print.sh"
cat >"$dir/tsp.conf" <<-CONF
	[server]
	user = nobody
	template = $dir/print.sh
	accept = 127.0.0.0/8
	state = $dir/state
	[auth]
	users = $dir/users
	[pool users]
	link = 2001:db8:ffff::/64
	capacity = 32767
	[limits]
	per_address = 65535
CONF

# A password for all: one digest for each account
mkdir "$dir/digests"
for ((i = 0; i < 2 * ACCOUNTS; i++)); do
	printf 'user%05d:tsp:s3cret' $i >"$dir/digests/$(printf 'user%05d' $i)"
done
(cd "$dir/digests" && find . -type f -printf '%f\0' | xargs -0 md5sum) |
	awk '{ print $2 ":tsp:" $1 }' >"$dir/users"
rm -r "$dir/digests"
chown nobody "$dir/users"
chmod 600 "$dir/users"
"$B/tspctl" -c "$dir/tsp.conf" init >/dev/null

systemd-socket-activate -d -l "0.0.0.0:$PORT" -- "$B/tsp-udp" -c "$dir/tsp.conf" \
	--handler "$B/tsp-handler" 2>"${LOG:-/dev/null}" &
server=$!
for _ in $(seq 50); do
	! "$B/tests/tools/tsp-udp-client" --port "$PORT" --echo >/dev/null 2>&1 || break
	sleep 0.1
done

for ((i = 0; i < ACCOUNTS; i += ACCOUNTS / 10)); do
	for what in nat apart; do
		first=$i
		[[ $what == nat ]] || first=$((ACCOUNTS + i))
		"$B/tests/tools/tsp-bench" "$PORT" $what 4 $((ACCOUNTS / 40)) $first |
			awk -F'\t' -v before="$i" -v OFS='\t' '{ print $1, before, $3, $4, $6, $7 }'
		"$B/tests/tools/prove-leases" "$dir/tsp.conf"
	done
done
