#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# postinst.bats - the Debian package's script after installation and upgrade

# shellcheck disable=SC2016,SC2154 # shell of other programs; variables of bats
load ../lib/handler

setup() {
	TSP_DIR=$(mktemp -d "${TMPDIR:-/tmp}/tsp-test.XXXXXX")
	mkdir "$TSP_DIR/bin"
	program getent 'case $2 in tsp) echo tsp:x:990:tsp,carol,dave ;; *) exit 2 ;; esac'
	sed -e 's|"${DPKG_ROOT-}/usr/lib/tsp/net-admin"|:|' -e "s|/etc/tsp/|$TSP_DIR/|" "$ROOT/debian/tsp-handler.postinst" >"$TSP_DIR/postinst"
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
	run -0 --separate-stderr env PATH="$TSP_DIR/bin:$PATH" sh "$TSP_DIR/postinst" configure 0.0.9
	[[ $(<"$TSP_DIR/bin/gpasswd.log") == "-a carol tsp-read
-d carol tsp
-a dave tsp-read" ]] || fail "$(<"$TSP_DIR/bin/gpasswd.log")"
	[[ $output == 'tsp-handler: carol is in group tsp-read now, and not in tsp' ]] || fail "$output"
	[[ $stderr == 'tsp-handler: dave could not be moved from group tsp to tsp-read' ]] || fail "$stderr"
}

@test "a first installation says what to do, others do not" {
	program gpasswd :
	program getent 'exit 0'
	run -0 env PATH="$TSP_DIR/bin:$PATH" sh "$TSP_DIR/postinst" configure
	[[ $output == *'not configured yet: /usr/share/doc/tsp-handler/README.Debian '* ]] || fail "$output"
	run -0 env PATH="$TSP_DIR/bin:$PATH" sh "$TSP_DIR/postinst" configure 0.0.9
	[[ -z $output ]] || fail "$output"
	: >"$TSP_DIR/tsp.conf" # the package was there before, and removed
	run -0 env PATH="$TSP_DIR/bin:$PATH" sh "$TSP_DIR/postinst" configure
	[[ -z $output ]] || fail "$output"
}
