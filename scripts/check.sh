#!/bin/bash
# SPDX-License-Identifier: MIT
#
# check.sh - make check: the tests on this machine and in a container. The guest (make
# check-vm) emulates a machine and takes minutes: it is run by itself.
#
# B is the build directory, MAKE the make to use.
set -u

cd "$(dirname "$0")/.." || exit 1
. scripts/parts.bash

part "on this machine" "${MAKE:-make}" --no-print-directory check-fast
if [[ $EUID -eq 0 ]]; then
	part "in a container, systemd as PID 1" "${MAKE:-make}" --no-print-directory check-nspawn
else
	echo "== not root: no container"
fi
parts_sum
