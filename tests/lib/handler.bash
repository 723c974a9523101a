# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# handler.bash - shared by the tests of the real handler
#
# Each test has its own directory, $TSP_DIR, with a configuration, a users file, a
# state directory and a pretend kernel: the template makes a file kernel/INTERFACE for each
# tunnel that is up, with the environment it was given, and kernel/history has every call.

bats_require_minimum_version 1.5.0

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
BUILD=$(cd "$ROOT" && mkdir -p "${TSP_BUILD:-build}" && cd "${TSP_BUILD:-build}" && pwd)
HANDLER=$BUILD/tsp-handler
TOOLS=$BUILD/tests/tools
REALM=tsp.example

# A program exits with 99 only when a sanitizer has found something; no test expects it
export ASAN_OPTIONS=exitcode=99 UBSAN_OPTIONS=exitcode=99

# As root the handler gives up its rights and becomes this user
if [[ $EUID -eq 0 ]]; then
	TSP_USER=nobody
else
	TSP_USER=$(id -un)
fi

# A time after which a program under test gives up is multiplied by SLOW, which tests/run has
# measured. How long a test waits for something is multiplied by PATIENCE, since another program
# may slow the machine down later: the wait ends as soon as it comes.
SLOW=${TSP_SLOW:-1}
PATIENCE=$((4 * SLOW))

# With TSP_FORK=yes all servers fork their sessions; a server of TCP then takes its connections itself
FORK=${TSP_FORK:-no}
[[ $FORK == no ]] || SERVER_ACCEPT=

# fail TEXT... - end the test and say why
fail() {
	printf '%s\n' "$@" >&2
	return 1
}

# requires WHAT... - skip the test where something is missing: root, or a program
requires() {
	local what
	for what; do
		case $what in
		root) [[ $EUID -eq 0 ]] || skip "needs root" ;;
		*) command -v "$what" >/dev/null || skip "needs $what" ;;
		esac
	done
}

# wait_until SECONDS COMMAND... - true as soon as the command is; false after SECONDS, or longer on a
# slow machine
wait_until() {
	local end=$((SECONDS + $1 * PATIENCE + 1))
	shift
	until "$@"; do
		[[ $SECONDS -lt $end ]] || return 1
		sleep 0.02
	done
}

test_begin() {
	TSP_DIR=$(mktemp -d "${TMPDIR:-/tmp}/tsp-test.XXXXXX")
	SERVER_PID=
	mkdir "$TSP_DIR/state" "$TSP_DIR/kernel"
	# Sanitizers write to files: a test may throw output away
	mkdir -m 1777 "$TSP_DIR/found"
	ASAN_OPTIONS=exitcode=99:log_path=$TSP_DIR/found/by UBSAN_OPTIONS=$ASAN_OPTIONS
	chown "$TSP_USER" "$TSP_DIR/state" "$TSP_DIR/kernel"
	chmod 755 "$TSP_DIR"
	: >"$TSP_DIR/users"
	add_user alice s3cret
	add_user bob swordfish
	kernel_template ''
	config
}

test_end() {
	local crashes=
	server_stop
	[[ $HANDLER != "$BUILD/tsp-handler" ]] || crashes=$(crashes)
	crashes+=$(findings)
	if mountpoint -q "$TSP_DIR/state"; then
		umount "$TSP_DIR/state"
	fi
	[[ $TSP_DIR != */tsp-test.* ]] || rm -rf "$TSP_DIR"
	[[ -z $crashes ]] || fail "a program crashed" "$crashes"
}

# crashes - handlers that ended in an undocumented way: a sanitizer's finding, a signal other than
# SIGKILL and SIGTERM (tests send these), a system call that the filter does not allow
crashes() {
	[[ -e $TSP_DIR/log ]] || return 0
	grep -E 'died with code [0-9]+|ended by signal' "$TSP_DIR/log" |
		grep -vE 'code (0|9|15|100|111)$|signal (9|15)$' || true
}

