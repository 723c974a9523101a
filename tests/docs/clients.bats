#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# clients.bats - every configuration of a client that the documents print gets a tunnel

# shellcheck disable=SC2154 # output is bats'
load ../lib/handler
load ../lib/udp
load ../lib/tspc

setup() {
	udp_begin
	export RUNTIME_DIRECTORY=$TSP_DIR/run
	mkdir "$RUNTIME_DIRECTORY" "$TSP_DIR/printed"
}

teardown() {
	test_end
}

# printed DOCUMENT - its configurations of clients, as files below $TSP_DIR/printed
printed() {
	awk -v dir="$TSP_DIR/printed" -v name="$(basename "$1" .md)" '
		/^<!-- file: (tspc|gogoc|gw6c)\.conf.* -->$/ { wanted = 1; next }
		wanted && /^```/ { if (inside) { inside = wanted = 0; next } inside = 1; n++; next }
		inside { print > (dir "/" name "-" n ".conf") }' "$1"
}

# ours FILE - the same file, with what the test needs: the server here, a template that only prints
ours() {
	sed -e "s|^server=tsp.example.net\$|server=127.0.0.1:${PORT:-3653}|" -e '/^tsp_dir=/d' \
		-e "s|^template=linux\$|template=$ROOT/templates/client/print.sh|" "$1"
	grep -q ^template= "$1" || echo "template=$ROOT/templates/client/print.sh"
}

# tunnel FILE - tspc gets a tunnel by it, of the mode that it asks for
tunnel() {
	local mode
	mode=$(sed -n 's/^tunnel_mode=//p' "$1")
	case $mode in
	v6v4) server_start ;;
	*) udp_start ;;
	esac
	ours "$1" >"$TSP_DIR/client.conf"
	chmod 600 "$TSP_DIR/client.conf"
	run "$TSPC" -n -f "$TSP_DIR/client.conf"
	[[ $status -eq 0 ]] || fail "$1: $output"
	run "$TSPC" --once -f "$TSP_DIR/client.conf"
	[[ $status -eq 0 ]] || fail "$1: $output"
	[[ $mode == v6anyv4 ]] || [[ $output == *"export TSP_TUNNEL_MODE='$mode'"* ]] || fail "$1: $output"
	! grep -q ^userid= "$1" || [[ $output == *"export TSP_CLIENT_DNS_NAME='alice."* ]] || fail "$1: $output"
	! grep -q ^host_type=router "$1" || [[ $output == *"export TSP_PREFIX="* ]] || fail "$1: $output"
	settled
	server_stop
	rm "$TSP_DIR"/state/*.leases
}

@test "each configuration gets a tunnel, with its mode, its account and its prefix" {
	local document file
	for document in "$ROOT"/docs/*.md; do
		printed "$document"
	done
	[[ $(find "$TSP_DIR/printed" -name 'clients-*' | wc -l) -ge 5 ]]
	[[ -e $TSP_DIR/printed/operating-1.conf ]]
	for file in "$TSP_DIR"/printed/*; do
		tunnel "$file"
	done
}

@test "no document prints another configuration of a client" {
	run -1 grep -rnE '^ +(server|tunnel_mode|userid)=' "$ROOT/docs" --include='*.md'
}

@test "a router needs if_prefix: the configuration without it is refused" {
	printed "$ROOT/docs/operating.md"
	ours "$TSP_DIR/printed/operating-1.conf" | grep -v ^if_prefix= >"$TSP_DIR/client.conf"
	chmod 600 "$TSP_DIR/client.conf"
	run -100 "$TSPC" -n -f "$TSP_DIR/client.conf"
	[[ $output == *if_prefix* ]] || fail "$output"
}
