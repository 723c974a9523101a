#!/bin/sh
# SPDX-License-Identifier: MIT
# TSP-Modes: v6v4 v6udpv4
# TSP-Batch: yes
#
# sit-shared.sh - IPv6 in IPv4 (protocol 41) or in UDP, one sit device for all clients
#
# For thousands of tunnels: a client costs a route and a few entries in hash tables, and
# neither creation nor forwarding gets slower with their number. The device, tsp0, has no
# remote end: a packet goes to the IPv4 address that is its route's next hop,
#
#   ip -6 route add PREFIX via ::CLIENT_IPV4 dev tsp0
#
# Called by tsp-handler and tspctl as tsp-template(7) describes: no arguments, everything
# in the environment, exit status 0 is success. Uses of it:
#
#   TSP_OPERATION             TSP_TUNNEL_CREATION, TSP_TUNNEL_TEARDOWN or TSP_TUNNEL_INFO;
#                             TSP_TUNNEL_BATCH, many creations, described on standard input;
#                             TSP_TUNNEL_BATCH_INFO, the counters of many
#   TSP_TUNNEL_MODE           v6v4 or v6udpv4
#   TSP_SERVER_ADDRESS_IPV4   our end of the tunnel, the same for all of them
#   TSP_CLIENT_ADDRESS_IPV4   the client's end
#   TSP_SERVER_PORT           v6udpv4: our port ...
#   TSP_CLIENT_PORT           ... and the client's
#   TSP_PSEUDO_ADDRESS_IPV4   v6udpv4: an address that stands for the client, and ...
#   TSP_PSEUDO_RANGE_IPV4     ... the range that all of them are from
#   TSP_SERVER_ADDRESS_IPV6   what the client pings to see that the tunnel is alive
#   TSP_CLIENT_ADDRESS_IPV6   the client's address
#   TSP_PREFIX, TSP_PREFIXLEN delegated prefix (/32 to /64); unset: a host
#
# Creation replaces what an earlier run left for the same client address; a creation that
# fails leaves no route and no filter entry behind. The device and the empty tables stay
# after the last tunnel: removing them would race with the next one. Needs CAP_NET_ADMIN,
# no root.
#
# Clients behind a NAT send IPv6 in UDP (mode v6udpv4), from the port they signal from to
# the port they signal to. The kernel handles it so (docs/nat.md):
#
#   in    table ip tsp knows the client by its address and port, gives the packet the
#         client's pseudo address as source and port $fou as destination; there a fou
#         socket removes UDP, and tsp0 IPv4
#   out   tspu0, a device like tsp0, puts the packet in UDP, to the pseudo address that is its route's
#         next hop; table ip tsp puts the client's address and port in its place
#
# The server must forward: sysctl net.ipv6.conf.all.forwarding=1. After `nft flush ruleset`
# (systemctl restart nftables does that) tunnels are unfiltered, and those in UDP dead, until
# the next one is created, which puts all entries back but those that tell clients in UDP
# apart; `tspctl restore` puts back all, at once.
#
#   ip -6 route show dev tsp0                     tunnels; dev tspu0: those in UDP
#   nft list table ip tsp                         who may send what, traffic, drops
#   nft list table ip6 tsp                        drops of IPv4 addresses without a tunnel
#
# Moving here from sit.sh, or back: see tsp-template(7).
# shellcheck disable=SC2016 # programs for awk
set -eu

receive=tsp0 # and sends protocol 41
send_udp=tspu0

# 1500 less the IPv4 header. Take 1280 where clients sit behind links that drop the
# "packet too big" messages of IPv4.
mtu=1480
ttl=64

# 1280 in UDP: path MTU errors do not reach senders inside the tunnel, and 1280 plus the 28
# bytes of IPv4 and UDP passes everywhere. Nothing else on this server uses port $fou.
udp_mtu=1280
fou=3654

# A bit of the packet mark that nothing else on this server uses. It is set only between the
# two tables below, while the kernel removes the IPv4 header, and while it routes what a
# device sends.
bit=0x10000000 rest=0xefffffff

fail() {
	echo "sit-shared.sh: ${TSP_TUNNEL_INTERFACE:-}: $*" >&2
	exit 1
}