# findings - output of sanitizers; that of processes in a sandbox is in the logs, since they cannot
# open files
findings() {
	{
		grep -h -A 60 -E '(Address|Leak|UndefinedBehavior)Sanitizer|runtime error: ' \
			"$TSP_DIR/log" "$TSP_DIR/tspc.log" || true
		find "$TSP_DIR/found" -type f -exec cat {} +
	} 2>/dev/null
}

# add_user ID PASSWORD - a line of the users file, made without any tool of ours
add_user() {
	local digest
	digest=$(printf '%s:%s:%s' "$1" "$REALM" "$2" | md5sum)
	printf '%s:%s:%s\n' "$1" "$REALM" "${digest%% *}" >>"$TSP_DIR/users"
	chown "$TSP_USER" "$TSP_DIR/users"
	chmod 600 "$TSP_DIR/users"
}

# template <<SCRIPT - make standard input the template
template() {
	cat >"$TSP_DIR/template.sh"
	chmod 755 "$TSP_DIR/template.sh"
}

# kernel_template [DECLARATION [INFO]] - the default template; it fails for one tunnel if there is a file
# kernel/fail.INTERFACE. INFO is shell that prints counters
kernel_template() {
	template <<-SCRIPT
		#!/bin/sh
		${1-}
		set -eu
		cd "$TSP_DIR/kernel"
		echo "\$TSP_OPERATION \$TSP_TUNNEL_INTERFACE" >>history
		[ ! -e "fail.\$TSP_TUNNEL_INTERFACE" ] || exit 3
		case \$TSP_OPERATION in
		TSP_TUNNEL_CREATION) tr '\\0' '\\n' </proc/\$\$/environ >"\$TSP_TUNNEL_INTERFACE" ;;
		TSP_TUNNEL_TEARDOWN) rm -f "\$TSP_TUNNEL_INTERFACE" ;;
		TSP_TUNNEL_INFO) ${2-echo rx_bytes=0 tx_bytes=0} ;;
		esac
	SCRIPT
}

# config [SECTION.KEY=VALUE | SECTION.KEY= | -SECTION]... - write tsp.conf: what tests need,
# with keys set or, without a value, left out, and sections left out
config() {
	local -A value=(
		[server.user]=$TSP_USER
		[server.domain]=$REALM
		[server.template]=$TSP_DIR/template.sh
		[server.accept]=127.0.0.0/8
		[server.state]=$TSP_DIR/state
		[server.fork]=$FORK
		[server.dns]=2001:db8:ffff::53
		[auth.users]=$TSP_DIR/users
		[auth.realm]=$REALM
		[anonymous.link]=2001:db8:a::/64
		[anonymous.capacity]=64
		[users.link]=2001:db8:ffff::/64
		[users.prefix]=2001:db8:1000::/36
		[users.delegate]=56
		[users.capacity]=64
		[limits.login_delay]=0
		[limits.login_seconds]=$((30 * PATIENCE < 600 ? 30 * PATIENCE : 600))
		[limits.session_seconds]=$((60 * PATIENCE < 3600 ? 60 * PATIENCE : 3600))
		[limits.template_seconds]=$((10 * PATIENCE < 600 ? 10 * PATIENCE : 600))
	)
	local item section key without=' '
	for item; do
		case $item in
		-*) without+="${item#-} " ;;
		*) value[${item%%=*}]=${item#*=} ;;
		esac
	done

	for section in server auth anonymous users limits; do
		[[ $without != *" $section "* ]] || continue
		case $section in
		anonymous | users) echo "[pool $section]" ;;
		*) echo "[$section]" ;;
		esac
		for key in "${!value[@]}"; do
			if [[ $key == "$section".* && -n ${value[$key]} ]]; then
				echo "${key#*.} = ${value[$key]}"
			fi
		done
	done >"$TSP_DIR/tsp.conf"
}

# make_files - the allocation files that the configuration names, as an operator makes them.
# Every server of a test does it; a test that wants none has MAKE_FILES= before it.
make_files() {
	[[ ${MAKE_FILES-yes} ]] || return 0
	"$BUILD/tspctl" -c "$TSP_DIR/tsp.conf" init --yes >"$TSP_DIR/init.out" 2>&1 </dev/null || :
}

