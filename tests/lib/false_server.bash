# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# false_server.bash - a server that says what a test wants, beside netns.bash

# shellcheck disable=SC2034,SC2153,SC2154 # variables of other libraries, and for the tests

# The units of a conversation, as false-server takes them
CAPABILITY='CAPABILITY TUNNEL=V6V4 TUNNEL=V6UDPV4 AUTH=ANONYMOUS AUTH=PLAIN AUTH=DIGEST-MD5\r\n'
SUCCESS='200 Success\r\n'

# false_begin - namespaces, and a template that tells of being run and does nothing else
false_begin() {
	net_begin
	config server.accept=192.0.2.0/24
	cat >"$TSP_DIR/trap.sh" <<-SCRIPT
		#!/bin/sh
		# TSP-Carriers: kernel
		# TSP-Stay: no
		export -p >>"$TSP_DIR/run.log"
	SCRIPT
	chmod 755 "$TSP_DIR/trap.sh"
}

# says [-l] [-u|-t] [ADDRESS] REPLY... - a false server
says() {
	local options=' ' address=192.0.2.1
	while [[ $1 == -[ltu] ]]; do
		options+="$1 " && shift
	done
	[[ ! $1 =~ ^[0-9]+\.[0-9.]+$ ]] || { address=$1 && shift; }
	# shellcheck disable=SC2086 # words
	ip netns exec "$SRV" "$TOOLS/false-server" $options "$address" 3653 "$@" >>"$TSP_DIR/heard" 2>&1 </dev/null 3>&- &
	FALSE_PID=$!
	NET_PIDS+=("$FALSE_PID")
	[[ $options == *" -t "* ]] || wait_until 5 serves UDP
	[[ $options == *" -u "* ]] || wait_until 5 serves TCP
}

# silence - the last one ends, and what it heard is forgotten
silence() {
	kill "$FALSE_PID"
	wait "$FALSE_PID" || true
	: >"$TSP_DIR/heard"
}

# framed TEXT - with its Content-length before it, as false-server takes it
framed() {
	local bytes
	# shellcheck disable=SC2059 # the format is the point
	bytes=$(printf "${1//%/%%}x" | wc -c)
	printf '%s\n' "Content-length: $((bytes - 1))\\r\\n$1"
}

# offer_of [KEY=VALUE]... - an offer that is taken, but for what the arguments say
offer_of() {
	local -A o=([type]=v6v4 [server4]=192.0.2.1 [server6]=2001:db8:1::1 [client6]=2001:db8:1::2
		[name]=a.example [keepalive]=30 [prefix]='' [length]=56)
	local item
	for item; do
		o[${item%%=*}]=${item#*=}
	done
	framed "200 Success\\r\\n<tunnel action=\"info\" type=\"${o[type]}\" lifetime=\"1440\"><server><address type=\"ipv4\">${o[server4]}</address><address type=\"ipv6\">${o[server6]}</address></server><client><address type=\"ipv6\">${o[client6]}</address><address type=\"dn\">${o[name]}</address><keepalive interval=\"${o[keepalive]}\"><address type=\"ipv6\">${o[server6]}</address></keepalive>${o[prefix]:+<router><prefix length=\"${o[length]}\">${o[prefix]}</prefix></router>}</client></tunnel>\\r\\n"
}

# once [KEY=VALUE]... - tspc --once in the client's namespace
once() {
	tspc_config server=192.0.2.1 tunnel_mode=v6anyv4 template="$TSP_DIR/trap.sh" "$@"
	run in_cli timeout $((120 * SLOW)) "$TSPC" --once -f "$TSP_DIR/tspc.conf"
}

# rejected MESSAGE [KEY=VALUE]... - no tunnel, one line that says so, the template was not run
rejected() {
	local message=$1 before
	shift
	before=$(snapshot)
	once "$@"
	[[ $status -eq 111 && $output == *"$message"* ]] || fail "not: $message" "exit status $status" "$output"
	[[ ! -e $TSP_DIR/run.log ]] || fail "the template was run" "$(<"$TSP_DIR/run.log")"
	[[ $(snapshot) == "$before" ]] || fail "left behind" "$(diff <(echo "$before") <(snapshot))"
}

# sends_on STATUS ADDRESS... - a reply that names brokers
sends_on() {
	local status=$1 address list=
	shift
	for address; do
		list+="<broker><address type=\"ipv4\">$address</address></broker>"
	done
	printf '%s\n' "$status Elsewhere\\r\\n<tunnel action=\"list\" type=\"broker\">$list</tunnel>\\r\\n"
}
