#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# tspctl-heard.bats - expire: leases live on while their clients are heard, and silent ones are noticed

# shellcheck disable=SC2154 # logins are in handler.bash
load ../lib/handler
load ../lib/tspctl

setup() {
	ctl_begin
	requires jq
}

teardown() {
	ctl_end
}

# hearing - the template hears secrets
hearing() {
	sed -i '2i # TSP-Proof: yes' "$TSP_DIR/template.sh"
}

# heard SECONDS - the template says that clients were heard then; "": never
heard() {
	local proof=proof_packets=0
	[[ -z $1 ]] || proof="proof_packets=9 proof_seconds=$1"
	echo "rx_bytes=1000 tx_bytes=10 rx_packets=5 tx_packets=1 $proof" >"$TSP_DIR/traffic"
}

# expire - run it; standard error is in $stderr
expire() {
	run -0 --separate-stderr "$CTL" expire "$@"
}

# seconds_left NUMBER - of a user's lease
seconds_left() {
	local expires
	expires=$(plain_times | awk -v n="$1" '$2 == n { print $NF }')
	echo $(($(date -d "$expires" +%s) - $(date +%s)))
}

# plain_times - all that "list --plain" prints, with blanks
plain_times() {
	"$CTL" list --plain | tr '\t' ' ' | cut -d ' ' -f 1-10
}

# in_file NUMBER - the state of a user's lease in its file
in_file() {
	line users "$1" | grep -oE 'claimed|present|expired'
}

@test "heard: a lease lives on while its client is heard, and says so once a lifetime" {
	hearing
	fill users 1 2 active 100000 60
	run -0 "$CTL" restore
	heard 10
	expire
	[[ $(seconds_left 1) -gt 86000 && $(seconds_left 2) -gt 86000 ]] || fail "$(plain_times)"
	[[ $stderr == *'10.0.0.1 user1: still has 2001:db8:ffff::3 '* ]] || fail "$stderr"
	[[ $(in_file 1) == present ]]
	local before
	before=$(sha256sum <"$TSP_DIR/state/users.leases")
	heard 0
	expire # an eighth of the lifetime has not passed
	[[ $(sha256sum <"$TSP_DIR/state/users.leases") == "$before" && $stderr != *'still has'* ]]
	sound
}

@test "heard: received packets extend nothing" {
	hearing
	fill users 1 1 active 100000 60
	run -0 "$CTL" restore
	heard ''
	expire
	[[ $(seconds_left 1) -le 60 && $(in_file 1) == claimed ]]
	fill users 1 1 active 100000 -60
	expire
	[[ $output == '1 ended' ]]
}

@test "heard: who is silent for two minutes is not present, and keeps the lease" {
	hearing
	fill users 1 1 active 1000
	run -0 "$CTL" restore
	heard 119
	expire
	[[ $(in_file 1) == present ]]
	heard 121
	expire
	[[ $(in_file 1) == claimed && $stderr == *'10.0.0.1 user1: is silent and claims 2001:db8:ffff::3 '* ]] || fail "$stderr"
	[[ $(seconds_left 1) -gt 86000 ]]
	heard 121
	expire
	[[ $stderr != *silent* ]]
	heard 3
	expire
	[[ $(in_file 1) == present && $stderr == *'10.0.0.1 user1: has 2001:db8:ffff::3 '* ]] || fail "$stderr"
	sound
}

@test "heard: a tunnel that was built a moment ago says nothing of the time before" {
	hearing
	fill users 1 1 active 100 # accepted, and nothing of it came back yet
	run -0 "$CTL" restore
	heard ''
	expire
	[[ $(in_file 1) == present ]]
}

@test "heard: what cannot be asked stays" {
	hearing
	fill users 1 2 active 1000 60
	fill users 9 1 update
	holds users 9
	run -0 "$CTL" restore
	heard 5
	: >"$TSP_DIR/kernel/fail.tsp1"
	expire
	[[ $(in_file 1) == present && $(seconds_left 1) -le 60 && $(seconds_left 2) -gt 86000 ]]
	echo rx_packets=5 >"$TSP_DIR/traffic"
	fill users 2 1 active 1000 60
	expire
	[[ $(in_file 2) == present && $(seconds_left 2) -le 60 ]]
	let_go
}

