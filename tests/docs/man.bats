#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# man.bats - the documentation says what the code does
#
# Examples are run, tables are compared with the code's own or with real files.

# shellcheck disable=SC2016 # backquotes are Markdown's
# shellcheck disable=SC2154 # logins are in handler.bash

bats_require_minimum_version 1.5.0
load ../lib/handler

DOCS=$ROOT/docs
MAN=$DOCS/man

setup() {
	test_begin
}

teardown() {
	test_end
}

# same A B - two lists are equal; the difference if not
same() {
	[[ -n $1 ]] || fail "the list is empty"
	diff <(echo "$1") <(echo "$2") >"$TSP_DIR/diff" || fail "$(<"$TSP_DIR/diff")"
}

# code_keys - "[section] key" of each line of the parser's table
code_keys() {
	tr -d '\n\t' <"$ROOT/lib/config_key.c" |
		grep -oE '\{"[a-z ]+", *"[a-z_]+", *(NULL|"[^"]*"), *value_' |
		sed -E 's/\{"([a-z ]*)", *"([a-z_]*)".*/[\1] \2/' | sort
}

# page_keys - "[section] key min max" of tsp.conf(5), without numbers where there is no range
page_keys() {
	awk '
		function flush() { if (key) print section, key, range; key = range = "" }
		/^\.S[hs] / { flush(); section = substr($0, 5) }
		/^\.It Ic / { flush(); key = $3 }
		key && match($0, /number from [0-9]+ to [0-9]+/) {
			split(substr($0, RSTART, RLENGTH), word, " ")
			range = word[3] " " word[5]
		}
		END { flush() }' "$MAN/tsp.conf.5" | sed 's/ $//' | sort
}

# code_defaults - "key value" of each number that the parser's table has as a default
code_defaults() {
	tr -d '\n\t' <"$ROOT/lib/config_key.c" | grep -oE '"[a-z_]+", *"[0-9]+", *value_' |
		sed -E 's/"([a-z_]*)", *"([0-9]*)".*/\1 \2/'
}

@test "manual pages are clean" {
	requires mandoc
	run -0 mandoc -Tlint -Wwarning "$MAN"/*.[1-8]
}

@test "manual pages: the examples do what they show" {
	requires root mandoc unshare nc make
	# those of tspc are run by tests/client
	mapfile -t pages < <(printf '%s\n' "$MAN"/*.[1-8] | grep -v '/tspc[.-]')
	run -0 env TSP_BUILD="$BUILD" bash "$ROOT/tests/docs/examples.bash" "${pages[@]}"
	[[ ${#lines[@]} -ge 4 ]]
}

@test "tsp.conf(5) has the keys that the parser has" {
	same "$(code_keys)" "$(page_keys | sed -E 's/( [0-9]+)+$//')"
}

@test "tsp.conf(5) has the ranges that the parser has" {
	local section key min max value
	[[ $(page_keys | grep -c '[0-9]$') -ge 10 ]]
	while IFS='|' read -r section key min max; do
		for value in "$max" $((max + 1)); do
			printf '%s\n%s = %s\n' "$section" "$key" "$value" >"$TSP_DIR/one.conf"
			run "$HANDLER" -n -c "$TSP_DIR/one.conf"
			if [[ $value -eq $max ]]; then
				[[ $output != *"$key: not a "* ]] || fail "$key = $max: $output"
			else
				[[ $output == *"$key: not a "*"from $min to $max: '$value'"* ]] ||
					fail "$section $key: $output"
			fi
		done
	done < <(page_keys | sed -nE 's/^(\[.*\]) ([a-z_]+) ([0-9]+) ([0-9]+)$/\1|\2|\3|\4/p')
}

@test "tsp.conf(5) and the example have the defaults that the parser has" {
	local key value n=0
	while read -r key value; do
		if ! awk -v key="$key" '/^\.It Ic / { k = $3 } k == key' "$MAN/tsp.conf.5" |
			grep -qE "default $value\b"; then
			fail "tsp.conf(5): $key: default is $value"
		fi
		grep -qE "^#?$key = $value\$" "$DOCS/tsp.conf.example" ||
			fail "tsp.conf.example: $key: default is $value"
		n=$((n + 1))
	done < <(code_defaults)
	[[ $n -ge 8 ]]
}

@test "tsp.conf.example has all keys, in their sections" {
	same "$(code_keys)" \
		"$(sed -nE 's/^(\[.*\])$/\1/p; s/^#?([a-z_]+) = .*/ \1/p' "$DOCS/tsp.conf.example" |
			awk '/^\[/ { section = $0; next } { print section $0 }' | sort -u)"
}

@test "tsp-template(7) has the variables that the broker sets" {
	local code
	code=$(grep -oE '(add|add_[a-z0-9]+)\(env, "[A-Z0-9_]+"' "$ROOT/tunnel/environment.c" |
		cut -d '"' -f 2 | sort)
	same "$code" "$(awk '
		/^\.Ss/ { inside = /Variables/ }
		inside && /^\.It Ev/ { for (i = 3; i <= NF; i++) if ($i ~ /^[A-Z]/) print $i }' \
		"$MAN/tsp-template.7" | grep -vx Ev | sort)"
}

@test "tsp-handler(8), tspc(8) and journal.md have the events that the log has, and one priority for each" {
	local code
	code=$(sed -nE 's/.*\[EVENT_[A-Z_]*\] = \{"([a-z-]*)", "([0-9a-f]{32})"(, true)?\}.*/\1 \2/p' \
		"$ROOT/lib/log.c" | sort)
	same "$code" "$(sed -nE 's/^\| `([a-z-]+)` \|.*`([0-9a-f]{32})` \|$/\1 \2/p' \
		"$DOCS/journal.md" | sort)"
	# with the same priorities
	same "$(sed -nE 's/^\| `([a-z-]+)` \| ([a-z]+).*`[0-9a-f]{32}` \|$/\1 \2/p' "$DOCS/journal.md" | sort)" \
		"$(sed -nE 's/^\.It ([a-z-]+) Ta (debug|info|notice|err) Ta .*/\1 \2/p' \
			"$MAN/tsp-handler.8" "$MAN/tspc.8" | sort)"
}

