#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# tspctl.bats - leases are shown: list, show, stats

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
	[[ ${lines[0]} =~ ^LEASE\ +USER\ +IPV4\ +ADDRESS\ +PREFIX\ +GRANTED\ +EXPIRES\ +LAST\ HEARD$ ]]
	[[ ${lines[1]} =~ ^users/1\ +user1\ +10.0.0.1\ +2001:db8:ffff::3\ +2001:db8:1000:100::/56\ +6[0-9]s\ ago\ +in\ 23h\ +6[0-9]s\ ago$ ]] ||
		[[ ${lines[1]} =~ in\ 24h\ +6[0-9]s\ ago$ ]] || fail "${lines[1]}"
	[[ ${lines[3]} =~ ^users/6\ +user6\ +10.0.0.6\ +2001:db8:ffff::d\ +-\  ]]
	[[ ${lines[4]} =~ ^users/9\ .*10.0.0.9 ]]
	[[ ${lines[5]} =~ ^anonymous/3\ +-\ +11.0.0.3\ +2001:db8:a:0:b00:3:0:3\ +-\  ]]
	[[ ${#lines[@]} -eq 6 ]]
}

@test "list: nothing to list is no error; a missing file is, and is not made" {
	run -0 --separate-stderr "$CTL" list
	[[ -z $output && $stderr == 'no leases' ]]
	run -0 "$CTL" list --plain
	[[ -z $output ]]
	run -0 "$CTL" --json list
	[[ $(json length) == 0 ]]
	rm "$TSP_DIR"/state/*.leases
	local command
	for command in list 'show user1' stats 'release --yes user1' expire restore 'resize --yes users 70'; do
		# shellcheck disable=SC2086
		run -2 "$CTL" $command
		[[ $output == *"users.leases: no such allocation file: 'tspctl check' says"* ]] || fail "$command: $output"
	done
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

# numbers OPTION... - pool and number of what is listed, in its order
numbers() {
	"$CTL" list --plain "$@" | cut -f 1,2 | tr '\t' / | paste -sd ' '
}

@test "list: conditions, one by one and together" {
	pools
	[[ $(numbers --user user6) == users/6 ]]
	[[ -z $(numbers --user user) && -z $(numbers --user 11.0.0.3) ]]
	[[ $(numbers --prefix 2001:db8:1000:200::/56) == users/2 ]]
	[[ $(numbers --prefix 2001:db8:1000:2ff::1) == users/2 ]] # inside of what is delegated
	[[ $(numbers --prefix 2001:db8:1000::/36) == 'users/1 users/2 users/9' ]]
	[[ $(numbers --prefix 2001:db8:ffff::d) == users/6 ]]
	[[ $(numbers --prefix 2001:db8:a::/64) == anonymous/3 ]]
	[[ $(numbers --endpoint 10.0.0.2) == users/2 && -z $(numbers --endpoint 10.0.0.2:5) ]]
	[[ $(numbers --state expired) == 'users/5 users/7 users/8' ]]
	[[ $(numbers --state active) == "$(numbers)" && -z $(numbers --state offered) ]]
	[[ $(numbers --mode v6v4) == "$(numbers)" && -z $(numbers --mode v6udpv4) ]]
	[[ -z $(numbers --expires-before 2020-01-01T00:00:00Z) ]]
	[[ $(numbers --expires-before 9999-01-01T00:00:00Z) == "$(numbers)" ]]
	[[ $(numbers --pool users --prefix 2001:db8:ffff::/64 --endpoint 10.0.0.1) == users/1 ]]
	[[ $("$CTL" list --count) == 5 && $("$CTL" list --count --state expired) == 3 && $("$CTL" list --count --user x) == 0 ]]
	local option
	for option in '--prefix 10.0.0.0/8' '--prefix x' '--state free' '--endpoint 2001:db8::1' '--mode v4v6' \
		'--expires-before tomorrow' '--sort size' '--sort -' '-o user,size' '-o user,' '-o'; do
		# shellcheck disable=SC2086 # words
		run -100 "$CTL" list $option
	done
}

@test "list --sort: numbers, addresses and times as such, what is absent last" {
	fill users 2 1 active 100 3600
	fill users 10 1 active 50 7200 0
	fill users 9 1 active 200 1800
	fill anonymous 3 1 active 10 900
	[[ $(numbers --sort endpoint) == 'users/2 users/9 users/10 anonymous/3' ]]
	[[ $(numbers --sort -endpoint) == 'anonymous/3 users/10 users/9 users/2' ]]
	[[ $(numbers --sort user) == 'users/10 users/2 users/9 anonymous/3' ]] # text; no user
	[[ $(numbers --sort -user) == 'users/9 users/2 users/10 anonymous/3' ]]
	[[ $(numbers --sort prefix) == 'users/2 users/9 users/10 anonymous/3' ]] # 10 and 3 have none
	[[ $(numbers --sort expires) == 'anonymous/3 users/9 users/2 users/10' ]]
	[[ $(numbers --sort granted) == 'users/9 users/2 users/10 anonymous/3' ]]
	[[ $(numbers --sort lease) == 'users/2 anonymous/3 users/9 users/10' ]]
	[[ $(numbers --sort address) == 'anonymous/3 users/2 users/9 users/10' ]]
	[[ $(numbers --sort mode) == "$(numbers)" ]]
	template <<-SCRIPT
		#!/bin/sh
		[ \$TSP_LEASE != 9 ] && echo rx_bytes=\$((\$TSP_LEASE * 50))
	SCRIPT
	[[ $(numbers --sort -rx_bytes) == 'users/10 anonymous/3 users/2 users/9' ]]
	[[ $("$CTL" list --sort -rx_bytes --plain | head -n 1 | cut -f 11) == 500 ]]
}

@test "list -o: these columns, in this order, in every form" {
	fill users 1 1
	[[ $("$CTL" list --plain -o user,address) == user1$'\t'2001:db8:ffff::3 ]]
	run -0 "$CTL" list -o mode,lease,rx_packets
	[[ ${lines[0]} =~ ^MODE\ +LEASE\ +PACKETS\ FROM$ && ${lines[1]} =~ ^v6v4\ +1\ +- ]] || fail "$output"
	run -0 "$CTL" list --json -o user,expires
	[[ $(json '.[0] | keys_unsorted | join(" ")') == 'user expires' ]]
}

@test "list: when clients were last heard" {
	fill users 1 1 active 100
	fill users 2 1 active 7200
	[[ $("$CTL" list --plain --sort heard -o user) == user2$'\n'user1 ]]
	run -0 "$CTL" list --json -o heard
	[[ $(json '.[1].heard | fromdate < now - 7000') == true ]] || fail "$output"
	run -0 "$CTL" show user2
	[[ $output == *'Last heard: '*' (2h ago)'* ]] || fail "$output"
}

@test "list on a terminal: no leases; what is left out, and --wide" {
	run -0 script -qec "'$CTL' list" /dev/null
	[[ $output == 'no leases'* ]] || fail "$output"
	fill users 1 1
	run -0 script -qec "stty cols 60; '$CTL' list" /dev/null
	[[ $output == *'columns left out: see --wide'* ]] || fail "$output"
	run -0 script -qec "stty cols 60; '$CTL' list --wide" /dev/null
	[[ $output == *PREFIX*GRANTED*EXPIRES* && $output != *'left out'* ]] || fail "$output"
}

@test "list --traffic: counters where there is a tunnel" {
	pools
	run -0 "$CTL" restore
	rm "$TSP_DIR/kernel/tsp2"
	run -0 "$CTL" list --traffic --json
	[[ $(json '.[0] | .rx_bytes, .tx_bytes, .rx_packets, .tx_packets' | paste -sd ' ') == "12345 10 5 1" ]]
	[[ $(json '.[1] | .rx_bytes, .tx_packets' | paste -sd ' ') == "null null" ]]
	run -0 "$CTL" list --traffic
	[[ ${lines[0]} =~ FROM\ +TO\ +LAST\ HEARD$ && ${lines[1]} =~ 12\ KB\ +10\ B\ +6[0-9]s\ ago$ && ${lines[2]} =~ -\ +-\ +6[0-9]s\ ago$ ]]
	run -0 bash -c '"$0" list --traffic --plain | head -n 1 | cut -f 11-14' "$CTL"
	[[ $output == 12345$'\t'10$'\t'5$'\t'1 ]]
}

@test "list --traffic: a template's nonsense is no number" {
	fill users 1 1
	run -0 "$CTL" restore
	echo 'rx_bytes=-5 tx_bytes=99999999999999999999 rx_packets= tx_packets=0x10 other=1' >"$TSP_DIR/traffic"
	run -0 "$CTL" list --traffic --json
	[[ $(json '.[0] | [.rx_bytes, .tx_bytes, .rx_packets, .tx_packets] | unique == [null]') == true ]]
}

# listing_template ANSWER - a template that lists its tunnels by ANSWER
listing_template() {
	template <<-SCRIPT
		#!/bin/sh
		# TSP-List: yes
		echo "\$TSP_OPERATION \${TSP_LIST_COUNTERS-}" >>"$TSP_DIR/kernel/history"
		case \$TSP_OPERATION in
		TSP_TUNNEL_LIST) $1 ;;
		TSP_TUNNEL_INFO) echo rx_bytes=1 tx_bytes=2 rx_packets=3 tx_packets=4 ;;
		esac
	SCRIPT
}

@test "list --traffic: all counters by one run of a template that lists tunnels" {
	fill users 1 3
	fill anonymous 3 1
	cat >"$TSP_DIR/listed" <<-'END'
		anonymous 3 11.0.0.3 192.0.2.1 rx_bytes=30 tx_bytes=31 rx_packets=32 tx_packets=33
		users 3 10.0.0.3 rx_bytes=9223372036854775807 tx_bytes=9223372036854775807 rx_packets=9223372036854775807 tx_packets=9223372036854775807
		users 2 10.0.0.99 rx_bytes=20 tx_bytes=21 rx_packets=22 tx_packets=23
		users 1 10.0.0.1 rx_bytes=10 tx_bytes=11 rx_packets=12 tx_packets=13
	END
	listing_template "cat '$TSP_DIR/listed'"
	run -0 bash -c '"$0" list --traffic --plain | cut -f 11-14' "$CTL"
	[[ ${lines[0]} == 10$'\t'11$'\t'12$'\t'13 ]] || fail "$output"
	[[ ${lines[1]} == -$'\t'-$'\t'-$'\t'- ]] # to another endpoint
	[[ ${lines[2]} == 9223372036854775807$'\t'* ]]
	[[ ${lines[3]} == 30$'\t'31$'\t'32$'\t'33 ]]
	[[ $(<"$TSP_DIR/kernel/history") == 'TSP_TUNNEL_LIST yes' ]]
	run -0 bash -c '"$0" list --sort -rx_bytes --plain | cut -f 1,2,11' "$CTL"
	[[ ${lines[-2]} == users$'\t'1$'\t'10 && ${lines[-1]} == users$'\t'2$'\t'- ]] || fail "$output"
}

@test "list --traffic: a list without counters, and one that fails" {
	fill users 1 2
	listing_template 'echo users 1 10.0.0.1; echo users 2 10.0.0.2'
	run -0 bash -c '"$0" list --traffic --plain | cut -f 11-14' "$CTL"
	[[ ${lines[0]} == 1$'\t'2$'\t'3$'\t'4 && ${lines[1]} == "${lines[0]}" ]] || fail "$output"
	listing_template 'echo users 1 10.0.0.1 rx_bytes=5; exit 3'
	run -111 --separate-stderr "$CTL" list --traffic --plain
	[[ ${#lines[@]} -eq 2 && ${lines[0]} == *$'\t'-$'\t'* && $stderr == *'failed with exit status 3'* ]] ||
		fail "$output $stderr"
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
	run -0 "$CTL" release --yes alice
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
