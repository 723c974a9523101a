#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# tspctl-usage.bats - usage, configuration, rights, init, policy, completion

# shellcheck disable=SC2016 # expanded by the shell that is started
# shellcheck disable=SC2154 # logins are in handler.bash
load ../lib/handler
load ../lib/tspctl

setup() {
	ctl_begin
	requires jq
}

teardown() {
	ctl_end
}

@test "usage: unknown commands and options are exit status 100" {
	run -100 --separate-stderr "$CTL"
	[[ $stderr == *usage:*list*policy* && -z $output ]]
	run -100 --separate-stderr "$CTL" nonsense
	[[ $stderr == *"'nonsense'"*usage:* ]]
	run -100 --separate-stderr "$CTL" --nonsense
	run -100 --separate-stderr "$CTL" -c
	local command
	for command in list top show who why release expire restore check status stats init backup restore-state resize user policy help; do
		run -100 --separate-stderr "$CTL" "$command" --nonsense
		[[ $stderr == *"--nonsense"*"usage: tspctl [-c FILE] $command"* && -z $output ]] ||
			fail "$command: $stderr"
		run -0 --separate-stderr "$CTL" "$command" --help
		[[ $output == "usage: tspctl [-c FILE] $command"* && -z $stderr ]]
	done
}

@test "help: all commands, or how one is called; no configuration is needed" {
	export TSP_CONFIG=/nonexistent
	run -0 "$CTL" help
	[[ $output == "$("$CTL" --help)" && $output == *'  list '*'  policy '* ]] || fail "$output"
	run -0 "$CTL" help release
	[[ ${lines[0]} == 'tspctl release: take tunnels down and end their leases' ]] || fail "$output"
	[[ ${lines[1]} == "$("$CTL" release --help)" && $output == *'man tspctl'* ]] || fail "$output"
	run -1 "$CTL" help relaese
	[[ $output == "tspctl: no such command: 'relaese', did you mean 'release'?" ]] || fail "$output"
	run -100 "$CTL" help list show
}

@test "near misses: commands, actions, options, columns, keys and sections of tsp.conf" {
	run -100 "$CTL" lst
	[[ $output == "tspctl: no such command: 'lst', did you mean 'list'?" ]] || fail "$output"
	run -100 "$CTL" --jsn list
	[[ $output == "tspctl: no such option, or its value is missing: '--jsn', did you mean '--json'?" ]] || fail "$output"
	run -100 "$CTL" user lok alice
	[[ ${lines[0]} == "tspctl: user: no such action: 'lok', did you mean 'lock'?" ]] || fail "$output"
	run -100 "$CTL" list --usr=x
	[[ ${lines[0]} == "tspctl: list: no such option: '--usr=x', did you mean '--user'?" ]] || fail "$output"
	run -100 "$CTL" list --jsn
	[[ ${lines[0]} == *"did you mean '--json'?" ]] || fail "$output"
	run -100 "$CTL" list --all=yes
	[[ ${lines[0]} == "tspctl: list: takes no value: '--all=yes'" ]] || fail "$output"
	run -100 "$CTL" list --sort -endpiont
	[[ ${lines[0]} == "tspctl: --sort: no such column: 'endpiont', did you mean 'endpoint'?" ]] || fail "$output"
	run -100 "$CTL" list -o user,adress
	[[ ${lines[0]} == "tspctl: -o: no such column: 'adress', did you mean 'address'?" ]] || fail "$output"
	run -100 "$CTL" list --nonsense # it resembles none
	[[ $output != *'did you mean'* ]] || fail "$output"
	printf '[server]\nlifetme = 5\n[pool user]\nlink = x\n' >"$TSP_DIR/tsp.conf"
	run -100 "$CTL" list
	[[ ${lines[0]} == *"tsp.conf:2: lifetme: unknown key in this section, value: '5', did you mean 'lifetime'?" ]] || fail "$output"
	[[ ${lines[1]} == *"tsp.conf:3: section: unknown: 'pool user', did you mean 'pool users'?" ]] || fail "$output"
}

