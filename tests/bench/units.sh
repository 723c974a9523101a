#!/bin/bash
# SPDX-License-Identifier: MIT
#
# units.sh - sessions per second through the shipped units, beside a unit that does nothing
#
# Boots the tree of tests/vm in a container: systemd as PID 1, the product from
# `make install`, its own units and sandbox. Beside it the same kind of socket unit starts a
# static no-op without any sandbox. A line a measurement, tab-separated: clients, what,
# program (tsp: tsp.socket, listen: tsp-listen.socket, no-op), sessions per second. What is
# "version" (VERSION, CAPABILITY, close) and "offer" (anonymous session to accept, template
# /bin/true). Needs root.
set -euo pipefail

cd "$(dirname "$0")/../.."
export B
B=$(realpath "${TSP_BUILD:-build}")
ROUNDS=${ROUNDS:-7}
work=$(mktemp -d "${TMPDIR:-/tmp}/tsp-units.XXXXXX")
trap 'rm -rf "$work"' EXIT
tests/vm/install.sh "$(tests/vm/tree.sh)" "$work/tree" >&2
bench=$work/tree/opt/tsp-test

${CC:-cc} -O2 -static -o "$bench/noop" tests/bench/noop.c
cp "$B/tests/tools/tsp-bench" "$bench/"
cat >"$work/tree/etc/tsp/tsp.conf" <<-EOF
	[server]
	template = /bin/true
	accept = 127.0.0.0/8
	[pool anonymous]
	link = 2001:db8:a::/64
EOF
cat >"$work/tree/etc/systemd/system/noop.socket" <<-EOF
	[Socket]
	ListenStream=0.0.0.0:3999
	Accept=yes
	MaxConnections=256
	TriggerLimitIntervalSec=0
EOF
cat >"$work/tree/etc/systemd/system/noop@.service" <<-EOF
	[Unit]
	CollectMode=inactive-or-failed
	[Service]
	ExecStart=/opt/tsp-test/noop
	StandardInput=socket
EOF
cat >"$bench/main.sh" <<-EOF
	#!/bin/bash
	exec >>/run/host-out 2>&1
	cd /opt/tsp-test
	systemctl start noop.socket
	./tsp-bench 3653 offer 1 20 >/dev/null
	# started more often than systemd likes it
	change() { systemctl reset-failed && systemctl start "\$1"; }
	rate() { ./tsp-bench "\$1" "\$2" \$clients \$((160 / clients)) | cut -f6; }
	for round in \$(seq $ROUNDS); do
		for clients in 1 8; do
			for what in version offer; do
				change tsp.socket
				printf '%s\t%s\ttsp\t%s\n' \$clients \$what "\$(rate 3653 \$what)"
				printf '%s\t%s\tno-op\t%s\n' \$clients \$what "\$(rate 3999 eof)"
				change tsp-listen.socket
				printf '%s\t%s\tlisten\t%s\n' \$clients \$what "\$(rate 3653 \$what)"
			done
		done
	done
	systemctl start --no-block poweroff.target
EOF
: >"$work/out"
mkdir -p /run/systemd/nspawn
timeout --foreground -k 5 "${LIMIT:-300}" systemd-nspawn -q -D "$work/tree" -b --register=no \
	--keep-unit --private-network --bind="$work/out:/run/host-out" \
	</dev/null >"$work/console" 2>&1 || tail -n 5 "$work/console" >&2
cat "$work/out"
