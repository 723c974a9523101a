# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# parts.bash - run parts that count, and add up what they counted
#
# A part ends with a line "N passed, N failed[, N skipped]". One that fails without saying
# what failed, as a build does, counts as one failure; so does one that counted nothing.

parts_passed=0
parts_failed=0
parts_skipped=0

# part NAME COMMAND... - run it, show it, add up
part() {
	local name=$1 log status counts
	shift
	log=$(mktemp) || exit 1
	echo "== $name"
	"$@" 2>&1 | tee "$log"
	status=${PIPESTATUS[0]}
	counts=$(grep -E '^[0-9]+ passed, [0-9]+ failed' "$log" | tail -n 1)
	rm -f "$log"
	if [[ $counts =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed(,\ ([0-9]+)\ skipped)?$ ]]; then
		parts_passed=$((parts_passed + BASH_REMATCH[1]))
		parts_failed=$((parts_failed + BASH_REMATCH[2]))
		parts_skipped=$((parts_skipped + ${BASH_REMATCH[4]:-0}))
		[[ $status -ne 0 && ${BASH_REMATCH[2]} -eq 0 ]] || return 0
	fi
	echo "== $name: exit status $status"
	parts_failed=$((parts_failed + 1))
}

# parts_sum - the last line; the exit status
parts_sum() {
	if [[ $parts_skipped -gt 0 ]]; then
		echo "$parts_passed passed, $parts_failed failed, $parts_skipped skipped"
	else
		echo "$parts_passed passed, $parts_failed failed"
	fi
	[[ $parts_failed -eq 0 && $parts_passed -gt 0 ]]
}
