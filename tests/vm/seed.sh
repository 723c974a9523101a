#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2046,SC2086,SC2154
#
# seed.sh TREE - 200 leases, by real sessions with the handler installed in TREE
#
# 196 anonymous clients and 4 users with a /56; what they were offered goes to
# TREE/opt/tsp-test/seed, next to a copy of the allocation files. The handler runs in TREE,
# with print.sh, in a network namespace of its own. B is the build directory.
set -euo pipefail

tree=$1
here=$(dirname "$(realpath "$0")")
[[ ${SEED_NAMESPACE-} ]] || SEED_NAMESPACE=1 exec unshare -n "$0" "$@"

# shellcheck source=tests/vm/guest/lib.sh
. "$here/guest/lib.sh"
seed=$tree/opt/tsp-test/seed
mkdir -p "$seed"
template=print configure server.lifetime=100000
add_user u197 u198 u199 u200

ip link set lo up
ip addr add $server4/32 dev lo
ip route add local 198.51.100.0/24 dev lo
systemd-socket-activate -l $server4:3653 --accept --inetd chroot "$tree" /usr/sbin/tsp-handler >"$seed/log" 2>&1 &
server=$!
trap 'kill $server' EXIT

export client="$B/tests/tools/tsp-client --host $server4" seed
eventually 10 bash -c "exec 3<>/dev/tcp/$server4/3653"
seq 196 | xargs -P 4 -I N $client --bind 198.51.100.N >/dev/null
for i in {197..200}; do
	$client --bind "198.51.100.$i" $(user "u$i") --prefix 56 >"$seed/$i"
done
cp -a "$tree"/var/lib/tsp/*.leases "$tree/etc/tsp/users" "$seed/"
rm "$seed/log"