# Ingress filter: a packet from the shared device must have an IPv6 source that belongs to
# the IPv4 address it came from. Only the packet with both headers shows the two together,
# so table ip looks into protocol 41 before the kernel unwraps it: @th, the transport
# header, is the IPv6 header there, with its source at bit 64. The input hook is the place,
# since fragments are reassembled there. Table ip marks what passes, and table ip6 drops
# what the device delivers without a mark; packets of other tunnels of this server, such as
# its own uplink, pass through table ip unmarked and unchanged.
#
# Prefixes are exact matches in hash sets, one set for each whole number of bytes; a prefix
# of another length is entered as its 2 to 128 parts of the next such length.
#
# Outwards, the device keeps the route of its last packet, to whatever client: after a client
# in the server's own network it would look for all others there as well. A changed mark
# makes the kernel route each packet anew.
#
# Router solicitations and other link-local packets are dropped and not counted: every
# client sends them.
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
		add chain ip tsp input_udp
		add chain ip tsp input { type filter hook input priority filter - 1; policy accept; }
		add chain ip tsp output { type route hook output priority filter; policy accept; }
		add chain ip tsp out { type filter hook postrouting priority raw; policy accept; }
		flush chain ip tsp pass
		flush chain ip tsp input_udp
		flush chain ip tsp input
		flush chain ip tsp output
		flush chain ip tsp out
		add rule ip tsp pass ip saddr @rx
		add rule ip tsp pass meta mark set meta mark | $bit accept
		add rule ip tsp input udp dport $fou goto input_udp
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
		add rule ip tsp output ip protocol 41 ip daddr @tx meta mark set meta mark | $bit
		add rule ip tsp out ip protocol 41 meta mark set meta mark & $rest
		add rule ip tsp input_udp meta mark set meta mark & $rest
		add rule ip tsp input_udp ip saddr . @th,128,128 @host goto pass
		add rule ip tsp input_udp ip saddr . @th,128,64 @net64 goto pass
		add rule ip tsp input_udp ip saddr . @th,128,56 @net56 goto pass
		add rule ip tsp input_udp ip saddr . @th,128,48 @net48 goto pass
		add rule ip tsp input_udp ip saddr . @th,128,40 @net40 goto pass
		add rule ip tsp input_udp ip saddr . @th,128,32 @net32 goto pass
		add rule ip tsp input_udp ip saddr != @rx accept
		add rule ip tsp input_udp @th,128,16 & 0xffc0 == 0xfe80 drop
		add rule ip tsp input_udp @th,128,128 0 drop
		add rule ip tsp input_udp update @dropped { ip saddr }
		add rule ip tsp input_udp counter drop
		add table ip6 tsp
		add chain ip6 tsp shared { type filter hook prerouting priority raw - 1; policy accept; }
		flush chain ip6 tsp shared
		add rule ip6 tsp shared iifname != "$receive" accept
		add rule ip6 tsp shared meta mark & $bit == 0 counter drop
		add rule ip6 tsp shared meta mark set meta mark & $rest
	RULES
}

# udp_rules - table ip tsp: from client to pseudo address and back
#
# The rules apply to packets for this server. No packet from outside may go to the fou
# socket or come from a pseudo address. A payload whose first nibble is not that of IPv6 is
# signalling. UDP checksums stay 0: without one to start from nft would write a wrong one.
# Packets to a client are counted where its port is looked up.
#
# sit.sh has other rules in maps and chains of the same names. The empty set udp_shared says
# that these are the rules of sit-shared.sh.
udp_rules() {
	cat <<-RULES
		add set ip tsp udp_shared { type ipv4_addr; }
		add map ip tsp udp_client { type ipv4_addr . inet_service : ipv4_addr; }
		add map ip tsp udp_address { type ipv4_addr : ipv4_addr; }
		add map ip tsp udp_port { type ipv4_addr : inet_service; counter; }
		add chain ip tsp udp_in { type filter hook prerouting priority raw; policy accept; }
		add chain ip tsp udp_out { type route hook output priority raw; policy accept; }
		flush chain ip tsp udp_in
		flush chain ip tsp udp_out
		add rule ip tsp udp_in ip daddr $ours udp dport $ours_port @th,64,4 6 notrack ip saddr set ip saddr . udp sport map @udp_client udp dport set $fou udp checksum set 0 accept
		add rule ip tsp udp_in fib daddr type != local accept
		add rule ip tsp udp_in udp dport $fou drop
		add rule ip tsp udp_in ip protocol 41 ip saddr $range drop
		add rule ip tsp udp_in udp dport $ours_port @th,64,4 6 counter drop
		add rule ip tsp udp_out udp sport $ours_port ip daddr $range notrack udp dport set ip daddr map @udp_port ip daddr set ip daddr map @udp_address ip saddr set $ours udp checksum set 0 accept
		add rule ip tsp udp_out udp sport $ours_port ip daddr $range counter drop
	RULES
}

