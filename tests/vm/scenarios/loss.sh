# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034,SC2046,SC2086,SC2153,SC2154
#
# loss.sh - a network that loses, doubles and delays 10 % of all datagrams each: every
# conversation over UDP leads to one tunnel all the same
#
# c3 has a relay that is this network, and talks to it; the tunnels then pass it by.

clean
configure limits.per_address=16
add_user alice bob
systemctl start tsp-udp.socket
mkfifo /run/relay 2>/dev/null
ip netns exec c3 /opt/tsp-test/tsp-udp-relay 5000 3653 10 "${LOSS_SEED:-42}" $server4 192.168.7.2 <>/run/relay >/run/relay.log 2>&1 &
relay=$!
eventually 10 grep -q ready /run/relay.log

# lossy PORT [OPTION]... - a conversation from that port of c3, through the relay; by itself
lossy() {
	local port=$1
	shift
	on c3 /opt/tsp-test/tsp-udp-client --host 127.0.0.1 --port 5000 --bind 127.0.0.1 --from "$port" --address 10.0.0.9 \
		--again 1500 --tries 30 "$@" >"/run/lossy.$port" 2>&1 &
}

lossy 40100
lossy 40101 --sequence f0000000
lossy 40102 --mechanism PLAIN --user alice --password pw-alice --prefix 56
lossy 40103 --mechanism DIGEST-MD5 --user bob --password pw-bob --prefix 56
lossy 40104 --twice
for client in $(jobs -p); do
	[[ $client -eq $relay ]] || wait "$client"
done
for port in {40100..40104}; do
	is "client $port has an offer" 200 "$(sed -n 's/^STATUS=//p' /run/lossy.$port)"
done
none() { ! pgrep -x tsp-handler; }
check "all conversations end" eventually 60 none
# anonymous clients have theirs when their secret is heard
is "users have leases" 2 "$(grep -cE '^[0-9]{8} (claimed|present)' /var/lib/tsp/*.leases | awk -F: '{ n += $2 } END { print n }')"
is "and as many tunnels" 2 "$(tunnels)"
is "each was accepted once" "$(printf '203.0.113.130:%s\n' 40102 40103)" \
	"$(journal TSP_EVENT=accepted | sed -n 's/^\(203.0.113.130:[0-9]*\) .*/\1/p' | sort)"
kill $relay
wait $relay 2>/dev/null

for port in 40100 40103; do
	# shellcheck disable=SC1090
	. "/run/lossy.$port"
	check "client $port sets up its end" udp_up c3
	check "the tunnel of client $port works" pings c3 $six
done
is "and the anonymous one has its lease" 3 "$(tunnels)"
udp_down c3
rm -f /run/relay /run/relay.log /run/lossy.*
