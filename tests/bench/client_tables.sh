# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # variables of report
#
# client_tables.sh - tables of tspc; sourced by report, whose medians() they use

table_client() {
	echo "| from | to the first answer of a ping through the tunnel, ms |"
	echo "|---|---|"
	medians 1 2 "$results/client.tsv" | awk -F'\t' '
		BEGIN {
			n = split("v6udpv4_udp v6v4_udp v6v4_tcp address restart resume", keys, " ")
			split("start, v6udpv4|start, v6v4 over UDP|start, v6v4 over TCP|another IPv4 address of the client" \
				"|a server that was gone serves again|the end of five seconds in which tspc was stopped", text, "|")
		}
		{ s[$1] = sprintf("%d (%d to %d)", $2, $3, $4) }
		END { for (i = 1; i <= n; i++) printf "| %s | %s |\n", text[i], s[keys[i]] }'
	where "$results/client.tsv"
}

table_fou() {
	echo "| TCP from the client, to the client | Gbit/s | of the kernel's fou |"
	echo "|---|---|---|"
	medians 1 2 "$results/fou.tsv" | awk -F'\t' '
		{ rate[$1] = $2 }
		function line(name, key) {
			printf "| %s | %.3f, %.3f | %.2f, %.2f |\n", name, rate[key "_up"], rate[key "_down"],
				rate[key "_up"] / rate["fou_up"], rate[key "_down"] / rate["fou_down"]
		}
		END {
			line("the path between them", "plain")
			line("the kernel, sit in fou", "fou")
			line("two movers of tspc by UDP", "relay")
		}'
	where "$results/fou.tsv"
}

table_relay() {
	local column
	echo "| TCP from the client, to the client | Gbit/s | of the path between the movers | processor time of both movers, s per Gbit |"
	echo "|---|---|---|---|"
	for column in 2 3; do
		medians 1 $column "$results/relay.tsv"
	done | awk -F'\t' '
		!($1 in rate) { rate[$1] = $2; next }
		{ ticks[$1] = $2 }
		function line(name, key) {
			printf "| %s | %.2f, %.2f | %.2f, %.2f | %s |\n", name, rate[key "_up"], rate[key "_down"],
				rate[key "_up"] / rate["plain_up"], rate[key "_down"] / rate["plain_down"],
				key == "plain" ? "-" : sprintf("%.2f, %.2f", ticks[key "_up"] / 100, ticks[key "_down"] / 100)
		}
		END {
			line("the path between them", "plain")
			line("UDP", "udp")
			line("protocol 41", "raw")
		}'
	where "$results/relay.tsv"
}
