# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034,SC2086,SC2154
#
# pmtu.sh - a client whose path carries 1492 bytes (PPPoE) gets TCP data, and senders are told,
# while another client with a whole path talks

# forget - the internet host knows no path MTU any more
forget() {
	ip -n six -6 route del default
	ip -n six -6 route add default via 2001:db8:6::1
}

# path MTU - what the path of c1 carries
path() {
	ip -n net link set c1 mtu "$1"
	ip -n c1 link set eth0 mtu "$1"
}

# told ADDRESS - the internet host hears that 1480 bytes are too big
told() {
	local said
	said=$(on six ping -c 5 -i 0.2 -W 1 -s 1432 -M "do" "$1" 2>&1)
	echo "$said"
	grep -qE 'too big|too long' <<<"$said"
}

clean
configure
check "one client has a tunnel" session c1
client_up c1
narrow=$CLIENT_IPV6
check "another one too" session c2
client_up c2
whole=$CLIENT_IPV6
path 1492
nsenter --net=/run/netns/six ping -q -i 0.05 -c 1200 -s 100 "$whole" >/dev/null 2>&1 &
talk=$!
for i in 1 2; do
	forget
	check "sender $i is told that 1480 bytes are too big" told "$narrow"
	forget
	is "sender $i: a transfer to the client arrives" 300000 "$(tcp six c1 "$narrow")"
done
is "a transfer from the client arrives" 300000 "$(tcp c1 six $six)"
check "the other client gets packets of 1480 bytes" pings six "$whole" -s 1432 -M "do"
kill $talk
wait $talk
path 1500
forget
