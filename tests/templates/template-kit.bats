#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# template-kit.bats - `tspctl template test`: what it passes, and what it finds
#
# shellcheck disable=SC2016 # what stands in single quotes is for templates

load ../lib/handler
load ../lib/kit

setup() {
	test_begin
	CTL=$BUILD/tspctl
	T=$TSP_DIR/template.sh
	requires "$CTL"
	unshare -Urn true 2>/dev/null || requires root
	in_world true || skip "no network namespaces"
}

teardown() {
	test_end
}

# good_template - one that does everything right
good_template() {
	stand_in <<-'SCRIPT' | template
		#!/bin/sh
		set -eu
		dev=$TSP_TUNNEL_INTERFACE
		prefix=${TSP_PREFIX:+$TSP_PREFIX/$TSP_PREFIXLEN}
		is_ours() { [ -n "$(ip -o link show dev "$dev" type sit 2>/dev/null)" ]; }
		down() { if is_ours; then ip link del "$dev"; fi; }
		case $TSP_OPERATION in
		TSP_TUNNEL_CREATION)
			down # first
			ip -batch - <<-END || { down; exit 1; }
				link add name $dev type sit mode any
				link set dev $dev alias $TSP_CLIENT_ADDRESS_IPV4
				addr add $TSP_SERVER_ADDRESS_IPV6/127 dev $dev
				link set dev $dev up
				${prefix:+route add $prefix dev $dev}
			END
			;;
		TSP_TUNNEL_TEARDOWN) down ;;
		TSP_TUNNEL_INFO) is_ours && echo rx_bytes=0 tx_bytes=0 ;;
		esac
	SCRIPT
}

# template_but OLD NEW - the good one with a mistake: every OLD in it is NEW
template_but() {
	local text
	good_template
	text=$(<"$T")
	[[ $text == *"$1"* ]] || fail "no '$1' in the template"
	printf '%s\n' "${text//"$1"/"$2"}" | template
}

# template_and LINE - the good one, whose creation does something more at first
template_and() {
	template_but 'down # first' "down"$'\n'"$1"
}

@test "a good template passes, and the report is whole" {
	good_template
	kit --verbose
	[[ $status -eq 0 ]] || fail "$output"
	[[ $output != *"not ok"* && $output == *"# 0 failed" ]]
	[[ $(grep -c '^ok' <<<"$output") -eq $(sed -n 's/^1\.\.//p' <<<"$output") ]]
	[[ $output == *"+ link tsp2: "* ]] || fail "$output"
}

@test "print.sh passes, for every mode, and a file can be named" {
	kit "$ROOT/templates/print.sh"
	[[ $status -eq 0 && $output == *"# v6v4"*"# v6udpv4"*"# 0 failed" ]] || fail "$output"
}

@test "found: an address, a route, a rule, a file and a process left behind by teardown" {
	template_and 'ip addr replace "$TSP_CLIENT_ADDRESS_IPV6/128" dev lo
		ip -6 route replace unreachable "2001:db8:$TSP_LEASE::/48"
		ip -6 rule add pref "$TSP_LEASE" table 77 2>/dev/null || :
		: >"/tmp/$TSP_TUNNEL_INTERFACE"
		sleep '"31.$BASHPID"' &'
	finds '^not ok 5 - teardown'
	says '^#   \+ address lo inet6 2001:db8:ffff::5/128'
	says '^#   \+ IPv6 route unreachable 2001:db8:2::/48'
	says '^#   \+ IPv6 rule 2: from all lookup 77'
	says '^#   \+ file /tmp/tsp2$'
	says '^#   \+ process sleep$'
	[[ ! -e /tmp/tsp2 ]]
	run -1 pgrep -f "^sleep 31.$BASHPID\$"
}

@test "found: nftables entries left behind by teardown" {
	requires nft
	in_world nft list ruleset 2>/dev/null || skip "this kernel has no nftables"
	template_and 'nft "add table ip6 my; add set ip6 my who { type ipv6_addr; }; add element ip6 my who { $TSP_CLIENT_ADDRESS_IPV6 }"'
	finds '^#   \+ nft table ip6 my set who: 2001:db8:ffff::5'
}

