#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# tspctl-kill.bats - killed at every system call that writes: nothing is lost, nothing half done
#
# strace kills tspctl before the first, the second, the third ... call of each kind. After
# each kill the files have to be what they were or what they should become.

# shellcheck disable=SC2154 # set by run
# shellcheck disable=SC2030,SC2031,SC2034 # each test is a separate process
load ../lib/handler
load ../lib/tspctl

# every call that changes a file or a name, or makes a change durable
CALLS="write pwrite64 open openat fallocate ftruncate rename renameat renameat2 link linkat unlink unlinkat
	copy_file_range fsync fdatasync fchmod fchown"

setup() {
	ctl_begin
	requires strace
	without_leaks
	# strace cannot follow a program that becomes somebody else
	chown -R "$(id -u)" "$TSP_DIR/state" "$TSP_DIR/kernel" "$TSP_DIR/users"
	TSP_USER=$(id -un)
	config
	KILLS=0
}

teardown() {
	ctl_end
}

keep() {
	rm -rf "$TSP_DIR/kept"
	mkdir "$TSP_DIR/kept"
	cp -a "$TSP_DIR/state" "$TSP_DIR/kernel" "$TSP_DIR/users" "$TSP_DIR/kept"
	[[ ! -e $TSP_DIR/state-id ]] || cp -a "$TSP_DIR/state-id" "$TSP_DIR/kept"
}

put_back() {
	rm -rf "$TSP_DIR/state" "$TSP_DIR/kernel" "$TSP_DIR/state-id"
	cp -a "$TSP_DIR/kept/." "$TSP_DIR"
}

# killed CALL N COMMAND... - run tspctl so that it is killed before its N-th CALL, with FOLLOW=-f
# also a child of it; false when it came to its end before that. Standard input is $INPUT.
killed() {
	local call=$1 at=$2 rc=0
	shift 2
	strace ${FOLLOW:+"$FOLLOW"} -qq -o /dev/null -e trace="?$call" -e inject="?$call:signal=KILL:when=$at" \
		"$CTL" "$@" <<<"${INPUT:-}" >"$TSP_DIR/out" 2>&1 || rc=$?
	[[ $rc -eq 137 ]] || grep -q 'ended by signal 9' "$TSP_DIR/out"
}

# at_every_call JUDGE COMMAND... - kill it at each of its calls; JUDGE looks at what is left
at_every_call() {
	local judge=$1 call at
	shift
	keep
	for call in $CALLS; do
		for ((at = 1; at < 400; at++)); do
			put_back
			killed "$call" $at "$@" || break
			KILLS=$((KILLS + 1))
			echo "-- killed before $call number $at:" "$(<"$TSP_DIR/out")"
			"$judge" # not in a condition, or what fails inside of it would not count
		done
		[[ $at -lt 400 ]] || fail "no end of $call"
	done
}

sound() {
	run -0 "$CTL" check
	[[ ${lines[-1]} == sound* || ${lines[-2]} == sound* ]]
}

all_leases() {
	"$CTL" list --plain --all
}

judge_resize() {
	sound
	[[ $(all_leases) == "$BEFORE" ]]
	run -0 "$CTL" resize --yes users "$WANTED"
	[[ $(all_leases) == "$BEFORE" && ! -e $TSP_DIR/state/users.leases.new ]]
	sound
}

@test "resize, larger and smaller" {
	fill users 1 6
	fill users 9 2 expired
	BEFORE=$(all_leases)
	WANTED=100
	at_every_call judge_resize resize --yes users 100
	run -0 "$CTL" resize --yes users 100
	WANTED=12
	at_every_call judge_resize resize --yes users 12
	[[ $KILLS -gt 60 ]] || fail "only $KILLS kills"
}

# judge_move - the old file or the new one is in place; another move and a restore do the rest
judge_move() {
	local now
	if now=$("$CTL" -c "$TSP_DIR/old.conf" list --plain --all 2>/dev/null); then
		[[ $now == "$BEFORE" ]]
		run -0 "$CTL" -c "$TSP_DIR/old.conf" check
	else
		[[ $(plain --all) == "$AFTER" ]]
		run -0 "$CTL" check
	fi
	run -0 "$CTL" move --yes
	run -0 "$CTL" restore
	[[ $(plain --all) == "$AFTER" && ! -e $TSP_DIR/state/users.leases.new ]]
	up tsp16 tsp32 tsp48
	grep -q 2001:db8:fffe::21 "$TSP_DIR/kernel/tsp16"
	sound
}

@test "move" {
	fill users 1 3
	fill users 9 2 expired
	run -0 "$CTL" restore
	cp "$TSP_DIR/tsp.conf" "$TSP_DIR/old.conf"
	BEFORE=$(all_leases)
	config users.link=2001:db8:fffe::/64 users.delegate=60
	keep
	run -0 "$CTL" move --yes
	AFTER=$(plain --all)
	put_back
	at_every_call judge_move move --yes
	[[ $KILLS -gt 30 ]] || fail "only $KILLS kills"
}

