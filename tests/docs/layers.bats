#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# layers.bats - the tree keeps the rules of CONTRIBUTING.md, whose two tables are read here

# shellcheck disable=SC2016 # backquotes are Markdown's

load ../lib/handler

# rows N - the rows of table N of "Where things are": first and last cell, backticks left out
rows() {
	awk -F '|' -v wanted="$1" '
		/^## / { inside = /Where things are/ }
		!inside { next }
		/^\|---/ { table++; next }
		/^\|/ && table == wanted {
			gsub("`", "")
			print $2 "|" $(NF - 1)
		}' "$ROOT/CONTRIBUTING.md" | sed 's/ *| */|/; s/^ //; s/ $//'
}

# folders - "FOLDER ALLOWED..." for each row that is a folder of C sources
folders() {
	rows 1 | sed -En 's#^([a-z]+)/[|](.+)$#\1 \2#p' | sed 's/nothing above//; s|[/,]||g' |
		while read -r folder allowed; do
			[[ ! -d $ROOT/$folder ]] || echo "$folder $allowed"
		done
}

# sources [FOLDER] - .c and .h files of a folder, by default of the product
sources() {
	(
		cd "$ROOT" || exit
		find "${1:-.}" \( -path ./.git -o -path ./run -o -path './build*' -o -path ./tests \
			-o -path ./debian \) -prune -o -name '*.[ch]' -print | sed 's|^\./||' | sort
	)
}

# scripts - the tests' bats files, and what they load
scripts() {
	(cd "$ROOT" && find tests -name '*.bats' -o -name '*.bash' | sort)
}

# includes_of FILE... - "FILE:HEADER" for each include in quotes
includes_of() {
	(cd "$ROOT" && grep -oE '^#[[:space:]]*include "[^"]*' /dev/null "$@") | sed 's/#.*"//'
}

@test "every folder with C sources has a row, and every row a folder" {
	local wanted
	wanted=$(sources | sed -n 's|/.*||p' | sort -u)
	[[ $(folders | awk '{ print $1 }' | sort) == "$wanted" ]] || fail "folders:" "$wanted" "rows:" "$(folders)"
}

@test "a folder includes what its row allows" {
	local folder allowed others
	while read -r folder allowed; do
		allowed="$folder $allowed"
		# shellcheck disable=SC2046 # names without blanks
		others=$(includes_of $(sources "$folder") | grep -vE ":(${allowed// /|})/" || true)
		[[ -z $others ]] || fail "$others"
	done < <(folders)
}

@test "files that CONTRIBUTING.md's answers and recipes name are there" {
	local path n=0
	while read -r path; do
		[[ -e $ROOT/$path ]] || fail "$path"
		n=$((n + 1))
	done < <(sed -n '/^## Where is/,/^## Style/p' "$ROOT/CONTRIBUTING.md" |
		grep -oE '`[a-z]+/[A-Za-z0-9_./-]+`' | tr -d '`' | grep -v NAME)
	[[ $n -ge 20 ]] || fail "$n files"
}

@test "every include in quotes names a file from the top" {
	local line
	while IFS= read -r line; do
		# syscalls_gen.c writes a header into the build directory
		[[ -e $ROOT/${line#*:} || -e $BUILD/${line#*:} ]] || fail "$line"
	done < <(
		# shellcheck disable=SC2046
		includes_of $(sources) $(sources tests)
	)
}

@test "a folder has four .c files, or is a privilege boundary" {
	local folder
	while read -r folder _; do
		[[ $(sources "$folder" | grep -c '\.c$') -ge 4 ]] ||
			grep -q "^| .$folder/. |.*privilege boundary" "$ROOT/CONTRIBUTING.md" || fail "$folder"
	done < <(folders)
}

@test "file names are unique, but for subcommands" {
	local twice
	twice=$(sources; sources tests; scripts)
	twice=$(grep -v '^ctl/[a-z]*\.[ch]$' <<<"$twice" | sed 's|.*/||' | sort | uniq -d)
	[[ -z $twice ]] || fail "$twice"
}

# declared_in FUNCTION - the name of the header of the product that declares it
declared_in() {
	(cd "$ROOT" && sources | grep '\.h$' | xargs grep -lE "\b$1\(" | head -n 1 | sed 's|.*/||; s|\.h$||')
}

@test "a public function begins with the name of its file, or of its header" {
	local file object name function
	[[ -e $BUILD/libtsp.a ]] || skip "nothing is built"
	for file in $(sources | grep '/.*\.c$'); do
		object=$BUILD/${file%.c}.o
		[[ -e $object && $object -nt $ROOT/$file ]] || continue
		name=$(basename "$file" .c)
		[[ $file != ctl/*([a-z]).c ]] || name=ctl
		while read -r _ _ function; do
			[[ $function == "$name"* || $function == "$(declared_in "$function")"* ]] ||
				fail "$file: $function()"
		done < <(nm -g --defined-only "$object" | grep ' T ')
	done
}

@test "libraries and calls occur only where their table says" {
	local what where place found
	while IFS='|' read -r what where; do
		[[ $what == *'('* ]] || what="include $what"
		found=$(cd "$ROOT" && sources | xargs grep -lF -- "$what" | grep -vE "^(${where//, /|})" || true)
		[[ -z $found ]] || fail "$what is in" "$found"
		for place in ${where//,/}; do
			[[ ! -e $ROOT/$place ]] || grep -rqF -- "$what" "$ROOT/$place" || fail "$what is not in $place"
		done
	done < <(rows 2)
}

@test "only log.c writes to standard error, but for tspctl and tspc" {
	local others
	others=$(cd "$ROOT" && sources | grep -vE '^(ctl/|tspctl\.c|tspc\.c)' |
		xargs grep -nE 'fprintf\(stderr|perror\(' || true)
	[[ -z $others ]] || fail "$others"
}

@test "no function is over 70 lines, main() of tsp-handler.c under 80, no C or bats file over 400" {
	local long
	long=$(
		cd "$ROOT" || exit
		{ sources; sources tests; scripts; } | xargs awk '
			FNR == 1 { start = 0 }
			FNR == 401 { print FILENAME ": over 400 lines" }
			/^\{$/ { start = FNR - 1 } # with its signature and both braces
			/^\}$/ && start {
				if (FNR - start + 1 > (FILENAME == "tsp-handler.c" ? 80 : 70))
					print FILENAME ":" FNR ": a function of over 70 lines"
				start = 0
			}'
	)
	[[ -z $long ]] || fail "$long"
}
