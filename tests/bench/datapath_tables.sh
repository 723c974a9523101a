# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # variables of report
#
# datapath_tables.sh - tables of the data path; sourced by report

# A line of the generator, less what it takes itself: ns[WHAT, CLIENTS], text[WHAT, CLIENTS]
# shellcheck disable=SC2016 # for awk
per_packet='
	/^generator/ { own = $3 }
	/^[a-z0-9-]+\t[0-9]/ {
		ns[$1, $2] = $3 - own
		text[$1, $2] = sprintf("%d (%d to %d)", $3 - own, $4 - own, $5 - own)
		if ($6 + 0 < 0.999 && $1 != "generator")
			text[$1, $2] = text[$1, $2] sprintf(", %.2f arrived", $6)
	}'

table_datapath() {
	echo "| ns for each packet, clients in turn | 1 | 10,000 | 52,760 | 1,000,000 |"
	echo "|---|---|---|---|---|"
	awk -F'\t' "$per_packet"'
		function row(name, what, i, line) {
			for (i = 1; i <= n; i++)
				line = line " | " text[what, c[i]]
			print "| " name line " |"
		}
		function ratio(name, a, ca, b, cb) { printf "| %s | %.2f |\n", name, ns[a, ca] / ns[b, cb] }
		END {
			n = split("1 10000 52760 1000000", c, " ")
			row("from clients, protocol 41", "in41")
			row("from clients, UDP", "inudp")
			row("to clients, protocol 41", "out41")
			row("to clients, UDP", "outudp")
			row("from anonymous clients, protocol 41", "in41-anonymous")
			row("to anonymous clients, protocol 41", "out41-anonymous")
			row("plain IPv6, as many routes", "routes")
			row("plain IPv6, one route to as many", "route")
			print "\n| rates, as ratios | |\n|---|---|"
			ratio("from clients, 1,000,000 in turn, to plain forwarding with as many routes", "routes", 1e6, "in41", 1e6)
			ratio("to clients, likewise", "routes", 1e6, "out41", 1e6)
			ratio("from clients, 52,760 in turn, to one", "in41", 1, "in41", 52760)
			ratio("from clients, 1,000,000 in turn, to one", "in41", 1, "in41", 1e6)
			ratio("from anonymous clients, 52,760 in turn, to one", "in41-anonymous", 1, "in41-anonymous", 52760)
			ratio("from anonymous clients, 1,000,000 in turn, to one", "in41-anonymous", 1, "in41-anonymous", 1e6)
			printf "| to clients, 52,760 in turn to one, beside the same of plain forwarding with one route | %.2f |\n",
				ns["out41", 1] / ns["out41", 52760] / (ns["route", 1] / ns["route", 52760])
			ratio("UDP to protocol 41, from clients, 52,760 in turn", "in41", 52760, "inudp", 52760)
			ratio("UDP to protocol 41, to clients, 52,760 in turn", "out41", 52760, "outudp", 52760)
		}' "$results/datapath.tsv"
	where "$results/datapath.tsv"
}

table_datapath_restore() {
	echo "| 52,760 leases, as a user without capabilities | s |"
	echo "|---|---|"
	medians 1 2 "$results/datapath_restore.tsv" | awk -F'\t' '
		{ text[$1] = sprintf("%.2f (%.2f to %.2f)", $2, $3, $4); s[$1] = $2 }
		END {
			print "| `tspctl restore` | " text["restore"] " |"
			print "| `tspctl restore` again | " text["again"] " |"
			print "| `tspctl list --plain` | " text["list"] " |"
			print "| `tspctl list --plain --traffic` | " text["traffic"] " |"
			printf "| restore, as a multiple of list | %.2f |\n", s["restore"] / s["list"]
		}'
	where "$results/datapath_restore.tsv"
}

# tcp_ratios - "WHAT WAY<tab>RATIO" of each round to plain IPv6 of the same round: other work on
# the machine changes from round to round
tcp_ratios() {
	awk -F'\t' '
		/^plain / { split($1, w, " "); plain[w[2]] = $2 }
		/^(41|udp) / { split($1, w, " "); print $1 " to plain\t" $2 / plain[w[2]] }' "$results/datapath_tcp.tsv"
}

table_datapath_tcp() {
	echo "| TCP, Gbit/s | from the client | to the client |"
	echo "|---|---|---|"
	{ cat "$results/datapath_tcp.tsv" && tcp_ratios; } >"$results/tcp.all"
	medians 1 2 "$results/tcp.all" | awk -F'\t' '
		{ text[$1] = sprintf("%.2f (%.2f to %.2f)", $2, $3, $4) }
		function row(name, up, down) { print "| " name " | " text[up] " | " text[down] " |" }
		END {
			row("plain IPv6", "plain up", "plain down")
			row("protocol 41", "41 up", "41 down")
			row("UDP", "udp up", "udp down")
			row("protocol 41 to plain, in each round", "41 up to plain", "41 down to plain")
			row("UDP to plain, in each round", "udp up to plain", "udp down to plain")
		}'
	rm -f "$results/tcp.all"
	where "$results/datapath_tcp.tsv"
}

table_datapath_guest() {
	echo "| ns for each packet, in the guest | 1 client | 52,760 in turn |"
	echo "|---|---|---|"
	awk -F'\t' "$per_packet"'
		function row(name, what) { print "| " name " | " text[what, 1] " | " text[what, 52760] " |" }
		function ratio(name, what) {
			printf "| %s | %.2f | %.2f |\n", name, ns[what "-shared", 1] / ns[what, 1], ns[what "-shared", 52760] / ns[what, 52760]
		}
		END {
			row("from clients, fast.sh", "in41")
			row("from clients, sit-shared.sh", "in41-shared")
			row("to clients, fast.sh", "out41")
			row("to clients, sit-shared.sh", "out41-shared")
			ratio("rates from clients, fast.sh to sit-shared.sh", "in41")
			ratio("rates to clients, likewise", "out41")
		}' "$results/datapath_guest.tsv"
	where "$results/datapath_guest.tsv"
}

table_sessions() {
	echo "| anonymous sessions per second, tsp-listen.socket, in the guest | 1 client | 8 clients |"
	echo "|---|---|---|"
	medians 1,2 3 "$results/sessions.tsv" | awk -F'\t' '
		{ split($1, k, " "); m[k[1], k[2]] = $2; text[k[1], k[2]] = sprintf("%.1f (%.1f to %.1f)", $2, $3, $4) }
		END {
			print "| fast.sh | " text["fast", 1] " | " text["fast", 8] " |"
			print "| sit.sh | " text["sit", 1] " | " text["sit", 8] " |"
			printf "| ratio | %.2f | %.2f |\n", m["fast", 1] / m["sit", 1], m["fast", 8] / m["sit", 8]
		}'
	where "$results/sessions.tsv"
}
