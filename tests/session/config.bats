#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# config.bats - "tsp-handler -n" finds every mistake, and options do what tsp-handler(8) says

load ../lib/handler

setup() {
	test_begin
	make_files
	sed -i '2i # TSP-Capability: none' "$TSP_DIR/template.sh"
}

teardown() {
	test_end
}

check() {
	run "$HANDLER" -n -c "$TSP_DIR/tsp.conf" </dev/null
}

# mistake SECTION.KEY VALUE [SECTION.KEY=VALUE]... - this value, in an otherwise good file, is
# reported as "file:line: key: ... 'value'", with exit status 100
mistake() {
	local name=$1 key=${1#*.} value=$2 line
	shift 2
	config "$name=$value" "$@"
	line=$(grep -nFx "$key = $value" "$TSP_DIR/tsp.conf" | cut -d: -f1)
	check
	[[ $status -eq 100 && $output == *"$TSP_DIR/tsp.conf:$line: $key: "*"'"*"'"* ]] ||
		fail "$name = $value: status $status" "$output"
}

# finding REGEX - -n reports a fault that no single line has
finding() {
	check
	[[ $status -eq 100 && $output =~ $1 ]] || fail "status $status" "$output"
}

@test "a good file: exit 0 and not a word" {
	check
	[[ $status -eq 0 && -z $output ]]
}

@test "what breaks clients of tunnels in UDP is said, and is no mistake" {
	sed -i '2i # TSP-Modes: v6v4 v6udpv4' "$TSP_DIR/template.sh"
	check
	[[ $status -eq 0 && -z $output ]] || fail "$output"
	config server.dns=
	check
	[[ $status -eq 0 && ${#lines[@]} -eq 1 && $output == *"tsp.conf: dns: is not set: gogoc crashes"* ]] || fail "$output"
	config server.keepalive=0
	check
	[[ $status -eq 0 && ${#lines[@]} -eq 1 && $output == *"tsp.conf: keepalive: is 0: tunnels in UDP"* ]] || fail "$output"
	sed -i '/TSP-Modes/d' "$TSP_DIR/template.sh"
	config server.dns= server.keepalive=0
	check
	[[ $status -eq 0 && -z $output ]] || fail "$output"
}

@test "a template that needs CAP_NET_ADMIN: a notice with what gives it, and the file is good" {
	[[ ! -e /etc/systemd/system/tsp@.service.d/with-net-admin.conf ]] || skip "the units have it here"
	sed -i 2d "$TSP_DIR/template.sh"
	check
	[[ $status -eq 0 && $output == *"template: needs CAP_NET_ADMIN"*"/net-admin: '$TSP_DIR/template.sh'"* ]] ||
		fail "status $status" "$output"
}

@test "the example is good but for what is not installed" {
	run "$HANDLER" -n -c "$ROOT/docs/tsp.conf.example" </dev/null
	run ! grep -E "tsp\.conf\.example:[0-9]+:" <<<"$output"
}

@test "a key of an earlier version: a notice with the line, and the file is good" {
	local key line
	for key in pseudo=100.124.0.0/14 idle=48; do
		config "server.$key"
		line=$(grep -n "^${key%=*} = " "$TSP_DIR/tsp.conf" | cut -d: -f1)
		check
		[[ $status -eq 0 && $output == *"$TSP_DIR/tsp.conf:$line: ${key%=*}: has no effect any more: "* ]] ||
			fail "status $status" "$output"
	done
}

@test "the example has every key" {
	local key
	for key in user address lifetime keepalive keepalive_prefix dns domain template accept static_nat conflict \
		redirect state mechanisms users realm link capacity prefix delegate login_seconds \
		login_delay session_seconds template_seconds request_bytes per_address; do
		grep -Eq "^[;# ]*$key *=" "$ROOT/docs/tsp.conf.example" || fail "no $key"
	done
}

@test "numbers: empty, signed, with garbage, out of range" {
	local value
	for value in 0 -1 +5 abc 10x 99999999999 1.5 0x10; do
		mistake server.lifetime "$value"
		mistake limits.login_seconds "$value"
		mistake users.capacity "$value"
	done
	mistake server.keepalive -1
	mistake server.keepalive 99999
	mistake limits.login_delay 31
	mistake limits.session_seconds 0
	mistake limits.template_seconds 100000
	mistake limits.request_bytes 1
	mistake limits.per_address 0
	mistake anonymous.capacity 0
}

@test "addresses and ranges" {
	local value
	for value in 1.2.3 1.2.3.4.5 256.1.1.1 host 2001:db8::1 1.2.3.4/24; do
		mistake server.address "$value"
	done
	for value in 10.0.0.0/33 10.0.0.1/8 10.0.0.0 x/8 2001:db8::/32; do
		mistake server.accept "$value"
	done
	for value in 192.0.2.1 2001:db8::g dns.example.net; do
		mistake server.dns "$value"
	done
	for value in 'a b!' -x 'a_b..c'; do
		mistake server.redirect "$value"
	done
}

@test "pools: prefixes, lengths and capacities that do not hold" {
	local value
	for value in 2001:db8:a::/65 2001:db8:a::1/64 2001:db8:a:: 192.0.2.0/24 x; do
		mistake anonymous.link "$value"
	done
	for value in 2001:db8:ffff::1/64 2001:db8:ffff::/127 2001:db8:ffff::/129; do
		mistake users.link "$value"
	done
	for value in 2001:db8:1000::/65 2001:db8:1000:1::/36; do
		mistake users.prefix "$value"
	done
	for value in 36 20 65 x; do
		mistake users.delegate "$value"
	done
	mistake users.capacity 1048576
	mistake users.capacity 8 users.link=2001:db8:ffff::/124
	mistake users.prefix 2001:db8:ffff::/48
	mistake users.link 2001:db8:a::/80
	mistake users.link fe80::/64
	mistake users.prefix fe80:1::/32 users.delegate=48
	mistake anonymous.link ff02::/64
}

@test "the user of sessions has no right to template, users file or state; writable is not there" {
	requires root
	mkdir -m 700 "$TSP_DIR/closed"
	cp -p "$TSP_DIR/template.sh" "$TSP_DIR/users" "$TSP_DIR/closed"
	config server.template="$TSP_DIR/closed/template.sh"
	finding "template: user '$TSP_USER' cannot enter $TSP_DIR/closed: '$TSP_DIR/closed/template.sh'"
	config auth.users="$TSP_DIR/closed/users"
	finding "users: user '$TSP_USER' cannot enter $TSP_DIR/closed"
	config
	chown root "$TSP_DIR/users"
	finding "users: user '$TSP_USER' cannot read it: '$TSP_DIR/users'"
	chown "$TSP_USER" "$TSP_DIR/users"
	chown root "$TSP_DIR/state"
	finding "state: user '$TSP_USER' cannot write to it: '$TSP_DIR/state'"
	chown "$TSP_USER" "$TSP_DIR/state"
	config server.writable="$TSP_DIR/none"
	finding "writable: No such file or directory: '$TSP_DIR/none'"
	config server.writable="$TSP_DIR/closed"
	finding "writable: user '$TSP_USER' cannot write to it"
	config
	check
	[[ $status -eq 0 ]] || fail "$output"
}

@test "more leases than the pool has addresses: the command that makes them fit" {
	config users.prefix=
	rm "$TSP_DIR/state/users.leases"
	make_files
	config users.prefix=2001:db8:1000::/56 users.delegate=60 users.capacity=15
	finding "users.leases: has 64 leases, \[pool users\] addresses for 15: 'tspctl resize users 15'"
	"$BUILD/tspctl" -c "$TSP_DIR/tsp.conf" resize --yes users 15
	check
	[[ $status -eq 0 ]] || fail "$output"
}

@test "words: yes and no, conflict, mechanisms, domain, paths" {
	mistake server.static_nat maybe
	mistake server.conflict fight
	mistake auth.mechanisms 'PLAIN CRAM-MD5'
	mistake auth.mechanisms 'ANONYMOUS' -anonymous
	mistake auth.mechanisms 'DIGEST-MD5' -users
	mistake server.domain 'exa mple'
	mistake server.domain '-x.example'
	mistake auth.realm 'with,comma'
	mistake auth.realm 'with"quote'
	mistake server.template relative.sh
	mistake server.state relative
	mistake auth.users relative
}

@test "unknown keys, unknown sections, a key twice, a key before any section, no key at all" {
	mistake server.lifetme 10
	config
	sed -i '1i color = blue' "$TSP_DIR/tsp.conf"
	finding "tsp.conf:1: color: .*'blue'"
	config
	echo '[polo]' >>"$TSP_DIR/tsp.conf"
	finding "tsp.conf:[0-9]+: .*'polo'"
	config
	sed -i '2i domain = twice.example' "$TSP_DIR/tsp.conf"
	finding "tsp.conf:[0-9]+: domain: .*'.*example'"
	config
	sed -i '2i just words' "$TSP_DIR/tsp.conf"
	finding "tsp.conf:2: "
	config
	sed -i '1s/.*/[server/' "$TSP_DIR/tsp.conf"
	finding "tsp.conf:1: "
}

@test "several mistakes are all reported, each with its line" {
	config server.lifetime=x server.keepalive=y limits.login_seconds=z
	check
	[[ $status -eq 100 ]]
	[[ $(grep -cE "tsp.conf:[0-9]+: (lifetime|keepalive|login_seconds): .*'[xyz]'" <<<"$output") -eq 3 ]]
}

@test "what is missing: a template, a link, both pools, the file itself" {
	config server.template=
	finding 'tsp.conf: .*template'
	config users.link=
	finding 'tsp.conf: .*link'
	config -users -anonymous
	finding 'tsp.conf: .*pool'
	rm "$TSP_DIR/tsp.conf"
	finding 'tsp.conf.*No such file'
	mkdir "$TSP_DIR/tsp.conf"
	finding 'tsp.conf: '
}

@test "a line that is too long, and bytes that are no text" {
	config "server.domain=$(printf 'a%.0s' {1..5000})"
	finding 'tsp.conf:[0-9]+: '
	config
	printf 'lifetime\0 = 5\n\033[31m\377 = 1\n' >>"$TSP_DIR/tsp.conf"
	finding 'tsp.conf:[0-9]+: '
	[[ $output != *$'\033'* ]]
}

@test "the template: not there, no file, not executable, open to everybody" {
	config server.template="$TSP_DIR/none.sh"
	finding "template: .*none\.sh'"
	config server.template="$TSP_DIR"
	finding "template: "
	config
	chmod 644 "$TSP_DIR/template.sh"
	finding "template: .*executable"
	chmod 757 "$TSP_DIR/template.sh"
	finding "template: .*write"
}

@test "the users file: not there, malformed lines, a user twice" {
	config auth.users="$TSP_DIR/none"
	finding "users: .*none'"
	config
	echo 'no colons here' >>"$TSP_DIR/users"
	finding "users:3: "
	sed -i '3s/.*/carol:tsp.example:0123/' "$TSP_DIR/users"
	finding "users:3: "
	sed -i '3d' "$TSP_DIR/users"
	add_user alice again
	finding "users:3: .*alice"
}

@test "state directory and user that are not there" {
	config server.state="$TSP_DIR/none"
	finding "none/users\.leases: missing; its leases are in $TSP_DIR/state/users.leases: set 'state' back, or move that"
	config server.state="$TSP_DIR/users"
	finding "state: "
	config server.user=no-such-user-here
	finding "user: .*'no-such-user-here'"
}

@test "a file that is no allocation file, and one with a damaged header" {
	echo 'not leases' >"$TSP_DIR/state/users.leases"
	finding "users\.leases"
	rm "$TSP_DIR/state/users.leases"
	server_start
	offer "--mechanism" PLAIN --user alice --password s3cret
	settled
	printf 'X' | dd of="$TSP_DIR/state/users.leases" bs=1 seek=20 conv=notrunc status=none
	finding "users\.leases"
}

@test "-n changes nothing" {
	local before
	before=$(cd "$TSP_DIR" && find . -type f ! -name log -exec sha256sum {} + | sort)
	check
	[[ $status -eq 0 && $(cd "$TSP_DIR" && find . -type f ! -name log -exec sha256sum {} + | sort) == "$before" ]]
}

@test "a missing allocation file: lost, or never made" {
	rm "$TSP_DIR/state/users.leases"
	finding "users.leases: missing; no copy was found"
	rm "$TSP_DIR/state-id"
	finding "users.leases: missing, and never made: 'tspctl init' makes it"
	[[ ! -e $TSP_DIR/state/users.leases ]]
}

@test "with a mistake nothing is served" {
	config server.lifetime=x
	server_start
	ask
	[[ $RC -eq 3 ]]
	logged "tsp.conf:[0-9]+: lifetime: .*'x'"
}

@test "keepalive_prefix: a /64 of the unicast range that no pool has" {
	local value
	for value in 2001:db8:5ec::/63 2001:db8:5ec::/65 fd00::/64 fe80::/64 2001:db8:5ec::1/64 \
		2001:db8:a::/64 2001:db8:ffff::/64 2001:db8:1000:5::/64; do
		mistake server.keepalive_prefix "$value"
	done
	config server.keepalive_prefix=2001:db8:5ec::/64
	check
	[[ $status -eq 0 ]]
}

@test "keepalive over 60 seconds: not with tunnels in UDP" {
	config server.keepalive=61
	check
	[[ $status -eq 0 ]]
	sed -i '2i # TSP-Modes: v6v4 v6udpv4' "$TSP_DIR/template.sh"
	finding "keepalive: over 60 seconds, and the template builds v6udpv4: '61'"
	config server.keepalive=60
	check
	[[ $status -eq 0 ]]
}

# lonely IPV4 - check where this machine has one address and a default route
lonely() {
	# shellcheck disable=SC2016 # for sh
	run unshare -n sh -c 'ip link set lo up && ip addr add "$1/32" dev lo &&
		ip route add default dev lo src "$1" && exec "$2" -n -c "$3" </dev/null' - "$1" "$HANDLER" "$TSP_DIR/tsp.conf"
}

@test "address and local: which case it is" {
	unshare -n true 2>/dev/null || skip "needs network namespaces"
	config server.address=203.0.113.1
	lonely 203.0.113.1
	[[ $status -eq 0 && -z $output ]] || fail "$output"
	lonely 10.0.0.5
	[[ $status -eq 0 && $output == *"address: not an address of this machine:"*"tunnels end at '10.0.0.5' (by the route): '203.0.113.1'"* ]] ||
		fail "$output"
	config server.address=203.0.113.1 server.local=10.0.0.5
	lonely 10.0.0.5
	[[ $status -eq 0 && $output == *"'10.0.0.5' (local): '203.0.113.1'"* ]] || fail "$output"
	lonely 10.0.0.6
	[[ $status -eq 100 && $output == *"local: this machine has no such address: '10.0.0.5'"* ]] || fail "$output"
	mistake server.local 10.0.0
}

@test "no address: a private one is told to clients only from private networks" {
	unshare -n true 2>/dev/null || skip "needs network namespaces"
	config
	lonely 10.0.0.5
	[[ $status -eq 0 && -z $output ]] || fail "$output"
	sed -i '/^accept/d' "$TSP_DIR/tsp.conf"
	lonely 10.0.0.5
	[[ $status -eq 0 && $output == *"address: not set: "*"this machine's is '10.0.0.5', so behind a translation set the public one"* ]] ||
		fail "$output"
	lonely 203.0.113.1
	[[ $status -eq 0 && -z $output ]] || fail "$output"
}

@test "-c overrides TSP_CONFIG" {
	config server.lifetime=x
	mv "$TSP_DIR/tsp.conf" "$TSP_DIR/bad.conf"
	config
	TSP_CONFIG=$TSP_DIR/bad.conf run -0 "$HANDLER" -n -c "$TSP_DIR/tsp.conf" </dev/null
	TSP_CONFIG=$TSP_DIR/bad.conf run -100 "$HANDLER" -n </dev/null
	TSP_CONFIG=$TSP_DIR/tsp.conf run -0 "$HANDLER" -n </dev/null
}

@test "-V tells the version, to a client's socket too little to mind" {
	run -0 "$HANDLER" -V </dev/null
	[[ $output =~ ^tsp-handler\ [0-9]+\.[0-9]+\.[0-9]+$ ]]
}

@test "unknown options and arguments: 100" {
	run -100 "$HANDLER" -x </dev/null
	[[ $output == *usage* ]]
	run -100 "$HANDLER" -c </dev/null
	run -100 "$HANDLER" -n extra </dev/null
}

@test "standard input that is no connection: 100" {
	run -100 "$HANDLER" -c "$TSP_DIR/tsp.conf" </dev/null
	[[ -n $output ]]
	run -100 bash -c ": | '$HANDLER' -c '$TSP_DIR/tsp.conf'"
}
