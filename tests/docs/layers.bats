#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# layers.bats - who may include whom, and what stands in one file only (CONTRIBUTING.md)

load ../lib/handler

# includes_of FOLDER - "FILE:HEADER" for each include in quotes
includes_of() {
	local file
	for file in "$ROOT/$1"/*.[ch] "$ROOT/$1"/*/*.[ch]; do
		[[ ! -e $file ]] || sed -n "s|^#[ \t]*include \"\(.*\)\".*|${file#"$ROOT/"}:\1|p" "$file"
	done
}

# may_include FOLDER ALLOWED... - and nothing else
may_include() {
	local folder=$1 allowed
	shift
	allowed=$(printf '%s|' "$@")
	run -1 grep -vE ":(${allowed%|})/([a-z]+/)?[a-z0-9_]+\.h$" < <(includes_of "$folder"; echo "x:$1/x.h")
}

# sources - every .c and .h file of the product
sources() {
	local folder
	layers | while read -r folder _; do
		find "$ROOT/$folder" -name "*.[ch]"
	done
	find "$ROOT" -maxdepth 1 -name '*.c'
}

# one_file REGEX - it occurs in one .c file at most, and in no header
one_file() {
	local files
	files=$(sources | xargs grep -lE -- "$1" || true)
	[[ $(wc -w <<<"$files") -le 1 && $files != *.h ]] || fail "$1 is in" "$files"
}

# layers - each folder and what it may include (CONTRIBUTING.md)
layers() {
	cat <<-LIST
		lib
		alloc lib
		auth lib
		tsp lib
		session tsp lib
		client auth tsp tunnel sandbox lib
		listen tsp sandbox lib
		tunnel alloc lib
		sandbox lib
		datapath lib
		broker auth tunnel sandbox alloc lib
		upkeep tunnel sandbox alloc auth lib
		conformance tunnel sandbox lib
		ctl upkeep conformance auth tunnel sandbox alloc lib
	LIST
}

@test "a folder includes what its line in the list allows" {
	local folder allowed
	while read -r folder allowed; do
		# shellcheck disable=SC2086 # words
		may_include "$folder" "$folder" $allowed
	done < <(layers)
}

@test "every include in quotes names a file from the top" {
	local line
	while IFS= read -r line; do
		# what *_gen.c make stands in the build directory
		[[ -e $ROOT/${line#*:} || -e $BUILD/${line#*:} ]] || fail "$line"
	done < <(layers | while read -r f _; do includes_of "$f"; done)
}

@test "each library has one file that knows it" {
	local header
	for header in mxml.h cap-ng.h seccomp.h ini.h json.h 'nettle/[a-z0-9]+\.h'; do
		one_file "include <(json-c/)?$header>"
	done
	# sasl.c for the server and sasl_client.c share auth/library.h
	[[ $(sources | xargs grep -lE 'include <gsasl.h>|include "auth/library.h"' | xargs -n 1 dirname | sort -u) == "$ROOT/auth" ]]
}

@test "flock() is in one file for leases, and in one for the maps of the data path" {
	[[ $(sources | xargs grep -lE '\bflock\(' | sort | xargs -n 1 dirname) == "$ROOT/alloc"$'\n'"$ROOT/datapath" ]]
}

@test "libbpf is known to the data path alone" {
	[[ $(sources | xargs grep -lE 'include <bpf/' | xargs -n 1 dirname | sort -u | grep -v /bpf$) == "$ROOT/datapath" ]]
}

@test "only log.c writes to standard error or to the journal" {
	one_file 'sd_journal_send|syslog\('
	run -1 grep -nE 'fprintf\(stderr|perror\(' \
		$(sources | grep -vE "$ROOT/(ctl/|tspctl.c)")
}

@test "no function is over 70 lines, main() of tsp-handler.c under 80, no file over 400" {
	local file
	for file in $(sources) "$ROOT"/tests/*/*.c "$ROOT"/tests/unit/*/*.c "$ROOT"/tests/tools/lib/*.c; do
		[[ -e $file ]] || continue
		[[ $(wc -l <"$file") -le 400 ]] || fail "$file has more than 400 lines"
		run -0 awk '/^\{$/ { start = FNR } /^\}$/ && start { if (FNR - start > 71) print FNR; start = 0 }' "$file"
		[[ -z $output ]] || fail "$file: the function that ends in line $output"
	done
}
