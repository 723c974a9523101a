# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034,SC2046,SC2086,SC2153,SC2154
#
# journal.sh - the journal answers "who had this address", see docs/journal.md

clean
configure
add_user alice
check "a user gets a prefix" session c1 $(user alice) --prefix 56
address=$(short "$CLIENT_IPV6")
check "an anonymous client gets an address" session c2
journal >/dev/null

who() { journalctl --utc -q -o cat --since "@$began" "$@" TSP_EVENT=accepted TSP_EVENT=ended; }
check "the user and the IPv4 address of an address" grep -F '203.0.113.10 alice: claims' <<<"$(who "TSP_ADDRESS=$address")"
is "it was one client" 1 "$(who "TSP_ADDRESS=$address" | wc -l)"
lease=$(journalctl -q -o json --since "@$began" "TSP_ADDRESS=$address" TSP_EVENT=accepted |
	sed -n 's/.*"TSP_LEASE":"\([0-9]*\)".*/\1/p')
check "the same by number of the lease" grep -F "alice: claims" <<<"$(who TSP_POOL=users "TSP_LEASE=$lease")"
is "the prefix is a field" 1 "$(journalctl -q -o json --since "@$began" TSP_USER=alice TSP_EVENT=accepted | grep -c '"TSP_PREFIX":"2001:db8:[0-9a-f:]*/56"')"

session c1 $(user alice) --action delete >/dev/null
journal >/dev/null
check "the end of the lease" grep -F 'gave up' <<<"$(who "TSP_ADDRESS=$address")"

session c1 --mechanism DIGEST-MD5 --user alice --password wrong --realm $realm >/dev/null
journal >/dev/null
is "a wrong password" 1 "$(journalctl -q -o cat --since "@$began" TSP_EVENT=auth-failed TSP_PEER=203.0.113.10 | wc -l)"

# expired - lines of tsp-expire.service, and of systemd about it, since the last call
expired() {
	journalctl --sync
	journalctl -q -o cat -u tsp-expire.service --cursor-file=/run/expired
}
systemctl start tsp-expire.service
expired >/dev/null
check "tsp-expire runs" systemctl start tsp-expire.service
is "it writes no line when nothing happened" "" "$(expired)"
ip netns exec c1 /opt/tsp-test/tsp-client --host $server4 --hold 20 >/dev/null 2>&1 &
client=$!
check "an offer waits for its accept" eventually 10 grep -q '^[0-9]* offered' /var/lib/tsp/anonymous.leases
kill -KILL $(pgrep -x tsp-handler)
wait $client 2>/dev/null
check "tsp-expire runs when its session has died" systemctl start tsp-expire.service
check "and writes what it did" grep -x '1 ended' <<<"$(expired)"
