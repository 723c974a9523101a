#!/bin/sh
# SPDX-License-Identifier: MIT
#
# sit-shared.sh - IPv6 in IPv4 (protocol 41), one sit device for all clients
#
# For thousands of tunnels: a client costs a route and a few entries in hash tables, and
# neither setting one up nor forwarding gets slower with their number. The device, tsp0,
# has no remote end: a packet goes to the IPv4 address that is its route's next hop,
#
#   ip -6 route add PREFIX via ::CLIENT_IPV4 dev tsp0
#
# Called by tsp-handler and tspctl as tsp-template(7) describes: no arguments, everything
# in the environment, exit status 0 is success. Uses of it:
#
#   TSP_OPERATION             TSP_TUNNEL_CREATION, TSP_TUNNEL_TEARDOWN or TSP_TUNNEL_INFO
#   TSP_TUNNEL_MODE           v6v4, the only mode a sit device carries
#   TSP_SERVER_ADDRESS_IPV4   our end of the tunnel, the same for all of them
#   TSP_CLIENT_ADDRESS_IPV4   the client's end
#   TSP_SERVER_ADDRESS_IPV6   what the client pings to see that the tunnel is alive
#   TSP_CLIENT_ADDRESS_IPV6   the client's address
#   TSP_PREFIX, TSP_PREFIXLEN delegated prefix (/32 to /64); unset: a host
#
# Creation replaces what an earlier run left for the same client address; a creation that
# fails leaves no route and no filter entry behind. The device and the empty tables stay
# after the last tunnel: removing them would race with the next one. Needs CAP_NET_ADMIN,
# no root.
#
# The server must forward: sysctl net.ipv6.conf.all.forwarding=1. After `nft flush ruleset`
# (systemctl restart nftables does that) tunnels are unfiltered until the next one is
# created, which puts all entries back; `tspctl restore` does so at once.
#
#   ip -6 route show dev tsp0                     tunnels
#   nft list table ip tsp                         who may send what, traffic, drops
#   nft list table ip6 tsp                        drops of IPv4 addresses without a tunnel
#
# Moving here from sit.sh, or back: see tsp-template(7).
set -eu

dev=tsp0

# 1500 less the IPv4 header. Take 1280 where clients sit behind links that drop the
# "packet too big" messages of IPv4.
mtu=1480
ttl=64

# A bit of the packet mark that nobody else here uses. It is set only between the two
# tables below, while the kernel takes the IPv4 header off.
bit=0x10000000 rest=0xefffffff

fail() {
	echo "sit-shared.sh: ${TSP_TUNNEL_INTERFACE:-}: $*" >&2
	exit 1
}

# Ingress filter: a packet out of the shared device must have an IPv6 source that belongs
# to the IPv4 address it came from. Only the packet with both headers shows the two
# together, so table ip looks into protocol 41 before the kernel unwraps it: @th, the
# transport header, is the IPv6 header there, its source 64 bits into it. That is done at
# the input hook, where fragments have been put together again. What passes is marked, and
# table ip6 drops what comes out of the device without a mark: packets of other tunnels of
# this server (its own uplink may be one) pass through table ip unmarked and unharmed.
#
# Prefixes are exact matches in hash sets, one set for each whole number of bytes; a prefix
# of another length is entered as its 2 to 128 parts of the next such length.
#
# Router solicitations and other link-local housekeeping are dropped uncounted: they are no
# attempt at anything.
rules() {
	cat <<-RULES
		add table ip tsp
		add set ip tsp host { typeof ip saddr . @th,64,128; }
		add set ip tsp net32 { typeof ip saddr . @th,64,32; }
		add set ip tsp net40 { typeof ip saddr . @th,64,40; }
		add set ip tsp net48 { typeof ip saddr . @th,64,48; }
		add set ip tsp net56 { typeof ip saddr . @th,64,56; }
		add set ip tsp net64 { typeof ip saddr . @th,64,64; }
		add set ip tsp rx { type ipv4_addr; counter; }
		add set ip tsp tx { type ipv4_addr; counter; }
		add set ip tsp dropped { type ipv4_addr; size 65535; flags dynamic,timeout; timeout 30d; counter; }
		add chain ip tsp pass
		add chain ip tsp input { type filter hook input priority filter - 1; policy accept; }
		add chain ip tsp output { type filter hook output priority filter; policy accept; }
		flush chain ip tsp pass
		flush chain ip tsp input
		flush chain ip tsp output
		add rule ip tsp pass ip saddr @rx
		add rule ip tsp pass meta mark set meta mark | $bit accept
		add rule ip tsp input ip protocol != 41 accept
		add rule ip tsp input meta mark set meta mark & $rest
		add rule ip tsp input ip saddr . @th,64,128 @host goto pass
		add rule ip tsp input ip saddr . @th,64,64 @net64 goto pass
		add rule ip tsp input ip saddr . @th,64,56 @net56 goto pass
		add rule ip tsp input ip saddr . @th,64,48 @net48 goto pass
		add rule ip tsp input ip saddr . @th,64,40 @net40 goto pass
		add rule ip tsp input ip saddr . @th,64,32 @net32 goto pass
		add rule ip tsp input ip saddr != @rx accept
		add rule ip tsp input @th,64,16 & 0xffc0 == 0xfe80 drop
		add rule ip tsp input @th,64,128 0 drop
		add rule ip tsp input update @dropped { ip saddr }
		add rule ip tsp input counter drop
		add rule ip tsp output ip protocol 41 ip daddr @tx
		add table ip6 tsp
		add chain ip6 tsp shared { type filter hook prerouting priority raw - 1; policy accept; }
		flush chain ip6 tsp shared
		add rule ip6 tsp shared iifname != "$dev" accept
		add rule ip6 tsp shared meta mark & $bit == 0 counter drop
		add rule ip6 tsp shared meta mark set meta mark & $rest
	RULES
}

