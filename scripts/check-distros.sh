#!/bin/bash
# SPDX-License-Identifier: MIT
#
# check-distros.sh [SYSTEM...] - make check-distros: the matrix of docs/portability.md
#
# Runs distro.sh for each SYSTEM, SUITE or SUITE/ARCHITECTURE, one after the other, and replaces
# these rows of the table in docs/portability.md by the results. Other architectures than this
# machine's run by qemu-user (packages qemu-user-static, binfmt-support, arch-test): they only
# build and run the unit tests, without system call filters, which qemu-user does not have. The
# output of each is in build/distros. Takes an hour or more. The last line is "N passed, N failed".
set -u

cd "$(dirname "$0")/.." || exit 1
. scripts/parts.bash
table=docs/portability.md
logs=build/distros
native=$(dpkg --print-architecture) || exit 1

# check SYSTEM - run it, the whole or what an emulated machine can do
check() {
	if [[ $1 != */* || $1 == */"$native" || $1 == */i386 ]]; then
		scripts/distro.sh "$1"
	else
		scripts/distro.sh "$1" scripts/distro.sh --emulated
	fi
}

# row SYSTEM LOG - a line of the table
row() {
	local system kernel counts
	system=$(sed -n 's/^# Debian //p' "$2" | head -n 1)
	kernel=$(uname -r)
	counts=$(grep -E '^[0-9]+ passed, [0-9]+ failed' "$2" | tail -n 1)
	if [[ -n $system && $counts =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed(,\ ([0-9]+)\ skipped)?$ ]]; then
		echo "| $1 | ${system%%:*} | ${kernel%%-*} | ${system#*: } | ${BASH_REMATCH[1]} | ${BASH_REMATCH[2]} | ${BASH_REMATCH[4]:-0} |"
	else
		echo "| $1 | not run: $(sed -n 's/^# skipped: //p' "$2" | tail -n 1) | | | | | |"
	fi
}

# put SYSTEM ROW - replace or add the system's row; the others stay
put() {
	local new
	new=$(mktemp "$table.XXXXXX") || exit 1
	awk -v name="| $1 |" -v row="$2" '
		index($0, name) == 1 { print row; done = 1; next }
		/^<!-- end of the table -->/ && !done { print row }
		{ print }' "$table" >"$new" && chmod 644 "$new" && mv "$new" "$table"
}

# A kernel that runs without systemd has not mounted binfmt_misc
[[ -e /proc/sys/fs/binfmt_misc/status ]] || mount -t binfmt_misc none /proc/sys/fs/binfmt_misc
update-binfmts --enable 2>/dev/null

systems=("$@")
[[ $# -gt 0 ]] || systems=(bookworm trixie sid trixie/i386 trixie/arm64 trixie/armhf)
mkdir -p "$logs"
for system in "${systems[@]}"; do
	log=$logs/${system/\//-}.log
	part "$system" check "$system" > >(tee "$log")
	wait $!
	put "$system" "$(row "$system" "$log")"
done
parts_sum
