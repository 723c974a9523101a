#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# firewall.bats - the rules of docs/firewall.md let through what they should, and no more
#
# Each file of rules is loaded as it stands in the document, in a network namespace, and
# packets are sent through it. Namespaces of a test:
#
#	in   a network behind it		fw   where the rules are	out  the Internet
#	lan0 ---------------------------------- lan0 | eth0 ------------------- eth0
#
# Whatever is expected to be dropped is first seen to pass without rules.

bats_require_minimum_version 1.5.0
load ../lib/handler

DOC=$ROOT/docs/firewall.md
SERVER=192.0.2.1
CLIENT=198.51.100.7

setup() {
	requires root ip nft iptables-restore socat ping
	TSP_DIR=$(mktemp -d "${TMPDIR:-/tmp}/tsp-test.XXXXXX")
	NS=tsp$$x$BATS_TEST_NUMBER
	local name
	for name in in fw out; do
		ip netns add "$NS-$name"
		at $name sysctl -qw net.ipv6.conf.default.accept_dad=0
		at $name ip link set lo up
	done
	link eth0 fw out
}

teardown() {
	local name pid
	for name in in fw out; do
		for pid in $(ip netns pids "$NS-$name" 2>/dev/null); do
			kill "$pid" || :
		done
		ip netns del "$NS-$name" 2>/dev/null || :
	done
	[[ $TSP_DIR != */tsp-test.* ]] || rm -rf "$TSP_DIR"
}

# at NAMESPACE COMMAND... - run it there
at() {
	ip netns exec "$NS-$1" "${@:2}"
}

# link NAME A B - connect two namespaces, the interface has this name in both
link() {
	ip link add "$1" netns "$NS-$2" type veth peer name "$1" netns "$NS-$3"
	at "$2" ip link set "$1" up
	at "$3" ip link set "$1" up
}

# address NAMESPACE INTERFACE ADDRESS PEER... - and routes to peers on the same wire
address() {
	local ns=$1 dev=$2 peer
	at "$ns" ip addr add "$3" dev "$dev"
	for peer in "${@:4}"; do
		at "$ns" ip route add "$peer" dev "$dev"
	done
}

