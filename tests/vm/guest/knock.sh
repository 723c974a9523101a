#!/bin/bash
# SPDX-License-Identifier: MIT
#
# knock.sh - an anonymous client in UDP that pings through its tunnel while the server boots
#
# Its tunnel is gone, so nothing answers; each line of output is a complaint. An ICMP error shows
# as an empty line, or as a send that fails. Ends when /run/tsp-knock.stop is there.

# ICMPv6 from 2001:db8:a:0:cb00:7182:9c43:3, which is 203.0.113.130 port 40003
ping=6000000000103a4020010db8000a0000cb0071829c43000320010db8ffff00008000000000000001
ping+=8000000000010001$(printf %016d 0)
sed 's/\..*//' /proc/uptime >/run/tsp-knock.began
until [[ -e /run/tsp-knock.stop ]]; do
	for _ in {1..10}; do
		echo "$ping"
	done | ip netns exec c3 /opt/tsp-test/tsp-udp-client --host 192.0.2.1 --bind 192.168.7.2 --from 40003 \
		--hex --again 200 || echo "not sent: $?"
done
