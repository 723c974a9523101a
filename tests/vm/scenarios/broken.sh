# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC1090,SC2016,SC2034,SC2154
#
# broken.sh - break the product on purpose and see the scenarios notice: `run vm broken`
#
# README.md lists each change and the test that has to fail. Not part of a usual run.

lib=/etc/tsp/templates
unit=$(dirname "$(systemctl show -P FragmentPath tsp.socket)")

# in_file NAME WHAT INSTEAD - change a template, where it has such a line; rules of nftables
# have all characters in them that could part the two
in_file() {
	sed -i $'s\001'"$2"$'\001'"$3"$'\001' "$lib/$1.sh"
}

# in_template WHAT INSTEAD - change the template in use
in_template() {
	in_file "$template" "$@"
}

# in_the_place_of PROGRAM <<SCRIPT - a script, which finds the program below /run
in_the_place_of() {
	cat >/usr/sbin/new
	chmod 755 /usr/sbin/new
	mv /usr/sbin/new "/usr/sbin/$1"
}

# in_unit NAME WHAT INSTEAD
in_unit() {
	grep -q -- "$2" "$unit/$1" || echo "# $1 has no '$2'"
	sed -i "s@$2@$3@" "$unit/$1"
	systemctl daemon-reload
	[[ $1 != *.socket ]] || systemctl restart "$1"
}

# in_drop_in WHAT INSTEAD - of the one that gives CAP_NET_ADMIN
in_drop_in() {
	sed -i "s@$1@$2@" /etc/systemd/system/tsp@.service.d/with-net-admin.conf
	systemctl daemon-reload
}

# in_handler WHAT INSTEAD - a text of the program, by another of the same length
in_handler() {
	grep -q -- "$1" /usr/sbin/tsp-handler || echo "# tsp-handler has no '$1'"
	sed -i "s@$1@$2@" /usr/sbin/tsp-handler
}

