#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# convert.bats - files of format 1: refused by sessions, converted by tspctl; other ranges than
# those of the leases are refused by name

# shellcheck disable=SC2154 # set by run
load ../lib/handler
load ../lib/tspctl

setup() {
	ctl_begin
	rm "$TSP_DIR/state-id" # earlier versions recorded nothing
	requires jq
}

teardown() {
	ctl_end
}

# old POOL COUNT - a file of format 1
old() {
	rm -f "$TSP_DIR/state/$1.leases"
	"$TOOLS/fill-format1" "$TSP_DIR/state/$1.leases" 64 "$2"
	chown "$TSP_USER" "$TSP_DIR/state/$1.leases"
	chmod 640 "$TSP_DIR/state/$1.leases"
}

# secrets - those of all leases, one in a line
secrets() {
	cut -c 209-224 "$TSP_DIR"/state/*.leases | grep -aE '^[0-9a-f]{16}$'
}

@test "a session answers 530 to a file of format 1, and logs the command" {
	old users 5
	cp "$TSP_DIR/state/users.leases" "$TSP_DIR/before"
	add_user user3 x
	server_start
	refused 530 --mechanism PLAIN --user user3 --password x
	logged "users.leases:1: format 1: 'tspctl check --repair' converts it"
	cmp "$TSP_DIR/state/users.leases" "$TSP_DIR/before"
}

@test "check --repair converts both files; no lease is lost, the old files stay" {
	old users 40
	accounts 1 40
	old anonymous 20
	cp "$TSP_DIR/state/users.leases" "$TSP_DIR/before"
	run -2 "$CTL" check
	[[ $output == *users.leases:1:*format\ 1*'tspctl check --repair'* ]]
	run -2 --separate-stderr "$CTL" list
	[[ -z $output && $stderr == *'tspctl check --repair'* ]] || fail "$output"
	run -0 --separate-stderr "$CTL" check --repair --yes
	[[ $stderr == *users.leases:\ converted\ to\ format\ 2,\ 64\ leases*users.leases.v1* ]] || fail "$stderr"
	[[ $stderr == *anonymous.leases:\ converted* ]]
	cmp "$TSP_DIR/state/users.leases.v1" "$TSP_DIR/before"
	run -0 "$CTL" check
	[[ $output == sound ]] || fail "$output"
	run -0 plain
	[[ ${#lines[@]} -eq 60 ]]
	[[ ${lines[6]} == "users 7 active user7 10.0.0.7 v6v4 2001:db8:ffff::f 2001:db8:1000:700::/56" ]]
	[[ $(stat -c '%U %a' "$TSP_DIR/state/users.leases") == "$TSP_USER 640" ]]
	# it is done once
	run -0 --separate-stderr "$CTL" check --repair --yes
	[[ $stderr != *converted* ]]

	sed -i "/^user3:/d" "$TSP_DIR/users"
	add_user user3 x
	config server.conflict=replace
	server_start
	offer --mechanism PLAIN --user user3 --password x --prefix 56
	is CLIENT_IPV6 2001:0db8:ffff:0000:0000:0000:0000:0007
}

@test "60,000 leases come over, none lost, also when it is killed at any moment" {
	local ms=1 rc=137 kills=0
	mkdir "$TSP_DIR/old"
	"$TOOLS/fill-format1" "$TSP_DIR/old/users.leases" 65536 60000
	config users.capacity=65536
	accounts 1 60000
	rm -f "$TSP_DIR/state/users.leases"
	install -o "$TSP_USER" -m 640 "$TSP_DIR/old/users.leases" "$TSP_DIR/state/users.leases"
	template <<-'SCRIPT' # it says at once that all tunnels are there
		#!/bin/sh
		# TSP-List: yes
		awk 'BEGIN { for (i = 1; i <= 60000; i++) printf "users %d 10.0.%d.%d\n", i, i / 256, i % 256 }'
	SCRIPT
	# killed later and later, until it ends by itself; --foreground waits for the killed process
	while [[ $rc -eq 137 ]]; do
		rc=0
		timeout --foreground -s KILL "$((ms / 1000)).$(printf %03d $((ms % 1000)))" "$CTL" check --repair --yes \
			>"$TSP_DIR/out" 2>&1 || rc=$?
		[[ $rc -ne 137 ]] || kills=$((kills + 1))
		# the old file, or all of the new one and the old one beside it
		cmp -s "$TSP_DIR/state/users.leases" "$TSP_DIR/old/users.leases" || {
			cmp "$TSP_DIR/state/users.leases.v1" "$TSP_DIR/old/users.leases"
			run -0 "$CTL" list --count --pool users
			[[ $output == 60000 ]] || fail "after $kills kills: $output"
		}
		ms=$((2 * ms + 1))
	done
	[[ $rc -eq 0 && $kills -ge 3 ]] || fail "exit status $rc after $kills kills: $(head -n 20 "$TSP_DIR/out")"
	cmp "$TSP_DIR/state/users.leases.v1" "$TSP_DIR/old/users.leases"
	run -0 "$CTL" check
	[[ $output == sound ]] || fail "$output"
	run -0 "$CTL" list --count --pool users
	[[ $output == 60000 ]]
	run -0 "$CTL" list --plain --user user60000
	[[ $output == users$'\t'60000$'\t'active$'\t'user60000$'\t'10.0.234.96$'\t'* ]] || fail "$output"
}

@test "a file of format 1 with many damaged lines is converted with --force alone" {
	local n
	old users 20
	for ((n = 1; n <= 6; n++)); do
		printf '!!!!' | dd of="$TSP_DIR/state/users.leases" bs=1 seek=$((n * 256 + 18)) conv=notrunc status=none
	done
	run -2 "$CTL" check --repair --yes
	[[ $output == *'not converted: 6 leases would be lost'*--force* ]] || fail "$output"
	[[ ! -e $TSP_DIR/state/users.leases.v1 ]]
	run "$CTL" check --repair --yes --force
	[[ $output == *'users lease 3: checksum does not match; its owner is lost'* ]]
	run -0 plain
	[[ ${#lines[@]} -eq 14 ]]
}

@test "restore converts before it builds" {
	old users 3
	run -0 --separate-stderr "$CTL" restore
	[[ $stderr == *converted\ to\ format\ 2* && ${lines[-1]} == '3 restored' ]] || fail "$output $stderr"
	up tsp1 tsp2 tsp3
}

@test "expire and release leave a file of format 1 to check --repair" {
	old users 3
	cp "$TSP_DIR/state/users.leases" "$TSP_DIR/before"
	run -2 "$CTL" expire
	run -2 "$CTL" release --yes user1
	cmp "$TSP_DIR/state/users.leases" "$TSP_DIR/before"
	[[ ! -e $TSP_DIR/state/users.leases.v1 ]]
}

@test "every lease has its own secret, and no command shows one" {
	local secret command
	old users 5
	accounts 1 5
	run -0 "$CTL" check --repair --yes
	[[ $(secrets | wc -l) -eq 5 && $(secrets | sort -u | wc -l) -eq 5 ]]
	for command in 'list --all --json' 'list --all --plain' 'show users/1' 'show users/1 --json' \
		'stats --json' 'check --json' 'expire' 'restore'; do
		# shellcheck disable=SC2086
		run "$CTL" $command
		for secret in $(secrets); do
			[[ $output != *$secret* ]] || fail "$command shows $secret"
		done
	done
	[[ $(stat -c %a "$TSP_DIR/state/users.leases") == 640 ]]
}

@test "other ranges than those of the leases are refused by name, everywhere" {
	local command
	server_start
	offer "${as_alice[@]}" --prefix 56
	settled
	config users.prefix=2001:db8:2000::/36
	run -100 "$HANDLER" -n -c "$TSP_DIR/tsp.conf"
	[[ $output == *users.leases:*prefix\ 2001:db8:1000::/36*'[pool users] has 2001:db8:2000::/36'* ]] || fail "$output"
	for command in list stats check 'check --repair --yes' restore expire; do
		# shellcheck disable=SC2086
		run ! "$CTL" $command
		[[ $output == *users.leases:*prefix\ 2001:db8:1000::/36* ]] || fail "$command: $output"
	done
	refused 530 "${as_alice[@]}"
	config users.prefix=2001:db8:1000::/36
	run -0 "$CTL" check
	offer "${as_alice[@]}" --prefix 56
}
