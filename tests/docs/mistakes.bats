#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# mistakes.bats - mistakes of operators end with one line that says what, where and what to do
#
# The table "Mistakes" of docs/operating.md is read: each row's mistake is made here, by the
# function of its name, and the row's command must print the row's line and complain of nothing else.
# "..." in a line stands for anything, and a line number for any other.

# shellcheck disable=SC2154,SC2317 # set by run; functions are called by the names in the table
load ../lib/handler

setup() {
	requires root unshare ip nc
	unshare -mn true || skip "needs network namespaces"
	begin
}

teardown() {
	test_end
}

# begin - a broker without a mistake
begin() {
	test_begin
	export TSP_CONFIG=$TSP_DIR/tsp.conf
	mkdir "$TSP_DIR/bin" "$TSP_DIR/templates"
	printf '#!/bin/sh\n# TSP-Capability: none\n' >"$TSP_DIR/templates/fast.sh"
	chmod 755 "$TSP_DIR/templates/fast.sh"
	units active
	settings
	make_files
	INSIDE=:
}

# settings [SECTION.KEY=VALUE]... - as config, with the template of the table and without dns
settings() {
	config server.template="$TSP_DIR/templates/fast.sh" users.capacity=8 anonymous.capacity=8 "$@"
}

# units STATE - a systemctl whose tsp.socket has this state
units() {
	printf '#!/bin/sh\nprintf "%%s\\n" Id=tsp.socket ActiveState=%s\n' "$1" >"$TSP_DIR/bin/systemctl"
	chmod 755 "$TSP_DIR/bin/systemctl"
}

# -- the mistakes: each function has the name of a row; what it puts in INSIDE is run beside the command

another_prefix_while_there_are_leases() { settings users.prefix=2001:db8:2000::/36; }

a_typing_error_in_prefix() { settings users.prefix=2001:db8:10000::/36; }

two_ranges_overlap() { settings users.link=2001:db8:a::/64; }

prefix_is_too_long() { settings users.prefix=2001:db8:1000::/60; }

address_is_not_of_this_machine() { settings server.address=203.0.113.9; }

no_users_file() { rm "$TSP_DIR/users"; }

the_users_file_has_the_wrong_owner() { chown root:root "$TSP_DIR/users"; }

the_template_is_not_executable() { chmod 644 "$TSP_DIR/templates/fast.sh"; }

the_path_of_the_template_is_wrong() { settings server.template="$TSP_DIR/templates/fats.sh"; }

a_syntax_error() { echo nonsense >>"$TSP_DIR/tsp.conf"; }

the_port_is_taken() {
	units failed
	INSIDE='nc -l 0.0.0.0 3653 </dev/null >/dev/null 2>&1 & trap "kill $!" EXIT
		until grep -q ":0E45 .* 0A " /proc/net/tcp; do sleep 0.02; done'
}

forwarding_is_off() { INSIDE='echo 0 >/proc/sys/net/ipv6/conf/all/forwarding'; }

