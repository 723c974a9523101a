# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034,SC2046,SC2086,SC2153,SC2154
#
# static-nat.sh - a client behind a translation that maps one public address to it alone

clean
configure
session c3 >/dev/null
is "without static_nat a private address in the request is refused" 501 "$STATUS"
check "the text names the address that the server sees" grep -F 203.0.113.130 <<<"$TEXT"
check "and there is no tunnel" not tunnel 2001:db8:a:0:cb00:7182::3

configure server.static_nat=yes
check "with static_nat the client gets a tunnel" session c3
is "its address contains the public IPv4 address" 2001:0db8:000a:0000:cb00:7182:0000:0003 "$CLIENT_IPV6"
client_up c3 192.168.7.2
check "it reaches the server's end" pings c3 "$SERVER_IPV6"
check "it reaches the internet host" pings c3 $six
check "the internet host reaches it" pings six "$CLIENT_IPV6"
