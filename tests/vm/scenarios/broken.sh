# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC1090,SC2016,SC2034,SC2154
#
# broken.sh - break the product on purpose and see the scenarios notice: `run vm broken`
#
# README.md has what is broken here and which test has to fail. Not part of a usual run.

lib=/etc/tsp/templates
unit=$(dirname "$(systemctl show -P FragmentPath tsp.socket)")

# in_template WHAT INSTEAD - change the template in use, where it has such a line
in_template() {
	sed -i "s@$1@$2@" "$lib/$template.sh"
}

# in_unit NAME WHAT INSTEAD
in_unit() {
	grep -q -- "$2" "$unit/$1" || echo "# $1 has no '$2'"
	sed -i "s@$2@$3@" "$unit/$1"
	systemctl daemon-reload
	[[ $1 != *.socket ]] || systemctl restart "$1"
}

# in_handler WHAT INSTEAD - a text of the program, by another of the same length
in_handler() {
	grep -q -- "$1" /usr/sbin/tsp-handler || echo "# tsp-handler has no '$1'"
	sed -i "s@$1@$2@" /usr/sbin/tsp-handler
}

# whole SCENARIO - with nothing broken it passes; tried once, after what was broken is whole again
whole() {
	local scenario=$1
	if [[ ! -e /run/intact.$scenario ]]; then
		began=$EPOCHSECONDS
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
	(. "scenarios/$scenario.sh") >/run/broken.out 2>&1
	rm -rf $lib "$unit"
	mv /run/whole.templates $lib
	mv /run/whole.units "$unit"
	mv /run/tsp-handler /run/tspctl /usr/sbin/
	sysctl -qw net.ipv6.conf.all.forwarding=1
	systemctl daemon-reload
	systemctl reset-failed
	systemctl restart tsp.socket
	# A scenario in which nothing works any more proves nothing about that test
	if grep -q "^not ok - $scenario: $test" /run/broken.out &&
		grep -q "^ok - $scenario: " /run/broken.out && whole "$scenario"; then
		scenario=broken
		ok "$test, after$command"
	else
		scenario=broken
		not_ok "$test, after$command" "$(grep '^not ok' /run/broken.out)"
	fi
}

# The scenarios to try, as `run` was told in $BREAK; all when it was told nothing
only=$(cat break 2>/dev/null)

# What can be broken

no_forwarding() { sysctl -qw net.ipv6.conf.all.forwarding=0; }
no_server_end() {
	in_template 'route replace local .*' 'link show dev lo'
	in_template 'addr add $address .*' 'link show dev lo'
}
no_filter() { sed -i 's/counter drop/counter accept/' "$lib/$template.sh"; }
no_teardown() {
	in_template '^teardown() {' 'teardown() { return 0'
	in_template 'ip link del dev "$dev"' :
}
no_replacing() {
	no_teardown
	in_template '^clear() {' 'clear() { return 0'
	in_template '^is_sit() {' 'is_sit() { return 1'
}

sabotage host "it reaches an internet host" no_forwarding
sabotage host "keepalives are answered" no_server_end
sabotage host "packets of full size pass" in_template mtu=1480 mtu=1380
sabotage router "a host behind the router reaches" in_template '{prefix:+route' '{nothing:+route'
sabotage router "what is outside of it does not" in_template '/${TSP_PREFIXLEN:?}' /56
sabotage return "the user comes back from another IPv4" no_replacing
sabotage ingress "another user's address: dropped" no_filter
sabotage ingress "another user's prefix: counted" in_template 'counter drop' drop
sabotage failure "a template that hangs at its end: nothing" no_teardown
sabotage expiry "then it takes down the host's tunnel" in_unit tsp-expire.service '^ExecStart=.*' ExecStart=/bin/true
sabotage expiry "its tunnel is gone" no_teardown
sabotage journal "the user and the IPv4 address" in_handler TSP_ADDRESS TSP_ADRESSE
sabotage units "effective capabilities" in_unit tsp@.service '^AmbientCapabilities=.*' '#'
sabotage burst "failed handlers do not count" in_unit tsp@.service '^CollectMode=.*' '#'
case $template in
print)
	# In emulation 200 connections never come within 2 s, the limit that is off
	sabotage burst "the socket unit still listens" in_unit tsp.socket '^TriggerLimitIntervalSec=.*' '#'
	;;
sit)
	sabotage several "and is filtered" in_template '^	filter ||' '	: ||'
	;;
sit-shared)
	sabotage ingress "the right IPv6 address from a foreign" in_template '$bit == 0 counter drop' '$bit == 0 counter'
	sabotage several "8 at once get tunnels" in_template '. -n "$(ip -o link' '[ -z "$(ip -o link'
	sabotage several "they work, and those that did not" in_template '|| entries add "$ipv4" "$to"' '|| :'
	;;
esac
