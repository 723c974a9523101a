# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# datapath.bash - a server with the data path, a client and a host behind the server
#
#	client 198.51.100.7 --- 198.51.100.1 server 2001:db8:6::1 --- 2001:db8:6::2 far
#
# Each of them is a network namespace. A test gives its steps to in_world on standard input;
# they run in a mount namespace with its own /run, so that tests do not meet.

bats_require_minimum_version 1.5.0

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
BUILD=$(cd "$ROOT" && cd "${TSP_BUILD:-build}" && pwd)

# datapath_requires - skip where the kernel, rights or a build with clang are missing
datapath_requires() {
	[[ $EUID -eq 0 ]] || skip "needs root"
	[[ -x $BUILD/tsp-datapath ]] || skip "needs a build with clang and libbpf"
	unshare -mn sh -c 'mount -t bpf bpf /mnt && ip link add one type veth peer name two' 2>/dev/null ||
		skip "needs BPF and network namespaces"
	[[ -c /dev/net/tun ]] || skip "needs /dev/net/tun"
}

# in_world <<END - run the steps; any that fails ends the test and shows all output
in_world() {
	{
		cat "$ROOT/tests/lib/datapath_world.bash"
		echo "world"
		cat
	} >"$BATS_TEST_TMPDIR/steps"
	run timeout $((480 * ${TSP_SLOW:-1})) unshare -m --propagation private \
		env ROOT="$ROOT" BUILD="$BUILD" PATH="$BUILD:$PATH" \
		bash -euE "$BATS_TEST_TMPDIR/steps" 3>&-
	# shellcheck disable=SC2154 # bats sets all of them
	[[ $status -ne 77 ]] || skip "${lines[-1]}"
	# shellcheck disable=SC2154
	[[ $status -eq 0 ]] || {
		# shellcheck disable=SC2154 # set by run
		printf '%s\n' "exit status $status" "$output" >&2
		return 1
	}
}
