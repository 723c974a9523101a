#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2046,SC2086,SC2154
#
# seed.sh TREE - 200 leases, by real sessions with the handler installed in TREE
#
# 194 anonymous clients and 4 users with a /56 in v6v4, and for fast.sh one of each in v6udpv4. What they
# were offered goes to TREE/opt/tsp-test/seed, next to a copy of the allocation files. The
# handler runs in TREE, with a template that builds nothing, in a separate network namespace. B
# is the build directory.
set -euo pipefail

tree=$1
here=$(dirname "$(realpath "$0")")
[[ ${SEED_NAMESPACE-} ]] || SEED_NAMESPACE=1 exec unshare -n "$0" "$@"

# shellcheck source=tests/vm/guest/lib.sh
. "$here/guest/lib.sh"
seed=$tree/opt/tsp-test/seed
mkdir -p "$seed"
add_user u197 u198 u199 u200
cat >"$tree/opt/tsp-test/seed.sh" <<-SCRIPT
	#!/bin/sh
	# TSP-Modes: v6v4 v6udpv4
	echo rx_bytes=1000 tx_bytes=1000 rx_packets=10 tx_packets=10
SCRIPT
chmod 755 "$tree/opt/tsp-test/seed.sh"
template=seed configure server.template=/opt/tsp-test/seed.sh server.lifetime=100000

chroot "$tree" tspctl init >/dev/null
ip link set lo up
ip addr add $server4/32 dev lo
ip route add local 198.51.100.0/24 dev lo
ip route add local 203.0.113.130 dev lo
systemd-socket-activate -l $server4:3653 --accept --inetd chroot "$tree" /usr/sbin/tsp-handler >>"$seed/log" 2>&1 &
server=$!
systemd-socket-activate -d -l $server4:3653 chroot "$tree" /usr/sbin/tsp-udp --handler /usr/sbin/tsp-handler >>"$seed/log" 2>&1 &
server_udp=$!
trap 'kill $server $server_udp' EXIT

export client="$B/tests/tools/tsp-client --host $server4" seed
eventually 10 bash -c "exec 3<>/dev/tcp/$server4/3653"
seq 194 | xargs -P 4 -I N $client --bind 198.51.100.N >/dev/null
for i in {197..200}; do
	$client --bind "198.51.100.$i" $(user "u$i") --prefix 56 >"$seed/$i"
done

# c3 of net.sh, from two ports
client="$B/tests/tools/tsp-udp-client --host $server4 --bind 203.0.113.130 --address 192.168.7.2"
add_user uudp
$client --from 40001 >"$seed/udp"
$client --from 40002 --mechanism DIGEST-MD5 --user uudp --password pw-uudp --prefix 56 >"$seed/uudp"
# All have been heard: the one without an account in UDP would lapse two minutes after this
cp "$B/tests/tools/prove-leases" "$tree/opt/tsp-test/"
chroot "$tree" /opt/tsp-test/prove-leases /etc/tsp/tsp.conf
cp -a "$tree/etc/tsp/users" "$seed/"
mkdir "$seed/fast" "$seed/sit"
cp -a "$tree"/var/lib/tsp/*.leases "$seed/fast/"
# sit.sh has no tunnels in UDP
chroot "$tree" tspctl release --yes uudp >/dev/null
chroot "$tree" tspctl release --yes 203.0.113.130 >/dev/null
cp -a "$tree"/var/lib/tsp/*.leases "$seed/sit/"
rm "$seed/log"
