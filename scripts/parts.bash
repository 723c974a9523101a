# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# parts.bash - run parts of a check and add up their counts
#
# The last line of a part is "N passed, N failed[, N skipped]". A part counts as one more
# failure when it fails without a failed test, as a build does, or prints no counts.

parts_passed=0
parts_failed=0
parts_skipped=0

# part NAME COMMAND... - run it, show its output, add its counts
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

# step NAME COMMAND... - a part without counts: one test, passed when the exit status is 0
step() {
	part "$1" step_counts "${@:2}"
}

step_counts() {
	"$@" && echo "1 passed, 0 failed"
}

# parts_sum - print the sum as the last line; false when a test failed or none ran
parts_sum() {
	if [[ $parts_skipped -gt 0 ]]; then
		echo "$parts_passed passed, $parts_failed failed, $parts_skipped skipped"
	else
		echo "$parts_passed passed, $parts_failed failed"
	fi
	[[ $parts_failed -eq 0 && $parts_passed -gt 0 ]]
}
