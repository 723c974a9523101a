# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034,SC2086,SC2154
#
# uplinks.sh - TCP and pings through what servers have as an uplink: a device, a bridge, a VLAN,
# a bond; the programs are at the devices below

clean
configure

# wan_at DEVICE PEER - the server's IPv4 address moves there, that of its router to PEER
wan_at() {
	ip -4 addr flush to 192.0.2.1
	ip -n net -4 addr flush to 192.0.2.254
	ip link set "$1" up
	ip -n net link set "$2" up
	ip addr add 192.0.2.1/24 dev "$1"
	ip -n net addr add 192.0.2.254/24 dev "$2"
	ip route replace default via 192.0.2.254
	systemctl reload tsp-datapath
}

# carried DESCRIPTION HOST ADDRESS - TCP and pings, both ways
carried() {
	check "$1: pings from the client" pings "$2" $six
	check "$1: pings to it" pings six "$3"
	is "$1: TCP from the client" 300000 "$(tcp "$2" six $six)"
	is "$1: TCP to it" 300000 "$(tcp six "$2" "$3")"
}

# works KIND DEVICE... - the programs are at those, and all passes
works() {
	is "$1: the programs are at" "${*:2}" "$(tsp-datapath status | awk '$1 == "uplink" { print $2 }' | sort | xargs)"
	carried "$1, v6v4" c1 "$first"
	carried "$1, v6udpv4" c3 "$second"
}

check "a client has a tunnel" session c1
client_up c1
first=$CLIENT_IPV6
check "another one has a tunnel in UDP" udp_session c3 --address 192.168.7.2 --from 40000
udp_up c3
second=$CLIENT_IPV6
works device wan0

ip link add wanbr type bridge
ip link set wan0 master wanbr
wan_at wanbr server
works bridge wan0
ip link del wanbr

ip link add link wan0 name wan0.7 type vlan id 7
ip -n net link add link server name server.7 type vlan id 7
wan_at wan0.7 server.7
works VLAN wan0
ip link del wan0.7
ip -n net link del server.7

ip link add wan1 type veth peer name server1 netns net
ip link add wanbond type bond mode balance-xor miimon 50 xmit_hash_policy layer2+3
ip -n net link add serverbond type bond mode balance-xor miimon 50 xmit_hash_policy layer2+3
for i in 0 1; do
	ip link set wan$i down
	ip link set wan$i master wanbond
done
for peer in server server1; do
	ip -n net link set $peer down
	ip -n net link set $peer master serverbond
done
back() { grep -A 1 "^Slave Interface: $1$" /proc/net/bonding/wanbond | grep -x "MII Status: up"; }
wan_at wanbond serverbond
check "the bond is up" eventually 10 pings net $server4
works bond wan0 wan1
for i in 0 1; do
	ip link set wan$i down
	check "bond without wan$i: pings from the client" eventually 10 pings c1 $six
	check "bond without wan$i: pings to the one in UDP" eventually 10 pings six "$second"
	ip link set wan$i up
	check "wan$i is back" eventually 10 back wan$i
done
ip link del wanbond
ip -n net link del serverbond
ip link del wan1
ip link set wan0 up
ip -n net link set server up
wan_at wan0 server
check "device again: pings from the client" pings c1 $six
udp_down c3
is "no unit failed" "" "$(broken)"
