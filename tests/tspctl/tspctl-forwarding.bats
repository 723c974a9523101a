#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# tspctl-forwarding.bats - a host that forwards nothing is noticed, by check --tunnels, status and -n

load ../lib/handler
load ../lib/tspctl

setup() {
	ctl_begin
	requires root nft
	unshare -n nft list tables >/dev/null 2>&1 || skip "needs network namespaces and nftables"
	"$CTL" init >/dev/null
}

teardown() {
	ctl_end
}

# host SYSCTL [RULE...] - in a host with that, and with a firewall that drops, if there are rules or
# an empty one, and with the rules in TABLE: what is said about forwarding; "-" is no firewall
host() {
	export TABLE CTL HANDLER TSP_CONFIG=$TSP_DIR/tsp.conf
	# shellcheck disable=SC2016 # the inner shell's
	run --separate-stderr unshare -n bash -c '
		sysctl -qw net.ipv6.conf.all.forwarding=$1
		shift
		if [[ $1 != - ]]; then
			nft "add table ip6 filter; add chain ip6 filter FORWARD { type filter hook forward priority 0; policy drop; }"
			nft "add chain ip6 filter USER"
		fi
		[[ ! ${TABLE-} ]] || nft -f - <<<"$TABLE"
		for rule; do
			[[ $rule == - || ! $rule ]] || nft "add rule ip6 filter USER $rule"
		done
		"$CTL" check --tunnels >&2
		"$CTL" status >&2
		"$HANDLER" -n >&2 || :' - "$@"
	# shellcheck disable=SC2154 # set by run
	said=$(grep -i forward <<<"$stderr")
}

@test "a firewall that drops what it forwards" {
	host 1 ""
	[[ $(grep -c "no packet of a tunnel is forwarded: the firewall's chain 'FORWARD' drops" <<<"$said") -eq 2 ]] || fail "$stderr"
	[[ $said == *"forwarding  degraded  the firewall's chain 'FORWARD'"* ]] || fail "$said"
}

@test "a firewall that drops, beside the templates' own table, which names the devices and accepts nothing" {
	local table
	table=$(sed -n '/nft -f - <<-/,/RULES$/p' "$BATS_TEST_DIRNAME/../../templates/sit.sh" | sed '1d;$d')
	[[ $table == *'"tsp*"'* ]] || fail "no rules in sit.sh: $table"
	TABLE=$table host 1 ""
	[[ $(grep -c "no packet of a tunnel is forwarded: the firewall's chain 'FORWARD' drops" <<<"$said") -eq 2 ]] || fail "$stderr"
	TABLE=$table host 1 'iifname "tsp*" accept'
	[[ $said != *"no packet"* && $said == *"forwarding  ok "* ]] || fail "$stderr"
}

@test "but for one with a rule that names the tunnels' devices, wherever it is" {
	host 1 "accept" 'iifname "tsp*" accept'
	[[ $said != *"no packet"* && $said == *"forwarding  ok "* ]] || fail "$stderr"
	host 1 'oifname "tsp0" accept'
	[[ $said != *"no packet"* ]] || fail "$stderr"
}

@test "a kernel that forwards no IPv6" {
	host 0 -
	[[ $said == *"no packet of a tunnel is forwarded: off: 'sysctl net.ipv6.conf.all.forwarding=1'"* ]] || fail "$stderr"
	[[ $said == *"forwarding  degraded  off"* ]] || fail "$stderr"
}

@test "a host that forwards" {
	host 1 -
	[[ $said != *"no packet"* && $said == *"forwarding  ok "* ]] || fail "$stderr"
}
