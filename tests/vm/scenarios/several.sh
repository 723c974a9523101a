# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034,SC2046,SC2086,SC2153,SC2154
#
# several.sh - many sessions at the same moment, from nothing: the first of them make what
# belongs to all tunnels

clean
# The emulated machine is slow
configure limits.template_seconds=60 limits.session_seconds=120

# crowd COUNT [OPTION]... - sessions of 198.51.100.1 and so on, all at once; how many were offered
crowd() {
	local count=$1 clients=() client done=0
	shift
	for ((i = 1; i <= count; i++)); do
		ip netns exec crowd /opt/tsp-test/tsp-client --host $server4 --bind "198.51.100.$i" --timeout 90 "$@" >/dev/null 2>&1 &
		clients+=($!)
	done
	for client in "${clients[@]}"; do
		wait "$client" && done=$((done + 1))
	done
	echo $done
}

# reached NUMBER... - those clients of the crowd, one after the other, reach the internet
reached() {
	local i ok=0
	for i; do
		CLIENT_IPV4=198.51.100.$i CLIENT_IPV6=$(printf '2001:db8:a::c633:64%02x:0:3' "$i") \
			SERVER_IPV4=$server4 SERVER_IPV6=$(printf '2001:db8:a::c633:64%02x:0:2' "$i")
		CLIENT_IPV6=${CLIENT_IPV6/a::/a:0:} SERVER_IPV6=${SERVER_IPV6/a::/a:0:}
		client_up crowd
		! pings crowd $six >/dev/null || ok=$((ok + 1))
	done
	client_down crowd
	echo $ok
}

is "8 at once get tunnels" 8 "$(crowd 8)"
is "there are 8 tunnels" 8 "$(tunnels)"
is "and they work" 2 "$(reached 1 8)"

# nft flush ruleset takes the filter along: the next tunnels bring all of it back
session c1 >/dev/null
client_up c1
nft flush ruleset
is "after nft flush ruleset 4 come at once" 4 "$(crowd 4)"
is "they work, and those that did not come back too" 2 "$(reached 1 8)"
check "traffic of others flows" pings c1 $six
check "and is filtered" filtered c1 2001:db8:77::1

is "8 leave at once" 8 "$(crowd 8 --action delete)"
is "one tunnel is left" 1 "$(tunnels)"
check "and works" pings c1 $six -I 2001:db8:a:0:cb00:710a:0:3
