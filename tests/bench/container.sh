#!/bin/bash
# SPDX-License-Identifier: MIT
#
# container.sh SCENARIO - figures that need the shipped units: boot them, run container/SCENARIO.sh
#
# The tree of tests/vm in a container: systemd as PID 1, the product from `make install`, its
# own units and sandbox, /bin/true as template. What the scenario prints are the figures.
# Needs root.
set -euo pipefail

scenario=${1:?usage: container.sh SCENARIO}
cd "$(dirname "$0")/../.."
export B
B=$(realpath "${TSP_BUILD:-build}")
work=$(mktemp -d "${TMPDIR:-/tmp}/tsp-container.XXXXXX")
trap 'rm -rf "$work"' EXIT
tests/vm/install.sh "$(tests/vm/tree.sh)" "$work/tree" >&2
bench=$work/tree/opt/tsp-test

${CC:-cc} -O2 -static -o "$bench/noop" tests/bench/noop.c
cp "$B/tests/tools/tsp-bench" "$B/tests/bench/comeback" "$B/tests/tools/check-leases" "$bench/"
cp "tests/bench/container/$scenario.sh" "$bench/scenario.sh"
cat >"$work/tree/etc/tsp/tsp.conf" <<-EOF
	[server]
	template = /bin/true
	accept = 127.0.0.0/8
	[pool anonymous]
	link = 2001:db8:a::/64
	capacity = 65536
EOF
cat >"$bench/main.sh" <<-EOF
	#!/bin/bash
	cd /opt/tsp-test
	exec >>/run/host-out 2>>/run/host-err
	ROUNDS=${ROUNDS:-7} CLIENTS=${CLIENTS:-10000}
	. ./scenario.sh
	systemctl start --no-block poweroff.target
EOF
: >"$work/out"
: >"$work/err"
mkdir -p /run/systemd/nspawn
timeout --foreground -k 5 "${LIMIT:-300}" systemd-nspawn -q -D "$work/tree" -b --link-journal=no --register=no \
	--keep-unit --rlimit=RLIMIT_NOFILE=65536 --private-network --bind="$work/out:/run/host-out" --bind="$work/err:/run/host-err" \
	</dev/null >"$work/console" 2>&1 || tail -n 5 "$work/console" >&2
cat "$work/err" >&2
cat "$work/out"
