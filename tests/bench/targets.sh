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
			shown = sprintf(unit == "" ? "%.2f" : "%d", figure) unit
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

# of_alloc PROCESSES STORE
of_alloc() {
	over "$(median alloc 1,4 6 "tsp $1")" "$(median alloc 1,4 6 "$2 $1")"
}

# of_packets WHAT TUNNELS [, one of them]
of_packets() {
	over "$(median packets 1,2 4 "$1${3-} $2")" "$(median packets 1,2 4 "$1 1")"
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

table_targets() {
	local program unit clients processes way tunnels
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
	row "memory (PSS) of a waiting session" "" "$(pss)" most 2048 " kB"
	row "\`tspctl restore\` of 52,760 leases" "\`ip -batch\` and \`nft -f\`" \
		"$(over "$(median restore_all 1,2 3 "52760 tspctl restore")" "$(median restore_all 1,2 3 "52760 ip and nft alone")")" most 1.5
	for way in from to; do
		for tunnels in "52760 v6v4" "100 v6udpv4" "10000 v6udpv4"; do
			row "packets per second $way one client, ${tunnels/ / tunnels: }" "1 tunnel" \
				"$(of_packets "${tunnels#* }, $way clients" "${tunnels% *}" ", one of them")" least 0.95
			row "packets per second $way all clients in turn, ${tunnels/ / tunnels: }" "1 tunnel" \
				"$(of_packets "${tunnels#* }, $way clients" "${tunnels% *}")" least 0.95
		done
	done
	row "10,000 clients at once: not served, or lost" "" "$(not_served)" most 0 " "
}
