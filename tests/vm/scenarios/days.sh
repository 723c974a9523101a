# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2016,SC2034,SC2046,SC2086,SC2154
#
# days.sh - seven days in the life of three clients that never renew, in steps of six hours
#
#   c1      an account with a /56 that claims its first IPv4 address for ever (v6v4)
#   c2      no account (v6v4)
#   third   an account with a /56: behind the NAT in UDP with fast.sh, at crowd with sit.sh
#
# Each pings the keepalive address that it was offered and the internet host. Nothing interrupts
# them but what each of some days has. The boot of the machine is in restore.sh, the change of
# the template in move.sh: there, too, tunnels must carry packets again within 15 s of a server's time.

clean
configure server.lifetime=1440
add_user alice bob
rm -f /run/claim
declare -A six_of prefix_of ping_of at
first_day=$EPOCHSECONDS

# lives NAME HOST - remember what NAME, at HOST, was offered
lives() {
	at[$1]=$2 six_of[$1]=$CLIENT_IPV6 prefix_of[$1]=$PREFIX ping_of[$1]=${KEEPALIVE_ADDRESS:-$SERVER_IPV6}
}

# same NAME - it was offered what it had
same() {
	echo "${six_of[$1]} ${prefix_of[$1]}, now $CLIENT_IPV6 $PREFIX"
	[[ "$CLIENT_IPV6 $PREFIX" == "${six_of[$1]} ${prefix_of[$1]}" ]]
}

alice() { session c1 $(user alice) --prefix 56 --claim /run/claim --bind "203.0.113.1$1" && client_up c1; }
bob() {
	if [[ $template == fast ]]; then
		udp_session c3 $(user bob | sed 's/ --realm .*//') --prefix 56 --address 192.168.7.2 --bind 192.168.7.2 --from "$1" &&
			udp_up c3
	else
		session crowd $(user bob) --prefix 56 --bind "198.51.100.$1" && client_up crowd
	fi
}
[[ $template == fast ]] && bobs=(40001 40002) third=c3 || bobs=(21 22) third=crowd

# alive - each of them reaches both, within five seconds; what it lacks otherwise
alive() {
	local name
	for name in "${!at[@]}"; do
		eventually 5 on "${at[$name]}" ping -q -c 1 -W 1 "${ping_of[$name]}" >/dev/null ||
			echo "$1: $name has no answer to its keepalive"
		eventually 5 on "${at[$name]}" ping -q -c 1 -W 1 $six >/dev/null || echo "$1: $name does not reach the internet host"
	done 2>&1 | grep -v packet
}

# refused - how often a client was told that something is unreachable, which ends a tunnel of gogoc
refused() {
	local host
	for host in "${at[@]}"; do
		on "$host" awk '$1 == "Icmp:" && $2 ~ /^[0-9]/ { print $5 }' /proc/net/snmp
	done | xargs
}

# undisturbed SECONDS DAY COMMAND... - with that done they go on without a new session; one that
# pings five times a second meanwhile loses no more than in that time, and nobody is told anything
undisturbed() {
	local before pinging sent received
	before=$(refused)
	nsenter --net="/run/netns/$third" ping -q -i 0.2 $six >/run/pinging &
	pinging=$!
	check "$2" "${@:3}"
	is "$2: they go on without a new session" "" "$(alive after)"
	kill -INT $pinging
	wait $pinging
	read -r sent _ _ received _ < <(grep transmitted /run/pinging)
	echo "# $scenario: $2: $((sent - received)) of $sent pings without an answer"
	check "$2: packets passed again within $1 s" test $received -gt 0 -a $((sent - received)) -le $(($1 * 5))
	is "$2: nobody was told that something is unreachable" "$before" "$(refused)"
}

# minute - a run of the timer's service, however soon after the last
minute() {
	systemctl reset-failed tsp-expire.service
	systemctl start tsp-expire.service || echo "tsp-expire failed"
}

# pass HOURS - time passes; the timer's service runs before and after each jump. What is lost
pass() {
	local hour
	for ((hour = 6; hour <= $1; hour += 6)); do
		minute
		alive "hour $hour"
		date -s '+6 hours' >/dev/null
		minute
		alive "hour $hour, later"
	done
}

check "an account gets a tunnel" alice 0
lives alice c1
check "a client without an account does" session c2
client_up c2
lives nobody c2
check "and another account" bob "${bobs[0]}"
lives bob $third
is "all three live" "" "$(alive start)"
is "day 1: nothing is lost" "" "$(pass 24)"

# Off and on again
systemctl stop tsp.socket tsp-udp.socket tsp-restore.service
no_tunnels
from=$(./clock.sh)
check "day 2, a start of everything" systemctl start tsp-udp.socket tsp-restore.service tsp.socket
is "day 2, they go on without a new session" "" "$(alive after)"
within 15 "day 2, packets of all" $from $(./clock.sh)
is "day 2: nothing is lost" "" "$(pass 24)"

undisturbed 5 "day 3, a flush of the firewall" nft flush ruleset
is "day 3: nothing is lost" "" "$(pass 24)"

check "day 4: an account comes back from another address, and claims the old one" alice 1
check "with what it had" same alice
lives alice c1
check "the other one does, too" bob "${bobs[1]}"
check "with what it had" same bob
lives bob $third
is "day 4: nothing is lost" "" "$(pass 24)"

# update - the package is installed again, or what docs/operating.md says is done
update() {
	if [[ -e packaged ]]; then
		dpkg --force-unsafe-io --force-confold -i tsp-handler_*.deb
	else
		systemctl daemon-reload && systemctl restart tsp-udp.socket tsp.socket
	fi && { [[ $template != fast ]] || systemctl reload tsp-datapath; }
}
undisturbed 15 "day 5, an update of the package" update
is "day 5: nothing is lost" "" "$(pass 24)"
check "day 6: the account comes back from its first address" alice 0
check "with what it had" same alice
lives alice c1
is "days 6 and 7: nothing is lost" "" "$(pass 48)"

is "seven days have passed" 7 "$(((EPOCHSECONDS - first_day) / 86400))"
is "there are three leases" 3 "$(tspctl list --plain 2>/dev/null | wc -l)"
is "and none was made but by those who came back" 6 "$(journal TSP_EVENT=accepted | wc -l)"
is "no unit failed" "" "$(broken)"
