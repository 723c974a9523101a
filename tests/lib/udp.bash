# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# udp.bash - shared by the tests of tsp-udp, beside handler.bash

# udp_begin - the usual directory, and a template that declares all modes
udp_begin() {
	test_begin
	echo rx_bytes=0 tx_bytes=0 rx_packets=0 tx_packets=0 >"$TSP_DIR/traffic"
	kernel_template '# TSP-Modes: v6v4 v6udpv4' 'cat ../traffic'
}

# random_port - $PORT; those below are for tests that say where their clients come from
random_port() {
	PORT=$((25000 + RANDOM % 7000))
}

# sockets - the number of UDP sockets on $PORT; unlike TCP, several may share it
sockets() {
	awk -v port="$(printf ':%04X$' "$PORT")" '$2 ~ port' /proc/net/udp /proc/net/udp6 | wc -l
}

# udp_start [OPTION...] - serve a free UDP port of every address by tsp-udp; $PORT and
# $SERVER_PID say where and who. $UDP_ADDRESS: of another address
udp_start() {
	local try
	requires systemd-socket-activate
	make_files
	for try in 1 2 3 4 5 6 7 8; do
		random_port
		systemd-socket-activate -d -l "${UDP_ADDRESS:-0.0.0.0}:$PORT" -- "$BUILD/tsp-udp" \
			-c "$TSP_DIR/tsp.conf" --handler "$HANDLER" "$@" \
			>"$TSP_DIR/log" 2>&1 </dev/null 3>&- &
		SERVER_PID=$!
		wait_until 5 server_listens
		if kill -0 "$SERVER_PID" 2>/dev/null; then
			[[ $(sockets) -ne 1 ]] || return 0
			server_stop
		fi
	done
	fail "systemd-socket-activate found no free port in $try tries: $(<"$TSP_DIR/log")"
}

# handlers - process ids of the handlers (their brokers) at work
handlers() {
	pgrep -P "$SERVER_PID" -x tsp-handler || true
}

# handlers_are COUNT - COUNT handlers are at work
handlers_are() {
	[[ $(handlers | wc -l) -eq $1 ]]
}

# tunnels_count COUNT - COUNT tunnels are up
tunnels_count() {
	[[ $(tunnels | wc -w) -eq $1 ]]
}

# udp_stop - ask the server to stop, and wait until it has
udp_stop() {
	local pid=$SERVER_PID
	SERVER_PID=
	kill "$pid"
	wait_until 10 gone "$pid"
}

# udp_left - wait for the server to leave by itself
udp_left() {
	wait_until 5 gone "$SERVER_PID"
	wait "$SERVER_PID"
	SERVER_PID=
}

# receiver - process id of the one that reads datagrams
receiver() {
	pgrep -P "$SERVER_PID" -x tsp-udp
}

# client [OPTION...] - the UDP client, talking to the server; for offer, refused and ask
client() {
	"$TOOLS/tsp-udp-client" --port "$PORT" --again 300 --tries $((30 * PATIENCE)) "$@"
}

# client_start [OPTION...] - the same in the background: $CLIENT_PID
client_start() {
	# without <&0 bash gives it /dev/null
	"$TOOLS/tsp-udp-client" --port "$PORT" --tries $((30 * PATIENCE)) "$@" \
		<&0 >"$TSP_DIR/offer" 2>"$TSP_DIR/err" 3>&- &
	# shellcheck disable=SC2034 # used by the tests
	CLIENT_PID=$!
}

# hex TEXT - printf's format TEXT in hexadecimal digits
hex() {
	# shellcheck disable=SC2059 # the format is the point
	printf "$1" | od -An -v -tx1 | tr -d ' \n'
}

# message SEQUENCE TIMESTAMP [TEXT] - a datagram in hexadecimal digits; TEXT as for hex
message() {
	printf '%s%s%s\n' "$1" "$2" "$(hex "${3:-}")"
}

# datagrams [OPTION...] <<< DATAGRAMS - send them; $lines are those that came back
datagrams() {
	run -0 "$TOOLS/tsp-udp-client" --port "$PORT" --hex --again $((700 * SLOW)) "$@"
}

# udp_forge PORT <<< DATAGRAMS - send them in the name of PORT of 127.0.0.1; needs root
udp_forge() {
	requires root
	"$TOOLS/tsp-udp-client" --port "$PORT" --hex --again $((50 * SLOW)) --forged 127.0.0.1 --from "$1"
}

# ping_packet SOURCE DESTINATION [PAYLOAD [TYPE]] - an ICMPv6 echo request, or TYPE, all in
# hexadecimal digits; addresses as offers have them, in full
ping_packet() {
	local words="${1//:/}${2//:/}${4:-80}00000000010001${3:-6162636465666768}" sum=$((16 + 58)) i
	for ((i = 0; i < ${#words}; i += 4)); do
		sum=$((sum + 16#${words:i:4}))
	done
	sum=$(((sum >> 16) + (sum & 0xffff)))
	sum=$((~(sum + (sum >> 16)) & 0xffff))
	printf '6000000000103a40%s%s%s00%04x00010001%s\n' "${1//:/}" "${2//:/}" "${4:-80}" $sum \
		"${3:-6162636465666768}"
}
