#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# tspctl-json.bats - the fields of JSON that tspctl(8) promises: they stay, and the page names each

# shellcheck disable=SC2154 # set by run
load ../lib/handler
load ../lib/tspctl
load ../lib/journal

setup() {
	ctl_begin
	requires jq
	journal_begin
	fill users 1 2
}

teardown() {
	ctl_end
}

# machines - the part of the manual page that describes the fields, one word in each line
machines() {
	sed -n '/^\.Ss Output for machines/,/^\.Ss Rights/p' "$ROOT/docs/man/tspctl.8" | tr -c 'a-z_\n' '\n' | sort -u
}

# fields KEYS COMMAND... - the command's JSON has these keys in its first object, and the page has them
fields() {
	local keys=$1 key got
	shift
	run --separate-stderr "$CTL" --json "$@"
	got=$(json '(if type == "array" then .[0] else . end) | keys_unsorted | join(" ")')
	[[ $got == "$keys" ]] || fail "$*: has the fields" "$got" "and not" "$keys" "$stderr"
	for key in $keys; do
		grep -qx "$key" <<<"$(machines)" || fail "$*: tspctl(8) does not name '$key'"
	done
}

@test "the fields of JSON are those of the manual page, in their order" {
	local lease='pool lease state user endpoint mode address prefix granted expires'
	local traffic='rx_bytes tx_bytes rx_packets tx_packets'
	fields "$lease heard" list
	fields "$lease $traffic heard" list --traffic
	fields "$lease $traffic heard two_places note server_address name interface" show user1
	fields 'address leases percent present' top
	fields 'network leases percent present rx_bytes tx_bytes' top --by network --traffic
	fields 'user leases percent present' top --by user
	fields 'user state leases heard' user list
	fields 'from until user endpoint address prefix proof pool lease' who user1
	fields 'time event status endpoint text' why user1
	fields 'part state text' status
	fields 'pool capacity active offered expired free damaged probe_mean probe_max' stats
	fields 'restored held failed undone' restore
	fields 'ended settled held strays rebuilt failed' expire
	scribble users 2 20 x
	fields 'kind pool lease text harmless repaired result' check
}
