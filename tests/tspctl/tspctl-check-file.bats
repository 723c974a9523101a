#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# tspctl-check-file.bats - files that are damaged as a whole: header, size, lines that have moved

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

# kept POOL - the copy of a damaged file that a repair has kept
kept() {
	echo "$TSP_DIR/state/$1.leases.damaged."*
}

# edit POOL COMMAND... - the file as the command makes it from the file, as an editor does
edit() {
	"${@:2}" <"$TSP_DIR/state/$1.leases" >"$TSP_DIR/edited"
	cat "$TSP_DIR/edited" >"$TSP_DIR/state/$1.leases"
}

# insert_at OFFSET TEXT, remove_at OFFSET COUNT - for edit
insert_at() {
	cp "$TSP_DIR/state/users.leases" "$TSP_DIR/whole"
	head -c "$1" "$TSP_DIR/whole"
	printf %s "$2"
	tail -c +$(($1 + 1)) "$TSP_DIR/whole"
}

remove_at() {
	cp "$TSP_DIR/state/users.leases" "$TSP_DIR/whole"
	head -c "$1" "$TSP_DIR/whole"
	tail -c +$(($1 + $2 + 1)) "$TSP_DIR/whole"
}

@test "a damaged header: handlers refuse the file, check --repair makes a new one" {
	local before
	before=$("$CTL" list --plain)
	scribble users 0 500 x
	run -2 --separate-stderr "$CTL" list --plain
	[[ $output == "$before" && $stderr == *users.leases*checksum\ of\ the\ header* ]] || fail "$output $stderr"
	run -2 --separate-stderr "$CTL" check
	[[ ${lines[0]} == *users.leases:\ checksum\ of\ the\ header\ does\ not\ match ]] || fail "$output"
	run -2 "$CTL" release --yes user1
	repairs 'replaced by a file of 64 leases with those that can be read'
	[[ $("$CTL" list --plain) == "$before" ]]
	[[ $(stat -c '%U %a' "$TSP_DIR/state/users.leases") == "$TSP_USER 640" ]]
}

@test "a file that is too short: what can be read is kept" {
	truncate -s $((512 * 4)) "$TSP_DIR/state/users.leases"
	run -2 --separate-stderr "$CTL" list --plain
	[[ ${#lines[@]} -eq 6 && $stderr == *'the file is too short'* ]] || fail "$output"
	local before
	before=$(sha256sum <"$TSP_DIR/state/users.leases")
	run -2 --separate-stderr "$CTL" check --repair --yes
	[[ $output == *'NOT REPAIRED: 61 leases would be lost; --force repairs it anyway'* ]] || fail "$output"
	[[ $(sha256sum <"$TSP_DIR/state/users.leases") == "$before" && ! -e $(kept users) ]]
	repairs 'replaced by a file of 64 leases with those that can be read; 61 were cut off' 1 --force
	[[ $(stat -c '%s %a' "$(kept users)") == '2048 600' ]]
	run -0 plain
	[[ ${lines[2]} == 'users 3 '* && ${lines[3]} == 'anonymous 1 '* ]]
}

@test "a line made one byte longer: the others are found where they are, the file is kept" {
	local before
	before=$("$CTL" list --plain | grep -v user2)
	edit users insert_at $((512 * 2 + 300)) x
	cp "$TSP_DIR/state/users.leases" "$TSP_DIR/damaged"
	run -2 --separate-stderr "$CTL" check
	[[ ${lines[0]} == *'users.leases: 1 byte too long, 62 lines have moved' ]] || fail "$output"
	[[ ${#lines[@]} -eq 3 && ${lines[1]} == 'users/2: line 3 is damaged'* ]] || fail "$output"
	run -1 --separate-stderr "$CTL" check --repair --yes
	[[ $output == *'replaced by a file of 64 leases'*'set to expired for user2, whose tunnel is lost'* ]] || fail "$output"
	[[ $stderr == *"the damaged file is kept as $TSP_DIR/state/users.leases.damaged."* ]]
	run -0 "$CTL" check
	[[ $output == sound ]] || fail "$output"
	[[ $("$CTL" list --plain) == "$before" ]]
	cmp "$(kept users)" "$TSP_DIR/damaged"
}

@test "bytes inserted between lines, doubled lines, a lost byte, foreign line ends: nothing is lost" {
	local before what
	before=$("$CTL" list --plain)
	cp -p "$TSP_DIR/state/users.leases" "$TSP_DIR/copy"
	for what in 'insert_at 1536 xyz' 'insert_at 0 #' "insert_at 1024 $(line users 1)" 'remove_at 1535 1' \
		'sed s/$/\r/' 'tr \n \r' 'insert_at 49664 x'; do
		cp -p "$TSP_DIR/copy" "$TSP_DIR/state/users.leases"
		# shellcheck disable=SC2086 # words
		edit users $what
		repairs 'replaced by a file of 64 leases'
		[[ $("$CTL" list --plain) == "$before" ]] || fail "$what"
		[[ $(stat -c %s "$TSP_DIR/state/users.leases") -eq $(stat -c %s "$TSP_DIR/copy") ]]
		rm "$(kept users)"
	done
}

@test "many lines that cannot be rescued are set free only by --force" {
	local i
	fill users 1 20
	for ((i = 1; i <= 6; i++)); do
		scribble users $i 18 '!!!!'
	done
	cp "$TSP_DIR/state/users.leases" "$TSP_DIR/damaged"
	run -2 "$CTL" check --repair --yes
	[[ $output == *'users/6: line 7'*'NOT REPAIRED: 6 leases would be lost; --force repairs it anyway'* ]] || fail "$output"
	cmp "$TSP_DIR/state/users.leases" "$TSP_DIR/damaged"
	repairs 'users/6: line 7 is damaged: checksum does not match: set free' 1 --force
	cmp "$(kept users)" "$TSP_DIR/damaged"
	run -0 "$CTL" check # the copy is no finding
	[[ $output == sound ]]
}

@test "of many findings the first are shown, and how many more there are" {
	local i
	fill users 1 30
	for ((i = 1; i <= 30; i++)); do
		scribble users "$i" 500 x
	done
	run -2 "$CTL" check
	[[ $(grep -c 'is damaged' <<<"$output") -eq 20 ]]
	[[ $output == *"... and 10 more findings of the kind 'line'"*'30 findings'* ]] || fail "$output"
	run -2 "$CTL" check --json
	[[ $(json length) -eq 30 ]]
	repairs 'nothing is lost'
}

@test "a header and lines at a time" {
	scribble users 0 500 x
	scribble users 2 500 x
	repairs 'users/2: line 3 is damaged' 1
	run -0 "$CTL" show user2
	[[ $output == *users/2* ]]
}

@test "a file of another kind or another pool is left unchanged" {
	cp "$TSP_DIR/state/users.leases" "$TSP_DIR/state/anonymous.leases"
	run -2 "$CTL" check --repair --yes
	[[ $output == *anonymous.leases:1:*"another pool's"* ]]
	cmp "$TSP_DIR/state/users.leases" "$TSP_DIR/state/anonymous.leases"
	: >"$TSP_DIR/state/anonymous.leases"
	run -2 "$CTL" check
	[[ $output == *anonymous.leases* ]]
	run -2 "$CTL" list
	[[ $output == *user5* ]]
}
