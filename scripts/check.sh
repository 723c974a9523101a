#!/bin/bash
# SPDX-License-Identifier: MIT
#
# check.sh - make check: all tests, in the guest too
#
# B is the build directory, MAKE the make to use.
set -u

cd "$(dirname "$0")/.." || exit 1
. scripts/parts.bash

part "on this machine" "${MAKE:-make}" --no-print-directory check-fast
if [[ $EUID -eq 0 ]]; then
	part "in a container, systemd as PID 1" "${MAKE:-make}" --no-print-directory check-nspawn
	part "in a guest, Debian's kernel" "${MAKE:-make}" --no-print-directory check-vm
else
	echo "== not root: no container and no guest"
fi
parts_sum
