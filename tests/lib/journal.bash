# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# journal.bash - a journalctl of the test's, beside handler.bash: entries are in $TSP_DIR/journal

# journal_begin - an empty journal, of entries from $DAY on by the user id $WRITER; PATH leads to its journalctl. It knows
# matches: an entry must have one of the values of each name, in one of the groups that "+" separates
journal_begin() {
	requires jq
	# shellcheck disable=SC2034 # for the tests
	DAY=$(date -u -d '2026-11-20 00:00' +%s) WRITER=$(id -u)
	mkdir -p "$TSP_DIR/bin"
	: >"$TSP_DIR/journal"
	cat >"$TSP_DIR/bin/journalctl" <<-SCRIPT
		#!/bin/sh
		case \$* in
		*short-unix*) sed -n 's/^__REALTIME_TIMESTAMP=\\(.*\\)000000/\\1.000000 host/p' "$TSP_DIR/journal" ;;
		*) awk -v wanted="\$*" '
			BEGIN {
				RS = ""; FS = "\\n"
				n = split(wanted, word, " ")
				groups = 1
				reverse = wanted ~ / -r /
				for (i = 1; i <= n; i++) {
					if (word[i] == "+") groups++
					if (word[i] !~ /^TSP_[A-Z]+=/) continue
					value[groups, word[i]]
					name[groups, substr(word[i], 1, index(word[i], "=") - 1)]
				}
			}
			function meets(g, i, k, part, met) {
				for (i = 1; i <= NF; i++)
					if ((g, \$i) in value) met[substr(\$i, 1, index(\$i, "=") - 1)]
				for (k in name) {
					split(k, part, SUBSEP)
					if (part[1] == g && !(part[2] in met)) return 0
				}
				return 1
			}
			{
				for (g = 1; g <= groups; g++)
					if (meets(g)) { found[++count] = \$0; break }
			}
			END {
				for (i = 1; i <= count; i++) print found[reverse ? count + 1 - i : i] "\\n"
			}' "$TSP_DIR/journal" ;;
		esac
	SCRIPT
	chmod 755 "$TSP_DIR/bin/journalctl"
	export PATH=$TSP_DIR/bin:$PATH
}
