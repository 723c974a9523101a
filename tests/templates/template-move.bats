#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# template-move.bats - from one template to another: `tspctl restore --from`

# shellcheck disable=SC2154 # stderr is set by run
load ../lib/handler
load ../lib/tspctl

setup() {
	ctl_begin
	# The old template is another file with its own kernel, so that it can be seen who does what
	mkdir "$TSP_DIR/old"
	sed "s|cd \"$TSP_DIR/kernel\"|cd \"$TSP_DIR/old\"|" "$TSP_DIR/template.sh" >"$TSP_DIR/old.sh"
	chmod 755 "$TSP_DIR/old.sh"
	chown "$TSP_USER" "$TSP_DIR/old"
	fill users 1 4 active
	config server.template="$TSP_DIR/old.sh"
	"$CTL" restore 2>/dev/null
	config
	rm "$TSP_DIR/old/history"
}

teardown() {
	ctl_end
}

# old - tunnels of the old template, in one line
old() {
	find "$TSP_DIR/old" -name 'tsp*' -printf '%f\n' | sort | paste -sd ' '
}

@test "every tunnel is taken down by the old template and built by the new one" {
	[[ $(old) == "tsp1 tsp2 tsp3 tsp4" && -z $(tunnels) ]]
	run -0 --separate-stderr "$CTL" restore --from "$TSP_DIR/old.sh"
	[[ $output == "4 restored" ]]
	[[ -z $(old) ]] || fail "left: $(old)"
	up tsp1 tsp2 tsp3 tsp4
	run -1 grep -v TEARDOWN "$TSP_DIR/old/history"
	run -1 grep -v CREATION "$TSP_DIR/kernel/history"
	run -0 leases
}

@test "leases are unchanged" {
	local before
	before=$(sha256sum "$TSP_DIR"/state/*)
	run -0 "$CTL" restore --from "$TSP_DIR/old.sh"
	[[ $(sha256sum "$TSP_DIR"/state/*) == "$before" ]]
}

@test "a tunnel that cannot be taken down is not built again; a second run makes up for it" {
	touch "$TSP_DIR/old/fail.tsp3"
	run -1 --separate-stderr "$CTL" restore --keep-going --from "$TSP_DIR/old.sh"
	[[ $output == "3 restored, 1 failed" && $stderr == *"old.sh: TSP_TUNNEL_TEARDOWN for tsp3 failed"* ]]
	up tsp1 tsp2 tsp4
	[[ $(old) == "tsp3" ]]
	rm "$TSP_DIR/old/fail.tsp3"
	run -0 "$CTL" restore --from "$TSP_DIR/old.sh"
	up tsp1 tsp2 tsp3 tsp4
	[[ -z $(old) ]]
}

@test "the move is undone as a whole if a tunnel cannot be built by the new template" {
	touch "$TSP_DIR/kernel/no.tsp3"
	sed -i "s|^case|[ \$TSP_OPERATION != TSP_TUNNEL_CREATION ] \|\| [ ! -e no.\$TSP_TUNNEL_INTERFACE ]\n&|" "$TSP_DIR/template.sh"
	run -1 --separate-stderr "$CTL" restore --jobs 1 --from "$TSP_DIR/old.sh"
	[[ $output == '0 restored, 1 failed, 3 undone' &&
		$stderr == *"3 tunnels were given back to $TSP_DIR/old.sh, 0 could not be: set 'template' back"* ]] || fail "$output" "$stderr"
	[[ $(old) == 'tsp1 tsp2 tsp3 tsp4' && ! -e $TSP_DIR/kernel/tsp1 && ! -e $TSP_DIR/kernel/tsp2 ]] || fail "$(old)" "$(tunnels)"
	run -1 grep tsp4 "$TSP_DIR/kernel/history" # it was not begun
	run -0 leases
	rm "$TSP_DIR/kernel/no.tsp3"
	run -0 "$CTL" restore --from "$TSP_DIR/old.sh"
	[[ -z $(old) ]]
	up tsp1 tsp2 tsp3 tsp4
}

@test "the move is undone if a tunnel does not come down" {
	touch "$TSP_DIR/old/fail.tsp3"
	run -1 --separate-stderr "$CTL" restore --jobs 1 --json --from "$TSP_DIR/old.sh"
	[[ $(jq -c '[.restored, .failed, .undone]' <<<"$output") == '[0,1,2]' ]] || fail "$output"
	[[ $stderr == *'1 could not be'* && $(old | sed 's/fail.tsp3 //') == *'tsp1 tsp2 tsp3 tsp4' && -z $(tunnels) ]] ||
		fail "$stderr" "$(old)" "$(tunnels)"
}

@test "leases in UDP, and a template that does not build it: refused before anything is done" {
	fill users 9 1 active 60 86400 56 user9 10.0.0.9:4000
	run -1 --separate-stderr "$CTL" restore --from "$TSP_DIR/old.sh"
	[[ $stderr == *"template.sh: does not build v6udpv4, and 1 active leases have it: 'tspctl list --mode v6udpv4'"* ]] || fail "$stderr"
	[[ ! -e $TSP_DIR/kernel/history && ! -e $TSP_DIR/old/history ]]
	sed -i '2i # TSP-Modes: v6v4 v6udpv4' "$TSP_DIR/template.sh"
	run -0 --separate-stderr "$CTL" restore --from "$TSP_DIR/old.sh"
	[[ $output == '5 restored' ]] || fail "$output"
}

@test "a template that is not there, or no program: nothing happens" {
	run -1 "$CTL" restore --from "$TSP_DIR/nosuch.sh"
	[[ $output == *"nosuch.sh: No such file"* ]]
	: >"$TSP_DIR/plain"
	run -1 "$CTL" restore --from "$TSP_DIR/plain"
	[[ $output == *"plain: Permission denied"* ]]
	[[ ! -e $TSP_DIR/kernel/history && ! -e $TSP_DIR/old/history ]]
	run -100 "$CTL" restore --from
}
