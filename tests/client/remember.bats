#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# remember.bats - what redirection taught tspc, for when its server does not answer

# shellcheck disable=SC2153,SC2154 # variables of the libraries and of bats
load ../lib/handler
load ../lib/tspc
load ../lib/netns
load ../lib/false_server

# The configured server, 192.0.2.1, sends clients on to 192.0.2.11, which serves
setup() {
	false_begin
	in_srv ip addr add 192.0.2.11/24 dev wan
	says -l 192.0.2.11 "$CAPABILITY" "$SUCCESS" "$(offer_of server4=192.0.2.11)" ""
	says -l 192.0.2.1 "$(sends_on 1302 192.0.2.11)"
	BROKERS=$RUNTIME_DIRECTORY/tspc.brokers LAST=$RUNTIME_DIRECTORY/tspc.server
}

teardown() {
	net_end
}

# tunnel MESSAGE [KEY=VALUE]... - there is one, and the output has the message
tunnel() {
	once "${@:2}"
	rm -f "$TSP_DIR/run.log"
	[[ $status -eq 0 && $output == *"$1"* ]] || fail "not: $1" "exit status $status" "$output"
}

@test "broker_list: the last list serves when the configured server is gone" {
	tunnel "sent on to broker 192.0.2.11" broker_list=brokers.txt
	[[ $(<"$BROKERS") =~ ^192\.0\.2\.11\ 3653\ [0-9]+\ 192\.0\.2\.11$ && ! -e $LAST ]] || fail "$(<"$BROKERS")"
	silence
	tunnel "remembered: broker 192.0.2.11" broker_list=brokers.txt
	rejected "refuses the connection"
}

@test "last_server: always_use_same_server begins with it" {
	tunnel "sent on to broker 192.0.2.11" last_server=last.txt
	[[ -e $LAST && ! -e $BROKERS ]]
	tunnel "sent on to broker 192.0.2.11" last_server=last.txt
	: >"$TSP_DIR/heard"
	tunnel "remembered: broker 192.0.2.11" last_server=last.txt always_use_same_server=yes
	[[ $(grep -c 'VERSION=' "$TSP_DIR/heard") -eq 1 ]] || fail "$(<"$TSP_DIR/heard")"
}

@test "the last server is gone: the configured one is asked" {
	printf '192.0.2.77 3653 %s 192.0.2.77\n' $(($(date +%s) + 60)) >"$LAST"
	tunnel "sent on to broker 192.0.2.11" last_server=last.txt always_use_same_server=yes
}

@test "what is a day old, of another form, or could be another user's is not remembered" {
	local line now
	now=$(date +%s)
	silence
	for line in "192.0.2.11 3653 $((now - 1)) 192.0.2.11" "192.0.2.11 3653 $((now + 90000)) 192.0.2.11" \
		"192.0.2.11 0 $((now + 60)) 192.0.2.11" "192.0.2.11 3653 $((now + 60))" "192.0.2 3653 $((now + 60)) b" \
		"192.0.2.11 3653 $((now + 60)) a_b" ""; do
		echo "$line" >"$BROKERS"
		rejected "refuses the connection" broker_list=brokers.txt
		[[ $output != *remembered* ]] || fail "$line" "$output"
	done
	echo "192.0.2.11 3653 $((now + 60)) b.example" >"$BROKERS"
	chmod 666 "$BROKERS"
	rejected "others can write it" broker_list=brokers.txt
	chmod 644 "$BROKERS"
	tunnel "remembered: broker b.example" broker_list=brokers.txt
}

@test "a password goes to no broker that is remembered" {
	printf '192.0.2.11 3653 %s 192.0.2.11\n' $(($(date +%s) + 60)) >"$LAST"
	rejected "remembered: broker 192.0.2.11" last_server=last.txt always_use_same_server=yes auth_method=plain userid=alice passwd=s3cret
	run -1 grep -F s3cret "$TSP_DIR/heard"
}