judge_expire() {
	sound
	# whoever was active is; who ran out is over, and has a tunnel only while not ended
	[[ $("$CTL" list --plain) == "$BEFORE" ]]
	run -0 "$CTL" expire
	[[ $("$CTL" list --plain) == "$BEFORE" && $("$TOOLS/check-leases" "$TSP_DIR"/state/*.leases) != *offered* ]]
	up tsp1 tsp2 tsp9
	sound
}

@test "expire" {
	fill users 1 2
	fill users 9 1 update
	run -0 "$CTL" restore
	fill users 9 1 update
	fill users 5 2 active 100000 -60
	fill users 8 1 offered
	fill anonymous 1 1 active 100000 -60
	local name
	for name in tsp5 tsp6 tsp8 tspa0b000001; do
		: >"$TSP_DIR/kernel/$name"
	done
	BEFORE=$("$CTL" list --plain)
	at_every_call judge_expire expire
	[[ $KILLS -gt 20 ]] || fail "only $KILLS kills"
}

judge_heard() {
	sound
	run -0 "$CTL" expire
	[[ $("$CTL" list --plain | wc -l) -eq 2 ]]
	sound
}

@test "expire with clients that were heard, and one that was not" {
	fill users 1 2 active 100000
	run -0 "$CTL" restore
	sed -i '2i # TSP-Proof: yes' "$TSP_DIR/template.sh"
	echo rx_packets=1 proof_packets=1 proof_seconds=1 >"$TSP_DIR/traffic"
	at_every_call judge_heard expire
	[[ $KILLS -gt 15 ]] || fail "only $KILLS kills"
	echo rx_packets=1 proof_packets=0 >"$TSP_DIR/traffic"
	at_every_call judge_heard expire
}

judge_repair() {
	run "$CTL" check
	[[ $status -eq 0 || $status -eq 2 ]]
	run "$CTL" check --repair --yes
	[[ $status -le 1 ]]
	sound
	diff <(echo "$AFTER") <(plain --all)
}

# unused_index_line - number of an index line without an entry, behind the 64 leases. Where
# entries stand follows the file's random key: rubbish in the place of user2's would take away
# what its damaged line is believed by, and what becomes of it then depends on the kill.
unused_index_line() {
	local number=65
	while [[ $(line users $number) == *[!\ ]* ]]; do
		number=$((number + 1))
	done
	echo $number
}

@test "check --repair of lines and index" {
	fill users 1 5
	fill users 20 1 offered
	scribble users 2 500 x
	scribble users 3 18 '!!!!'
	scribble users 4 83 '10.~'
	scribble users "$(unused_index_line)" 0 'rubbish'
	keep
	run -1 "$CTL" check --repair --yes # user3 and user4 lose something
	AFTER=$(plain --all)
	put_back
	at_every_call judge_repair check --repair --yes
	[[ $KILLS -gt 20 ]] || fail "only $KILLS kills"
}

@test "check --repair of a header" {
	fill users 1 3
	run -0 "$CTL" restore
	AFTER=$(plain --all)
	scribble users 0 500 x
	at_every_call judge_repair check --repair --yes
	[[ $KILLS -gt 20 ]] || fail "only $KILLS kills"
}

# judge_users - the file is one of the two, and with its mode
judge_users() {
	local now
	now=$(grep -v ^# "$TSP_DIR/users")
	[[ $now == "$BEFORE" || $now == "$AFTER" ]]
	[[ $(stat -c %a "$TSP_DIR/users") == 600 ]]
	run -0 "$CTL" user list
	# the command removes a user first, and then ends the lease
	run "$CTL" check
	[[ $output != *"has no user 'user1'"* ]] || run -0 "$CTL" release --yes user1
	sound
	INPUT='' run "$CTL" user list
	# the next writer is not in the way of what was left behind, and takes it away
	run -0 "$CTL" user add zoe <<<x
	[[ $(find "$TSP_DIR" -maxdepth 1 -name 'users*' | wc -l) -eq 1 ]]
}

@test "user add, passwd, lock, unlock, del" {
	INPUT=secret
	local action
	fill users 1 1
	for action in 'add dave' 'passwd alice' 'lock alice' 'unlock alice' 'del --yes bob' 'del --yes user1'; do
		keep
		BEFORE=$(<"$TSP_DIR/users")
		# shellcheck disable=SC2086
		run -0 "$CTL" user $action <<<"$INPUT"
		AFTER=$(<"$TSP_DIR/users")
		put_back
		# shellcheck disable=SC2086
		at_every_call judge_users user $action
		put_back
	done
	[[ $KILLS -gt 30 ]] || fail "only $KILLS kills"
}

judge_init() {
	run -0 "$CTL" init # no file was recorded before it was there
	run -0 "$CTL" check
	[[ $("$CTL" stats --json | jq '.[].free' | paste -sd ' ') == '64 64' ]]
}

@test "init" {
	requires jq
	rm "$TSP_DIR"/state/*.leases "$TSP_DIR/state-id"
	at_every_call judge_init init
	put_back
	FOLLOW=-f at_every_call judge_init init
	[[ $KILLS -gt 10 ]] || fail "only $KILLS kills"
}
