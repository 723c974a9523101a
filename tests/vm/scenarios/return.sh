# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034,SC2046,SC2086,SC2153,SC2154
#
# return.sh - the user returns from another IPv4 address

clean
configure
add_user bob

check "a user gets a tunnel and a prefix" session c1 $(user bob) --prefix 56
client_up c1
address=$CLIENT_IPV6 prefix=$PREFIX
check "traffic flows" pings c1 $six

check "the user comes back from another IPv4 address of that host" \
	session c1 $(user bob) --prefix 56 --bind 203.0.113.11
is "and keeps the address" "$address" "$CLIENT_IPV6"
is "and the prefix" "$prefix" "$PREFIX"
client_up c1
check "traffic flows at once" pings c1 $six
is "there is one tunnel" 1 "$(tunnels)"

client_up c1 203.0.113.10
check "the old tunnel is gone" silent c1 $six
client_down c1

check "the user comes back from another host" session c2 $(user bob) --prefix 56
is "and keeps the address" "$address" "$CLIENT_IPV6"
client_up c2
check "traffic flows at once" pings c2 $six
is "there is still one tunnel" 1 "$(tunnels)"
