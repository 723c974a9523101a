#!/bin/bash
# SPDX-License-Identifier: MIT
#
# guest.sh SCENARIO [LEASES]... - figures that need Debian's kernel: boot it, run guest/SCENARIO.sh
#
# The guest is that of tests/vm, in software, with sit-shared.sh. What the scenario prints to
# descriptor 3 are the figures, lines of tab-separated columns; they go to standard output.
# Needs root.
set -euo pipefail

scenario=${1:?usage: guest.sh SCENARIO [LEASES]...}
shift
cd "$(dirname "$0")/../.."
here=$PWD/tests/vm
export B
B=$(realpath "${TSP_BUILD:-build}")
work=$(mktemp -d "${TMPDIR:-/tmp}/tsp-guest.XXXXXX")
trap 'rm -rf "$work"' EXIT

base=$("$here/tree.sh")
"$here/install.sh" "$base" "$work/tree" >&2
# shellcheck source=tests/vm/vm.sh
. "$here/vm.sh"
test=$work/tree/opt/tsp-test
cp tests/bench/guest/*.sh "$test/scenarios/"
cp tests/bench/peers/sit-shared.sh "$work/tree/etc/tsp/templates/"
cp "$B/tests/bench/packets" "$B"/tests/tools/{fill-leases,tsp-bench} "$test/"
cp tests/bench/datapath.sh "$test/datapath-bench.sh"
install -D -t "$test/tests/bench" "$B/tests/bench/xgen" "$B"/tests/bench/{xgen,discard}.bpf.o
if [[ $scenario == fou ]]; then
	cp "$B/tests/bench/relay" "$(command -v iperf3)" "$test/"
	# The guest lacks iperf3 and libraries of it
	ldd "$(command -v iperf3)" | awk '/libiperf|libsctp|libcrypto/ { print $3 }' | xargs cp -Lt "$test/"
fi
if [[ $scenario == restore ]]; then
	for n; do
		tests/bench/guest/record.sh "$test/leases" "$n"
	done
fi
echo "sit-shared bench-$scenario" >"$test/plan"
mv "$test/scenarios/$scenario.sh" "$test/scenarios/bench-$scenario.sh"
printf 'LEASES=(%s) ROUNDS=%s\n' "$*" "${ROUNDS:-7}" >"$test/bench.conf"

truncate -s 768M "$work/disk.bench"
mkfs.ext4 -q -d "$work/tree" -O ^has_journal -E lazy_itable_init=1 -m 0 "$work/disk.bench"
rm -rf "$work/tree"
# `ip -batch` keeps 4 KB of each command
MEMORY=2048 PROCESSORS=2 machine_on bench </dev/null >"$work/out" || echo "guest.sh: the guest ended with status $?" >&2
tr -d '\r' <"$work/out" | sed -n 's/^figure\t//p'
tr -d '\r' <"$work/out" | grep -v '^figure' | sed 's/^/# /' >&2
[[ -z ${KEEP-} ]] || tail -n 20 "$work/console.bench" >&2
grep -q '^# end' <(tr -d '\r' <"$work/out")