# rules NAME - the listing of the document behind <!-- test: NAME -->
rules() {
	awk -v name="<!-- test: $1 -->" '
		$0 == name { inside = 1; next }
		inside && /^```/ { if (open) exit; open = 1; next }
		open' "$DOC"
}

# load NAME - the way its kind is loaded, twice: a reload must work as well
load_rules() {
	local text how
	text=$(rules "$1")
	[[ -n $text ]] || fail "no listing $1 in firewall.md"
	case $1 in
	*-nft) how=(nft -f -) ;;
	*-ip6tables) how=(ip6tables-restore) ;;
	*-iptables) how=(iptables-restore) ;;
	esac
	at fw "${how[@]}" <<<"$text"
	at fw "${how[@]}" <<<"$text"
}

# listen NAMESPACE PORT... - on TCP, both families
listen() {
	local port
	for port in "${@:2}"; do
		ip netns exec "$NS-$1" timeout $((60 * SLOW)) \
			socat -T 5 "TCP6-LISTEN:$port,fork,reuseaddr,ipv6-v6only=0" PIPE 3>&- &
		wait_until 5 listens "$1" "$port"
	done
}

listens() {
	at "$1" ss -Htln "sport = :$2" | grep -q .
}

# connects NAMESPACE ADDRESS PORT
connects() {
	local address=$2
	[[ $address != *:* ]] || address="[$address]"
	at "$1" socat -u -T 1 /dev/null "TCP:$address:$3,connect-timeout=$SLOW" 2>/dev/null
}

# raw_arrived WORD - at the raw socket of carries()
raw_arrived() {
	grep -aq "$1" "$TSP_DIR/raw"
}

# carries FROM SOURCE TO ADDRESS PROTOCOL - a packet of this IPv4 protocol arrives at TO
carries() {
	local word=word$RANDOM pid ok=0
	ip netns exec "$NS-$3" timeout $((10 * PATIENCE)) socat -u "IP4-RECV:$5" "CREATE:$TSP_DIR/raw" 3>&- &
	pid=$!
	wait_until 5 raw_listens "$3" "$5"
	at "$1" socat -u - "IP4-SENDTO:$4:$5,bind=$2" <<<"$word"
	for _ in 1 2 3 4 5 6; do
		! raw_arrived "$word" || break
		sleep 0.1
	done
	raw_arrived "$word" || ok=1
	kill "$pid"
	wait "$pid" 2>/dev/null || :
	return $ok
}

raw_listens() {
	at "$1" grep -q "$(printf '[0-9A-F]\{8\}:%04X' "$2")" /proc/net/raw
}

pings() {
	at "$1" ping -q -c 1 -W 1 "$2" >/dev/null
}

# datagram FROM TO ADDRESS PORT - a UDP datagram to this port arrives at TO
datagram() {
	local word=word$RANDOM pid ok=0
	ip netns exec "$NS-$2" timeout $((10 * PATIENCE)) socat -u "UDP4-RECV:$4" "CREATE:$TSP_DIR/raw" 3>&- &
	pid=$!
	wait_until 5 udp_listens "$2" "$4"
	at "$1" socat -u - "UDP4-SENDTO:$3:$4" <<<"$word"
	for _ in 1 2 3 4 5 6; do
		! raw_arrived "$word" || break
		sleep 0.1
	done
	raw_arrived "$word" || ok=1
	kill "$pid"
	wait "$pid" 2>/dev/null || :
	return $ok
}

udp_listens() {
	at "$1" ss -Hulnp "sport = :$2" | grep -q .
}

# -- the server

server_network() {
	address fw eth0 $SERVER/24 $CLIENT/32
	address out eth0 $CLIENT/24 $SERVER/32
	listen fw 22 25 3653

	# a tunnel, the Internet, and somebody who is neither
	link tsp7 fw in
	address fw tsp7 2001:db8:ffff::e/127
	address in tsp7 2001:db8:ffff::f/127
	at in ip route add default via 2001:db8:ffff::e
	address fw eth0 2001:db8:1::1/64
	address out eth0 2001:db8:1::2/64
	at out ip route add default via 2001:db8:1::1
	at fw sysctl -qw net.ipv6.conf.all.forwarding=1
}

# a second interface that is no tunnel
server_lan() {
	link lan0 fw in
	address fw lan0 2001:db8:2::1/64
	address in lan0 2001:db8:2::2/64
}

server_is_protected() {
	connects out $SERVER 22
	connects out $SERVER 3653
	run ! connects out $SERVER 25
	pings out $SERVER
	carries out $CLIENT fw $SERVER 41
	run ! carries out $CLIENT fw $SERVER 47
	datagram out fw $SERVER 3653
	run ! datagram out fw $SERVER 3654

	# from the tunnel to the Internet and back, but not to other interfaces
	pings in 2001:db8:1::2
	pings out 2001:db8:ffff::f
	run ! pings out 2001:db8:2::2
	connects in 2001:db8:ffff::e 22
	run ! connects in 2001:db8:ffff::e 25
}

server_stops_floods() {
	local i
	# In one process: the rules let a connection through every two seconds, and on a busy
	# machine starting a program takes as long
	# shellcheck disable=SC2016 # for the inner shell
	at out timeout $((2 * PATIENCE)) bash -c \
		'for i in {1..80}; do : <>"/dev/tcp/$0/3653" && echo "$i" || exit; done' $SERVER \
		>"$TSP_DIR/passed" || :
	i=$(wc -l <"$TSP_DIR/passed")
	[[ $i -gt 20 && $i -lt 80 ]] || fail "$i connections in a row"
	connects out $SERVER 22
	# another address is served
	at out ip addr add 198.51.100.8/24 dev eth0
	at fw ip route add 198.51.100.8 dev eth0
	at out socat -u -T 1 /dev/null "TCP:$SERVER:3653,bind=198.51.100.8,connect-timeout=$SLOW"
}

server_is_open() {
	connects out $SERVER 25
	carries out $CLIENT fw $SERVER 47
	datagram out fw $SERVER 3654
	pings out 2001:db8:2::2
}

@test "server, nftables: TSP, tunnels, ssh and ping pass, nothing else" {
	server_network
	server_lan
	server_is_open
	load_rules server-nft
	server_is_protected
	at fw nft list chain inet host input | grep -Eq 'counter packets [1-9].*"tunnels"'
}

@test "server, nftables: who connects too often waits, others do not" {
	server_network
	load_rules server-nft
	server_stops_floods
}

@test "server, nftables: a reload leaves the ingress filter of the tunnels alone" {
	at fw nft add table ip6 tsp
	load_rules server-nft
	at fw nft list table ip6 tsp
}

@test "server, iptables: TSP, tunnels, ssh and ping pass, nothing else" {
	requires ip6tables-restore
	server_network
	server_lan
	server_is_open
	load_rules server-iptables
	load_rules server-ip6tables
	server_is_protected
}

@test "server, iptables: who connects too often waits, others do not" {
	server_network
	load_rules server-iptables
	server_stops_floods
}

# -- the client

# another broker, 192.0.2.66, and a host behind the client, on lan0
client_network() {
	address fw eth0 $CLIENT/24 $SERVER/32 192.0.2.66/32
	address out eth0 $SERVER/24 $CLIENT/32
	at out ip addr add 192.0.2.66/24 dev eth0

	link sit1 fw out
	address fw sit1 2001:db8:ffff::f/127
	address out sit1 2001:db8:ffff::e/127
	link lan0 fw in
	address fw lan0 2001:db8:1000:700::1/64
	address in lan0 2001:db8:1000:700::2/64
	at in ip route add default via 2001:db8:1000:700::1
	at out ip route add 2001:db8:1000:700::/56 via 2001:db8:ffff::f
	at fw sysctl -qw net.ipv6.conf.all.forwarding=1
	listen fw 22
	listen in 22
	listen out 3653
}

client_is_open() {
	connects out 2001:db8:ffff::f 22
	connects out 2001:db8:1000:700::2 22
	connects out $CLIENT 22
	carries out 192.0.2.66 fw $CLIENT 41
}

client_is_protected() {
	connects fw $SERVER 3653
	carries out $SERVER fw $CLIENT 41
	run ! carries out 192.0.2.66 fw $CLIENT 41
	run ! connects out $CLIENT 22
	run ! connects out 2001:db8:ffff::f 22
	run ! connects out 2001:db8:1000:700::2 22
	# but outwards, and ping
	connects in 2001:db8:ffff::e 3653
	pings out 2001:db8:1000:700::2
	pings out $CLIENT
}

@test "client, nftables: its broker's tunnel passes, nobody gets in through it" {
	client_network
	client_is_open
	load_rules client-nft
	client_is_protected
}

@test "client, iptables: its broker's tunnel passes, nobody gets in through it" {
	requires ip6tables-restore
	client_network
	client_is_open
	load_rules client-iptables
	load_rules client-ip6tables
	client_is_protected
}

# -- static NAT: the client is "in", the server "out"

nat_network() {
	address fw eth0 $CLIENT/24 $SERVER/32 192.0.2.66/32
	address out eth0 $SERVER/24 $CLIENT/32
	at out ip addr add 192.0.2.66/24 dev eth0
	link lan0 fw in
	address fw lan0 192.168.1.1/24
	address in lan0 192.168.1.2/24
	at in ip route add default via 192.168.1.1
	at fw sysctl -qw net.ipv4.ip_forward=1
	listen out 3653
	# what arrives at the server from the public address
	at out nft -f - <<-'RULES'
		table ip seen {
			counter signalling { }
			counter tunnels { }
			chain input {
				type filter hook input priority filter
				ip saddr 198.51.100.7 tcp dport 3653 counter name signalling
				ip saddr 198.51.100.7 ip protocol 41 counter name tunnels
			}
		}
	RULES
}

# seen COUNTER - packets counted at the server
seen() {
	at out nft list counter ip seen "$1" | awk '/packets/ { print $2 }'
}

nat_works() {
	connects in $SERVER 3653
	[[ $(seen signalling) -gt 0 ]]
	carries in 192.168.1.2 out $SERVER 41
	[[ $(seen tunnels) -gt 0 ]]
}

# from_server - the server's packets reach the client, also those that come first
from_server() {
	carries out $SERVER in $CLIENT 41
	run ! carries out 192.0.2.66 in $CLIENT 41
}

@test "static NAT, nftables: a tunnel passes both ways" {
	nat_network
	run ! connects in $SERVER 3653
	run ! carries out $SERVER in $CLIENT 41
	load_rules nat-nft
	from_server
	nat_works
}

@test "static NAT, iptables: a tunnel passes both ways" {
	nat_network
	run ! carries out $SERVER in $CLIENT 41
	load_rules nat-iptables
	from_server
	nat_works
}

@test "every listing of firewall.md is tested" {
	local name
	while read -r name; do
		grep -q "load_rules $name\$" "${BATS_TEST_FILENAME}" || fail "$name is not"
	done < <(sed -nE 's/^<!-- test: (.*) -->$/\1/p' "$DOC")
	[[ $(grep -c '^<!-- test: ' "$DOC") -eq $(($(grep -c '^```' "$DOC") / 2)) ]]
}