@test "usage: operands and values" {
	run -100 "$CTL" list one
	run -100 "$CTL" list --pool nonsense
	[[ $output == *"'nonsense'"* ]]
	run -100 "$CTL" list --pool
	run -100 "$CTL" show
	run -100 "$CTL" show a b
	run -100 "$CTL" release --yes
	run -100 "$CTL" restore --jobs 0
	run -100 "$CTL" restore --jobs 1x
	run -100 "$CTL" resize users
	run -100 "$CTL" resize --yes nonsense 5
	run -100 "$CTL" resize --yes users 0
	run -100 "$CTL" user
	run -100 "$CTL" user add
	run -100 "$CTL" user nonsense x
	run -100 "$CTL" --json init
	[[ $output == *"init: has no --json"* ]]
	run -0 "$CTL" --version
	[[ $output == "tspctl "* ]]
	run -0 "$CTL" --help
}

@test "configuration: -c, \$TSP_CONFIG, mistakes" {
	run -0 env -u TSP_CONFIG "$CTL" -c "$TSP_DIR/tsp.conf" list
	run -0 env TSP_CONFIG=/nonexistent "$CTL" -c "$TSP_DIR/tsp.conf" list
	run -100 "$CTL" -c /nonexistent list
	echo nonsense >>"$TSP_DIR/tsp.conf"
	run -100 "$CTL" list
	[[ $output == *tsp.conf:*nonsense* || $output == *tsp.conf:*syntax* ]]
}

@test "no right: which file, which right, exit status 111" {
	requires root setpriv
	local command
	fill users 1 1
	rm "$TSP_DIR/state/anonymous.leases" && config -anonymous
	chmod 640 "$TSP_DIR/state/users.leases"
	chgrp root "$TSP_DIR/state/users.leases"
	for command in list 'show x' stats check; do
		# shellcheck disable=SC2086
		run -111 setpriv --reuid 12345 --regid 12345 --clear-groups "$CTL" $command
		[[ $output == *users.leases*'no right to read'* ]] || fail "$command: $output"
	done
	chmod 644 "$TSP_DIR/state/users.leases"
	run -0 setpriv --reuid 12345 --regid 12345 --clear-groups "$CTL" list
	[[ $output == *user1* ]]
	for command in 'release --yes user1' expire restore 'check --repair --yes' 'resize --yes users 70'; do
		# shellcheck disable=SC2086
		run -111 setpriv --reuid 12345 --regid 12345 --clear-groups "$CTL" $command
		[[ $output == *users.leases*'no right to write'* ]] || fail "$command: $output"
	done
	chmod 600 "$TSP_DIR/users"
	run -111 setpriv --reuid 12345 --regid 12345 --clear-groups "$CTL" user list
	[[ $output == *users*'no right to read'* ]]
	run -111 setpriv --reuid 12345 --regid 12345 --clear-groups "$CTL" user del --yes alice
	[[ $output == *users*'no right to replace'* ]]
	chmod 600 "$TSP_DIR/tsp.conf"
	run -111 setpriv --reuid 12345 --regid 12345 --clear-groups "$CTL" list
	[[ $output == *tsp.conf*'no right to read'* ]]
}

@test "as root: works as who has the state directory, with CAP_NET_ADMIN" {
	requires root
	template <<-SCRIPT
		#!/bin/sh
		{ id -un; grep CapEff /proc/self/status; } >"$TSP_DIR/kernel/id"
	SCRIPT
	fill users 1 1
	run -0 "$CTL" restore
	[[ $(head -n 1 "$TSP_DIR/kernel/id") == "$TSP_USER" ]]
	[[ $(tail -n 1 "$TSP_DIR/kernel/id") =~ 0000000000001000$ ]]
	run -0 "$CTL" init
	[[ $(stat -c %U "$TSP_DIR/state/anonymous.leases") == "$TSP_USER" ]]
}

