#!/bin/bash
# SPDX-License-Identifier: MIT
# session.sh - what a session costs beside starting a shell, and what it holds in memory
#
# Both run under systemd-socket-activate on loopback, in turns; medians of 7 rounds.
#	offer/sh	time from connect to offer (print.sh) over the time in which
#			`/bin/sh -c :` is started and its connection closed
#	pss		proportional set size of a waiting session, both processes, in kB
set -euo pipefail
cd "$(dirname "$0")/../.."
B=$(realpath "${TSP_BUILD:-build}")
ROUNDS=${ROUNDS:-7} SESSIONS=${SESSIONS:-40}
dir=$(mktemp -d)
pids=()
trap 'kill "${pids[@]}" 2>/dev/null || :; rm -rf "$dir"' EXIT
chmod 755 "$dir"
install -d -m 0777 "$dir/state"
install -m 0755 templates/print.sh "$dir/print.sh"
cat >"$dir/tsp.conf" <<EOF
[server]
user = nobody
template = $dir/print.sh
accept = 127.0.0.0/8
state = $dir/state
[pool anonymous]
link = 2001:db8:a::/64
[limits]
session_seconds = 60
EOF

serve() { # serve PORT PROGRAM...: in the background
	local port=$1
	shift
	systemd-socket-activate --accept --inetd -l "127.0.0.1:$port" \
		-E "TSP_CONFIG=$dir/tsp.conf" "$@" 2>/dev/null &
	pids+=($!)
	for _ in $(seq 50); do
		"$B/tests/tools/tsp-bench" "$port" eof 1 1 >/dev/null 2>&1 && return
		sleep 0.1
	done
}

median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }

serve 3991 "$B/tsp-handler"
serve 3992 /bin/sh -c :
for _ in $(seq "$ROUNDS"); do
	"$B/tests/tools/tsp-bench" 3991 offer 1 "$SESSIONS" | cut -f7 >>"$dir/offer"
	"$B/tests/tools/tsp-bench" 3992 eof 1 "$SESSIONS" | cut -f7 >>"$dir/sh"
done
offer=$(median <"$dir/offer") sh=$(median <"$dir/sh")
printf 'connect to offer\t%s ms\tsh -c :\t%s ms\tratio\t%s\n' "$offer" "$sh" \
	"$(awk -v a="$offer" -v b="$sh" 'BEGIN { printf "%.2f", a / b }')"

# A session that has said VERSION and waits: the broker is the child of the listener
exec 3<>/dev/tcp/127.0.0.1/3991
printf 'VERSION=2.0.2\r\n' >&3
read -r _ <&3
broker=$(pgrep -P "${pids[0]}" | tail -n 1)
session=$(pgrep -P "$broker")
pss=$(awk '/^Pss:/ { sum += $2 } END { print sum }' "/proc/$broker/smaps_rollup" \
	"/proc/$session/smaps_rollup")
printf 'pss of both processes\t%s kB\n' "$pss"
exec 3>&-
