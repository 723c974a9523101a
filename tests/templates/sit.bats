#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# sit.bats - templates/sit.sh in its own network namespace, with the real ip and nft
#
# Where the kernel has no sit, a wrapper of ip makes veth devices instead: all but the
# encapsulation is real even there. $TSP_DIR/commands has what ip -batch was given.

bats_require_minimum_version 1.5.0

ROOT=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
PREFIX=(TSP_PREFIX=2001:db8:1000:100:: TSP_PREFIXLEN=56)

setup() {
	[[ $EUID -eq 0 ]] || skip "needs root"
	TSP_DIR=$(mktemp -d "${TMPDIR:-/tmp}/tsp-test.XXXXXX")
	mkfifo "$TSP_DIR/ready"
	# shellcheck disable=SC2016 # $0 is the inner shell's
	unshare -n sh -c 'echo >"$0"; exec sleep 900' "$TSP_DIR/ready" 3>&- &
	HOLDER=$!
	read -r -t 5 _ <>"$TSP_DIR/ready" || skip "needs network namespaces"
	wrap_ip
	inside ip link set lo up
	inside nft list tables || skip "needs nftables"
}

teardown() {
	[[ -z ${HOLDER:-} ]] || kill "$HOLDER" || true
	[[ ${TSP_DIR:-} != */tsp-test.* ]] || rm -rf "$TSP_DIR"
}

inside() {
	nsenter --net="/proc/$HOLDER/ns/net" env PATH="$TSP_DIR/bin:$PATH" "$@"
}

wrap_ip() {
	local kind=sit real
	real=$(command -v ip)
	inside "$real" link add probe type sit 2>/dev/null || kind=veth
	inside "$real" link del probe 2>/dev/null || true
	mkdir "$TSP_DIR/bin"
	cat >"$TSP_DIR/bin/ip" <<-SCRIPT
		#!/bin/sh
		if [ "\$1" = -batch ]; then
			tee -a "$TSP_DIR/commands" | sed 's/type sit.*/type $kind/' | $real -batch -
			exit
		fi
		for word; do
			shift
			[ "\$word" != sit ] || word=$kind
			set -- "\$@" "\$word"
		done
		exec $real "\$@"
	SCRIPT
	[[ $kind != sit ]] || sed -i 's/ | sed [^|]*//' "$TSP_DIR/bin/ip"
	chmod 755 "$TSP_DIR/bin/ip"
}

# template OPERATION [VARIABLE=VALUE]... - run the template for lease 1
template() {
	inside env TSP_OPERATION="TSP_TUNNEL_$1" TSP_TUNNEL_INTERFACE=tsp1 TSP_TUNNEL_MODE=v6v4 \
		TSP_SERVER_ADDRESS_IPV4=192.0.2.1 TSP_CLIENT_ADDRESS_IPV4=198.51.100.7 \
		TSP_SERVER_ADDRESS_IPV6=2001:db8:ffff::2 TSP_CLIENT_ADDRESS_IPV6=2001:db8:ffff::3 \
		TSP_TUNNEL_PREFIXLEN=127 "${@:2}" "$ROOT/templates/sit.sh"
}

no_device() {
	run -1 inside ip link show tsp1
}

prefix_route() {
	inside ip -6 route show 2001:db8:1000:100::/56
}

@test "creation: device, address, route, up, filter, in one ip -batch" {
	run -0 template CREATION "${PREFIX[@]}"
	[[ -z $output ]]
	grep -qx 'link add name tsp1 mtu 1480 type sit mode ip6ip local 192.0.2.1 remote 198.51.100.7 ttl 64' \
		"$TSP_DIR/commands"
	inside ip link show tsp1 | grep -q 'mtu 1480'
	inside ip link show tsp1 | grep -q '[<,]UP[,>]'
	inside ip -6 addr show tsp1 | grep -q 'inet6 2001:db8:ffff::2/127 scope global'
	[[ $(prefix_route) == *"dev tsp1"* ]]
	[[ $(inside nft list chain ip6 tsp ingress | grep -cE '(accept|drop)$') -eq 5 ]]
}

@test "a host: nothing is built for variables that are not set" {
	run -0 template CREATION TSP_PREFIX= TSP_SERVER_ADDRESS_IPV4=
	grep -q 'local any remote 198.51.100.7' "$TSP_DIR/commands"
	[[ -z $(prefix_route) ]]
}

@test "creation again replaces the tunnel, with nothing of the old one" {
	run -0 template CREATION "${PREFIX[@]}"
	run -0 template CREATION TSP_SERVER_ADDRESS_IPV6=2001:db8:ffff::4
	[[ -z $(prefix_route) ]]
	inside ip -6 addr show tsp1 | grep -q 2001:db8:ffff::4/127
	run -1 grep 2001:db8:ffff::2/127 <<<"$(inside ip -6 addr show tsp1)"
	run -0 template CREATION "${PREFIX[@]}"
	[[ $(prefix_route) == *"dev tsp1"* ]]
}

@test "teardown, and teardown of what is not there" {
	run -0 template CREATION "${PREFIX[@]}"
	run -0 template TEARDOWN "${PREFIX[@]}"
	no_device
	run -0 template TEARDOWN "${PREFIX[@]}"
	[[ -z $output ]]
}

