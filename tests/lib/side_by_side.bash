# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# side_by_side.bash - some at a time, for what takes minutes and tells by its exit status

# side_by_side MAX COMMAND NAME... - the command for each name, so many at a time. How many
# failed is in $failed afterwards, and there is an error when some did.
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