@test "found: queues on a device that stays" {
	requires tc
	in_world tc qdisc add dev lo root handle 1: htb 2>/dev/null || skip "this kernel has no htb"
	template_and 'tc qdisc add dev lo root handle 1: htb 2>/dev/null || :
		tc class replace dev lo parent 1: classid 1:$TSP_LEASE htb rate 1mbit'
	finds '^#   \+ tc lo: class htb 1:2 '
}

@test "found: a creation that cannot be done twice, a teardown that cannot" {
	template_but 'down # first' ''
	sed -i 's/TEARDOWN) down/TEARDOWN) ip link del "$dev"/' "$T"
	finds '^not ok 3 - creation again'
	says 'File exists'
	says '^not ok 6 - teardown again'
}

@test "said, but not held against it: the old prefix stays when nobody took it down" {
	template_but 'down # first' 'if is_ours; then [ -z "$prefix" ] || ip route replace "$prefix" dev "$dev"; exit 0; fi'
	kit
	[[ $status -eq 0 ]] || fail "$output"
	says '^# straight over the other, without its teardown, it differs:'
	says '^#   \+ IPv6 route 2001:db8:1000:200::/56 '
}

@test "found: the tunnel of another client is touched, somebody else's device taken away" {
	template_but 'if is_ours; then ip link del "$dev"; fi' 'ip link del "$dev" 2>/dev/null || :'
	sed -i 's/TEARDOWN) down/TEARDOWN) ip link del tsp1 2>\/dev\/null || :; down/' "$T"
	finds '^#   - link tsp1: '
	says "^not ok .* - somebody else's device"
}

@test "found: no counters, and counters of a tunnel that is not there" {
	template_but 'is_ours && echo rx_bytes=0' 'echo rx_bytes=many'
	finds '^not ok 4 - counters'
	says '^not ok 7 - no counters without a tunnel'
}

# batch_template - one that builds many in one run, whose lines SED-SCRIPT changes first
batch_template() {
	good_template
	sed "2a# TSP-Batch: yes" "$T" >"$TSP_DIR/good"
	awk -v edit="${1-}" 'NR == 2 {
		print "case $TSP_OPERATION in"
		print "TSP_TUNNEL_BATCH) one=TSP_TUNNEL_CREATION otherwise=\"exit 1\" ;;"
		print "*_BATCH_INFO) one=TSP_TUNNEL_INFO otherwise=\"echo -\" ;;"
		print "*) one= ;;"
		print "esac"
		print "if [ -n \"$one\" ]; then"
		print "\tsed \"" edit "\" | while read -r mode _ dev ours theirs _ _ server client prefix len _; do"
		print "\t\t[ $prefix != - ] || { prefix=; len=; }"
		print "\t\tenv TSP_OPERATION=$one TSP_TUNNEL_INTERFACE=$dev TSP_CLIENT_ADDRESS_IPV4=$theirs \\"
		print "\t\t\tTSP_SERVER_ADDRESS_IPV6=$server TSP_PREFIX=$prefix TSP_PREFIXLEN=$len \"$0\" </dev/null || $otherwise"
		print "\tdone || exit 1"
		print "\texit"
		print "fi"
	} { print }' "$TSP_DIR/good" | template
}

@test "a template that builds many in one run passes, and the report says that it was tried" {
	batch_template
	kit
	[[ $status -eq 0 ]] || fail "$output"
	says '^ok .* - several creations by one run'
	says '^ok .* - their counters by one run'
	says '^ok .* - creations with one of them missing'
}

@test "found: many in one run, and one of them is missing, or another is made" {
	batch_template '2d'
	finds '^not ok .* - several creations by one run'
	says '^#   - link tsp5: '
	batch_template 's/2001:db8:1000:500::/2001:db8:1000:5500::/'
	finds '^#   \+ IPv6 route 2001:db8:1000:5500::/56'
	good_template
	sed -i "2a# TSP-Batch: yes" "$T"
	finds '^not ok .* - several creations by one run'
}

