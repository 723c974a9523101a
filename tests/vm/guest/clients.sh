# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154
#
# clients.sh - hosts behind a NAT that many share, and tspc in the hosts; beside lib.sh
#
#   n1 10.0.1.2 --+
#   n2 10.0.2.2 --+-- masq 203.0.113.200 --- net

# masq_up - the hosts and their NAT
masq_up() {
	local host
	masq_down
	for host in n1 n2 masq; do
		ip netns add $host
		ip -n $host link set lo up
	done
	ip link add name out netns masq type veth peer name masq netns net
	for host in 1 2; do
		ip link add name in$host netns masq type veth peer name eth0 netns n$host
		ip -n masq addr add 10.0.$host.1/24 dev in$host
		ip -n masq link set in$host up
		ip -n n$host addr add 10.0.$host.2/24 dev eth0
		ip -n n$host link set eth0 up
		ip -n n$host route add default via 10.0.$host.1
	done
	ip -n masq addr add 10.255.2.2/30 dev out
	ip -n masq link set out up
	ip -n masq route add default via 10.255.2.1
	ip -n net addr add 10.255.2.1/30 dev masq
	ip -n net link set masq up
	ip -n net route add 203.0.113.200/32 via 10.255.2.2
	on masq sysctl -qw net.ipv4.ip_forward=1
	on masq nft -f - <<-END
		table ip nat {
			chain out { type nat hook postrouting priority srcnat; oifname "out" snat to 203.0.113.200
			}
		}
	END
}

masq_down() {
	local host
	for host in n1 n2 masq; do
		ip netns del $host 2>/dev/null
	done
}

# tspc_start HOST [KEY=VALUE]... - tspc there, until it has a tunnel; its log is /run/HOST.log
tspc_start() {
	local host=$1 item
	shift
	declare -A value=([server]=$server4 [tunnel_mode]=v6anyv4 [template]=/opt/tsp-test/client/linux.sh)
	for item; do
		value[${item%%=*}]=${item#*=}
	done
	for item in "${!value[@]}"; do
		echo "$item=${value[$item]}"
	done >"/run/$host.conf"
	chmod 600 "/run/$host.conf"
	mkdir -p "/run/$host"
	: >"/run/$host.log"
	RUNTIME_DIRECTORY=/run/$host on "$host" /opt/tsp-test/tspc -f "/run/$host.conf" >>"/run/$host.log" 2>&1 </dev/null &
	eventually 30 tspc_is "$host" state up || {
		cat "/run/$host.log" "/run/$host/$host.status"
		return 1
	}
}

# tspc_value HOST KEY - of its status
tspc_value() { sed -n "s/^$2=//p" "/run/$1/$1.status"; }

# tspc_is HOST KEY VALUE
tspc_is() { [[ $(tspc_value "$1" "$2") == "$3" ]]; }

# tspc_stop HOST - and wait for its end
tspc_stop() {
	local pid
	pid=$(tspc_value "$1" pid)
	kill "$pid"
	eventually 20 not kill -0 "$pid"
}

# tunnels_so_far HOST - how many its tspc has had
tunnels_so_far() { grep -c ': up: ' "/run/$1.log"; }

# has_had HOST COUNT - its tspc has had so many tunnels, and has one
has_had() { [[ $(tunnels_so_far "$1") -ge $2 ]] && tspc_is "$1" state up; }

# traces HOST - what tspc may leave behind on HOST
traces() {
	{
		ip -n "$1" -o link | sed 's/ qdisc.*//; s/^[0-9]*: //'
		ip -n "$1" -o addr | sed 's/^[0-9]*: //'
		ip -n "$1" -4 route show table all
		ip -n "$1" -6 route show table all
		ip -n "$1" fou show
		on "$1" sh -c 'grep . /proc/sys/net/ipv6/conf/*/forwarding /proc/sys/net/ipv6/conf/*/accept_ra'
		ls "/run/$1"
	} 2>/dev/null | sort
}
