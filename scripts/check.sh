#!/bin/bash
# SPDX-License-Identifier: MIT
#
# check.sh - make check: the tests on this machine, in a container and in a guest
#
# One after the other: the guest is an emulated machine and uses every processor. B is the
# build directory, MAKE the make to use.
set -u

cd "$(dirname "$0")/.." || exit 1
. scripts/parts.bash

run_make() { "${MAKE:-make}" --no-print-directory "$@"; }

run_make -j"$(nproc)" all unit tools || exit 1
part "on this machine" run_make check-fast
part "with sessions that are forked" run_make check-forks
if [[ $EUID -eq 0 ]]; then
	part "in a container, systemd as PID 1" run_make check-nspawn
	part "tspc's package on a fresh Debian" run_make check-fresh
	part "the documents' commands on a fresh Debian" run_make check-docs
	part "in a guest, with Debian's kernel" run_make check-vm
else
	echo "== not root: no container, no guest"
fi
parts_sum