@test "heard: a template that hears no secrets, no pings: nothing is known" {
	fill users 1 1 active 1000 60
	run -0 "$CTL" restore
	heard 5
	forget_history
	expire
	history_is ''
	[[ $(in_file 1) == present && $(seconds_left 1) -le 60 ]]
}

@test "heard: a template that can is asked for many in one run" {
	many_template
	hearing
	fill users 1 40 active 1000 60
	holds users 9
	run -0 "$CTL" restore
	forget_history
	expire
	history_is 'BATCH_INFO 40'
	[[ $(seconds_left 40) -gt 86000 && $(seconds_left 9) -le 60 ]]
	let_go
	sound
}

@test "heard: asked for many in one run, a template that fails or talks nonsense is asked for each" {
	fill users 1 20 active 1000
	many_template
	run -0 "$CTL" restore
	rm "$TSP_DIR/kernel/tsp3"
	local answer
	for answer in 'exit 4' 'echo -; echo -' ':' 'printf -'; do
		many_template "$answer"
		hearing
		forget_history
		fill users 1 20 active 1000 60
		expire
		[[ $(grep -c 'INFO tsp' "$TSP_DIR/kernel/history") -eq 20 ]] || fail "$answer: $(<"$TSP_DIR/kernel/history")"
		[[ $(seconds_left 20) -gt 86000 && $(seconds_left 3) -le 60 ]] || fail "$answer: $(plain_times)"
		[[ $stderr == *'BATCH_INFO for 20 tunnels failed'* || $stderr == *'20 tunnels were asked for, and it has no line for each'* ]]
	done
	many_template
	hearing
	forget_history
	expire --jobs 4 # each by itself
	[[ $(grep -c 'INFO tsp' "$TSP_DIR/kernel/history") -eq 20 ]]
}

# in_namespace COMMAND... - with a network of its own, where the host has these addresses
in_namespace() {
	# shellcheck disable=SC2016 # for bash
	run -0 --separate-stderr unshare -n bash -euc '
		ip link set lo up
		for address in '"$ADDRESSES"'; do ip addr add $address/128 dev lo nodad; done
		"$@"' - "$@"
}

@test "heard: without TSP-Proof clients are pinged from the server's end, and their replies prove" {
	requires root
	unshare -n true || skip "needs network namespaces"
	fill users 1 3 active 1000 60
	run -0 "$CTL" restore
	# users 1 and 2 answer
	ADDRESSES="2001:db8:ffff::2 2001:db8:ffff::3 2001:db8:ffff::4 2001:db8:ffff::5 2001:db8:ffff::6"
	in_namespace "$CTL" expire --ping
	[[ $(seconds_left 1) -gt 86000 && $(seconds_left 2) -gt 86000 && $(in_file 2) == present ]] || fail "$stderr"
	[[ $(seconds_left 3) -le 60 ]]
}

@test "heard: with TSP-Proof clients are pinged that were not heard for a minute, then asked for again" {
	requires root
	unshare -n true || skip "needs network namespaces"
	hearing
	fill users 1 1 active 1000 60
	run -0 "$CTL" restore
	forget_history
	ADDRESSES="2001:db8:ffff::3"
	heard 50
	in_namespace "$CTL" expire --ping
	history_is 'INFO tsp1'
	forget_history
	heard 70
	in_namespace "$CTL" expire --ping
	history_is 'INFO tsp1,INFO tsp1'
}

@test "expire --ping without the right to send pings does all else, and says so" {
	requires root
	hearing
	fill users 1 1 active 1000 60
	run -0 "$CTL" restore
	heard 5
	run -0 --separate-stderr setpriv --bounding-set=-net_raw --inh-caps=-net_raw "$CTL" expire --ping
	[[ $stderr == *'no pings can be sent'* && $(seconds_left 1) -gt 86000 ]] || fail "$stderr"
}
