# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # variables of report
#
# targets.sh - the table of targets in docs/performance.md; sourced by report, whose medians() it uses
#
# A row for each: subject, reference, figure, target, met or not. A figure without a file is
# left out.

# median FILE KEY-COLUMNS VALUE-COLUMN KEY - one number, or nothing
median() {
	[[ ! -e $results/$1.tsv ]] || medians "$2" "$3" "$results/$1.tsv" |
		awk -F'\t' -v key="$4" '$1 == key { print $2 }'
}

# row WHAT AGAINST FIGURE least|most TARGET [UNIT]
row() {
	awk -v what="$1" -v against="$2" -v figure="$3" -v which="$4" -v target="$5" -v unit="${6-}" 'BEGIN {
		if (figure == "") {
			shown = "-"
			met = "not taken"
		} else {
			shown = sprintf(unit == "" || unit == " s" ? "%.2f" : "%d", figure) unit
			met = (which == "least" ? figure >= target : figure <= target) ? "yes" : "**no**"
			if (shown == target && met != "yes")
				shown = sprintf("%.3f", figure)
		}
		printf "| %s | %s | %s | at %s %s%s | %s |\n", what, against, shown, which, target, unit, met
	}'
}

# over A B - their ratio, or nothing
over() {
	[[ -z $1 || -z $2 ]] || awk -v a="$1" -v b="$2" 'BEGIN { print a / b }'
}

# of_units CLIENTS WHAT PROGRAM
of_units() {
	over "$(median units 1,2,3 4 "$1 $2 $3")" "$(median units 1,2,3 4 "$1 $2 no-op")"
}

# of_fork FIGURE CLIENTS REFERENCE - forked sessions to "before FIGURE" or to "least"
of_fork() {
	local against="$3 $1 $2"
	[[ $3 != least ]] || against="least $2"
	over "$(median fork 1,2 3 "fork $1 $2")" "$(median fork 1,2 3 "$against")"
}

# forks - the rows of sessions that are forked
forks() {
	local clients
	for clients in 1 8; do
		row "version exchanges over TCP, forked, clients: $clients" "least starter" "$(of_fork version $clients least)" least 0.9
	done
	for clients in 8 64 256; do
		row "UDP set-ups, forked, ANONYMOUS, clients: $clients" "before" "$(of_fork udp $clients before)" least 4
		row "UDP set-ups, forked, DIGEST-MD5, clients: $clients" "before" "$(of_fork digest $clients before)" least 5
	done
	row "processor time of an anonymous set-up, forked" "before" "$(of_fork "udp cpu" 8 before)" most 0.3
	row "memory (PSS) of a waiting session, forked" "" "$(median fork 1,2 3 "fork pss 1")" most 300 " kB"
}

# of_alloc PROCESSES STORE
of_alloc() {
	over "$(median alloc 1,4 6 "tsp $1")" "$(median alloc 1,4 6 "$2 $1")"
}

# ns FILE WHAT CLIENTS - nanoseconds of a packet, without the generator's own
ns() {
	[[ ! -e $results/$1.tsv ]] || awk -F'\t' -v what="$2" -v clients="$3" '
		$1 == "generator" { own = $3 }
		$1 == what && $2 == clients { ns = $3 }
		END { if (ns) print ns - own }' "$results/$1.tsv"
}

# of_ns WHAT CLIENTS AGAINST CLIENTS [FILE] - ratio of the rates
of_ns() {
	over "$(ns "${5-datapath}" "$3" "$4")" "$(ns "${5-datapath}" "$1" "$2")"
}

# of_tcp WAY - protocol 41 to plain IPv6, median of the rounds
of_tcp() {
	[[ ! -e $results/datapath_tcp.tsv ]] || tcp_ratios | medians 1 2 /dev/stdin |
		awk -F'\t' -v key="41 $1 to plain" '$1 == key { print $2 }'
}

# of_sessions CLIENTS
of_sessions() {
	over "$(median sessions 1,2 3 "fast $1")" "$(median sessions 1,2 3 "sit $1")"
}

