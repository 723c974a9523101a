# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# units.sh - sessions per second through the shipped units, beside a unit that does nothing
#
# The same kind of socket unit as tsp.socket starts a static no-op without any sandbox.
# Figures: clients, what, program (tsp: tsp.socket, listen: tsp-listen.socket, no-op), sessions
# per second. What is "version" (VERSION, CAPABILITY, close) and "offer" (anonymous session to
# accept, template /bin/true).
cat >/run/systemd/system/noop.socket <<-END
	[Socket]
	ListenStream=0.0.0.0:3999
	Accept=yes
	MaxConnections=256
	TriggerLimitIntervalSec=0
END
cat >/run/systemd/system/noop@.service <<-END
	[Unit]
	CollectMode=inactive-or-failed
	[Service]
	ExecStart=/opt/tsp-test/noop
	StandardInput=socket
END
systemctl daemon-reload
systemctl start noop.socket

# listen_on UNIT - the units are started more often than systemd likes
listen_on() { systemctl reset-failed && systemctl start "$1"; }

# rate PORT WHAT CLIENTS
rate() { ./tsp-bench "$1" "$2" "$3" $((160 / $3)) | cut -f6; }

./tsp-bench 3653 offer 1 20 >/dev/null
for _ in $(seq "$ROUNDS"); do
	for clients in 1 8; do
		for what in version offer; do
			listen_on tsp.socket
			printf '%s\t%s\ttsp\t%s\n' $clients $what "$(rate 3653 $what $clients)"
			printf '%s\t%s\tno-op\t%s\n' $clients $what "$(rate 3999 eof $clients)"
			listen_on tsp-listen.socket
			printf '%s\t%s\tlisten\t%s\n' $clients $what "$(rate 3653 $what $clients)"
		done
	done
done
