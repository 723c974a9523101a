#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# tspctl-who.bats - who had an address: from a journal of the test's, and from leases

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

# entry HOUR EVENT LEASE USER PEER [WORD] - an entry about a lease of the users pool
entry() {
	local address prefix
	printf -v address '2001:db8:ffff::%x' $(($3 * 2 + 1))
	printf -v prefix '2001:db8:1000:%x00::/56' "$3"
	printf '%s\n' "__REALTIME_TIMESTAMP=$((DAY + $1 * 3600))000000" "_UID=$WRITER" "TSP_EVENT=$2" TSP_POOL=users "TSP_LEASE=$3" \
		"TSP_USER=$4" "TSP_PEER=$5" "TSP_ADDRESS=$address" "TSP_PREFIX=$prefix" \
		"MESSAGE=$5 $4: ${6:-claims} $address and $prefix (users lease $3)" '' >>"$TSP_DIR/journal"
}

# history - lease 7 was alice's, then bob's, then carol's, who has it still
history() {
	entry 1 accepted 7 alice 198.51.100.7
	entry 2 present 7 alice 198.51.100.7
	entry 5 ended 7 alice 198.51.100.7
	entry 6 accepted 8 dave 198.51.100.9
	entry 10 accepted 7 bob 198.51.100.8:4711
	entry 12 accepted 7 bob 198.51.100.8:4711
	entry 20 ended 7 bob 198.51.100.8:4711
	entry 30 accepted 7 carol 198.51.100.7 has
}

# at TIME WHO - the rows of the time
at() {
	run --separate-stderr "$CTL" who --json --at "$1" "$2"
}

@test "a lease that was accepted before the journal begins is found by its extension" {
	entry 2 extended 7 alice 198.51.100.7 "still has"
	entry 8 extended 7 alice 198.51.100.7 "still has"
	at 2026-11-20T09:00:00Z 2001:db8:ffff::f
	[[ $(json 'length') == 1 && $(json '.[0].user') == alice && $(json '.[0].from') == 2026-11-20T02:00:00Z ]] ||
		fail "$output"
}

