#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# tspctl.bats - the operator looks: list, show, stats, usage, rights, completion

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

# pools - some of everything
pools() {
	fill users 1 2
	fill users 5 1 active 100000 -60
	fill users 6 1 active 60 86400 0
	fill users 7 1 expired 7200 -3600
	fill users 8 1 offered
	fill users 9 1 update
	fill anonymous 3 1
}

@test "list: active leases, in columns with heads" {
	pools
	run -0 "$CTL" list
	[[ ${lines[0]} =~ ^LEASE\ +USER\ +IPV4\ +ADDRESS\ +PREFIX\ +GRANTED\ +EXPIRES$ ]]
	[[ ${lines[1]} =~ ^users/1\ +user1\ +10.0.0.1\ +2001:db8:ffff::3\ +2001:db8:1000:100::/56\ +6[0-9]s\ ago\ +in\ 23h$ ]] ||
		[[ ${lines[1]} =~ in\ 24h$ ]] || fail "${lines[1]}"
	[[ ${lines[3]} =~ ^users/6\ +user6\ +10.0.0.6\ +2001:db8:ffff::d\ +-\  ]]
	[[ ${lines[4]} =~ ^users/9\ .*10.0.0.9 ]]
	[[ ${lines[5]} =~ ^anonymous/3\ +-\ +11.0.0.3\ +2001:db8:a:0:b00:3:0:3\ +-\  ]]
	[[ ${#lines[@]} -eq 6 ]]
}

@test "list: nothing to list is no error, and no file is made" {
	run -0 "$CTL" list
	[[ -z $output ]]
	run -0 "$CTL" --json list
	[[ $(json length) == 0 ]]
	[[ -z $(ls "$TSP_DIR/state") ]]
}

@test "list --plain: the columns of the manual page" {
	pools
	run -0 plain
	[[ ${lines[0]} == "users 1 active user1 10.0.0.1 v6v4 2001:db8:ffff::3 2001:db8:1000:100::/56" ]]
	[[ ${lines[2]} == "users 6 active user6 10.0.0.6 v6v4 2001:db8:ffff::d -" ]]
	[[ ${lines[4]} == "anonymous 3 active - 11.0.0.3 v6v4 2001:db8:a:0:b00:3:0:3 -" ]]
	[[ ${#lines[@]} -eq 5 ]]
	run -0 bash -c '"$0" list --plain | head -n 1 | cut -f 9,10' "$CTL"
	[[ $output =~ ^20[0-9-]+T[0-9:]+Z[[:blank:]]20[0-9-]+T[0-9:]+Z$ ]]
}

@test "list --all: what leases count as, whatever their lines say" {
	pools
	run -0 plain --all
	[[ ${lines[2]} == "users 5 expired user5 "* ]] # has run out
	[[ ${lines[4]} == "users 7 expired user7 "* ]]
	[[ ${lines[5]} == "users 8 expired user8 "* ]] # its session is gone
	[[ ${lines[6]} == "users 9 active user9 10.0.0.9 "* ]] # the tunnel before counts
	[[ ${#lines[@]} -eq 8 ]]

	holds users 8
	run -0 plain --all
	[[ ${lines[5]} == "users 8 offered user8 "* ]]
}

@test "list --pool" {
	pools
	run -0 plain --pool anonymous
	[[ $output == "anonymous 3 active - "* && ${#lines[@]} -eq 1 ]]
	run -0 plain --pool=users
	[[ ${#lines[@]} -eq 4 ]]
}

@test "list --json" {
	pools
	run -0 "$CTL" list --json
	[[ $(json length) == 5 ]]
	[[ $(json '.[0] | .pool, .lease, .state, .user, .endpoint, .mode, .address, .prefix' | paste -sd ' ') == \
		"users 1 active user1 10.0.0.1 v6v4 2001:db8:ffff::3 2001:db8:1000:100::/56" ]]
	[[ $(json '.[0].lease | type') == number ]]
	[[ $(json '.[4].user') == null && $(json '.[4].prefix') == null ]]
	[[ $(json '.[0].expires | fromdate > now') == true ]]
	[[ $(json '.[0] | has("rx_bytes")') == false ]]
}

@test "list --traffic: counters where there is a tunnel" {
	pools
	run -0 "$CTL" restore
	rm "$TSP_DIR/kernel/tsp2"
	run -0 "$CTL" list --traffic --json
	[[ $(json '.[0] | .rx_bytes, .tx_bytes, .rx_packets, .tx_packets' | paste -sd ' ') == "12345 10 5 1" ]]
	[[ $(json '.[1] | .rx_bytes, .tx_packets' | paste -sd ' ') == "null null" ]]
	run -0 "$CTL" list --traffic
	[[ ${lines[0]} =~ FROM\ +TO$ && ${lines[1]} =~ 12\ KB\ +10\ B$ && ${lines[2]} =~ -\ +-$ ]]
	run -0 bash -c '"$0" list --traffic --plain | head -n 1 | cut -f 11-' "$CTL"
	[[ $output == 12345$'\t'10$'\t'5$'\t'1 ]]
}

@test "list --traffic: a template's nonsense is no number" {
	fill users 1 1
	run -0 "$CTL" restore
	echo 'rx_bytes=-5 tx_bytes=99999999999999999999 rx_packets= tx_packets=0x10 other=1' >"$TSP_DIR/traffic"
	run -0 "$CTL" list --traffic --json
	[[ $(json '.[0] | [.rx_bytes, .tx_bytes, .rx_packets, .tx_packets] | unique == [null]') == true ]]
}

@test "columns fit the terminal: what matters least goes first" {
	fill users 1 3
	local width
	for width in 40 60 80 100 200; do
		run -0 script -qec "stty cols $width; '$CTL' list" /dev/null
		[[ ${lines[0]} == LEASE*ADDRESS* ]] || fail "$width: $output"
		if [[ $width -ge 60 ]]; then
			for line in "${lines[@]}"; do
				[[ $(tr -d '\r' <<<"$line" | wc -m) -le $((width + 1)) ]] || fail "$width: $line"
			done
		fi
	done
	[[ ${lines[0]} == *GRANTED*EXPIRES* ]]
	run -0 script -qec "stty cols 60; '$CTL' list" /dev/null
	[[ ${lines[0]} != *GRANTED* && ${lines[0]} != *PREFIX* ]]
}

@test "show: by user, every address, number and pool with number" {
	pools
	local who
	for who in user1 10.0.0.1 2001:db8:ffff::3 2001:db8:ffff::2 2001:db8:1000:100:: \
		2001:0db8:1000:01ff:ffff:ffff:ffff:ffff 2001:db8:1000:100::/56 1 users/1; do
		run -0 "$CTL" show "$who"
		[[ ${lines[0]} =~ ^Lease:\ +users/1$ ]] || fail "$who: $output"
		[[ $output == *'User:'*'user1'* && $output == *'10.0.0.1'* ]]
		[[ $output =~ Expires:\ +20[-0-9]+T[0-9:]+Z\ \(in\ 2[34]h\) ]]
	done
	for who in 11.0.0.3 2001:db8:a:0:b00:3::3 2001:db8:a:0:b00:3::2 3 anonymous/3; do
		run -0 "$CTL" show "$who"
		[[ ${lines[0]} =~ ^Lease:\ +anonymous/3$ ]] || fail "$who: $output"
	done
}

@test "show: all about it, as JSON too" {
	pools
	run -0 "$CTL" restore
	run -0 "$CTL" show --json user1
	[[ $(json '.pool, .lease, .server_address, .name, .interface, .rx_bytes' | paste -sd ' ') == \
		"users 1 2001:db8:ffff::2 user1.tsp.example tsp1 12345" ]]
	run -0 "$CTL" --json show user7
	[[ $(json '.state, .rx_bytes' | paste -sd ' ') == "expired null" ]]
}

@test "show: an anonymous address tells its IPv4 address without any lease" {
	run -0 "$CTL" show 2001:db8:a:0:c633:6407::3
	[[ $output == *198.51.100.7* ]]
	run -0 "$CTL" show --json 2001:db8:a:0:c633:6407::3
	[[ $(json '.endpoint, .lease' | paste -sd ' ') == "198.51.100.7 null" ]]
}

@test "show: an address of a prefix that is not delegated now" {
	fill users 6 1 active 60 86400 0
	fill users 7 1 active 60 86400 60
	run -0 "$CTL" show 2001:db8:1000:600::1
	[[ $output == *users/6*'not delegated'* ]]
	run -0 "$CTL" show 2001:db8:1000:70f::1
	[[ $output == *users/7* && $output != *Note* ]]
	run -0 "$CTL" show 2001:db8:1000:710::1
	[[ $output == *'not delegated'* ]]
}

@test "show: unknown is exit status 1 and said so" {
	pools
	local who
	for who in nobody 192.0.2.1 2001:db8:ffff::ff 2001:db8:1000:6000::1 2001:db8::1 64 65 0 -- \
		users/4 users/x other/1 '' "$(printf 'a\nb')" "$(printf %0200d 0)"; do
		run -1 --separate-stderr "$CTL" show -- "$who"
		[[ $stderr == "tspctl: no lease for "* ]] || fail "'$who': $stderr"
		[[ -z $output ]]
	done
}

@test "show: ambiguous lists all candidates" {
	fill users 3 1
	fill anonymous 3 1
	run -1 --separate-stderr "$CTL" show 3
	[[ $output == *users/3*anonymous/3* && $stderr == *"'3' can be any of 2"* ]]
	run -1 --separate-stderr "$CTL" show --json 3
	[[ $(json 'length, .[0].pool, .[1].pool' | paste -sd ' ') == "2 users anonymous" ]]
	run -0 "$CTL" show --pool anonymous 3
	[[ $output == *anonymous/3* ]]
	run -0 "$CTL" show anonymous/3
}

@test "show: who has an IPv4 address comes before who had it" {
	fill users 1 1 expired 7200 -3600
	run -0 "$CTL" show 10.0.0.1
	[[ $output == *expired* ]]
	server_start
	offer --bind 127.0.0.1
	offer "${as_alice[@]}" --bind 127.0.0.1 # displaces it
	settled
	run -0 "$CTL" show 127.0.0.1
	[[ $output == *alice* && $output != *anonymous* ]]
	run -0 "$CTL" release alice
	run -1 "$CTL" show 127.0.0.1
	[[ $output == *anonymous/*users/* || $output == *users/*anonymous/* ]]
}

@test "stats" {
	pools
	holds users 8
	run -0 "$CTL" stats --json
	[[ $(json '.[0] | .pool, .capacity, .active, .offered, .expired, .free, .damaged' | paste -sd ' ') == \
		"users 64 4 1 2 57 0" ]]
	[[ $(json '.[1] | .pool, .active, .free' | paste -sd ' ') == "anonymous 1 63" ]]
	[[ $(json '.[0].probe_max | type') == number && $(json '.[0] | .probe_mean <= .probe_max') == true ]]
	run -0 "$CTL" stats
	[[ ${lines[0]} == POOL*CAPACITY*ACTIVE*FREE* && $output != *'['* ]]
	run -0 script -qec "stty cols 200; '$CTL' stats" /dev/null
	[[ $output == *'IN USE'*'['*']'*'%'* ]]
}

@test "stats: a pool without a file is free" {
	run -0 "$CTL" stats --json
	[[ $(json '.[1] | .capacity, .free' | paste -sd ' ') == "64 64" ]]
	config -anonymous
	run -0 "$CTL" stats --json
	[[ $(json length) == 1 ]]
}

@test "usage: unknown commands and options are exit status 100" {
	run -100 --separate-stderr "$CTL"
	[[ $stderr == *usage:*list*policy* && -z $output ]]
	run -100 --separate-stderr "$CTL" nonsense
	[[ $stderr == *"'nonsense'"*usage:* ]]
	run -100 --separate-stderr "$CTL" --nonsense
	run -100 --separate-stderr "$CTL" -c
	local command
	for command in list show release expire restore check stats init resize user policy; do
		run -100 --separate-stderr "$CTL" "$command" --nonsense
		[[ $stderr == *"--nonsense"*"usage: tspctl [-c FILE] $command"* && -z $output ]] ||
			fail "$command: $stderr"
		run -0 --separate-stderr "$CTL" "$command" --help
		[[ $output == "usage: tspctl [-c FILE] $command"* && -z $stderr ]]
	done
}

@test "usage: operands and values" {
	run -100 "$CTL" list one
	run -100 "$CTL" list --pool nonsense
	[[ $output == *"'nonsense'"* ]]
	run -100 "$CTL" list --pool
	run -100 "$CTL" show
	run -100 "$CTL" show a b
	run -100 "$CTL" release
	run -100 "$CTL" restore --jobs 0
	run -100 "$CTL" restore --jobs 1x
	run -100 "$CTL" resize users
	run -100 "$CTL" resize nonsense 5
	run -100 "$CTL" resize users 0
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
	for command in 'release user1' expire restore 'check --repair' 'resize users 70'; do
		# shellcheck disable=SC2086
		run -111 setpriv --reuid 12345 --regid 12345 --clear-groups "$CTL" $command
		[[ $output == *users.leases*'no right to write'* ]] || fail "$command: $output"
	done
	chmod 600 "$TSP_DIR/users"
	run -111 setpriv --reuid 12345 --regid 12345 --clear-groups "$CTL" user list
	[[ $output == *users*'no right to read'* ]]
	run -111 setpriv --reuid 12345 --regid 12345 --clear-groups "$CTL" user del alice
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
	run -0 "$CTL" init
	[[ ${lines[0]} == *users.leases:\ made,\ 64\ leases && ${lines[1]} == *anonymous.leases:\ made* ]]
	fill users 1 1
	run -0 "$CTL" init
	[[ ${lines[0]} == *'there already'* ]]
	run -0 plain
	[[ ${#lines[@]} -eq 1 ]]
	rm -rf "$TSP_DIR/state"
	run -111 "$CTL" init
	[[ $output == *"$TSP_DIR/state"* ]]
	mkdir "$TSP_DIR/state"
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
	[[ $output == *'bits 65 to 96'* && $output == *'granted for 24 hours'* && $output == *userid.tsp.example* ]]
	[[ $output != *'{{'* && $output != *'<!--'* && $output != *'-->'* ]]
	[[ $output != *'received nothing for'* ]]

	config -anonymous server.idle=48 server.lifetime=90 server.domain=
	run -0 "$CTL" policy "$ROOT/docs/policy.md"
	[[ $output != *'Without an account'* && $output == *'received nothing for 2 days'* ]]
	[[ $output == *'granted for 90 minutes'* && $output != *userid.* ]]
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
	[[ $(complete_words "$CTL" re) == "release resize restore" ]]
	[[ $(complete_words "$CTL" -c x li) == "list" ]]
	[[ $(complete_words "$CTL" list --p) == "--plain --pool" ]]
	[[ $(complete_words "$CTL" list --pool '') == "anonymous users" ]]
	[[ $(complete_words "$CTL" show user) == "user1 user2 users/1 users/2" ]]
	[[ $(complete_words "$CTL" -c "$TSP_DIR/tsp.conf" release 10.0.0.2) == "10.0.0.2" ]]
	[[ $(complete_words "$CTL" user p) == "passwd" ]]
	[[ $(complete_words "$CTL" user del '') == "alice bob" ]]
	[[ $(complete_words "$CTL" resize '') == "anonymous users" ]]
	[[ $(complete_words "$CTL" policy "$TSP_DIR/tsp.c") == "$TSP_DIR/tsp.conf" ]]
	# every command and option of the program, and no other
	[[ $(complete_words "$CTL" '' | tr ' ' '\n' | grep -v ^- | paste -sd ' ') == \
		"$("$CTL" --help | sed -n 's/^  \([a-z]*\) .*/\1/p' | sort | paste -sd ' ')" ]]
}
