# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# bad_input.bash - what tests of bad input have in common, beside handler.bash

HELLO='VERSION=2.0.2\r\nAUTHENTICATE ANONYMOUS\r\n\0'

# request XML - in $output the reply to this request of an anonymous client
request() {
	raw "${HELLO}Content-length: ${#1}\r\n${1//%/%%}"
}

# create XML - the same for what is in <client> of a create
create() {
	request "<tunnel action=\"create\" type=\"v6v4\"><client>$1</client></tunnel>"
}

# replied STATUS - the last reply is this status, after a line with its length
replied() {
	# shellcheck disable=SC2154 # set by run
	[[ ${#lines[@]} -ge 2 && ${lines[-2]} == "Content-length: $((${#lines[-1]} + 2))" &&
		${lines[-1]} == "$1 "* ]] || fail "not $1: $output" "$(tail -n 5 "$TSP_DIR/log")"
}

# unchanged - no tunnel is up, nobody has a lease, the handlers are gone
unchanged() {
	settled
	[[ $output != *" active "* && $output != *" offered "* ]] || fail "$output"
	up
}

# gone_since START LIMIT - the server ended it by itself, LIMIT seconds after $SECONDS was START, or
# later on a slow machine
gone_since() {
	[[ $((SECONDS - $1)) -le $(($2 * PATIENCE)) ]] || fail "it took $((SECONDS - $1)) s"
	unchanged
}