@test "a creation that fails half way leaves nothing, and says what ip said" {
	inside ip -6 route add 2001:db8:1000:100::/56 dev lo
	run -1 template CREATION "${PREFIX[@]}"
	[[ $output == "sit.sh: tsp1: "*"File exists"* ]]
	no_device
	[[ $(prefix_route) == *"dev lo"* ]]
}

@test "a host whose IPv6 is off: the message says what is off" {
	inside sysctl -qw net.ipv6.conf.default.disable_ipv6=1
	run -1 template CREATION
	[[ $output == "sit.sh: tsp1: "*"IPv6 is off: sysctl net.ipv6.conf.default.disable_ipv6 is 1"* ]] || {
		echo "$output"
		false
	}
	no_device
}

@test "a device of another kind is left alone" {
	inside ip link add tsp1 type bridge
	run -1 template CREATION
	[[ $output == "sit.sh: tsp1: "*"File exists"* ]]
	run -0 template TEARDOWN
	[[ -n $(inside ip -o link show dev tsp1 type bridge) ]]
}

@test "without its filter there is no tunnel" {
	printf '#!/bin/sh\nexit 1\n' >"$TSP_DIR/bin/nft"
	chmod 755 "$TSP_DIR/bin/nft"
	run -1 template CREATION
	[[ $output == *"cannot load the ingress filter"* ]]
	no_device
}

@test "the filter is loaded once by many at the same time, and again when it is gone" {
	local i pids=()
	for i in 1 2 3 4 5 6 7 8; do
		template CREATION TSP_TUNNEL_INTERFACE="tsp$i" TSP_CLIENT_ADDRESS_IPV4="198.51.100.$i" \
			TSP_SERVER_ADDRESS_IPV6="2001:db8:ffff::$((2 * i))" &
		pids+=($!)
	done
	for i in "${pids[@]}"; do
		wait "$i"
	done
	[[ $(inside nft list chain ip6 tsp ingress | grep -cE '(accept|drop)$') -eq 5 ]]
	inside nft flush ruleset
	run -0 template CREATION
	[[ $(inside nft list chain ip6 tsp ingress | grep -cE '(accept|drop)$') -eq 5 ]]
}

@test "the filter passes the client's addresses and counts others by device" {
	run -0 template CREATION "${PREFIX[@]}"
	# a client whose end of the tunnel is a veth device called tsp9
	inside ip link add tsp9 type veth peer name client
	# shellcheck disable=SC2016 # $0 is the inner shell's
	unshare -n sh -c 'echo >"$0"; exec sleep 900' "$TSP_DIR/ready" 3>&- &
	local client=$!
	# before that its namespace would still be this machine's own
	read -r -t 5 _ <>"$TSP_DIR/ready"
	inside ip link set client netns $client
	client() { nsenter --net=/proc/$client/ns/net "$@"; }
	inside sh -c 'ip addr add 2001:db8:9::2/127 dev tsp9 nodad; ip link set tsp9 up'
	# shellcheck disable=SC2016 # $a is the inner shell's
	client sh -c 'for a in 2001:db8:9::3/127 2001:db8:bad::1/128; do
		ip addr add $a dev client nodad; done; ip link set client up'
	client ping -6 -q -c 1 -W 2 2001:db8:9::2
	run -1 client ping -6 -q -c 1 -W 1 -I 2001:db8:bad::1 2001:db8:9::2
	inside nft list set ip6 tsp dropped | grep -q '"tsp9" counter packets [1-9]'
	kill $client
}

@test "counters, in the form tspctl reads" {
	run -0 template CREATION
	run -0 template INFO
	[[ $output =~ ^rx_bytes=[0-9]+\ tx_bytes=[0-9]+\ rx_packets=[0-9]+\ tx_packets=[0-9]+$ ]]
	run -0 template TEARDOWN
	run ! template INFO
}

@test "counters of a tunnel with other ends, as before the server's address changed, are refused" {
	run -0 template CREATION
	mv "$TSP_DIR/bin/ip" "$TSP_DIR/bin/ip.any"
	cat >"$TSP_DIR/bin/ip" <<-'SCRIPT'
		#!/bin/sh
		# a device that stands in for one of sit is shown with that one's ends
		ip.any "$@" | sed 's,link/ether [^ ]* brd [0-9a-f:]*,link/sit 192.0.2.1 peer 198.51.100.7,'
	SCRIPT
	chmod 755 "$TSP_DIR/bin/ip"
	run -0 template INFO
	run -1 template INFO TSP_SERVER_ADDRESS_IPV4=192.0.2.2
	[[ $output == *"ends at other addresses than 192.0.2.2 and 198.51.100.7"* ]]
	run -1 template INFO TSP_CLIENT_ADDRESS_IPV4=198.51.100.70
	run -1 template INFO TSP_SERVER_ADDRESS_IPV4=
	mv "$TSP_DIR/bin/ip.any" "$TSP_DIR/bin/ip"
}

@test "what it cannot do it refuses" {
	run -1 template CREATION TSP_TUNNEL_MODE=v4v6
	[[ $output == *"v4v6"* ]]
	run -1 template CREATION TSP_TUNNEL_MODE=v6udpv4
	[[ $output == *"fast.sh"* ]]
	run -0 template TEARDOWN TSP_TUNNEL_MODE=v6udpv4 # that an earlier version built
	run -1 template REPAIR
	[[ $output == *"TSP_TUNNEL_REPAIR"* ]]
	run ! template CREATION TSP_CLIENT_ADDRESS_IPV4=
	no_device
}
