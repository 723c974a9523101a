#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# tspctl-check.bats - damaged lines, doubled leases, missing tunnels: what check finds, what --repair
# makes of it, what the other commands still show

# shellcheck disable=SC2154 # set by run
load ../lib/handler
load ../lib/tspctl
load ../lib/check

setup() {
	ctl_begin
	requires jq
	fill users 1 5
	fill anonymous 1 3
}

teardown() {
	ctl_end
}

# blank_index POOL - no entry is left
blank_index() {
	local i
	for ((i = 65; i < 87; i++)); do
		scribble "$1" "$i" 0 "$(printf '%511s' '')"
	done
}

@test "sound files" {
	run -0 "$CTL" check
	[[ $output == sound ]]
	run -0 "$CTL" check --json
	[[ $(json length) == 0 ]]
	run -0 "$CTL" check --repair --yes # builds the tunnels
	up tsp1 tsp2 tsp3 tsp4 tsp5 tspa0b000001 tspa0b000002 tspa0b000003
}

@test "a missing file: what to restore it from" {
	mv "$TSP_DIR/state" "$TSP_DIR/old"
	mkdir "$TSP_DIR/state"
	chown "$TSP_USER" "$TSP_DIR/state"
	run -2 "$CTL" check
	[[ ${lines[0]} == *"state/users.leases: missing; its leases are in $TSP_DIR/old/users.leases: move that back" ]] ||
		fail "$output"
	[[ ${lines[-1]} == '2 findings' && ${#lines[@]} -eq 3 ]] || fail "$output"
	run -2 "$CTL" check --json
	[[ $(json '.[0].kind + .[0].pool') == missingusers ]]
	run -2 "$CTL" check --repair --yes
	[[ $output == *'NOT REPAIRED: this needs a decision'* && -z $(ls "$TSP_DIR/state") ]] || fail "$output"
	# another server's file is not ours
	rm "$TSP_DIR/old/users.leases"
	"$TOOLS/fill-leases" "$TSP_DIR/old/users.leases" 64 1 1
	run -2 "$CTL" check
	[[ ${lines[0]} == *'users.leases: missing; no copy was found'*'restore-state FILE'* ]] || fail "$output"
	cp "$TSP_DIR/old/users.leases" "$TSP_DIR/state/"
	chown "$TSP_USER" "$TSP_DIR/state/users.leases"
	run -2 "$CTL" check
	[[ ${lines[0]} == *'users.leases: not the file that was made here'* ]] || fail "$output"
	rm "$TSP_DIR/state-id"
	run -2 "$CTL" check
	[[ $output == *"anonymous.leases: missing; its leases are in"* && $output != *users* ]] || fail "$output"
}

@test "a lost file with a record that cannot be read" {
	rm "$TSP_DIR/state/users.leases"
	echo 'not a record' >>"$TSP_DIR/state-id"
	run -2 "$CTL" check
	[[ $output == *"state-id:"*": not 'POOL IDENTITY PATH'"* && $output != *sound* ]] || fail "$output"
	[[ $output == *"$TSP_DIR/state/users.leases: missing; no copy was found"* ]] || fail "$output"
}

@test "a lease whose user is gone: how to end it, or to make the user" {
	sed -i '/^user3:/d' "$TSP_DIR/users"
	fill users 9 1 expired
	sed -i '/^user9:/d' "$TSP_DIR/users" # whoever has no tunnel does not count
	run -2 "$CTL" check
	[[ ${lines[0]} == "users/3: $TSP_DIR/users has no user 'user3': 'tspctl release --yes users/3' ends the lease, 'tspctl user add user3' makes the user" ]] ||
		fail "$output"
	[[ ${lines[1]} == '1 finding' && ${#lines[@]} -eq 2 ]] || fail "$output"
	run -2 "$CTL" check --json
	[[ $(json '.[0] | .kind, .lease, .harmless' | paste -sd ' ') == 'no-user 3 false' ]] || fail "$output"
	run -2 --separate-stderr "$CTL" check --repair --yes
	[[ $output == *"NOT REPAIRED: this needs a decision"* && $("$CTL" list --plain --user user3 | wc -l) -eq 1 ]] || fail "$output"
	# an update whose session died leaves the accepted tunnel
	fill users 3 1 update
	sed -i '/^user3:/d' "$TSP_DIR/users"
	run -2 "$CTL" check
	[[ $output == *"has no user 'user3'"* ]] || fail "$output"
	run -0 "$CTL" release --yes users/3
	run -0 "$CTL" check
	[[ $output == sound ]] || fail "$output"
}

@test "nobody is gone by a users file that says nothing: unreadable, with a damaged line, of another realm" {
	sed -i '/^user3:/d' "$TSP_DIR/users"
	mv "$TSP_DIR/users" "$TSP_DIR/away"
	run "$CTL" check
	[[ $output != *"has no user"* ]] || fail "$output"
	cp "$TSP_DIR/away" "$TSP_DIR/users" # nobody may read it but root
	chmod 600 "$TSP_DIR/users"
	chown root: "$TSP_DIR/users" 2>/dev/null || :
	run "$CTL" check
	[[ $output != *"has no user"* ]] || fail "$output"
	mv "$TSP_DIR/away" "$TSP_DIR/users"
	echo 'user3;made by hand' >>"$TSP_DIR/users"
	run "$CTL" check
	[[ $output != *"has no user"* ]] || fail "$output"
	sed -i '/made by hand/d' "$TSP_DIR/users"
	run -2 "$CTL" check
	config auth.realm=other
	fill users 3 1 # has an account again
	run "$CTL" check
	[[ $output != *"has no user"* ]] || fail "$output"
}

@test "a damaged line: shown by no command as sound, exit status 2" {
	local command
	scribble users 2 500 x
	for command in list stats 'list --json' check; do
		# shellcheck disable=SC2086
		run -2 "$CTL" $command
	done
	run -2 --separate-stderr "$CTL" list
	[[ $output == *user1* && $output != *user2* && $output == *user3* ]]
	[[ $stderr == *'1 damaged line'* ]]
	run -2 "$CTL" show user2
	[[ $output == *users.leases:3:*users/2*damaged* ]]
	run -2 "$CTL" show 2001:db8:1000:200::1
	run -0 "$CTL" show user3
	run -2 "$CTL" release --yes user2
}

@test "a torn line whose columns are whole is made readable again, nothing is lost" {
	local before
	before=$(line users 2)
	scribble users 2 500 x # the checksum
	finds 'users/2: line 3 is damaged: checksum does not match'
	run -2 --separate-stderr "$CTL" check --json
	[[ $(json '.[0] | .kind, .pool, .lease, .harmless, .repaired' | paste -sd ' ') == 'line users 2 false false' ]]
	repairs 'users/2: line 3 is damaged: checksum does not match: made readable again, nothing is lost'
	[[ $(line users 2) == "$before" ]]
	up tsp1 tsp2 tsp3 tsp4 tsp5 tspa0b000001 tspa0b000002 tspa0b000003
}

@test "half one rewrite, half another, of one owner: nothing is lost" {
	scribble users 2 138 2099-01-01T00:00:00Z # the expiry of a later accept
	repairs 'nothing is lost'
	run -0 "$CTL" list --plain
	[[ ${lines[1]} == *user2*2099-01-01T00:00:00Z* ]]
}

@test "an endpoint that the index does not confirm: the owner keeps the address" {
	run -0 "$CTL" restore
	scribble users 2 83 '10.0.0.7 ' # was 10.0.0.2
	repairs 'users/2: line 3 is damaged: checksum does not match: set to expired for user2, whose tunnel is lost' 1
	up tsp1 tsp3 tsp4 tsp5 tspa0b000001 tspa0b000002 tspa0b000003
	run -0 "$CTL" show user2
	[[ $output == *expired* && $output == *2001:db8:ffff::5* ]]
}

@test "an endpoint that cannot be read: the owner keeps the address" {
	scribble users 2 83 '10.~' # was 10.0.0.2
	repairs 'set to expired for user2' 1
}

@test "an owner that cannot be read: the lease is set free, and that is said" {
	run -0 "$CTL" restore
	scribble users 2 18 '!!!!'
	repairs 'users/2: line 3 is damaged: checksum does not match: set free; its owner is unknown' 1
	[[ ! -e $TSP_DIR/kernel/tsp2 ]]
	scribble anonymous 2 18 'x.x'
	repairs 'anonymous/2: line 3 is damaged: checksum does not match: set free' 1
}

@test "a line in the wrong place is nobody's" {
	line users 2 | dd of="$TSP_DIR/state/users.leases" bs=512 seek=4 conv=notrunc status=none
	finds "users/4: line 5 is damaged: number is not this line's"
	repairs 'users/4' 1
	run -0 "$CTL" show user2
	[[ $output == *users/2* && $output == *active* ]]
}

@test "owner or endpoint have another lease by now: the damaged one gives way" {
	scribble users 2 500 x
	# user2 has logged in again, and somebody else from its endpoint
	fill users 20 1 active 30 86400 56 user2 10.0.0.9
	repairs 'set to expired for user2, whose tunnel is lost' 1
	run -0 "$CTL" show 10.0.0.9
	[[ $output == *users/20*active*user2* ]]
	scribble users 3 500 x
	accounts 30 1
	fill users 30 1 active 30 86400 56 user30 10.0.0.3
	repairs 'set to expired for user3, whose tunnel is lost' 1
}

@test "two leases of one owner: the older one ends" {
	# two lines of one owner in force, which no program writes
	fill users 20 1 active 30 86400 56 user2
	finds 'users/2: its owner has users/20 as well'
	repairs 'users/2: its owner has users/20 as well: ended'
	run -0 "$CTL" show user2
	[[ $output == *users/20*active* ]]
}

@test "two leases on one endpoint: the older one ends" {
	run -0 "$CTL" restore
	accounts 20 1
	fill users 20 1 active 30 86400 56 user20 10.0.0.3
	finds 'users/3: has the same endpoint as users/20'
	repairs 'users/3: has the same endpoint as users/20: ended'
	up tsp1 tsp2 tsp20 tsp4 tsp5 tspa0b000001 tspa0b000002 tspa0b000003
}

@test "two leases on one endpoint: an account is the better proof" {
	accounts 20 1
	fill users 20 1 active 90 86400 56 user20 11.0.0.2
	finds 'anonymous/2: has the same endpoint as users/20'
	repairs 'anonymous/2: has the same endpoint as users/20: ended'
}

@test "an expired lease whose owner has another is harmless, and goes" {
	fill users 20 1 expired 7200 -3600 56 user2
	run -0 "$CTL" check
	[[ ${lines[0]} == 'users/20: expired, and its owner now has users/2 (harmless)' ]]
	repairs 'users/20: expired, and its owner now has users/2 (harmless): set free'
	run -0 "$CTL" show user2
}

@test "abandoned offers are harmless, and settled" {
	fill users 20 1 offered
	fill users 21 1 update
	run -0 "$CTL" check
	[[ ${lines[0]} == 'users/20: an offer whose session died (harmless)' ]]
	[[ ${lines[-1]} == 'sound, but for 2 harmless findings' ]]
	repairs 'users/21: an offer whose session died (harmless): withdrawn'
	run -0 "$CTL" show user21
	[[ $output == *active*10.0.0.21* ]]
}

@test "a lease that the index does not lead to" {
	blank_index users
	run -2 "$CTL" check
	[[ ${lines[0]} == 'users/1: has no entry in the index' && ${lines[-1]} == '5 findings: '* ]]
	run -0 "$CTL" show user3 # people find it all the same
	repairs 'users/3: has no entry in the index: written'
	server_start
	sed -i '/^user3:/d' "$TSP_DIR/users"
	add_user user3 x
	config server.conflict=replace
	offer --mechanism PLAIN --user user3 --password x --prefix 56
	is CLIENT_IPV6 2001:0db8:ffff:0000:0000:0000:0000:0007
}

@test "index lines with nonsense and stale entries" {
	local n
	for ((n = 65; n < 87; n++)); do
		[[ $(line users "$n" | tr -d ' \n') ]] || break
	done
	scribble users "$n" 0 '0123456789abcdef e00000063  '
	run -0 "$CTL" check
	[[ ${lines[0]} == 'users: 1 stale index entries (harmless)' ]]
	scribble users "$n" 28 'rubbish'
	finds 'users: 1 index lines hold no valid entry'
	repairs 'users: 1 index lines hold no valid entry: blanked'
	[[ -z $(line users "$n" | tr -d ' \n') ]]
}

@test "tunnels that are missing: --tunnels finds them, --repair builds them" {
	run -0 "$CTL" restore
	rm "$TSP_DIR/kernel/tsp2" "$TSP_DIR/kernel/tspa0b000003"
	run -0 "$CTL" check
	run -2 --separate-stderr "$CTL" check --tunnels
	[[ $output == *'users/2: its tunnel is missing'* && ${lines[-1]} == '2 findings: '* ]]
	run -2 --separate-stderr "$CTL" check --tunnels --json
	[[ $(json 'map(.kind) | unique | join(" ")') == tunnel ]]
	: >"$TSP_DIR/kernel/fail.tsp2"
	run -2 "$CTL" check --repair --yes
	[[ $output == *'users/2: its tunnel is missing: NOT REPAIRED'* && ${lines[-1]} == '1 repaired, 1 left' ]]
	rm "$TSP_DIR/kernel/fail.tsp2"
	repairs 'users/2: its tunnel is missing: built again'
}

@test "repair leaves alone what sessions hold" {
	scribble users 2 500 x
	holds users 2
	run -2 "$CTL" check --repair --yes
	[[ $output == *'users/2'*'NOT REPAIRED: a session holds it'* && ${lines[-1]} == *' 1 left' ]] || fail "$output"
	let_go
	repairs 'nothing is lost'
}

@test "what a killed process left beside the files is told" {
	: >"$TSP_DIR/state/users.leases.new"
	run -0 "$CTL" check
	[[ $output == *users.leases.new*harmless* ]]
	run -0 "$CTL" resize --yes users 100
	[[ ! -e $TSP_DIR/state/users.leases.new ]]
}

@test "any byte of a line: nothing damaged counts as sound, everything is repaired" {
	local at
	cp -p "$TSP_DIR/state/users.leases" "$TSP_DIR/copy"
	for ((at = 0; at < 512; at += 28)); do
		cp "$TSP_DIR/copy" "$TSP_DIR/state/users.leases"
		scribble users 3 $at "$(line users 3 | tail -c +$((at + 1)) | head -c 1 | tr '0-9a-z |\n-' '1-90b-za~~~~')"
		run -2 "$CTL" list
		run "$CTL" check --repair --yes
		[[ $status -le 1 ]] || fail "byte $at: $output"
		run -0 "$CTL" check
		[[ ${lines[-1]} == sound* ]] || fail "byte $at: $output"
	done
}
