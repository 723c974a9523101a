#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# security.bats - the tests that docs/security.md names for its claims are there

# shellcheck disable=SC2016 # backquotes are Markdown's
load ../lib/handler

PAGE=$ROOT/docs/security.md

# claims - "CLAIM|TESTS" for each row of the tables whose last column is about tests
claims() {
	awk -F '|' '
		/^\|.*test[^|]*\|$/ && !inside { inside = 1; next }
		!/^\|/ { inside = 0 }
		inside && !/^\|---/ { print $2 "|" $(NF - 1) }' "$PAGE"
}

# has_function FILE NAME - the unit program has a test of that name
has_function() {
	grep -q "^static void $2(" "$1" || fail "$1 has no $2"
}

# has_test FILE WORDS - the bats file has a test whose name contains them
has_test() {
	grep '^@test "' "$1" | grep -qF -- "$2" || fail "$1 has no test with: $2"
}

# named NAME - the file of a test that the page names by `NAME`
named() {
	local found
	case $1 in
	test_*.c) found=("$ROOT"/tests/unit/*/"$1") ;;
	*.bats) found=("$ROOT"/tests/*/"${1##*/}") ;;
	*) found=("$ROOT/tests/vm/scenarios/$1.sh") ;;
	esac
	[[ ${#found[@]} -eq 1 && -e ${found[0]} ]] || fail "no such test: $1" || return 1
	FILE=${found[0]}
}

# has_target COMMAND - `make TARGET [SCENARIOS=NAME]`
has_target() {
	local words
	read -ra words <<<"$1"
	grep -qE "^([a-z-]+ )*${words[1]}( [a-z-]+)*:" "$ROOT/Makefile" "$ROOT"/*/*.mk "$ROOT"/*/*/*.mk || fail "no target: $1" || return 1
	[[ $1 != *SCENARIOS=* ]] || [[ -e $ROOT/tests/vm/scenarios/${1#*SCENARIOS=}.sh ]] || fail "no scenario: $1"
}

# check_tests CELL - `FILE`[: NAME, NAME...]; ...; every file and name is there
check_tests() {
	local part name names
	while IFS= read -r -d ';' part; do
		[[ $part =~ ^[^\`]*\`([^\`]+)\`(: ([^\`]*[^\` ]))?\ *$ ]] || fail "names no test: $part" || return 1
		name=${BASH_REMATCH[1]} names=${BASH_REMATCH[3]}
		if [[ $name == make\ * ]]; then
			has_target "$name" || return 1
			continue
		fi
		named "$name" || return 1
		while [[ -n $names ]]; do
			if [[ $FILE == *.c ]]; then
				has_function "$FILE" "${names%%, *}" || return 1
			else
				has_test "$FILE" "${names%%, *}" || return 1
			fi
			[[ $names == *', '* ]] || break
			names=${names#*, }
		done
	done <<<"$1;"
}

@test "every claim of docs/security.md has a test, and the test is there" {
	local tests n=0
	while IFS='|' read -r _ tests; do
		check_tests "$tests"
		n=$((n + 1))
	done < <(claims)
	[[ $n -ge 30 ]] || fail "$n claims"
}

@test "the check finds what is missing" {
	run ! check_tests ' `test_no_such_program.c` '
	run ! check_tests ' `test_place.c`: no_such_test '
	run ! check_tests ' `udp-bad.bats`: no such test '
	run ! check_tests ' `udp-bad.bats`; `no-such.bats` '
	run ! check_tests ' `make no-such-target` '
	run ! check_tests ' by thinking '
	run ! check_tests ' `test_place.c`, `udp-bad.bats` '
	check_tests ' `test_place.c`; `udp-bad.bats`: greetings; `make fuzz` '
}