# udp_entries - nft commands that tie this client to its pseudo address
udp_entries() {
	cat <<-ENTRIES
		add element ip tsp udp_client { $theirs . $theirs_port : $hop }
		add element ip tsp udp_address { $hop : $theirs }
		add element ip tsp udp_port { $hop : $theirs_port }
	ENTRIES
}

# udp_forget - our entries go, and what stands in their way; entries of others stay
#
# `nft get element` would say whose an entry is, and look through all sets for it. But an
# entry that is another's cannot be added, and then nothing of this is done.
udp_forget() {
	{
		echo "add element ip tsp udp_client { $theirs . $theirs_port : $hop }"
		echo "delete element ip tsp udp_client { $theirs . $theirs_port }"
	} | nft -f - 2>/dev/null || :
	nft delete element ip tsp udp_address "{ $hop }" 2>/dev/null || :
	nft delete element ip tsp udp_port "{ $hop }" 2>/dev/null || :
}

# halves ADDRESS - an IPv6 address as two numbers, $high and $low
halves() {
	left=${1%%::*} right=
	case $1 in *::*) right=${1#*::} ;; esac
	IFS=:
	# shellcheck disable=SC2086 # words, here and below
	set -- $right
	before=$((8 - $#))
	# shellcheck disable=SC2086
	set -- $left
	while [ $# -lt $before ]; do
		set -- "$@" 0
	done
	# shellcheck disable=SC2086
	set -- "$@" $right
	unset IFS
	high=$((0x$1 << 48 | 0x$2 << 32 | 0x$3 << 16 | 0x$4))
	low=$((0x$5 << 48 | 0x$6 << 32 | 0x$7 << 16 | 0x$8))
}

# entry VERB IPV4 ADDRESS[/LENGTH] - nft commands: add or delete what IPV4 may send from
entry() {
	halves "${3%/*}"
	case $3 in
	*/*) length=${3#*/} ;;
	*)
		printf '%s element ip tsp host { %s . 0x%016x%016x }\n' "$1" "$2" $high $low
		return
		;;
	esac
	whole=$(((length + 7) / 8 * 8)) part=0
	first=$((high >> (64 - whole) & (1 << whole) - 1))
	[ $whole -lt 64 ] || first=$high
	while [ $part -lt $((1 << (whole - length))) ]; do
		printf '%s element ip tsp net%d { %s . 0x%x }\n' "$1" $whole "$2" $((first + part))
		part=$((part + 1))
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

# forget IPV4 ADDRESS[/LENGTH]... - delete its entries. Deleting a missing entry is an error,
# so each is added first, in the same transaction; a missing table is no error.
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

# tunnels - "ADDRESS[/LENGTH] IPV4 DEVICE" of each route into one of the devices
tunnels() {
	for where in $receive $send_udp; do
		ip -6 route show dev "$where" 2>/dev/null |
			awk -v dev="$where" '$2 == "via" { print $1, substr($3, 3), dev }'
	done
}

# elements - nft commands for many clients, from lines on standard input: what entries()
# makes of "IPV4 ADDRESS[/LENGTH]...", what udp_entries() makes of "udp PSEUDO IPV4 PORT"
elements() {
	awk '
		function put(set, element) {
			list[set] = list[set] (count[set] ? ", " : "") element
			if (++count[set] == 64)
				flush(set)
		}
		function flush(set) {
			if (count[set])
				print "add element ip tsp " set " { " list[set] " }"
			list[set] = ""
			count[set] = 0
		}
		# digits - an IPv6 address as 32 digits
		function digits(address, left, right, gap, l, r, i, out) {
			gap = index(address, "::")
			l = split(gap ? substr(address, 1, gap - 1) : address, left, ":")
			r = split(gap ? substr(address, gap + 2) : "", right, ":")
			out = ""
			for (i = 1; i <= l; i++)
				out = out substr("0000", length(left[i]) + 1) left[i]
			for (i = l + r; i < 8; i++)
				out = out "0000"
			for (i = 1; i <= r; i++)
				out = out substr("0000", length(right[i]) + 1) right[i]
			return out
		}
		function value(digit) {
			return index("0123456789abcdef", digit) - 1
		}
		# parts - a prefix as 1 to 128 parts of a whole number of bytes
		function parts(ipv4, address, len, whole, all, front, byte, i) {
			whole = int((len + 7) / 8)
			all = digits(address)
			front = substr(all, 1, 2 * whole - 2)
			byte = 16 * value(substr(all, 2 * whole - 1, 1)) + value(substr(all, 2 * whole, 1))
			for (i = 0; i < 2 ^ (8 * whole - len); i++)
				put("net" 8 * whole, ipv4 " . 0x" front sprintf("%02x", byte + i))
		}
		$1 == "udp" {
			put("udp_client", $3 " . " $4 " : " $2)
			put("udp_address", $2 " : " $3)
			put("udp_port", $2 " : " $4)
			next
		}
		NF {
			for (at = 2; at <= NF; at++) {
				if (split($at, prefix, "/") == 2)
					parts($1, prefix[1], prefix[2])
				else
					put("host", $1 " . 0x" digits($at))
			}
			put("rx", $1)
			put("tx", $1)
		}
		END {
			for (set in count)
				flush(set)
		}'
}

# load - load the rules and, when the kernel lost them, the entries of all tunnels
#
# A teardown at the same time removes its route before its entries. So either we see no
# route, or it removes the entries that we made, or our second look finds them.
#
# nft needs 100 MB for the entries of 50,000 clients, more than a session may use: they are
# loaded in parts.
load() {
	seen=$(tunnels)
	rules | nft -f - && echo "$seen" | awk '{ print $2, $1 }' | elements | awk '
		{ print | "nft -f -" }
		NR % 512 == 0 { failed += close("nft -f -") != 0 }
		END { failed += NR % 512 && close("nft -f -"); exit (failed > 0) }' || return
	{
		tunnels
		echo
		echo "$seen"
	} | awk '!NF { old = 1; next } !old { still[$1, $2] = 1; next } !(($1, $2) in still)' |
		while read -r to ipv4 _; do
			forget "$ipv4" "$to"
		done
}

# allowed - nft commands: the sources this client may use and, in UDP, its endpoint. They
# fail where sit.sh has made the tables: flushing a missing set is an error.
allowed() {
	! udp || {
		echo "flush set ip tsp udp_shared"
		udp_entries
	}
	# shellcheck disable=SC2086 # no prefix, no word
	entries add "$hop" "$client" $prefix
}

# allow - add this client's entries; make the tables where they are missing
allow() {
	allowed | nft -f - 2>/dev/null && return
	! udp || udp_forget
	load && {
		! udp || udp_rules
		allowed
	} | nft -f -
}

# device NAME ADDRESS MTU [OPTION]... - make a shared device, unless another run has made it
#
# The kernel adds ::ADDRESS/96 to it, and with that a route by which a packet to ::A.B.C.D
# would be sent to any address A.B.C.D: it is removed.
device() {
	name=$1 at=$2 size=$3
	shift 3
	error=$(ip link add name "$name" mtu "$size" up type sit mode ip6ip local "$at" ttl $ttl "$@" 2>&1) ||
		[ -n "$(ip -o link show dev "$name" type sit 2>/dev/null)" ] || {
		echo "$error"
		return 1
	}
	ip -6 addr del "::$at/96" dev "$name" 2>/dev/null || :
}

# udp_device - make the fou socket and the device that sends in UDP
#
# The kernel allows only one device that takes packets for an address from any source, and
# that is tsp0. So tspu0, which only sends, is at an address that nobody has, the first of
# the range; table ip tsp puts ours in its place.
udp_device() {
	nobody=${range%/*}
	ip fou add port $fou ipproto 41 2>/dev/null || ip fou show | grep -qw "port $fou" || return
	device $send_udp "$nobody" $udp_mtu encap fou encap-sport "$ours_port" encap-dport 9 noencap-csum || return
	ip -4 addr replace "$nobody/32" dev $send_udp scope host || return
	# without a route the packet never reaches the output hook
	ip -4 route get "$hop" >/dev/null 2>&1 || ip -4 route replace "$range" dev lo
}

# devices - make the devices that this client needs
devices() {
	device $receive "$ours" $mtu || return
	! udp || udp_device
}

# build - add the routes with one process, which stops at the first error and shows the
# device first
#
# The kernel sends through a neighbour entry, makes it when it is missing, drops it after a
# minute and keeps at most 1,024. A permanent entry stays and is not counted.
build() {
	ip -o -d -batch - <<-COMMANDS
		link show dev $receive
		neigh replace ::$hop lladdr $hop dev $dev nud permanent
		route replace local $server dev $dev
		route add $client via ::$hop dev $dev onlink
		${prefix:+route add $prefix via ::$hop dev $dev onlink}
	COMMANDS
}

# same - true if the routes exist already: the client has come back, and nothing has changed
same() {
	{
		echo "route get $client"
		[ -z "$prefix" ] || echo "route get ${prefix%/*}"
	} | ip -6 -o -batch - |
		awk -v via=" via ::$hop dev $dev " -v all="$client $prefix" '
			index($0, via) { n++ }
			END { exit (n < split(all, list)) }'
}

# unbuild DEVICE IPV4 ADDRESS[/LENGTH]... - delete the routes and entries that a client has
unbuild() {
	on=$1 ipv4=$2
	shift 2
	error=$({
		echo "route del local $server dev $on"
		printf "route del %s via ::$ipv4 dev $on\n" "$@"
		echo "neigh del ::$ipv4 dev $on" # last: if it is missing, ip stops in spite of -force
	} | ip -force -batch - 2>&1) || for to; do
		[ -z "$(ip -6 route show "$to" via "::$ipv4" dev "$on" 2>/dev/null)" ] || {
			echo "$error"
			return 1
		}
	done
	forget "$ipv4" "$@"
}

# clear - remove what an earlier run left for our addresses, at any IPv4 address
clear() {
	tunnels | awk -v a="$client" -v b="${prefix%/*}" '
		{ split($1, to, "/") }
		to[1] == a || to[1] == b' |
		while read -r to ipv4 where; do
			unbuild "$where" "$ipv4" "$to" || return
		done
}

# udp - true for a tunnel in UDP
udp() {
	[ $dev = $send_udp ]
}

create() {
	ours=${TSP_SERVER_ADDRESS_IPV4:?}
	case ${TSP_PREFIXLEN-} in
	"" | 3[2-9] | [45]? | 6[0-4]) ;;
	*) fail "a prefix of length $TSP_PREFIXLEN: only /32 to /64" ;;
	esac

	if said=$(allow && { build || same; } 2>&1) || { said=$(devices && clear && allow && build 2>&1); }; then
		case $said in
		*" local $ours "*) return ;;
		esac
		said="$receive is not at $ours: [server] address has to be set where there are several"
	fi
	teardown
	fail "$said"
}

# each AWK-PROGRAM - for the lines of a batch: $1 mode, $4 our IPv4 address, $5 $6 the
# client's with its port, $7 its pseudo address, $8 $9 server and client, $10 $11 prefix
each() {
	printf '%s\n' "$lines" | awk '
		{ dev = $1 == "v6udpv4" ? "'$send_udp'" : "'$receive'" }
		{ hop = $1 == "v6udpv4" ? $7 : $5; prefix = $10 "/" $11 }
		'"$1"
}

# shellcheck disable=SC2016 # programs for awk
#
# allow_all - allow() for a batch
allow_all() {
	each '
		{ print hop, $9, $10 == "-" ? "" : prefix }
		$1 == "v6udpv4" { print "udp", $7, $5, $6 }' | elements | nft -f -
}

# shellcheck disable=SC2016 # programs for awk
#
# build_all - build() for a batch. Routes may exist already if they are the same.
build_all() {
	each '
		{ print "neigh replace ::" hop " lladdr", hop, "dev", dev, "nud permanent" }
		{ print "route replace local", $8, "dev", dev }
		{ print "route add", $9, "via ::" hop, "dev", dev, "onlink" }
		$10 != "-" { print "route add", prefix, "via ::" hop, "dev", dev, "onlink" }' |
		ip -force -batch - >/dev/null 2>&1 && return
	{
		tunnels
		echo end
		each '{ print $9, hop, dev } $10 != "-" { print prefix, hop, dev }'
	} | awk '
		$1 == "end" { wanted = 1; next }
		!wanted { there[$1, $2, $3] = 1; next }
		!(($1, $2, $3) in there) { print "no route to " $1; exit 1 }'
}

# up_all - add filter entries and routes at the same time: neither does harm without the other
up_all() {
	allow_all &
	build_all || {
		wait
		return 1
	}
	wait $!
}

# batch - create all tunnels that standard input has a line for. When a conflict stops the
# batch, the caller creates them one by one, and create() reports it.
batch() {
	lines=$(cat) dev=$receive
	# shellcheck disable=SC2016,SC2046 # a program for awk; three words
	set -- $(each '
		NR == 1 { ours = $4 }
		$4 != ours || $11 != "-" && ($11 < 32 || $11 > 64) { odd = NR }
		$1 == "v6udpv4" { udp = $7 }
		END { print ours, udp ? udp : "-", odd + 0 }')
	ours=$1 hop=$2
	[ "$3" = 0 ] || fail "line $3 cannot be batched"
	[ "$hop" = - ] || dev=$send_udp
	ours_port=${TSP_SERVER_PORT:-3653} range=${TSP_PSEUDO_RANGE_IPV4:-100.64.0.0/10}

	there && up_all >/dev/null 2>&1 && return
	said=$({ devices && there && load && { ! udp || udp_rules | nft -f -; } && up_all; } 2>&1) ||
		fail "$(echo "$said" | cut -c 1-200 | tail -n 3)"
}

# there - true if the shared devices exist at our address
there() {
	case $(ip -o -d link show dev $receive 2>/dev/null) in
	*" local $ours "*) ;;
	*) return 1 ;;
	esac
	! udp || ip link show dev $send_udp >/dev/null 2>&1
}

teardown() {
	# shellcheck disable=SC2086
	error=$(unbuild $dev "$hop" "$client" $prefix) || fail "$error"
	! udp || udp_forget
}

# elements_of KIND SET - list the elements as nft does; nothing for a missing set
elements_of() {
	listed=$(nft list "$1" ip tsp "$2" 2>&1) || case $listed in
	*"No such file"*) listed= ;;
	*)
		echo "$listed" >&2
		return 1
		;;
	esac
	printf '%s\n' "$listed"
}

# counters - print the counters for each line "ADDRESS HEADERS" of standard input, less
# HEADERS bytes for each packet; "-" where there is no tunnel
#
# nft cannot look up the counters of one client: one takes as long as all.
counters() {
	asked=$(cat)
	rx=$(elements_of set rx) && tx=$(elements_of set tx) && port=$(elements_of map udp_port) || exit
	printf '%s\n' "$asked" - "$rx" - "$tx" "$port" | awk '
		$0 == "-" { way++; next }
		!way { order[++n] = $1; headers[$1] = $2; next }
		{
			for (i = 2; i < NF; i++)
				if ($i == "counter" && $(i - 1) in headers) {
					packets[way, $(i - 1)] += $(i + 2)
					bytes[way, $(i - 1)] += $(i + 4) - $(i + 2) * headers[$(i - 1)]
				}
		}
		END {
			for (i = 1; i <= n; i++) {
				a = order[i]
				if ((1, a) in packets)
					printf "rx_bytes=%.0f tx_bytes=%.0f rx_packets=%.0f tx_packets=%.0f\n",
						bytes[1, a], bytes[2, a], packets[1, a], packets[2, a]
				else
					print "-"
			}
		}'
}

info() {
	said=$(echo "$hop $headers" | counters) || fail "counters cannot be read"
	[ "$said" != - ] || fail "no such tunnel"
	echo "$said"
}

# info_all - print the counters of all tunnels that standard input has a line for
info_all() {
	lines=$(cat)
	each '{ print hop, $1 == "v6udpv4" ? 28 : 20 }' | counters
}

case ${TSP_OPERATION:?} in
TSP_TUNNEL_BATCH)
	batch
	exit
	;;
TSP_TUNNEL_BATCH_INFO)
	info_all
	exit
	;;
esac
case ${TSP_TUNNEL_MODE:-v6v4} in
v6v4) dev=$receive headers=20 hop=${TSP_CLIENT_ADDRESS_IPV4:?} ;;
v6udpv4)
	dev=$send_udp headers=28 hop=${TSP_PSEUDO_ADDRESS_IPV4:?}
	theirs=${TSP_CLIENT_ADDRESS_IPV4:?} theirs_port=${TSP_CLIENT_PORT:?}
	ours_port=${TSP_SERVER_PORT:-3653} range=${TSP_PSEUDO_RANGE_IPV4:-100.64.0.0/10}
	;;
*) fail "mode $TSP_TUNNEL_MODE is unsupported" ;;
esac
client=${TSP_CLIENT_ADDRESS_IPV6:?}
server=${TSP_SERVER_ADDRESS_IPV6:?}
prefix=${TSP_PREFIX:+$TSP_PREFIX/${TSP_PREFIXLEN:?}}

case $TSP_OPERATION in
TSP_TUNNEL_CREATION) create ;;
TSP_TUNNEL_TEARDOWN) teardown ;;
TSP_TUNNEL_INFO) info ;;
*) fail "unknown operation $TSP_OPERATION" ;;
esac
