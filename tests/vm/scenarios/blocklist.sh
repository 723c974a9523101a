# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034,SC2086,SC2154
#
# blocklist.sh - a set of 60,000 networks in the host's firewall costs a session nothing and
# blocks those that are in it

clean
configure
# The last of them is c2's
awk 'BEGIN {
	print "table inet blocklist {"
	print "set networks { type ipv4_addr; flags interval; elements = {"
	for (i = 0; i < 60000; i++)
		printf "%d.%d.%d.%d/31,\n", 16 + int(i / 4194304), int(i / 16384) % 256, int(i / 64) % 256, i % 64 * 4
	print "203.0.113.70/31 }\n}"
	print "chain input { type filter hook input priority filter; ip saddr @networks reject\n}\n}"
}' >/run/blocklist.nft
check "a blocklist of 60,000 networks is loaded" nft -f /run/blocklist.nft
check "a client that is not in it gets a tunnel" session c1 --timeout 10
client_up c1
check "and reaches the internet host" pings c1 $six
check "one that is in it is not served" not session c2
is "no session ran out of memory" 0 "$(journal -k | grep -ci 'out of memory')"
check "the lease ends" session c1 --action delete
is "and its tunnel" 0 "$(tunnels)"
nft delete table inet blocklist
check "without the list the other one is served" session c2
rm -f /run/blocklist.nft
