# SPDX-License-Identifier: MIT
#
# blocks.awk - the blocks of a Markdown file: between fences, or indented by four blanks behind an empty line
#
# Prints the first line of each; with -v wanted=N all lines of the Nth, without the indentation. A continued item of a
# list is indented by less than four blanks.

# put LINE - a line of a block
function put(line) {
	if (!open) {
		open = 1
		gap = ""
		number++
		if (!wanted)
			print line
	}
	if (wanted == number)
		print gap line
	gap = ""
}

/^```/ { fenced = !fenced; open = empty = 0; next }
fenced { put($0); next }

/^ *$/ { gap = gap "\n"; empty = 1; next }
/^    / && (open || empty) { put(substr($0, 5)); empty = 0; next }
{ open = empty = 0 }
