# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034,SC2046,SC2086,SC2153,SC2154
#
# nat.sh - clients behind a NAT that many share: v6udpv4
#
# n1 and n2 of clients.sh use the same port; masq gives one of them another. c1 has no NAT.

clean
configure limits.per_address=8
add_user alice bob
# shellcheck source=tests/vm/guest/clients.sh
. ./clients.sh
masq_up

# restored - tsp-restore builds missing tunnels
restored() {
	systemctl restart tsp-restore || {
		journalctl -q -n 12 -o cat --no-pager -u tsp-restore
		return 1
	}
}

check "a client over TCP is the first" session c2
check "the socket unit for UDP is there" systemctl start tsp-udp.socket
check "a client behind a NAT asks for v6anyv4" udp_session n1 --address 10.0.1.2 --from 40000
is "and gets v6udpv4" v6udpv4 "$TYPE"
check "it sets up its end" udp_up n1
first=$CLIENT_IPV6
check "it reaches the server's end" pings n1 "$SERVER_IPV6"
check "it reaches the internet host" pings n1 $six
check "the internet host reaches it" pings six "$CLIENT_IPV6"
check "packets of full size pass" pings n1 $six -s 1232 -M "do"

check "a second one asks, from the same port" udp_session n2 --address 10.0.2.2 --from 40000
is "and gets v6udpv4" v6udpv4 "$TYPE"
second=$CLIENT_IPV6
check "they have different addresses" test "$first" != "$second"
check "it sets up its end" udp_up n2
check "it reaches the internet host" pings n2 $six
check "the first one still does" pings n1 $six
check "the first one reaches the second" pings n1 "$second"
check "the second one reaches the first" pings n2 "$first"

check "a client without a NAT asks for v6anyv4" udp_session c1 --address 203.0.113.10 --bind 203.0.113.10
is "and gets v6v4" v6v4 "$TYPE"
check "it sets up its end" client_up c1
check "it reaches the internet host" pings c1 $six
check "it reaches a client in UDP" pings c1 "$first"
check "a client in UDP reaches it" pings n2 "$CLIENT_IPV6"

# traffic ENDPOINT - bytes from and to that client, packets from and to it, of the list of all
traffic() { tspctl list --traffic --plain 2>/dev/null | grep -F "$1" | cut -f 11-14 | tr '\t' ' '; }
counted=$(traffic 203.0.113.200:40000)
on n1 ping -q -c 5 -i 0.1 -W 1 -s 100 $six >/dev/null
is "of each client it is counted what came and went" \
	"$(awk '{ print $1 + 740, $2 + 740, $3 + 5, $4 + 5 }' <<<"$counted")" "$(traffic 203.0.113.200:40000)"
is "of all four of them" 4 "$(tspctl list --traffic --plain 2>/dev/null | wc -l)"

# The address of the other one, out of one's own tunnel
ip -n n1 addr add "$second/128" dev tun6 nodad
before=$(dropped)
watch "$second"
silent n1 $six -I "$second" >/dev/null
is "another client's address is not let through" 0 "$(seen)"
check "and that is counted" test "$(dropped)" -gt "$before"
ip -n n1 addr del "$second/128" dev tun6
check "one's own still is" pings n1 $six

# A tunnel's packet from a port without a lease
before=$(dropped)
on c1 bash -c 'printf "\x60\0\0\0\0\0\x3b\x40%032d" 0 >/dev/udp/192.0.2.1/3653'
check "packets of no tunnel are dropped" test "$(dropped)" -gt "$before"
# eight bytes of payload that begin like IPv6, where UDP would have its own
check "and nothing else is" on c1 ping -q -c 3 -i 0.1 -W 1 -s 8 -p 60 $server4
check "signalling is left alone" on c1 /opt/tsp-test/tsp-udp-client --host $server4 --echo

# Keepalive against a NAT that forgets after 2 s
on masq sysctl -qw net.netfilter.nf_conntrack_udp_timeout=2 net.netfilter.nf_conntrack_udp_timeout_stream=2
pings n1 $six >/dev/null
for step in 1 2 3 4; do
	sleep 1
	on n1 ping -q -c 1 -W 1 "$SERVER_IPV6" >/dev/null
done
check "keepalive holds the NAT's mapping" pings six "$first"
sleep 4
check "without it the NAT forgets" silent six "$first"

check "a user gets a tunnel and a prefix" udp_session n1 --mechanism DIGEST-MD5 --user alice \
	--password pw-alice --address 10.0.1.2 --from 40001 --prefix 56
address=$CLIENT_IPV6 prefix=$PREFIX
udp_up n1
check "it works" pings n1 $six
check "the client comes back from another port" udp_session n1 --mechanism PLAIN --user alice \
	--password pw-alice --address 10.0.1.2 --from 40002 --prefix 56
is "and keeps the address" "$address" "$CLIENT_IPV6"
is "and the prefix" "$prefix" "$PREFIX"
udp_up n1
check "it works at once" pings n1 $six

# Leases made over UDP
check "the operator's tool looks for proofs" tspctl expire
date -s '+3 minutes' >/dev/null
check "after two minutes it runs" tspctl expire
check "a tunnel whose client was heard is still there" pings n1 $six
check "an anonymous client asks and is not heard of again" udp_session n2 --address 10.0.2.2 --from 40008
check "it has no tunnel" not tunnel "$CLIENT_IPV6"
check "a user who proves nothing has a tunnel and never uses it" udp_session n2 --mechanism PLAIN --user bob --password pw-bob \
	--address 10.0.2.2 --from 40009
unused=$CLIENT_IPV6
check "it is there" tunnel "$unused"
date -s '+3 minutes' >/dev/null
check "the operator's tool runs" tspctl expire
check "and ends it" not tunnel "$unused"

# As after a reboot: leases without tunnels
no_tunnels
nft flush ruleset
check "without tunnels nothing flows" silent n1 $six
check "restore builds them again" restored
check "and the client goes on without a new session" pings n1 $six

check "the client leaves" udp_session n1 --mechanism DIGEST-MD5 --user alice --password pw-alice --action delete
check "its tunnel is gone" not tunnel "$address"
check "and nothing of it in the maps" not grep -F 203.0.113.200:40002 <(tsp-tunnel list)
is "no unit failed" "" "$(broken)"
for host in n1 n2; do
	udp_down $host
done
masq_down
