#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# adversary.bats - a session in enemy hands gets nothing: a short run of `make adversary`

load ../lib/handler
load ../lib/udp

teardown() {
	[[ -z ${TSP_DIR:-} ]] || test_end
}

# number NAME - a figure of the last table
number() {
	sed -n "s/^$1\t//p" <<<"$output"
}

@test "20,000 hostile packets: no violation, and they got far enough to matter" {
	run -0 "$TOOLS/adversary" --messages 20000 --seed 7
	[[ $(number violations) -eq 0 ]]
	[[ $(number messages) -ge 20000 ]]
	[[ $(number "logins with the password") -gt 100 ]]
	[[ $(number "anonymous logins") -gt 100 ]]
	[[ $(number "tunnels built") -gt 50 ]]
	[[ $(number "replies never read") -gt 0 ]]
}

# lie WHAT - what the referee says when it is told something wrong: it looks where it should
lie() {
	run -1 "$TOOLS/adversary" --messages 4000 --lie "$1"
	[[ $(number violations) -gt 0 ]]
}

@test "another user's lease in a reply is noticed" {
	lie canary
	[[ $output == *"address of another user in a reply"* ]]
}

@test "a login without the password is noticed" {
	lie password
	[[ $output == *"authentication passed without the password"* ]]
}

@test "a tunnel to another address is noticed" {
	lie address
	[[ $output == *"was built to another address"* ]]
}

@test "a lease that is told or ended over UDP without proof is noticed" {
	lie path
	[[ $output == *"was served without proof"* ]]
}

@test "nothing stays behind" {
	local before after
	before=$(find /dev/shm /tmp -maxdepth 1 -name 'tsp-adversary.*' -printf x | wc -c)
	run -0 "$TOOLS/adversary" --messages 2000
	after=$(find /dev/shm /tmp -maxdepth 1 -name 'tsp-adversary.*' -printf x | wc -c)
	[[ $after -le $before ]]
}

# hostile_begin - a server whose sessions are hostile; its template notes whom it builds tunnels to
hostile_begin() {
	udp_begin
	# shellcheck disable=SC2016 # the template expands it
	sed -i 's|^cd .*|&\necho "$TSP_CLIENT_ADDRESS_IPV4" >>../clients|' "$TSP_DIR/template.sh"
	touch "$TSP_DIR/clients"
	chown "$TSP_USER" "$TSP_DIR/clients"
	config limits.login_seconds=$((2 * SLOW)) limits.session_seconds=$((3 * SLOW)) limits.per_address=64
	# shellcheck disable=SC2034 # the servers start it
	HANDLER=$TOOLS/handler-hostile
}

# hostile_end - what sessions in enemy hands may not have achieved
hostile_end() {
	wait_until 30 no_handlers || fail "handlers are left" "$(tail -n 20 "$TSP_DIR/log")"
	leases >"$TSP_DIR/out" || fail "$(<"$TSP_DIR/out")"
	[[ -s $TSP_DIR/clients ]] || fail "no session got a tunnel" "$(tail -n 20 "$TSP_DIR/log")"
	run -1 grep -v '^127\.' "$TSP_DIR/clients"
	run -1 grep -E 'signal (11|6|31)|is left unchanged' "$TSP_DIR/log"
}

@test "real handlers of TCP: hostile sessions get nothing, and end" {
	hostile_begin
	server_start
	local i
	# shellcheck disable=SC2034
	for i in {1..120}; do
		exec 9<>"/dev/tcp/127.0.0.1/$PORT"
		exec 9>&-
	done
	hostile_end
}

@test "real handlers of UDP: hostile sessions get nothing, and end" {
	requires root
	hostile_begin
	udp_start
	run -0 "$TOOLS/tsp-udp-flood" "$PORT" login 20 6
	hostile_end
}
