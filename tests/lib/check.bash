# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # set by run
#
# check.bash - what the tests of tspctl check expect, beside tspctl.bash

# finds TEXT - check finds just one thing that is not harmless
finds() {
	run -2 --separate-stderr "$CTL" check
	[[ $output == *"$1"* && ${lines[-1]} == '1 finding: '* ]] || fail "not '$1': $output"
}

# repairs TEXT [STATUS [OPTION...]] - check --repair says so and ends with STATUS (1: something
# was lost), and all is well afterwards
repairs() {
	run "-${2-0}" --separate-stderr "$CTL" check --repair --yes "${@:3}"
	[[ $output == *"$1"* ]] || fail "not '$1': $output"
	run -0 --separate-stderr "$CTL" check --tunnels
	[[ ${lines[0]} == sound* ]] || fail "$output"
}
