#!/bin/sh
# SPDX-License-Identifier: MIT
#
# lint.sh NAME... - run each static check, make lint-NAME, and count
set -u

passed=0 failed=0
for name; do
	echo "== lint-$name"
	if ${MAKE:-make} --no-print-directory "lint-$name"; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "lint-$name FAILED"
	fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
