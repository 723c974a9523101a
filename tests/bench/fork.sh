#!/bin/bash
# SPDX-License-Identifier: MIT
#
# fork.sh - sessions that are forked, beside the least starter and beside this program as it was before
#
# As an ordinary user, on a real disk; over TCP with print.sh as template, over UDP with a static no-op. "before" is
# commit $BEFORE, built from git; without git there is no such line. A line a round, tab-separated: what, clients,
# figure. Figures are sessions a second; microseconds of processor time of a set-up for "cpu"; kB for "pss".
set -euo pipefail

# shellcheck source=tests/bench/server.bash
. "$(dirname "$0")/server.bash"
bench_begin "" # below $BENCH_DIR
ROUNDS=${ROUNDS:-7} BEFORE=${BEFORE:-fb7a668} SESSIONS=${SESSIONS:-400}
${CC:-cc} -O2 -static -o "$dir/noop" tests/bench/noop.c
${CC:-cc} -O2 -D_GNU_SOURCE -o "$dir/starter" tests/bench/starter.c
install -m 0755 templates/print.sh "$dir/print.sh"
if git archive "$BEFORE" 2>/dev/null | (mkdir "$dir/before" && tar -x -C "$dir/before" 2>/dev/null); then
	make -s -C "$dir/before" B="$dir/before/build" "$dir"/before/build/{tsp-handler,tsp-udp} >&2
fi

# conf TEMPLATE FORK - tsp.conf and empty allocation files; FORK may be empty
conf() {
	bench_config "$dir/$1" <<-CONF
		${2:+fork = $2}
		[auth]
		users = $dir/users
		realm = tsp
		[pool anonymous]
		link = 2001:db8:a::/64
		[pool users]
		link = 2001:db8:ffff::/64
		[limits]
		sessions = 1024
		sessions_per_address = 64
		login_delay = 0
	CONF
}

# serve WHAT PROGRAM... - in the background, as nobody, until a client is served that does WHAT
serve() {
	setpriv --reuid nobody --regid nogroup --clear-groups "${@:2}" >/dev/null 2>&1 &
	pids=($!)
	bench_soon serves "$1"
}

# serves WHAT
serves() {
	bench "$1" 1 1 | grep -v '^0'
}

stop() {
	kill "${pids[@]}"
	wait "${pids[@]}" || :
	pids=()
}

# spent - hundredths of a second that the server, its children and those that ended have taken
spent() {
	local pid
	for pid in "${pids[@]}" $(pgrep -P "${pids[0]}"); do
		sed 's/.*) //' "/proc/$pid/stat" 2>/dev/null || : # it has ended meanwhile
	done | awk '{ n += $12 + $13 + $14 + $15 } END { print n }'
}

# bench WHAT CLIENTS [EACH] - sessions a second
bench() {
	"$B/tests/tools/tsp-bench" 3992 "$1" "$2" "${3:-$((SESSIONS / $2 + 1))}" | cut -f6
}

# take NAME WHAT CLIENTS - a line
take() {
	printf '%s\t%s\t%s\n' "$1" "$3" "$(bench "$2" "$3")"
}

# tcp NAME FORK PROGRAM - over TCP
tcp() {
	local clients
	conf print.sh "$2"
	serve version systemd-socket-activate --inetd -l 127.0.0.1:3992 -E "TSP_CONFIG=$dir/tsp.conf" "$3"
	for clients in 1 8; do
		take "$1 version" version $clients
		take "$1 session" offer $clients
	done
	memory "$1"
	stop
}

# memory NAME - of a session that waits, both processes
memory() {
	local sessions
	exec 3<>/dev/tcp/127.0.0.1/3992
	printf 'VERSION=2.0.2\r\n' >&3
	read -r _ <&3
	sessions=$(pgrep -P "${pids[0]}" -x 'tsp-session|tsp-handler')
	sessions+=" $(for pid in $sessions; do pgrep -P "$pid" || :; done)"
	for pid in $sessions; do
		cat "/proc/$pid/smaps_rollup"
	done | awk -v name="$1" '/^Pss:/ { n += $2 } END { printf "%s pss\t1\t%d\n", name, n }'
	exec 3>&-
}

# udp NAME FORK DIRECTORY - over UDP, and the processor time of 8 clients' set-ups
udp() {
	local clients what before count
	conf noop "$2"
	serve udp systemd-socket-activate -d -l 127.0.0.1:3992 -- "$3/tsp-udp" -c "$dir/tsp.conf" --handler "$3/tsp-handler"
	for what in udp digest; do
		before=$(spent)
		count=$((SESSIONS / 8 * 8))
		printf '%s %s\t8\t%s\n' "$1" "$what" "$(bench "$what" 8 $((SESSIONS / 8)))"
		sleep 0.3
		awk -v name="$1 $what cpu" -v ticks=$(($(spent) - before)) -v n="$count" \
			'BEGIN { printf "%s\t8\t%d\n", name, ticks * 10000 / n }'
		for clients in 64 256; do
			take "$1 $what" "$what" $clients
		done
	done
	stop
}

bench_users 2000
for _ in $(seq "$ROUNDS"); do
	serve eof "$dir/starter" 3992 "$dir/noop"
	for clients in 1 8; do
		take least eof $clients
	done
	stop
	tcp fork yes "$B/tsp-handler"
	udp fork yes "$B"
	[[ -d $dir/before/build ]] || continue
	tcp before "" "$dir/before/build/tsp-handler"
	udp before "" "$dir/before/build"
done
