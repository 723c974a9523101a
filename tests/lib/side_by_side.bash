# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# side_by_side.bash - run long commands, some at a time, and count failures

# side_by_side MAX COMMAND NAME... - the command for each name, MAX at a time. Afterwards $failed is
# the number of failures; false when it is not 0.
side_by_side() {
	local max=$1 command=$2 name
	shift 2
	failed=0
	for name; do
		while [[ $(jobs -pr | wc -l) -ge $max ]]; do
			wait -n || failed=$((failed + 1))
		done
		"$command" "$name" &
	done
	while [[ $(jobs -p | wc -l) -gt 0 ]]; do
		wait -n || failed=$((failed + 1))
		jobs >/dev/null # forget those that are done
	done
	[[ $failed -eq 0 ]]
}
