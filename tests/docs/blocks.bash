# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# blocks.bash - read blocks.txt, and the blocks of the documents by blocks.awk

# shellcheck disable=SC2154 # ROOT is handler.bash's

# document_path DOCUMENT
document_path() {
	case $1 in
	README.md | CONTRIBUTING.md) echo "$ROOT/$1" ;;
	*) echo "$ROOT/docs/$1" ;;
	esac
}

# document_blocks DOCUMENT - the first line of each
document_blocks() {
	awk -f "$ROOT/tests/docs/blocks.awk" "$(document_path "$1")"
}

# all_blocks - "DOCUMENT|FIRST LINE" of each
all_blocks() {
	local path
	for path in "$ROOT"/{README,CONTRIBUTING}.md "$ROOT"/docs/*.md; do
		document_blocks "${path##*/}" | sed "s/^/${path##*/}|/"
	done
}

# block DOCUMENT N - the text of its Nth block
block() {
	awk -v wanted="$2" -f "$ROOT/tests/docs/blocks.awk" "$(document_path "$1")"
}

# block_rows - "DOCUMENT|CLASS|BEGINNING" of each line of blocks.txt
block_rows() {
	sed -nE 's/^([A-Za-z]+\.md) \| (.*[^ ]) \| (.*)$/\1|\2|\3/p' "$ROOT/tests/docs/blocks.txt"
}

# block_row DOCUMENT FIRST - "CLASS|BEGINNING" of the line of blocks.txt for a block with this first line: of several
# the one with the longest beginning
block_row() {
	local document class beginning best='' found=''
	while IFS='|' read -r document class beginning; do
		[[ $document == "$1" && $2 == "$beginning"* ]] || continue
		[[ -n $best && ${#beginning} -le ${#best} ]] || best=$beginning found=$class
	done < <(block_rows)
	[[ -n $best ]] || return 1
	echo "$found|$best"
}
