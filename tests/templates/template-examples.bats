#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# template-examples.bats - the templates of docs/templates.md pass tspctl template test
#
# shellcheck disable=SC2016 # what stands in single quotes is for templates

load ../lib/handler
load ../lib/kit

setup() {
	test_begin
	CTL=$BUILD/tspctl
	T=$TSP_DIR/template.sh
	requires "$CTL"
	unshare -Urn true 2>/dev/null || requires root
	in_world true || skip "no network namespaces"
}

teardown() {
	test_end
}

# example NAME - from docs/templates.md
example() {
	awk -v name="$1" '
		$0 == "<!-- template: " name " -->" || $0 == "<!-- file: " name " -->" { found = 1; next }
		found && /^```/ { if (inside) exit; inside = 1; next }
		inside' "$ROOT/docs/templates.md"
}

# with_sit NAME - an example of the document, and sit.sh beside it
with_sit() {
	example "$1" >"$T"
	[[ -s $T ]] || fail "no $1 in the document"
	chmod 755 "$T"
	stand_in <"$ROOT/templates/sit.sh" >"$TSP_DIR/sit.sh"
	chmod 755 "$TSP_DIR/sit.sh"
}

@test "docs/templates.md: a routing table for each user" {
	in_world nft list ruleset 2>/dev/null || skip "this kernel has no nftables"
	with_sit table.sh
	kit --verbose
	[[ $status -eq 0 ]] || fail "$output"
	[[ $output == *"+ IPv6 rule 10002: from all iif tsp2 lookup 10002"* ]] || fail "$output"
	sed -i '/^drop_table$/d' "$T"
	finds '^#   \+ IPv6 rule 10002: from all iif tsp2 \[detached\] lookup 10002'
}

@test "docs/templates.md: a rate limit with tc" {
	in_world nft list ruleset 2>/dev/null || skip "this kernel has no nftables"
	with_sit rate.sh
	in_world sh -c 'ip link set lo up && tc qdisc add dev lo handle ffff: ingress &&
		tc filter add dev lo parent ffff: matchall action police rate 1mbit burst 64kb drop' 2>/dev/null ||
		sed -i '/^filter add/d' "$T" # a kernel that cannot: the guest's can
	kit --verbose
	[[ $status -eq 0 ]] || fail "$output"
	[[ $output == *"+ tc qdisc tbf dev tsp2 "*" rate 20Mbit burst 32Kb lat 100ms"* ]] || fail "$output"
	sed -i 's/^qdisc add dev $dev root.*/qdisc add dev $dev root nosuch/' "$T"
	finds 'Specified qdisc kind is unknown|No such file'
}

@test "docs/templates.md: many tunnels in one run" {
	example routes.sh | sed 's/^dev=wg0/dev=lo/' | template
	in_world sh -c 'ip link set lo up && ip -6 route add 2001:db8::1 dev lo' || skip "no routes here"
	kit --verbose
	[[ $status -eq 0 ]] || fail "$output"
	says '^ok .* - several creations by one run'
	sed -i 's/up "$address" .*/up "$address" -/' "$T"
	finds '^not ok .* - several creations by one run'
	says '^#   - IPv6 route 2001:db8:1000:500::/56'
}

@test "docs/templates.md: the scripts are of plain sh that shellcheck likes" {
	requires shellcheck
	local name
	for name in table.sh rate.sh routes.sh; do
		example "$name" >"$TSP_DIR/$name"
		run -0 shellcheck -e SC2086 "$TSP_DIR/$name" # numbers and interface names
	done
}