# data_path - the rows of the data path
data_path() {
	local way
	row "packets from clients, v6v4, 52,760 in turn" "sit-shared.sh, same boot of the guest" \
		"$(of_ns in41 52760 in41-shared 52760 datapath_guest)" least 2.4
	row "packets to clients, likewise" "the same" "$(of_ns out41 52760 out41-shared 52760 datapath_guest)" least 2.9
	row "packets from clients, 1,000,000 in turn" "plain IPv6 with as many routes" \
		"$(of_ns in41 1000000 routes 1000000)" least 4
	row "packets to clients, likewise" "the same" "$(of_ns out41 1000000 routes 1000000)" least 4
	row "packets from users, 52,760 in turn" "one" "$(of_ns in41 52760 in41 1)" least 0.9
	row "packets from users, 1,000,000 in turn" "one" "$(of_ns in41 1000000 in41 1)" least 0.9
	row "packets from anonymous clients, 52,760 in turn" "one" \
		"$(of_ns in41-anonymous 52760 in41-anonymous 1)" least 0.7
	row "packets from anonymous clients, 1,000,000 in turn" "one" \
		"$(of_ns in41-anonymous 1000000 in41-anonymous 1)" least 0.7
	row "packets to clients, 52,760 in turn, as a part of one" "the same of plain IPv6 with one route" \
		"$(over "$(of_ns out41 52760 out41 1)" "$(of_ns route 52760 route 1)")" least 1.1
	row "packets in UDP from clients, 52,760 in turn" "protocol 41" "$(of_ns inudp 52760 in41 52760)" least 0.95
	row "packets in UDP to clients, likewise" "protocol 41" "$(of_ns outudp 52760 out41 52760)" least 0.95
	for way in up down; do
		row "TCP in protocol 41, $way" "plain IPv6" "$(of_tcp $way)" least 0.9
	done
	row "\`tspctl restore\` of 52,760 leases" "\`tspctl list --plain\` of as many" \
		"$(over "$(median datapath_restore 1 2 restore)" "$(median datapath_restore 1 2 list)")" most 2
	row "\`tspctl restore\` of 52,760 leases" "" "$(median datapath_restore 1 2 restore)" most 1 " s"
	row "\`tspctl list --traffic\` of 52,760 leases" "" "$(median datapath_restore 1 2 traffic)" most 0.3 " s"
	row "anonymous sessions per second, tsp-listen.socket, clients: 8" "sit.sh, same boot of the guest" "$(of_sessions 8)" least 2
}

# worst_growth - of all sizes and fillings, to 1,000 leases at 10 %
worst_growth() {
	[[ ! -e $results/growth.tsv ]] || medians 2,3 6 "$results/growth.tsv" | awk -F'\t' '
		$1 == "1000 10" { base = $2 }
		$2 > worst { worst = $2 }
		END { print worst / base }'
}

# of_cpu - a session to the sum of its indispensable parts
of_cpu() {
	[[ ! -e $results/cpu.tsv ]] || medians 2 3 "$results/cpu.tsv" |
		awk -F'\t' '$1 == "session" { a = $2 } $1 != "session" { b += $2 } END { print a / b }'
}

pss() {
	[[ ! -e $results/session.tsv ]] || sed 's/^[0-9]/x\t&/' "$results/session.tsv" | medians 1 5 /dev/stdin | cut -f2
}

# not_served - of the clients that came back at once; leases that are not there count too
not_served() {
	[[ ! -e $results/comeback.tsv ]] ||
		awk -F'\t' '/^[0-9]/ { n += 2 * $1 - $2 - $7 } END { print n }' "$results/comeback.tsv"
}

tspc() {
	local way
	for way in up down; do
		row "TCP through two movers of tspc by UDP, $way" "the path between them" \
			"$(over "$(median relay 1 2 udp_$way)" "$(median relay 1 2 plain_$way)")" least 0.5
		row "TCP through two movers of tspc by protocol 41, $way" "the path between them" \
			"$(over "$(median relay 1 2 raw_$way)" "$(median relay 1 2 plain_$way)")" least 0.5
	done
	for way in up down; do
		row "TCP through two movers of tspc by UDP, $way" "the kernel's fou, same boot of the guest" \
			"$(over "$(median fou 1 2 relay_$way)" "$(median fou 1 2 fou_$way)")" least 0.7
	done
	for way in v6udpv4_udp v6v4_udp v6v4_tcp; do
		row "start of tspc to the first ping, ${way/_/ over }" "" "$(median client 1 2 $way)" most 1000 " ms"
	done
	for way in address restart resume; do
		row "tspc comes back: $way" "" "$(median client 1 2 $way)" most 5000 " ms"
	done
}

table_targets() {
	local program unit clients processes
	echo "| what | against | figure | target | met |"
	echo "|---|---|---|---|---|"
	for program in tsp listen; do
		unit=tsp.socket
		[[ $program == tsp ]] || unit=tsp-listen.socket
		for clients in 1 8; do
			row "anonymous sessions per second, $unit, clients: $clients" "static no-op, Accept=yes" \
				"$(of_units $clients offer $program)" least 0.45
			row "version exchanges per second, $unit, clients: $clients" "static no-op, Accept=yes" \
				"$(of_units $clients version $program)" least 0.75
		done
	done
	row "processor time of a session" "static no-op, \`sh -c :\` and \`ip -batch\`" "$(of_cpu)" most 1.8
	for processes in 1 8; do
		row "durable allocation, processes: $processes" LMDB "$(of_alloc $processes lmdb)" most 0.35
		row "durable allocation, processes: $processes" SQLite "$(of_alloc $processes sqlite)" most 0.12
	done
	row "durable allocation, worst of all sizes" "1,000 leases, 10 % full" "$(worst_growth)" most 1.5
	row "a claim, 10,000 clients behind one address" "10,000 behind as many" \
		"$(over "$(median nat 1 6 tsp-nat)" "$(median nat 1 6 tsp)")" most 1.1
	row "a lease from claim to end, the same" "the same" \
		"$(over "$(median nat 1 6 life-nat)" "$(median nat 1 6 life)")" most 1.1
	row "memory (PSS) of a waiting session" "" "$(pss)" most 2048 " kB"
	row "10,000 clients at once: not served, or lost" "" "$(not_served)" most 0 " "
	forks
	data_path
	tspc
}