@test "found: counters by one run that are not all there, or too many" {
	batch_template
	cp "$T" "$TSP_DIR/good"
	sed 's/"echo -"/exit/' "$TSP_DIR/good" | template
	finds '^not ok .* - and with one of them missing'
	sed 's/"echo -"/:/' "$TSP_DIR/good" | template
	finds '^not ok .* - and with one of them missing'
	says '^# line 2 of 4: rx_bytes=0 tx_bytes=0'
	sed 's/^\tsed ""/&; \[ $one != TSP_TUNNEL_INFO ] || echo done/' "$TSP_DIR/good" | template
	finds '^not ok .* - their counters by one run'
	sed 's/^\*_BATCH_INFO.*//' "$TSP_DIR/good" | template
	finds '^not ok .* - their counters by one run'
}

# list_template SED-SCRIPT - one that lists its tunnels; the list is changed by it
list_template() {
	template_but 'alias $TSP_CLIENT_ADDRESS_IPV4' 'alias ${pool}-$TSP_LEASE-$TSP_CLIENT_ADDRESS_IPV4'
	sed "2a# TSP-List: yes" "$T" >"$TSP_DIR/good"
	awk -v edit="${1-}" 'NR == 3 {
		print "pool=users; [ -n \"${TSP_USERID-}\" ] || pool=anonymous"
		print "if [ $TSP_OPERATION = TSP_TUNNEL_LIST ]; then"
		print "\tip -o link show | sed -n \"s/.* alias \\([a-z]*\\)-\\([0-9]*\\)-\\([0-9.]*\\).*/\\1 \\2 \\3/p\" | sed \"" edit "\""
		print "\texit"
		print "fi"
	} { print }' "$TSP_DIR/good" | template
}

@test "a template that lists its tunnels passes; found: one is missing, or has another client" {
	list_template
	kit
	[[ $status -eq 0 ]] || fail "$output"
	says '^ok .* - the list of tunnels'
	list_template 2d
	finds '^not ok .* - the list of tunnels'
	list_template 's/[0-9]*$/250/'
	finds '^not ok .* - the list of tunnels'
	list_template 'i users 60000 10.9.9.9'
	finds '^not ok .* - the list of tunnels'
	list_template 's/.*/nonsense/'
	finds '^not ok .* - the list of tunnels'
}

@test "fast.sh passes: the kit starts a data path for it" {
	[[ $EUID -eq 0 && -x $BUILD/tsp-datapath ]] || skip "needs root and a build with clang and libbpf"
	unshare -mn sh -c 'mount -t bpf bpf /mnt && ip link add one type veth peer name two' 2>/dev/null ||
		skip "needs BPF and network namespaces"
	# the kit hides /tmp, where the build may be; templates have another PATH, without it
	printf '#!/bin/sh\nexec unshare -m sh -c '\''mount --bind "$0" /mnt && exec /mnt/tspctl "$@"'\'' "%s" "$@"\n' \
		"$BUILD" >"$TSP_DIR/tspctl"
	chmod +x "$TSP_DIR/tspctl"
	# shellcheck disable=SC2034 # for kit
	local KIT_CTL=$TSP_DIR/tspctl
	sed 's|^set -eu|&\nPATH=/mnt:$PATH|' "$ROOT/templates/fast.sh" | template
	make_files
	"$TOOLS/fill-leases" "$TSP_DIR/state/users.leases" 64 1 30
	kit --leases
	[[ $status -eq 0 ]] || fail "$output"
	says '^# v6udpv4'
	says '^ok .* - the tunnels of all 30 active leases$'
	says '^ok .* - their counters by one run'
	says '^ok .* - the list of tunnels'
	mkdir "$TSP_DIR/alone"
	cp "$BUILD/tspctl" "$TSP_DIR/alone"
	sed -i.whole "s|\"$BUILD\"|\"$TSP_DIR/alone\"|" "$TSP_DIR/tspctl"
	kit
	[[ $status -ne 0 ]] || fail "$output"
	says "starting the kit's data path: exit status 127$"
	mv "$TSP_DIR/tspctl.whole" "$TSP_DIR/tspctl"
	sed -i '/^# TSP-Datapath/d' "$T"
	finds 'not there: run tsp-datapath start'
}

