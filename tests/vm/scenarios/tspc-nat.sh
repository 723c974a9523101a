# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034,SC2046,SC2086,SC2153,SC2154
#
# tspc-nat.sh - two tspc behind one NAT; the NAT gives another port, the server starts again

clean
configure limits.per_address=8 server.keepalive=5
add_user alice bob
systemctl start tsp-udp.socket
# shellcheck source=tests/vm/guest/clients.sh
. ./clients.sh
masq_up
for carrier in kernel tspc; do
	check "$carrier: alice has a tunnel" tspc_start n1 carrier=$carrier userid=alice passwd=pw-alice
	check "$carrier: and bob, behind the same NAT" tspc_start n2 carrier=$carrier userid=bob passwd=pw-bob
	first=$(tspc_value n1 address)
	check "$carrier: alice reaches the internet host" pings n1 $six
	check "$carrier: bob does" pings n2 $six
	check "$carrier: one reaches the other" pings n1 "$(tspc_value n2 address)"

	# The NAT forgets alice's port, since nothing passes for longer than it remembers, and has other ports from now on
	on masq sysctl -qw net.netfilter.nf_conntrack_udp_timeout=1 net.netfilter.nf_conntrack_udp_timeout_stream=1
	check "$carrier: the last packets for a while" pings n1 $six
	ip -n masq link set in1 down
	on masq nft flush ruleset
	on masq nft -f - <<-END
		table ip nat {
			chain out { type nat hook postrouting priority srcnat
				oifname "out" meta l4proto udp snat to 203.0.113.200:20000-29999
			}
		}
	END
	sleep 4
	ip -n masq link set in1 up
	on masq sysctl -qw net.netfilter.nf_conntrack_udp_timeout=30 net.netfilter.nf_conntrack_udp_timeout_stream=120
	check "$carrier: another port of the NAT: alice has another tunnel" eventually 60 has_had n1 2
	check "$carrier: to one of those ports" grep -E '203\.0\.113\.200:2[0-9]{4}\b' <(tspctl list --user alice --plain 2>/dev/null)
	is "$carrier: with the same address" "$first" "$(tspc_value n1 address)"
	check "$carrier: and it works" eventually 20 pings n1 $six
	check "$carrier: bob's does, too" eventually 60 pings n2 $six

	# As after a reboot of the server: leases without tunnels, which are restored
	count=$(tunnels_so_far n1)
	systemctl stop tsp.socket tsp-udp.socket tsp-udp.service
	no_tunnels
	check "$carrier: without tunnels nothing flows" silent n1 $six
	systemctl start tsp.socket tsp-udp.socket
	check "$carrier: the server starts again" systemctl restart tsp-restore
	check "$carrier: the tunnel works on" eventually 20 pings n1 $six
	is "$carrier: and it is the same one" "$count" "$(tunnels_so_far n1)"

	tspc_stop n1
	tspc_stop n2
	masq_up
done
masq_down
