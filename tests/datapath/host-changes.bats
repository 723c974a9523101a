#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# host-changes.bats - what the host does later, and which command names it while it lasts: the
# table "Changes of the host" in docs/operating.md, row by row

load ../lib/datapath

setup() {
	datapath_requires
}

# shellcheck disable=SC2016 # backquotes of the table
@test "each change of the host is named as docs/operating.md says" {
	{
		sed -n '/^## Changes of the host/,/^## /s/^| \([^|`]*\) | `\([^`]*\)` | `\([^`]*\)` .*/\1\n\2\n\3/p' "$ROOT/docs/operating.md" |
			{ echo "cat >/run/table <<'TABLE'"; cat; echo TABLE; }
		cat <<-'END'
			# change ROW - make it
			change() {
				case $1 in
				"forwarding is off") on server sysctl -qw net.ipv6.conf.all.forwarding=0 ;;
				"docker, or another firewall, drops what is forwarded")
					on server nft 'add table ip6 filter; add chain ip6 filter FORWARD { type filter hook forward priority 0; policy drop; }' ;;
				"the IPv4 address is another")
					ip -n server addr del 198.51.100.1/24 dev wan0
					ip -n server addr add 198.51.100.2/24 dev wan0 ;;
				"the IPv4 address is gone") ip -n server addr flush dev wan0 ;;
				"the program was taken off an uplink") on server ip link set wan0 xdp off ;;
				"a range is on-link") ip -n server addr add 2001:db8:ffff::aaaa/64 dev up0 ;;
				*) fail "no such change: $1" ;;
				esac
			}
			fresh() {
				datapath stop
				on server nft flush ruleset
				on server sysctl -qw net.ipv6.conf.all.forwarding=1
				ip -n server addr flush dev wan0
				ip -n server addr replace 198.51.100.1/24 dev wan0
				ip -n server addr flush dev up0 scope global
				datapath start
			}
			broker_config
			datapath start
			rows=0
			while read -r row && read -r command && read -r text; do
				fresh
				on server $command >/run/said 2>&1 || :
				fails grep -F -- "$text" /run/said
				change "$row"
				on server $command >/run/said 2>&1 || :
				grep -qF -- "$text" /run/said || fail "$row: $command does not print '$text'" "$(</run/said)"
				rows=$((rows + 1))
			done </run/table
			[[ $rows -eq 6 ]] || fail "$rows rows"
		END
	} | in_world
}