the_disk_is_full() {
	rm "$TSP_DIR"/state/*.leases "$TSP_DIR/state-id"
	settings users.capacity=64 anonymous.capacity=64
	INSIDE="mount -t tmpfs -o size=16k tmpfs '$TSP_DIR/state' && chown '$TSP_USER' '$TSP_DIR/state'"
}

the_clock_is_set_back() {
	"$TOOLS/fill-leases" "$TSP_DIR/state/users.leases" 8 1 1 active -7200 # granted in two hours
	chown "$TSP_USER" "$TSP_DIR/state/users.leases"
}

two_brokers_on_one_state() {
	settings users.link=2001:db8:fffe::/64
	mv "$TSP_DIR/tsp.conf" "$TSP_DIR/second.conf"
}

the_state_directory_was_renamed() {
	mv "$TSP_DIR/state" "$TSP_DIR/state.old"
}

# -- the table

# shellcheck disable=SC2016 # backquotes are Markdown's
# rows - "MISTAKE|COMMAND|LINE" of each
rows() {
	sed -n '/^## Mistakes/,/^## Changes of the host/p' "$ROOT/docs/operating.md" |
		sed -nE 's/^\| (.*) \| `(.*)` \| `(.*)` \|$/\1|\2|\3/p'
}

# function_of MISTAKE - its name
function_of() {
	tr -d '`' <<<"$1" | tr -c 'a-z\n' _
}

# here TEXT - with the paths and the user of this test
here() {
	sed -e "s|/etc/tsp|$TSP_DIR|g; s|/var/lib/tsp|$TSP_DIR/state|g" \
		-e "s|user 'tsp'|user '$TSP_USER'|; s|'chgrp tsp'|'chgrp $(id -gn "$TSP_USER")'|" <<<"$1"
}

# plain - standard input as the table has lines: no program in front, one blank, no line number
plain() {
	sed -E 's/^tsp[a-z-]*(\[[0-9]+\])?: //; s/ +/ /g; s/(tsp\.conf):[0-9]+:/\1:N:/'
}

# complaints COMMAND LINE - what the command prints, without what is no complaint: counts, and of status
# all parts but that of the line
complaints() {
	if [[ $1 == 'tspctl status' ]]; then
		grep -E "^${2%% *} "
	else
		grep -vE '^[0-9]+ findings?(:|$)'
	fi
}

# said COMMAND - what it prints, in a network of its own with an uplink, where forwarding is on
said() {
	# shellcheck disable=SC2016 # for the inner shell
	unshare -mn --propagation private bash -c '
		ip link set lo up
		ip link add up0 type veth peer name up1 && ip addr add 192.0.2.1/24 dev up0 && ip link set up0 up && ip link set up1 up
		ip route add default via 192.0.2.254
		echo 1 >/proc/sys/net/ipv6/conf/all/forwarding
		mount -t tmpfs tmpfs /run && mkdir -p /run/systemd/system
		eval "$2" || exit 1
		PATH=$3:$4:$PATH
		eval "$1"' - "$1" "$INSIDE" "$TSP_DIR/bin" "$BUILD" 2>&1 3>&- || :
}

# pattern LINE - a line of the table as a pattern
pattern() {
	local text=$1 c
	for c in \\ '*' '?' '['; do
		text=${text//"$c"/\\$c}
	done
	echo "${text//.../*}"
}

# shows MISTAKE COMMAND LINE - true if the command complains of the mistake and of nothing else
shows() {
	local command line got one
	"$(function_of "$1")"
	command=$(here "$2")
	line=$(here "$3" | plain)
	got=$(said "$command" | plain | complaints "$2" "$line")
	[[ -n $got ]] || got='(nothing)'
	while IFS= read -r one; do
		# a directory or a disk does to one pool's file what it does to the other's
		[[ $1 != 'the '*' is full' && $1 != 'the state '* ]] || one=${one//anonymous.leases/users.leases}
		# shellcheck disable=SC2053 # a pattern
		[[ $one == $(pattern "$line") ]] && continue
		printf '%s: should say\n%s\nand says\n%s\n' "$1" "$line" "$got"
		return 1
	done <<<"$got"
}

@test "each mistake of the table ends with its line, and no other complaint" {
	local mistake command line wrong='' count=0
	while IFS='|' read -r mistake command line <&4; do
		test_end
		begin
		wrong+=$(shows "$mistake" "$command" "$line" 4<&- || echo)
		count=$((count + 1))
	done 4< <(rows)
	[[ $count -ge 15 && -z $wrong ]] || fail "$count rows" "$wrong"
}

@test "without a mistake the commands of the table complain of nothing" {
	run -0 said 'tsp-handler -n; tspctl check'
	[[ $(plain <<<"$output") == sound ]] || fail "$output"
}

@test "the table has the mistakes that are made here, and no other" {
	local made
	made=$(sed -n '/^# -- the mistakes/,/^# -- the table/s/^\([a-z_]*\)() {.*/\1/p' "$BATS_TEST_FILENAME" | sort)
	[[ $(wc -l <<<"$made") -ge 15 ]]
	diff <(echo "$made") <(rows | while IFS='|' read -r mistake _; do function_of "$mistake"; done | sort)
}
