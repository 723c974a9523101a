# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034,SC2046,SC2086,SC2153,SC2154
#
# host.sh - an anonymous client goes from nothing to the IPv6 internet

clean
configure

check "an anonymous client gets a tunnel" session c1
is "its address contains its IPv4 address" 2001:0db8:000a:0000:cb00:710a:0000:0003 "$CLIENT_IPV6"
check "it sets up its end from the offer alone" client_up c1
check "it reaches the server's end" pings c1 "$SERVER_IPV6"
check "it reaches an internet host" pings c1 $six
check "the internet host reaches it" pings six "$CLIENT_IPV6"
check "packets of full size pass" pings c1 $six -s 1432 -M "do"
if [[ $template == fast ]]; then
	# shellcheck disable=SC2016 # for eval
	check "keepalives are offered to a secret address" eval '[[ $KEEPALIVE_ADDRESS == 2001:0db8:ffff:0000:* ]]'
else
	is "keepalives are offered to the server's end" "$SERVER_IPV6" "$KEEPALIVE_ADDRESS"
fi
check "keepalives are answered" pings c1 "$KEEPALIVE_ADDRESS" -I "$CLIENT_IPV6"
