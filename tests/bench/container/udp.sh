# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# udp.sh - sessions per second over UDP and over TCP, through the shipped units, in turns
#
# Figures: clients, protocol, sessions per second.
for what in offer udp; do
	./tsp-bench 3653 $what 1 5 >/dev/null
done
for _ in $(seq "$ROUNDS"); do
	for clients in 1 8 64; do
		for what in offer udp; do
			line=$(./tsp-bench 3653 $what $clients $((128 / clients + 1)))
			[[ $(cut -f4 <<<"$line") == 0 ]] || echo "failed: $line" >&2
			printf '%s\t%s\t%s\n' $clients "${what/offer/tcp}" "$(cut -f6 <<<"$line")"
		done
	done
done
