#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# tspctl-terminal.bats - on a terminal: the pager, bars, hints

# shellcheck disable=SC2030,SC2031,SC2154 # a variable for one test; set by run
load ../lib/handler
load ../lib/tspctl

setup() {
	ctl_begin
	requires script stty
	unset PAGER LESS SUDO_UID DOAS_USER PKEXEC_UID
	# a pager that says what it was given
	mkdir "$TSP_DIR/bin"
	cat >"$TSP_DIR/bin/less" <<-'SCRIPT'
		#!/bin/sh
		echo "less $* LESS=$LESS LESSSECURE=$LESSSECURE"
		cat
	SCRIPT
	sed 's/^echo .*/echo "mine"/' "$TSP_DIR/bin/less" >"$TSP_DIR/bin/mine"
	chmod 755 "$TSP_DIR/bin/less" "$TSP_DIR/bin/mine"
	PATH=$TSP_DIR/bin:$PATH
	fill users 1 20
}

teardown() {
	ctl_end
}

# on_terminal ROWS COMMAND - run a shell command on a terminal of 100 columns; sets $output
on_terminal() {
	run script -qec "stty cols 100 rows $1; $2" /dev/null
	output=${output//$'\r'/}
}

@test "pager: less, for a table that does not fit, and in its secure mode" {
	export TERM=xterm
	on_terminal 10 "'$CTL' list; echo status \$?"
	[[ $output == 'less  LESS=FRX LESSSECURE=1'*LEASE*users/20*'left out: see --wide'*'status 0' ]] || fail "$output"
	on_terminal 40 "'$CTL' list"
	[[ $output == LEASE*users/20* && $output != *LESS=* ]] || fail "$output"
	LESS=S on_terminal 10 "'$CTL' list"
	[[ $output == 'less  LESS=S '* ]] || fail "$output"
	# lines that are longer than the terminal take more of it
	on_terminal 30 "'$CTL' list --wide"
	[[ $output == 'less '* ]] || fail "$output"
}

@test "pager: \$PAGER, none, cat, one that does not exist, one that is left early" {
	export TERM=xterm
	PAGER='mine' on_terminal 10 "'$CTL' list"
	[[ $output == mine*users/20* ]] || fail "$output"
	local none
	for none in '' cat; do
		PAGER=$none on_terminal 10 "'$CTL' list"
		[[ $output == LEASE*users/20* ]] || fail "$none: $output"
	done
	PAGER=/nonexistent/pager on_terminal 10 "'$CTL' list"
	[[ $output == *LEASE*users/20* ]] || fail "$output"
	PAGER='head -n 1' on_terminal 10 "'$CTL' list; echo status \$?"
	[[ $output == LEASE*'status 0' && $output != *users/20* ]] || fail "$output"
	PAGER=true on_terminal 10 "'$CTL' list; echo status \$?"
	[[ $output == *'status 0' && $output != *LEASE* ]] || fail "$output"
}

@test "pager: never of the caller's choice under sudo" {
	export TERM=xterm
	local variable
	for variable in SUDO_UID DOAS_USER PKEXEC_UID; do
		PAGER=mine on_terminal 10 "$variable=1000 '$CTL' list"
		[[ $output == 'less  LESS=FRX LESSSECURE=1'* ]] || fail "$variable: $output"
	done
}

@test "pager: not without a terminal, nor for machines, nor on a terminal that is dumb" {
	export TERM=xterm
	run -0 "$CTL" list
	[[ $output == LEASE* ]] || fail "$output"
	local form
	for form in --plain --json; do
		on_terminal 5 "'$CTL' list $form"
		[[ $output == *users* && $output != *LESS=* ]] || fail "$form: $output"
	done
	TERM=dumb on_terminal 5 "'$CTL' list"
	[[ $output == LEASE*users/20* ]] || fail "$output"
	unset TERM
	on_terminal 5 "unset TERM; '$CTL' list"
	[[ $output == LEASE*users/20* ]] || fail "$output"
}

@test "a bar needs a terminal whose cursor moves" {
	template <<-SCRIPT
		#!/bin/sh
		sleep 0.1
	SCRIPT
	TERM=xterm on_terminal 40 "'$CTL' restore --jobs 2"
	[[ $output == *'building ['*'] '*' of 20'* ]] || fail "$output"
	TERM=dumb on_terminal 40 "'$CTL' restore --jobs 2"
	[[ $output != *'building ['* && $output == *'20 restored'* ]] || fail "$output"
}

@test "columns that are left out are named in every table" {
	fill users 3 1
	fill anonymous 3 1
	run script -qec "stty cols 60; '$CTL' show 3" /dev/null
	[[ $output == *'columns left out: the terminal is too narrow'* ]] || fail "$output"
}
