#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# router.bats - a host behind a router that tspc has set up, with real router advertisements

# shellcheck disable=SC2153,SC2154 # variables of the libraries and of bats
load ../lib/handler
load ../lib/tspc
load ../lib/netns

# A host in $LAN, on the router's device "lan"
setup() {
	net_begin
	LAN=tspl$$
	ip netns add "$LAN"
	ip link add name lan netns "$CLI" type veth peer name host netns "$LAN"
	ip -n "$CLI" addr add 10.8.0.1/24 dev lan
	ip -n "$CLI" link set lan up
	ip netns exec "$LAN" sysctl -qw net.ipv6.conf.host.accept_ra=1 net.ipv6.conf.host.accept_dad=0
	ip -n "$LAN" link set host up
	ready_device lan
	net_serve
}

teardown() {
	net_end
}

# route_with TEMPLATE - tspc is up as a router by it
route_with() {
	tspc_start auth_method=any userid=alice passwd=s3cret tunnel_mode=v6udpv4 carrier=tspc host_type=router \
		if_prefix=lan prefixlen=56 log_stderr=2 template="$ROOT/templates/client/$1.sh"
	tspc_is up
}

# addressed - the host has made itself an address of the first /64
addressed() {
	ip -n "$LAN" -6 addr show dev host scope global | grep -q " ${1%/56}[0-9a-f]*:[0-9a-f:]*/64 "
}

# serves_host - the host has an address and a route by a router advertisement, and uses them
serves_host() {
	local prefix
	prefix=$(tspc_value prefix)
	[[ $prefix == 2001:db8:1*::/56 ]] || fail "$prefix"
	wait_until 20 addressed "${prefix%:/56}" || fail "no address" "$(<"$TSP_DIR/tspc.log")" \
		"$(ip -n "$LAN" -6 addr)" "$(ip -n "$CLI" -6 addr)"
	ip netns exec "$LAN" ping -6 -c 1 -W 5 -q 2001:db8:99::1 >/dev/null ||
		fail "the host does not reach the internet" "$(ip -n "$LAN" -6 route)" "$(in_cli ip -6 route)"
	[[ $(in_cli ip -6 route get "${prefix%:/56}:ff:0:0:0:1" 2>&1 || true) != *"dev tspc"* ]]
}

@test "linux.sh: radvd announces the prefix" {
	local before
	requires radvd
	before=$(snapshot)
	route_with linux
	serves_host
	tspc_stop
	as_before "$before"
}

# networkd_knows DEVICE STATE - and says that the device is in this state
networkd_knows() {
	local list
	list=$(in_cli networkctl list 2>&1)
	[[ $list != *"not running"* && $list =~ \ $1\ [^$'\n']*\ $2 ]]
}

# networkd_start STATE - systemd-networkd in the client's namespace, with a bus and a /run that only it
# and tspc see; lan is in this state by then
networkd_start() {
	requires dbus-daemon networkctl
	[[ -x /lib/systemd/systemd-networkd ]] || skip "needs systemd-networkd"
	mkdir -p /etc/systemd/network "$TSP_DIR/network"
	# shellcheck disable=SC2016 # for the shell in there
	background ip netns exec "$CLI" unshare -m --propagation private sh -euc '
		mount --bind "$1" /etc/systemd/network
		mount -t tmpfs tmpfs /run
		mount -o remount,bind,ro /sys
		mkdir -p /run/dbus /run/systemd/network
		setpriv --pdeathsig KILL dbus-daemon --system --nofork --nopidfile &
		until [ -e /run/dbus/system_bus_socket ]; do sleep 0.05; done
		exec /lib/systemd/systemd-networkd' sh "$TSP_DIR/network"
	NETWORKD=${NET_PIDS[-1]}
	# shellcheck disable=SC2034 # used by netns.bash
	CLIENT=(nsenter --target "$NETWORKD" --mount --net)
	wait_until 10 networkd_knows lan "$1" || fail "no networkd" "$(grep -v dbus-daemon "$TSP_DIR/background")" "$(in_cli networkctl list 2>&1)"
}

# is_snapshot TEXT - nothing has changed since this snapshot
is_snapshot() {
	[[ $(snapshot) == "$1" ]]
}

# by_networkd - networkd.sh does all that linux.sh does, and takes it back
by_networkd() {
	local before
	before=$(snapshot)
	route_with networkd
	serves_host
	networkd_knows tspc unmanaged
	tspc_stop
	wait_until 10 is_snapshot "$before" || as_before "$before"
	[[ -z $(in_cli ls /run/systemd/network) ]]
}

@test "networkd.sh: networkd announces the prefix on a device that it does not manage" {
	networkd_start unmanaged
	by_networkd
}

@test "networkd.sh: networkd announces the prefix on a device that it manages" {
	mkdir "$TSP_DIR/network"
	printf '%s\n' '[Match]' Name=lan '[Network]' IPv6AcceptRA=no KeepConfiguration=yes >"$TSP_DIR/network/lan.network"
	networkd_start configured
	by_networkd
	networkd_knows lan configured
}

@test "networkd.sh fails if it cannot write a file, or read what networkd will change" {
	local name
	mkdir "$TSP_DIR/bin" "$TSP_DIR/taken"
	printf '#!/bin/sh\n' >"$TSP_DIR/bin/networkctl"
	chmod +x "$TSP_DIR/bin/networkctl"
	for name in lo/05-tspc.network.new nosuch/other; do
		# shellcheck disable=SC2016 # for the shell in there
		run env PATH="$TSP_DIR/bin:$PATH" TSP_OPERATION=TSP_TUNNEL_CREATION TSP_TUNNEL_INTERFACE=tspc \
			TSP_RUN_DIR="$TSP_DIR/taken" TSP_HOST_TYPE=router TSP_PREFIX=2001:db8:1 TSP_PREFIXLEN=48 \
			TSP_HOME_INTERFACE="${name%/*}" unshare -m --propagation private sh -euc '
			mount -t tmpfs tmpfs /run
			mkdir -p "/run/systemd/network/$1"
			exec "$2/templates/client/networkd.sh"' sh "${name#*/}" "$ROOT"
		[[ $status -eq 1 && $output == *"networkd.sh: tspc: cannot write to /run/systemd/network"* ]] ||
			fail "$name: $status: $output"
	done
}
