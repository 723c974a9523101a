# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034,SC2046,SC2086,SC2153,SC2154
#
# ingress.sh - only the client of a tunnel sends from its addresses, and from no others

clean
configure
add_user carol
watch 2001:db8::/32

# dropping DESCRIPTION ADDRESS - pings of c1 from ADDRESS are dropped and counted
dropping() {
	local seen dropped
	seen=$(seen) dropped=$(dropped)
	ip -n c1 addr add "$2/128" dev tun6 nodad 2>/dev/null
	on c1 ping -q -c 3 -i 0.1 -W 0.3 -I "$2" $six >/dev/null
	ip -n c1 addr del "$2/128" dev tun6 2>/dev/null
	is "$1: dropped" "$seen" "$(seen)"
	is "$1: counted" $((dropped + 3)) "$(dropped)"
}

check "another user has a tunnel and a prefix" session c2 $(user carol) --prefix 56
client_up c2
carol=$CLIENT_IPV6 prefix=${PREFIX%00:0000:0000:0000:0000}
check "an anonymous client has a tunnel" session c1
client_up c1
check "the client's own packets pass" pings c1 $six
check "and are seen" test "$(seen)" -ge 2

dropping "another user's address" "$carol"
dropping "another user's prefix" "${prefix}01::1"
dropping "an address of nobody" 2001:db8:77::1
dropping "the internet host's address" 2001:db8:6::99
dropping "the server end's address" "$SERVER_IPV6"

# c1 takes the place of the other: its own IPv4 address outside, the right one inside
foreign() {
	local before
	seen=$(seen) before=$(rejected)
	on c1 ping -q -c 3 -i 0.1 -W 0.3 -I "$carol" $six >/dev/null
	is "the right IPv6 address from a foreign IPv4 address: dropped" "$seen" "$(seen)"
	is "the right IPv6 address from a foreign IPv4 address: counted" $((before + 3)) "$(rejected)"
}

# sit.sh has no device for that sender: the kernel tells it so and counts that
rejected() {
	case $template in
	sit) awk '/^Icmp:/ { if (!n++) { for (i = 2; i <= NF; i++) name[i] = $i; next }
		for (i = 2; i <= NF; i++) if (name[i] == "OutDestUnreachs") print $i }' /proc/net/snmp ;;
	*) dropped ;;
	esac
}
client_down c1
session c1 --action delete >/dev/null
SERVER_IPV4=$server4 CLIENT_IPV4=203.0.113.10 CLIENT_IPV6=$carol SERVER_IPV6=2001:db8:ffff::2 client_up c1
foreign
check "the user whose address it is still reaches the internet host" pings c2 $six
