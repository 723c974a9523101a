# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034,SC2046,SC2086,SC2153,SC2154
#
# units.sh - the installed units: rights of each process

clean
configure
check "the socket unit listens" listening
check "the handler finds the configuration good" setpriv --reuid tsp --regid tsp --clear-groups tsp-handler -n

# held FIELD - of both processes of a session: the broker's, then the session's
held() {
	local pid
	for pid in $(pgrep -o -x tsp-handler) $(pgrep -n -x tsp-handler); do
		awk -v field="$1:" '$1 == field { printf "%s ", $2 }' "/proc/$pid/status"
	done
}

ip netns exec c1 /opt/tsp-test/tsp-client --host $server4 --hold 20 >/dev/null 2>&1 &
client=$!
check "a session has two processes" eventually 10 processes 2
eventually 10 grep -q '^[0-9]* offered' /var/lib/tsp/anonymous.leases
tsp=$(id -u tsp)
is "both run as tsp" "$tsp $tsp " "$(held Uid)"
case $template in
sit)
	is "effective capabilities: CAP_NET_ADMIN, and none" "0000000000001000 0000000000000000 " "$(held CapEff)"
	is "bounding set: CAP_NET_ADMIN at most" "0000000000001000 " "$(held CapBnd | cut -c1-17)"
	;;
*)
	is "effective capabilities: none" "0000000000000000 0000000000000000 " "$(held CapEff)"
	is "bounding set: empty" "0000000000000000 0000000000000000 " "$(held CapBnd)"
	;;
esac
is "both can gain no privileges" "1 1 " "$(held NoNewPrivs)"
kill $client
wait $client 2>/dev/null
check "nothing is left when the client is gone" eventually 10 processes 0
is "and no unit has failed" "" "$(broken | grep -v '^tsp-restore')"
is "the allocation files belong to tsp" "tsp tsp-read 640" "$(stat -c '%U %G %a' /var/lib/tsp/anonymous.leases)"

# unreachable - ranges of the pools that have the unit's route
unreachable() { ip -6 route show type unreachable proto 184 | awk '{ print $2 }' | sort | paste -sd ' '; }
is "the pools' ranges are unreachable" "2001:db8:1000::/36 2001:db8:a::/64 2001:db8:ffff::/64" "$(unreachable)"
systemctl stop tsp-routes
is "until the unit stops" "" "$(unreachable)"
check "a start of a socket starts it" systemctl restart tsp.socket
is "and the routes are back" "2001:db8:1000::/36 2001:db8:a::/64 2001:db8:ffff::/64" "$(unreachable)"

# A reader sees the leases, and can neither read a password's digest nor stop the service
useradd -M -G tsp-read reader
as_reader() { setpriv --reuid reader --regid nogroup --init-groups "$@"; }
check "a member of tsp-read lists leases" as_reader tspctl list --all
check "but does not read the users file" not as_reader cat /etc/tsp/users
check "nor the locks" not as_reader cat /var/lib/tsp/lock
is "locks of its own" "held" "$(as_reader sh -c 'flock /var/lib/tsp/anonymous.leases echo held')"
as_reader flock /var/lib/tsp/anonymous.leases sleep 60 &
reader=$!
check "do not stop the service" session c2
kill $reader
wait $reader 2>/dev/null