@test "who had it last Tuesday: proven apart from claimed, at any time" {
	history
	at 2026-11-20T03:00:00Z 2001:db8:ffff::f
	[[ $status -eq 0 && $(json '.[] | .user + " " + .endpoint + " " + .proof + " " + .from + " " + .until') == \
		'alice 198.51.100.7 proven 2026-11-20T01:00:00Z 2026-11-20T05:00:00Z' ]] || fail "$output" "$stderr"
	at '2026-11-20 11:30' 2001:db8:ffff::f
	[[ $(json '.[] | .user + " " + .endpoint + " " + .proof') == 'bob 198.51.100.8:4711 claimed' ]] || fail "$output"
	at 2026-11-25T00:00:00Z 2001:db8:ffff::f
	[[ $(json '.[] | .user + " " + .proof + " " + (.until | tostring)') == 'carol proven null' ]] || fail "$output"
	at 2026-11-20T07:00:00Z 2001:db8:ffff::f
	[[ $status -eq 1 && $stderr == *"nobody is known to have had '2001:db8:ffff::f' at that time"* ]] || fail "$output"
	run -0 --separate-stderr "$CTL" who 2001:db8:ffff::f
	[[ ${#lines[@]} -eq 4 && ${lines[0]} == FROM*UNTIL*USER*PROOF* && ${lines[1]} == *alice* && ${lines[3]} == *carol* ]] ||
		fail "$output"
}

@test "any spelling, any address inside a prefix, names and interfaces" {
	history
	local who
	for who in 2001:DB8:FFFF:0:0:0:0:F 2001:0db8:ffff:0000:0000:0000:0000:000f 2001:db8:1000:700::1 \
		2001:db8:1000:7ab:1:2:3:4 2001:db8:1000:700::/56 tsp7; do
		run -0 "$CTL" who --json --at 2026-11-20T11:00:00Z "$who"
		[[ $(json '.[].user' 2>/dev/null || grep -o bob <<<"$output") == *bob* ]] || fail "$who: $output"
	done
	for who in bob bob.tsp.example 198.51.100.8 198.51.100.8:4711; do
		run -0 --separate-stderr "$CTL" who --json "$who"
		[[ $(json '.[] | .user + (.lease | tostring)') == bob7 ]] || fail "$who: $output"
	done
	run -0 --separate-stderr "$CTL" who --json --port 4711 198.51.100.8
	run -1 "$CTL" who --port 4712 198.51.100.8
	run -0 --separate-stderr "$CTL" who --json 198.51.100.7
	[[ $(json '.[].user' | paste -sd ' ') == 'alice carol' ]] || fail "$output"
	run -100 "$CTL" who 'not a name'
	run -100 "$CTL" who --at yesterday tsp7
	[[ $output == *"--at: not a time like 2026-11-23T14:05:00Z, in UTC: 'yesterday'"* ]]
}

@test "an anonymous address" {
	printf '%s\n' "__REALTIME_TIMESTAMP=${DAY}000000" "_UID=$WRITER" TSP_EVENT=accepted TSP_POOL=anonymous TSP_LEASE=3 \
		TSP_PEER=198.51.100.7 TSP_ADDRESS=2001:db8:a:0:c633:6407:0:3 \
		'MESSAGE=198.51.100.7 anonymous: has 2001:db8:a:0:c633:6407:0:3 (anonymous lease 3)' '' >"$TSP_DIR/journal"
	local who
	for who in 2001:db8:a::c633:6407:0:3 tspac6336407 198.51.100.7; do
		run -0 --separate-stderr "$CTL" who --json "$who"
		[[ $(json '.[] | (.user | tostring) + " " + .endpoint + " " + .pool') == 'null 198.51.100.7 anonymous' ]] ||
			fail "$who: $output"
	done
	run -1 "$CTL" who 2001:db8:a::c633:6408:0:3
}

@test "an entry that the broker does not write tells nothing" {
	local begin="__REALTIME_TIMESTAMP=${DAY}000000
_UID=$WRITER
TSP_EVENT=accepted
TSP_USER=mallory
TSP_PEER=198.51.100.66"
	local whole="TSP_POOL=users
TSP_LEASE=7
TSP_ADDRESS=2001:db8:ffff::f"
	printf '%s\n' "$begin" "${whole/users/nonsense}" 'MESSAGE=no such pool' '' "$begin" 'MESSAGE=no lease' '' \
		"$begin" "${whole/7/7x}" 'MESSAGE=no number' '' >"$TSP_DIR/journal"
	run -1 "$CTL" who 198.51.100.66
	printf '%s\n' "$begin" "$whole" MESSAGE=whole '' >>"$TSP_DIR/journal"
	run -0 --separate-stderr "$CTL" who --json 198.51.100.66
	[[ $(json '.[].user') == mallory ]] || fail "$output"
}

@test "an entry that another user of the machine wrote tells nothing" {
	WRITER=4000000000 entry 1 accepted 7 mallory 198.51.100.66
	run -1 "$CTL" who 198.51.100.66
	WRITER=0 entry 1 accepted 7 mallory 198.51.100.66
	run -0 "$CTL" who 198.51.100.66
}

@test "journals that were rotated away are said to be; an end without a beginning shows" {
	entry 24 ended 7 alice 198.51.100.7
	entry 30 accepted 7 carol 198.51.100.7 has
	at 2026-11-20T03:00:00Z 2001:db8:ffff::f
	[[ $status -eq 0 && $(json '.[] | .user + " " + (.from | tostring)') == 'alice null' ]] || fail "$output"
	[[ $stderr == *'the journal begins at 2026-11-21T00:00:00Z: earlier entries were rotated away'* ]] || fail "$stderr"
	at 2026-11-21T07:00:00Z 2001:db8:ffff::f
	[[ -z $stderr ]] || fail "$stderr"
}

@test "without a journal, the allocation file tells the last client" {
	fill users 7 1
	rm "$TSP_DIR/bin/journalctl"
	ln -s /bin/false "$TSP_DIR/bin/journalctl"
	run -0 --separate-stderr "$CTL" who --json 2001:db8:1000:700::99
	[[ $(json '.[] | .user + " " + .endpoint + " " + .proof') == 'user7 10.0.0.7 proven' ]] || fail "$output"
	[[ $stderr == *'only the last client of each lease is known'* ]] || fail "$stderr"
	fill users 7 1 expired 7200 -3600
	run -0 --separate-stderr "$CTL" who --json user7
	[[ $(json '.[] | (.until | tostring)') != null ]] || fail "$output"
}

@test "a lease that the journal does not tell about is added once" {
	history
	fill users 7 1 active 60 86400 56 carol 198.51.100.7
	fill users 9 1 active 60 86400 56 erin 198.51.100.20
	run -0 --separate-stderr "$CTL" who --json tsp7
	[[ $(json '.[].user' | paste -sd ' ') == 'alice bob carol' ]] || fail "$output"
	run -0 --separate-stderr "$CTL" who --json tsp9
	[[ $(json '.[].user') == erin ]] || fail "$output"
	# a lease that has run out since ends the time that the journal knows no end of
	fill users 7 1 active 999999 -60 56 carol 198.51.100.7
	run -0 --separate-stderr "$CTL" who --json tsp7
	[[ $(json '.[-1] | .user + (.until != null | tostring)') == caroltrue ]] || fail "$output"
}

@test "after tspctl move: whoever had the old address, and whoever has the new one" {
	entry 1 accepted 7 alice 198.51.100.7 has
	entry 5 ended 7 alice 198.51.100.7 'moved away from'
	# lease 7 has become lease 112, with the beginning of its network
	entry 5 moved 112 alice 198.51.100.7 'moved, and has'
	sed -i 's|^TSP_PREFIX=2001:db8:1000:7000::/56|TSP_PREFIX=2001:db8:1000:700::/60|' "$TSP_DIR/journal"
	config users.delegate=60
	rm "$TSP_DIR"/state/*.leases
	make_files
	at 2026-11-20T03:00:00Z 2001:db8:1000:7ff::1
	[[ $(json '.[] | .user + " " + (.lease | tostring) + " " + .until') == 'alice 7 2026-11-20T05:00:00Z' ]] || fail "$output" "$stderr"
	at 2026-11-20T06:00:00Z 2001:db8:1000:700::1
	[[ $(json '.[] | .user + " " + (.lease | tostring) + " " + .proof') == 'alice 112 proven' ]] || fail "$output" "$stderr"
	at 2026-11-20T06:00:00Z 2001:db8:1000:7ff::1
	[[ $status -eq 1 ]] || fail "$output"
}