server_listens() {
	grep -q '^Listening on' "$TSP_DIR/log" || ! kill -0 "$SERVER_PID" 2>/dev/null
}

# without_leaks - no LeakSanitizer: it traces the program, as the test does
without_leaks() {
	ASAN_OPTIONS+=:detect_leaks=0
}

# server_start [WRAPPER...] - serve a free port of 127.0.0.1, each connection by
# "WRAPPER... tsp-handler"; $PORT and $SERVER_PID say where and who. With SERVER_ACCEPT empty
# the handler gets the listening socket and starts handlers itself.
server_start() {
	local try
	requires systemd-socket-activate
	make_files
	for try in 1 2 3 4 5 6 7 8; do
		PORT=$((20000 + RANDOM % 12000))
		: >"$TSP_DIR/log"
		# shellcheck disable=SC2086 # none, where it is empty
		systemd-socket-activate ${SERVER_ACCEPT---accept} --inetd -l "127.0.0.1:$PORT" \
			-E TSP_CONFIG="$TSP_DIR/tsp.conf" -- "$@" "$HANDLER" \
			>"$TSP_DIR/log" 2>&1 </dev/null 3>&- &
		SERVER_PID=$!
		wait_until 5 server_listens
		! kill -0 "$SERVER_PID" 2>/dev/null || return 0
	done
	fail "systemd-socket-activate found no free port in $try tries: $(<"$TSP_DIR/log")"
}

# named NAME - process ids of the server's children of that name; a pattern
named() {
	pgrep -P "$SERVER_PID" -x "$1" || true
}

# handlers - process ids of the handlers (their brokers) at work
handlers() {
	pgrep -lP "$SERVER_PID" | awk '$2 !~ /^tsp-(sessions|brokers|session)$/ { print $1 }'
}

# session_of BROKER - the process id of its session; where sessions are forked, of any session
session_of() {
	pgrep -o -P "$1" -x 'tsp-handler|handler-.*' || named tsp-session | head -n 1
}

no_handlers() {
	[[ -z $(handlers) ]]
}

# server_stop - end the server and the handlers it started, by their ids
server_stop() {
	local pids
	[[ -n $SERVER_PID ]] || return 0
	pids=$(pgrep -P "$SERVER_PID" || true)
	# shellcheck disable=SC2086 # one id each
	kill $SERVER_PID $pids 2>/dev/null || true
	wait "$SERVER_PID" 2>/dev/null || true
	SERVER_PID=
}

# client [OPTION...] - the test client, talking to the server
client() {
	"$TOOLS/tsp-client" --port "$PORT" --timeout $((10 * PATIENCE)) "$@"
}

# client_start [OPTION...] - the same in the background: $CLIENT_PID; its offer in $TSP_DIR/offer
client_start() {
	: >"$TSP_DIR/offer" # not the offer of the client before
	"$TOOLS/tsp-client" --port "$PORT" --timeout $((10 * PATIENCE)) "$@" >"$TSP_DIR/offer" 2>"$TSP_DIR/err" 3>&- &
	# shellcheck disable=SC2034 # used by the tests
	CLIENT_PID=$!
}

# client_has_offer - wait for that offer
client_has_offer() {
	wait_until 5 grep -q CLIENT_IPV6 "$TSP_DIR/offer" ||
		fail "no offer: $(<"$TSP_DIR/err")" "$(<"$TSP_DIR/log")"
}

