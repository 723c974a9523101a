#!/bin/bash
# SPDX-License-Identifier: MIT
#
# session.sh - time of a session and of starting a shell, and memory of a session
#
# Both run under systemd-socket-activate on loopback, in turns. A line a round,
# tab-separated: round, milliseconds from connect to offer (print.sh), milliseconds in
# which `/bin/sh -c :` is started and its connection closed, proportional set size of a
# waiting session's two processes in kB.
set -euo pipefail

# shellcheck source=tests/bench/server.bash
. "$(dirname "$0")/server.bash"
bench_begin "${TMPDIR:-/tmp}"
ROUNDS=${ROUNDS:-7} SESSIONS=${SESSIONS:-50}
install -m 0755 templates/print.sh "$dir/print.sh"
bench_config "$dir/print.sh" <<-CONF
	[pool anonymous]
	link = 2001:db8:a::/64
CONF
# As under the unit, the handler is not root when it starts
as_nobody=()
[[ $EUID -ne 0 ]] || as_nobody=(setpriv --reuid nobody --regid nogroup --clear-groups)

# serve PORT PROGRAM... - in the background
serve() {
	local port=$1
	shift
	"${as_nobody[@]}" systemd-socket-activate --accept --inetd -l "127.0.0.1:$port" \
		-E "TSP_CONFIG=$dir/tsp.conf" "$@" 2>/dev/null &
	pids+=($!)
	bench_soon answers "$port"
}

# answers PORT - a connection is taken and closed
answers() {
	"$B/tests/tools/tsp-bench" "$1" eof 1 1 | grep -qP '\t1\t0\t'
}

# measure PORT WHAT - median milliseconds
measure() {
	"$B/tests/tools/tsp-bench" "$1" "$2" 1 "$SESSIONS" | cut -f7
}

# memory - of a session that has said VERSION and waits
memory() {
	local broker session
	exec 3<>/dev/tcp/127.0.0.1/3991
	printf 'VERSION=2.0.2\r\n' >&3
	read -r _ <&3
	broker=$(pgrep -P "${pids[0]}" | tail -n 1)
	session=$(pgrep -P "$broker")
	awk '/^Pss:/ { sum += $2 } END { print sum }' "/proc/$broker/smaps_rollup" \
		"/proc/$session/smaps_rollup"
	exec 3>&-
}

serve 3992 /bin/sh -c :
serve 3991 "$B/tsp-handler"
pids=("${pids[1]}" "${pids[0]}") # memory() looks at the first
measure 3991 offer >/dev/null # the allocation file is made now
for round in $(seq "$ROUNDS"); do
	printf '%s\t%s\t%s\t%s\n' "$round" "$(measure 3991 offer)" "$(measure 3992 eof)" "$(memory)"
done
