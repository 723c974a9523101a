# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034,SC2086,SC2154
#
# server-nat.sh - the server is behind a one-to-one translation: clients know 203.0.113.200

public=203.0.113.200 own=$server4
clean
on net nft -f - <<-END
	table ip cloud {
		chain in { type nat hook prerouting priority dstnat; ip daddr $public dnat to $own
		}
		chain out { type nat hook postrouting priority srcnat; oifname != "server" ip saddr $own snat to $public
		}
	}
END

# addressed [SETTING]... - the server knows its public address
addressed() {
	configure server.address=$public "$@"
	[[ $template != fast ]] || systemctl reload tsp-datapath
}

# works - the tunnel carries packets in both directions
works() {
	check "the client reaches an internet host" pings c1 $six
	check "the internet host reaches the client" pings six "$CLIENT_IPV6"
}

addressed
server4=$public
check "-n says that a translation is in front" grep "tunnels end at '$own' (by the route): '$public'" <(tsp-handler -n 2>&1)
check "a client gets a tunnel" session c1
is "it is told the public address" $public "$SERVER_IPV4"
client_up c1
works
check "packets of full size pass" pings c1 $six -s 1432 -M "do"
no_tunnels
check "tunnels are built again" systemctl restart tsp-restore
works
addressed server.local=$own
check "with local, too" session c1
is "it is told the public address" $public "$SERVER_IPV4"
works
server4=$own
client_down c1
on net nft delete table ip cloud
