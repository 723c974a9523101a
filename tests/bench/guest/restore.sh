# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2086,SC2154 # variables of lib.sh
#
# restore.sh - `tspctl restore` of many leases beside `ip -batch` and `nft -f` alone
#
# What the two are given is what the template makes of the same leases (record.sh). The
# device and the empty tables are there before them; restore has to make those as well.
# Figures: leases, what, seconds.

# shellcheck source=/dev/null
. ./bench.conf
state=/var/lib/tsp

# seconds COMMAND...
seconds() {
	local start=$EPOCHREALTIME end
	"$@" >/run/bench.log 2>&1 || { echo "failed: $*" && tail -n 5 /run/bench.log; } >&2
	end=$EPOCHREALTIME
	awk -v a="$start" -v b="$end" 'BEGIN { printf "%.2f", b - a }'
}

# empty - no device, no table; the kernel takes its time with the routes
empty() {
	ip link del tsp0 2>/dev/null
	nft flush ruleset
	sleep 0.5
}

# alone - the kernel's part: the same routes and the same entries, by one process each
alone() {
	ip -batch "leases/$n.routes" && nft -f "leases/$n.elements"
}

# one_tunnel - makes what all tunnels share
one_tunnel() {
	TSP_OPERATION=TSP_TUNNEL_CREATION TSP_SERVER_ADDRESS_IPV4=$server4 TSP_CLIENT_ADDRESS_IPV4=10.255.0.9 \
		TSP_SERVER_ADDRESS_IPV6=2001:db8:9::2 TSP_CLIENT_ADDRESS_IPV6=2001:db8:9::3 /etc/tsp/templates/sit-shared.sh
}

routes() { ip -6 route show dev tsp0 | wc -l; }

systemctl stop tsp.socket tsp-udp.socket tsp-expire.timer
for n in "${LEASES[@]}"; do
	rm -f $state/*
	cp "leases/$n.leases" $state/users.leases
	chown tsp: $state/users.leases
	template=sit-shared configure server.lifetime=100000 server.address=$server4 users.capacity=$((n + 16))
	for _ in $(seq "$ROUNDS"); do
		empty
		one_tunnel
		printf 'figure\t%s\tip and nft alone\t%s\n' "$n" "$(seconds alone)"
		there=$(($(routes) - 1))
		empty
		printf 'figure\t%s\ttspctl restore\t%s\n' "$n" "$(seconds tspctl restore)"
		echo "$(tail -n 1 /run/bench.log); $(routes) routes, $there by ip alone"
	done
done
