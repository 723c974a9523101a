#!/bin/bash
# SPDX-License-Identifier: MIT
#
# check.sh - make check: the tests on this machine, in a container and in a guest
#
# The guest is an emulated machine, takes minutes, and mostly one processor: it runs beside
# the others, and shows at the end what it had to say. B is the build directory, MAKE the
# make to use.
set -u

cd "$(dirname "$0")/.." || exit 1
. scripts/parts.bash

run_make() { "${MAKE:-make}" --no-print-directory "$@"; }

guest=
out=$(mktemp) || exit 1
finish() {
	[[ -z $guest ]] || kill -- "-$guest" 2>/dev/null
	rm -f "$out" "$out.status"
}
trap finish EXIT
trap 'exit 130' HUP INT TERM

# guest_start - in the background, as a process group of its own
guest_start() {
	set -m
	{
		LIMIT=${LIMIT:-560} run_make check-vm # with half a machine
		echo $? >"$out.status"
	} </dev/null >"$out" 2>&1 &
	guest=$!
	set +m
}

# guest_wait - show what it says until it ends; its exit status
guest_wait() {
	tail -n +1 -f --pid="$guest" "$out"
	return "$(cat "$out.status" 2>/dev/null || echo 1)"
}

# Once, and not by each part at the same time
run_make all unit tools || exit 1
[[ $EUID -ne 0 ]] || guest_start
part "on this machine" run_make check-fast
if [[ $EUID -eq 0 ]]; then
	part "in a container, systemd as PID 1" run_make check-nspawn
	part "in a guest, with Debian's kernel" guest_wait
	guest=
else
	echo "== not root: no container, no guest"
fi
parts_sum
