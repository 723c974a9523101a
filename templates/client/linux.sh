#!/bin/sh
# SPDX-License-Identifier: MIT
# TSP-Carriers: kernel tspc
#
# linux.sh - a tunnel of this machine's, by iproute2
#
# Where the kernel carries the packets, the device is a sit tunnel, for v6udpv4 one in fou;
# exit status 69 says that this kernel has none, and tspc carries the packets itself
# between a tun device, which is there when this runs, and a socket.
#
# The default route has a metric that every other one beats: where there is native IPv6, it
# stays in use. What has an address of the tunnel's leaves through the tunnel nevertheless:
# nobody else would take it. A router gets the first /64 of its prefix on $TSP_HOME_INTERFACE, announced
# by radvd if that is installed; the rest is unreachable, so that no packet goes in circles.
# What was there before is written down in $TSP_RUN_DIR and put back by the teardown, which
# may run twice, and after a tspc that was killed.
#
# As "linux.sh tunnel" it leaves $TSP_HOME_INTERFACE to the template that runs it.
set -eu

dev=${TSP_TUNNEL_INTERFACE:?}
taken=${TSP_RUN_DIR:?}/$dev
conf=/proc/sys/net/ipv6/conf
alias="made by tspc"
only=${1:-}

fail() {
	echo "linux.sh: $dev: $*" >&2
	exit 1
}

# kernel_device COMMAND... - ip makes a device, or this kernel has no such devices
kernel_device() {
	[ ! -e "$conf/$dev" ] || fail "a device of this name is there and was not made by tspc"
	said=$(ip "$@" 2>&1) && return
	case $said in
	*"not supported"* | *"Unknown device type"* | *"No such device"* | *"No such file"*)
		unmake_device
		exit 69
		;;
	*) fail "$said" ;;
	esac
}

make_device() {
	[ "${TSP_TUNNEL_CARRIER:?}" = kernel ] || return 0
	ends="local ${TSP_CLIENT_ADDRESS_IPV4:?} remote ${TSP_SERVER_ADDRESS_IPV4:?}"
	# shellcheck disable=SC2086 # words
	case ${TSP_TUNNEL_MODE:?} in
	v6v4) kernel_device link add name "$dev" type sit $ends ttl 64 ;;
	v6udpv4)
		kernel_device fou add port "${TSP_CLIENT_PORT:?}" ipproto 41
		kernel_device link add name "$dev" type sit $ends ttl 64 \
			encap fou encap-sport "$TSP_CLIENT_PORT" encap-dport "${TSP_SERVER_PORT:?}"
		;;
	*) fail "no tunnel mode of this template: $TSP_TUNNEL_MODE" ;;
	esac
	ip link set dev "$dev" alias "$alias"
}

unmake_device() {
	[ "${TSP_TUNNEL_CARRIER:?}" = kernel ] || return 0
	if ip link show dev "$dev" 2>/dev/null | grep -qx " *alias $alias"; then
		ip link del dev "$dev"
	fi
	[ "${TSP_TUNNEL_MODE:?}" != v6udpv4 ] ||
		ip fou del port "${TSP_CLIENT_PORT:?}" ipproto 41 2>/dev/null || :
}

# harden - believe nothing that comes through the tunnel; before it is up
harden() {
	for setting in accept_ra=0 accept_redirects=0 autoconf=0 addr_gen_mode=1; do
		echo "${setting#*=}" >"$conf/$dev/${setting%=*}"
	done
}

# take FILE VALUE - set a sysctl, and write down what it was
take() {
	was=$(cat "$1" 2>/dev/null) || return 0
	[ "$was" != "$2" ] || return 0
	echo "$1 $was" >>"$taken.sysctls"
	echo "$2" >"$1"
}

give_back() {
	[ -e "$taken.sysctls" ] || return 0
	while read -r file was; do
		[ ! -e "$file" ] || echo "$was" >"$file"
	done <"$taken.sysctls"
	rm -f "$taken.sysctls"
}

