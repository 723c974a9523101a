#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# tspctl-why.bats - why a client cannot connect: from a journal of the test's, and from what holds

# shellcheck disable=SC2154 # set by run
load ../lib/handler
load ../lib/tspctl
load ../lib/journal

setup() {
	ctl_begin
	journal_begin
}

teardown() {
	ctl_end
}

# entry HOUR EVENT STATUS PEER REASON [FIELD]... - an entry about a request
entry() {
	printf '%s\n' "__REALTIME_TIMESTAMP=$((DAY + $1 * 3600))000000" "_UID=$WRITER" "TSP_EVENT=$2" "TSP_STATUS=$3" "TSP_PEER=$4" \
		"TSP_REASON=$5" "MESSAGE=$4: $5" "${@:6}" '' >>"$TSP_DIR/journal"
}

@test "a user: account, lease, and what was refused, the newest first" {
	entry 1 auth-failed 300 198.51.100.7 'wrong password' TSP_CLAIMED=alice
	entry 2 refused 501 198.51.100.7 'its address is not in [server] accept' TSP_USER=alice
	entry 3 refused 506 198.51.100.8 'IPv4 address already used' TSP_USER=bob
	fill users 1 1 active 60 86400 56 alice 198.51.100.7
	run -0 --separate-stderr "$CTL" why --json alice
	[[ $(json '.[] | .time + " " + .event + " " + (.status | tostring) + " " + .text') == \
"now account null in $TSP_DIR/users
2026-11-20T02:00:00Z refused 501 its address is not in [server] accept
2026-11-20T01:00:00Z auth-failed 300 wrong password
now lease null users/1: active for 198.51.100.7, 2001:db8:ffff::3" ]] || fail "$output"
	[[ -z $stderr ]]
	run -0 "$CTL" why alice
	[[ ${lines[0]} == TIME*WHAT*STATUS*IPV4*WHY && ${#lines[@]} -eq 5 ]] || fail "$output"
}

@test "a user who is not there, and pools that are not" {
	run -0 --separate-stderr "$CTL" why --json carol
	[[ $(json '.[0].text') == "not in $TSP_DIR/users with realm tsp.example: 'tspctl user add carol'" ]] || fail "$output"
	[[ $stderr == *"nothing was refused to 'carol' in 7 days"*firewall* ]] || fail "$stderr"
	rm "$TSP_DIR/users"
	run -0 "$CTL" why alice
	[[ $output == *"$TSP_DIR/users: No such file or directory"* ]] || fail "$output"
	config -users
	run -0 "$CTL" why alice
	[[ $output == *'no [pool users]'* ]] || fail "$output"
}

@test "an address, whatever the port" {
	entry 1 auth-failed 300 198.51.100.7 'no such user'
	entry 2 refused 530 198.51.100.7:4711 'Server too busy'
	entry 3 refused 501 198.51.100.77 'Invalid IPv4 address'
	run -0 --separate-stderr "$CTL" why --json 198.51.100.7
	[[ $(json '[.[] | select(.time != "now") | .status] | @csv') == 530,300 ]] || fail "$output"
	[[ $(json '.[] | select(.event == "address") | .text') == *'Documentation'*'not in [server] accept: status 501' ]] ||
		fail "$output"
	config server.accept=198.51.100.0/24
	run -0 --separate-stderr "$CTL" why --json 198.51.100.7
	[[ $(json '.[] | select(.event == "address") | .text') == 'may connect' ]] || fail "$output"
	config -anonymous
	run -0 "$CTL" why 198.51.100.7
	[[ $output == *'no [pool anonymous]: only users are served'* ]] || fail "$output"
	run -100 "$CTL" why '2001:db8::1'
	[[ $output == *"neither a user nor an IPv4 address"* ]]
}

@test "another user of the machine cannot write refusals" {
	WRITER=4000000000 entry 1 auth-failed 300 198.51.100.7 forged TSP_CLAIMED=alice
	run -0 --separate-stderr "$CTL" why alice
	[[ $output != *forged* && $stderr == *"nothing was refused"* ]] || fail "$output" "$stderr"
}

@test "without a journal: said, and exit status 1" {
	rm "$TSP_DIR/bin/journalctl"
	ln -s /bin/false "$TSP_DIR/bin/journalctl"
	run -1 "$CTL" why alice
	[[ $output == *'the journal cannot be read'* && $output == *account* ]] || fail "$output"
}

@test "status counts refusals by reason" {
	entry 1 auth-failed 300 198.51.100.7 'wrong password'
	entry 2 auth-failed 300 198.51.100.8 'wrong password'
	entry 2 refused 501 198.51.100.7 'Invalid IPv4 address'
	run --separate-stderr "$CTL" status --json
	[[ $(json '.[] | select(.part == "refused") | .text') == '3 in a day: 2 wrong password, 1 Invalid IPv4 address' ]] ||
		fail "$output"
}
