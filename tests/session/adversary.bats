#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# adversary.bats - a session in enemy hands gets nothing: a short run of `make adversary`

load ../lib/handler

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

@test "nothing stays behind" {
	local before after
	before=$(find /dev/shm /tmp -maxdepth 1 -name 'tsp-adversary.*' -printf x | wc -c)
	run -0 "$TOOLS/adversary" --messages 2000
	after=$(find /dev/shm /tmp -maxdepth 1 -name 'tsp-adversary.*' -printf x | wc -c)
	[[ $after -le $before ]]
}