@test "found: a template that hangs, and one that does not bear several at once" {
	config limits.template_seconds=1
	template_and 'sleep 5'
	finds 'did not end in time'
	config
	template_and 'mkdir /tmp/lock || exit 1; sleep 0.5; rmdir /tmp/lock'
	finds '^not ok .* - several creations at once'
}

@test "the first creation fails: no going on, and why" {
	template <<-'SCRIPT'
		#!/bin/sh
		echo "no luck with $TSP_TUNNEL_INTERFACE"
		exit 3
	SCRIPT
	finds '^Bail out!'
	[[ $output == *"exit status 3"*"no luck with tsp1"* ]] || fail "$output"
	template_but 'link add name $dev type' 'link add name $dev type nosuch # '
	finds 'This kernel has no such devices'
}

@test "nothing of it reaches the system, or the state directory" {
	template_and ": >'$TSP_DIR/state/'\$TSP_TUNNEL_INTERFACE"
	local before
	before=$(ip -o link; find "$TSP_DIR/state")
	finds "^#   \\+ file $TSP_DIR/state/tsp2$"
	[[ $(ip -o link; find "$TSP_DIR/state") == "$before" ]]
}

@test "bad use: 100 and the usage; a file that is not there: 1" {
	run -100 "$CTL" -c "$TSP_DIR/tsp.conf" template
	run -100 "$CTL" -c "$TSP_DIR/tsp.conf" template try
	[[ $output == *"no such action: 'try'"*usage:* ]]
	run -1 "$CTL" -c "$TSP_DIR/tsp.conf" template test /nonexistent/t.sh
	[[ $output == *"/nonexistent/t.sh: No such file"* ]]
	: >"$TSP_DIR/t.sh"
	kit "$TSP_DIR/t.sh"
	[[ $status -eq 1 && $output == *"t.sh: cannot be run by that user: Permission denied"* ]]
}

@test "without root: in a user namespace" {
	[[ $EUID -ne 0 ]] || requires setpriv
	setpriv --reuid nobody --regid nogroup --clear-groups unshare -Urn true 2>/dev/null ||
		skip "no user namespaces for users"
	good_template
	run -0 setpriv --reuid nobody --regid nogroup --clear-groups "$CTL" -c "$TSP_DIR/tsp.conf" template test
	[[ $output == *"run by user nobody"*"# 0 failed" ]]
}

@test "shipped templates: they pass, or say that the kernel has no sit" {
	local name
	for name in templates/sit tests/bench/peers/sit-shared; do
		kit "$ROOT/$name.sh"
		if [[ $(kind) == sit ]]; then
			[[ $status -eq 0 ]] || fail "$name" "$output"
		else
			[[ $status -eq 1 && $output == *"This kernel has no such devices"* ]] || fail "$name" "$output"
		fi
	done
}

@test "--leases: the tunnels of this server's leases, and those that cannot be built" {
	make_files
	"$TOOLS/fill-leases" "$TSP_DIR/state/users.leases" 64 20 9
	"$TOOLS/fill-leases" "$TSP_DIR/state/users.leases" 64 40 1 expired
	"$TOOLS/fill-leases" "$TSP_DIR/state/anonymous.leases" 64 1 2
	local before
	before=$(sha256sum "$TSP_DIR"/state/*.leases)
	good_template
	kit --leases
	[[ $status -eq 0 && $output == *$'\nok '*' - the tunnels of all 11 active leases'*'# 0 failed' ]] || fail "$output"
	# one of the leases alone: no made-up tunnel is like it
	template_and '[ "$TSP_TUNNEL_INTERFACE" != tsp23 ] || { echo "not for 23" >&2; exit 1; }'
	kit
	[[ $status -eq 0 ]] || fail "$output"
	finds '^not ok [0-9]+ - the tunnels of all 11 active leases' --leases
	says '^# 1 of them could not be built'
	says 'not for 23'
	[[ $(sha256sum "$TSP_DIR"/state/*.leases) == "$before" ]]
	config users.link=2001:db8:fffe::/64
	kit --leases
	[[ $status -eq 111 && $output == *"'tspctl move'"* ]] || fail "$output"
}