# boot_again - as a boot does, for restore.sh: 200 leases, no tunnels, units started in order. What
# the others wait for is started first: the manager begins before it has heard of all of them.
boot_again() {
	local template=$template
	clean
	cp -a seed/users /etc/tsp/users
	cp -a seed/"$template"/*.leases /var/lib/tsp/
	configure server.lifetime=100000
	systemctl stop tsp.socket tsp-udp.socket tsp-udp.service tsp-restore.service
	boot_clock=$(./clock.sh)
	systemctl start tsp-restore.service tsp.socket tsp-udp.socket
}

# whole SCENARIO - with the product repaired it passes
whole() {
	local scenario=$1
	if [[ ! -e /run/intact.$scenario ]]; then
		began=$EPOCHSECONDS
		[[ $scenario != restore ]] || boot_again
		# the result of an intact product decides whether a broken one says anything
		(. "scenarios/$scenario.sh") >"/run/intact.$scenario" 2>&1
	fi
	! grep '^not ok' "/run/intact.$scenario" | sed 's/^/# intact: /' | grep .
}

# sabotage SCENARIO TEST COMMAND... - with that done, the test of the scenario has to fail
sabotage() {
	local scenario=$1 test=$2 command
	[[ " ${only:-$scenario} " == *" $scenario "* ]] || return 0
	shift 2
	printf -v command ' %q' "$@"
	cp -a $lib /run/whole.templates
	cp -a "$unit" /run/whole.units
	cp -a /usr/sbin/tsp-handler /usr/sbin/tspctl /run/
	"$@"
	began=$EPOCHSECONDS
	[[ $scenario != restore ]] || boot_again
	(. "scenarios/$scenario.sh") >/run/broken.out 2>&1
	rm -rf $lib "$unit"
	mv /run/whole.templates $lib
	mv /run/whole.units "$unit"
	mv /run/tsp-handler /run/tspctl /usr/sbin/
	[[ $template != sit ]] || cp /usr/lib/tsp/with-net-admin.conf /etc/systemd/system/tsp@.service.d/
	# shellcheck disable=SC1091
	. ./lib.sh
	sysctl -qw net.ipv6.conf.all.forwarding=1
	systemctl daemon-reload
	systemctl reset-failed
	systemctl stop tsp-udp.socket tsp-udp.service
	systemctl restart tsp.socket tsp-udp.socket
	# A scenario in which nothing works any more proves nothing about that test
	if grep -q "^not ok - $scenario: $test" /run/broken.out &&
		grep -q "^ok - $scenario: " /run/broken.out && whole "$scenario"; then
		test="$scenario: $test, after$command" scenario=broken
		ok "$test"
	else
		test="$scenario: $test, after$command" scenario=broken
		not_ok "$test" "$(grep '^not ok' /run/broken.out)"
	fi
}

# The scenarios to try, as `run` was told in $BREAK; all when it was told nothing
only=$(cat break 2>/dev/null)

# What can be broken

no_forwarding() { sysctl -qw net.ipv6.conf.all.forwarding=0; }
no_server_end() {
	in_template 'addr add $address .*' 'link show dev lo'
}
no_filter() { sed -i 's/counter drop/counter accept/' "$lib/$template.sh"; }
no_teardown() {
	in_template '^teardown() {' 'teardown() { return 0'
	in_template 'ip link del dev "$dev"' :
	in_template 'exec tsp-tunnel del' 'exit 0'
}
no_replacing() {
	no_teardown
	in_template '^is_sit() {' 'is_sit() { return 1'
}

# configured SETTING... - whatever a scenario says
configured() {
	local also="$*"
	eval "$(declare -f configure | sed '1s/configure/configure_as_told/')
		configure() { configure_as_told \"\$@\" $also; }"
}
stays_root() {
	in_the_place_of tsp-handler <<-'SCRIPT'
		#!/bin/sh
		/run/tsp-handler "$@"
		exit
	SCRIPT
}
# a handler that has failed does not end
lingers() {
	in_the_place_of tsp-handler <<-'SCRIPT'
		#!/bin/sh
		/run/tsp-handler "$@" || sleep 200
	SCRIPT
}
# tspctl_without COMMAND - it succeeds and does nothing
tspctl_without() {
	in_the_place_of tspctl <<-SCRIPT
		#!/bin/sh
		[ "\$1" = -c ] && command=\$3 || command=\$1
		[ "\$command" = $1 ] || exec /run/tspctl "\$@"
	SCRIPT
}
always_traffic() {
	in_template 'exec tsp-tunnel info' 'n=$(date +%s); exec echo rx_bytes=$n tx_bytes=0 rx_packets=$n tx_packets=0'
	in_template 'exec tsp-tunnel batch info' 'exit 1'
	in_template '^info() {' 'info() { n=$(date +%s); echo rx_bytes=$n tx_bytes=0 rx_packets=$n tx_packets=0; return 0'
}
# no_pool_routes - as clean leaves it
no_pool_routes() {
	eval "$(declare -f clean | sed '1s/clean/clean_as_told/')
		clean() {
			clean_as_told
			[[ $template != fast ]] || ip -6 route flush dev tsp0
			systemctl stop tsp-routes
		}"
}
# the restart of the host's firewall takes the tunnels along
bound_to_firewall() {
	in_unit tsp-datapath.service ' --keep-tunnels' ''
	in_unit tsp-datapath.service '^Before=.*' 'PartOf=nftables.service'
}
# The default, 200 within 2 s, for a machine so slow as this
trigger_limit() { in_unit tsp.socket '^TriggerLimitIntervalSec=.*' 'TriggerLimitIntervalSec=60'; }

sabotage host "it reaches an internet host" no_forwarding
sabotage onlink "the internet host reaches the one" no_forwarding
sabotage static-nat "without static_nat a private address" configured server.static_nat=yes
sabotage static-nat "with static_nat the client gets" in_handler static_nat statik_nat
sabotage failure "a template that hangs at its end: nothing" no_teardown
sabotage expiry "then it takes down the host's tunnel" in_unit tsp-expire.service '^ExecStart=.*' ExecStart=/bin/true
sabotage expiry "its tunnel is gone" tspctl_without release
sabotage expiry "a tunnel without traffic is gone" always_traffic
sabotage move "from [a-z]*.sh to [a-z]*.sh: there are two tunnels" tspctl_without restore
sabotage restore "all tunnels are there" tspctl_without restore
sabotage restore "they were before the socket listened" in_unit tsp-restore.service '^Before=.*' '#'
sabotage restore "the tunnels carry packets" in_unit tsp-restore.service '^ExecStart=' 'ExecStartPre=/bin/sleep 16\nExecStart='
sabotage inetd "no process of the session is root" stays_root
sabotage journal "the user and the IPv4 address" in_handler TSP_ADDRESS TSP_ADRESSE
sabotage burst "failed handlers do not count" lingers
sabotage burst "the instances go away" in_unit tsp@.service '^CollectMode=.*' '#'
sabotage burst "the socket unit still listens" trigger_limit
case $template in
sit)
	sabotage host "keepalives are answered" no_server_end
	sabotage host "packets of full size pass" in_template mtu=1480 mtu=1380
	sabotage router "a host behind the router reaches" in_template '{prefix:+route' '{nothing:+route'
	sabotage router "what is outside of it does not" in_template '/${TSP_PREFIXLEN:?}' /56
	sabotage return "the user comes back from another IPv4" no_replacing
	sabotage ingress "another user's address: dropped" no_filter
	sabotage ingress "another user's prefix: counted" in_template 'counter drop' drop
	sabotage pmtu "sender 1 is told" in_template 'ttl $ttl' 'ttl inherit nopmtudisc'
	sabotage unused-prefix "one of a prefix" no_pool_routes
	sabotage units "effective capabilities" in_drop_in '^AmbientCapabilities=.*' '#'
	sabotage failure "a device of that name: nothing is left" in_template '^is_sit() {' 'is_sit() { return 0'
	sabotage template "rate.sh" no_teardown
	sabotage networkd "an address of nobody" in_file networkd 'counter drop' 'counter accept'
	sabotage several "and is filtered" in_template '^	filter ||' '	: ||'
	;;
fast)
	sabotage nat "the first one reaches the second" no_forwarding
	sabotage nat "and ends it" tspctl_without expire
	sabotage nat "and the client goes on without" tspctl_without restore
	sabotage tspc-nat "kernel: and it is the same one" tspctl_without restore
	sabotage forged "no conversation outlives" configured limits.login_seconds=600 limits.session_seconds=600
	sabotage forged "of the forged leases none" tspctl_without expire
	sabotage router "a host behind the router reaches" in_template '^set -eu' 'set -eu; unset TSP_PREFIX TSP_PREFIXLEN'
	sabotage unused-prefix "one of a prefix" no_pool_routes
	sabotage firewall-reload "after a restart: traffic flows" bound_to_firewall
	sabotage firewall-reload "and up: traffic flows again" in_unit tsp-datapath-watch.service '/tsp.conf mend' '/none mend'
	sabotage blocklist "a client that is not in it" in_template 'exec tsp-tunnel add' 'nft list ruleset >/dev/null; exec tsp-tunnel add'
	sabotage uplinks "bond: the programs are at" configured server.uplink=wan0
	sabotage units "effective capabilities" in_unit tsp@.service '^CapabilityBoundingSet=.*' AmbientCapabilities=CAP_NET_ADMIN
	sabotage failure "a data path that is not started: the client" in_template 'exec tsp-tunnel add' 'tsp-tunnel add || :'
	;;
esac
