#!/bin/bash
# SPDX-License-Identifier: MIT
#
# fork.sh - sessions that are forked, beside the least starter and beside this program as it was before
#
# As an ordinary user, on a real disk; over TCP with print.sh as template, over UDP with a static no-op. "before" is commit $BEFORE, built from git;
# without git there is no such line. A line a round, tab-separated: what, clients, figure. Figures are sessions a second;
# microseconds of processor time of a set-up for "cpu"; kB for "pss".
set -euo pipefail

cd "$(dirname "$0")/../.."
B=$(realpath "${TSP_BUILD:-build}")
ROUNDS=${ROUNDS:-7} BEFORE=${BEFORE:-fb7a668} SESSIONS=${SESSIONS:-400}
dir=$(mktemp -d "${BENCH_DIR:-/var/tmp}/tsp-fork.XXXXXX")
server=
trap '[[ -z $server ]] || kill "$server" || :; rm -rf "$dir"' EXIT
chmod 755 "$dir"
${CC:-cc} -O2 -static -o "$dir/noop" tests/bench/noop.c
${CC:-cc} -O2 -D_GNU_SOURCE -o "$dir/starter" tests/bench/starter.c
install -m 0755 templates/print.sh "$dir/print.sh"
if git archive "$BEFORE" 2>/dev/null | (mkdir "$dir/before" && tar -x -C "$dir/before" 2>/dev/null); then
	make -s -C "$dir/before" B="$dir/before/build" "$dir"/before/build/{tsp-handler,tsp-udp} >&2
fi

# Accounts with one password, as tsp-bench counts them
digests() {
	mkdir "$dir/d"
	for ((i = 0; i < ${1:-3}; i++)); do
		printf 'user%05d:tsp:s3cret' "$i" >"$dir/d/$(printf 'user%05d' "$i")"
	done
	(cd "$dir/d" && find . -type f -printf '%f\0' | xargs -0 md5sum) | awk '{ print $2 ":tsp:" $1 }'
	rm -r "$dir/d"
}

# conf TEMPLATE [LINE] - tsp.conf and an empty state directory
conf() {
	rm -rf "$dir/state"
	install -d -m 0700 -o nobody "$dir/state"
	printf '%s\n' "[server]" "user = nobody" "template = $dir/$1" "accept = 127.0.0.0/8" \
		"state = $dir/state" "${@:2}" "[auth]" "users = $dir/users" "realm = tsp" \
		"[pool anonymous]" "link = 2001:db8:a::/64" "[pool users]" "link = 2001:db8:ffff::/64" \
		"[limits]" "sessions = 1024" "sessions_per_address = 64" "login_delay = 0" >"$dir/tsp.conf"
	"$B/tspctl" -c "$dir/tsp.conf" init --yes >/dev/null
}

# serve PROGRAM... - in the background, as nobody; $server
serve() {
	setpriv --reuid nobody --regid nogroup --clear-groups "$@" >/dev/null 2>&1 &
	server=$!
}

stop() {
	kill "$server"
	wait "$server" || :
	server=
}

# spent - hundredths of a second that the server, its children and those that ended have taken
spent() {
	local pid
	for pid in "$server" $(pgrep -P "$server"); do
		sed 's/.*) //' "/proc/$pid/stat"
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
	conf print.sh ${2:+"fork = $2"}
	serve systemd-socket-activate --inetd -l 127.0.0.1:3992 -E "TSP_CONFIG=$dir/tsp.conf" "$3"
	until bench version 1 1 | grep -qv '^0'; do sleep 0.1; done
	for clients in 1 8; do
		take "$1 version" version $clients
		take "$1 session" offer $clients
	done
	memory "$1"
	stop
}

# memory NAME - of a session that waits, both processes
memory() {
	local pids
	exec 3<>/dev/tcp/127.0.0.1/3992
	printf 'VERSION=2.0.2\r\n' >&3
	read -r _ <&3
	pids=$(pgrep -P "$server" -x 'tsp-session|tsp-handler')
	pids+=" $(for pid in $pids; do pgrep -P "$pid" || :; done)"
	for pid in $pids; do
		cat "/proc/$pid/smaps_rollup"
	done | awk -v name="$1" '/^Pss:/ { n += $2 } END { printf "%s pss\t1\t%d\n", name, n }'
	exec 3>&-
}

# udp NAME FORK DIRECTORY - over UDP, and the processor time of 8 clients' set-ups
udp() {
	local clients what before count
	conf noop ${2:+"fork = $2"}
	serve systemd-socket-activate -d -l 127.0.0.1:3992 -- "$3/tsp-udp" -c "$dir/tsp.conf" --handler "$3/tsp-handler"
	until bench udp 1 1 | grep -qv '^0'; do sleep 0.1; done
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

digests 2000 >"$dir/users"
chown nobody "$dir/users"
chmod 600 "$dir/users"
for _ in $(seq "$ROUNDS"); do
	serve "$dir/starter" 3992 "$dir/noop"
	until bench eof 1 1 | grep -qv '^0'; do sleep 0.1; done
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
