# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # set by run
#
# kit.bash - shared by the tests of tspctl template test, beside handler.bash
#
# Where the kernel has no sit devices, as in many containers, other devices stand in for
# them: what is around them is what the tests are about.

# in_world COMMAND... - in its own network namespace
in_world() {
	if [[ $EUID -eq 0 ]]; then
		unshare -n "$@"
	else
		unshare -Urn "$@"
	fi
}

# kind - of devices that this kernel can make: sit, or what stands in for it
kind() {
	local kind
	for kind in sit dummy ifb bridge; do
		if in_world ip link add name x type $kind 2>/dev/null; then
			echo $kind
			return
		fi
	done
	skip "this kernel makes no devices"
}

# stand_in - standard input, a template for sit devices, for devices that can be made
stand_in() {
	local kind
	kind=$(kind)
	if [[ $kind == sit ]]; then
		cat
	else
		sed "s/ type sit mode .*/ type $kind/; s/ type sit/ type $kind/"
	fi
}

# kit [OPTION...] - tspctl template test
kit() {
	run "${KIT_CTL:-$CTL}" -c "$TSP_DIR/tsp.conf" template test "$@"
}

# says REGEX - the kit has
says() {
	grep -Eq -- "$1" <<<"$output" || fail "not said: $1" "$output"
}

# finds REGEX [OPTION...] - the kit finds the template wanting, and says so
finds() {
	kit "${@:2}"
	[[ $status -eq 1 ]] || fail "exit status $status" "$output"
	says "$1"
}
