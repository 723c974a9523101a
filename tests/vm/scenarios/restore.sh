# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034,SC2046,SC2086,SC2153,SC2154
#
# restore.sh - after a boot with 200 leases: all tunnels are there before the socket listens
#
# First scenario of a boot. The leases are of before: 194 anonymous clients 198.51.100.1 to
# .194, users u197 to u200 with a /56 each at .197 to .200, and for fast.sh, behind the NAT
# and in UDP, one more of each kind; /opt/tsp-test/seed has what the users were offered.

[[ ! -e packaged ]] || check "the product is the Debian package" dpkg -S /usr/sbin/tsp-handler
is "all tunnels are there" "$(cat seed/$template/*.leases | grep -cE '^[0-9]{8} (claimed|present)')" "$(tunnels)"
stamp() { systemctl show --value -p "$2" "$1"; }
restored=$(stamp tsp-restore.service ExecMainExitTimestampMonotonic)
listening=$(stamp tsp.socket ActiveEnterTimestampMonotonic)
check "they were before the socket listened" test "$restored" -gt 0 -a "$restored" -le "$listening"
# first TEXT - when systemd said that for the first time in this boot; early, it says so to the kernel
first() {
	local entry
	entry=$(journalctl -q -b -o json -g "$1" | sed -n 1p)
	[[ $entry =~ _SOURCE_MONOTONIC_TIMESTAMP\"\ *:\ *\"([0-9]+) || $entry =~ __MONOTONIC_TIMESTAMP\"\ *:\ *\"([0-9]+) ]]
	echo "${BASH_REMATCH[1]}"
}
check "the socket for UDP was there before the network" \
	test "$(first '^Listening on tsp-udp.socket')" -le "$(first '^Starting tsp-test-net.service')"
check "and nobody read from it before all tunnels were there" \
	test "$(first '^Finished tsp-restore.service')" -le "$(first '^Started tsp-udp.service')"
touch /run/tsp-knock.stop
check "a client in UDP sent from before that on" test "$(cat /run/tsp-knock.began)" -lt "$((restored / 1000000))"
check "and was never told that the port is closed" not grep ^ /run/tsp-knock
is "the units are in an order that exists" "" "$(journalctl -q -b -o cat -g 'ordering cycle')"
is "the unit did not fail" success "$(stamp tsp-restore.service Result)"
check "the socket unit listens" listening

# known CLIENT - that client's end as it was before the boot, without a new session
known() {
	SERVER_IPV4=$server4 CLIENT_IPV4=198.51.100.$1
	if [[ -e /opt/tsp-test/seed/$1 ]]; then
		# shellcheck disable=SC1090
		. "/opt/tsp-test/seed/$1"
	else
		printf -v CLIENT_IPV6 '2001:db8:a:0:c633:64%02x:0:3' "$1"
		printf -v SERVER_IPV6 '2001:db8:a:0:c633:64%02x:0:2' "$1"
	fi
	client_up crowd
}

within 15 "the tunnels carry packets, after the kernel's start" ${boot_clock:-0 0 $(cut -d' ' -f3 /run/tsp-booting)} $(</run/tsp-restored)
for i in 1 194 197 200; do
	known $i
	check "client $i goes on without a new session" pings crowd $six
done
ip -n crowd addr add "${PREFIX%0}7/128" dev lo
check "and so does its prefix" pings six "${PREFIX%0}7"
ip -n crowd addr del "${PREFIX%0}7/128" dev lo
ip -n crowd addr add 2001:db8:a:0:c633:6405:0:3/128 dev tun6 nodad
check "another client's address is not let through" silent crowd $six -I 2001:db8:a:0:c633:6405:0:3
client_down crowd

[[ $template == fast ]] || return 0
for i in udp uudp; do
	# shellcheck disable=SC1090
	. "/opt/tsp-test/seed/$i"
	udp_up c3
	check "client $i, in UDP, goes on without a new session" pings c3 $six
done
ip -n c3 addr add "${PREFIX%0}7/128" dev lo
check "and so does its prefix" pings six "${PREFIX%0}7"
ip -n c3 addr del "${PREFIX%0}7/128" dev lo
udp_down c3
