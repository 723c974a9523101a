# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034,SC2154 # variables of lib.sh
#
# sessions.sh - anonymous sessions to accept per second, through tsp-listen.socket, with fast.sh and
# with sit.sh in turns
#
# Figures: template, clients at a time, sessions per second.

# shellcheck source=/dev/null
. ./bench.conf
systemctl stop tsp.socket tsp-udp.socket tsp-expire.timer

# serve TEMPLATE - a new installation with it
serve() {
	systemctl stop tsp-listen.socket tsp-listen.service
	template=$1
	clean
	configure server.accept=127.0.0.0/8 anonymous.capacity=4096 limits.sessions_per_address=256 limits.per_address=64
	if [[ $1 == fast ]]; then
		/usr/lib/tsp/net-admin remove >/dev/null
	else
		/usr/lib/tsp/net-admin >/dev/null
	fi
	systemctl daemon-reload
	[[ $1 != fast ]] || systemctl restart tsp-datapath
	systemctl reset-failed
	systemctl start tsp-listen.socket
	./tsp-bench 3653 offer 1 5 >/dev/null
}

for _ in $(seq "$ROUNDS"); do
	for what in fast sit; do
		serve $what
		for clients in 1 8; do
			printf 'figure\t%s\t%s\t%s\n' $what $clients \
				"$(./tsp-bench 3653 offer $clients $((80 / clients)) 100 | cut -f6)"
		done
	done
done
