# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# server.bash - shared by the benches of this machine: a directory, a configuration, programs that serve

# bench_begin [PARENT] - go to the tree; $B is the build, $dir a new directory in PARENT, by default where $BENCH_DIR
# says. The processes in pids and the directory end with the script
bench_begin() {
	cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit
	B=$(realpath "${TSP_BUILD:-build}")
	dir=$(mktemp -d "${1:-${BENCH_DIR:-/var/tmp}}/tsp-bench.XXXXXX")
	pids=()
	trap bench_end EXIT
	chmod 755 "$dir"
}

bench_end() {
	[[ ${#pids[@]} -eq 0 ]] || kill "${pids[@]}" 2>/dev/null || :
	rm -rf "$dir"
}

# bench_config TEMPLATE - tsp.conf and empty allocation files of user nobody; standard input has more of [server], the
# pools and all else
bench_config() {
	rm -rf "$dir/state"
	install -d -m 0750 "$dir/state"
	[[ $EUID -ne 0 ]] || chown nobody "$dir/state"
	{
		printf '%s\n' '[server]' 'user = nobody' "template = $1" 'accept = 127.0.0.0/8' "state = $dir/state"
		cat
	} >"$dir/tsp.conf"
	export TSP_CONFIG=$dir/tsp.conf
	"$B/tspctl" init --yes >/dev/null
}

# bench_users COUNT - file users in $dir: that many accounts, user00000 first, with one password for all
bench_users() {
	local i
	mkdir "$dir/digests"
	for ((i = 0; i < $1; i++)); do
		printf 'user%05d:tsp:s3cret' "$i" >"$dir/digests/$(printf 'user%05d' "$i")"
	done
	(cd "$dir/digests" && find . -type f -printf '%f\0' | xargs -0 md5sum) |
		awk '{ print $2 ":tsp:" $1 }' >"$dir/users"
	rm -r "$dir/digests"
	chown nobody "$dir/users"
	chmod 600 "$dir/users"
}

# bench_soon COMMAND... - it succeeds within half a minute
bench_soon() {
	local end=$((SECONDS + 30))
	until "$@" >/dev/null 2>&1; do
		[[ $SECONDS -lt $end ]] || { echo "${0##*/}: never: $*" >&2 && exit 1; }
		sleep 0.1
	done
}
