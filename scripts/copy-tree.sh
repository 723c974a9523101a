#!/bin/sh
# SPDX-License-Identifier: MIT
#
# copy-tree.sh DIR - copy this tree to DIR, without what was built
#
# With git: tracked files and those that are not ignored.
set -eu

cd "$(dirname "$0")/.."
mkdir -p "$1"
if git rev-parse --git-dir >/dev/null 2>&1; then
	git ls-files -z --cached --others --exclude-standard --deduplicate |
		tar -c --null --ignore-failed-read --files-from=- 2>/dev/null
else
	tar -c --exclude=./build --exclude=./run .
fi | tar -x -C "$1"