@test "journal.md has the fields that entries have" {
	local code
	code=$(grep -oE '"(TSP_[A-Z]+|MESSAGE_ID)"' "$ROOT/lib/log.c" | tr -d '"' | sort -u)
	same "$code" "$(sed -n '/^## Fields/,/^## Who/p' "$DOCS/journal.md" | grep '^|' |
		grep -oE '`(TSP_[A-Z]+|MESSAGE_ID)`' | tr -d '`' | sort -u)"
}

@test "the catalog explains every event" {
	requires journalctl
	local tree=$TSP_DIR/tree id field
	mkdir -p "$tree/usr/lib/systemd/catalog" "$tree/var/lib/systemd/catalog"
	cp "$ROOT"/units/*.catalog "$tree/usr/lib/systemd/catalog/"
	run -0 journalctl --root="$tree" --update-catalog
	[[ -z $output ]] || fail "$output"

	same "$(grep -oE '"[0-9a-f]{32}"' "$ROOT/lib/log.c" | tr -d '"' | sort)" \
		"$(journalctl --root="$tree" --list-catalog | cut -d ' ' -f 1 | sort)"
	for id in $(journalctl --root="$tree" --list-catalog | cut -d ' ' -f 1); do
		run -0 journalctl --root="$tree" --dump-catalog "$id"
		[[ ${lines[1]} == 'Subject: '* && ${#lines[@]} -gt 5 ]] || fail "$id: $output"
		for field in $(grep -o '@[A-Z_]*@' <<<"$output" | tr -d @); do
			grep -q "\"$field\"" "$ROOT/lib/log.c" || fail "$id: no such field: $field"
		done
	done
}

# columns PAGE SUBSECTION - the ranges of characters in its table
columns() {
	awk -v want="$2" '
		/^\.S[sh]/ { inside = index($0, want) }
		inside && /^\.It [0-9]/ { gsub(/\\-/, "-"); gsub(/ , /, " "); sub(/ Ta.*/, ""); $1 = ""; print }' \
		"$1" | tr ' ' '\n' | grep .
}

# words LINE - ranges of characters of the words of a line, before its newline
words() {
	awk '{
		for (i = 1; i <= length($0); i++) {
			word = substr($0, i, 1) != " "
			if (word && !was) start = i
			if (!word && was) print start
			was = word
		}
		print start
	}' <<<"$1"
}

@test "tsp-leases(5) has the columns that files have" {
	local line range
	server_start
	offer "${as_alice[@]}" --prefix 56
	settled
	line=$(grep -a ' alice ' "$TSP_DIR/state/users.leases")

	# every column begins where the page says, and nothing else does
	same "$(words "$line")" "$(columns "$MAN/tsp-leases.5" 'The line of' | cut -d - -f 1)"
	for range in $(columns "$MAN/tsp-leases.5" 'The line of'); do
		cut -c "$range" <<<"$line" | grep -qE '^[^ ]+ *$' || fail "$range of '$line'"
	done
	for range in $(columns "$MAN/tsp-leases.5" 'The header'); do
		head -n 1 "$TSP_DIR/state/users.leases" | cut -c "$range" | grep -qE '^[^ ]+ *$' ||
			fail "$range of the header"
	done
	[[ $(head -n 1 "$TSP_DIR/state/users.leases" | cut -c 26-33) == 00000064 ]]
}

# listing NAME FILE - the code behind <!-- test: NAME -->
listing() {
	awk -v name="<!-- test: $1 -->" '
		$0 == name { inside = 1; next }
		inside && /^```/ { if (open) exit; open = 1; next }
		open' "$2"
}

@test "journal.md: an anonymous address tells its IPv4 address" {
	run -0 bash -c "$(listing embedded "$DOCS/journal.md")"
	[[ $output == 198.51.100.7 ]]
}

@test "journal.md: the line of a lease in its file" {
	local command
	server_start
	offer "${as_alice[@]}" --prefix 56
	settled
	command=$(listing file "$DOCS/journal.md")
	[[ $command == *'/var/lib/tsp/'* ]]
	run -0 bash -c "${command//\/var\/lib\/tsp/$TSP_DIR\/state}"
	[[ $output == '00000007 '* ]] || fail "$output"
}

@test "policy.md: the placeholders are those that its head explains" {
	local page=$DOCS/policy.md
	same "$(sed -n '1,/^-->$/p' "$page" | sed -nE 's/^  \{\{([a-z._]+)\}\} .*/\1/p' | sort)" \
		"$(sed '1,/^-->$/d' "$page" |
			sed -nE 's/\{\{(if|unless) ([a-z._]+)\}\}/{{\2}}/g; s/\{\{/\n{{/gp' |
			sed -nE 's/^\{\{([a-z._]+)\}\}.*/\1/p' | grep -vx end | sort -u)"
}

@test "policy.md: conditions are on separate lines and do not nest" {
	run -0 awk '
		/\{\{(if|unless) / { if (open++ || !/^\{\{(if|unless) [a-z._]+\}\}$/) exit 1 }
		/\{\{end\}\}/ { if (--open || !/^\{\{end\}\}$/) exit 1 }
		END { if (open) exit 1 }' <(sed '1,/^-->$/d' "$DOCS/policy.md")
}
