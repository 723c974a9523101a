#!/bin/sh
# SPDX-License-Identifier: MIT
#
# deb.sh - build the Debian packages from a copy of this tree, in $B/deb
#
# Prints the path of the server's package as its last line. $DEB_BUILD_OPTIONS as for dpkg-buildpackage;
# "nocheck" leaves the package's tests out.
set -eu

cd "$(dirname "$0")/.."
mkdir -p "${B:=build}/deb"
out=$(cd "$B/deb" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/tsp-deb.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' HUP INT TERM
rm -f "$out"/*
scripts/copy-tree.sh "$work/tsp-handler"

cd "$work/tsp-handler"
export DEB_BUILD_OPTIONS="${DEB_BUILD_OPTIONS-} parallel=2"
dpkg-buildpackage -us -uc -b >"$out/log" 2>&1 || {
	tail -n 15 "$out/log"
	echo "deb.sh: dpkg-buildpackage failed; all it said is in $out/log" >&2
	exit 1
}
mv "$work"/tsp-handler*_* "$work"/tspc*_* "$out"
echo "$out"/tsp-handler_*.deb
