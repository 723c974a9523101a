# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034,SC2086,SC2154
#
# firewall-reload.sh - the host's firewall is restarted or emptied, the tunnels' device goes down
# and up: tunnels go on, and forged packets never go out

clean
configure
cat >/etc/nftables.conf <<-'END'
	#!/usr/sbin/nft -f
	flush ruleset
	table inet filter {
		chain input { type filter hook input priority filter
		}
	}
END
systemctl unmask nftables >/dev/null 2>&1
check "the firewall is loaded" systemctl start nftables
check "a client has a tunnel" session c1
client_up c1
check "another one has a tunnel in UDP" udp_session c3 --address 192.168.7.2 --from 40000
udp_up c3
watch 2001:db8:77::/48

# safe DESCRIPTION - both clients are connected, and what they forge is not seen
safe() {
	local host
	check "$1: traffic flows" pings c1 $six
	check "$1: and in UDP" pings c3 $six
	for host in c1 c3; do
		check "$1: a forged packet of $host is dropped" filtered $host 2001:db8:77::1
	done
	is "$1: the internet host has seen no forged packet" 0 "$(seen)"
	check "$1: nothing is missing" tspctl check --tunnels
}

safe "before"
check "nftables.service is restarted" systemctl restart nftables
safe "after a restart"
check "all rules are flushed" nft flush ruleset
safe "after a flush"
ip link set tsp0 down
check "the device is down: nothing passes" silent c1 $six
ip link set tsp0 up
check "and up: traffic flows again" eventually 20 pings c1 $six
safe "after down and up"
watching() { [[ $(systemctl show -P SubState tsp-datapath-watch.socket) == listening ]]; }
check "the socket that heard of it listens again" eventually 20 watching
check "a newcomer is served" session c2
client_up c2
check "and reaches the internet host" pings c2 $six
systemctl stop nftables
systemctl mask nftables >/dev/null 2>&1
udp_down c3
is "no unit failed" "" "$(broken)"
