# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034,SC2046,SC2086,SC2153,SC2154
#
# router.sh - a user gets a prefix; a host behind the user's router uses it

clean
configure
add_user alice

# shellcheck disable=SC2046
check "a user gets a /56" session c1 $(user alice) --prefix 56
is "its length" 56 "$PREFIXLEN"
check "the router sets up its end" client_up c1
lan=${PREFIX%00:0000:0000:0000:0000}42
on c1 sysctl -qw net.ipv6.conf.all.forwarding=1
ip -n c1 addr add "$lan::1/64" dev lan0 nodad
ip -n lan addr add "$lan::7/64" dev eth0 nodad
ip -n lan route replace default via "$lan::1"
check "a host behind the router reaches the internet host" pings lan $six
check "the internet host reaches the host behind the router" pings six "$lan::7"
check "the router itself reaches the internet host" pings c1 $six -I "$CLIENT_IPV6"

# shellcheck disable=SC2046
check "the user asks for a smaller prefix" session c1 $(user alice) --prefix 61
is "its length" 61 "$PREFIXLEN"
on lan ip addr add "${PREFIX%0:0000:0000:0000:0000}7::7/64" dev eth0 nodad
on c1 ip addr add "${PREFIX%0:0000:0000:0000:0000}7::1/64" dev lan0 nodad
check "it works to its last subnet" pings lan $six -I "${PREFIX%0:0000:0000:0000:0000}7::7"
check "what is outside of it does not" silent lan $six -I "$lan::7"
ip -n lan addr flush dev eth0 scope global
ip -n c1 addr flush dev lan0 scope global
