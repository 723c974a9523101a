#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# postinst.bats - the Debian package's script after an upgrade: members of group tsp go to tsp-read

# shellcheck disable=SC2016,SC2154 # shell of other programs; variables of bats
load ../lib/handler

setup() {
	TSP_DIR=$(mktemp -d "${TMPDIR:-/tmp}/tsp-test.XXXXXX")
	mkdir "$TSP_DIR/bin"
	program getent 'case $2 in tsp) echo tsp:x:990:tsp,carol,dave ;; *) exit 2 ;; esac'
	sed 's|"${DPKG_ROOT-}/usr/lib/tsp/net-admin"|:|' "$ROOT/debian/tsp-handler.postinst" >"$TSP_DIR/postinst"
}

teardown() {
	rm -rf "$TSP_DIR"
}

# program NAME LINE - of the test's, by PATH
program() {
	printf '#!/bin/sh\n%s\n' "$2" >"$TSP_DIR/bin/$1"
	chmod 755 "$TSP_DIR/bin/$1"
}

@test "members of group tsp are moved, and a failure is not told as success" {
	program gpasswd 'echo "$*" >>"$0.log"; [ "$2" != dave ]'
	run -0 --separate-stderr env PATH="$TSP_DIR/bin:$PATH" sh "$TSP_DIR/postinst" configure
	[[ $(<"$TSP_DIR/bin/gpasswd.log") == "-a carol tsp-read
-d carol tsp
-a dave tsp-read" ]] || fail "$(<"$TSP_DIR/bin/gpasswd.log")"
	[[ $output == 'tsp-handler: carol is in group tsp-read now, and not in tsp' ]] || fail "$output"
	[[ $stderr == 'tsp-handler: dave could not be moved from group tsp to tsp-read' ]] || fail "$stderr"
}
