# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034,SC2046,SC2086,SC2153,SC2154
#
# unused-prefix.sh - packets to addresses that nobody has end at the server, which answers
# "unreachable", although its default route leads back to where they came from

clean
configure
add_user alice
ip -6 route add default via 2001:db8:6::2 dev up0
on six sysctl -qw net.ipv6.conf.all.forwarding=1
nft -f - <<-END
	table ip6 returned {
		chain forward { type filter hook forward priority filter; iifname "up0" oifname "up0" counter
		}
	}
END

# unreachable ADDRESS... - each is answered so, and nothing goes back to the internet
unreachable() {
	local address said
	for address; do
		said=$(on six ping -c 1 -W 2 "$address" 2>&1)
		echo "$said"
		grep -qi unreachable <<<"$said" || return
	done
	none_returned
}
none_returned() { nft list table ip6 returned | grep -F 'counter packets 0 '; }

check "a user with a prefix has a tunnel" session c1 $(user alice) --prefix 56
client_up c1
address=$CLIENT_IPV6 prefix=$PREFIX
before=$(dropped)
check "an address of the users' link is unreachable" unreachable 2001:db8:ffff::1fe
check "one of a prefix" unreachable 2001:db8:1000:ff00::1
check "one of an anonymous client" unreachable 2001:db8:a:0:cb00:7146:0:3
[[ $template != fast ]] || is "that is counted" $((before + 3)) "$(dropped)"
on six ping -q -c 60 -i 0.01 -W 0.2 2001:db8:1000:ff00::1 >/dev/null 2>&1
check "more than are answered do not go back either" none_returned
check "the user's tunnel works" pings six "$address"

check "the tunnel ends" session c1 $(user alice) --action delete
check "its address is unreachable" unreachable "$address"
check "and its prefix" unreachable "${prefix%0}1"
nft delete table ip6 returned
on six sysctl -qw net.ipv6.conf.all.forwarding=0
ip -6 route del default via 2001:db8:6::2 dev up0
