#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# tspctl-backup.bats - backup and restore-state

# shellcheck disable=SC2016 # expanded by the shell that is started
# shellcheck disable=SC2154 # set by run
load ../lib/handler
load ../lib/tspctl

setup() {
	ctl_begin
	BACKUP=$TSP_DIR/backup
}

teardown() {
	ctl_end
}

# backup - make one
backup() {
	run -0 "$CTL" backup "$BACKUP"
	[[ $output == "$BACKUP: written" ]] || fail "$output"
}

# other_state - an empty state directory; the old one is $TSP_DIR/lost
other_state() {
	mv "$TSP_DIR/state" "$TSP_DIR/lost"
	mkdir "$TSP_DIR/state"
	chown "$TSP_USER" "$TSP_DIR/state"
}

@test "lost files come back from a backup, byte for byte" {
	fill users 1 20
	fill anonymous 1 20
	backup
	[[ $(stat -c '%U %a' "$BACKUP") == "$(id -un) 600" ]]
	other_state
	run -0 bash -c '"$0" restore-state "$1" </dev/null' "$CTL" "$BACKUP"
	[[ ${lines[0]} =~ users.leases:\ as\ of\ 20..-..-..T..:..:..Z$ && ${lines[-1]} == *"'tspctl restore'"* ]] || fail "$output"
	cmp "$TSP_DIR/state/users.leases" "$TSP_DIR/lost/users.leases"
	cmp "$TSP_DIR/state/anonymous.leases" "$TSP_DIR/lost/anonymous.leases"
	[[ $(stat -c '%U %a' "$TSP_DIR/state/users.leases") == "$TSP_USER 640" ]]
	[[ $(find "$TSP_DIR/state" -type f | wc -l) -eq 2 ]]
	sound
	run -0 "$CTL" restore
	[[ $output == *'40 restored'* ]] || fail "$output"
}

