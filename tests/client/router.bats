#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# router.bats - a host behind a router that tspc has set up, with real router advertisements

# shellcheck disable=SC2153,SC2154 # variables of the libraries and of bats
load ../lib/handler
load ../lib/tspc
load ../lib/netns

setup() {
	net_begin
	lan_begin tspl$$
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

# serves_host - the host has an address and a route by a router advertisement, and uses them
serves_host() {
	local prefix
	prefix=$(tspc_value prefix)
	[[ $prefix == 2001:db8:1*::/56 ]] || fail "$prefix"
	lan_works "$prefix" || fail "$(<"$TSP_DIR/tspc.log")"
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

# by_hand OPERATION HOME DIRECTORY RC - networkd.sh with a /run that has DIRECTORY below networkd's; networkctl exits with RC
by_hand() {
	mkdir -p "$TSP_DIR/bin" "$TSP_DIR/taken"
	printf '#!/bin/sh\nexit %s\n' "$4" >"$TSP_DIR/bin/networkctl"
	chmod +x "$TSP_DIR/bin/networkctl"
	# shellcheck disable=SC2016 # for the shell in there
	in_cli env PATH="$TSP_DIR/bin:$PATH" TSP_OPERATION="TSP_TUNNEL_$1" TSP_TUNNEL_INTERFACE=tspc TSP_TUNNEL_CARRIER=tspc \
		TSP_RUN_DIR="$TSP_DIR/taken" TSP_HOST_TYPE=router TSP_PREFIX=2001:db8:1 TSP_PREFIXLEN=48 \
		TSP_HOME_INTERFACE="$2" unshare -m --propagation private sh -uc '
		mount -t tmpfs tmpfs /run
		mkdir -p "/run/systemd/network/$1"
		"$2/templates/client/networkd.sh"
		status=$?
		echo "left: $(find /run/systemd/network -type f)"
		exit $status' sh "$3" "$ROOT"
}

@test "networkd.sh fails if it cannot write a file, or read what networkd will change" {
	local name
	for name in lo/05-tspc.network.new nosuch/other; do
		run by_hand CREATION "${name%/*}" "${name#*/}" 0
		[[ $status -eq 1 && $output == *"networkd.sh: tspc: cannot write to /run/systemd/network"*"left: " ]] ||
			fail "$name: $status: $output"
	done
}

@test "networkd.sh without the right to have networkd read its files: nothing is left to take down" {
	run by_hand CREATION lo other 1
	[[ $status -eq 1 && $output == *"networkd.sh: tspc: networkd does not read its files"*"left: " ]] || fail "$status: $output"
	run by_hand TEARDOWN lo other 1
	[[ $status -eq 0 ]] || fail "$status: $output"
	# It has read them, and the teardown fails until it has forgotten them
	touch "$TSP_DIR/taken/tspc.networkd"
	run by_hand TEARDOWN lo other 1
	[[ $status -eq 1 && $output == *"networkd does not read its files"* ]] || fail "$status: $output"
	run by_hand TEARDOWN lo other 0
	[[ $status -eq 0 && -z $(ls "$TSP_DIR/taken") ]] || fail "$status: $output"
}
