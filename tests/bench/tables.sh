# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # variables of report
#
# tables.sh - tables and plots of sessions, tunnels and crowds; sourced by report

table_cpu() {
	echo "| what | µs |"
	echo "|---|---|"
	medians 2 3 "$results/cpu.tsv" | awk -F'\t' '
		{ shown[$1] = $2 " (" $3 " to " $4 ")"; m[$1] = $2 }
		END {
			print "| anonymous session to accept, with lease and template | " shown["session"] " |"
			print "| static no-op | " shown["no-op"] " |"
			print "| `sh -c :` | " shown["sh"] " |"
			print "| the template'"'"'s `ip -batch` | " shown["ip"] " |"
			printf "| ratio to their sum | %.2f |\n", m["session"] / (m["no-op"] + m["sh"] + m["ip"])
		}'
	where "$results/cpu.tsv"
}

table_fork() {
	echo "| what | clients | forked | before | ratio |"
	echo "|---|---|---|---|---|"
	medians 1,2 3 "$results/fork.tsv" | awk -F'\t' '
		{
			which = what = $1; sub(/ .*/, "", which); sub(/^[a-z]* /, "", what)
			m[which, what] = $2; s[which, what] = sprintf("%g (%g to %g)", $2, $3, $4)
			if (which == "fork") seen[what]
			if (which == "least") least[what] = s[which, what]
		}
		END {
			for (clients in least)
				printf "| accept, vfork, exec of a static no-op, /s | %d | %s | | |\n", clients, least[clients]
			name["version"] = "version exchanges over TCP, /s"; name["session"] = "anonymous sessions over TCP, print.sh, /s"
			name["pss"] = "memory (PSS) of a waiting session, kB"
			name["udp"] = "anonymous set-ups over UDP, /s"; name["udp cpu"] = "processor time of an anonymous one, µs"
			name["digest"] = "set-ups by DIGEST-MD5 over UDP, /s"; name["digest cpu"] = "processor time of one by DIGEST-MD5, µs"
			for (what in seen) {
				clients = kind = what; sub(/.* /, "", clients); sub(/ [0-9]*$/, "", kind)
				printf "| %s | %d | %s | %s | %s |\n", name[kind], clients, s["fork", what], s["before", what],
					m["before", what] ? sprintf("%.2f", m["fork", what] / m["before", what]) : ""
			}
		}' | sort -t '|' -k 2,2 -k 3n
	where "$results/fork.tsv"
}

table_udp() {
	echo "| clients | over UDP, sessions/s | over TCP | ratio |"
	echo "|---|---|---|---|"
	medians 1,2 3 "$results/udp.tsv" | awk -F'\t' '
		{ split($1, k, " "); m[k[1], k[2]] = $2; s[k[1], k[2]] = $2 " (" $3 " to " $4 ")" }
		END {
			n = split("1 8 64", c, " ")
			for (i = 1; i <= n; i++)
				printf "| %d | %s | %s | %.2f |\n", c[i], s[c[i], "udp"], s[c[i], "tcp"],
					m[c[i], "udp"] / m[c[i], "tcp"]
		}'
	where "$results/udp.tsv"
}

table_comeback() {
	echo "| what | figure |"
	echo "|---|---|"
	awk -F'\t' '/^[0-9]/ {
		printf "| clients at once | %d |\n| served | %d |\n| until the last was | %s s |\n", $1, $2, $3
		printf "| connections they needed | %d, one client at most %d |\n", $4, $5
		printf "| error statuses | %d |\n| leases afterwards | %d |\n", $6, $7
		printf "| memory of the whole machine at the worst moment | %d MB more than before |\n", $8
		printf "| handlers at a time, at most | %d processes |\n", $9
	}' "$results/comeback.tsv"
	where "$results/comeback.tsv"
}

# restored - both files of restore as one
restored() {
	cat "$results/restore.tsv" "$results/restore_all.tsv" 2>/dev/null | grep '^[0-9]'
}

table_restore() {
	echo "| leases | \`tspctl restore\`, s | \`ip -batch\` and \`nft -f\` alone, s | ratio |"
	echo "|---|---|---|---|"
	{ echo head && restored; } | medians 1,2 3 /dev/stdin | awk -F'\t' '
		{ n = $1; sub(/ .*/, "", n); what = $1 ~ /restore/; m[n, what] = $2; s[n, what] = $2 " (" $3 " to " $4 ")"; seen[n] }
		END { for (n in seen) printf "| %d | %s | %s | %.2f |\n", n, s[n, 1], s[n, 0], m[n, 1] / m[n, 0] }' | sort -t '|' -k 2n
	where "$results/restore_all.tsv"
}

table_one() {
	echo "| | | beside 1 tunnel, ms | 100 | 10,000 | 52,760 |"
	echo "|---|---|---|---|---|---|"
	medians 1,2,3 4 "$results/one.tsv" | awk -F'\t' '
		{
			n = $1; sub(/.* /, "", n); mode = $1; sub(/ .*/, "", mode)
			what = substr($1, length(mode) + 2, length($1) - length(mode) - length(n) - 2)
			ms[mode, what, n] = sprintf("%.0f (%.0f to %.0f)", $2 / 1000, $3 / 1000, $4 / 1000)
		}
		END {
			split("v6v4 v6udpv4", modes, " "); split("1 100 10000 52760", at, " ")
			split("creation,creation again,teardown,counters,counters of all", whats, ",")
			for (m = 1; m <= 2; m++)
				for (w = 1; w <= 5; w++) {
					printf "| %s | %s |", modes[m], whats[w]
					for (i = 1; i <= 4; i++) {
						key = modes[m] SUBSEP whats[w] SUBSEP at[i]
						printf " %s |", key in ms ? ms[key] : "-"
					}
					print ""
				}
		}'
	where "$results/one.tsv"
}

