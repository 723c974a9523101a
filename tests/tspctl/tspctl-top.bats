#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# tspctl-top.bats - who has most leases, and most traffic: top

# shellcheck disable=SC2154 # set by run
load ../lib/handler
load ../lib/tspctl

setup() {
	ctl_begin
	requires jq
}

teardown() {
	ctl_end
}

# crowd - users and anonymous clients, several at one address
crowd() {
	fill users 1 1 active 60 86400 56 alice 198.51.100.7
	fill users 2 1 active 60 86400 56 bob 198.51.100.9
	fill users 3 1 active 60 86400 56 carol 203.0.113.5
	fill users 4 1 expired 7200 -3600 56 dave 203.0.113.5
	fill anonymous 3 2 # 11.0.0.3, 11.0.0.4
}

# rows OPTION... - the rows, as "name leases"
rows() {
	"$CTL" top --plain "$@" | cut -f 1,2 | tr '\t' ' ' | paste -sd ,
}

@test "top: active leases by address, network and user, the most first" {
	crowd
	[[ $(rows --by network) == '11.0.0.0/24 2,198.51.100.0/24 2,203.0.113.0/24 1' ]] || fail "$(rows --by network)"
	[[ $(rows) == '11.0.0.3 1,11.0.0.4 1,198.51.100.7 1,198.51.100.9 1,203.0.113.5 1' ]] || fail "$(rows)"
	[[ $(rows --by user) == '- 2,alice 1,bob 1,carol 1' ]] || fail "$(rows --by user)"
	[[ $(rows --by user --pool users) == 'alice 1,bob 1,carol 1' ]]
	[[ $(rows --by network --pool anonymous) == '11.0.0.0/24 2' ]]
	[[ $(rows -n 2) == '11.0.0.3 1,11.0.0.4 1' ]]
	run -0 "$CTL" top --by user
	[[ ${lines[0]} =~ ^USER\ +LEASES\ +%\ +PRESENT$ && ${lines[1]} =~ ^\(without\ an\ account\)\ +2\ +40\.00\  ]] || fail "$output"
}

@test "top: present are those that were heard of late" {
	fill users 1 3 active 0
	prove 10
	fill users 2 1 active 0
	run -0 "$CTL" top --by network --json
	[[ $(json '.[0] | .network, .leases, (.percent | round), .present' | paste -sd ' ') == '10.0.0.0/24 3 100 1' ]] || fail "$output"
}

@test "top: people see ten rows, and how many there are; machines see all" {
	fill users 1 12
	run -0 script -qec "stty cols 80 rows 40; '$CTL' top" /dev/null
	[[ ${#lines[@]} -eq 12 && ${lines[11]} == '2 more: see -n'* ]] || fail "$output"
	[[ $("$CTL" top --json | jq length) -eq 12 && $("$CTL" top --plain | wc -l) -eq 12 ]]
	run -0 script -qec "'$CTL' top --pool anonymous" /dev/null
	[[ $output == 'no leases'* ]] || fail "$output"
}

@test "top --traffic: by bytes in both directions, of each tunnel or from a list of all" {
	crowd
	template <<-'SCRIPT'
		#!/bin/sh
		[ "$TSP_TUNNEL_INTERFACE" != tsp3 ] && echo rx_bytes=$((TSP_LEASE * 1000)) tx_bytes=5
	SCRIPT
	run -0 "$CTL" top --traffic --by user --json
	[[ $(json '.[] | .user, .rx_bytes, .tx_bytes' | paste -sd ' ') == 'null 7000 10 bob 2000 5 alice 1000 5 carol 0 0' ]] || fail "$output"
	run -0 "$CTL" top --traffic --by user --pool users
	[[ ${lines[0]} =~ FROM\ +TO$ && ${lines[1]} =~ ^bob\ .*2\.0\ KB\ +5\ B$ ]] || fail "$output"
	template <<-'SCRIPT'
		#!/bin/sh
		# TSP-List: yes
		[ "$TSP_OPERATION" = TSP_TUNNEL_LIST ]
		echo users 1 198.51.100.7 192.0.2.1 rx_bytes=10 tx_bytes=11
		echo users 2 198.51.100.9 192.0.2.1 rx_bytes=1 tx_bytes=30
		echo users 3 10.9.9.9 192.0.2.1 rx_bytes=900 tx_bytes=900
	SCRIPT
	run -0 "$CTL" top --traffic --by address --pool users --plain
	[[ $(cut -f 1,5,6 <<<"$output" | tr '\t' ' ' | paste -sd ,) == '198.51.100.9 1 30,198.51.100.7 10 11,203.0.113.5 0 0' ]] ||
		fail "$output" # the third is to another endpoint
}

@test "top: many leases of few names" {
	fill users 1 64
	fill anonymous 1 64
	[[ $(rows --by network) == '10.0.0.0/24 64,11.0.0.0/24 64' ]] || fail "$(rows --by network)"
}

@test "top: mistakes" {
	run -100 "$CTL" top --by usr
	[[ $output == *"--by: not address, network or user: 'usr', did you mean 'user'?"* ]] || fail "$output"
	run -100 "$CTL" top -n 0
	fill users 1 3
	scribble users 2 20 x
	run -2 "$CTL" top
	[[ $output == *'1 damaged line passed over'* && $output == *10.0.0.3* ]] || fail "$output"
}