# forward - packets are passed on. A machine that does so would no longer hear router
# advertisements, by which it may have its own native IPv6: it goes on hearing them
forward() {
	[ "$(cat "$conf/all/forwarding")" != 1 ] || return 0
	for file in "$conf"/*/accept_ra; do
		[ "$(cat "$file")" != 1 ] || take "$file" 2
	done
	take "$conf/all/forwarding" 1
}

# announce - router advertisements for the first /64
announce() {
	if ! command -v radvd >/dev/null; then
		echo "linux.sh: radvd is not installed: hosts on $TSP_HOME_INTERFACE need static addresses"
		return
	fi
	server=${TSP_CLIENT_DNS_ADDRESS_IPV6:-}
	cat >"$taken.radvd" <<-RADVD
		interface $TSP_HOME_INTERFACE {
			AdvSendAdvert on;
			AdvLinkMTU ${TSP_TUNNEL_MTU:?};
			prefix $(first)::/64 { };
			${server:+RDNSS $server { \};}
		};
	RADVD
	radvd -C "$taken.radvd" -p "$taken.radvd.pid" -m stderr
}

# silence - end radvd, and wait for its last advertisement
silence() {
	if [ -s "$taken.radvd.pid" ] && read -r pid <"$taken.radvd.pid" && kill "$pid" 2>/dev/null; then
		tries=50
		while [ $tries -gt 0 ] && kill -0 "$pid" 2>/dev/null; do
			tries=$((tries - 1))
			sleep 0.1
		done
	fi
	rm -f "$taken.radvd" "$taken.radvd.pid"
}

# is_router - there is a prefix to route
is_router() {
	[ "${TSP_HOST_TYPE:?}" = router ] && [ -n "${TSP_PREFIX:-}" ] && [ -n "${TSP_HOME_INTERFACE:-}" ]
}

# whole - the prefix with its length; $TSP_PREFIX has the groups that this needs
whole() {
	echo "$TSP_PREFIX::/${TSP_PREFIXLEN:?}"
}

# first - the first /64 of the prefix, as far as its groups go
first() {
	case $TSP_PREFIX in
	*:*:*:*) echo "$TSP_PREFIX" ;;
	*:*:*) echo "$TSP_PREFIX:0" ;;
	*) echo "$TSP_PREFIX:0:0" ;;
	esac
}

# from PREFIX - packets from there leave through the tunnel; a few kernels cannot say so
from() {
	ip -6 route add default from "$1" dev "$dev" metric "$(metric)" 2>/dev/null ||
		echo "linux.sh: this kernel has no routes by source (IPV6_SUBTREES)"
}

# metric - of our routes; two tunnels do not have the same
metric() {
	echo $((65536 + $(ip -o link show dev "$dev" | cut -d : -f 1)))
}

create() {
	make_device
	harden
	ip link set dev "$dev" mtu "${TSP_TUNNEL_MTU:?}" up
	ip -6 addr add "${TSP_CLIENT_ADDRESS_IPV6:?}/${TSP_TUNNEL_PREFIXLEN:?}" dev "$dev" nodad
	ip -6 route add "${TSP_SERVER_ADDRESS_IPV6:?}/128" dev "$dev"
	ip -6 route add default dev "$dev" metric "$(metric)"
	from "$TSP_CLIENT_ADDRESS_IPV6/128"
	is_router || return 0
	[ -e "$conf/$TSP_HOME_INTERFACE" ] || fail "no device $TSP_HOME_INTERFACE (if_prefix)"
	forward
	from "$(whole)"
	[ -z "$only" ] || return 0
	# Our router advertisements reach this machine, too
	take "$conf/$TSP_HOME_INTERFACE/accept_ra_pinfo" 0
	ip -6 route add unreachable "$(whole)" dev lo metric 65536
	ip -6 addr add "$(first)::1/64" dev "$TSP_HOME_INTERFACE" nodad
	announce
}

tear_down() {
	if is_router && [ -z "$only" ]; then
		silence
		ip -6 addr del "$(first)::1/64" dev "$TSP_HOME_INTERFACE" 2>/dev/null || :
		ip -6 route del unreachable "$(whole)" dev lo metric 65536 2>/dev/null || :
	fi
	give_back
	unmake_device
	# The tun device goes with tspc; until then nothing is to go into it
	[ "${TSP_TUNNEL_CARRIER:?}" != tspc ] || ip link set dev "$dev" down 2>/dev/null || :
}

case ${TSP_OPERATION:?} in
TSP_TUNNEL_CREATION) create ;;
TSP_TUNNEL_TEARDOWN) tear_down ;;
*) fail "no operation of this template: $TSP_OPERATION" ;;
esac