# ask [OPTION...] - run the client; RC is its exit status, GOT[NAME] what it printed
declare -gA GOT # -g: bats loads this file from a function
ask() {
	local line value
	GOT=()
	RC=0
	client "$@" >"$TSP_DIR/out" 2>"$TSP_DIR/err" || RC=$?
	while IFS= read -r line; do
		value=${line#*=}
		value=${value#\'}
		GOT[${line%%=*}]=${value%\'}
	done <"$TSP_DIR/out"
}

# said - output of the last client and of the server, for a failing test
said() {
	printf -- '-- client, exit status %s\n%s\n%s\n-- server\n%s\n' "$RC" \
		"$(<"$TSP_DIR/out")" "$(<"$TSP_DIR/err")" "$(tail -n 20 "$TSP_DIR/log")"
}

# offer [OPTION...] - ask, and get a tunnel
offer() {
	ask "$@"
	[[ $RC -eq 0 ]] || fail "no offer for: $*" "$(said)"
}

# refused STATUS [OPTION...] - ask, and get an error status
refused() {
	local status=$1
	shift
	ask "$@"
	[[ $RC -eq 1 && ${GOT[STATUS]} == "$status" ]] ||
		fail "status '${GOT[STATUS]:-}', not $status, for: $*" "$(said)"
}

# is NAME VALUE - GOT[NAME] has this value
is() {
	[[ ${GOT[$1]:-} == "$2" ]] || fail "$1 is '${GOT[$1]:-}', not '$2'" "$(said)"
}

# stay_raw TEXT [OPTION...] - send printf's format TEXT unchanged and wait for the server to
# close; $lines are the lines that came back
stay_raw() {
	local text=$1
	shift
	# shellcheck disable=SC2059 # the format is the point
	run client --raw "$@" < <(printf "$text")
	output=${output//$'\n'/}
	output=${output//'\r\n'/$'\n'}
	# shellcheck disable=SC2034 # what bats calls it
	mapfile -t lines <<<"${output%$'\n'}"
}

# raw TEXT [OPTION...] - the same, but tell the server that nothing more will come
raw() {
	stay_raw "$@" --shutdown
}

# gone PID - the process has ended; a zombie counts as ended
gone() {
	[[ ! -e /proc/$1 || $(awk '$1 == "State:" { print $2 }' "/proc/$1/status") == Z ]]
}

# as_alice, as_bob - log in for client and ask
# shellcheck disable=SC2034 # used by the tests
as_alice=(--mechanism PLAIN --user alice --password s3cret)
# shellcheck disable=SC2034
as_bob=(--mechanism PLAIN --user bob --password swordfish)
# digest_alice, digest_bob - in a way that proves over UDP, too, that the client is there
# shellcheck disable=SC2034
digest_alice=(--mechanism DIGEST-MD5 --user alice --password s3cret)
# shellcheck disable=SC2034
digest_bob=(--mechanism DIGEST-MD5 --user bob --password swordfish)

log_matches() {
	grep -Eq -- "$1" "$TSP_DIR/log"
}

# logged REGEX - the log matches, now or in a moment
logged() {
	wait_until 3 log_matches "$1" || fail "not in the log: $1" "$(tail -n 20 "$TSP_DIR/log")"
}

# tunnels - interfaces that are up, in one line
tunnels() {
	find "$TSP_DIR/kernel" -type f ! -name history -printf '%f\n' | sort | paste -sd ' '
}

tunnels_are() {
	[[ $(tunnels) == "$1" ]]
}

# up INTERFACE... - exactly these tunnels are up, now or in a moment
up() {
	wait_until 3 tunnels_are "$*" || fail "up are '$(tunnels)', not '$*'" \
		"$(<"$TSP_DIR/log")"
}

# leases - present and former leases of both files; fails when a file is not sound
leases() {
	local file
	local -a files=()
	for file in "$TSP_DIR"/state/*.leases; do
		[[ ! -e $file ]] || files+=("$file")
	done
	[[ ${#files[@]} -eq 0 ]] || "$TOOLS/check-leases" "${files[@]}"
}

# number_of OWNER - its lease number
number_of() {
	leases | awk -v owner="$1" '$4 == owner { print $2 }'
}

# prove [MINUTES] - make all leases present, or silent for MINUTES, as soon as no session holds one
prove() {
	wait_until 10 "$TOOLS/prove-leases" "$TSP_DIR/tsp.conf" "$@" || fail "a lease stays held"
}

# settled - all handlers are gone and the allocation files are sound
settled() {
	wait_until 10 no_handlers || fail "handlers are still there: $(handlers)"
	run -0 leases
}
