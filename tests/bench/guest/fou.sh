# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # variables of lib.sh
#
# fou.sh - TCP through two movers of tspc back to back, beside the kernel's sit in fou and the
# path between them
#
# The path is a cable that cuts long packets and merges them again, as network cards do that
# know no tunnels; an uncut one has only copies to compare.
# Figures: what, gigabits per second. Up is from the client.

# shellcheck source=/dev/null
. ./bench.conf

# ends HOST OWN PEER NUMBER - the ends of both tunnels there
ends() {
	ip -n "$1" fou add port 3654 ipproto 41
	ip -n "$1" link add fou type sit local "$2" remote "$3" ttl 64 encap fou encap-sport 3654 encap-dport 3654
	nsenter --net="/run/netns/$1" ./relay relay "$2" "$3" >"/run/relay.$1" 2>&1 </dev/null &
	eventually 20 grep -q ready "/run/relay.$1"
	ip -n "$1" link set fou up mtu 1280
	ip -n "$1" link set relay up mtu 1280
	ip -n "$1" addr add "2001:db8:2::$4/64" dev fou nodad
	ip -n "$1" addr add "2001:db8:3::$4/64" dev relay nodad
}

# take WHAT ADDRESS [-R] - a figure
take() {
	on left ./iperf3 -c "$2" -t 4 -J ${3:+"$3"} >/run/iperf.json
	awk -v what="$1" '/"sum_received"/ { inside = 1 } inside && /"bits_per_second"/ {
		gsub(/[^0-9.e+]/, "", $2); printf "figure\t%s\t%.4f\n", what, $2 / 1e9; exit }' /run/iperf.json
}

export LD_LIBRARY_PATH=$PWD
for host in left right; do
	ip netns add $host
	ip -n $host link set lo up
	on $host sysctl -qw net.ipv6.conf.default.accept_dad=0
done
ip link add name eth0 netns left type veth peer name eth0 netns right
for host in left right; do
	on $host ethtool -K eth0 tso off gso off tx-udp-segmentation off tx-udp_tnl-segmentation off \
		tx-udp_tnl-csum-segmentation off gro on >/dev/null
	ip -n $host link set eth0 up
done
ip -n left addr add 192.0.2.2/24 dev eth0
ip -n right addr add 192.0.2.1/24 dev eth0
ip -n left addr add 2001:db8:1::2/64 dev eth0 nodad
ip -n right addr add 2001:db8:1::1/64 dev eth0 nodad
ends left 192.0.2.2 192.0.2.1 2
ends right 192.0.2.1 192.0.2.2 1
on right ./iperf3 -s -D
eventually 20 listens right 5201
for ((round = 0; round < ROUNDS; round++)); do
	take plain_up 2001:db8:1::1
	take fou_up 2001:db8:2::1
	take relay_up 2001:db8:3::1
	take plain_down 2001:db8:1::1 -R
	take fou_down 2001:db8:2::1 -R
	take relay_down 2001:db8:3::1 -R
done
