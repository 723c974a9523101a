#!/bin/bash
# SPDX-License-Identifier: MIT
#
# check-long.sh - make check-long: the figures of docs/security.md in full, tspc over minutes and
# on a fresh Debian 13, broken scenarios, the guest with Debian 13's kernel, seven
# days in the life of three clients, a soak
#
# Takes hours. SECONDS_EACH is the time for each fuzz target (2400), SOAK the seconds of the soak
# (7200), MAKE the make to use. Ends with the line "N passed, N failed". The guest needs root.
set -u

cd "$(dirname "$0")/.." || exit 1
. scripts/parts.bash

run_make() { "${MAKE:-make}" --no-print-directory "$@"; }

run_make all tools || exit 1
step "faults: every system call of every story and command" run_make faults
step "a hostile session" run_make adversary
step "hostile clients" run_make abuse
part "fuzz targets" run_make fuzz SECONDS="${SECONDS_EACH:-2400}"
if [[ $EUID -eq 0 ]]; then
	part "tspc, struck in every system call" env EVERY_CALL=yes TSP_SLOW=8 TSP_BUILD="${B:-build}" tests/run tests/client/kill.bats
	part "tspc's package on a fresh Debian 13" run_make check-fresh SUITE=trixie
	part "tspc over minutes" env LIMIT=1800 tests/run tests/client/long/tspc-minutes.bats
	step "hostile clients, the shipped units" run_make abuse-units
	part "scenarios with a broken product" env LIMIT="${LIMIT:-7200}" "${MAKE:-make}" check-vm SCENARIOS=broken
	part "in a guest, with Debian 13's kernel" \
		env KERNEL=trixie TEMPLATE=fast LIMIT="${LIMIT:-1800}" "${MAKE:-make}" check-vm
	part "seven days in the life of three clients" env LIMIT="${LIMIT:-1800}" "${MAKE:-make}" check-vm SCENARIOS=days
	soak=${SOAK:-7200}
	part "a soak of $soak s" env TEMPLATE=fast PROCESSORS=2 SOAK="$soak" LIMIT=$((soak + 900)) \
		"${MAKE:-make}" check-vm SCENARIOS=soak
else
	echo "== not root: no container, no guest"
fi
parts_sum
