#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# blocks.bats - each block of the documents is in blocks.txt, and what that says holds
#
# Blocks that are run on a machine where the software was installed are run by tests/vm/docs,
# with "make check-docs".

# shellcheck disable=SC2154 # status and output are bats'
load ../lib/handler
load blocks

setup() {
	test_begin
}

teardown() {
	test_end
}

@test "each block of README.md, CONTRIBUTING.md and docs/*.md is in blocks.txt, and each line there has a block" {
	local document first row used='' wrong='' count=0
	while IFS='|' read -r document first; do
		row=$(block_row "$document" "$first") || wrong+="not in blocks.txt: $document: $first"$'\n'
		used+="$document|$row"$'\n'
		count=$((count + 1))
	done < <(all_blocks)
	while read -r row; do
		[[ $'\n'$used == *$'\n'"$row"$'\n'* ]] || wrong+="no block has the line: $row"$'\n'
	done < <(block_rows)
	[[ $count -ge 50 && -z $wrong ]] || fail "$count blocks" "$wrong"
}

@test "each line of blocks.txt has a class" {
	run -1 grep -vE '^#|^$|^[A-Za-z]+\.md \| ((run|client|file /[^ ]+)( [<>][a-z0-9_.]+)*|keys|test [^ |]+ [^|]+|not [^|]+) \| ' \
		"$ROOT/tests/docs/blocks.txt"
}

@test "the tests and functions that blocks.txt names are there" {
	local class kind file word wrong=''
	while IFS='|' read -r _ class _; do
		read -r kind file word <<<"$class"
		case $kind in
		test) grep -qsF -- "$word" "$ROOT/$file" || wrong+="no $word in $file"$'\n' ;;
		run | client | file)
			for word in ${class#* }; do
				[[ $word != [\<\>]* ]] || grep -q "^${word:1}() {" "$ROOT/tests/vm/docs/walk.bash" ||
					[[ $word == '>says_'* ]] || wrong+="no function ${word:1}"$'\n'
			done
			;;
		esac
	done < <(block_rows)
	[[ -z $wrong ]] || fail "$wrong"
}

# with_keys TEXT - the test's configuration, with these keys in place of others of that name
with_keys() {
	awk -v text="$1" '
		BEGIN {
			n = split(text, lines, "\n")
			for (i = 1; i <= n; i++)
				if (split(lines[i], part, / *= */) > 1)
					given[part[1]] = 1
		}
		{ split($0, part, / *= */) }
		!(part[1] in given)
		$0 == lines[1] { for (i = 2; i <= n; i++) print lines[i] }' "$TSP_DIR/tsp.conf"
}

@test "keys of tsp.conf that documents show have no fault of their own" {
	local document first keys last='' n=0 wrong='' count=0
	make_files
	while IFS='|' read -r document first; do
		[[ $document == "$last" ]] && n=$((n + 1)) || n=1
		last=$document
		[[ $(block_row "$document" "$first") == 'keys|'* ]] || continue
		keys=$(block "$document" $n)
		with_keys "${keys//\/etc\/tsp\/templates/$ROOT/templates}" >"$TSP_DIR/shown.conf"
		grep -qxF "${keys##*$'\n'}" <(sed "s|$ROOT/templates|/etc/tsp/templates|" "$TSP_DIR/shown.conf") ||
			fail "the keys of $document are not tried"
		run "$HANDLER" -n -c "$TSP_DIR/shown.conf"
		# What a machine lacks that is not set up so is no fault of the key
		output=$(grep 'shown\.conf:' <<<"$output" |
			grep -vE ': (uplink|address|local|template): |writable: No such file') || :
		[[ -z $output ]] || wrong+="$document: $output"$'\n'
		count=$((count + 1))
	done < <(all_blocks)
	[[ $count -ge 3 && -z $wrong ]] || fail "$count" "$wrong"
}
