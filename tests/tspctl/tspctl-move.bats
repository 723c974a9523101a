#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# tspctl-move.bats - other ranges while there are leases: move

# shellcheck disable=SC2154 # set by run; logins are in handler.bash
load ../lib/handler
load ../lib/tspctl

setup() {
	ctl_begin
	requires jq
}

teardown() {
	ctl_end
}

# kept POOL... - the old file is kept beside the new one, and nothing else is left
kept() {
	local pool
	for pool; do
		[[ $(find "$TSP_DIR/state" -name "$pool.leases.before.*" | wc -l) -eq 1 ]] || fail "not kept: $pool"
	done
	[[ $(find "$TSP_DIR/state" -type f ! -name lock | wc -l) -eq $((2 + $#)) ]] || fail "$(ls "$TSP_DIR/state")"
}

# state - checksums of all files and tunnels
state() {
	(cd "$TSP_DIR" && sha256sum state/*.leases kernel/tsp* 2>/dev/null)
}

# address DEVICE - IPv6 address and prefix that the template was told for a tunnel
address() {
	sed -n 's/^TSP_\(CLIENT_ADDRESS_IPV6\|PREFIX\|PREFIXLEN\)=//p' "$TSP_DIR/kernel/$1" | sort -r | paste -sd ' '
}

@test "other ranges are refused by each command, with the one that helps" {
	local command
	fill users 1 2
	config users.link=2001:db8:fffe::/64
	for command in list 'show user1' check restore expire stats 'release --yes user1' 'resize --yes users 70'; do
		# shellcheck disable=SC2086
		run "$CTL" $command
		[[ $status -eq 111 && $output == *"link 2001:db8:ffff::/64, [pool users] has 2001:db8:fffe::/64"*"'tspctl move'"* ]] ||
			fail "$command: $status" "$output"
	done
	run -100 "$HANDLER" -n </dev/null
	[[ $output == *"'tspctl move'"* ]]
	server_start
	run "$TOOLS/tsp-client" --port "$PORT" "${as_alice[@]}"
	[[ $output == *STATUS=530* ]] || fail "$output"
	grep -q "run 'tspctl move'" "$TSP_DIR/log" || fail "$(<"$TSP_DIR/log")"
}

@test "another link: --dry-run shows all, and changes nothing" {
	local before
	fill users 1 12
	fill users 20 2 expired
	run -0 "$CTL" restore
	forget_history
	config users.link=2001:db8:fffe::/64
	before=$(state)
	run -0 "$CTL" move --dry-run
	[[ ${lines[0]} == "$TSP_DIR/state/users.leases: link 2001:db8:ffff::/64, prefix 2001:db8:1000::/36 in /56, 64 leases" ]]
	[[ ${lines[1]} == '  becomes link 2001:db8:fffe::/64, prefix 2001:db8:1000::/36 in /56, 64 leases' ]]
	[[ ${lines[2]} == '  0 active leases keep their addresses, 12 get others (12 of them keep the beginning of their prefix)' ]]
	[[ ${lines[3]} == '  2 expired leases are forgotten: their owners get others' ]]
	[[ ${lines[4]} == '  users/1 user1: 2001:db8:ffff::3 and 2001:db8:1000:100::/56 -> 2001:db8:fffe::3 and 2001:db8:1000:100::/56' ]]
	[[ ${lines[14]} == '  ... and 2 more (all: --dry-run --all)' && ${#lines[@]} -eq 15 ]] || fail "$output"
	run -0 "$CTL" move --dry-run --all
	[[ ${#lines[@]} -eq 16 && ${lines[15]} == '  users/12 user12: '* ]] || fail "$output"
	run -1 "$CTL" move </dev/null
	[[ $output == *"give 12 active leases other addresses? No terminal to ask on: use --yes"* ]] || fail "$output"
	[[ $(state) == "$before" && ! -e $TSP_DIR/kernel/history ]]
}

@test "another link: files, tunnels and addresses afterwards" {
	fill users 1 3
	fill users 20 2 expired
	fill anonymous 1 2
	run -0 "$CTL" restore
	forget_history
	config users.link=2001:db8:fffe::/64
	run -0 --separate-stderr "$CTL" move --yes
	[[ ${lines[-3]} == "$TSP_DIR/state/users.leases: moved; "*.before.*' is the old file' ]] || fail "$output"
	[[ ${lines[-2]} == '3 tunnels built' && ${lines[-1]} == *'systemctl restart tsp-routes tsp-udp'* ]] || fail "$output"
	history_is 'CREATION tsp1,CREATION tsp2,CREATION tsp3,TEARDOWN tsp1,TEARDOWN tsp2,TEARDOWN tsp3'
	[[ $(sed -n 1,3p "$TSP_DIR/kernel/history" | sort -u) == *TEARDOWN* ]]
	[[ $(address tsp2) == '56 2001:db8:fffe::5 2001:db8:1000:200::' ]] || fail "$(address tsp2)"
	[[ $(address tspa0b000001) == *2001:db8:a:* ]]
	[[ $(states users) == '1 active,2 active,3 active' ]] || fail "$(states users)"
	[[ $(stat -c '%U %a' "$TSP_DIR/state/users.leases") == "$TSP_USER 640" ]]
	kept users
	sound
	run -0 "$CTL" move --yes
	[[ $output == 'nothing to move: all leases have addresses of the configured ranges' ]]
	run -0 "$CTL" show user2
	[[ $output == *2001:db8:fffe::5* ]]
}

@test "both pools at once; anonymous addresses follow the client" {
	fill users 1 2
	fill anonymous 1 2
	fill anonymous 9 1 expired
	run -0 "$CTL" restore
	config users.link=2001:db8:fffe::/64 anonymous.link=2001:db8:b::/64
	run -0 "$CTL" move --yes
	[[ $output == *'anonymous/1 11.0.0.1: 2001:db8:a:0:b00:1:0:3 -> 2001:db8:b:0:b00:1:0:3'* ]] || fail "$output"
	[[ $(address tspa0b000002) == '2001:db8:b:0:b00:2:0:3' ]] || fail "$(address tspa0b000002)"
	[[ $(states anonymous) == '1 active,2 active' ]]
	kept users anonymous
	sound
}

@test "a smaller delegate: each network keeps its beginning, and nobody gets another's" {
	fill users 1 5
	fill users 9 1 active 60 86400 0 # a host
	run -0 "$CTL" restore
	config users.delegate=60
	run -0 "$CTL" move --dry-run
	[[ $output == *"users/2 user2: 2001:db8:ffff::5 and 2001:db8:1000:200::/56 -> 2001:db8:ffff::41 and 2001:db8:1000:200::/60"* ]] || fail "$output"
	[[ $output == *'1 active leases keep their addresses, 5 get others (4 of them keep'* ]] || fail "$output"
	[[ $output == *"with 'capacity = 80', more of them keep"* ]] || fail "$output"
	config users.delegate=60 users.capacity=100
	run -0 "$CTL" move --yes
	[[ $output == *'(5 of them keep'* && $output != *"with 'capacity"* ]] || fail "$output"
	up tsp16 tsp32 tsp48 tsp64 tsp80 tsp9
	[[ $(address tsp80) == '60 2001:db8:ffff::a1 2001:db8:1000:500::' ]] || fail "$(address tsp80)"
	sound
	# and back: the prefix that a lease has fits as it is
	config users.delegate=56 users.capacity=100
	run -0 "$CTL" move --yes
	up tsp1 tsp2 tsp3 tsp4 tsp5 tsp9
	run -0 "$CTL" show user5
	[[ $output == *'2001:db8:1000:500::/60'* && $output == *2001:db8:ffff::b* ]] || fail "$output"
}

@test "a larger prefix with the same beginning: nobody loses anything, no tunnel is touched" {
	rm "$TSP_DIR"/state/*.leases "$TSP_DIR/state-id"
	config users.prefix=2001:db8:1000::/40
	make_files
	fill users 1 3
	fill users 7 1 expired
	run -0 "$CTL" restore
	forget_history
	local before
	before=$(plain --all)
	config users.prefix=2001:db8:1000::/36
	run -0 "$CTL" move --yes
	[[ $output == *'3 active leases keep their addresses, 0 get others'* ]] || fail "$output"
	[[ $(plain --all) == "$before" && ! -e $TSP_DIR/kernel/history ]]
}

@test "a larger prefix that begins before the old one: networks stay, if there are numbers for them" {
	rm "$TSP_DIR"/state/*.leases "$TSP_DIR/state-id"
	config users.prefix=2001:db8:1800::/40
	make_files
	fill users 1 3
	config users.prefix=2001:db8:1000::/36
	run -0 "$CTL" move --dry-run
	[[ $output == *'users/3 user3: 2001:db8:ffff::7 and 2001:db8:1800:300::/56 -> 2001:db8:ffff::7 and 2001:db8:1000:300::/56'* &&
		$output == *"with 'capacity = 524291'"* ]] || fail "$output"
	config users.prefix=2001:db8:1000::/36 users.capacity=524291
	run -0 "$CTL" move --dry-run
	[[ $output == *'3 get others (3 of them keep the beginning of their prefix)'* &&
		$output == *'user3: 2001:db8:ffff::7 and 2001:db8:1800:300::/56 -> 2001:db8:ffff::10:7 and 2001:db8:1800:300::/56'* ]] ||
		fail "$output"
}

@test "ranges without room for all leases are refused; with room the others get free numbers" {
	local before
	fill users 10 4
	run -0 "$CTL" restore
	before=$(state)
	config users.prefix=2001:db8:1000::/54 users.capacity=3
	for how in --dry-run --yes; do
		run -1 "$CTL" move "$how"
		[[ $output == *'not moved: 4 leases have not ended, and the new ranges and capacity hold 3'* ]] || fail "$output"
	done
	[[ $(state) == "$before" ]]
	config users.prefix=2001:db8:1000::/53 users.capacity=7
	run -0 "$CTL" move --yes
	[[ $output == *'users/10 user10: '*' -> as a new lease gets them'* ]] || fail "$output"
	[[ $("$CTL" list --plain | wc -l) -eq 4 && $(tunnels | wc -w) -eq 4 ]]
	[[ $(tunnels) != *tsp10* ]]
	sound
}

@test "a tunnel that does not come down: nothing moves, the others are built again" {
	local before
	fill users 1 4
	run -0 "$CTL" restore
	before=$(state)
	touch "$TSP_DIR/kernel/fail.tsp3"
	config users.link=2001:db8:fffe::/64
	run -1 --separate-stderr "$CTL" move --yes
	[[ $stderr == *'1 tunnels could not be taken down'*'not moved: all tunnels that were taken down are up again'* ]] ||
		fail "$stderr"
	[[ $output != *built* ]]
	rm "$TSP_DIR/kernel/fail.tsp3"
	[[ $(state) == "$before" && ! -e $TSP_DIR/state/users.leases.new ]] || fail "$(ls "$TSP_DIR/state")"
	run -0 "$CTL" move --yes
	up tsp1 tsp2 tsp3 tsp4
	kept users
}

@test "a tunnel that cannot be built: the lease has moved, restore tries again" {
	fill users 1 4
	run -0 "$CTL" restore
	sed -i "s|^case|[ \$TSP_OPERATION != TSP_TUNNEL_CREATION ] \|\| [ ! -e no.\$TSP_TUNNEL_INTERFACE ]\n&|" "$TSP_DIR/template.sh"
	touch "$TSP_DIR/kernel/no.tsp3"
	config users.link=2001:db8:fffe::/64
	run -1 --separate-stderr "$CTL" move --yes
	[[ ${lines[-2]} == "3 tunnels built, 1 failed: 'tspctl restore' tries them again" ]] || fail "$output"
	rm "$TSP_DIR/kernel/no.tsp3"
	up tsp1 tsp2 tsp4
	run -0 --separate-stderr "$CTL" restore
	[[ $output == '4 restored' && $(address tsp3) == *2001:db8:fffe::7* ]]
}

@test "one run builds many tunnels, where the template can" {
	many_template
	fill users 1 20
	run -0 "$CTL" restore
	forget_history
	config users.link=2001:db8:fffe::/64
	run -0 "$CTL" move --yes
	[[ $output == *'20 tunnels built'* ]] || fail "$output"
	[[ $(grep -c TEARDOWN "$TSP_DIR/kernel/history") -eq 20 ]]
	[[ $(grep -v TEARDOWN "$TSP_DIR/kernel/history") == 'TSP_TUNNEL_BATCH 20' ]]
}

@test "tunnels in the data path end with it: the template is not run" {
	sed -i '2i # TSP-Datapath: yes' "$TSP_DIR/template.sh"
	fill users 1 2
	config users.link=2001:db8:fffe::/64
	run -0 "$CTL" move --yes
	[[ ${lines[-1]} == "now run 'tsp-datapath stop', then 'systemctl restart tsp-routes tsp-datapath tsp-restore tsp-udp'" ]] ||
		fail "$output"
	[[ ! -e $TSP_DIR/kernel/history ]]
	kept users
}

@test "what sessions and expire have left: dead offers and leases that are over" {
	fill users 1 1 update
	fill users 2 1 offered
	fill users 3 1 active 100000 -60
	fill users 4 1
	touch "$TSP_DIR"/kernel/tsp{1,2,3,4}
	config users.link=2001:db8:fffe::/64
	run -0 --separate-stderr "$CTL" move --yes
	[[ $(states users) == '1 active,4 active' ]] || fail "$(states users)"
	up tsp1 tsp4
	grep -q TEARDOWN.tsp2 "$TSP_DIR/kernel/history"
	sound
	[[ ${lines[-1]} == sound ]]
}

@test "a damaged line, a damaged file and a missing one" {
	fill users 1 3
	scribble users 2 500 x
	config users.link=2001:db8:fffe::/64
	run -1 "$CTL" move --yes
	[[ $output == *"the line of lease users/2 is damaged"*"'tspctl check --repair' first"* ]] || fail "$output"
	scribble users 0 500 x
	run -2 "$CTL" move --dry-run
	[[ $output == *"users.leases: "*"see 'tspctl check'"* ]] || fail "$output"
	rm "$TSP_DIR/state/users.leases"
	run -2 "$CTL" move --yes
	[[ $output == *"users.leases: no such allocation file"* && ! -e $TSP_DIR/state/users.leases ]]
}

@test "sessions: waits for those that hold a lease, and gives up after session_seconds" {
	fill users 1 1
	config limits.session_seconds=1 users.link=2001:db8:fffe::/64
	holds users 1
	run -1 "$CTL" move --yes
	[[ $output == *'sessions held leases for all of 1 s'* ]] || fail "$output"
	let_go
	holds users 0
	run -1 "$CTL" move --yes
	[[ $output == *'another tspctl is replacing'* ]] || fail "$output"
	let_go
	run -0 "$CTL" move --yes
}

@test "each lease that moved is in the journal: which addresses it had, and which it has" {
	fill users 7 1
	fill users 3 1
	fill users 9 1 active 60 86400 0 # a host, which stays
	config users.delegate=60 users.capacity=200
	run -0 --separate-stderr "$CTL" move --yes
	# lease 7 has its network still; all ends come first, since another lease may get the number
	[[ $(grep -o 'user[0-9]*: .*' <<<"$stderr" | head -4 | paste -sd +) == \
		"user3: moved away from 2001:db8:ffff::7 and 2001:db8:1000:300::/56 (users lease 3)+`
		`user7: moved away from 2001:db8:ffff::f and 2001:db8:1000:700::/56 (users lease 7)+`
		`user3: moved, and has 2001:db8:ffff::61 and 2001:db8:1000:300::/60 (users lease 48)+`
		`user7: moved, and has 2001:db8:ffff::e1 and 2001:db8:1000:700::/60 (users lease 112)" ]] || fail "$stderr"
	[[ $stderr != *user9* ]]
	run -0 "$CTL" list --json
	[[ $(json '.[] | select(.user == "user7") | .granted | fromdate > (now - 50)') == true ]] || fail "$output"
}
