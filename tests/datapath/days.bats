#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# days.bats - seven days in the life of three clients that never renew, in steps of six hours
#
# The wall clock of the broker's tools is set on (tests/faults/preload/jump.c), the data path's monotonic clock
# is unchanged; tests/vm/scenarios/days.sh does the same on a whole system, with sit.sh as well.

load ../lib/datapath

setup() {
	datapath_requires
	command -v systemd-socket-activate >/dev/null || skip "needs systemd-socket-activate"
	[[ -e $BUILD/tests/faults/jump.so ]] || skip "needs an x86-64, and no sanitizer"
}

@test "three clients keep tunnels and addresses, through a restart and changes of address and port" {
	in_world <<-'END'
		for host in 8 9; do
			ip -n client addr add 198.51.100.$host/24 dev eth0
		done
		datapath start
		broker_config
		# handlers, too, have the clock of later()
		cat >/run/handler <<-SCRIPT
			#!/bin/sh
			export LD_PRELOAD=$BUILD/tests/faults/jump.so TSP_JUMP=1:\$((\$(cat /run/hours) * 3600))
			exec $BUILD/tsp-handler "\$@"
		SCRIPT
		chmod 755 /run/handler
		listen /run/log --accept --inetd -- /run/handler
		listen /run/log.udp -d -- "$BUILD/tsp-udp" --handler /run/handler

		# later COMMAND... - by a wall clock that is $hours on
		hours=0
		echo 0 >/run/hours
		later() {
			nsenter --net=/run/netns/server env LD_PRELOAD="$BUILD/tests/faults/jump.so" TSP_JUMP=1:$((hours * 3600)) "$@"
		}

		# lives NAME ADDRESS - what NAME was offered is carried from there, by its own device
		declare -A six prefix
		lives() {
			export TSP_CLIENT_ADDRESS_IPV4=$2
			local table
			same "$1"
			ip -n client link del "$1" 2>/dev/null || :
			carry client "$1"
			# each answers by its own tunnel
			table=$((100 + 16#$(md5sum <<<"$1" | cut -c 1-2)))
			ip -n client -6 route flush default
			ip -n client -6 route replace default dev "$1" table $table
			ip -n client -6 rule add from "${six[$1]}" table $table
		}

		# same NAME - it was offered what it had
		same() {
			: "${six[$1]:=${GOT[CLIENT_IPV6]}}" "${prefix[$1]:=${GOT[PREFIX]:-none}}"
			[[ ${six[$1]} == "${GOT[CLIENT_IPV6]}" && ${prefix[$1]} == "${GOT[PREFIX]:-none}" ]] ||
				fail "$1 had ${six[$1]} ${prefix[$1]} and has ${GOT[CLIENT_IPV6]} ${GOT[PREFIX]:-none}"
		}

		# alive - each of them reaches the host behind the server
		alive() {
			local name
			for name in "${!six[@]}"; do
				pings client 2001:db8:6::2 -I "${six[$name]}" ||
					fail "after $hours hours $name is not alive" "$(bare tsp-tunnel list)"
			done
		}

		# pass HOURS - time passes; the timer's service runs before and after each jump
		pass() {
			local end=$((hours + $1))
			while [[ $hours -lt $end ]]; do
				later tspctl expire --ping 2>>/run/expire
				hours=$((hours + 6))
				echo $hours >/run/hours
				later tspctl expire --ping 2>>/run/expire
				alive
			done
		}

		alice=(--mechanism PLAIN --user alice --password s3cret --prefix 56 --claim /run/claim)
		bob=(--mechanism PLAIN --user bob --password s3cret --prefix 56 --type v6udpv4)
		connect "${alice[@]}"
		lives alice 198.51.100.7
		connect --bind 198.51.100.8
		lives nobody 198.51.100.8
		connect_udp "${bob[@]}" --from 40001
		lives bob 198.51.100.7
		alive
		pass 36
		datapath stop
		datapath start
		later tspctl restore 2>>/run/expire
		alive
		pass 36
		connect "${alice[@]}" --bind 198.51.100.9
		lives alice 198.51.100.9
		connect_udp "${bob[@]}" --from 40002
		lives bob 198.51.100.7
		alive
		pass 96
		[[ $(tspctl list --plain | wc -l) -eq 3 ]]
	END
}
