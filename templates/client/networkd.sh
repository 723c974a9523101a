#!/bin/sh
# SPDX-License-Identifier: MIT
# TSP-Carriers: kernel tspc
#
# networkd.sh - a tunnel on a machine that systemd-networkd configures
#
# linux.sh, in the same directory, makes the tunnel, whose device networkd leaves alone: it
# would remove our routes if a .network file of the machine matches every device. A router's
# $TSP_HOME_INTERFACE gets the first /64 of the prefix and router advertisements by a drop-in
# for its .network file, or by a file if it has none; the rest of the prefix is unreachable.
# tspc-template(7) says which rights that needs.
set -eu
umask 022 # networkd runs as another user and reads the files

dev=${TSP_TUNNEL_INTERFACE:?}
linux=${0%/*}/linux.sh
files=/run/systemd/network
taken=${TSP_RUN_DIR:?}/$dev.accept_ra
told=$TSP_RUN_DIR/$dev.networkd # networkd has read our files
sysctl=/proc/sys/net/ipv6/conf/${TSP_HOME_INTERFACE:-$dev}/accept_ra

fail() {
	echo "networkd.sh: $dev: $*" >&2
	exit 1
}

# is_router - there is a prefix to route
is_router() {
	[ "${TSP_HOST_TYPE:?}" = router ] && [ -n "${TSP_PREFIX:-}" ] && [ -n "${TSP_HOME_INTERFACE:-}" ]
}

# first - the first /64 of the prefix, as far as its groups go
first() {
	case $TSP_PREFIX in
	*:*:*:*) echo "$TSP_PREFIX" ;;
	*:*:*) echo "$TSP_PREFIX:0" ;;
	*) echo "$TSP_PREFIX:0:0" ;;
	esac
}

# network_file - the .network file of the home device; empty if networkd does not manage it
network_file() {
	networkctl --no-pager status "$TSP_HOME_INTERFACE" | sed -n 's|^ *Network File: /|/|p'
}

# put FILE - write standard input to it, so that networkd never reads half of it
put() {
	mkdir -p "${1%/*}" && cat >"$1.new" && mv "$1.new" "$1"
}

# describe_tunnel - its device is not networkd's
describe_tunnel() {
	put "$files/05-$dev.network" <<-NETWORK
		[Match]
		Name=$dev
		[Link]
		Unmanaged=yes
	NETWORK
}

# describe_home - additional settings of the home device
describe_home() {
	cat <<-NETWORK
		[Network]
		Address=$(first)::1/64
		IPv6SendRA=yes
		[IPv6SendRA]
		EmitDNS=${TSP_CLIENT_DNS_ADDRESS_IPV6:+yes
		DNS=}${TSP_CLIENT_DNS_ADDRESS_IPV6:-no}
		[IPv6Prefix]
		Prefix=$(first)::/64
		[Route]
		Destination=$TSP_PREFIX::/${TSP_PREFIXLEN:?}
		Type=unreachable
		Metric=65536
	NETWORK
}

# describe_all - a drop-in for the home device's file; a file that keeps what others have given
# the device, if there is none
describe_all() {
	# the caller tests the result, so "set -e" is off in here
	describe_tunnel || return
	is_router || return 0
	file=$(network_file)
	if [ -n "$file" ]; then
		describe_home | put "$files/${file##*/}.d/50-$dev.conf"
	else
		# networkd changes it, and does not put it back
		cat "$sysctl" >"$taken" || return
		{
			printf '[Match]\nName=%s\n' "$TSP_HOME_INTERFACE"
			describe_home
			printf '[Network]\nKeepConfiguration=yes\nIPv6AcceptRA=no\n'
		} | put "$files/50-$dev.network"
	fi
}

# clear - remove our files
clear() {
	rm -f "$files/05-$dev.network"* "$files/50-$dev.network"* "$files"/*.network.d/"50-$dev.conf"*
	rmdir "$files"/*.network.d 2>/dev/null || :
}

# forget - remove our files, and have networkd forget what it has read in them
forget() {
	[ -e "$told" ] || [ -e "$files/05-$dev.network" ] || return 0
	clear
	networkctl reload || fail "networkd does not read its files"
	rm -f "$told"
}

# give_up TEXT - networkd knows nothing of this tunnel, and a teardown without a right succeeds
give_up() {
	clear || :
	fail "$1"
}

create() {
	forget # a tunnel that was not taken down
	describe_all || give_up "cannot write to $files"
	networkctl reload || give_up "networkd does not read its files"
	: >"$told"
	"$linux" tunnel
}

# give_back - what networkd has changed
give_back() {
	[ ! -e "$taken" ] || [ ! -e "$sysctl" ] || cat "$taken" >"$sysctl"
	rm -f "$taken"
}

tear_down() {
	"$linux" tunnel
	forget
	give_back
}

case ${TSP_OPERATION:?} in
TSP_TUNNEL_CREATION) create ;;
TSP_TUNNEL_TEARDOWN) tear_down ;;
*) fail "no operation of this template: $TSP_OPERATION" ;;
esac
