# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034,SC2046,SC2086,SC2153,SC2154
#
# orders.sh - after any order of start, stop and restart of the units that serve the port, it
# is served again: every pair of them, twice, then the start of the socket that serves

clean
configure limits.per_address=512 # each session over UDP is another client

tcp_served() { session c1; }
udp_served() { udp_session c1; }

# steps UNIT... - all that can be done to them, a line each
steps() {
	local unit step
	for unit; do
		for step in start stop restart; do
			echo "$step $unit"
		done
	done
}

# in_order UNIT FIRST SECOND - do both, twice, with UNIT running before; at the end the port must
# be served; if the second step was a stop, UNIT is started first. A step may be refused, as is
# the start of a unit that conflicts with another.
in_order() {
	local unit=$1 i
	systemctl reset-failed # its limit of starts counts ten seconds
	systemctl start $unit && $served || return
	for i in 1 2; do
		systemctl $2
		systemctl $3
	done
	[[ $3 != stop* ]] || systemctl start $unit || return
	$served
}

# all_orders UNIT OTHER... - every pair of steps, with UNIT in service before
all_orders() {
	local first second
	while read -r first; do
		while read -r second; do
			in_order $1 "$first" "$second" || {
				echo "$1, then twice: $first, $second"
				systemctl --no-pager -n 4 status "$@"
				return 1
			}
		done < <(steps "$@")
	done < <(steps "$@")
}

served=udp_served
check "UDP: every order ends with the port served" all_orders tsp-udp.socket tsp-udp.service

served=tcp_served
check "TCP, with a process for each connection" all_orders tsp.socket tsp-listen.socket tsp-listen.service
check "TCP, with a listening process" all_orders tsp-listen.socket tsp-listen.service tsp.socket

systemctl stop tsp-udp.socket
systemctl reset-failed
check "a stop of the socket ends the service of UDP" not systemctl -q is-active tsp-udp.service
systemctl start tsp.socket
check "tsp.socket serves in the end" session c1
is "no unit has failed" "" "$(broken | grep -v '^tsp-restore')"