# packets_of SUFFIX - a table of what all, or one of them, send and receive
packets_of() {
	echo "| tunnels | v6v4, from clients | to clients | v6udpv4, from clients | to clients | v6udpv4 to v6v4 | routers in place of tunnels, to them |"
	echo "|---|---|---|---|---|---|---|"
	medians 1,2 4 "$results/packets.tsv" | awk -F'\t' -v suffix="$1" '
		function share(way, a, b) {
			a = rate["v6udpv4, " way " clients" suffix, n]
			b = rate["v6v4, " way " clients" suffix, n]
			return a && b ? sprintf("%.2f", a / b) : "-"
		}
		function cell(what) { return (what suffix, n) in s ? s[what suffix, n] : "-" }
		{
			n = $1; sub(/.* /, "", n); what = $1; sub(/ [0-9]+$/, "", what)
			if (suffix == "" && what !~ /one of them/ || suffix != "" && index(what, suffix))
				seen[n]
			if (n == 1) base[what] = $2
			k = what; sub(/, one of them/, "", k)
			s[what, n] = sprintf("%d (%d to %d)", $2, $3, $4)
			rate[what, n] = $2
		}
		END {
			for (key in rate) {
				split(key, p, SUBSEP)
				k = p[1]; sub(/, one of them/, "", k)
				if (base[k])
					s[key] = s[key] sprintf(": %.2f", rate[key] / base[k])
			}
			for (n in seen)
				printf "| %d | %s | %s | %s | %s | %s and %s | %s |\n", n, cell("v6v4, from clients"),
					cell("v6v4, to clients"), cell("v6udpv4, from clients"), cell("v6udpv4, to clients"),
					share("from"), share("to"), cell("plain, to clients")
		}' | sort -t '|' -k 2n
}

table_packets() {
	packets_of ""
	printf '\nOne active client beside the given number of idle tunnels:\n\n'
	packets_of ", one of them"
	where "$results/packets.tsv"
}

table_plain() {
	echo "| routers | all in turn | one of them |"
	echo "|---|---|---|"
	medians 1,2 4 "$results/plain.tsv" | awk -F'\t' '
		{
			n = $1; sub(/.* /, "", n); one = index($1, "one of them") > 0
			if (n == 1) base = $2
			rate[n, one] = $2; s[n, one] = sprintf("%d (%d to %d)", $2, $3, $4); seen[n]
		}
		END {
			for (n in seen)
				printf "| %d | %s: %.2f | %s |\n", n, s[n, 0], rate[n, 0] / base,
					(n, 1) in s ? sprintf("%s: %.2f", s[n, 1], rate[n, 1] / base) : "-"
		}' | sort -t '|' -k 2n
	where "$results/plain.tsv"
}

# points KEY - of stdin, medians whose key has it: "N median lowest highest"
points() {
	awk -F'\t' -v key="$1" 'index($1, key) { match($1, /[0-9]+$|^[0-9]+/); print substr($1, RSTART, RLENGTH), $2, $3, $4 }' | sort -n
}

plot_restore() {
	{ echo head && restored; } | medians 1,2 3 /dev/stdin >"$results/.medians"
	points "tspctl" <"$results/.medians" >"$results/.restore"
	points "alone" <"$results/.medians" >"$results/.alone"
	gnuplot <<-EOF
		set terminal svg size 640,400
		set output '$docs/restore.svg'
		set title 'Building the tunnels of all leases, in the guest'
		set xlabel 'leases'
		set ylabel 'seconds'
		set yrange [0:*]
		set key top left
		plot '$results/.restore' using 1:2:3:4 with yerrorlines title 'tspctl restore', \
			'$results/.alone' using 1:2:3:4 with yerrorlines title 'ip -batch and nft -f alone'
	EOF
	rm -f "$results"/.{medians,restore,alone}
}

plot_packets() {
	local what
	for what in "v6v4, from clients" "v6v4, to clients" "v6udpv4, from clients" "v6udpv4, to clients"; do
		medians 1,2 4 "$results/packets.tsv" | grep "^$what [0-9]" | sed 's/^[^\t]* //' | points "" >"$results/.$what"
	done
	gnuplot <<-EOF
		set terminal svg size 640,400
		set output '$docs/packets.svg'
		set title 'Packets through the tunnels of one server, in the guest'
		set xlabel 'tunnels'
		set ylabel 'packets per second'
		set logscale x
		set yrange [0:*]
		set key bottom left
		plot for [what in '"v6v4, from clients" "v6v4, to clients" "v6udpv4, from clients" "v6udpv4, to clients"'] \
			'$results/.'.what using 1:2:3:4 with yerrorlines title what
	EOF
	rm -f "$results"/.v6*
}
