#!/bin/bash
# SPDX-License-Identifier: MIT
#
# datapath_restore.sh - tspctl with fast.sh and 52,760 leases, on the kernel of this machine
#
# Called by run, as root. A line a measurement: what, seconds. As user nobody without any
# capability; the maps are empty before each restore.
set -euo pipefail

[[ -n ${INSIDE-} ]] || INSIDE=1 exec unshare -mn --propagation private bash "$0" "$@"

root=$(cd "$(dirname "$0")/../.." && pwd)
B=$(realpath "${TSP_BUILD:-build}")
ROUNDS=${ROUNDS:-9} LEASES=${LEASES:-52760}
export TSP_CONFIG=/run/tsp.conf PATH=$B:$PATH

mount -t tmpfs tmpfs /run
ip link add wan0 type veth peer name cable
ip addr add 192.0.2.1/24 dev wan0
ip link set wan0 up
sed "s|^set -eu|&\nPATH=$B:\$PATH|" "$root/templates/fast.sh" >/run/fast.sh
chmod 755 /run/fast.sh
printf '%s\n' '[server]' 'template = /run/fast.sh' 'user = nobody' 'address = 192.0.2.1' \
	'uplink = wan0' 'state = /run/state' '[pool users]' 'link = 2001:db8:ffff::/64' \
	'prefix = 2001:db8:1000::/36' "capacity = 65536" >$TSP_CONFIG
mkdir /run/state
"$B/tests/tools/fill-leases" /run/state/users.leases 65536 1 "$LEASES"
chown -R nobody /run/state

# measure WHAT COMMAND... - seconds
measure() {
	local what=$1 start=$EPOCHREALTIME end
	shift
	setpriv --reuid nobody --regid nogroup --clear-groups --inh-caps=-all --bounding-set=-all \
		"$@" >/dev/null
	end=$EPOCHREALTIME
	printf '%s\t%s\n' "$what" "$(awk -v a="$start" -v b="$end" 'BEGIN { print b - a }')"
}

for _ in $(seq "$ROUNDS"); do
	tsp-datapath stop
	tsp-datapath start
	measure restore tspctl restore
	measure again tspctl restore
	measure list tspctl list --plain
	measure traffic tspctl list --plain --traffic
done
{ tsp-datapath status || :; } | grep "users  *$LEASES  of" >/dev/null
