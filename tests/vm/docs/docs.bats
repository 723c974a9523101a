#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# docs.bats - the commands of the documents, in order, as tests/docs/blocks.txt says, each on a fresh Debian
#
# "make check-docs" runs them, with the systems and the package that tests/vm/docs/run made. Each test has a machine,
# whose network has a client at the other end:
#
#	machine, eth0 192.0.2.1 ------ 198.51.100.9 eth0, $CLI

# shellcheck disable=SC2034,SC2153 # variables of the libraries
load ../../lib/handler
load ../../lib/tspc
load ../../lib/netns
load ../../docs/blocks
load ../fresh/machine
load walk

setup() {
	requires root systemd-nspawn ethtool jq
	[[ -n ${PACKAGE:-} ]] || skip "needs the trees and the package of make check-docs"
	network_begin
}

teardown() {
	[[ -n ${TSP_DIR:-} ]] || return 0
	[[ -n ${BATS_TEST_COMPLETED:-} || -z ${LEADER:-} ]] || walk_stopped >&2 || true
	machine_end
	net_end
}

@test "README.md, from source, and the documents that go on from there" {
	source_machine
	walk README.md
	walk datapath.md
	walk firewall.md
	walk journal.md
	walk templates.md
}

@test "docs/operating.md, from the package" {
	package_machine
	walk operating.md
}
