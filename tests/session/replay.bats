#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# replay.bats - recorded conversations of clients, byte for byte, with live digests

load ../lib/handler
load ../lib/udp

setup() {
	udp_begin
	[[ $BATS_TEST_DESCRIPTION != *UDP* ]] || return 0
	server_start
}

teardown() {
	test_end
}

# replay NAME [OPTION...] - play tests/transcripts/NAME.tsp, and find one tunnel after it
replay() {
	local name=$1
	shift
	run -0 "$TOOLS/tsp-replay" "$@" 127.0.0.1 "$PORT" "$ROOT/tests/transcripts/$name.tsp"
	settled
	[[ ${#lines[@]} -eq 1 && $output == *" active "* ]]
	[[ $(tunnels) == tsp* ]]
}

# udp_replay NAME [OPTION...] - the same over UDP
udp_replay() {
	udp_start
	replay "$1" -u "${@:2}"
}

@test "v6v4, ANONYMOUS" {
	replay v6v4-tcp-anon
}

@test "v6anyv4, ANONYMOUS" {
	replay v6anyv4-tcp-anon
}

@test "v6v4, PLAIN" {
	replay v6v4-tcp-plain
}

@test "v6v4, DIGEST-MD5" {
	replay v6v4-tcp-digest
}

@test "router with a /56, DIGEST-MD5" {
	replay router56-tcp-digest
}

@test "DIGEST-MD5 with charset=utf8, as recorded, whatever the challenge says" {
	replay v6v4-tcp-digest -c utf8
}

@test "tspc 2.1.1: VERSION without a line end" {
	replay tspc-2.1.1-tcp-anon
}

@test "tspc 2.1.1 over UDP: no line end, header in host byte order" {
	udp_replay tspc-2.1.1-udp-anon
}

@test "tsp-ruby over UDP, DIGEST-MD5 with an end of line too many" {
	config auth.mechanisms=DIGEST-MD5
	udp_replay tsp-ruby-udp-digest -c utf-8
}

@test "router with a /56 over UDP, DIGEST-MD5, v6udpv4" {
	udp_replay router56-udp-digest
}

@test "there is a test for each recording" {
	local file
	for file in "$ROOT"/tests/transcripts/*.tsp; do
		file=${file##*/}
		grep -Eq "replay ${file%.tsp}( |\$)" "$BATS_TEST_FILENAME"
	done
}

@test "a server that says something else is noticed" {
	sed 's/lifetime="1440"/lifetime="1441"/' "$ROOT/tests/transcripts/v6v4-tcp-anon.tsp" \
		>"$TSP_DIR/wrong.tsp"
	run -1 "$TOOLS/tsp-replay" 127.0.0.1 "$PORT" "$TSP_DIR/wrong.tsp"
	[[ $output == *expected:* ]]
}