@test "a present file is replaced after a question only, and kept" {
	fill users 1 3
	backup
	fill users 4 3
	run -1 bash -c '"$0" restore-state "$1" </dev/null' "$CTL" "$BACKUP"
	[[ $output == *'Replace '*'users.leases with the backup of 20'*'all newer leases?'*'use --yes'* ]] || fail "$output"
	run -0 plain
	[[ ${#lines[@]} -eq 6 ]]
	run -0 "$CTL" restore-state --yes "$BACKUP"
	[[ $output == *"users.leases.before.20"*": the file that it replaces"* ]] || fail "$output"
	run -0 plain
	[[ ${#lines[@]} -eq 3 ]]
	sound
	mv "$TSP_DIR"/state/users.leases.before.* "$TSP_DIR/state/users.leases"
	run -0 plain
	[[ ${#lines[@]} -eq 6 ]]
}

@test "a damaged file is no reason to keep it; a backup of damaged files is not made" {
	fill users 1 3
	backup
	truncate -s 700 "$TSP_DIR/state/users.leases"
	run -2 "$CTL" backup "$TSP_DIR/second"
	[[ $output == *'no backup is made of files that are missing or damaged'* && ! -e $TSP_DIR/second ]] || fail "$output"
	run -0 "$CTL" restore-state --yes "$BACKUP"
	sound
	run -0 plain
	[[ ${#lines[@]} -eq 3 ]]
	rm "$TSP_DIR/state/users.leases"
	run -2 "$CTL" backup "$BACKUP"
	[[ $output == *'no such allocation file'* ]]
	run -0 "$CTL" restore-state --yes "$BACKUP" # the first backup is still there
	# a damaged line is copied, and said
	scribble users 2 500 x
	backup
	run -2 "$CTL" restore-state --yes "$BACKUP"
	[[ $output == *"users.leases: 1 damaged lines; see 'tspctl check'"* ]] || fail "$output"
}

@test "a present file that cannot be locked is not replaced" {
	fill users 1 3
	backup
	fill users 4 3
	rm -f "$TSP_DIR/state/lock"
	mkdir "$TSP_DIR/state/lock"
	run -1 "$CTL" restore-state --yes "$BACKUP"
	[[ $output == *'users.leases: cannot open its locks: '* ]] || fail "$output"
	[[ -z $(find "$TSP_DIR/state" -name '*.before.*') ]]
	rmdir "$TSP_DIR/state/lock"
	run -0 plain
	[[ ${#lines[@]} -eq 6 ]]
}

@test "what is no backup, or not all of one, changes nothing" {
	fill users 1 3
	backup
	other_state
	local what
	printf 'something of mine\n' >"$TSP_DIR/mine"
	head -c 20000 "$BACKUP" >"$TSP_DIR/short"
	head -c -512 "$BACKUP" >"$TSP_DIR/endless"
	{ cat "$BACKUP" && echo x; } >"$TSP_DIR/long"
	sed '1s/tsp-backup 1/tsp-backup 2/' "$BACKUP" >"$TSP_DIR/other"
	for what in mine short endless long other; do
		run -2 "$CTL" restore-state --yes "$TSP_DIR/$what"
		[[ $output == *"$TSP_DIR/$what: "* && -z $(ls "$TSP_DIR/state") ]] || fail "$what: $output"
	done
	run -111 "$CTL" restore-state --yes "$TSP_DIR/nonexistent"
}

@test "restore-state needs the right to record what it puts in place, and asks before it replaces a file" {
	requires root setpriv
	fill users 1 3
	backup
	fill users 4 3
	chmod 644 "$BACKUP"
	run -111 setpriv --reuid "$TSP_USER" --clear-groups "$CTL" restore-state --yes "$BACKUP"
	[[ $output == *"$TSP_DIR: "*"be root"* ]] || fail "$output"
	[[ -z $(find "$TSP_DIR/state" -name '*.before.*') ]] || fail "$(ls "$TSP_DIR/state")"
	run -0 plain
	[[ ${#lines[@]} -eq 6 ]]
}

@test "leases of other ranges are refused by name" {
	config users.prefix=2001:db8:2000::/36
	rm "$TSP_DIR/state/users.leases"
	make_files
	backup
	config
	rm "$TSP_DIR/state/users.leases"
	run -1 "$CTL" restore-state --yes "$BACKUP"
	[[ $output == *'its leases have prefix 2001:db8:2000::/36'* && ! -e $TSP_DIR/state/users.leases ]] || fail "$output"
	[[ -e $TSP_DIR/state/anonymous.leases ]]
}

@test "a pool that the backup does not have" {
	config -anonymous
	backup
	config
	run -1 "$CTL" restore-state --yes "$BACKUP"
	[[ $output == *'anonymous.leases: the backup has no leases of this pool'* && $output == *'users.leases: as of'* ]] || fail "$output"
}

@test "while sessions come and go, a backup has each lease once" {
	local i pids=()
	server_start
	for i in 1 2 3; do
		for _ in 1 2 3 4 5; do
			"$TOOLS/tsp-client" --port "$PORT" --timeout $((10 * PATIENCE)) --bind "127.0.0.$i" || true
			"$TOOLS/tsp-client" --port "$PORT" --timeout $((10 * PATIENCE)) --bind "127.0.1.$i" "${as_alice[@]}" || true
		done >>"$TSP_DIR/clients.$i" 2>&1 3>&- &
		pids+=($!)
	done
	for i in 1 2 3 4 5; do
		backup
		mkdir "$TSP_DIR/copy" "$TSP_DIR/copy/state"
		chown "$TSP_USER" "$TSP_DIR/copy/state"
		sed "s|^state = .*|state = $TSP_DIR/copy/state|" "$TSP_DIR/tsp.conf" >"$TSP_DIR/copy/tsp.conf"
		run -0 "$CTL" -c "$TSP_DIR/copy/tsp.conf" restore-state "$BACKUP"
		run -0 "$CTL" -c "$TSP_DIR/copy/tsp.conf" check
		[[ ${lines[-1]} == sound* ]] || fail "$output"
		rm -r "$TSP_DIR/copy"
	done
	wait "${pids[@]}"
}

@test "restore-state waits for sessions, and gives up after session_seconds" {
	fill users 1 1
	backup
	config limits.session_seconds=1
	holds users 1
	run -1 "$CTL" restore-state --yes "$BACKUP"
	[[ $output == *'sessions held leases of pool users all the time'* ]] || fail "$output"
	let_go
	run -0 "$CTL" restore-state --yes "$BACKUP"
	sound
}
