#!/bin/sh
# SPDX-License-Identifier: MIT
#
# deb.sh - build the Debian package from a copy of this tree; it ends up in $B/deb
#
# Prints the package's path as its last line. $DEB_BUILD_OPTIONS as for dpkg-buildpackage;
# "nocheck" leaves the package's tests out.
set -eu

cd "$(dirname "$0")/.."
mkdir -p "${B:=build}/deb"
out=$(cd "$B/deb" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/tsp-deb.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' HUP INT TERM
rm -f "$out"/*
mkdir "$work/tsp-handler"

# What is not tracked goes along when it is not ignored; without git, all but what is built
if git rev-parse --git-dir >/dev/null 2>&1; then
	git ls-files -z --cached --others --exclude-standard --deduplicate |
		tar -c --null --ignore-failed-read --files-from=- 2>/dev/null
else
	tar -c --exclude=./build --exclude=./run .
fi | tar -x -C "$work/tsp-handler"

cd "$work/tsp-handler"
export DEB_BUILD_OPTIONS="${DEB_BUILD_OPTIONS-} parallel=2"
dpkg-buildpackage -us -uc -b >"$out/log" 2>&1 || {
	tail -n 15 "$out/log"
	echo "deb.sh: dpkg-buildpackage failed; all it said is in $out/log" >&2
	exit 1
}
mv "$work"/tsp-handler*_* "$out"
echo "$out"/tsp-handler_*.deb
