#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# abuse.bats - hostile clients: a quick look at what "make abuse" does at full size, and what
# they cannot write into logs, files and terminals

# shellcheck disable=SC2030,SC2031,SC2154 # run's $output and $status
load ../lib/handler

setup() {
	test_begin
}

teardown() {
	test_end
}

@test "floods, slow and silent clients, guesses, monstrous requests: honest clients are served" {
	run "$ROOT/tests/abuse/run" -q
	[[ $status -eq 0 && ${#lines[@]} -eq 9 ]] || fail "$output"
	# one address, however many it claims to have, gets one tunnel
	[[ $(awk '$1 == "exhaust" { print $6 }' <<<"$output") -le 1 ]] || fail "$output"
}

@test "who guessed wrong waits, and who hangs up keeps the connection taken" {
	config limits.login_delay=$((3 * SLOW < 30 ? 3 * SLOW : 30))
	server_start
	raw 'VERSION=2.0.2\r\nAUTHENTICATE PLAIN\r\n\0\0alice\0wrong\r\n' --timeout "$SLOW"
	[[ $output != *300* && -n $(handlers) ]]
	settled
	offer "${as_alice[@]}"
}

# clean FILE - printable ASCII and line ends, nothing else
clean() {
	[[ -s $1 ]] || fail "$1 is empty"
	! LC_ALL=C grep -q '[^ -~]' "$1" || fail "$1:" "$(LC_ALL=C grep '[^ -~]' "$1" | cat -v)"
}

@test "control bytes, UTF-8 and terminal escapes reach no log, no file and no terminal" {
	local text escape=$'\033]0;owned\a\033[2J' line
	server_start
	for text in "$escape" $'\n192.0.2.1 alice: has' $'\r' $'caf\303\251' $'\302\233' $'\177' $'\b\b' \
		'%s%n' $'\342\200\256evil'; do
		refused 300 --mechanism PLAIN --user "x$text" --password "$text"
		client --version "2.0.2$text" >/dev/null 2>&1 || true
		client --mechanism "PLAIN$text" >/dev/null 2>&1 || true
		client --type "v6v4$text" >/dev/null 2>&1 || true
		client --address "127.0.0.1$text" >/dev/null 2>&1 || true
	done
	line=$(printf 'VERSION=2.0.2\r\nAUTHENTICATE ANONYMOUS %s@example\r\n' "$escape")
	raw "$line" --timeout $((2 * SLOW))
	offer "${as_alice[@]}"
	offer --bind 127.0.0.9
	settled
	clean "$TSP_DIR/log"
	clean "$TSP_DIR/state/users.leases"
	clean "$TSP_DIR/state/anonymous.leases"
	[[ -x $BUILD/tspctl ]] || return 0
	TSP_CONFIG=$TSP_DIR/tsp.conf "$BUILD/tspctl" list >"$TSP_DIR/out"
	clean "$TSP_DIR/out"
	TSP_CONFIG=$TSP_DIR/tsp.conf "$BUILD/tspctl" show "$escape" >"$TSP_DIR/out" 2>&1 || true
	clean "$TSP_DIR/out"
}

@test "fail2ban finds failed logins, and nobody else's address in them" {
	requires fail2ban-regex
	server_start
	refused 300 --bind 127.0.0.66 --mechanism PLAIN --user alice --password wrong
	refused 300 --bind 127.0.0.66 --mechanism DIGEST-MD5 --user nobody --password wrong
	refused 300 --bind 127.0.0.67 --mechanism CRAM-MD5
	refused 300 --bind 127.0.0.68 --mechanism PLAIN --password x --user \
		$'\ntsp-handler[1]: 192.0.2.1: authentication failed (PLAIN)'
	refused 501 --bind 127.0.0.69 --address 192.0.2.1
	offer --bind 127.0.0.70
	settled
	run -0 fail2ban-regex -o ip "$TSP_DIR/log" "$ROOT/units/fail2ban/filter.conf"
	[[ $(sort <<<"$output" | uniq -c | xargs) == "2 127.0.0.66 1 127.0.0.67 1 127.0.0.68" ]] ||
		fail "$output" "$(<"$TSP_DIR/log")"
}

@test "fail2ban takes the jail" {
	requires fail2ban-client
	cp -r /etc/fail2ban "$TSP_DIR/fail2ban"
	rm -f "$TSP_DIR"/fail2ban/jail.d/*
	cp "$ROOT/units/fail2ban/filter.conf" "$TSP_DIR/fail2ban/filter.d/tsp-handler.conf"
	cp "$ROOT/units/fail2ban/jail.conf" "$TSP_DIR/fail2ban/jail.d/tsp-handler.conf"
	run -0 fail2ban-client -c "$TSP_DIR/fail2ban" -t
	run -0 fail2ban-client -c "$TSP_DIR/fail2ban" -d
	[[ $output == *"'tsp-handler', 'addfailregex'"* && $output == *"'maxretry', 10"* ]]
	[[ $output == *"for proto in"*"tcp,udp"* ]]
}

# exposure THRESHOLD UNIT - what systemd-analyze thinks of it is at most that, in tenths
exposure() {
	run systemd-analyze security --offline=true --no-pager --threshold="$1" "$2"
	[[ $status -eq 0 ]] || fail "$(tail -n 1 <<<"$output")"
}

@test "systemd-analyze security: 4.0 at most, and 1.9 with the drop-in" {
	requires systemd-analyze
	local unit=$TSP_DIR/tsp@.service
	sed 's|@sbindir@|/usr/sbin|; s|@sysconfdir@|/etc|' "$ROOT/units/tsp@.service" >"$unit"
	exposure 40 "$unit"
	# nothing in it needs a mount namespace
	run -1 grep -E '^(Protect|Private|ReadOnly|ReadWrite|Inaccessible|Bind|Root|TemporaryFile)' "$unit"
	sed -n '/^\[Service/,$p' "$ROOT/units/tsp-hardened.conf" >>"$unit"
	exposure 19 "$unit"
}

@test "systemd-analyze security: 4.0 at most for the service that pings clients" {
	requires systemd-analyze
	sed 's|@sbindir@|/usr/sbin|; s|@sysconfdir@|/etc|' "$ROOT/units/tsp-expire.service" >"$TSP_DIR/tsp-expire.service"
	exposure 40 "$TSP_DIR/tsp-expire.service"
	# no capability but the one for its socket
	[[ $(grep -E '^(Ambient|CapabilityB)' "$TSP_DIR/tsp-expire.service" | sort -u | xargs) == \
		'AmbientCapabilities=CAP_NET_RAW CapabilityBoundingSet=CAP_NET_RAW' ]]
}

@test "systemd-analyze security: 2.0 at most for services that start handlers" {
	requires systemd-analyze
	local name
	for name in tsp-udp tsp-listen; do
		sed 's|@sbindir@|/usr/sbin|; s|@sysconfdir@|/etc|' "$ROOT/units/$name.service" \
			>"$TSP_DIR/$name.service"
		exposure 20 "$TSP_DIR/$name.service"
	done
}