# hex ADDRESS - an IPv6 address as 32 digits
hex() {
	left=${1%%::*} right=
	case $1 in *::*) right=${1#*::} ;; esac
	IFS=:
	# shellcheck disable=SC2086 # splitting is what is wanted
	set -- $right
	zeros=$((8 - $#))
	# shellcheck disable=SC2086
	set -- $left
	while [ $# -lt $zeros ]; do
		set -- "$@" 0
	done
	# shellcheck disable=SC2086
	set -- "$@" $right
	unset IFS
	printf %04x "0x$1" "0x$2" "0x$3" "0x$4" "0x$5" "0x$6" "0x$7" "0x$8"
}

# entry VERB IPV4 ADDRESS[/LENGTH] - nft commands: IPV4 may send from there, or no longer
entry() {
	address=${3%/*} length=${3#"$address"} length=${length#/}
	if [ "${length:=128}" -eq 128 ]; then
		echo "$1 element ip tsp host { $2 . 0x$(hex "$address") }"
		return
	fi
	whole=$(((length + 7) / 8)) parts=$((1 << (whole * 8 - length)))
	digits=$(printf "%.$((whole * 2))s" "$(hex "$address")")
	first=${digits%??} last=0x${digits#"${digits%??}"}
	while [ $parts -gt 0 ]; do
		parts=$((parts - 1))
		printf '%s element ip tsp net%d { %s . 0x%s%02x }\n' \
			"$1" $((whole * 8)) "$2" "$first" $((last + parts))
	done
}

# entries VERB IPV4 [ADDRESS[/LENGTH]]... - nft commands for one client
entries() {
	verb=$1 ipv4=$2
	shift 2
	for address; do
		entry "$verb" "$ipv4" "$address"
	done
	echo "$verb element ip tsp rx { $ipv4 }"
	echo "$verb element ip tsp tx { $ipv4 }"
}

# forget IPV4 ADDRESS[/LENGTH]... - its entries go. Deleting what is not there would be an
# error, so it is added before, in the same transaction; no table at all is fine too.
forget() {
	error=$({
		entries add "$@"
		entries delete "$@"
	} | nft -f - 2>&1) && return
	case $error in
	*"No such file"*) ;;
	*) echo "$error" && return 1 ;;
	esac
}

# tunnels - "ADDRESS[/LENGTH] IPV4" of each route into the device
tunnels() {
	ip -6 route show dev $dev 2>/dev/null | while read -r to via gateway _; do
		[ "$via" != via ] || echo "$to ${gateway#::}"
	done
}

# load - the rules and, when the kernel lost them, the entries of all tunnels there are
#
# A teardown at the same moment removes its route first and its entries then. So either we
# see no route, or it removes the entries that we made, or our second look finds them out.
load() {
	seen=$(tunnels)
	{
		rules
		echo "$seen" | while read -r to ipv4; do
			[ -z "$to" ] || entries add "$ipv4" "$to"
		done
	} | nft -f - || return
	still=" $(tunnels | tr '\n' ' ')"
	echo "$seen" | while read -r to ipv4; do
		case $still in
		*" $to $ipv4 "*) ;;
		*) [ -z "$to" ] || forget "$ipv4" "$to" ;;
		esac
	done
}

# allow - what this client may send
allow() {
	# shellcheck disable=SC2086 # no prefix, no word
	entries add "$theirs" "$client" $prefix | nft -f - 2>/dev/null && return
	load || return
	# shellcheck disable=SC2086
	entries add "$theirs" "$client" $prefix | nft -f -
}

# device - there is the shared device, whoever of us makes it
#
# The kernel gives it ::OUR_IPV4/96, and with that a route by which a packet to ::A.B.C.D
# would be sent on to A.B.C.D, anybody's address: it must go.
device() {
	error=$(ip link add name $dev mtu $mtu up type sit mode ip6ip local "$ours" ttl $ttl 2>&1) ||
		[ -n "$(ip -o link show dev $dev type sit 2>/dev/null)" ] || {
		echo "$error"
		return 1
	}
	ip -6 addr del "::$ours/96" dev $dev 2>/dev/null || :
}

# build - the routes, by one process; stops at the first error. Shows the device first.
build() {
	ip -o -d -batch - <<-COMMANDS
		link show dev $dev
		route replace local $server dev $dev
		route add $client via ::$theirs dev $dev onlink
		${prefix:+route add $prefix via ::$theirs dev $dev onlink}
	COMMANDS
}

# unbuild IPV4 ADDRESS[/LENGTH]... - routes and entries of a client, as far as there are any
unbuild() {
	ipv4=$1
	shift
	error=$({
		echo "route del local $server dev $dev"
		printf "route del %s via ::$ipv4 dev $dev\n" "$@"
	} | ip -force -batch - 2>&1) || for to; do
		[ -z "$(ip -6 route show "$to" via "::$ipv4" dev $dev 2>/dev/null)" ] || {
			echo "$error"
			return 1
		}
	done
	forget "$ipv4" "$@"
}

# clear - take away what an earlier run left for our addresses, with whatever IPv4 address
clear() {
	tunnels | while read -r to ipv4; do
		case ${to%/*} in
		"$client" | "${prefix%/*}") unbuild "$ipv4" "$to" || return ;;
		esac
	done
}

create() {
	[ "${TSP_TUNNEL_MODE:-v6v4}" = v6v4 ] || fail "mode $TSP_TUNNEL_MODE is none of a sit device"
	ours=${TSP_SERVER_ADDRESS_IPV4:?}
	case ${TSP_PREFIXLEN-} in
	"" | 3[2-9] | [45]? | 6[0-4]) ;;
	*) fail "a prefix of length $TSP_PREFIXLEN: only /32 to /64" ;;
	esac

	if said=$(allow && build 2>&1) || { said=$(device && clear && allow && build 2>&1); }; then
		case $said in
		*" local $ours "*) return ;;
		esac
		said="$dev is not at $ours: [server] address has to be set where there are several"
	fi
	teardown
	fail "$said"
}

teardown() {
	# shellcheck disable=SC2086
	error=$(unbuild "$theirs" "$client" $prefix) || fail "$error"
}

# counted SET - packets and bytes of a client there, without the IPv4 headers
counted() {
	said=$(nft get element ip tsp "$1" "{ $theirs }" 2>&1) || fail "no such tunnel"
	# shellcheck disable=SC2086
	set -- $1 ${said##*counter packets }
	echo "$1_bytes=$(($4 - 20 * $2)) $1_packets=$2"
}

info() {
	rx=$(counted rx) && tx=$(counted tx) || exit
	echo "${rx% *} ${tx% *} ${rx#* } ${tx#* }"
}

theirs=${TSP_CLIENT_ADDRESS_IPV4:?}
client=${TSP_CLIENT_ADDRESS_IPV6:?}
server=${TSP_SERVER_ADDRESS_IPV6:?}
prefix=${TSP_PREFIX:+$TSP_PREFIX/${TSP_PREFIXLEN:?}}

case ${TSP_OPERATION:?} in
TSP_TUNNEL_CREATION) create ;;
TSP_TUNNEL_TEARDOWN) teardown ;;
TSP_TUNNEL_INFO) info ;;
*) fail "unknown operation $TSP_OPERATION" ;;
esac