@test "init makes what is missing and says so" {
	rm -f "$TSP_DIR"/state/* "$TSP_DIR/state-id"
	run -0 "$CTL" init
	[[ ${lines[0]} == *users.leases:\ made,\ 64\ leases && ${lines[1]} == *anonymous.leases:\ made* ]]
	fill users 1 1
	run -0 "$CTL" init
	[[ ${lines[0]} == *'there already'* ]]
	[[ ${lines[1]} == *'there already'* && ${#lines[@]} -eq 2 ]]
	run -0 plain
	[[ ${#lines[@]} -eq 1 ]]
	rm -rf "$TSP_DIR/state"
	run -111 "$CTL" init
	[[ $output == *"$TSP_DIR/state"* ]]
	mkdir "$TSP_DIR/state"
}

@test "init: a file that was made before and is lost gets no new one by itself" {
	local before
	before=$(<"$TSP_DIR/state-id")
	[[ $before =~ users\ [0-9a-f]{16}\ $TSP_DIR/state/users.leases ]] || fail "$before"
	rm "$TSP_DIR/state/users.leases"
	run -2 "$CTL" init --first
	[[ $output == *"users.leases: not made: $TSP_DIR/state-id lists it"* ]] || fail "$output"
	run -1 bash -c '"$0" init </dev/null' "$CTL"
	[[ $output == *"users.leases was made before and is missing"*"use --yes"* ]] || fail "$output"
	[[ ! -e $TSP_DIR/state/users.leases && $(<"$TSP_DIR/state-id") == "$before" ]]
	run -1 script -qec "'$CTL' init" /dev/null < <(echo n)
	[[ $output == *'new file? [y/N]'*'not confirmed: skipped'* && ! -e $TSP_DIR/state/users.leases ]]
	run -0 script -qec "'$CTL' init" /dev/null < <(echo y)
	[[ $output == *'users.leases: made, 64 leases'* ]] || fail "$output"
	rm "$TSP_DIR/state/users.leases"
	run -0 bash -c '"$0" init --yes </dev/null' "$CTL"
	[[ $output == *'users.leases: made, 64 leases'* && $(<"$TSP_DIR/state-id") != "$before" ]]
}

@test "init --first: a renamed state directory is no new server" {
	mv "$TSP_DIR/state" "$TSP_DIR/renamed"
	mkdir "$TSP_DIR/state"
	chown "$TSP_USER" "$TSP_DIR/state"
	run -2 "$CTL" init --first
	[[ -z $(ls "$TSP_DIR/state") ]]
	rm -r "$TSP_DIR/state"
	mv "$TSP_DIR/renamed" "$TSP_DIR/state"
	run -0 "$CTL" init --first
	[[ -z $output ]]
}

@test "init --first: files that are there are recorded, a pool that is new gets its file" {
	rm "$TSP_DIR/state-id" "$TSP_DIR/state/anonymous.leases"
	run -0 "$CTL" init --first
	[[ $output == "$TSP_DIR/state/anonymous.leases: made, 64 leases" ]] || fail "$output"
	[[ $(grep -cE '^(users|anonymous) ' "$TSP_DIR/state-id") -eq 2 && $(stat -c %a "$TSP_DIR/state-id") == 644 ]]
	# once recorded, nothing is written any more
	chmod 444 "$TSP_DIR/state-id"
	local before
	before=$(stat -c %i "$TSP_DIR/state-id")
	run -0 "$CTL" init --first
	[[ $(stat -c %i "$TSP_DIR/state-id") == "$before" ]]
}

@test "init needs the right to record what it makes" {
	requires root setpriv
	rm "$TSP_DIR"/state/*.leases "$TSP_DIR/state-id"
	run -111 setpriv --reuid "$TSP_USER" --clear-groups "$CTL" init
	[[ $output == *"$TSP_DIR: "*"be root"* && -z $(ls "$TSP_DIR/state") ]] || fail "$output"
}

@test "output that cannot be written is an error" {
	fill users 1 1
	run -111 bash -c '"$0" list >/dev/full' "$CTL"
	[[ $output == *'cannot write'* ]]
	run -111 bash -c '"$0" list --json >&-' "$CTL"
}

@test "libraries: none of the handler's that it does not need" {
	requires ldd
	run -0 ldd "$CTL"
	[[ $output != *gsasl* && $output != *mxml* && $output != *systemd* && $output != *seccomp* ]]
}

@test "policy: the page of docs, filled in" {
	run -0 "$CTL" policy "$ROOT/docs/policy.md"
	[[ $output == *2001:db8:a::/64* && $output == *2001:db8:a:0:c633:6407:0:3* ]]
	[[ $output == *'bits 65 to 96'* && $output == *'and for 24 hours'* && $output == *userid.tsp.example* ]]
	[[ $output != *'{{'* && $output != *'<!--'* && $output != *'-->'* ]]
	[[ $output != *'received nothing for'* && $output != *'UDP port 3653'* ]]

	config "server.template=$ROOT/templates/print.sh" # declares v6udpv4
	run -0 "$CTL" policy "$ROOT/docs/policy.md"
	[[ $output == *'UDP port 3653'* ]]

	config -anonymous server.lifetime=90 server.domain=
	run -0 "$CTL" policy "$ROOT/docs/policy.md"
	[[ $output != *'Without an account'* ]]
	[[ $output == *'and for 90 minutes'* && $output != *userid.* ]]
}

@test "policy: mistakes in a page of one's own" {
	local page=$TSP_DIR/page.md
	printf 'a <!-- b --> c <!-- {{nonsense}}\n{{nonsense}} --> d\n<!-- e -->\n{{lifetime}} {{ x\n' >"$page"
	run -1 --separate-stderr "$CTL" policy "$page"
	[[ ${lines[0]} == 'a  c ' && ${lines[1]} == ' d' ]]
	[[ $stderr == *page.md:4:* ]]
	printf '{{nonsense}}\n' >"$page"
	run -1 "$CTL" policy "$page"
	[[ $output == *page.md:1:*"'nonsense'"* ]]
	printf '{{if domain}}\n{{if idle}}\n{{end}}\n' >"$page"
	run -1 "$CTL" policy "$page"
	printf '{{if domain}}\n' >"$page"
	run -1 "$CTL" policy "$page"
	run -111 "$CTL" policy /nonexistent
}

# complete WORD... - what completion offers for the last word
complete_words() {
	bash -c '
		source "$0"
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
		_tspctl
		printf "%s\n" "${COMPREPLY[@]}"' "$ROOT/units/tspctl.bash" "$@" | sort | paste -sd ' '
}

@test "completion: commands, options, users, addresses" {
	fill users 1 2
	[[ $(complete_words "$CTL" re) == "release resize restore restore-state" ]]
	[[ $(complete_words "$CTL" -c x li) == "list" ]]
	[[ $(complete_words "$CTL" list --p) == "--plain --pool --prefix" ]]
	[[ $(complete_words "$CTL" list --pool '') == "anonymous users" ]]
	[[ $(complete_words "$CTL" show user) == "user1 user2 users/1 users/2" ]]
	[[ $(complete_words "$CTL" -c "$TSP_DIR/tsp.conf" release 10.0.0.2) == "10.0.0.2" ]]
	[[ $(complete_words "$CTL" user p) == "passwd" ]]
	[[ $(complete_words "$CTL" user del '') == "alice bob user1 user2" && $(complete_words "$CTL" user unlock a) == alice ]]
	[[ $(complete_words "$CTL" help rest) == "restore restore-state" && $(complete_words "$CTL" top --by '') == "address network user" ]]
	[[ $(complete_words "$CTL" resize '') == "anonymous users" ]]
	[[ $(complete_words "$CTL" resize --) == "--dry-run --yes" && $(complete_words "$CTL" user del --) == "--dry-run --yes" ]]
	[[ $(complete_words "$CTL" policy "$TSP_DIR/tsp.c") == "$TSP_DIR/tsp.conf" ]]
	# every command and option of the program, and no other
	[[ $(complete_words "$CTL" '' | tr ' ' '\n' | grep -v ^- | paste -sd ' ') == \
		"$("$CTL" --help | sed -n 's/^  \([a-z-]*\) .*/\1/p' | sort | paste -sd ' ')" ]]
}
