#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# install-steps.bats - the installation of README.md and docs/operating.md: on a machine without a
# compiler, and repeated by an operator who has files to lose

# shellcheck disable=SC2154 # set by run
load ../lib/handler

setup() {
	requires root
	test_begin
	mkdir "$TSP_DIR/etc"
}

teardown() {
	test_end
}

# commands PAGE - those that make /etc/tsp/tsp.conf and /etc/tsp/users, for a directory of the test
commands() {
	sed -n '/^## First user/q; s/^    //; /^[a-z].*\/etc\/tsp\/\(tsp\.conf\|users\)/p' "$ROOT/$1" |
		grep -E '^(sudo |test -e|touch|cp|install|mv|chgrp|echo|cat)' | grep -v tspctl |
		sed -e 's/sudo //g; s/  *#.*//' -e "s|/usr/local/share/doc/tsp-handler|$ROOT/docs|g; s|/etc/tsp|$TSP_DIR/etc|g" \
			-e "s|chgrp tsp |chgrp $(id -gn "$TSP_USER") |; s|-g tsp |-g $(id -gn "$TSP_USER") |"
}

@test "the steps of the installation keep a configuration and users that are there" {
	local page
	for page in README.md docs/operating.md; do
		rm -f "$TSP_DIR"/etc/*
		[[ $(commands $page | wc -l) -eq 2 ]] || fail "$page: $(commands $page)"
		run -0 bash -euc "$(commands $page)"
		cmp "$TSP_DIR/etc/tsp.conf" "$ROOT/docs/tsp.conf.example"
		[[ $(stat -c '%U %G %a %s' "$TSP_DIR/etc/users") == "root $(id -gn "$TSP_USER") 640 0" ]] || fail "$page"
		echo mine >"$TSP_DIR/etc/tsp.conf"
		echo mine >"$TSP_DIR/etc/users"
		run -0 bash -euc "$(commands $page)"
		[[ $(<"$TSP_DIR/etc/tsp.conf") == mine && $(<"$TSP_DIR/etc/users") == mine ]] || fail "$page: $(commands $page)"
	done
}

@test "no page empties a file of the operator's" {
	run -1 grep -rnE '/dev/null +/(etc|var)|[^0-9]>\|? */(etc/tsp|var/lib/tsp)/(tsp\.conf|users)|> *policy\.md' \
		"$ROOT/README.md" "$ROOT/docs" --include='*.md' --include='*.[1-8]' --include='*.example'
	[[ -z $output ]] || fail "$output"
}

# blocks PAGE - the blocks of commands that run make, each in one line
blocks() {
	awk '/^    / || inside { block = block $0 ";" }
		/^```/ { inside = !inside }
		!/^    / && !inside { if (block ~ /(^|;) *make( &&|;)/) print block; block = "" }
		END { if (block ~ /(^|;) *make( &&|;)/) print block }' "$ROOT/$1"
}

@test "a machine without a compiler gets one before anything is built" {
	local page block count=0
	for page in README.md docs/operating.md; do
		while read -r block; do
			[[ $block =~ 'scripts/deps.sh build'.*make ]] || fail "$page: $block"
			count=$((count + 1))
		done < <(blocks $page)
	done
	[[ $count -eq 3 ]] || fail "$count blocks"
	grep -q '^build="build-essential ' "$ROOT/scripts/deps.sh"
}
