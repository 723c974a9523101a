# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034,SC2154
#
# onlink.sh - one client in the server's own network, another behind the router: the way to
# one is not the way to the other
#
# The one in the server's network is the router itself.

clean
configure
check "a client in the server's network gets a tunnel" session net
client_up net
near=$CLIENT_IPV6
check "and one behind the router" session c1
client_up c1
far=$CLIENT_IPV6
for _ in 1 2; do
	check "the internet host reaches the one in the server's network" pings six "$near"
	check "and the other one after it" pings six "$far"
done
client_down net
